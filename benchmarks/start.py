"""What starting costs: the import in a script, the command line, the simulated bench, a reading."""

import sys

from benchmarks.timing import LAGER, command, compare, private_home
from benchmarks.whole import start

BUDGET = 2.0  # s until all simulated instruments are there


def main() -> None:
    bare = command(sys.executable, "-c", "pass")
    compare("import lager", command(sys.executable, "-c", "import lager"), bare)
    compare("lager --version (budget 4 times)", command(LAGER, "--version"), bare)
    compare("lager --help", command(LAGER, "--help"), bare)
    compare(f"simulated bench, start and end (budget {BUDGET:g} s)", start, bare)
    with private_home() as (_, env):
        state = command(LAGER, "supply", "supply1", "state", env=env)
        compare("lager supply supply1 state (budget 8 times)", state, bare)
        compare("lager adc adc1", command(LAGER, "adc", "adc1", env=env), bare)

"""What starting costs: the import in a script, the command line, the simulated bench, a command on a net."""

import sys

from benchmarks.timing import LAGER, command, compare, private_home
from benchmarks.whole import start

BUDGET = 2.0  # s until all simulated instruments are there
COMMANDS = [
    ("supply supply1 state", " (budget 8 times)"),
    ("supply supply1 voltage 3.3 --yes", ""),
    ("adc adc1", ""),
    ("watt supply1", ""),
    ("scope scope1 state", ""),
    ("nets", ""),
    ("nets show supply1", ""),
    ("status", ""),
]


def main() -> None:
    bare = command(sys.executable, "-c", "pass")
    compare("import lager", command(sys.executable, "-c", "import lager"), bare)
    compare("lager --version (budget 4 times)", command(LAGER, "--version"), bare)
    compare("lager --help", command(LAGER, "--help"), bare)
    compare(f"simulated bench, start and end (budget {BUDGET:g} s)", start, bare)
    with private_home() as (_, env):
        for words, budget in COMMANDS:
            compare(f"lager {words}{budget}", command(LAGER, *words.split(), env=env), bare)

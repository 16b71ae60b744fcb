"""What starting costs: the import in a script, the command line, a whole run."""

import sys

from benchmarks.timing import LAGER, command, compare, private_home


def main() -> None:
    bare = command(sys.executable, "-c", "pass")
    compare("import lager", command(sys.executable, "-c", "import lager"), bare)
    compare("lager --help", command(LAGER, "--help"), bare)
    with private_home() as (folder, env):
        hello = folder / "hello.py"
        hello.write_text("print('hello')\n")
        compare(
            "lager python hello.py",
            command(LAGER, "python", str(hello), env=env),
            command(sys.executable, str(hello), env=env),
        )
        compare("lager adc adc1", command(LAGER, "adc", "adc1", env=env), bare)

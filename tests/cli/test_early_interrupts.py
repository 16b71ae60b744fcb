"""Ctrl-C at any moment of the start is no traceback."""

import subprocess
import sys

import pytest

# Interrupts itself where a module is looked for that is about to be imported.
EARLY = """\
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            os.kill(os.getpid(), signal.SIGINT)

wanted = sys.argv[1]
sys.meta_path.insert(0, Interrupting())
sys.argv = ["lager", "boxes"]
from lager_cli.start import main
main()
"""


@pytest.mark.parametrize(
    "module", ["lager_cli.app", "click", "click.parser", "lager_cli.commands.boxes", "lager_cli.config"]
)
def test_no_traceback(folder, module):
    done = subprocess.run([sys.executable, "-c", EARLY, module], capture_output=True, text=True, timeout=60)
    assert done.returncode in (-2, 130)
    assert done.stdout == ""
    assert done.stderr.strip() in ("", "Aborted!")


def test_what_ignores_interrupts_goes_on_doing_so(folder):
    ignoring = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{EARLY}"
    done = subprocess.run([sys.executable, "-c", ignoring, "click"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("No boxes found.")

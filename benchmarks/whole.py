"""The process of the simulated bench with all its instruments: `python -m lager_drivers.simulated`, as a box has it."""

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_bench():
    """Run it until the end of the block; gives its process id once it has said that it is ready."""
    with tempfile.TemporaryDirectory() as folder:
        env = {key: value for key, value in os.environ.items() if not key.startswith("LAGER_")}
        env |= {"LAGER_STATE_DIR": str(Path(folder, "state")), "XDG_RUNTIME_DIR": folder}
        words = [sys.executable, "-m", "lager_drivers.simulated", "--state", folder]
        with subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert b'"ready"' in process.stdout.readline()
            yield process.pid
            process.stdin.close()  # which ends it


def start():
    """Start it, and end it again."""
    with whole_bench():
        pass

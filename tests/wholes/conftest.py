"""The whole product in a home of its own: real commands, real terminals, one private box for each test module."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from terminal import Terminal

LAGER = Path(sys.executable).with_name("lager")


class Home:
    """A user's home: commands run in it see no other configuration, token or box.

    Args:
        folder: Where it is.
        bench: The description of the simulated bench; the product's own if None.
    """

    def __init__(self, folder, bench=None):
        self.folder = folder
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("LAGER_")} | {
            "HOME": str(folder),
            "LAGER_STATE_DIR": str(folder / "state"),
            "LAGER_CONFIG_FILE_DIR": str(folder),
            "TERM": "xterm",
            "NO_COLOR": "1",
            "PYTHONWARNINGS": "error",
        }
        if bench is not None:
            self.env["LAGER_SIMULATED_BENCH"] = str(bench)
        self.terminals = []

    def script(self, text, name="test.py"):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def lager(self, *words, stdin=subprocess.DEVNULL, **more):
        env = self.env | more.pop("env", {})
        command = [LAGER, *words]
        return subprocess.run(
            command, cwd=self.folder, env=env, stdin=stdin, capture_output=True, text=True, timeout=60, **more
        )

    def start(self, *words, env=None, **more):
        return subprocess.Popen(
            [LAGER, *words],
            cwd=self.folder,
            env=self.env | (env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

    def terminal(self, *words, env=None):
        one = Terminal([str(LAGER), *words], self.folder, self.env | (env or {}))
        self.terminals.append(one)
        return one

    def close(self):
        for one in self.terminals:
            one.close()
        self.lager("box", "stop", "--force")


def bench_of(request):
    """Give the BENCH that a test module wants: each instrument is a process, at the start of every box."""
    name = getattr(request.module, "BENCH", None)
    return Path(__file__).with_name(name) if name else None


@pytest.fixture(scope="module")
def home(tmp_path_factory, request):
    one = Home(tmp_path_factory.mktemp("home"), bench_of(request))
    yield one
    one.close()


@pytest.fixture
def fresh_home(tmp_path, request):
    one = Home(tmp_path, bench_of(request))
    yield one
    one.close()


def interrupt(process):
    process.send_signal(signal.SIGINT)

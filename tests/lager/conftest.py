"""A box that says what a test tells it to, and scripts that pause."""

import contextlib
import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

import pytest

from lager import wire
from lager_runner.spawn import STARTUP

PATIENCE = 20  # s


class ScriptedBox:
    """Takes what scripts announce, names it, and releases it when it is told to."""

    def __init__(self, path):
        self.hits = queue.Queue()
        self.ends = queue.Queue()
        self.label = None
        self._writers = {}
        self._sockets = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self):
        threads = []
        with contextlib.suppress(OSError):  # closed
            while True:
                link, _ = self._listener.accept()
                self._sockets.append(link)
                threads.append(threading.Thread(target=self._serve, args=[link]))
                threads[-1].start()
        for one in threads:
            one.join(PATIENCE)

    def _serve(self, link):
        with link, link.makefile("rb") as lines, contextlib.suppress(OSError):  # it was killed
            for line in lines:
                message = wire.from_json(line, wire.FromScript)
                if isinstance(message, wire.Hit):
                    self._writers[message.key] = link
                    link.sendall(wire.to_json(wire.Announced(message.key, 1, message.run, self.label)) + b"\n")
                    self.hits.put(message)
                elif isinstance(message, wire.Released):
                    self.ends.put(message)
                    return

    def hit(self):
        return self.hits.get(timeout=PATIENCE)

    def release(self, hit, reason="resumed", by="alice"):
        self._writers[hit.key].sendall(wire.to_json(wire.Release(hit.key, reason, by)) + b"\n")
        return self.ends.get(timeout=PATIENCE)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._sockets:
            with contextlib.suppress(OSError):  # it is closed
                one.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE)


class Script:
    """A script of a run; what it prints, line by line."""

    def __init__(self, path, env):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen([sys.executable, "-u", str(path)], env=env, text=True, **pipes)

    def line(self):
        return self.process.stdout.readline().rstrip("\n")

    def ask(self):
        self.process.send_signal(signal.SIGURG)

    def end(self):
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="lg") as path:  # short: it holds a socket
        yield Path(path)


@pytest.fixture
def scripted_box(folder):
    box = ScriptedBox(folder / "s")
    yield box
    box.close()


@pytest.fixture
def script(folder):
    running = []

    def start(source, **env):
        (folder / "run").mkdir(exist_ok=True)
        path = folder / "run" / "t.py"
        path.write_text(textwrap.dedent(source))
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("LAGER_", "PYTHON"))}
        ours = {
            "LAGER_PROCESS_ID": "run",
            "LAGER_RUN_SOCKET": str(folder / "s"),
            "LAGER_RUN_DIR_ROOT": str(folder / "run"),
            "LAGER_EVALUATOR": "lager_debugbridge.evaluator",
            "PYTHONPATH": os.pathsep.join([str(STARTUP), *sys.path]),
        }
        running.append(Script(path, {key: value for key, value in (clean | ours | env).items() if value is not None}))
        return running[-1]

    yield start
    for one in running:
        one.process.kill()
        one.process.wait()
        for pipe in (one.process.stdin, one.process.stdout, one.process.stderr):
            pipe.close()

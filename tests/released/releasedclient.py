"""Released clients at a box of ours: each with a home of its own, the box with an address of its own.

Their ports are fixed (5000, 8080, 9000), so each box gets another address of 127.0.0.0/8.
"""

import atexit
import functools
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from releasedvenvs import installed

sys.path.insert(0, str(Path(__file__).parents[1] / "wholes"))
from terminal import Terminal

LAGER = str(Path(sys.executable).with_name("lager"))
PATIENCE = 40  # s until a test gives up
PORTS = ("5000", "8080", "9000")
# As a traceback shows it: a newer Python marks the call, though it is all of the line.
SLEEPING = "    time.sleep(60)\n" + ("    ~~~~~~~~~~^^^^\n" if sys.version_info >= (3, 13) else "")
# A client asks the package index whether there is a newer one: here it never gets out of this machine.
NO_WAY_OUT = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.0/8"}
NOT_HANDED_ON = ("LAGER_", "PYTHON", "HTTP", "http", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy", "VIRTUAL_ENV")


def clean():
    """Give this process's environment without what would change how a client, or a box, behaves."""
    return {key: value for key, value in os.environ.items() if not key.startswith(NOT_HANDED_ON)}


class ReleasedBox:
    """A box that serves released clients, and a home in which our own commands know it as `local`.

    Args:
        folder: Its home.
        bench: The description of its simulated bench; the product's own if None.
        options: Of `lager box serve`, besides the address.
        allowed: Whether callers without a token may come in.
    """

    def __init__(self, folder, bench=None, options=(), allowed=True):
        self.folder = folder
        self.log = folder / "served.log"
        self.env = clean() | {
            "HOME": str(folder),
            "LAGER_STATE_DIR": str(folder / "state"),
            "LAGER_CONFIG_FILE_DIR": str(folder),
            "LAGER_USER": "alice",
            "NO_COLOR": "1",
            "TERM": "xterm",
        }
        bench_words = [] if bench is None else ["--simulated", str(bench)]
        self._words = [*(["--allow-legacy-clients"] if allowed else []), *bench_words, *options]
        self.terminals = []
        while not self._start():
            continue

    def _start(self):
        """Start it at a random address; whether it listens there (another box may have that address)."""
        self.address = "127." + ".".join(str(random.randint(1, 254)) for _ in range(3))
        command = [LAGER, "box", "serve", "--bind", self.address, *self._words]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self.env,
                cwd=self.folder,
            )
        self.said = ""
        while "Ctrl-C ends it" not in self.said:
            line = self.process.stdout.readline()
            self.said += line
            if not line:
                self._wait()
                why = self.log.read_text()
                assert "another program listens there" in why, f"{self.said}{why}"
                return False
        return True

    @property
    def token(self):
        return (self.folder / "state" / "token").read_text().strip()

    def lager(self, *words, stdin=subprocess.DEVNULL, env=()):
        """Run a command of ours, with this box as its box."""
        return subprocess.run(
            [LAGER, *words],
            cwd=self.folder,
            env=self.env | {"LAGER_BOX": "local"} | dict(env),
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def terminal(self, *words, env=()):
        """Start a command of ours in a terminal, with this box as its box."""
        one = Terminal([LAGER, *words], self.folder, self.env | {"LAGER_BOX": "local"} | dict(env))
        self.terminals.append(one)
        return one

    def until(self, holds):
        """Look again until something holds; there is nothing to wait on."""
        end = time.monotonic() + PATIENCE
        while not (found := holds()):
            assert time.monotonic() < end, self.log.read_text()[-3000:]
        return found

    def close(self):
        for one in self.terminals:
            one.close()
        self.lager("box", "stop", "--force")
        self._wait()

    def _wait(self):
        self.process.stdout.close()
        self.process.wait(PATIENCE)


class Client:
    """Somebody's released client, who knows one box by the name `bench`.

    Args:
        version: Of lager-cli.
        folder: For a home, and a folder to work in.
        box: The box; None for a user who knows none.
    """

    def __init__(self, version, folder, box=None):
        venv = installed(version)
        self.version, self.box = version, box
        # The script's own first line names the folder in which the environment was made.
        self.command = [str(venv / "bin" / "python"), str(venv / "bin" / "lager")]
        self.home, self.folder = folder / "home", folder / "work"
        self.home.mkdir(parents=True)
        self.folder.mkdir()
        self.env = clean() | NO_WAY_OUT | {"HOME": str(self.home), "LAGER_USER": "alice", "TERM": "xterm"}
        self._open = []
        if box is not None:
            self.file(self.home / ".lager", f'{{"BOXES": {{"bench": "{box.address}"}}}}')

    def file(self, name, content):
        """Write a file of the folder it works in; give its name."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(name)

    def run(self, *words, env=(), typed="", text=True):
        """Run a command to its end, with this typed; its stdout and stderr are pipes of their own."""
        asked = {"words": [*map(str, words)], "folder": str(self.folder), "env": self.env | dict(env)}
        status, out, err = preloaded(*self.command).run(asked, typed)
        if text:
            out, err = out.decode(), err.decode()
        return subprocess.CompletedProcess(words, status, out, err)

    def start(self, *words, env=(), **more):
        """Start a command; it is killed at the end of the test if it still runs."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        words = [*self.command, *map(str, words)]
        one = subprocess.Popen(words, cwd=self.folder, env=self.env | dict(env), **pipes | more)
        self._open.append(one)
        return one

    def terminal(self, *words, env=(), size=(40, 200)):
        """Start a command in a terminal."""
        words = [*self.command, *map(str, words)]
        one = Terminal(words, self.folder, self.env | dict(env), size=size)
        self._open.append(one)
        return one

    def close(self):
        for one in self._open:
            if isinstance(one, Terminal):
                one.close()
            else:
                _end(one)


class Preloaded:
    """A released client that is in memory, and does one command after the other (`preloaded.py`)."""

    def __init__(self, *command):
        self._door, theirs = socket.socketpair()
        self._door.settimeout(PATIENCE)
        python, script = command
        words = [python, str(Path(__file__).with_name("preloaded.py")), script]
        self._process = subprocess.Popen(words, stdin=theirs, env=clean() | NO_WAY_OUT)
        theirs.close()
        self._said = self._door.makefile()
        atexit.register(self._close)

    def run(self, asked, typed):
        """Run a command; give its exit status, and what it wrote."""
        body = json.dumps(asked).encode()
        with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            stdin.write(typed.encode())
            stdin.seek(0)
            socket.send_fds(self._door, [len(body).to_bytes(4, "big")], [one.fileno() for one in (stdin, out, err)])
            self._door.sendall(body)
            pid = int(self._said.readline())
            try:
                status = int(self._said.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise
            out.seek(0)
            err.seek(0)
            return status, out.read(), err.read()

    def _close(self):
        self._said.close()
        self._door.close()
        self._process.wait(PATIENCE)


preloaded = functools.cache(Preloaded)


def interrupt(process, number=signal.SIGINT):
    """Press Ctrl-C while a client waits: these fail in their own handler where they are about to print."""
    looked = 0
    while looked < 50:
        state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        assert state != "Z", "it has ended by itself"
        looked = looked + 1 if state == "S" else 0
        os.sched_yield()
    process.send_signal(number)


def read_until(pipe, wanted):
    """Read a pipe until this text has come; give all that came."""
    seen = ""
    while not seen.endswith(wanted):
        part = pipe.read(1)
        assert part, f"no {wanted!r} in {seen!r}"
        seen += part
    return seen


def _end(process):
    if process.poll() is None:
        process.kill()
    process.wait(PATIENCE)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()

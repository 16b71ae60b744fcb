"""A box of nothing but a runner, with a parent that starts it again at once, as often as it is killed.

The box's own parent waits longer and longer before it starts a service that keeps dying; a hundred deaths in a row
would take it a quarter of an hour. What it adds to this one is proven in tests/wholes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import filelock
import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "hwservice"))
sys.path.insert(0, str(Path(__file__).parent))
from ownbench import Process, environment

from lager import wire
from lager.client import Service

LAGER = Path(sys.executable).with_name("lager")


class OwnRunner:
    """The box of one state directory; to commands it is the user's private one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = environment(folder) | {"LAGER_CONFIG_FILE_DIR": str(folder), "HOME": str(folder), "NO_COLOR": "1"}
        self._state = Path(self.env["LAGER_STATE_DIR"])
        self._state.mkdir(mode=0o700)
        self.runs = self._state / "runs"
        self._taken = filelock.FileLock(self._state / "box.lock")
        self._taken.acquire()  # so that no command starts another box while the runner is away
        self._port, self._ending = 0, False
        self._start()
        where = {"host": "127.0.0.1", "runner": self._port, "hardware": 1, "http": 1}
        info = wire.BoxInfo(**where, bench="sim", version="0", pid=os.getpid(), embedded=True, started=0.0)
        (self._state / "box.json").write_bytes(wire.to_json(info))
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._keeper.start()
        self.http = Service("", "127.0.0.1", self._port, (self._state / "token").read_text().strip(), 15.0)

    def _start(self) -> None:
        words = ["--port", self._port, "--hardware-socket", "/nowhere/hardware.sock"]
        self._process = Process("lager_runner", *words, env=self.env)
        ready = self._process.report("ready")
        self._port, self._socket = ready["port"], ready["socket"]

    def _keep(self) -> None:
        while True:
            self._process.popen.stdout.read()
            if self._ending:
                return
            self._process.close()
            self._start()

    @property
    def pid(self) -> int:
        return self._process.popen.pid

    def lager(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end."""
        return subprocess.run(
            [LAGER, *words], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=120
        )

    def processes(self, mark: str) -> dict[int, str]:
        """Every process that lives and is marked so: in its environment, or on its command line."""
        found = {}
        for one in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # it has just ended, or is not ours
                words = " ".join(one.cmdline())
                marked = mark in words or any(mark in value for value in one.environ().values())
                if marked and one.status() != psutil.STATUS_ZOMBIE:
                    found[one.pid] = words
        return found

    def ends(self) -> list[str]:
        """Sockets and FIFOs of this box."""
        there = [*self._state.rglob("*"), *Path(self._socket).parent.rglob("*")]
        return [str(one) for one in there if stat.S_IFMT(one.lstat().st_mode) in (stat.S_IFSOCK, stat.S_IFIFO)]

    def end(self) -> int:
        """End the runner in order; its exit status."""
        self._ending = True
        status = self._process.close() if self._process.popen.poll() is None else self._process.popen.returncode
        self._keeper.join(20)
        return status

    def close(self) -> None:
        """End everything, whatever state it is in."""
        if not self._ending:
            self._ending = True
            self._process.kill()
            self._keeper.join(20)
        for pid in self.processes(str(self.runs)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._taken.release()
        shutil.rmtree(Path(self._socket).parent, ignore_errors=True)

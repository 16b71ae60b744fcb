"""One worker, as the service keeps it: a process for one address, started again when it ends.

Says where the worker is; asks it nothing. A thread waits for what the process reports, and for its end.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec

from lager import errors, settings, wire

log = logging.getLogger(__name__)
READY_WITHIN = 10.0  # s a caller waits for a worker that is starting
_END_WITHIN = 4.0  # s a worker gets to let go of its instrument
_SHORT_LIFE = 2.0  # s
_FREE_RESTARTS = 3  # a worker may die young this often before its restart waits


def restart_delay(young_deaths: int) -> float:
    """Decide how long to wait, s, before a worker is started again, after so many short lives in a row."""
    over = young_deaths - _FREE_RESTARTS
    return 0.0 if over <= 0 else min(0.1 * 2.0**over, 5.0)


class WorkerProcess:
    """One worker process after another, for one address.

    Args:
        net: Any net of that address.
        folder: Where its sockets are made; each process has its own, so that two never meet on one.
    """

    def __init__(self, net: wire.NetRecord, folder: Path) -> None:
        self._net = net
        self._folder = folder
        self._change = threading.Condition()
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = ""
        self._failure: errors.LagerError | None = None
        self._starts = 0
        self._thread = threading.Thread(target=self._keep, name=f"worker {net.address}", daemon=True)
        self._thread.start()

    def socket(self) -> str:
        """Give the path of the socket of the process that now lives; waits for one that is starting.

        Raises:
            LagerError: It said that it cannot serve this instrument at all.
            ServiceUnreachable: None became ready in time.
        """
        with self._change:
            if self._ready and not os.path.exists(self._ready):
                self._replace()
            self._change.wait_for(lambda: self._ready or self._failure or self._ending.is_set(), READY_WITHIN)
            if self._failure is not None:
                raise self._failure
            if not self._ready:
                raise errors.ServiceUnreachable(
                    f"the worker of {self._net.instrument} at {self._net.address} does not start",
                    "the log of the box says why",
                )
            return self._ready

    def _replace(self) -> None:
        """End a process whose socket was removed, so that another takes its place; the caller has the lock."""
        log.warning("%s was removed: its worker is replaced", self._ready)
        self._ready = ""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):  # it has ended by itself
                self._process.stdin.close()

    def facts(self) -> dict[str, Any]:
        """Describe it, for `GET /workers`."""
        process = self._process
        return {
            "address": self._net.address,
            "instrument": self._net.instrument,
            "pid": process.pid if process else None,
            "ready": bool(self._ready),
            "starts": self._starts,
        }

    def end(self) -> None:
        """Begin to end it; `join` waits for that."""
        self._ending.set()
        with self._change:
            self._change.notify_all()
            process = self._process
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError):  # it has ended by itself
                process.stdin.close()

    def join(self) -> None:
        """Wait until it has let go of its instrument; kill it when it does not."""
        self._thread.join(_END_WITHIN)
        process = self._process
        if self._thread.is_alive() and process is not None:
            log.warning("worker %d of %s did not end: killed", process.pid, self._net.address)
            process.kill()
            self._thread.join(_END_WITHIN)

    def _keep(self) -> None:
        young_deaths = 0
        while not self._ending.is_set() and self._failure is None:
            began = time.monotonic()
            status = self._live_once()
            if self._ending.is_set():
                return
            log.warning("the worker of %s at %s ended (%s)", self._net.instrument, self._net.address, status)
            young_deaths = young_deaths + 1 if time.monotonic() - began < _SHORT_LIFE else 0
            self._ending.wait(restart_delay(young_deaths))

    def _live_once(self) -> int:
        """Start a process, take its reports, and wait for its end; give its exit status."""
        with self._change:
            self._starts += 1
            path = self._folder / f"w{os.getpid()}-{id(self):x}-{self._starts}.sock"
            if self._ending.is_set():
                return 0
            process = self._process = self._start(path)
        with process:
            for line in process.stdout or ():
                self._take(line, path)
            process.wait()
        with self._change:
            self._ready = ""
        path.unlink(missing_ok=True)
        return process.returncode

    def _start(self, path: Path) -> subprocess.Popen[bytes]:
        net = self._net
        command = [sys.executable, "-m", "lager_hwservice.worker", f"--address={net.address}"]
        command += [f"--instrument={net.instrument}", f"--via={net.via}", f"--socket={path}"]
        settings.private(self._folder)  # it may have been removed
        # Not in the user's directory: with -m, a file of theirs named like a library would be imported instead.
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self._folder)

    def _take(self, line: bytes, path: Path) -> None:
        report = msgspec.json.decode(line, type=dict[str, str])
        with self._change:
            if report["event"] == "ready":
                self._ready = str(path)
            elif report["event"] == "failed":
                self._failure = wire.ErrorBody(report["code"], report["what"], report["hint"]).as_error()
                log.error("%s", self._failure.what)
            self._change.notify_all()

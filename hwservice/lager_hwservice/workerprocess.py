"""One worker, as the service keeps it: a process for one address, replaced when it ends.

Says where the worker is; asks it nothing but whether it lives. A thread waits for what the process reports, and for its
end.
"""

from __future__ import annotations

import enum
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from lager import errors, wire
from lager.lines import Lines
from lager.times import CALL_WITHIN
from lager_hwservice.assignment import Assignment
from lager_hwservice.forked import Forked, cut, effort, end
from lager_hwservice.starter import Lost, Starter
from lager_hwservice.youth import Youth

log = logging.getLogger(__name__)
DESCRIBED_WITHIN = 1.0  # s; a worker says how it is at once, whatever is running
_EXAMINED_AT_MOST = 5  # times, one that does not: the machine may be busy
_END_WITHIN = 5.0  # s until a worker has let go of its instrument, or was killed


class Patience(NamedTuple):
    """How long a caller waits for a worker that is starting, s.

    Attributes:
        ready: Where processes die one after another.
        slow: For one that is about to start, on a machine that is busy.
        idle: Until a process that does not do anything is replaced.
    """

    ready: float = 10.0
    slow: float = 30.0
    idle: float = 4.0


class _Ending(enum.Enum):
    """How a process ended."""

    RETIRED = "it said that another one should take over"
    DIED = "in service"
    NEVER_READY = "before it could serve"


class WorkerProcess:
    """One worker process after another, for one address.

    Args:
        net: Any net of that address.
        folder: Where its sockets are made; each process has its own, so that two never meet on one.
        starter: Gives the processes.
        call_within: How long a call may take, s.
        patience: How long it may take to start.
    """

    def __init__(
        self,
        net: wire.NetRecord,
        folder: Path,
        starter: Starter,
        call_within: float = CALL_WITHIN,
        patience: Patience = Patience(),  # noqa: B008  # it never changes
    ) -> None:
        self._patience = patience
        self._net = net
        self._folder = folder
        self._starter = starter
        self._call_within = call_within
        self._change = threading.Condition()
        self._ending = threading.Event()
        self._process: Forked | None = None
        self._leaving: list[threading.Thread] = []
        self._ready = ""
        self._in_vain = False
        self._failure: errors.LagerError | None = None
        self._starts = 0
        self._thread = threading.Thread(target=self._keep, name=f"worker {net.address}", daemon=True)
        self._thread.start()

    @property
    def path(self) -> str:
        """Get the socket of the process that now lives; empty while none is ready."""
        return self._ready

    @property
    def failed(self) -> bool:
        """Get whether it has found out that it cannot serve this instrument: there may be no driver for it."""
        return self._failure is not None

    def socket(self) -> str:
        """Give the path of the socket of the process that now lives; waits for one that is starting.

        Raises:
            LagerError: It said that it cannot serve this instrument at all.
            ServiceUnreachable: None became ready in time.
        """
        with self._change:
            if self._ready and not os.path.exists(self._ready):
                self._replace()
            self._await_ready()
            if self._failure is not None:
                raise self._failure
            if not self._ready:
                raise errors.ServiceUnreachable(
                    f"the box's process for the {self._net.instrument} at {self._net.address} does not start",
                    "call again; the log of the box says why",
                )
            return self._ready

    def _await_ready(self) -> None:
        """Wait for a process that is starting, for as long as it gets on; the caller has the lock."""
        begun, limit = time.monotonic(), self._patience.ready
        while (left := begun + limit - time.monotonic()) > 0:
            process, before = self._process, self._effort()
            if self._change.wait_for(self._is_settled, min(left, self._patience.idle)):
                return
            works = self._effort() > before
            limit = self._patience.slow if works and self._process is process else self._patience.ready
            if not works and self._process is process:
                self._abandon()

    def _is_settled(self) -> bool:
        return bool(self._ready) or self._failure is not None or self._ending.is_set()

    def _effort(self) -> float:
        return self._starter.effort() if self._process is None else effort(self._process)

    def _replace(self) -> None:
        """End a process whose socket was removed, so that another takes its place; the caller has the lock."""
        log.warning("%s was removed: its worker is replaced", self._ready)
        self._ready = ""
        if self._process is not None:
            cut(self._process)

    def _abandon(self) -> None:
        """Kill a process that will not become ready, so that another takes its place; the caller has the lock."""
        if self._process is not None and self._process.poll() is None and not self._ending.is_set():
            log.warning("worker %d of %s does not become ready: killed", self._process.pid, self._net.address)
            self._process.kill()

    def examine(self) -> bool:
        """Ask the process whether it lives, and kill it when it does not answer, so that another takes its place.

        Returns:
            Whether it was killed, or is being replaced anyway.
        """
        with self._change:
            path, process = self._ready, self._process
        if not path or process is None:
            return True
        for _ in range(_EXAMINED_AT_MOST):
            before = effort(process)
            if _describes(path):
                return False
            if process.poll() is not None:
                return True
            if effort(process) == before:  # it was stopped, or waits for ever
                break
        log.warning("worker %d of %s does not answer: killed", process.pid, self._net.address)
        process.kill()
        return True

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
        if process is not None:
            cut(process)

    def join(self) -> None:
        """Wait until it has let go of its instrument; it is killed when it does not."""
        self._thread.join(_END_WITHIN)  # which waits for the process, and reads what it reports until then
        process = self._process
        if process is not None and self._thread.is_alive():
            log.warning("worker %d of %s did not end: killed", process.pid, self._net.address)
            process.kill()
        for thread in (self._thread, *self._leaving):
            thread.join(_END_WITHIN)

    def _keep(self) -> None:
        youth = Youth()
        while not self._ending.is_set() and self._failure is None:
            youth.begin()
            try:
                ending = self._live_once()
            except Lost:
                continue
            except OSError as exc:  # no memory, no process, no folder
                if self._ending.is_set():
                    return
                log.error("the worker of %s cannot be started: %s", self._net.address, exc)
                self._ending.wait(max(0.5, youth.end()))
                continue
            if self._ending.is_set():
                return
            self._ending.wait(0.0 if ending is _Ending.RETIRED else youth.end(was_ready=ending is _Ending.DIED))

    def _live_once(self) -> _Ending:
        """Start a process, and take its reports until it retires, or has ended."""
        with self._change:
            if self._ending.is_set():
                return _Ending.DIED
            self._starts += 1
            self._process = None
            path = self._folder / f"w{os.getpid()}-{id(self):x}-{self._starts}.sock"
        process = self._starter.start(self._assignment(path))
        with self._change:
            self._process = process
            if self._ending.is_set():  # since it was asked for
                cut(process)
        retired = self._follow(process, path)
        with self._change:
            was_ready, self._ready = bool(self._ready), ""
        path.unlink(missing_ok=True)
        if retired:
            log.info("the worker of %s retires", self._net.address)
            self._leaving = [one for one in self._leaving if one.is_alive()]
            self._leaving.append(threading.Thread(target=end, args=(process,), name="leaving", daemon=True))
            self._leaving[-1].start()
            return _Ending.RETIRED
        end(process)
        if not self._ending.is_set():
            log.warning("the worker of %s ended (%s)", self._net.address, process.returncode)
        return _Ending.DIED if was_ready else _Ending.NEVER_READY

    def _assignment(self, path: Path) -> Assignment:
        net = self._net
        return Assignment(net.address, net.instrument, net.via, str(path), self._call_within, self._in_vain)

    def _follow(self, process: Forked, path: Path) -> bool:
        """Take its reports; True once it says that it retires, False when it has ended."""
        for line in process.stdout or ():
            report = msgspec.json.decode(line, type=dict[str, str])
            with self._change:
                if report["event"] == "ready":
                    self._ready = str(path)
                    self._in_vain = False
                elif report["event"] == "failed":
                    self._failure = wire.ErrorBody(report["code"], report["what"], report["hint"]).as_error()
                    log.error("%s", self._failure.what)
                elif report["event"] == "retired":
                    self._in_vain = report["vain"] == "True"
                    return True
                self._change.notify_all()
        return False


def _describes(path: str) -> bool:
    """Ask the worker at a socket how it is."""
    try:
        link = Lines(path, DESCRIBED_WITHIN)
    except OSError:
        return False
    try:
        link.send(wire.Describe(1))
        link.receive(wire.WorkerReply)
    except OSError:
        return False
    finally:
        link.close()
    return True

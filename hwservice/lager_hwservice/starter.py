"""Starts worker processes, which are forked from one that is warm (`zygote.py`), and keeps that one alive.

One for the service, whatever the number of instruments. It starts with the service, and again when it dies, which the
workers do not notice. Knows no instrument.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from lager import settings
from lager_hwservice.assignment import LARGEST, Assignment, Begun
from lager_hwservice.forked import Forked, effort
from lager_hwservice.youth import Youth

log = logging.getLogger(__name__)
ZYGOTE = (sys.executable, "-m", "lager_hwservice.zygote")
_PR_SET_CHILD_SUBREAPER = 36
_THERE_WITHIN = 30.0  # s; it imports much, on a machine that may be busy
_IDLE_AT_MOST = 4.0  # s without an answer and without any work: it was stopped, or waits for ever
_END_WITHIN = 4.0  # s


class Lost(OSError):  # no error of anybody's: who asked, asks anew
    """The zygote died over an assignment.

    Whether it had forked a process for it is not known. One that it has is on nobody's line, and ends by itself; but
    it may meet the next one where they would both listen, so that is to be elsewhere.
    """


class _Zygote:
    """The process that forks, and our end of its socket."""

    def __init__(self, command: Sequence[str], folder: Path, idle: float) -> None:
        self.served = False
        self._idle = idle
        self._lock = threading.Lock()
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                self.process = subprocess.Popen(command, stdin=theirs.fileno(), cwd=folder)
            except OSError:
                self._link.close()
                raise

    def fork(self, given: Assignment, ends: Sequence[int]) -> int:
        """Have a worker forked, with these descriptors for its standard input and output; give its process id.

        Raises:
            Lost: This process has died, or was killed because it does nothing.
            OSError: There is no room for one more.
        """
        with self._lock:
            said = b""
            with contextlib.suppress(OSError):  # it has died, which is said below
                socket.send_fds(self._link, [msgspec.json.encode(given)], list(ends))
                said = self._answer()
            if not said:
                self.process.kill()
                raise Lost
            self.served = True
        begun = msgspec.json.decode(said, type=Begun)
        if begun.errno:
            raise OSError(begun.errno, os.strerror(begun.errno))
        return begun.pid

    def _answer(self) -> bytes:
        """Wait for an answer for as long as it gets on; empty where there will be none."""
        self._link.settimeout(self._idle)
        while True:
            before = effort(self.process)
            try:
                return self._link.recv(LARGEST)
            except TimeoutError:
                if effort(self.process) == before:
                    log.warning("the process that forks workers (%d) does nothing: killed", self.process.pid)
                    return b""

    def leave(self) -> None:
        """Let it end."""
        with contextlib.suppress(OSError):  # it has ended, and was closed
            self._link.shutdown(socket.SHUT_WR)  # what it has begun is still answered

    def wait(self) -> int:
        """Wait until it has ended; give its exit status."""
        status = self.process.wait()
        with self._lock:
            self._link.close()
        return status


class Starter:
    """Starts workers. For any thread.

    Args:
        folder: Where the processes are started: not in the user's directory, because with -m, a file of theirs named
            like a library would be imported instead.
        command: Starts a zygote.
        idle: Until one that does not answer, nor do anything, is replaced, s.
        bench: Path of the bench file, which all workers are told; empty for none.
    """

    def __init__(
        self, folder: Path, command: Sequence[str] = ZYGOTE, idle: float = _IDLE_AT_MOST, bench: str = ""
    ) -> None:
        self._bench = bench
        self._folder = folder
        self._command = command
        self._idle = idle
        self._change = threading.Condition()
        self._ending = threading.Event()
        self._zygote: _Zygote | None = None
        # So workers become our children, and not those of the process that forks them, nor of the machine's first one.
        if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "this process cannot adopt its workers")
        self._thread = threading.Thread(target=self._keep, name="zygote", daemon=True)
        self._thread.start()

    def start(self, given: Assignment) -> Forked:
        """Give a process that is about to serve an instrument.

        Raises:
            Lost: To be asked again, for another socket.
            OSError: No room for one more process, or this is ending.
        """
        zygote = self._living()
        settings.private(self._folder)  # it may have been removed
        with contextlib.ExitStack() as theirs, contextlib.ExitStack() as ours:
            stdin, lifeline = _pipe(theirs, ours)
            reports, stdout = _pipe(ours, theirs)
            try:
                given = msgspec.structs.replace(given, bench=self._bench)
                pid = zygote.fork(given, (stdin.fileno(), stdout.fileno()))
            except Lost:
                self._forget(zygote)
                raise
            worker = _held(pid, lifeline, reports)
            ours.pop_all()  # the worker's from now on
        return worker

    def effort(self) -> float:
        """Look how much of the processor's time the process has used that forks, s; 0 where there is none."""
        zygote = self._zygote
        return effort(zygote.process) if zygote else 0.0

    def close(self) -> None:
        """End the zygote; nothing can be started any more. Workers go on."""
        self._ending.set()
        with self._change:
            zygote = self._zygote
            self._change.notify_all()
        if zygote is not None:
            zygote.leave()
            self._thread.join(_END_WITHIN)
            zygote.process.kill()
        self._thread.join(_END_WITHIN)

    def _living(self) -> _Zygote:
        with self._change:
            self._change.wait_for(lambda: self._zygote or self._ending.is_set(), _THERE_WITHIN)
            if self._zygote is None or self._ending.is_set():
                raise OSError(errno.EAGAIN, "there is no process that forks workers")
            return self._zygote

    def _forget(self, zygote: _Zygote) -> None:
        with self._change:
            if self._zygote is zygote:
                self._zygote = None

    def _keep(self) -> None:
        youth = Youth()
        delay = 0.0
        while not self._ending.wait(delay):
            youth.begin()
            try:
                zygote = _Zygote(self._command, settings.private(self._folder), self._idle)
            except OSError as exc:  # no memory, no process, no folder
                log.warning("the process that forks workers cannot be started: %s", exc)
                delay = max(1.0, youth.end())
                continue
            with self._change:
                self._zygote = zygote
                self._change.notify_all()
                if self._ending.is_set():
                    zygote.leave()
            status = zygote.wait()
            self._forget(zygote)
            if not self._ending.is_set():
                log.warning("the process that forks workers ended (%s): it is started again", status)
            delay = youth.end(zygote.served)


def _pipe(reader: contextlib.ExitStack, writer: contextlib.ExitStack) -> tuple[IO[bytes], IO[bytes]]:
    """Make a pipe, and give its ends: to read from, and to write to. These close them."""
    reading, writing = os.pipe()
    return reader.enter_context(open(reading, "rb")), writer.enter_context(open(writing, "wb", 0))


def _held(pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> Forked:
    try:
        return Forked(pid, stdin, stdout)
    except OSError:  # no descriptor for it
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise

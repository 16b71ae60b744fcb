"""One run of a command: `/bin/sh -c`, the notification on its standard input. It is tried once."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import subprocess
import threading
import time
from pathlib import Path

from lager import settings
from lager_runner.notifying.carriers import Outcome

EVENT = "LAGER_EVENT"
WITHIN = 30.0  # s
_KEPT = 1000  # bytes of its output: the last of it says what went wrong
_NOT_FOR_COMMANDS = {settings.TOKEN, settings.BOX}  # the box's own


class Command:
    """A command.

    Args:
        command: What the shell runs.
        folder: Where; the home directory when that is gone.
        within: For how long it may run, s; then it is killed with all it has started.
    """

    def __init__(self, command: str, folder: str, within: float = WITHIN) -> None:
        self._command = command
        self._folder = folder
        self._within = within
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None  # not reaped: its number is nobody else's
        self._abandoned = False

    def deliver(self, event: str, body: bytes) -> Outcome:
        """Run it once, to its end."""
        try:
            process = self._start(event, body)
        except OSError as exc:
            why = (exc.strerror or str(exc)).lower()
            return Outcome(delivered=False, error=f"it cannot be started: {why}", final=True)
        assert process.stdout is not None
        with process.stdout as out:
            said, ended = _attend(process.pid, out.fileno(), self._within)
        with self._lock:
            if not ended:
                self._kill()
            self._process = None
            status = process.wait()
        return _outcome(status, said, None if ended else self._within)

    def abandon(self) -> None:
        """Kill it, and what it has started; it is not run again."""
        with self._lock:
            self._abandoned = True
            self._kill()

    def _kill(self) -> None:
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)

    def _start(self, event: str, body: bytes) -> subprocess.Popen[bytes]:
        env = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_COMMANDS} | {EVENT: event}
        given = os.memfd_create("notification")  # a file: a command that does not read it keeps nobody waiting
        with open(given, "w+b") as file, self._lock:
            if self._abandoned:
                raise OSError(errno.ECANCELED, os.strerror(errno.ECANCELED))
            file.write(body + b"\n")
            file.seek(0)
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", self._command],
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self._folder if os.path.isdir(self._folder) else Path.home(),
                env=env,
                start_new_session=True,
            )
        return self._process


def _attend(pid: int, out: int, within: float) -> tuple[bytes, bool]:
    """Give the last of what a process says, and whether it has ended in time.

    What it leaves running may hold its output open; that is not waited for.
    """
    said = b""
    os.set_blocking(out, False)
    process = os.pidfd_open(pid)
    try:
        until = time.monotonic() + within
        watched = [process, out]
        while (left := until - time.monotonic()) > 0:
            ready = select.select(watched, [], [], left)[0]
            while part := _read(out):
                said = (said + part)[-_KEPT:]
                if time.monotonic() > until:
                    break
            if process in ready:
                return said, True
            if part == b"":
                watched = [process]
        return said, False
    finally:
        os.close(process)


def _read(out: int) -> bytes | None:
    """Give what is there: nothing at its end, None where nothing is there yet."""
    with contextlib.suppress(BlockingIOError):  # that is what None says
        return os.read(out, 65536)
    return None


def _outcome(status: int, said: bytes, killed_after: float | None) -> Outcome:
    if status == 0:
        return Outcome(delivered=True, status=0)
    shown = 128 - status if status < 0 else status
    what = f"status {shown}" if killed_after is None else f"killed after {killed_after:g} s"
    told = " ".join(said.decode(errors="replace").split())
    return Outcome(delivered=False, status=shown, error=f"{what}: {told}" if told else what, final=True)

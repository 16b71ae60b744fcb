"""A worker process as the service holds it: a child that was forked by another process, and so is no `Popen`.

It is held by a descriptor of the process, never by its number alone: that may be another one's, once it has ended.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import subprocess
import threading
import time
from typing import IO

log = logging.getLogger(__name__)
_END_WITHIN = 4.0  # s
_ITS_CPU_TIME = 2  # of the clocks Linux has for each process (clock_getcpuclockid(3))


class Forked:
    """A child that lives, or has ended; for any thread. Closed by `close`, once it has ended.

    Args:
        pid: Its process id.
        stdin: Our end of its standard input.
        stdout: Our end of its standard output.

    Attributes:
        returncode: As that of a Popen: None while it lives, negative for a signal.
    """

    def __init__(self, pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self.returncode: int | None = None
        self._lock = threading.Lock()
        self._handle = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Look whether it has ended, and give how."""
        with self._lock:
            if self.returncode is None:
                found = os.waitid(os.P_PIDFD, self._handle, os.WEXITED | os.WNOHANG)
                if found is not None:
                    ended = found.si_code == os.CLD_EXITED
                    self.returncode = found.si_status if ended else -found.si_status
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended, and give how.

        Args:
            timeout: For so long at most, s.

        Raises:
            TimeoutExpired: It still lives.
        """
        while (status := self.poll()) is None:
            waiting = select.poll()
            waiting.register(self._handle, select.POLLIN)
            if not waiting.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return status

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        with self._lock:
            if self.returncode is None:
                with contextlib.suppress(ProcessLookupError):  # it has ended just now
                    signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def close(self) -> None:
        """Close all there is of it, after it has ended."""
        self.stdin.close()
        self.stdout.close()
        with self._lock:
            os.close(self._handle)


def end(process: Forked) -> None:
    """Cut a process' lifeline, and wait until it has ended; kill it when it does not."""
    cut(process)
    try:
        process.wait(_END_WITHIN)
    except subprocess.TimeoutExpired:
        log.warning("worker process %d did not end: killed", process.pid)
        process.kill()
        process.wait()
    process.close()


def cut(process: Forked) -> None:
    """Cut a process' lifeline: it lets go of its instrument, and ends."""
    with contextlib.suppress(OSError):  # it has ended by itself
        process.stdin.close()


def effort(process: Forked | subprocess.Popen[bytes]) -> float:
    """Look how much of the processor's time a process has used so far, s; 0 for one that has ended.

    Who starts slowly on a busy machine uses some all the time; who was stopped, or waits for ever, does not.
    """
    if process.poll() is not None:
        return 0.0
    try:
        return time.clock_gettime(~process.pid << 3 | _ITS_CPU_TIME)
    except OSError:  # it has ended just now
        return 0.0

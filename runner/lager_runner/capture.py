"""Takes what a script writes out of its pipes, and keeps it in the run's log, as it comes and byte for byte.

It waits for nobody, and decides nothing about the run's end.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
from collections.abc import Callable

from lager_runner import outputlog
from lager_runner.logwriter import LogWriter

_PIPE_BYTES = 1 << 20  # so that a script is not slowed by a disk that pauses for breath
_F_SETPIPE_SZ = 1031  # Linux; fcntl has the name from Python 3.10 on some builds only
_READ_BYTES = outputlog.LARGEST - 3  # with the rest of a character before it, it fits a chunk


class Capture:
    """The pipes of one run.

    Args:
        selector: Where they wait for output.
        log: Where it is kept.
        on_output: Told how many bytes have come, and whether the log has grown.
    """

    def __init__(
        self, selector: selectors.BaseSelector, log: LogWriter, on_output: Callable[[int, bool], None]
    ) -> None:
        self._selector = selector
        self._log = log
        self._on_output = on_output
        self._pipes: dict[int, int] = {}
        self._tails: dict[int, bytes] = {}

    @property
    def talkative(self) -> bool:
        """Say whether somebody may still write to stdout or stderr."""
        return any(stream != outputlog.CHANNEL for stream in self._pipes)

    def open(self, stream: int, pipe: int) -> None:
        """Attend the reading end of a pipe."""
        os.set_blocking(pipe, False)
        with contextlib.suppress(OSError):  # a user may have only so much; then it stays as it is
            fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)
        self._pipes[stream], self._tails[stream] = pipe, b""
        self._selector.register(pipe, selectors.EVENT_READ, lambda: self._read(stream))

    def say(self, line: str) -> None:
        """Write a line of Lager's own into the log."""
        self._on_output(0, self._log.say(line))

    def close(self) -> None:
        """Take what the pipes still have, and no more: somebody else may go on writing."""
        for stream in list(self._pipes):
            for _ in range(2 * _PIPE_BYTES // outputlog.LARGEST):
                if not self._read(stream):
                    break
            if stream in self._pipes:
                self._close(stream)
        self._log.mark_gap()

    def _read(self, stream: int) -> bool:
        """Take what the pipe has; False when it has nothing now."""
        try:
            data = os.read(self._pipes[stream], _READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._close(stream)
            return False
        self._keep(stream, data)
        return True

    def _keep(self, stream: int, data: bytes) -> None:
        size = len(data)
        if stream != outputlog.CHANNEL:
            data = self._tails[stream] + data
            cut = outputlog.whole(data)
            data, self._tails[stream] = data[:cut], data[cut:]
        self._on_output(size, self._log.append(stream, data))

    def _close(self, stream: int) -> None:
        self._on_output(0, self._log.append(stream, self._tails.pop(stream)))
        pipe = self._pipes.pop(stream)
        self._selector.unregister(pipe)
        os.close(pipe)

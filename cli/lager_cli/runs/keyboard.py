"""Enter, in the terminal a run was started from. Nothing is read unless the caller asks for it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import sys
import termios


class Keyboard:
    """The terminal on standard input, if there is one and it is ours to read."""

    def __init__(self) -> None:
        self._tty = sys.stdin is not None and sys.stdin.isatty()
        self._stale = 0  # bytes typed before anything was shown that they could answer
        self.ended = False  # whether Ctrl+D was typed: the end of all that is typed

    def fileno(self) -> int:
        """Give the descriptor, to wait on."""
        return sys.stdin.fileno()

    @property
    def present(self) -> bool:
        """Get whether there is a terminal at all."""
        return self._tty

    @property
    def ours(self) -> bool:
        """Get whether this process is in the foreground: in the background, reading would stop it."""
        if not self._tty:
            return False
        try:
            return os.tcgetpgrp(self.fileno()) == os.getpgrp()
        except OSError:  # a terminal without job control: nobody else reads it
            return True

    def mark(self) -> None:
        """Take note of what has been typed so far; nothing is read, so that the shell gets it if no pause comes."""
        if not self._tty:
            return
        waiting = bytearray(4)
        with contextlib.suppress(OSError):  # the terminal has gone: nothing waits there
            fcntl.ioctl(self.fileno(), termios.FIONREAD, waiting)
        self._stale = int.from_bytes(waiting, sys.byteorder)

    def discard(self) -> None:
        """Forget what had been typed at the last `mark`; an Enter that answers what was shown since then counts."""
        while self._stale > 0 and self.ours and select.select([self], [], [], 0)[0]:
            try:
                line = os.read(self.fileno(), self._stale)
            except OSError:
                line = b""
            self._stale = self._stale - len(line) if line else 0

    def pressed(self) -> bool:
        """Whether Enter was pressed since; waits for nothing."""
        if not self.ours or not select.select([self], [], [], 0)[0]:
            return False
        try:
            line = os.read(self.fileno(), 4096)
        except OSError:
            line = b""
        if not line and self._has_gone():
            self._tty = False
        elif not line:  # Ctrl+D, after which Enter still counts
            self.ended = True
        return bool(line)

    def _has_gone(self) -> bool:
        poll = select.poll()
        poll.register(self, 0)
        return bool(poll.poll(0))  # a hang-up or an error is told unasked

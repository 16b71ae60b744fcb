"""Enter, in the terminal a run was started from. Nothing is read unless the caller asks for it."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios


class Keyboard:
    """The terminal on standard input, if there is one and it is ours to read."""

    def __init__(self) -> None:
        self._tty = sys.stdin is not None and sys.stdin.isatty()

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

    def discard(self) -> None:
        """Forget what was typed so far."""
        if self.ours:
            with contextlib.suppress(termios.error):  # the terminal has gone: nothing is left to forget
                termios.tcflush(self.fileno(), termios.TCIFLUSH)

    def pressed(self) -> bool:
        """Whether Enter was pressed since; waits for nothing."""
        if not self.ours or not select.select([self], [], [], 0)[0]:
            return False
        try:
            line = os.read(self.fileno(), 4096)
        except OSError:
            line = b""
        if not line:  # Ctrl+D, or the terminal has gone; either way, no more Enter from here
            self._tty = False
        return bool(line)

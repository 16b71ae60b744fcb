"""A terminal with a command in its foreground: keys in, what the screen shows out."""

import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from fcntl import ioctl

_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>]|\][^\x07]*\x07)")
_WHERE, _THERE = b"\x1b[6n", b"\x1b[1;1R"  # where the cursor is, is asked of every terminal


class Terminal:
    """Type into it, and wait for what it shows; escape sequences are taken out."""

    def __init__(self, words, env):
        self._ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *words], env=env, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        self._unread = ""

    def type(self, keys):
        os.write(self._ours, keys.encode())

    def see(self, text, seconds=60.0):
        """Wait until it shows that, after what was seen last; what stood before it.

        Raises:
            TimeoutError: It does not.
        """
        until = time.monotonic() + seconds
        while (at := self._unread.find(text)) < 0:
            if not self._read(until):
                raise TimeoutError(f"no {text!r} came; this did: {self._unread!r}")
        before, self._unread = self._unread[:at], self._unread[at + len(text) :]
        return before

    def rest(self, seconds):
        """Wait for it to end; what it showed until then."""
        until = time.monotonic() + seconds
        while self._read(until):
            continue
        self.process.wait(max(1.0, until - time.monotonic()))
        return self._unread

    def quiet(self, seconds):
        """Read what comes, until nothing has come for so long."""
        while self._read(time.monotonic() + seconds):
            self._unread = ""

    def close(self):
        os.close(self._ours)
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()

    def _read(self, until):
        if not select.select([self._ours], [], [], max(0.0, until - time.monotonic()))[0]:
            return False
        try:
            part = os.read(self._ours, 65536)
        except OSError:  # nobody holds it open any more
            return False
        if _WHERE in part:
            os.write(self._ours, _THERE)
        self._unread += _ESCAPES.sub("", part.decode(errors="replace"))
        return True

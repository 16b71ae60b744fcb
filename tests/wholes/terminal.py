"""A terminal somebody sits at: a pseudo-terminal with a process in it."""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from fcntl import ioctl

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>]|\][^\x07]*\x07)")


class Terminal:
    """Type into it, and wait for what its screen shows (escape sequences taken out)."""

    def __init__(self, command, folder, env, size=(40, 200)):
        self._ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))

        def sit_down():
            os.setsid()
            ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            command, cwd=folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=sit_down
        )
        os.close(theirs)
        self.seen = ""
        self._at = 0

    @property
    def text(self):
        return ESCAPES.sub("", self.seen).replace("\r\n", "\n")

    def type(self, keys):
        os.write(self._ours, keys.encode())

    def expect(self, pattern, timeout=60):
        """Wait until what came since the last match holds `pattern`; give the match."""
        deadline = time.monotonic() + timeout
        while not (found := re.compile(pattern, re.MULTILINE).search(self.text, self._at)):
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"no {pattern!r} on this screen:\n{self.text}")
        self._at = found.end()
        return found

    @property
    def settings(self):
        return termios.tcgetattr(self._ours)

    @settings.setter
    def settings(self, wanted):
        termios.tcsetattr(self._ours, termios.TCSANOW, wanted)

    def until(self, true, timeout=60):
        """Read on until something is true."""
        deadline = time.monotonic() + timeout
        while not true():
            assert time.monotonic() < deadline, f"not so on this screen:\n{self.text}"
            self._read(0.02)

    def wait(self, timeout=60):
        """Wait until the process has ended; give its exit status."""
        deadline = time.monotonic() + timeout
        while self._read(deadline - time.monotonic()):
            continue
        return self.process.wait(max(deadline - time.monotonic(), 1))

    def _read(self, seconds):
        if seconds <= 0 or not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            part = os.read(self._ours, 65536)
        except OSError:  # a terminal nobody else holds open any more
            return False
        if b"\x1b[6n" in part:
            os.write(self._ours, b"\x1b[1;1R")  # where is the cursor? prompt_toolkit asks each terminal
        self.seen += part.decode(errors="replace")
        return bool(part)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGHUP)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        os.close(self._ours)

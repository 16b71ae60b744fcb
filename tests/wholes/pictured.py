"""A terminal whose screen is looked at as a whole: where each character stands, and what it looks like."""

import codecs
import os
import re
import select
import struct
import sys
import termios
from fcntl import ioctl
from pathlib import Path

import pyte
from terminal import Terminal

LAGER = Path(sys.executable).with_name("lager")
# What the emulator does not know, and would show: asking about and leaving the keyboard protocol.
UNKNOWN = re.compile(r"\x1b\[[<>=]\d*u")
SCROLLBAR = " ▁▂▃▄▅▆▇█"  # what a row may end with: blanks, and a scrollbar where there happens to be one


class Pictured(Terminal):
    """Type into it, and wait until its screen is as it should be."""

    def __init__(self, command, folder, env, size=(24, 80)):
        self._screen = pyte.Screen(size[1], size[0])
        self._stream = pyte.Stream(self._screen)
        self._decode = codecs.getincrementaldecoder("utf-8")().decode

        super().__init__(command, folder, env, size)

    def _read(self, seconds):
        if seconds <= 0 or not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            part = os.read(self._ours, 65536)
        except OSError:  # a terminal nobody else holds open any more
            return False
        text = self._decode(part)  # a character may come in two parts
        self.seen += text
        self._stream.feed(UNKNOWN.sub("", text))
        return bool(part)

    def resize(self, rows, columns):
        """Make it larger or smaller, as a window is; what it shows then is drawn anew."""
        self._screen.resize(rows, columns)
        ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def rows(self):
        return [line.rstrip(SCROLLBAR) for line in self._screen.display]

    @property
    def picture(self):
        return "\n".join(self.rows)

    @property
    def colours(self):
        """All colours on the screen."""
        cells = [self._screen.buffer[y][x] for y in range(self._screen.lines) for x in range(self._screen.columns)]
        return {cell.fg for cell in cells} | {cell.bg for cell in cells}

    def colour(self, text):
        """The colours of a text, and whether it is reversed."""
        for y, line in enumerate(self._screen.display):
            if (x := line.find(text)) >= 0:
                cell = self._screen.buffer[y][x]
                return cell.fg, cell.bg, cell.reverse
        raise AssertionError(f"no {text!r} on this screen:\n{self.picture}")

    def shows(self, *texts, timeout=60):
        """Wait until all these texts, which may be of several lines, are on the screen at once."""
        try:
            self.until(lambda: all(text in self.picture for text in texts), timeout)
        except AssertionError:
            missing = [text for text in texts if text not in self.picture]
            raise AssertionError(f"no {missing} on this screen:\n{self.picture}") from None

    def changes_to(self, true, timeout=60):
        """Wait until something is true of the picture."""
        try:
            self.until(lambda: true(self.picture), timeout)
        except AssertionError:
            raise AssertionError(f"not so on this screen:\n{self.picture}") from None

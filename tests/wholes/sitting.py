"""Commands in a row, as somebody types them one after the other, and the whole of what he sees.

They run in this process: only the box and its instruments are processes of their own.
"""

import difflib
import io
import re
import shlex
import sys

from lager_cli.app import lager, run

NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")


def rounded(text, digits=2):
    """Measured values are never the same twice; beyond that, a screen is."""
    return NUMBER.sub(lambda found: f"{round(float(found[0]), digits) + 0.0:.{digits}f}", text)


class Sitting:
    """Somebody at a shell in a home.

    Args:
        home: Whose.
        capsys: What pytest catches output with.
        monkeypatch: For the environment.
    """

    def __init__(self, home, capsys, monkeypatch):
        self._capsys, self._monkeypatch = capsys, monkeypatch
        for name, value in home.env.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(home.folder)

    def __call__(self, line):
        """Type a line; give the status, and what came on standard output and standard error."""
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        status = run(lager, shlex.split(line)[1:])
        out, err = self._capsys.readouterr()
        return status, out, err

    def replay(self, transcript):
        """Type what a transcript has after `$`, and give what was seen, as a transcript."""
        seen = []
        for line in transcript.strip().splitlines():
            if line.startswith("$ "):
                status, out, err = self(line[2:])
                seen += [line, *(out + err).splitlines(), *([f"(status {status})"] if status else [])]
        return "\n".join(seen)

    def check(self, transcript, digits=2):
        """Compare with what is seen, numbers rounded; where it is something else, show all that is."""
        seen, meant = self.replay(transcript), transcript.strip()
        if rounded(seen, digits) != rounded(meant, digits):
            lines = difflib.unified_diff(meant.splitlines(), seen.splitlines(), "meant", "seen", n=1, lineterm="")
            raise AssertionError("\n".join(["the screen is another:", *lines]))

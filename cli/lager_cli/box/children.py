"""One service of a box as its parent sees it: a process, its reports, its end. It decides nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, cast

from lager import settings, wire


class Child:
    """A running service, tied to this process by `lager.lifeline`.

    Args:
        module: What Python runs.
        args: Its arguments.
    """

    def __init__(self, module: str, args: list[str]) -> None:
        self.module = module
        # A session of its own: Ctrl-C at the terminal is for the box, which then ends its services in order.
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=settings.state_dir(),
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self._out = self.process.stdout.fileno()
        self._rest = b""

    def fileno(self) -> int:
        """Give the descriptor its reports come from, to wait on."""
        return self._out

    def reports(self) -> Iterator[dict[str, Any]]:
        """Give the reports that have come; EOFError when it has ended."""
        part = os.read(self._out, 65536)
        if not part:
            raise EOFError(self.module)
        *lines, self._rest = (self._rest + part).split(b"\n")
        for line in lines:
            yield cast("dict[str, Any]", wire.from_json(line, dict[str, Any]))

    def cut(self) -> None:
        """Cut its lifeline: it ends by itself."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended already
            self.process.stdin.close()

    def end(self, grace: float) -> int:
        """Wait up to `grace` seconds for its end, then insist; give its exit status."""
        for number in (None, signal.SIGTERM, signal.SIGKILL):
            if number is not None:
                self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):  # then the next, harder way
                self.process.wait(grace)
                break
            grace = 2.0
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.returncode

"""Shows a run whose script is a pytest: its events go to the replay, the rest is output of the tests themselves."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from lager import wire
from lager.testing import events
from lager_cli.runs.annotations import annotation
from lager_cli.runs.showing import Plain
from lager_cli.runs.writing import Outlet
from lager_cli.testing.replaying import Replay

if TYPE_CHECKING:
    from lager.outputrecords import Record


_STDERR = 2


class Mirror(Plain):
    """A run as the user of a pytest sees it.

    Args:
        config: Of the pytest here.
        replay: Takes the events.
    """

    def __init__(self, config: pytest.Config, replay: Replay) -> None:
        in_ci = bool(os.environ.get("CI")) and not sys.stderr.isatty()
        told = (lambda pause: annotation(pause, config.rootpath, os.environ, time.time())) if in_ci else None
        super().__init__(Outlet(), annotation=told)
        self._config, self._replay = config, replay

    def output(self, output: wire.Output) -> None:
        """Pass the bytes on, behind what pytest has written."""
        sys.stdout.flush()
        if output.stream == _STDERR:  # where pytest itself says what files it cannot find
            output = msgspec.structs.replace(output, data=self._replay.with_local_paths(output.data))
        super().output(output)

    def result(self, record: Record, time: float) -> None:
        """Take an event; what a test has handed over itself is printed."""
        event = events.decode(record.value)
        if event is None:
            sys.stdout.flush()
            super().result(record, time)
        else:
            self._replay.take(event)

    def paused(self, pause: wire.PauseInfo) -> None:
        """End the line that pytest has begun: the banner comes next."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            terminal = self._config.get_terminal_writer()
            if terminal.width_of_current_line:
                terminal.line()
            terminal.flush()
        super().paused(pause)

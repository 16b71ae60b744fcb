"""A run followed in this terminal, or in a job of a CI system: what is shown of it, and what is fetched at its end."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lager import errors, wire
from lager_cli.holder import in_ci
from lager_cli.runs.keyboard import Keyboard
from lager_cli.runs.showing import Plain, Showing
from lager_cli.runs.stream import RunStream
from lager_cli.runs.watching import Manners, Watch
from lager_cli.runs.writing import Outlet, Unwritable

if TYPE_CHECKING:
    from lager_cli.runs.interrupts import Interrupts
    from lager_cli.runs.starting import Way
    from lager_cli.runs.wanted import Wanted


class Attendance:
    """Somebody who follows one run.

    Args:
        way: The way to the run.
        wanted: What is wanted of it.
        manners: How it is followed.
        source: What was run, as it was typed.
    """

    def __init__(self, way: Way, wanted: Wanted, manners: Manners, source: str) -> None:
        self._way, self._wanted, self._manners = way, wanted, manners
        self._run = manners.handle.run
        self._show = self._showing(Path(source))
        self.ended = False  # whether it has ended, and was not left before

    def until_end(self, interrupts: Interrupts, run: wire.RunInfo) -> int:
        """Follow it to its end, or until it is left; give the exit status.

        Raises:
            LagerError: Contact is lost.
        """
        stream = RunStream(self._way.connect, self._manners.handle.reattach)
        with contextlib.closing(stream):
            watch = Watch(stream, interrupts, Keyboard(), self._show, self._manners)
            status = watch.until_end(run)
        self.ended = watch.exited is not None
        return status

    def fetch(self) -> None:
        """Fetch its files, if it has ended. What fails is said, and changes no exit status."""
        if self.ended and (self._wanted.targets or self._wanted.report):
            with contextlib.suppress(Unwritable):  # nobody reads what went wrong
                self._fetch()

    def _showing(self, source: Path) -> Showing:
        if self._wanted.as_json:
            from lager_cli.runs.events import Events

            return Events(Outlet(), self._run, time.time)
        if not in_ci(os.environ) or sys.stderr.isatty():
            return Plain(Outlet(), self._wanted.quiet)
        from lager_cli.runs.annotations import annotation

        return Plain(Outlet(), self._wanted.quiet, lambda one: annotation(one, source, os.environ, time.time()))

    def _fetch(self) -> None:
        from lager_cli.runs import downloads

        for target in self._wanted.targets:
            trouble = downloads.trouble(self._way.box, self._run, target)
            if trouble:
                self._show.note(trouble, important=True)
        report = self._wanted.report
        if report is None:
            return
        try:
            downloads.fetch(self._way.box, self._run, report)
        except errors.FileNotThere:
            words = f"No JUnit report: the script ran no tests of pytest or unittest; {report.file} is not written."
            self._show.note(words, important=True)
        except errors.LagerError as error:
            self._show.note(f"No JUnit report: {error.what}.", important=True)

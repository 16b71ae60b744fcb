"""A run followed in this terminal, or in a job of a CI system: what is shown of it, and what is fetched at its end."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lager import errors, wire
from lager_cli.holder import in_ci
from lager_cli.runs import downloads
from lager_cli.runs.annotations import annotation
from lager_cli.runs.events import Events
from lager_cli.runs.keyboard import Keyboard
from lager_cli.runs.showing import Plain, Showing
from lager_cli.runs.starting import Way
from lager_cli.runs.stream import RunStream
from lager_cli.runs.watching import Interrupts, Manners, Watch
from lager_cli.runs.writing import Outlet, Unwritable, say


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a run.

    Attributes:
        quiet: Only what the script writes, and what went wrong.
        as_json: Events as JSON lines.
        ports: TCP ports of this machine to forward while it is followed, and those of the box.
        targets: Files to fetch at its end.
        report: Where its JUnit report goes; None where none is wanted.
    """

    quiet: bool = False
    as_json: bool = False
    ports: Sequence[tuple[int, int]] = ()
    targets: Sequence[downloads.Target] = ()
    report: downloads.Target | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Wanted:
        """Take what was typed.

        Raises:
            UsageError: A file could not be written, or a port cannot be forwarded.
        """
        targets = downloads.targets(options["download"], options["allow_overwrite"])
        report = downloads.report(options["junit"]) if options["junit"] is not None else None
        return cls(options["quiet"], options["as_json"], _ports(options["port"]), targets, report)


def _ports(given: Sequence[str]) -> list[tuple[int, int]]:
    if not given:
        return []
    from lager_cli.runs.forwarding import parse

    return [parse(one) for one in given]


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

    @contextlib.contextmanager
    def forwarding(self) -> Iterator[None]:
        """Forward its ports as long as this lasts.

        Raises:
            UsageError: One of them cannot be had.
        """
        if not self._wanted.ports:
            yield
            return
        from lager_cli.runs.forwarding import HOST, Ports, forwarding

        pairs = [Ports(here, there) for here, there in self._wanted.ports]
        with forwarding(self._way.box, self._run, pairs, say) as found:
            for here, (_, there) in zip(found, pairs, strict=True):
                if not self._wanted.quiet:
                    say(f"Port {there} of the box is {HOST}:{here} here.")
            yield

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
        if self.ended:
            with contextlib.suppress(Unwritable):  # nobody reads what went wrong
                self._fetch()

    def _showing(self, source: Path) -> Showing:
        if self._wanted.as_json:
            return Events(Outlet(), self._run, time.time)
        if not in_ci(os.environ) or sys.stderr.isatty():
            return Plain(Outlet(), self._wanted.quiet)
        return Plain(Outlet(), self._wanted.quiet, lambda one: annotation(one, source, os.environ, time.time()))

    def _fetch(self) -> None:
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

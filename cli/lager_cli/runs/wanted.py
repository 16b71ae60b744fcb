"""What is wanted of a run beside its output: what is shown, which ports are forwarded, which files are fetched.

What that needs is imported only where it is wanted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lager_cli.runs.writing import say

if TYPE_CHECKING:
    from lager_cli.runs.downloads import Target
    from lager_cli.selection import Box


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
    targets: Sequence[Target] = ()
    report: Target | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Wanted:
        """Take what was typed.

        Raises:
            UsageError: A file could not be written, or a port cannot be forwarded.
        """
        targets, report = _files(options)
        return cls(options["quiet"], options["as_json"], _ports(options["port"]), targets, report)

    @contextlib.contextmanager
    def forwarding(self, box: Box, run: str) -> Iterator[None]:
        """Forward the ports of a run as long as this lasts.

        Raises:
            UsageError: One of them cannot be had.
        """
        if not self.ports:
            yield
            return
        from lager_cli.runs.forwarding import HOST, Ports, forwarding

        pairs = [Ports(here, there) for here, there in self.ports]
        with forwarding(box, run, pairs, say) as found:
            for here, (_, there) in zip(found, pairs, strict=True):
                if not self.quiet:
                    say(f"Port {there} of the box is {HOST}:{here} here.")
            yield


def _files(options: Mapping[str, Any]) -> tuple[Sequence[Target], Target | None]:
    """Give what is to be fetched: the files, and the report."""
    if not options["download"] and options["junit"] is None:
        return (), None
    from lager_cli.runs import downloads

    report = downloads.report(options["junit"]) if options["junit"] is not None else None
    return downloads.targets(options["download"], options["allow_overwrite"]), report


def _ports(given: Sequence[str]) -> list[tuple[int, int]]:
    if not given:
        return []
    from lager_cli.runs.forwarding import parse

    return [parse(one) for one in given]

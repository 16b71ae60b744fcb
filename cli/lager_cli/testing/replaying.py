"""What a pytest on a box tells, put to the hooks of this one, so that all that reads reports works as always.

It follows no run: events in, calls of hooks out.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from lager import errors
from lager.testing.events import SHOWN, Event
from lager_cli.testing.items import Items

_TUPLES = ("location", "longrepr")  # parts of a report that are one, and lists in JSON
_LONGEST = 1_000_000  # lines of a file, as far as they are told
_LISTS_OF_TUPLES = ("sections", "user_properties")


class Shown:
    """How something looks that went wrong, and is no traceback: a fixture that is not there, a file with an error."""

    def __init__(self, text: str, red: bool) -> None:
        self._text, self._red = text, red

    def toterminal(self, out: Any) -> None:
        """Write it, as pytest has it write itself."""
        for line in self._text.split("\n"):
            out.line(line, red=self._red)

    def __str__(self) -> str:
        return self._text


class Replay:
    """One session whose tests run on a box.

    Args:
        session: The one here.

    Attributes:
        finished: Whether the box's pytest has come to its end.
        status: Its exit status then.
        collected: Whether it is known what runs.
        lines: What the box's pytest says of that.
    """

    def __init__(self, session: pytest.Session) -> None:
        self._session, self._hook, self._config = session, session.config.hook, session.config
        self._items = Items(session)
        self._roots: list[str] = []
        self._over: set[str] = set()  # tests that have come to their end
        self._underway: set[str] = set()  # those that have begun
        self._begun: dict[str, list[Event]] = {}  # what workers told of tests that have not
        self._spread = False  # whether workers run the tests, several at once
        self._interrupt: Event | None = None
        self.finished = self.collected = False
        self.status = 0
        self.lines: list[str] = []

    def take(self, event: Event) -> None:
        """Have happen here what happened there."""
        known: dict[str, Callable[[Event], None]] = {
            "start": self._start,
            "collect": self._collect,
            "deselected": self._deselected,
            "collected": self._all_collected,
            "selected": self._selected,
            "begin": self._test,
            "report": self._test,
            "end": self._test,
            "warning": self._warning,
            "interrupted": self._interrupted,
            "broken": self._broken,
            "finish": self._finish,
        }
        if event["event"] in known:  # else it is from a newer box, and what it tells is not known here
            known[event["event"]](event)

    # Collecting -------------------------------------------------------------------------------------------------------

    def _start(self, event: Event) -> None:
        self._roots = event["roots"]

    def _collect(self, event: Event) -> None:
        report = self._report(event["report"])
        report.result = [self._items.get(one) for one in event["items"]]
        self._hook.pytest_collectreport(report=report)

    def _deselected(self, event: Event) -> None:
        self._hook.pytest_deselected(items=[self._items.get(one) for one in event["items"]])

    def _all_collected(self, event: Event) -> None:
        self._session.items = [self._items.described(one) for one in event["items"]]
        self._session.testscollected = len(self._session.items)
        self._spread = event.get("spread", False)
        if self._spread:  # of what workers find, no more is told
            found = pytest.CollectReport("", "passed", None, list(self._session.items))
            self._hook.pytest_collectreport(report=found)
        self.collected = True
        self._hook.pytest_collection_finish(session=self._session)

    def _selected(self, event: Event) -> None:
        self.lines = event["lines"]

    # Tests ------------------------------------------------------------------------------------------------------------

    def _test(self, event: Event) -> None:
        """Take what is told of a test; all at once at its end, where others are told of in between."""
        nodeid = event["report"]["nodeid"] if "report" in event else event["nodeid"]
        if not self._spread:
            self._tell(event)
            return
        self._begun.setdefault(nodeid, []).append(event)
        if event["event"] == "end":
            for one in self._begun.pop(nodeid):
                self._tell(one)

    def _tell(self, event: Event) -> None:
        if event["event"] == "report":
            if event["report"].get("when") == "teardown":
                self._over.add(event["report"]["nodeid"])
            self._hook.pytest_runtest_logreport(report=self._report(event["report"]))
            return
        place = tuple(event["location"])
        if event["event"] == "begin":
            self._underway.add(event["nodeid"])
            self._hook.pytest_runtest_logstart(nodeid=event["nodeid"], location=place)
            return
        self._hook.pytest_runtest_logfinish(nodeid=event["nodeid"], location=place)

    def _report(self, told: dict[str, Any]) -> Any:
        """Give a report as it would be here: with the files that are here."""
        told["longrepr"] = self._local(told.get("longrepr"))
        shown = told.pop(SHOWN, False)
        for name in _TUPLES:
            if isinstance(told.get(name), list):
                told[name] = tuple(told[name])
        for name in _LISTS_OF_TUPLES:
            if name in told:
                told[name] = [tuple(one) for one in told[name]]
        report = self._hook.pytest_report_from_serializable(config=self._config, data=told)
        if shown:
            report.longrepr = Shown(report.longrepr, red=isinstance(report, pytest.CollectReport))
        return report

    def _local(self, value: Any) -> Any:
        """Put the root folder here in the place of the one there."""
        if isinstance(value, str):
            for root in self._roots:
                value = value.replace(root, os.fspath(self._config.rootpath))
            return value
        if isinstance(value, list):
            return [self._local(one) for one in value]
        if isinstance(value, dict):
            return {name: self._local(one) for name, one in value.items()}
        return value

    def with_local_paths(self, output: bytes) -> bytes:
        """Give output with the root folder here in the place of the one there."""
        for root in self._roots:
            output = output.replace(os.fsencode(root), os.fsencode(self._config.rootpath))
        return output

    def _warning(self, event: Event) -> None:
        module, name = event["kind"]
        kind = getattr(sys.modules.get(module), name, None)
        if not (isinstance(kind, type) and issubclass(kind, Warning)):
            kind = type(name, (Warning,), {"__module__": module})
        message = warnings.WarningMessage(
            message=event["text"], category=kind, filename=self._local(event["file"]), lineno=event["line"]
        )
        place = event["location"] and (self._local(event["location"][0]), *event["location"][1:])
        self._hook.pytest_warning_recorded.call_historic(
            kwargs={"warning_message": message, "nodeid": event["nodeid"], "when": event["when"], "location": place}
        )

    # The end ----------------------------------------------------------------------------------------------------------

    def _interrupted(self, event: Event) -> None:
        self._interrupt = event

    def _broken(self, event: Event) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.pytest_internalerror(self._local(event["text"]))

    def _finish(self, event: Event) -> None:
        self.finished, self.status = True, event["status"]
        self._session.shouldfail = self._session.shouldfail or event["fail"]
        self._session.shouldstop = self._session.shouldstop or event["stop"]

    def lost(self, why: str) -> None:
        """Make an error of every test whose end was not told; `why` says what happened, and what to try."""
        for nodeid in list(self._begun):
            for one in self._begun.pop(nodeid):
                self._tell(one)
        if not self.collected:
            report = pytest.CollectReport("box", "failed", why, [])
            self._hook.pytest_collectreport(report=report)
            raise self._session.Interrupted(why.partition("\n")[0])
        for item in self._session.items:
            if item.nodeid not in self._over:
                when = "while this test ran" if item.nodeid in self._underway else "before this test began"
                self._fail(item, f"{when}, {why}")

    def _fail(self, item: pytest.Item, why: str) -> None:
        self._hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        report = pytest.TestReport(item.nodeid, item.location, {item.name: 1}, "failed", why, "setup")
        self._hook.pytest_runtest_logreport(report=report)
        self._hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    @property
    def known(self) -> set[str]:
        """Get the ids of all tests that were found."""
        return self._items.ids

    def conclude(self) -> None:
        """End the session as the one there ended."""
        if self._interrupt is not None:
            self._raise(self._interrupt)
        if self._session.shouldfail:
            raise self._session.Failed(self._session.shouldfail)
        if self._session.shouldstop:
            raise self._session.Interrupted(self._session.shouldstop)

    def _raise(self, event: Event) -> None:
        kind, words = event["kind"], event["words"]
        if kind == "Exit":
            pytest.exit(words, event["status"])
        if kind == "Interrupted":
            raise self._session.Interrupted(words)
        # pytest shows where it was: in the user's own line, so it is raised there.
        what = "stop" if kind == "Aborted" else "KeyboardInterrupt"
        line = min(event["line"], _LONGEST)
        place = compile("\n" * (line - 1) + f"raise {what}", self._local(event["file"]), "exec")
        exec(place, {"stop": errors.Aborted(words)})

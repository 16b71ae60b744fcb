"""Writes the results of unittest into the JUnit file of a run, whatever result class the script has chosen.

It watches what `unittest.TextTestRunner` (and with it `unittest.main` and `python -m unittest`) tells its result.
"""

from __future__ import annotations

import functools
import time
import traceback
import unittest
from collections.abc import Callable
from datetime import datetime, timezone
from types import TracebackType
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from lager.testing import junit

Failure = tuple[type[BaseException], BaseException, TracebackType | None]
# What a result is told of a test, and how that is called in the file; nothing is said of what went well.
_TOLD = {
    "addSuccess": "",
    "addError": "error",
    "addFailure": "failure",
    "addSkip": "skipped",
    "addExpectedFailure": "skipped",
    "addUnexpectedSuccess": "failure",
}


def install() -> None:
    """Have every runner of texts write its results to the file, too."""
    run = unittest.TextTestRunner.run

    @functools.wraps(run)
    def watched(self: unittest.TextTestRunner, test: Any) -> unittest.TestResult:
        path = junit.take()
        if not path:
            return run(self, test)
        suite = Suite()
        make = self._makeResult
        setattr(self, "_makeResult", lambda: suite.watch(make()))  # noqa: B010  # mypy: it is a method
        try:
            return run(self, test)
        finally:
            junit.give_back(path)
            junit.add(path, [suite.element()])

    setattr(unittest.TextTestRunner, "run", watched)  # noqa: B010  # as above


class Suite:
    """The results of one run of tests."""

    def __init__(self) -> None:
        self._began = datetime.now(timezone.utc)
        self._since = time.monotonic()
        self._element = Element("testsuite")
        self._running: dict[str, float] = {}  # when each test began that has not ended, s
        self._told: set[str] = set()  # of which something was said, be it of a part

    def watch(self, result: Any) -> Any:
        """Hear all that a result is told."""
        for name in ("startTest", "stopTest", "addSubTest", *_TOLD):
            setattr(result, name, self._heard(name, getattr(result, name)))
        return result

    def element(self) -> Element:
        """Give what there is to write."""
        counts = {kind: len(self._element.findall(f"testcase/{kind}")) for kind in ("error", "failure", "skipped")}
        self._element.attrib = {
            "name": "unittest",
            "errors": str(counts["error"]),
            "failures": str(counts["failure"]),
            "skipped": str(counts["skipped"]),
            "tests": str(len(self._element)),
            "time": f"{time.monotonic() - self._since:.3f}",
            "timestamp": self._began.isoformat(),
        }
        return self._element

    def _heard(self, name: str, tell: Callable[..., Any]) -> Callable[..., Any]:
        others: dict[str, Callable[..., None]] = {
            "startTest": self._start,
            "stopTest": self._stop,
            "addSubTest": self._sub,
        }
        hear = others.get(name) or functools.partial(self._add, name)

        @functools.wraps(tell)
        def heard(*args: Any) -> Any:
            hear(*args)
            return tell(*args)

        return heard

    def _start(self, test: Any) -> None:
        self._running[test.id()] = time.monotonic()

    def _stop(self, test: Any) -> None:
        if test.id() not in self._told:
            self._case(test.id(), "error", "it was interrupted", "")
        self._told.discard(test.id())

    def _sub(self, test: Any, part: Any, failure: Failure | None) -> None:
        self._told.add(test.id())
        if failure is not None:
            kind = "failure" if issubclass(failure[0], test.failureException) else "error"
            self._case(part.id(), kind, _words(failure), _trace(failure))

    def _add(self, name: str, test: Any, what: Any = None) -> None:
        self._told.add(test.id())
        kind = _TOLD[name]
        if isinstance(what, tuple):
            self._case(test.id(), kind, _words(what), _trace(what))
        else:
            words = "it succeeded unexpectedly" if name == "addUnexpectedSuccess" else str(what or "")
            self._case(test.id(), kind, words, "")

    def _case(self, name: str, kind: str, words: str, trace: str) -> None:
        began = self._running.pop(name, None)  # the time of a part is not known
        taken = 0.0 if began is None else time.monotonic() - began
        whose, _, method = name.partition(" ")[0].rpartition(".")
        method += name[len(name.partition(" ")[0]) :]
        case = SubElement(
            self._element,
            "testcase",
            {"classname": junit.text(whose), "name": junit.text(method), "time": f"{taken:.3f}"},
        )
        if kind:
            SubElement(case, kind, {"message": junit.text(words)}).text = junit.text(trace)


def _words(failure: Failure) -> str:
    return "".join(traceback.format_exception_only(failure[0], failure[1])).strip()


def _trace(failure: Failure) -> str:
    kind, value, trace = failure
    while trace is not None and "__unittest" in trace.tb_frame.f_globals:  # how unittest marks what is its own
        trace = trace.tb_next
    return "".join(traceback.format_exception(kind, value, trace))

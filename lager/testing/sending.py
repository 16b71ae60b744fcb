"""A plugin of the box's pytest: it tells the laptop's all that happens, and is otherwise as quiet as it can be."""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator, Sequence
from typing import Any

import pytest

from lager.testing import events

# What is done where the user is, not here too: the reports come together there.
_ELSEWHERE = ("lager_box", "basetemp", "report_log", "htmlpath", "pastebin", "usepdb", "trace")
_ONLY_HERE = ("node",)  # parts of a report that are objects of this process


class Sender:
    """The hooks."""

    def __init__(self) -> None:
        self._collected = False

    def _send(self, kind: str, /, **what: Any) -> None:
        from lager.outputchannel import output
        from lager.outputencoders import OutputEncoders

        output(events.encode(kind, **what), encoder=OutputEncoders.Raw)

    # Its own world ----------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> None:
        """Leave to the laptop what is done there."""
        for name in _ELSEWHERE:
            if getattr(config.option, name, None):
                setattr(config.option, name, None)
        if config.option.xmlpath:  # the fixtures that are for it behave as they would
            config.option.xmlpath = os.devnull

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Have nothing said here: what logs speak of live has taken its terminal before."""
        reporter = config.pluginmanager.unregister(name="terminalreporter")
        if reporter is not None:
            nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # as long as this pytest
            config.add_cleanup(nowhere.close)
            config.pluginmanager.register(type(reporter)(config, nowhere), "terminalreporter")

    # What is collected ------------------------------------------------------------------------------------------------

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Say where the files are."""
        root = os.fspath(session.config.rootpath)
        self._config = session.config
        self._send("start", roots=sorted({root, os.path.realpath(root)}, key=len, reverse=True))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Tell what was found, or what went wrong."""
        items = [one.nodeid for one in report.result if isinstance(one, pytest.Item)]
        self._send("collect", report=self._plain(report), items=items)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Tell what is left out."""
        self._send("deselected", items=[one.nodeid for one in items])

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell what will run."""
        self._collected = True
        self._send("collected", items=[self._described(one) for one in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Tell what will run on workers, of which each has found the same."""
        if not self._collected:
            self._collected = True
            self._send("collected", items=[{"nodeid": one} for one in ids], spread=True)

    @pytest.hookimpl(wrapper=True)
    def pytest_report_collectionfinish(self) -> Generator[None, list[str | list[str]], list[str | list[str]]]:
        """Pass on what plugins say of it, such as why only some of the tests run."""
        said = yield
        lines = [line for one in said for line in ([one] if isinstance(one, str) else one)]
        self._send("selected", lines=lines)
        return said

    # What happens -----------------------------------------------------------------------------------------------------

    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        """Tell that a test begins."""
        self._send("begin", nodeid=nodeid, location=location)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell how a part of a test went."""
        self._send("report", report=self._plain(report))

    def pytest_runtest_logfinish(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        """Tell that a test is over."""
        self._send("end", nodeid=nodeid, location=location)

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: str, nodeid: str, location: tuple[str, int, str] | None
    ) -> None:
        """Pass a warning on; not those of the configuration, which the laptop's pytest has, too."""
        if when == "config":
            return
        kind = warning_message.category
        self._send(
            "warning",
            text=str(warning_message.message),
            kind=[kind.__module__, kind.__qualname__],
            file=warning_message.filename,
            line=warning_message.lineno,
            when=when,
            nodeid=nodeid,
            location=location,
        )

    # The end ----------------------------------------------------------------------------------------------------------

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Tell what ended it before its time."""
        place = getattr(excinfo.getrepr(), "reprcrash", None)
        self._send(
            "interrupted",
            kind=excinfo.typename,
            words=str(getattr(excinfo.value, "msg", excinfo.value)),
            status=getattr(excinfo.value, "returncode", None),
            file=getattr(place, "path", ""),
            line=getattr(place, "lineno", 1),
        )

    def pytest_internalerror(self, excrepr: object) -> None:
        """Tell of an error of pytest or of a plugin."""
        self._send("broken", text=str(excrepr))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Tell that all was told."""
        fail, stop = str(session.shouldfail or ""), str(session.shouldstop or "")
        self._send("finish", status=int(session.exitstatus), fail=fail, stop=stop)

    # In plain words ---------------------------------------------------------------------------------------------------

    def _plain(self, report: pytest.CollectReport | pytest.TestReport) -> dict[str, Any]:
        told = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        plain = {name: value for name, value in told.items() if name not in _ONLY_HERE}
        # pytest makes a text of what is no traceback, which is something else than a text from the start.
        shown = isinstance(plain["longrepr"], str) and not isinstance(report.longrepr, str)
        return plain | {events.SHOWN: True} if shown else plain

    def _described(self, item: pytest.Item) -> dict[str, Any]:
        root = self._config.rootpath
        chain = [
            (type(one).__name__, one.name, one.nodeid, os.path.relpath(one.path, root)) for one in item.listchain()[1:]
        ]
        return {"nodeid": item.nodeid, "location": item.location, "chain": chain}

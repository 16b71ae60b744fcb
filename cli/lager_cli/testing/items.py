"""The tests of a run elsewhere, as this pytest knows them: names and places, and nothing that could be run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest

Location = tuple[str, int | None, str]


class RemoteItem(pytest.Item):
    """A test that runs elsewhere."""

    kind = "Function"
    place: Location = ("", None, "")

    def runtest(self) -> NoReturn:
        """Refuse: it runs on the box."""
        raise NotImplementedError("this test runs on the box")

    @property
    def location(self) -> Location:
        """Get file, line (from 0) and name."""
        return self.place

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"


class RemoteCollector(pytest.Collector):
    """What a test is in: a file, a class."""

    kind = "Module"

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        """Find nothing: that was done on the box."""
        return []

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"


class Items:
    """Those that are known, by their ids.

    Args:
        session: Whose they are.
    """

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._items: dict[str, RemoteItem] = {}
        self._collectors: dict[tuple[str, str], RemoteCollector] = {}

    @property
    def ids(self) -> set[str]:
        """Get the ids of all that are known."""
        return set(self._items)

    def get(self, nodeid: str) -> RemoteItem:
        """Give the item of an id, be it new."""
        return self._items.get(nodeid) or self._add(nodeid, self._session, nodeid.rpartition("::")[2], Path())

    def described(self, told: dict[str, Any]) -> RemoteItem:
        """Give the item that the box has described, in its place in the tree."""
        nodeid: str = told["nodeid"]
        if "chain" not in told:
            item = self.get(nodeid)
            item.place = (nodeid.partition("::")[0], None, nodeid.partition("::")[2])
            return item
        *above, (kind, name, _, path) = told["chain"]
        parent: pytest.Collector = self._session
        for one in above:
            parent = self._collector(parent, one)
        item = self._add(nodeid, parent, name, Path(path))
        item.kind = kind
        file, line, words = told["location"]
        item.place = (file, line, words)
        return item

    def _add(self, nodeid: str, parent: pytest.Collector, name: str, path: Path) -> RemoteItem:
        full = self._session.config.rootpath / path
        item = self._items[nodeid] = RemoteItem.from_parent(parent, name=name, nodeid=nodeid, path=full)
        return item

    def _collector(self, parent: pytest.Collector, told: Sequence[str]) -> RemoteCollector:
        kind, name, nodeid, path = told
        found = self._collectors.get((kind, nodeid))
        if found is None:
            full = self._session.config.rootpath / path
            here = full.name if path == "." else name  # the root folder has another name there
            found = RemoteCollector.from_parent(parent, name=here, nodeid=nodeid, path=full)
            found.kind = kind
            self._collectors[kind, nodeid] = found
        return found

"""What a console sees that has a process of its own: no copies, but the names of its `__main__` themselves.

So it is Python's own prompt in all that matters: `globals()`, classes that can be pickled, threads that see what is
assigned. Others who look into the same process get their snapshots of these names, as of a paused script's.
"""

from __future__ import annotations

import builtins
import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from lager_debugbridge.namespace import Namespace
from lager_debugbridge.snapshot import Snapshot


class LiveNames(Namespace):
    """The names of a module: reading and writing go there.

    Args:
        module: What the module has for its `__dict__`.
    """

    def __init__(self, module: dict[str, Any]) -> None:
        super().__init__({}, lambda value: value, vars(builtins))
        dict.clear(self)  # nothing is kept here
        self._given.clear()
        self._source = self._module = module

    @property
    def scope(self) -> dict[str, Any]:
        """Get what statements run in."""
        return self._module

    def __missing__(self, name: str) -> Any:
        return self._module[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._module[name] = value

    def __delitem__(self, name: str) -> None:
        del self._module[name]

    def made(self) -> list[str]:
        """Name what is here: all of it."""
        return list(self._module)

    def prepare(self, class_names: set[str]) -> None:
        """Before a statement: nothing to do, its class bodies look into the module."""


class LiveSnapshot(Snapshot):
    """The world of a console that has a process of its own."""

    def of_module(self, names: dict[str, Any]) -> Namespace:
        """Give the names of a module: its own."""
        if id(names) not in self._namespaces:
            self._namespaces[id(names)] = LiveNames(names)
        return self._namespaces[id(names)]


@contextlib.contextmanager
def as_script(names: Namespace, file: str, arguments: list[str]) -> Iterator[None]:
    """Let a file of the user's find what a script finds: its name, and its arguments. Nothing where `file` is empty."""
    if not file:
        yield
        return
    before, sys.argv = sys.argv, [file, *arguments]
    names["__file__"] = file
    try:
        yield
    finally:
        sys.argv = before
        names.pop("__file__", None)

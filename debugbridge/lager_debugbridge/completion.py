"""What could stand at the cursor: names and attributes, looked up without running anything of anybody's.

No property, `__getattr__` or `__dir__` is called: on a net that could talk to the instrument. It runs in the link's
thread, and only looks (`Namespace.peek`): nothing is copied for it.
"""

from __future__ import annotations

import keyword
import re
import types
from collections.abc import Iterable
from typing import Any

from lager_debugbridge.namespace import Namespace

LIMIT = 500  # names
_PATH = re.compile(r"(?:(?<![\w.)\]'\"])((?:[^\W\d]\w*\.)*))?([^\W\d]\w*)?$")
_UNKNOWN: Any = object()


def complete(source: str, cursor: int, names: Namespace) -> tuple[list[str], int]:
    """Give the names that fit before `cursor`, and how many characters they replace."""
    found = _PATH.search(source[:cursor].rpartition("\n")[2])
    if found is None:
        return [], 0
    path, prefix = found.group(1), found.group(2) or ""
    if path is None:
        return [], 0  # after a call or an index: it would have to be evaluated
    offered = _attributes(_resolve(path[:-1].split("."), names)) if path else _names(names)
    fitting = {name for name in offered if name.startswith(prefix) and (prefix or not name.startswith("_"))}
    return sorted(fitting)[:LIMIT], len(prefix)


def _names(names: Namespace) -> Iterable[str]:
    return [*(name for name in names if isinstance(name, str)), *names.builtins, *keyword.kwlist]


def _resolve(path: list[str], names: Namespace) -> Any:
    try:
        value = names.peek(path[0])
    except KeyError:
        value = names.builtins.get(path[0], _UNKNOWN)
    for name in path[1:]:
        value = _stored(value, name)
    return value


def _stored(value: Any, name: str) -> Any:
    """Give an attribute that lies there as it is; unknown where code would have to run to get it."""
    own = _own(value)
    if name in own:
        return own[name]
    for cls in type.mro(type(value)) if not isinstance(value, type) else type.mro(value):
        if name in vars(cls):
            there = vars(cls)[name]
            if isinstance(there, types.MemberDescriptorType) and not isinstance(value, type):
                return _slot(there, value)
            return _UNKNOWN if isinstance(there, property) or _computes(there) else there
    return _UNKNOWN


def _slot(slot: types.MemberDescriptorType, value: Any) -> Any:
    try:
        return slot.__get__(value)
    except AttributeError:  # empty
        return _UNKNOWN


def _computes(there: Any) -> bool:
    return not callable(there) and any("__get__" in vars(cls) for cls in type(there).__mro__)


def _attributes(value: Any) -> Iterable[str]:
    if value is _UNKNOWN:
        return []
    classes = type.mro(type(value)) if not isinstance(value, type) else [*type.mro(value), *type.mro(type(value))]
    return {name for where in (_own(value), *map(vars, classes)) for name in list(where) if isinstance(name, str)}


def _own(value: Any) -> Any:
    """Give the instance's own attributes, past every override."""
    if isinstance(value, type):
        return vars(value)
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    if type(value).__name__ == "SnapshotModule":
        return object.__getattribute__(value, "_lager_namespace")
    return own if type(own) is dict else {}

"""What a console shares with the script, because a copy of it would be wrong: nets, files, locks, threads and the like.

Looked for in the names of a frame and in the plain data below them. Nothing is copied for it, and nothing is run.
"""

from __future__ import annotations

import dataclasses
import itertools
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import Any

VALUES = 20_000  # that are looked at
LISTED = 100
CODE = (types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)  # not worth a word
FIXED = (object, range, slice, type(...), type(NotImplemented), types.CodeType, types.GenericAlias)
FIXED_MODULES = frozenset(  # whose values cannot be changed: shared or copied, that is the same
    ("datetime", "decimal", "fractions", "uuid", "pathlib", "re", "zoneinfo", "ipaddress", "typing", "operator")
)


def shared(values: Iterable[tuple[str, Any]], shares: Callable[[Any], bool]) -> Iterator[str]:
    """Name what is shared, and how it is reached: `bench['supply']: PowerSupply`.

    Args:
        values: Names and the script's own values.
        shares: Whether a value is handed out as it is.
    """
    waiting = deque(values)
    seen: set[int] = set()
    found = 0
    while waiting:
        path, value = waiting.popleft()
        if id(value) in seen or isinstance(value, CODE):
            continue
        if len(seen) == VALUES or found == LISTED:
            yield "... and maybe more: that is as far as it was looked"
            return
        seen.add(id(value))
        if shares(value):
            if _is_fixed(type(value)):
                continue
            found += 1
            yield f"{path}: {type(value).__name__}"
        elif len(waiting) < VALUES:
            waiting.extend(_inside(path, value))


def _is_fixed(cls: type) -> bool:
    """Say whether nothing can be done to what is of this class: a moment, a path, a member of an enumeration."""
    module = cls.__module__.partition(".")[0] if isinstance(cls.__module__, str) else ""
    if cls in FIXED or (module in FIXED_MODULES and cls.__name__ != "Context") or issubclass(cls, Enum):
        return True
    return module == "numpy" and any(base.__name__ in ("generic", "dtype") for base in cls.__mro__)


def _inside(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        inside: Iterable[tuple[str, Any]] = ((f"{path}[{_key(key)}]", one) for key, one in dict.items(value))
    elif isinstance(value, list | tuple | deque):
        inside = ((f"{path}[{number}]", one) for number, one in enumerate(_some(value)))
    elif isinstance(value, set | frozenset):
        inside = ((f"{path}: one in it", one) for one in _some(value))
    else:
        inside = ((f"{path}.{name}", one) for name, one in _attributes(value))
    for number, (name, one) in enumerate(inside):
        if number == VALUES:
            return
        if not isinstance(one, int | float | str | bytes | None):
            yield name, one


def _some(value: Any) -> Iterator[Any]:
    """Iterate over the first items of a container, past what its class makes of that."""
    base: Any = next(base for base in (list, tuple, deque, set, frozenset) if issubclass(type(value), base))
    return itertools.islice(base.__iter__(value), VALUES)


def _key(key: Any) -> str:
    return repr(key) if type(key) in (int, float, str, bytes, bool) else f"<{type(key).__name__}>"


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        own = {}
    yield from own.items() if type(own) is dict else ()
    if dataclasses.is_dataclass(value) and not own:
        for cls in type.mro(type(value)):
            for name, slot in list(vars(cls).items()):
                if isinstance(slot, types.MemberDescriptorType):
                    yield from _slot(name, slot, value)


def _slot(name: str, slot: types.MemberDescriptorType, value: Any) -> Iterator[tuple[str, Any]]:
    try:
        yield name, slot.__get__(value)
    except AttributeError:  # empty
        return

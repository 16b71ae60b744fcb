"""How values are shown: as Python's prompt does, but of what is large only the beginning, its type and its length.

The text of builtin containers is made piece by piece, so that of a list of five million numbers only the first few are
looked at. Everything else shows itself: its own `repr` is called, and cut; or whatever a caller has for it, such as
`lager_debugbridge.still`. Up to there no code of anybody's is run.
"""

from __future__ import annotations

import array
import contextlib
import dataclasses
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any

from lager_debugbridge import lookup

VALUE_LIMIT = 8000  # characters of a value
LINE_LIMIT = 100  # characters of a value that has one line
DEEPEST = 100  # containers in containers
PART = 64 * 1024  # characters that are written at once
SIZED = (list, tuple, dict, set, frozenset, str, bytes, bytearray, deque, array.array)
_Leaf = Callable[[Any], str]
# What lies in every class or instance of that kind, past every override.
_NAMES: Any = vars(type)["__dict__"]
_NAME: Any = vars(type)["__name__"]
_QUALNAME: Any = vars(type)["__qualname__"]
_FACTORY: Any = vars(defaultdict)["default_factory"]
_LONGEST: Any = vars(deque)["maxlen"]
_FIELD: Any = vars(dataclasses)["_FIELD"]  # and no class variable
_TYPECODE: Any = vars(array.array)["typecode"]


def shown(value: Any, limit: int = VALUE_LIMIT) -> str:
    """Write a value; of one that is too long its beginning, and a line that says so."""
    text, whole = bounded(value, limit)
    if whole:
        return text + _summarized(value)
    return f"{text}...\n[{_kind(value)}; this is its beginning, `:full` shows all of it]"


def bounded(value: Any, limit: int, leaf: _Leaf = repr) -> tuple[str, bool]:
    """Write the beginning of a value; say whether that is all of it."""
    written: list[str] = []
    left = limit
    for piece in _pieces(value, _Way(leaf, limit)):
        written.append(piece[: max(left, 0)])
        left -= len(piece)
        if left < 0:
            return "".join(written), False
    return "".join(written), True


def line(value: Any, leaf: _Leaf = repr, limit: int = LINE_LIMIT) -> str:
    """Write a value on one line, whatever it is; its own `repr` may fail."""
    text, whole = f"<{name(type(value))} whose repr fails>", True
    with contextlib.suppress(Exception):  # of the script's own classes
        text, whole = bounded(value, limit, leaf)
    return " ".join(text.split()) + ("" if whole else f"... ({_kind(value)})")


def plain(value: Any) -> str:
    """Write numbers and texts; of anything else, whose `repr` may run anything, name the kind."""
    known = any(type(value) is one for one in (int, float, complex, bool, type(None), str, bytes, bytearray))
    return repr(value) if known else f"<{name(type(value))}>"


def as_base(value: Any, base: type, leaf: _Leaf, limit: int) -> str:
    """Write the beginning of a value as its builtin base class does, whatever its own class makes of `repr`."""
    written, way = "", _Way(leaf, limit)
    way.path.append(id(value))
    for piece in next(rule for of, rule in _RULES if of is base)(value, way):
        written += piece
        if len(written) > limit:
            return f"{written[:limit]}..."
    return written


def name(cls: type) -> str:
    """Give the name of a class, past what its metaclass makes of that."""
    return str(_NAME.__get__(cls))


def write_all(value: Any, write: Callable[[str], Any]) -> None:
    """Write all of a value, part by part."""
    waiting: list[str] = []
    size = 0
    with _whole_arrays():
        for piece in _pieces(value, _Way(repr, None)):
            waiting.append(piece)
            size += len(piece)
            if size > PART:
                write("".join(waiting))
                waiting, size = [], 0
    write("".join(waiting) + "\n")


class _Way:
    """How one value is written: what writes that is no container, how much is wanted, and where it is just now."""

    def __init__(self, leaf: _Leaf, limit: int | None) -> None:
        self.leaf = leaf
        self.limit = limit
        self.path: list[int] = []  # the containers around, by id


def _pieces(value: Any, way: _Way) -> Iterator[str]:
    cls = type(value)
    if cls is str or cls is bytes or cls is bytearray:  # not `in`: a class may have an `==` of its own
        yield repr(value if way.limit is None else value[: way.limit + 1])
        return
    own = _repr_of(cls)
    rule = next((rule for base, rule in _RULES if own is vars(base)["__repr__"]), None)
    if rule is None and _is_generated(own) and _stored_fields(value) is not None:
        rule = _fields
    if rule is None:
        yield way.leaf(value)
    elif id(value) in way.path or len(way.path) > DEEPEST:
        yield next((text for of, text in _AROUND.items() if of is cls), "...")
    else:
        way.path.append(id(value))
        yield from rule(value, way)
        way.path.pop()


def _list(value: Any, way: _Way) -> Iterator[str]:
    yield "["
    yield from _items(list.__iter__(value), way)
    yield "]"


def _tuple(value: Any, way: _Way) -> Iterator[str]:
    yield "("
    yield from _items(tuple.__iter__(value), way)
    yield ",)" if tuple.__len__(value) == 1 else ")"


def _set(value: Any, way: _Way) -> Iterator[str]:
    named = type(value) is not set
    base: Any = frozenset if isinstance(value, frozenset) else set
    if not base.__len__(value):
        yield f"{name(type(value))}()"
        return
    yield f"{name(type(value))}({{" if named else "{"
    yield from _items(base.__iter__(value), way)
    yield "})" if named else "}"


def _dict(value: Any, way: _Way) -> Iterator[str]:
    yield "{"
    for index, (key, item) in enumerate(dict.items(value)):
        if index:
            yield ", "
        yield from _pieces(key, way)
        yield ": "
        yield from _pieces(item, way)
    yield "}"


def _defaultdict(value: Any, way: _Way) -> Iterator[str]:
    yield f"{name(type(value))}({way.leaf(_FACTORY.__get__(value))}, "
    yield from _dict(value, way)
    yield ")"


def _deque(value: Any, way: _Way) -> Iterator[str]:
    yield f"{name(type(value))}(["
    yield from _items(deque.__iter__(value), way)
    most = _LONGEST.__get__(value)
    yield "])" if most is None else f"], maxlen={most})"


def _array(value: Any, way: _Way) -> Iterator[str]:
    kind = _TYPECODE.__get__(value)
    if kind in "uw" or not array.array.__len__(value):  # characters
        yield array.array.__repr__(value)
        return
    yield f"array({kind!r}, ["
    yield from _items(array.array.__iter__(value), way)
    yield "])"


def _fields(value: Any, way: _Way) -> Iterator[str]:
    """Write a dataclass as the `repr` does that Python generates for it."""
    yield f"{_QUALNAME.__get__(type(value))}("
    for index, (field, item) in enumerate(_stored_fields(value) or ()):
        yield f"{', ' if index else ''}{field}="
        yield from _pieces(item, way)
    yield ")"


def _items(items: Iterable[Any], way: _Way) -> Iterator[str]:
    for index, one in enumerate(items):
        if index:
            yield ", "
        yield from _pieces(one, way)


_RULES: tuple[tuple[Any, Callable[[Any, _Way], Iterator[str]]], ...] = (
    (list, _list),
    (tuple, _tuple),
    (dict, _dict),
    (set, _set),
    (frozenset, _set),
    (defaultdict, _defaultdict),
    (deque, _deque),
    (array.array, _array),
)
_AROUND: dict[Any, str] = {list: "[...]", tuple: "(...)", dict: "{...}", set: "set(...)"}


def _repr_of(cls: type) -> Any:
    """Give the `repr` of a class's instances, as it lies there."""
    return next(there["__repr__"] for one in type.mro(cls) if "__repr__" in (there := _NAMES.__get__(one)))


def _is_generated(own: Any) -> bool:
    """Say whether a `repr` is one that `dataclass` makes."""
    made = vars(own).get("__wrapped__") if type(own) is FunctionType else None
    return type(made) is FunctionType and made.__code__.co_filename == "<string>"


def _stored_fields(value: Any) -> list[tuple[str, Any]] | None:
    """Give the fields of a dataclass, by name; None where one of them would have to be computed."""
    fields = lookup.of_classes(value, "__dataclass_fields__")
    if type(fields) is not dict:
        return None
    shown = [one.name for one in fields.values() if one.repr and one._field_type is _FIELD]  # noqa: SLF001  # so does `fields`
    found = [(one, lookup.stored(value, one)) for one in shown]
    return None if any(item is lookup.UNKNOWN for _, item in found) else found


def _kind(value: Any) -> str:
    """Give the type of a value and how large it is, without asking the value."""
    kind = name(type(value))
    base = next((one for one in SIZED if issubclass(type(value), one)), None)
    if base is not None:
        unit = {str: "characters", bytes: "bytes", bytearray: "bytes"}.get(base, "items")
        return f"{kind} of {base.__len__(value)} {unit}"
    if is_array(value):
        return f"{kind} of shape {value.shape}, {value.dtype}"
    return kind


def _summarized(value: Any) -> str:
    """Say so where an array has left out most of itself."""
    if is_array(value) and value.size > sys.modules["numpy"].get_printoptions()["threshold"]:
        return f"\n[{_kind(value)}; `:full` shows all of it]"
    return ""


def is_array(value: Any) -> bool:
    """Say whether a value is an array of numpy's, and of no class that somebody made of it."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(value) is numpy.ndarray


def _whole_arrays() -> contextlib.AbstractContextManager[Any]:
    numpy: Any = sys.modules.get("numpy")
    return contextlib.nullcontext() if numpy is None else numpy.printoptions(threshold=sys.maxsize)

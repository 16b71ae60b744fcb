"""How values are shown: as Python's prompt does, but of what is large only the beginning, its type and its length.

The text of builtin containers is made piece by piece, so that of a list of five million numbers only the first few are
looked at. Everything else shows itself: its own `repr` is called, and cut.
"""

from __future__ import annotations

import array
import contextlib
import dataclasses
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

VALUE_LIMIT = 8000  # characters of a value
LINE_LIMIT = 100  # characters of a value that has one line
DEEPEST = 100  # containers in containers
PART = 64 * 1024  # characters that are written at once
SIZED = (list, tuple, dict, set, frozenset, str, bytes, bytearray, deque, array.array)
_Leaf = Callable[[Any], str]


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
    text, whole = f"<{type(value).__name__} whose repr fails>", True
    with contextlib.suppress(Exception):  # of the script's own classes
        text, whole = bounded(value, limit, leaf)
    return " ".join(text.split()) + ("" if whole else f"... ({_kind(value)})")


def plain(value: Any) -> str:
    """Write numbers and texts; of anything else, whose `repr` may run anything, name the kind."""
    known = type(value) in (int, float, complex, bool, type(None), str, bytes, bytearray)
    return repr(value) if known else f"<{type(value).__name__}>"


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
    if cls in (str, bytes, bytearray):
        yield repr(value if way.limit is None else value[: way.limit + 1])
        return
    rule = next((rule for base, rule in _RULES if cls.__repr__ is base.__repr__), None)
    if rule is None and _is_generated(cls):
        rule = _fields
    if rule is None:
        yield way.leaf(value)
    elif id(value) in way.path or len(way.path) > DEEPEST:
        yield _AROUND.get(cls, "...")
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
        yield f"{type(value).__name__}()"
        return
    yield f"{type(value).__name__}({{" if named else "{"
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
    yield f"{type(value).__name__}({way.leaf(value.default_factory)}, "
    yield from _dict(value, way)
    yield ")"


def _deque(value: Any, way: _Way) -> Iterator[str]:
    yield f"{type(value).__name__}(["
    yield from _items(deque.__iter__(value), way)
    yield "])" if value.maxlen is None else f"], maxlen={value.maxlen})"


def _array(value: Any, way: _Way) -> Iterator[str]:
    if value.typecode in "uw" or not len(value):  # characters
        yield repr(value)
        return
    yield f"array({value.typecode!r}, ["
    yield from _items(iter(value), way)
    yield "])"


def _fields(value: Any, way: _Way) -> Iterator[str]:
    """Write a dataclass as the `repr` does that Python generates for it."""
    yield f"{type(value).__qualname__}("
    for index, one in enumerate(one for one in dataclasses.fields(value) if one.repr):
        yield f"{', ' if index else ''}{one.name}="
        yield from _pieces(getattr(value, one.name), way)
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


def _is_generated(cls: type) -> bool:
    """Say whether a class's `repr` is the one that `dataclass` makes."""
    if not dataclasses.is_dataclass(cls):
        return False
    made = getattr(cls.__repr__, "__wrapped__", None)
    return getattr(getattr(made, "__code__", None), "co_filename", "") == "<string>"


def _kind(value: Any) -> str:
    """Give the type of a value and how large it is, without asking the value."""
    name = type(value).__name__
    base = next((one for one in SIZED if isinstance(value, one)), None)
    if base is not None:
        unit = {str: "characters", bytes: "bytes", bytearray: "bytes"}.get(base, "items")
        return f"{name} of {base.__len__(value)} {unit}"
    if _is_array(value):
        return f"{name} of shape {value.shape}, {value.dtype}"
    return name


def _summarized(value: Any) -> str:
    """Say so where an array has left out most of itself."""
    if _is_array(value) and value.size > sys.modules["numpy"].get_printoptions()["threshold"]:
        return f"\n[{_kind(value)}; `:full` shows all of it]"
    return ""


def _is_array(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def _whole_arrays() -> contextlib.AbstractContextManager[Any]:
    numpy: Any = sys.modules.get("numpy")
    return contextlib.nullcontext() if numpy is None else numpy.printoptions(threshold=sys.maxsize)

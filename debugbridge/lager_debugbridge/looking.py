"""A look into a value that is too big to be copied for it: one item, some of them, its length, or all in turn.

A statement such as `readings[0]`, `len(readings)` or `for one in readings: ...` at the top level of a console's text
reads a list or an array in place, as long as nobody has touched it: only what comes out of it is copied. Everything
else that is done with it copies it. So the two cannot be told apart, but for the time and the memory.
"""

from __future__ import annotations

import array
import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lager_debugbridge.copiers import ATOMS, PART, Copier

BIG = 1 << 20  # bytes of a value that is worth it
READERS = frozenset(("len", "sum", "min", "max", "any", "all"))  # builtins that read what they are given, and no more
LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.While, ast.AsyncFor)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
MARK = "\0"  # in a name that a text cannot have: what comes before it is looked at, what comes after it looks


def rewrite(node: ast.stmt) -> ast.stmt:
    """Mark the names that a statement only looks into: those that it uses in no other way."""
    found = list(_reads(node))
    mentioned = Counter(one.id for one in ast.walk(node) if isinstance(one, ast.Name))
    uses = Counter(name.id for name, _ in found)
    for name, reader in found:
        if uses[name.id] == mentioned[name.id]:
            name.id = f"{name.id}{MARK}{reader}"
    return node


def _reads(node: ast.AST) -> Iterator[tuple[ast.Name, str]]:
    """Find where a name is only looked into: once, and now. So not in loops, functions and classes."""
    if isinstance(node, LATER):
        return
    inside: Iterable[ast.AST] = ast.iter_child_nodes(node)
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield from _taken(node.value, "")
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords:
        yield from _taken(node.args[0], node.func.id if node.func.id in READERS else None)
    elif isinstance(node, ast.For):
        yield from _taken(node.iter, "")
        inside = [node.iter]
    elif isinstance(node, COMPREHENSIONS):
        yield from _taken(node.generators[0].iter, "")
        inside = [node.generators[0].iter]
    for one in inside:
        yield from _reads(one)


def _taken(node: ast.expr, reader: str | None) -> Iterator[tuple[ast.Name, str]]:
    if isinstance(node, ast.Name) and reader is not None:
        yield node, reader


class Look:
    """Stands for a value while it is looked into.

    Args:
        value: The script's own; it is only read.
        copier: Copies what comes out of it.
        whole: Copies all of it.
    """

    def __init__(self, value: Any, copier: Copier, whole: Callable[[], Any]) -> None:
        self._value, self._copier, self._whole = value, copier, whole

    def __len__(self) -> int:
        return type(self._value).__len__(self._value)  # type: ignore[no-any-return]

    def __getitem__(self, index: Any) -> Any:
        value = self._now()
        if value is not self._value or not _is_plain(index, value):
            return self._whole()[index]
        found = type(value).__getitem__(value, index)
        if type(found) is list and type(index) is slice:
            return [self._copier.take(one) for one in found]
        return self._copier.take(found)

    def __iter__(self) -> Iterator[Any]:
        if not isinstance(self._value, list):
            return iter(self._whole())
        return self._items()

    def read(self) -> Iterator[Any]:
        """Iterate where nothing but this runs meanwhile: part by part."""
        begin, value = 0, self._value
        while part := list.__getitem__(value, slice(begin, begin + PART)):
            begin += len(part)
            yield from part if ATOMS.issuperset(map(type, part)) else map(self._copier.take, part)

    def _items(self) -> Iterator[Any]:
        index = 0
        while index < len(value := self._now()):  # copied meanwhile, it goes on in the copy: as in any list
            one = list.__getitem__(value, index)
            index += 1
            yield self._copier.take(one) if value is self._value else one

    def _now(self) -> Any:
        """Give its copy, where there is one by now."""
        copied = self._copier.known(self._value)
        return self._value if copied is None else copied


def at(value: Any, reader: str, copier: Copier, whole: Callable[[], Any]) -> Any:
    """Give what stands for a value that is looked into; the copy where that is as good.

    Args:
        value: The script's own.
        reader: Which builtin it is for; empty for an item, or a loop.
        copier: Copies what comes out of it.
        whole: Copies all of it.
    """
    cls: Any = type(value)
    array_like = cls.__module__ == "numpy" and cls.__name__ == "ndarray"
    if cls not in (list, bytearray, array.array) and not array_like:
        return whole()
    size = value.nbytes if array_like else cls.__sizeof__(value)
    if size < BIG or copier.known(value) is not None:
        return whole()
    look = Look(value, copier, whole)
    if reader in ("", "len"):
        return look
    return look.read() if cls is list and value else whole()


def _is_plain(index: Any, value: Any) -> bool:
    """Say whether what is there is no view of it, and asking for it runs nothing of the script's."""
    if isinstance(value, list):
        return type(index) is int or type(index) is slice
    if type(value) in (bytearray, array.array):
        return type(index) is int
    indices = index if type(index) is tuple else (index,)
    return value.dtype.kind in "biufcSUmM" and len(indices) == value.ndim and all(type(one) is int for one in indices)

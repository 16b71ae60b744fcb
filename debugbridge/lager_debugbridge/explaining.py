"""What is called, or named, at the cursor: signature and docstring, found without running anything of anybody's."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

from lager_debugbridge import callsites, lookup, signatures
from lager_debugbridge.namespace import Namespace
from lager_debugbridge.showing import line, plain

DOC_LIMIT = 4000  # characters
VALUE_LIMIT = 200  # characters


class Explanation(NamedTuple):
    """As in `lager.wire.Explained`."""

    signature: str = ""
    parameter: int = -1
    doc: str = ""


NOTHING = Explanation()


def explain(source: str, cursor: int, names: Namespace) -> Explanation:
    """Explain the call whose arguments the cursor is at; else the name it is at."""
    call = callsites.call_at(source, cursor)
    if call is not None:
        value, bound = locate(call.path, names)
        found = signatures.signature(value, bound)
        if found is not None:
            number = signatures.parameter(found, call.position, call.keyword)
            return Explanation(signatures.named(found, call.path[-1]), number, _doc(value))
        if value is not lookup.UNKNOWN:
            return Explanation("", -1, _doc(value))
    path = callsites.name_at(source, cursor)
    return _of_name(path, names) if path else NOTHING


def keywords(source: str, cursor: int, names: Namespace) -> list[str]:
    """Name the arguments that the call at the cursor could be given by name, as they are typed: `volts=`."""
    call = callsites.call_at(source, cursor)
    if call is None or call.keyword:
        return []
    found = signatures.signature(*locate(call.path, names))
    return [] if found is None else [f"{one}=" for one in signatures.keywords(found) if one not in call.named]


def locate(path: list[str], names: Namespace) -> tuple[Any, bool]:
    """Give the value of a dotted name as it lies there, and whether it is bound to what is before its last dot."""
    if len(path) == 1:
        return lookup.resolve(path, names), False
    parent = lookup.resolve(path[:-1], names)
    if parent is lookup.UNKNOWN:
        return parent, False
    if path[-1] in (there := lookup.own(parent)) and not lookup.is_class(parent):
        return there[path[-1]], False
    value = lookup.of_classes(parent, path[-1])
    if type(value) is property:
        return lookup.UNKNOWN, False
    return value, not lookup.is_class(parent)


def _of_name(path: list[str], names: Namespace) -> Explanation:
    value, bound = locate(path, names)
    if value is lookup.UNKNOWN:
        return NOTHING
    found = signatures.signature(value, bound)
    if found is not None:
        return Explanation(signatures.named(found, path[-1]), -1, _doc(value))
    doc = _doc(value)
    if lookup.is_class(value) or type(value).__name__ in ("module", "SnapshotModule", "StandIn"):
        return Explanation(doc=doc)
    kind = f"{type(value).__name__}: {line(value, plain, VALUE_LIMIT)}"
    return Explanation(doc=f"{kind}\n{doc}" if doc and type(value).__module__ != "builtins" else kind)


def _doc(value: Any) -> str:
    """Give a docstring that lies in a value, or in its class."""
    if type(value) in (classmethod, staticmethod):
        value = value.__func__
    doc = lookup.own(value).get("__doc__") if lookup.is_class(value) else None
    if doc is None and not lookup.is_class(value):
        # A slot of functions, builtin ones too; of an instance the class's own text.
        there = lookup.own(value).get("__doc__", lookup.of_classes(value, "__doc__"))
        doc = there if type(there) is str else _slot_doc(value)
    if type(doc) is not str:
        return ""
    text = inspect.cleandoc(doc)
    return text if len(text) <= DOC_LIMIT else f"{text[:DOC_LIMIT]}..."


def _slot_doc(value: Any) -> Any:
    """Give the docstring of what Python itself has made: a function, a method, a module."""
    return value.__doc__ if type(value).__module__ == "builtins" and not lookup.is_class(value) else None

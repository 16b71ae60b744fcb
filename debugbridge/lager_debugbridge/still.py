"""How values are shown that nobody has asked to evaluate: by what lies in them, and no code of anybody's is run.

No `__repr__`, property, `__getattr__` or other descriptor: on a net, each of them could talk to the instrument, and one
that waits for a thread which stands still would wait for ever. So nothing has to be copied for it, either.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import fractions
import pathlib
import re
import types
import uuid
from typing import Any

from lager_debugbridge import lookup, showing

FIELD_LIMIT = 60  # characters of one attribute
FIELDS = 12  # attributes of an object
_KNOWN = (  # whose `repr` is Python's own, and asks nothing of anybody
    *(int, float, complex, bool, type(None), str, bytes, bytearray, type(...), type(NotImplemented)),
    *(datetime.datetime, datetime.date, datetime.time, datetime.timedelta, datetime.timezone),
    *(decimal.Decimal, fractions.Fraction, uuid.UUID, re.Pattern),
    *(pathlib.PosixPath, pathlib.PurePosixPath),
    *(types.FunctionType, types.BuiltinFunctionType),
)
_BASES = (dict, list, tuple, set, frozenset, collections.deque, str, bytes, int, float)
_MODULE: Any = vars(type)["__module__"]  # past every override, as in `showing`
_NUMERIC = "biufcmM"  # kinds of arrays' items that are no objects


def line(value: Any, limit: int = showing.LINE_LIMIT) -> str:
    """Write a value on one line."""
    return showing.line(value, _described, limit)


def _described(value: Any) -> str:
    """Write what is no plain container: an object by its attributes."""
    cls = type(value)
    if _is_known(value):
        return repr(value)
    name = showing.name(cls)
    if issubclass(cls, type):
        return f"<class {showing.name(value)}>"
    if issubclass(cls, enum.Enum):
        return f"<{name}.{lookup.own(value).get('_name_', '?')}>"
    if issubclass(cls, BaseException):
        return f"{name}{_short(BaseException.args.__get__(value))}"  # type: ignore[attr-defined]
    base = next((one for one in _BASES if issubclass(cls, one)), None)
    if base is not None:
        return f"{name}({_as(value, base)})"
    shown = [f"{field}={_short(item)}" for field, item in _attributes(value)[:FIELDS]]
    return f"<{' '.join([name, ', '.join(shown)]).strip()}>"


def _attributes(value: Any) -> list[tuple[str, Any]]:
    there = lookup.own(value)
    names = [name for name in there if type(name) is str] if type(there) is dict else []
    for cls in type.mro(type(value)):
        slots = vars(type)["__dict__"].__get__(cls).get("__slots__", ())
        names += [slots] if type(slots) is str else [one for one in slots if type(one) is str] if slots else []
    found = [(name, lookup.stored(value, name)) for name in names if not name.startswith("_")]
    return [(name, item) for name, item in found if item is not lookup.UNKNOWN]


def _short(value: Any) -> str:
    """Write an attribute: of an object only its kind."""
    return showing.line(value, _kind, FIELD_LIMIT)


def _kind(value: Any) -> str:
    return repr(value) if _is_known(value) else f"<{showing.name(type(value))}>"


def _as(value: Any, base: type) -> str:
    """Write a value as that of its builtin class, which its own class has changed."""
    if base in (str, bytes, int, float):
        return str(base.__repr__(value))
    return showing.as_base(value, base, _kind, FIELD_LIMIT)


def _is_known(value: Any) -> bool:
    cls = type(value)
    if any(cls is one for one in _KNOWN):  # a class may have a hash of its own
        return True
    if _MODULE.__get__(cls) != "numpy":
        return False
    if showing.is_array(value):
        return cls.__name__ == "ndarray" and value.dtype.kind in _NUMERIC
    return cls.__name__ not in ("void", "object_", "record")

"""Values as they lie in a console's names, found without running anything of anybody's.

No property, `__getattr__` or `__dir__` is called: on a net that could talk to the instrument. It only looks
(`Namespace.peek`): nothing is copied for it.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any

from lager_debugbridge.namespace import Namespace

UNKNOWN: Any = object()
_NAMES: Any = vars(type)["__dict__"]  # of a class, past what its metaclass makes of `__dict__`
_NAME: Any = vars(type)["__name__"]


def resolve(path: list[str], names: Namespace) -> Any:
    """Give the value of a dotted name; UNKNOWN where code would have to run to get it."""
    try:
        value = names.peek(path[0])
    except KeyError:
        value = names.builtins.get(path[0], UNKNOWN)
    for name in path[1:]:
        value = stored(value, name)
    return value


def stored(value: Any, name: str) -> Any:
    """Give an attribute that lies there as it is; unknown where code would have to run to get it."""
    there = own(value)
    if name in there:
        return there[name]
    there = of_classes(value, name)
    if type(there) is types.MemberDescriptorType and not is_class(value):
        return _slot(there, value)
    return UNKNOWN if _computes(there) else there


def of_classes(value: Any, name: str) -> Any:
    """Give what the class of a value, or a class itself, has under a name, as it lies there; UNKNOWN for nothing."""
    for cls in type.mro(value if is_class(value) else type(value)):
        there = _NAMES.__get__(cls)
        if name in there:
            return there[name]
    return UNKNOWN


def is_class(value: Any) -> bool:
    """Say whether a value is a class; `isinstance` would ask the value."""
    return issubclass(type(value), type)


def _slot(slot: types.MemberDescriptorType, value: Any) -> Any:
    try:
        return slot.__get__(value)
    except AttributeError:  # empty
        return UNKNOWN


def _computes(there: Any) -> bool:
    return not callable(there) and any("__get__" in _NAMES.__get__(cls) for cls in type.mro(type(there)))


def attributes(value: Any) -> Iterable[str]:
    """Name the attributes of a value, and of its classes."""
    if value is UNKNOWN:
        return []
    classes = [*(type.mro(value) if is_class(value) else ()), *type.mro(type(value))]
    return {name for where in (own(value), *map(_NAMES.__get__, classes)) for name in list(where) if type(name) is str}


def own(value: Any) -> Any:
    """Give the instance's own attributes, past every override."""
    if is_class(value):
        return _NAMES.__get__(value)
    try:
        there = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    kind = _NAME.__get__(type(value))
    if kind == "SnapshotModule":
        return object.__getattribute__(value, "_lager_namespace")
    if kind == "StandIn":
        return vars(there["_lager_module"])
    return there if type(there) is dict else {}

"""How numpy's arrays and random numbers are copied. It imports numpy only where the script has."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from lager_debugbridge.librarycopies import Copier

_Rule = Callable[[Any], Any]


def rule(copier: Copier, cls: type) -> _Rule | None:
    """Give the rule for a class of numpy's, or None."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not hasattr(numpy, "ndarray"):  # it is not there, or is being imported just now
        return None
    if issubclass(cls, numpy.ndarray):
        return lambda value: _array(copier, value)
    if issubclass(cls, numpy.void):
        return lambda value: _record(copier, value)
    if "numpy.random" in sys.modules and cls in (numpy.random.Generator, numpy.random.RandomState):
        return _random
    return None


def _array(copier: Copier, value: Any) -> Any:
    """Copy an array; a view of another one becomes an array of its own."""
    if not value.dtype.hasobject:
        return value.copy() if type(value).__name__ != "ndarray" else value.copy(order="K")
    made = copier.remember(value, value.copy())
    _fill(copier, made.reshape(-1), value.reshape(-1))
    return made


def _fill(copier: Copier, made: Any, value: Any) -> None:
    """Copy the objects in an array of one dimension or more."""
    if value.dtype.names:
        for name in value.dtype.names:
            if value.dtype[name].hasobject:
                _fill(copier, made[name], value[name])
        return
    for index in sys.modules["numpy"].ndindex(*value.shape):
        made[index] = copier.copy(value[index])


def _record(copier: Copier, value: Any) -> Any:
    """Copy one record: it is a view of the array it was taken from."""
    return _array(copier, sys.modules["numpy"].array(value))[()]


def _random(value: Any) -> Any:
    """Copy a source of random numbers; one whose kind of bits is not numpy's own is shared."""
    source = getattr(value, "bit_generator", None) or value._bit_generator  # noqa: SLF001  # of the older kind
    if not type(source).__module__.startswith("numpy."):
        return value
    made = type(source)()
    made.state = source.state
    copied = type(value)(made)
    if hasattr(value, "get_state"):
        copied.set_state(value.get_state())
    return copied

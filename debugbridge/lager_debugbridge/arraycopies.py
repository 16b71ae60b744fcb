"""How numpy's arrays and random numbers, and pandas' tables, are copied. It imports neither, where the script has not.

A view of an array becomes a view of that array's copy: at the same place, with the same steps. So do rows, fields,
transposed and broadcast arrays, and arrays over a bytearray's memory.
"""

from __future__ import annotations

import array
import itertools
import sys
from collections.abc import Callable
from typing import Any

from lager_debugbridge.librarycopies import Copier
from lager_debugbridge.memorycopies import address

_Rule = Callable[[Any], Any]
LAID_OUT = ("ndarray", "recarray", "matrix")  # numpy's classes that are nothing but their memory


def rule(copier: Copier, cls: type) -> _Rule | None:
    """Give the rule for a class of numpy's or of pandas', or None."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not hasattr(numpy, "ndarray"):  # it is not there, or is being imported just now
        return None
    for kind, copied in ((numpy.ndarray, _array), (numpy.void, _record), (numpy.flatiter, _flat)):
        if issubclass(cls, kind):
            return lambda value: copied(copier, value)
    if "numpy.random" in sys.modules and cls in (numpy.random.Generator, numpy.random.RandomState):
        return _random
    pandas = sys.modules.get("pandas")
    if pandas is not None and cls in (getattr(pandas, "DataFrame", None), getattr(pandas, "Series", None)):
        return lambda value: _table(copier, value)
    return None


def _array(copier: Copier, value: Any) -> Any:
    numpy, cls = sys.modules["numpy"], type(value)
    copied = copier.copy(cls)
    if cls.__name__ not in LAID_OUT and copied is cls:
        copier.room(value)
        return value.copy()  # a library's: it knows itself what belongs to it, such as a mask
    plain = numpy.ndarray.view(value, numpy.ndarray)
    made = _viewed(copier, plain, value)
    if made is None:
        copier.room(plain)
        made = plain.copy(order="K")
    own = made if cls is numpy.ndarray else _as(copied, made)
    copier.remember(value, own)
    if plain.dtype.hasobject and made.base is None:
        _fill(copier, made, plain)
    if not plain.flags.writeable:
        own.flags.writeable = False
    return own if cls is numpy.ndarray else copier.attributes(value, own)


def _as(cls: Any, made: Any) -> Any:
    """Give an array as one of that class. If the script has made it, it is a copy, and runs nothing now."""
    ours = not cls.__module__.startswith("numpy")
    kept = vars(cls).get("__array_finalize__", cls) if ours else None
    if ours:
        type.__setattr__(cls, "__array_finalize__", vars(sys.modules["numpy"].ndarray)["__array_finalize__"])
    try:
        return sys.modules["numpy"].ndarray.view(made, cls)
    finally:
        if ours and kept is cls:
            type.__delattr__(cls, "__array_finalize__")
        elif ours:
            type.__setattr__(cls, "__array_finalize__", kept)


def place(value: Any) -> tuple[Any, int] | None:
    """Give what an array is a view of, and how many bytes from its beginning on; None for one of its own."""
    numpy, owner = sys.modules["numpy"], value
    while True:
        if isinstance(owner, numpy.ndarray | numpy.void) and owner.base is not None:
            owner = owner.base
        elif isinstance(owner, memoryview):
            owner = owner.obj
        else:
            break
    if owner is value or not isinstance(owner, numpy.ndarray | bytearray | array.array):
        return None
    try:
        return owner, _start(value) - _start(owner)
    except (BufferError, ValueError):  # a date, for one, shows its memory to nobody
        return None


def view(owner: Any, offset: int, dtype: Any, shape: tuple[int, ...], strides: tuple[int, ...]) -> Any:
    """Make a view of an array, or of a bytearray; None where numpy cannot."""
    numpy = sys.modules["numpy"]
    if not isinstance(owner, numpy.ndarray):
        return numpy.ndarray(shape, dtype, buffer=owner, offset=offset, strides=strides)
    flat = numpy.ndarray.view(owner, numpy.ndarray).ravel("K")
    if flat.size and _start(flat) != _start(owner):  # it is laid out with gaps
        return None
    if not owner.dtype.hasobject:
        return numpy.ndarray(shape, dtype, buffer=flat.view("u1"), offset=offset, strides=strides)
    field = _field(flat, dtype, offset)
    return None if field is None else numpy.lib.stride_tricks.as_strided(field, shape, strides)


def _start(value: Any) -> int:
    numpy = sys.modules["numpy"]
    return int(value.__array_interface__["data"][0]) if isinstance(value, numpy.ndarray) else address(value)


def _field(flat: Any, dtype: Any, offset: int) -> Any:
    """Give the part of records that begins there, from that record on; None where there is no such field."""
    index, rest = divmod(offset, flat.dtype.itemsize)
    found = flat[index:]
    while found.dtype != dtype:
        fields = found.dtype.fields or {}
        inside = [name for name, (kind, start, *_) in fields.items() if start <= rest < start + kind.itemsize]
        if not inside or found.dtype[inside[0]].shape:
            return None
        rest -= fields[inside[0]][1]
        found = found[inside[0]]
    return None if rest else found


def _viewed(copier: Copier, plain: Any, value: Any) -> Any:
    """Give the same view of the copy of what an array is a view of, or None."""
    found = place(value) if plain.size and plain.dtype.char != "T" else None
    if found is None:
        return None
    owner, offset = found
    copied = copier.copy(owner)
    if isinstance(owner, sys.modules["numpy"].ndarray):
        if (copied.strides, copied.shape, copied.dtype) != (owner.strides, owner.shape, owner.dtype):
            return None
        return _through(copied, lambda: view(copied, offset, plain.dtype, plain.shape, plain.strides))
    return view(copied, offset, plain.dtype, plain.shape, plain.strides)


def _through(owner: Any, make: Callable[[], Any]) -> Any:
    """Make a view of an array that may be read-only by now; the view was made before, maybe."""
    kept = owner.flags.writeable
    owner.flags.writeable = True
    try:
        return make()
    finally:
        owner.flags.writeable = kept


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
    found = place(value)
    if found is not None and isinstance(found[0], sys.modules["numpy"].ndarray):
        owner, offset = found
        copied = copier.copy(owner)
        flat = sys.modules["numpy"].ndarray.view(copied, sys.modules["numpy"].ndarray).ravel("K")
        field = _field(flat, value.dtype, offset) if _start(flat) == _start(copied) else None
        if field is not None:
            return field[0]
    return copier.copy(sys.modules["numpy"].array(value))[()]


def _flat(copier: Copier, value: Any) -> Any:
    """Copy an iterator over an array."""
    made = copier.copy(value.base).flat
    next(itertools.islice(made, value.index, value.index), None)
    return made


def _table(copier: Copier, value: Any) -> Any:
    """Copy a table or a column of pandas: with what is in those columns that hold objects."""
    copier.room(value)
    made = copier.remember(value, value.copy(deep=True))
    if value.ndim == 1:
        return _column(copier, value, made)
    for number in range(value.shape[1]):
        column = value.iloc[:, number]
        if column.dtype == object:
            made.isetitem(number, _column(copier, column, column.copy(deep=True)))
    return made


def _column(copier: Copier, value: Any, made: Any) -> Any:
    if value.dtype == object:
        for index in range(len(value)):
            made.iat[index] = copier.copy(value.iat[index])
    return made


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

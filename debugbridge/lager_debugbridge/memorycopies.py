"""How views of memory are copied: onto the copy of what they are a view of, at the same place in it.

So what is written through the one is seen through the other, as in the script. A view that has no such place, because
it is laid out in a way that cannot be made again, becomes a copy of its own.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import sys
from typing import Any, Protocol

FULL_READ_ONLY = 0x011C  # PyBUF_FULL_RO
CASTABLE = "bBhHiIlLqQnNfd?"


class Copier(Protocol):
    """What copies for one snapshot."""

    def copy(self, value: Any) -> Any:
        """Give the copy of a value, or the value itself where it is shared."""


class _Buffer(ctypes.Structure):
    """A `Py_buffer`."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.py_object),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    )


def address(value: Any) -> int:
    """Give where the first element of something with a buffer is.

    Raises:
        BufferError: It does not show its memory.
    """
    view = _Buffer()
    ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(value), ctypes.byref(view), FULL_READ_ONLY)
    found = view.buf
    ctypes.pythonapi.PyBuffer_Release(ctypes.byref(view))
    return found or 0


def memory(copier: Copier, value: memoryview) -> Any:
    """Copy a view of plain data; of anything else, such as a mapped file, it is a handle's."""
    try:
        owner: Any = value.obj
    except ValueError:  # released
        return value
    if not isinstance(owner, bytearray | array.array) and not _is_array(owner):
        return value
    made = _same_part(value, owner, copier.copy(owner)) if value.nbytes else None
    if made is None:
        made = memoryview(bytearray(value.tobytes()))
        if value.format in CASTABLE and value.ndim == 1:
            made = made.cast(value.format)  # type: ignore[call-overload]
    return made.toreadonly() if value.readonly else made


def _same_part(value: Any, owner: Any, copied: Any) -> Any:
    """Give the part of a copy that a view is of the original; None where there is no saying it."""
    whole: Any = memoryview(copied)
    offset = address(value) - address(owner)
    if not offset and (whole.format, whole.shape, whole.strides) == (value.format, value.shape, value.strides):
        return whole
    with contextlib.suppress(TypeError, ValueError, NotImplementedError):  # a layout `memoryview` cannot make
        if whole.c_contiguous:
            return _of_bytes(value, whole.cast("B"), offset)
        return _of_line(value, whole, offset)
    return None


def _of_bytes(value: Any, flat: Any, offset: int) -> Any:
    form = value.format
    if value.c_contiguous:
        part = flat[offset : offset + value.nbytes]
        return part if (form, value.ndim) == ("B", 1) else part.cast(form, list(value.shape))
    if value.ndim != 1 or value.strides[0] % value.itemsize:
        return None
    stride, reach = value.strides[0], (value.shape[0] - 1) * value.strides[0]
    first = offset + min(0, reach)
    return flat[first : first + abs(reach) + value.itemsize].cast(form)[:: stride // value.itemsize]


def _of_line(value: Any, whole: Any, offset: int) -> Any:
    if (value.ndim, whole.ndim, value.format) != (1, 1, whole.format):
        return None
    width = whole.strides[0]
    if offset % width or value.strides[0] % width:
        return None
    start, step = offset // width, value.strides[0] // width
    stop = start + value.shape[0] * step
    return whole[start : stop if stop >= 0 else None : step]


def _is_array(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and hasattr(numpy, "ndarray") and isinstance(value, numpy.ndarray)

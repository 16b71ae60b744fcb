"""What `lager.output` writes and a client reads: records `ENCODER LENGTH BYTES` that follow each other without a break.

Pure: bytes in, values out. Decoding resolves no class but a few of Python's own, so a record can run nobody's code. No
part of `import lager`.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import math
import pickle  # noqa: TID251  # only ever with `_Restricted`, which knows no function and no class of anybody's
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lager.outputencoders import OutputEncoders

_HEADER = re.compile(rb"(\d{1,3}) (\d{1,15}) ")
_LONGEST_HEADER = 20  # bytes
_LONGEST_INT = 10_000  # bits; Python writes no longer ones in decimal
# Which of Python's own classes a client takes, by module: a released one, and ours.
RELEASED = {
    "builtins": {"range", "complex", "set", "frozenset", "slice"},
    "datetime": {"date", "time", "datetime"},
}
PLAIN = {
    "builtins": RELEASED["builtins"] | {"bytearray"},
    "datetime": RELEASED["datetime"] | {"timedelta", "timezone"},
}
# What decoding ends in where the bytes are not what their encoder writes.
_BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, RecursionError, OverflowError)


class NotPlain(pickle.UnpicklingError):
    """A pickle names a class or function that a client does not take."""


@dataclass(frozen=True)
class Record:
    """One result of a script.

    Attributes:
        encoder: How it was written: an `OutputEncoders`, or the number of one that this version does not know.
        value: What it holds: bytes for Raw, else an object; None where it could not be decoded.
        error: Why it could not be decoded, as people read it; else empty.
    """

    encoder: int
    value: Any
    error: str = ""


class Records:
    """Takes the output channel's bytes as they come, in any pieces, and gives the records that are whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._wanted = 0  # bytes that the record at the beginning of the buffer has at least
        self._lost = False

    def feed(self, data: bytes) -> list[Record]:
        """Take some bytes; give the records that they complete. What is no record at all is said once, as an error."""
        if self._lost:
            return []
        self._buffer += data
        found: list[Record] = []
        while self._buffer and len(self._buffer) >= self._wanted:
            header = _HEADER.match(self._buffer)
            if header is None:
                if len(self._buffer) >= _LONGEST_HEADER or not _may_begin(self._buffer):
                    self._lost = True
                    return [*found, Record(0, None, "the output channel holds what is no record of lager.output")]
                break
            self._wanted = header.end() + int(header[2])
            if len(self._buffer) < self._wanted:
                break
            found.append(decode(int(header[1]), bytes(self._buffer[header.end() : self._wanted])))
            del self._buffer[: self._wanted]
            self._wanted = 0
        return found

    def end(self) -> list[Record]:
        """Say with an error what is left of a record that never became whole; nothing, if nothing is."""
        if self._lost or not self._buffer:
            return []
        self._lost = True
        return [Record(0, None, f"the last record of lager.output is cut off after {len(self._buffer)} bytes")]


def _may_begin(data: bytearray) -> bool:
    """Say whether bytes can be the beginning of a header."""
    return re.fullmatch(rb"\d{1,3}( \d{0,15})?", data) is not None


def decode(encoder: int, data: bytes) -> Record:
    """Give the record of these bytes."""
    try:
        return Record(encoder, _decoded(encoder, data))
    except NotPlain as exc:
        return Record(encoder, None, str(exc))
    except ImportError:
        return Record(encoder, None, "a result is YAML, and PyYAML is not installed here: pip install pyyaml")
    except (*_BROKEN, pickle.UnpicklingError, MemoryError) as exc:
        return Record(encoder, None, f"a result of {len(data)} bytes cannot be read ({type(exc).__name__}: {exc})")


def _decoded(encoder: int, data: bytes) -> Any:
    if encoder == OutputEncoders.Raw:
        return data
    if encoder == OutputEncoders.Pickle:
        return unpickled(data)
    if encoder == OutputEncoders.JSON:
        return json.loads(data)
    if encoder == OutputEncoders.YAML:
        import yaml

        try:
            return yaml.safe_load(data)
        except yaml.YAMLError as exc:
            raise ValueError(" ".join(str(exc).split())) from exc
    raise ValueError(f"encoder {encoder} is unknown here; a newer lager may know it")


def unpickled(data: bytes, takes: Mapping[str, set[str]] = PLAIN) -> Any:
    """Give what a pickle of plain types holds.

    Args:
        data: The pickle.
        takes: The classes that may be in it, by module.

    Raises:
        NotPlain: It holds something else.
        pickle.UnpicklingError: It is no pickle; as with what is broken elsewhere, other errors are possible.
    """
    return _Restricted(data, takes).load()


class _Restricted(pickle.Unpickler):
    def __init__(self, data: bytes, takes: Mapping[str, set[str]]) -> None:
        super().__init__(io.BytesIO(data))
        self._takes = takes

    def find_class(self, module: str, name: str) -> Any:
        """Give one of Python's plain types."""
        if name in self._takes.get(module, ()):
            return super().find_class(module, name)
        plain = name in PLAIN.get(module, ())
        why = "the client of this run does not take" if plain else "is not one of Python's plain types"
        raise NotPlain(f"a result holds a {module}.{name}, which {why}")


def jsonable(value: Any) -> Any:
    """Give a value as JSON can have it: bytes as text (or base64), dates as ISO 8601, sets as lists, others as repr."""
    try:
        return _jsonable(value)
    except RecursionError:
        return f"<a {type(value).__name__} that is nested too deep, or in itself>"


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(key): _jsonable(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_jsonable(one) for one in value]
    if isinstance(value, bytes | bytearray):
        return _text(bytes(value))
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if value.bit_length() < _LONGEST_INT else hex(value)
    if isinstance(value, float) and math.isfinite(value):  # JSON has no nan and no inf
        return value
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)


def _key(key: Any) -> str:
    return key if isinstance(key, str) else str(_jsonable(key))


def _text(data: bytes) -> str:
    with contextlib.suppress(UnicodeDecodeError):  # then it is no text
        return data.decode()
    return base64.b64encode(data).decode()

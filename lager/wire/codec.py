"""Messages to bytes and back."""

from __future__ import annotations

import functools
from collections.abc import Hashable
from typing import Any, TypeVar, cast

import msgspec

from lager import errors

T = TypeVar("T")


def to_json(message: Any) -> bytes:
    """Encode a message as one line of JSON, without the line end."""
    return msgspec.json.encode(message)


def from_json(data: bytes | str, kind: type[T] | Any) -> T:
    """Decode a message; UsageError names the field that is wrong."""
    try:
        return cast("T", _json_decoder(cast(Hashable, kind)).decode(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise _not_understood(exc) from exc


def to_msgpack(message: Any) -> bytes:
    """Encode a message for a WebSocket."""
    return msgspec.msgpack.encode(message)


def from_msgpack(data: bytes, kind: type[T] | Any) -> T:
    """Decode a message from a WebSocket; UsageError names the field that is wrong."""
    try:
        return cast("T", _msgpack_decoder(cast(Hashable, kind)).decode(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise _not_understood(exc) from exc


# Made once for each kind: to look into a union of messages takes longer than to decode one.
@functools.lru_cache(maxsize=256)
def _json_decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


@functools.lru_cache(maxsize=256)
def _msgpack_decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind)


def _not_understood(cause: Exception) -> errors.UsageError:
    return errors.UsageError(f"not a message this end understands: {cause}", "use the same version on both ends")

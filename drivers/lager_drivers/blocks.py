"""Definite-length blocks (IEEE 488.2, 8.7.9): `#`, one digit n, n digits of length, and that many bytes."""

from __future__ import annotations


class BadBlock(ValueError):
    """Something else than a block, or not all of one."""


def block(content: bytes, digits: int = 9) -> bytes:
    """Put bytes into a block whose length has so many digits."""
    return f"#{digits}{len(content):0{digits}d}".encode("ascii") + content


def whole(answer: bytes | bytearray) -> int:
    """Give how long a block will be that begins so; 0 where its beginning does not tell yet.

    Raises:
        BadBlock: No definite-length block begins so.
    """
    if answer[:1] not in (b"", b"#"):
        raise BadBlock(f"it begins with {bytes(answer[:12])!r}")
    digits = bytes(answer[1:2])
    if not digits:
        return 0
    if digits not in b"123456789":
        raise BadBlock(f"its length has {digits!r} digits")
    count = int(digits)
    length = bytes(answer[2 : 2 + count])
    if length and not length.isdigit():
        raise BadBlock(f"its length is {length!r}")
    return 2 + count + int(length) if len(length) == count else 0


def content(answer: bytes | bytearray) -> bytes:
    """Take the bytes out of a block; what follows it is ignored.

    Raises:
        BadBlock: It is no such block, or not all of it.
    """
    length = whole(answer)
    if not length or len(answer) < length:
        raise BadBlock(f"of {length or 'some'} bytes only {len(answer)} came")
    return bytes(answer[2 + int(answer[1:2]) : length])

"""What a worker process is told to serve, and what is said of its start. Starts nothing."""

from __future__ import annotations

import msgspec

from lager.times import CALL_WITHIN

LARGEST = 1 << 16  # bytes of an assignment on its way


class Assignment(msgspec.Struct, frozen=True):
    """One instrument for one worker process.

    Attributes:
        address: Where it is.
        instrument: The catalog's name.
        via: `usbip://HOST:PORT`, or empty.
        socket: Where the worker answers.
        call_within: How long a call may take once it is its turn, s.
        after_vain: Whether the process before this one ended because it could not open the instrument: then a third
            one would not help either.
        bench: Path of the bench file, which has the safety limits; empty for none.
    """

    address: str
    instrument: str
    via: str
    socket: str
    call_within: float = CALL_WITHIN
    after_vain: bool = False
    bench: str = ""


class Begun(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of it.

    Attributes:
        pid: The process that serves it; 0 where none could be made.
        errno: Why not.
    """

    pid: int = 0
    errno: int = 0

"""Tells a person at a terminal that a large folder is being packed. Nothing is said of small ones, or into a pipe."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

_NOTICED = 8_000_000  # bytes; packing less is done before anybody could read it
_CLEAR = "\r\033[K"


@contextlib.contextmanager
def on_terminal() -> Iterator[Callable[[int], None]]:
    """Give what takes the bytes packed so far, and shows them on stderr; at the end the line is gone again."""
    told = 0

    def tell(size: int) -> None:
        nonlocal told
        if size // _NOTICED > told // _NOTICED and sys.stderr.isatty():
            told = size
            sys.stderr.write(f"{_CLEAR}packing: {size / 1e6:.0f} MB")
            sys.stderr.flush()

    try:
        yield tell
    finally:
        if told:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()

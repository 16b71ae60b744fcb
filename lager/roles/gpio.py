"""What a digital line can do, and what its levels are called."""

from __future__ import annotations

import reprlib
from typing import Protocol, SupportsFloat

from lager.errors import UsageError
from lager.roles.reading import reads

_LEVELS = {"1": 1, "high": 1, "on": 1, "true": 1, "0": 0, "low": 0, "off": 0, "false": 0}


class GPIO(Protocol):
    """A digital line."""

    @reads
    def input(self) -> int:
        """Read the level, 0 or 1, without changing the line's direction."""

    def output(self, level: int | str | bool) -> None:
        """Drive the line: 1, `high`, `on`, `true`, or 0, `low`, `off`, `false`."""


def as_level(level: object) -> int:
    """Give the level that is meant, 0 or 1: by a number (also numpy's), a bool, or a word, whatever its capitals.

    Raises:
        UsageError: It is none.
    """
    try:
        found = _LEVELS.get(level.strip().lower()) if isinstance(level, str) else _of_number(level)
    except (TypeError, ValueError, OverflowError):  # whatever somebody's own sort of number may raise
        found = None
    if found is None:
        raise UsageError(f"{reprlib.repr(level)} is no level", f"use one of {', '.join(_LEVELS)}")
    return found


def _of_number(level: object) -> int | None:
    return {0.0: 0, 1.0: 1}.get(float(level)) if isinstance(level, SupportsFloat) else None

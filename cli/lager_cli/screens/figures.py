"""Numbers on a screen, small and big. What was not read is `n/a`, never a number."""

from __future__ import annotations

import math
from collections.abc import Sequence

ABSENT = "n/a"
_ROWS = 3
_GLYPHS = {
    "0": ("┏━┓", "┃ ┃", "┗━┛"),
    "1": ("╺┓ ", " ┃ ", "╺┻╸"),
    "2": ("╺━┓", "┏━┛", "┗━╸"),
    "3": ("╺━┓", " ━┫", "╺━┛"),
    "4": ("╻ ╻", "┗━┫", "  ╹"),
    "5": ("┏━╸", "┗━┓", "╺━┛"),
    "6": ("┏━╸", "┣━┓", "┗━┛"),
    "7": ("╺━┓", "  ┃", "  ╹"),
    "8": ("┏━┓", "┣━┫", "┗━┛"),
    "9": ("┏━┓", "┗━┫", "╺━┛"),
    "-": ("   ", "╺━╸", "   "),
    ".": (" ", " ", "▪"),
}


def known(value: object) -> float | None:
    """Give a number that was read, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def reading(value: object, form: str = "06.3f") -> str:
    """Write a measured value as `03.300`; noise about zero is no negative zero."""
    number = known(value)
    return ABSENT if number is None else f"{round(number, 3) + 0.0:{form}}"


def plain(value: object, unit: str) -> str:
    """Write a setting with its unit, without more digits than it has: `3.3 V`; a word as it is."""
    if isinstance(value, str):
        return value or ABSENT
    number = known(value)
    return ABSENT if number is None else f"{number:.6g} {unit}".rstrip()


def limit(value: object, unit: str) -> str:
    """Write what a channel can do; 0 and less is how released boxes say that they do not know."""
    number = known(value)
    return ABSENT if number is None or number <= 0 else f"{number:.6g} {unit}"


def big(text: str, unit: str) -> list[str]:
    """Give three rows that show a text in large digits, and its unit; all rows are of one length."""
    if text == ABSENT:
        return _even(["", f"{ABSENT} {unit}", ""])
    rows = ["".join(_GLYPHS.get(one, (" ", one, " "))[row] for one in text) for row in range(_ROWS)]
    return _even([rows[0], rows[1], f"{rows[2]} {unit}"])


def _even(rows: Sequence[str]) -> list[str]:
    width = max(map(len, rows))
    return [row.ljust(width) for row in rows]

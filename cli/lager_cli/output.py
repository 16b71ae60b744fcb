"""How answers look: tables. Plain text, the same on a terminal and in a pipe."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table with a rule under its head; columns are three spaces apart."""
    widths = [max(cells(row[column]) for row in [head, *rows]) for column in range(len(head))]
    rule = ["=" * width for width in widths]
    lines = [head, rule, *rows]
    return "\n".join(
        "   ".join(filled(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def filled(text: str, width: int) -> str:
    """Put spaces after a text until it takes so many cells of a terminal."""
    return text + " " * (width - cells(text))


def cells(text: str) -> int:
    """Give how many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    return len(text) + wide - sum(unicodedata.combining(one) > 0 for one in text)

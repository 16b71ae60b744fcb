"""How the boxes look: a table, and what is to be done about them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from lager_cli.boxes.asking import CURRENT, NEWER, NO_TOKEN, OLDER, Found
from lager_cli.config import SavedBox
from lager_cli.output import cells, table

_COLORS = {CURRENT: "green", OLDER: "yellow", NEWER: "cyan"}


def facts(boxes: Sequence[SavedBox], found: Sequence[Found], default: str) -> list[dict[str, Any]]:
    """Give what is shown with --json. The token is nobody's business."""
    return [
        {
            "name": one.name,
            "ip": one.ip,
            "port": one.port or None,
            "user": one.user,
            "version": how.version or one.version,
            "fingerprint": one.fingerprint,
            "default": one.name == default,
            "status": how.status,
            "locked_by": how.locked_by or None,
            "error": how.error.what if how.error else None,
        }
        for one, how in zip(boxes, found, strict=True)
    ]


def words(boxes: Sequence[SavedBox], found: Sequence[Found], default: str, ours: str) -> str:
    """Lay the boxes out as a table, with what is to be said of them below.

    Args:
        boxes: The boxes.
        found: How each of them is.
        default: The name of the default box.
        ours: The version of this command line.
    """
    locked, chosen = any(how.locked_by for how in found), any(one.name == default for one in boxes)
    head = ["name", "ip", "user", "version", "status", *["locked by"] * locked, *[""] * chosen]
    rows = []
    for one, how in zip(boxes, found, strict=True):
        row = [one.name, one.place, one.user or "-", how.version or "-", how.status]
        rows.append(row + [how.locked_by or "-"] * locked + ["default" if one.name == default else ""] * chosen)
    top, rule, *lines = table(head, rows).splitlines()
    if chosen:
        rule = rule[: len(rule) - len("default")].rstrip()  # nothing stands above it
    column = sum(max(cells(row[n]) for row in [head, *rows]) + 3 for n in range(4))
    columns = [column - sum(cells(one) - len(one) for one in row[:4]) for row in rows]
    lines = [_colored(line, n, how.status) for line, n, how in zip(lines, columns, found, strict=True)]
    return "\n".join([top, rule, *lines, "", f"Your CLI: {ours}", *_remarks(found)])


def _colored(line: str, column: int, status: str) -> str:
    """Color the status, which begins at that column."""
    end = column + len(status)
    return line[:column] + click.style(line[column:end], fg=_COLORS.get(status, "red")) + line[end:]


def _remarks(found: Sequence[Found]) -> list[str]:
    older, newer = (sum(how.status == word for how in found) for word in (OLDER, NEWER))
    unknown = sum(how.status == NO_TOKEN for how in found)
    silent = sum(not how.answered for how in found) - unknown
    said = []
    if older:
        said.append(f"{_boxes(older)} need{'s' if older == 1 else ''} updating")
    if newer:
        said.append(f"{_boxes(newer)} {'is' if newer == 1 else 'are'} newer than your CLI")
    if silent:
        said.append(f"{_boxes(silent)} could not be reached: `lager hello --box NAME` says why")
    if unknown:
        has = "has" if unknown == 1 else "have"
        said.append(f"{_boxes(unknown)} {has} no token here: `lager hello --box NAME` says how to give it")
    return said


def _boxes(count: int) -> str:
    return "1 box" if count == 1 else f"{count} boxes"

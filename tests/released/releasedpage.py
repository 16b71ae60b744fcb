"""Reads docs/compatibility.md: its tables, and the blocks that somebody types."""

import itertools
import re
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "compatibility.md").read_text()
COMMANDS = (HERE / "commands_of_0_21.txt").read_text().splitlines()
STATES = {"works", "better", "not served", "—"}
CODE = re.compile("`([^`]+)`")
PART = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
PARTS = dict(PART.findall(PAGE))


class Row(NamedTuple):
    """What a row is about, how it is served (to each client, or at all), and what is said of that."""

    names: list[str]
    states: list[str]
    notes: str


class Said(NamedTuple):
    """What is typed at a client, and what it says."""

    typed: str
    client: str
    says: str


def _rows(part, head):
    """Give the cells of the rows of a part's tables with this head."""
    rows, wanted = [], False
    for line in PARTS[part].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        if not cells:
            wanted = False
        elif wanted and not cells[0].startswith("---"):
            rows.append([cell.strip(" |") for cell in cells])
        wanted = wanted or cells[:1] == [head]
    return rows


def command_rows():
    """Give the rows of all commands."""
    parts = [part for part in PARTS if part.startswith("Commands: ")]
    cells = [row for part in parts for row in _rows(part, "command")]
    return [Row(CODE.findall(what), [old, new], "".join(notes)) for what, old, new, *notes in cells]


def endpoint_rows():
    """Give the rows of all endpoints."""
    return [Row(CODE.findall(what), [state], "".join(notes)) for what, state, *notes in _rows("Endpoints", "endpoint")]


def said_rows():
    """Give what clients say where something is not served."""
    part = "What clients say where something is not served"
    return [Said(typed.strip("`"), client, says.strip("`")) for typed, client, says in _rows(part, "typed")]


def open_endpoints(ports):
    """Give what each port serves without a token, one by one, as the page names it."""
    for port, pattern in ports.items():
        for one in re.split(r"\|(?![^(]*\))", pattern.pattern):
            method, path = one.split(" ", 1)
            path = path.replace("[^/]+", "NAME").replace("[.]", ".").replace("/?", "/")
            pieces = [piece.split("|") for piece in re.split(r"\(\?:([^)]*)\)", path)]
            for each in itertools.product(*pieces):
                yield f"{method} :{port}{''.join(each)}"


def blocks(where):
    """Give the commands of the block for this place, each with what it shows."""
    body = re.search(rf"<!-- {where} -->\n```console\n(.*?)```", PAGE, re.DOTALL)[1]
    for step in body.removeprefix("$ ").split("\n$ "):
        command, _, shown = step.partition("\n")
        yield command, shown.strip()


def script():
    """Give the script of the page."""
    return re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]

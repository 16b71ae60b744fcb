"""What stands at a cursor in a text that is being typed: a dotted name, or a place among the arguments of a call.

It reads text only, which need not be whole Python yet.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 20_000  # characters before the cursor that are looked at
LONGEST_NAME = 400  # characters of a dotted name
_TOKEN = re.compile(
    r"""(?P<text>[rbuf]{0,2}(?:'''(?:\\.|[^\\])*?(?:'''|\Z)|\"""(?:\\.|[^\\])*?(?:\"""|\Z)"""
    r"""|'(?:\\.|[^\\'\n])*(?:'|(?=\n)|\Z)|"(?:\\.|[^\\"\n])*(?:"|(?=\n)|\Z)))"""
    r"""|(?P<comment>\#[^\n]*)|(?P<name>[^\W\d]\w*)|(?P<mark>==|<=|>=|!=|:=|[()\[\]{},=.])|(?P<other>\S)""",
    re.DOTALL | re.IGNORECASE,
)
_NAME = re.compile(r"((?:[^\W\d]\w*\s*\.\s*)*[^\W\d]\w*)\s*$")
_REST = re.compile(r"\w*")
_OPEN, _CLOSED = "([{", ")]}"


class Call(NamedTuple):
    """A call that is being typed.

    Attributes:
        path: The dotted name of what is called.
        position: How many arguments stand before the cursor.
        keyword: The name of the argument at the cursor; empty where it is given by its place.
        named: Names of the arguments that are given by name, also that at the cursor.
    """

    path: list[str]
    position: int
    keyword: str
    named: frozenset[str]


class _Bracket:
    def __init__(self, mark: str, start: int) -> None:
        self.mark = mark
        self.start = start
        self.position = 0
        self.keyword = ""
        self.named: set[str] = set()


def call_at(source: str, cursor: int) -> Call | None:
    """Give the innermost call whose arguments the cursor is at; None for none, or where its name is none."""
    text = source[max(0, cursor - LONGEST) : cursor]
    open_brackets: list[_Bracket] = []
    before = ""
    for token in _TOKEN.finditer(text):
        _take(token, before, open_brackets)
        before = token.group()
    while open_brackets:
        bracket = open_brackets.pop()
        if bracket.mark == "(" and (found := _NAME.search(text[: bracket.start][-LONGEST_NAME:])):
            path = [part.strip() for part in found.group(1).split(".")]
            whole = not found.string[: found.start()].rstrip(" \t").endswith((".", "def", "class", ")", "]"))
            return Call(path, bracket.position, bracket.keyword, frozenset(bracket.named)) if whole else None
        if bracket.mark == "(" and text[: bracket.start].rstrip().endswith((")", "]")):
            return None  # what is called would have to be evaluated
    return None


def _take(token: re.Match[str], before: str, open_brackets: list[_Bracket]) -> None:
    text = token.group()
    if token.lastgroup != "mark":
        return
    if text in _OPEN:
        open_brackets.append(_Bracket(text, token.start()))
    elif not open_brackets:
        return
    elif text in _CLOSED:
        open_brackets.pop()
    elif text == ",":
        open_brackets[-1].position += 1
        open_brackets[-1].keyword = ""
    elif text == "=" and before.isidentifier():
        open_brackets[-1].keyword = before
        open_brackets[-1].named.add(before)


def name_at(source: str, cursor: int) -> list[str]:
    """Give the dotted name the cursor is in, or behind; empty for none."""
    rest = _REST.match(source, cursor)
    found = _NAME.search(source[max(0, cursor - LONGEST_NAME) : cursor] + (rest.group() if rest else ""))
    if found is None or found.string[: found.start()].rstrip(" \t").endswith((".", ")", "]")):
        return []
    return [part.strip() for part in found.group(1).split(".")]

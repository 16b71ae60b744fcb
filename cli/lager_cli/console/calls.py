"""Which call is being typed, and a signature as a list of its parameters. Pure: text in, places out."""

from __future__ import annotations

import re

# A string (it may be open at its end), a comment, or a bracket.
_PIECE = re.compile(
    r"""(?P<long>\"{3}|'{3})(?:\\.|(?!(?P=long)).)*(?:(?P=long)|\Z)
    | "(?:\\.|[^"\\\n])*(?:"|$)
    | '(?:\\.|[^'\\\n])*(?:'|$)
    | \#[^\n]*
    | (?P<bracket>[()\[\]{}])""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_CLOSES = {")": "(", "]": "[", "}": "{"}
_CALLED = re.compile(r"[\w\])]\s*\Z")
_MARKS = ("*", "/")  # in a signature, of no parameter


def opening(source: str, cursor: int) -> int | None:
    """Give where the bracket of the innermost call around the cursor stands; None outside any call."""
    stack: list[int] = []
    for piece in _PIECE.finditer(source[:cursor]):
        bracket = piece["bracket"]
        if bracket in _CLOSES:
            while stack and source[stack.pop()] != _CLOSES[bracket]:
                continue
        elif bracket:
            stack.append(piece.start())
    return next((at for at in reversed(stack) if source[at] == "(" and _CALLED.search(source[:at])), None)


def split(signature: str) -> tuple[str, list[str]]:
    """Split `name(a, b: int = 1) -> None` into the name and the parameters, as they are written."""
    start = signature.find("(")
    if start < 0:
        return signature, []
    parts, depth, begin = [], 0, start + 1
    for piece in re.finditer(r"[()\[\]{},]", signature):
        sign, at = piece[0], piece.start()
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0 or (sign == "," and depth == 1):
            parts.append(signature[begin:at].strip())
            begin = at + 1
        if depth == 0:
            break
    return signature[:start], [part for part in parts if part]


def current(parameters: list[str], parameter: int) -> int:
    """Give which of the parts is the parameter with that number; -1 for none."""
    places = [place for place, part in enumerate(parameters) if part not in _MARKS]
    return places[parameter] if 0 <= parameter < len(places) else -1

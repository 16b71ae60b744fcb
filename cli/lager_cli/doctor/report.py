"""How it looks: a section for each machine, a line for each finding, what to do below it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from lager.wire.checks import OK, PROBLEM, UNSEEN, WARNING, Finding
from lager_cli.doctor.examining import Examined
from lager_cli.output import filled

_COLORS = {OK: "green", WARNING: "yellow", PROBLEM: "red", UNSEEN: "cyan"}
_STATE = max(map(len, _COLORS))
_LEGIBLE = 80  # columns beside the names, below which a line goes on below them
_NARROW = 6  # columns
_SPACE = "\0"  # one at which no line ends


def facts(machine: Sequence[Finding], boxes: Sequence[Examined]) -> dict[str, Any]:
    """Give what is shown with --json."""
    every = [*machine, *(one for box in boxes for one in box.every)]
    shown = [
        {
            "name": box.subject.name,
            "ip": box.subject.place,
            "findings": box.findings,
            "self_check": box.itself,
            "looked_at_from_here": box.from_here,
        }
        for box in boxes
    ]
    counts = {"problems": PROBLEM, "warnings": WARNING, "could_not_look": UNSEEN}
    return {"machine": list(machine), "boxes": shown} | {name: _count(every, state) for name, state in counts.items()}


def words(machine: Sequence[Finding], boxes: Sequence[Examined], in_full: bool, columns: int | None = None) -> str:
    """Lay it out.

    Args:
        machine: What was found here.
        boxes: What was found of each box.
        in_full: Whether what a box says of itself has a section, and not a line.
        columns: How wide the terminal is; None for lines as long as they are.
    """
    sections = [("This machine", list(machine))]
    for box in boxes:
        sections += _of(box, in_full)
    width = max(len(one.name) for _, findings in sections for one in findings)
    lines = [line for title, findings in sections for line in _section(title, findings, width, columns)]
    every = [*machine, *(one for box in boxes for one in box.every)]
    return "\n".join([*lines, verdict(every)])


def _of(box: Examined, in_full: bool) -> Iterator[tuple[str, list[Finding]]]:
    place = f" ({box.subject.place})" if box.subject.place not in ("", box.subject.name) else ""
    title = f"Box {box.subject.name}{place}"
    itself, here = box.itself, box.from_here
    own = [*(itself.findings if itself else ()), *here]
    if not in_full:
        yield title, [*box.findings, *([_in_short(own, box)] if own else [])]
        return
    yield title, box.findings
    if itself:
        yield f"Its machine, {itself.host}, as its service sees it (user {itself.user})", own
    elif here:
        yield "Its machine, which is this one, as you see it: its service could not be asked", own


def _in_short(own: Sequence[Finding], box: Examined) -> Finding:
    state = next((one for one in (PROBLEM, WARNING, UNSEEN) if _count(own, one)), OK)
    if state == OK:
        return Finding("self-check", OK, f"{_counted(len(own), 'check')} of its own machine, all well")
    odd = ", ".join(one.name for one in own if one.state != OK)
    return Finding("self-check", state, f"of its own machine: {odd}", f"lager doctor {box.subject.option}".strip())


def _section(title: str, findings: Iterable[Finding], width: int, columns: int | None) -> Iterator[str]:
    yield click.style(title, bold=True)
    margin = _STATE + width + 6
    below = margin if columns is None or columns >= margin + _LEGIBLE else _NARROW
    for one in findings:
        state = click.style(filled(one.state, _STATE), fg=_COLORS.get(one.state, "red"))
        said = [*one.words.splitlines(), *([f"Try: {one.hint}"] if one.hint and one.state != OK else [])] or [""]
        first, *more = _wrapped(said[0], margin, below, columns)
        more += [line for text in said[1:] for line in _wrapped(text, below, below, columns)]
        yield f"  {state}  {filled(one.name, width)}  {first}".rstrip()
        yield from (f"{' ' * below}{line}" for line in more)
    yield ""


def _wrapped(text: str, first: int, rest: int, columns: int | None) -> list[str]:
    """Give a text in lines that fit beside margins; what is quoted as a command stays in one piece, to be copied."""
    if columns is None:
        return [text]
    import re
    import textwrap

    held = re.sub(r"`[^`]*`", lambda quoted: quoted[0].replace(" ", _SPACE), text)
    begun = " " * max(0, first - rest)
    wrapper = textwrap.TextWrapper(max(20, columns - rest), begun, break_long_words=False, break_on_hyphens=False)
    return [line.replace(_SPACE, " ").strip() for line in wrapper.wrap(held)] or [""]


def verdict(every: Sequence[Finding]) -> str:
    """Say what it comes to."""
    counts = [(_count(every, PROBLEM), "problem"), (_count(every, WARNING), "warning")]
    parts = [_counted(count, noun) for count, noun in counts if count]
    unseen = _count(every, UNSEEN)
    besides = f"{_counted(unseen, 'thing')} could not be looked at" if unseen else ""
    if not parts:
        return f"Nothing is wrong; {besides}." if besides else "All is well."
    said = ", ".join(parts)
    return f"{said}; {besides}." if besides else f"{said}."


def _count(findings: Iterable[Finding], state: str) -> int:
    return sum(one.state == state for one in findings)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"

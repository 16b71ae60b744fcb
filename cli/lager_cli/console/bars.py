"""What stands below the prompt: where the script is paused and whether the link is well, and docs on request."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from prompt_toolkit.application import get_app
from prompt_toolkit.filters import Condition, is_done, renderer_height_is_known
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout.containers import ConditionalContainer, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.layout.dimension import Dimension

from lager import wire
from lager.banner import ON_ONE_LINE

_KEYS = "F1 docs  F3 history  :help"
_PASTING = "Paste mode: Enter begins a line, and sends nothing. F6 ends it."
_DOC_LINES = 12
_TROUBLE = "bg:ansiyellow fg:ansiblack"


def status(pause: wire.PauseInfo, trouble: Callable[[], str], pasting: Callable[[], bool]) -> ConditionalContainer:
    """Give the line at the bottom: the pause, and the keys; instead of them what is wrong, if anything is.

    Args:
        pause: Where the script is paused.
        trouble: Says what is wrong; empty for nothing.
        pasting: Says whether Enter sends nothing, which somebody may have asked for by mistake.
    """
    until = _until(pause)

    def text() -> StyleAndTextTuples:
        wrong = trouble()
        room = get_app().output.get_size().columns
        if wrong:
            return [(_TROUBLE, f" {wrong} "[:room].ljust(room))]
        left = f" process {pause.pid} on the box"
        if pause.kind != wire.CONSOLE:
            place = f" paused at {pause.file}:{pause.line}".translate(ON_ONE_LINE)
            left = place + _label(pause.label, room - len(place) - len(until)) + until
        if pasting():
            return [(_TROUBLE, f" {_PASTING} "[:room].ljust(room))]
        gap = room - len(left) - len(_KEYS) - 1
        return [("class:status-toolbar", left + " " * gap + _KEYS + " " if gap > 1 else left[:room].ljust(room))]

    return ConditionalContainer(
        Window(FormattedTextControl(text), height=Dimension.exact(1), style="class:status-toolbar"),
        filter=~is_done & renderer_height_is_known,
    )


def docs(said: Callable[[], wire.Explained | None]) -> ConditionalContainer:
    """Give the pane with the docs of what stands at the cursor; there as long as `said` gives something."""

    def text() -> StyleAndTextTuples:
        told = said()
        if told is None:
            return []
        lines = (told.doc or "(no docs)").strip().splitlines()
        more = [("class:docstring", f"... {len(lines) - _DOC_LINES} more lines")] if len(lines) > _DOC_LINES else []
        head: StyleAndTextTuples = [("bold", f"{told.signature}\n")] if told.signature else []
        return [*head, ("class:docstring", "\n".join(lines[:_DOC_LINES]) + ("\n" if more else "")), *more]

    return ConditionalContainer(
        Window(FormattedTextControl(text), height=Dimension(max=_DOC_LINES + 2), dont_extend_height=True),
        filter=~is_done & Condition(lambda: said() is not None),
    )


def _label(label: str | None, room: int) -> str:
    """Give the label, or as much of it as there is room for: when the script goes on must be seen."""
    said = f" {label!r}".translate(ON_ONE_LINE) if label else ""
    return said if len(said) <= room else said[: max(0, room - 1)] + "…" * (room > 1)


def _until(pause: wire.PauseInfo) -> str:
    if pause.until is None:
        return ""
    moment = datetime.datetime.fromtimestamp(pause.until).astimezone()
    return f", auto-{pause.on_timeout} at {moment:%H:%M:%S}"

"""What is known of one pause: what it was asked for, where it is, and how it ended."""

from __future__ import annotations

from typing import Any, NamedTuple


class Place(NamedTuple):
    """A line of the script."""

    file: str
    line: int
    function: str


class Asked(NamedTuple):
    """What a pause was asked for.

    Attributes:
        timeout: As it was given and is shown, s.
        seconds: The same to count with; None waits for ever.
        kind: As in `lager.wire.Hit`.
        on_timeout: `resume` or `abort`.
        hold, safe: Whether the run keeps the box's lock; whether its nets are made safe first.
        line: Of its frame; 0 where the frame is now.
    """

    label: str | None
    timeout: float
    seconds: float | None
    interactive: bool
    kind: str
    on_timeout: str
    hold: bool = False
    line: int = 0
    safe: bool = False


class Ending(NamedTuple):
    """How a pause ended.

    Attributes:
        reason: `resumed`, `timed out`, `aborted`, or what else ended it.
        by: Who did it; empty for nobody.
        done: What was changed, as people read it.
        value: What `pause` returns.
    """

    reason: str
    by: str = ""
    done: tuple[str, ...] = ()
    value: Any = None

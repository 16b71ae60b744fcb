"""The transcript of a run: what was done in its consoles, and by whom (`GET :5000/runs/ID/transcript`, JSON lines)."""

from __future__ import annotations

from msgspec import Struct


class TranscriptEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened at a pause.

    Attributes:
        time: Unix time, s.
        kind: `joined` (a console or a follower was opened), `broken` (its connection), `again` (it was joined again),
            `left`; `statement`, `output`, `result`, `wrote` (an instrument, by a statement); `resumed`, `timed out`,
            `aborted`, or what else ended the pause; `gap` (more of it is not kept).
        user: Whose console it is; of what ended the pause, who did it. Empty for nobody.
        console: The console's name; empty where it was none's doing.
        pause: The number of the pause.
        statement: Of the console, counted from 1.
        text: The statement, what it wrote, or the call: `supply1.set_voltage(3.3)`.
        stream: Of output: 1 for stdout, 2 for stderr.
        ok: Of a result: whether the statement ended without an exception.
        file: Of a result: what holds all that it wrote, where that was too much to show.
        view: Of a console: whether it only follows the others.
    """

    time: float
    kind: str
    user: str = ""
    console: str = ""
    pause: int = 0
    statement: int = 0
    text: str = ""
    stream: int = 0
    ok: bool | None = None
    file: str = ""
    view: bool = False

"""Pauses: between a script and its box (unix socket of the runner, JSON lines)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from lager.wire.consoles import (
    Complete,
    Completions,
    ConsoleClosed,
    ConsoleOutput,
    ConsoleResult,
    Evaluate,
    Explain,
    Explained,
    Interrupt,
    Ping,
    Pong,
    Wrote,
)
from lager.wire.failure import ErrorBody

Count = Annotated[int, Meta(ge=0, le=999_999_999)]  # what does not fit is nonsense, and could not be handed on


class HeldConsole(Struct, frozen=True):
    """A console that was open when the box went away. The script has kept it, and what it is evaluating.

    Attributes:
        statement: The last one that it was given.
        waiting: Those that have no result yet.
        ok: Of the last result.
        file: Of the last result.
    """

    console: str
    by: str = ""
    statement: int = 0
    waiting: list[int] = []
    ok: bool = True
    file: str = ""


class Hit(Struct, frozen=True, kw_only=True, tag="hit"):
    """From the script: a thread has paused.

    Attributes:
        key: Made by the script, unique in the run (process id, count): what the release is fenced with.
        left: Seconds until the auto-resume from now, None for none. Announced anew after the box was away.
        number: What the box had called it before the box was away; 0 the first time.
        seen: The highest number this process was ever given: a box that has just started gives none of them again.
        since: Unix time at which it paused, s.
        kind: `pause` (the script says so), `outside` (somebody asked for it), `exception` (nobody catches one),
            `failure` (of a test), or `console` (there is no script, only a console).
        on_timeout: What comes at the end of the timeout: `resume` or `abort`.
        main: Whether the main thread of its process stands still; None where that goes by the thread's name.
        consoles: That were open before the box was away: their clients will come back to the next one.
        hold: Whether the run keeps the box's lock while it is paused.
    """

    run: str
    key: str
    pid: Count
    label: str | None
    file: str
    line: Count
    function: str
    thread: str
    timeout: float
    left: float | None
    interactive: bool
    number: Count = 0
    seen: Count = 0
    since: float = 0
    kind: str = "pause"
    on_timeout: str = "resume"
    main: bool | None = None
    consoles: list[HeldConsole] = []
    hold: bool = False


class Released(Struct, frozen=True, tag="released"):
    """From the script: that thread goes on, for this reason. The last word on the pause.

    Attributes:
        reason: `resumed`, `timed out`, `aborted`, or what else ended it.
        done: What was changed at the release, as people read it: `volts = 3.3 (was 5.0)`.
    """

    key: str
    reason: str
    done: list[str] = []


class Declined(Struct, frozen=True, tag="declined"):
    """From the script: what a release asked for cannot be done; nothing was changed, and the thread stays paused."""

    key: str
    error: ErrorBody


class Held(Struct, frozen=True, tag="held"):
    """From the script: that pause is released, but its thread does not go on yet: a console's statement does not stop.

    Attributes:
        why: Whose statement that is, and where.
    """

    key: str
    why: str


class Announced(Struct, frozen=True, tag="announced"):
    """To the script: the pause is registered, under this name.

    Attributes:
        label: Who asked for it, where somebody did (kind `outside`): what the banner calls the pause.
        left: How much of the run's runtime is left, s; None where it has no limit.
        door: Whether a console on it is served over plain TCP, too: to clients of the released interface.
    """

    key: str
    number: int
    name: str
    label: str | None = None
    left: float | None = None
    door: bool = False


class Release(Struct, frozen=True, tag="release"):
    """To the script: go on. Answered by `Released`, or by `Declined`.

    Attributes:
        reason: `resumed`, `timed out`, or `aborted`: then `lager.Aborted` is raised at the pause.
        by: Who said so.
        sets: Variables of the paused frame to set before, and the expressions of their values, in this order.
        value: The expression of what `pause()` returns; None for None.
    """

    key: str
    reason: str
    by: str = ""
    sets: list[tuple[str, str]] = []
    value: str | None = None


class Waits(Struct, frozen=True, tag="waits"):
    """To the script: that pause is released, but its run has to wait for the box's lock first; `Release` follows.

    Attributes:
        why: Who has it, and since when.
    """

    key: str
    why: str


class OpenConsole(Struct, frozen=True, tag="open"):
    """To the script: a console is attached to that pause.

    Attributes:
        by: Whose it is.
    """

    key: str
    console: str
    by: str = ""


class CloseConsole(Struct, frozen=True, tag="close"):
    """To the script: that console has gone; stop what it is running."""

    console: str


class OpenDebugger(Struct, frozen=True, tag="open-debugger"):
    """To the script: somebody's IDE wants to debug it, beginning at that pause.

    Answered by `DebuggerHere` on a connection of its own, or by `DebuggerRefused`.

    Attributes:
        token: Made by the box for this one connection.
        by: Whose IDE it is.
    """

    key: str
    token: str
    by: str = ""


class DebuggerHere(Struct, frozen=True, tag="debugger"):
    """From the script: the one message of a connection of its own. What follows is the debug adapter protocol."""

    token: str


class DebuggerRefused(Struct, frozen=True, tag="no-debugger"):
    """From the script: it cannot be debugged; its pause is as it was."""

    token: str
    error: ErrorBody


FromScript = (
    Hit
    | Released
    | Declined
    | Held
    | ConsoleOutput
    | ConsoleResult
    | Completions
    | Explained
    | Wrote
    | ConsoleClosed
    | Pong
    | DebuggerHere
    | DebuggerRefused
)
ToScript = (
    Announced
    | Release
    | Waits
    | OpenConsole
    | CloseConsole
    | Evaluate
    | Interrupt
    | Complete
    | Explain
    | Ping
    | OpenDebugger
)

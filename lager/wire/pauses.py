"""Pauses: between a script and its box (unix socket of the runner, JSON lines)."""

from __future__ import annotations

from msgspec import Struct

from lager.wire.consoles import Complete, Completions, ConsoleClosed, ConsoleOutput, ConsoleResult, Evaluate, Interrupt


class Hit(Struct, frozen=True, kw_only=True, tag="hit"):
    """From the script: a thread has paused.

    Attributes:
        key: Made by the script, unique in the run (process id, count): what the release is fenced with.
        left: Seconds until the auto-resume from now, None for none. Announced anew after the box was away.
        number: What the box had called it before the box was away; 0 the first time.
        seen: The highest number this process was ever given: a box that has just started gives none of them again.
        since: Unix time at which it paused, s.
    """

    run: str
    key: str
    pid: int
    label: str | None
    file: str
    line: int
    function: str
    thread: str
    timeout: float
    left: float | None
    interactive: bool
    number: int = 0
    seen: int = 0
    since: float = 0


class Released(Struct, frozen=True, tag="released"):
    """From the script: that thread goes on, for this reason. The last word on the pause."""

    key: str
    reason: str


class Announced(Struct, frozen=True, tag="announced"):
    """To the script: the pause is registered, under this name."""

    key: str
    number: int
    name: str


class Release(Struct, frozen=True, tag="release"):
    """To the script: go on. `reason` is `resumed` or `timed out`."""

    key: str
    reason: str
    by: str = ""


class OpenConsole(Struct, frozen=True, tag="open"):
    """To the script: a console is attached to that pause."""

    key: str
    console: str


class CloseConsole(Struct, frozen=True, tag="close"):
    """To the script: that console has gone; stop what it is running."""

    console: str


FromScript = Hit | Released | ConsoleOutput | ConsoleResult | Completions | ConsoleClosed
ToScript = Announced | Release | OpenConsole | CloseConsole | Evaluate | Interrupt | Complete

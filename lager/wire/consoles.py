"""The console: WebSocket `:5000/runs/ID/console` (MessagePack), and between box and script (JSON lines)."""

from __future__ import annotations

from msgspec import Struct

from lager.wire.failure import ErrorBody
from lager.wire.runs import PauseInfo


class Evaluate(Struct, frozen=True, tag="evaluate"):
    """Evaluate a whole statement (or several); answered by any number of `ConsoleOutput`, then one `ConsoleResult`."""

    statement: int
    source: str
    console: str = ""


class Interrupt(Struct, frozen=True, tag="interrupt"):
    """Stop the statement that is running, if that one still is."""

    statement: int
    console: str = ""


class Complete(Struct, frozen=True, tag="complete"):
    """What could stand at `cursor` in `source`?"""

    request: int
    source: str
    cursor: int
    console: str = ""


class ConsoleReady(Struct, frozen=True, tag="ready"):
    """The console is open on this pause."""

    run: str
    pause: PauseInfo


class ConsoleOutput(Struct, frozen=True, tag="text"):
    """Text a statement wrote; `stream` is 1 for stdout, 2 for stderr (tracebacks)."""

    statement: int
    stream: int
    text: str
    console: str = ""


class ConsoleResult(Struct, frozen=True, tag="result"):
    """A statement is done; `ok` is False when it ended in an exception (its traceback came as output)."""

    statement: int
    ok: bool
    console: str = ""


class Completions(Struct, frozen=True, tag="completions"):
    """Names that fit, and how many characters before the cursor they replace."""

    request: int
    names: list[str]
    replaces: int = 0
    console: str = ""


class ConsoleClosed(Struct, frozen=True, tag="closed"):
    """The console is over. `reason`: `resumed`, `timed out`, `exit`, `script ended`, or `error` (with `error`)."""

    reason: str
    error: ErrorBody | None = None
    console: str = ""


FromConsole = ConsoleReady | ConsoleOutput | ConsoleResult | Completions | ConsoleClosed
ToConsole = Evaluate | Interrupt | Complete

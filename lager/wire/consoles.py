"""The console: WebSocket `:5000/runs/ID/console` (MessagePack), and between box and script (JSON lines).

The client's first message is `Join`, the box's first is `ConsoleReady` (or `ConsoleClosed` with an error). What the box
says has a number; a client whose connection broke joins again with the number it has seen last, and gets the rest.
"""

from __future__ import annotations

from msgspec import Struct

from lager.wire.failure import ErrorBody
from lager.wire.runs import PauseInfo


class Join(Struct, frozen=True, tag="join"):
    """Open a console, or go on with it: the first message of each connection.

    Attributes:
        console: Made by the client, unique: the console's name over all its connections.
        by: Who looks.
        seen: The number of the last message that the client has; 0 at the first time.
        view: Follow the others: their statements and results; nothing can be evaluated.
        again: The console was open before: where the box has it no more, it is refused, not made anew.
    """

    console: str
    by: str = ""
    seen: int = 0
    view: bool = False
    again: bool = False


class Leave(Struct, frozen=True, tag="leave"):
    """The console is left for good. A connection that only breaks keeps it for a while."""


class Ping(Struct, frozen=True, tag="ping"):
    """Are you there? Either end may ask, and is answered with `Pong`."""

    number: int


class Pong(Struct, frozen=True, tag="pong"):
    """The answer to a `Ping` of that number."""

    number: int


class Evaluate(Struct, frozen=True, tag="evaluate"):
    """Evaluate a whole statement (or several), or a command such as `:where`.

    It is answered by any number of `ConsoleOutput`, then one `ConsoleResult`.

    Attributes:
        statement: Counts the statements of a console from 1. One that the box has had is not evaluated again.
    """

    statement: int
    source: str
    console: str = ""


class Interrupt(Struct, frozen=True, tag="interrupt"):
    """Stop the statement that is running, if that one still is."""

    statement: int
    console: str = ""


class Complete(Struct, frozen=True, tag="complete"):
    """What could stand at `cursor` in `source`? Answered by `Completions`."""

    request: int
    source: str
    cursor: int
    console: str = ""


class Explain(Struct, frozen=True, tag="explain"):
    """What is called, or named, at `cursor` in `source`? Answered by `Explained`."""

    request: int
    source: str
    cursor: int
    console: str = ""


class ConsoleReady(Struct, frozen=True, tag="ready"):
    """The console is open on this pause.

    Attributes:
        statement: The last statement of this console that the box has had; 0 for a new one.
        commands: What `:help` lists, by the box and the script: name with arguments, and what it does.
    """

    run: str
    pause: PauseInfo
    statement: int = 0
    commands: list[tuple[str, str]] = []


class ConsoleOutput(Struct, frozen=True, tag="text"):
    """Text a statement wrote; `stream` is 1 for stdout, 2 for stderr (tracebacks).

    Attributes:
        number: Counts what the box says to this console; 0 on the way from the script.
    """

    statement: int
    stream: int
    text: str
    console: str = ""
    number: int = 0


class ConsoleResult(Struct, frozen=True, tag="result"):
    """A statement is done; `ok` is False when it ended in an exception (its traceback came as output).

    Attributes:
        file: Of what it wrote, all of it, where that was too much to show; a name in the run's directory.
    """

    statement: int
    ok: bool
    console: str = ""
    number: int = 0
    file: str = ""


class Completions(Struct, frozen=True, tag="completions"):
    """Names that fit, and how many characters before the cursor they replace."""

    request: int
    names: list[str]
    replaces: int = 0
    console: str = ""


class Explained(Struct, frozen=True, tag="explained"):
    """What stands at the cursor, found without running anything of anybody's.

    Attributes:
        signature: As people read it, `set_voltage(volts: float) -> None`; empty where there is none.
        parameter: Which of its parameters the cursor is at, from 0; -1 for none.
        doc: Its docstring, bounded.
    """

    request: int
    signature: str = ""
    parameter: int = -1
    doc: str = ""
    console: str = ""


class Wrote(Struct, frozen=True, tag="wrote"):
    """From the script: a statement has called something of a net that may change the instrument.

    Attributes:
        call: As people read it: `supply1.set_voltage(3.3)`; where it did not end well, with the error that it ended in:
            `supply1.set_voltage(3.3): InstrumentSilent`. Then it may have been done, or not.
    """

    statement: int
    call: str
    console: str = ""
    number: int = 0


class Said(Struct, frozen=True, tag="said"):
    """To whoever follows: somebody evaluates a statement in his console.

    Attributes:
        time: Unix time, s.
    """

    statement: int
    source: str
    by: str
    time: float
    console: str = ""
    number: int = 0


class NotAnswering(Struct, frozen=True, tag="silent"):
    """The script has not answered for so many seconds: something in it does not let go of the interpreter.

    Attributes:
        seconds: 0 when it answers again.
    """

    seconds: float
    console: str = ""


PAUSE_ENDS = frozenset(("resumed", "timed out", "aborted", "interrupted"))  # else its script has ended


class ConsoleClosed(Struct, frozen=True, tag="closed"):
    """The console is over.

    Attributes:
        reason: `exit`; `error` (with `error`); how its pause ended: `resumed`, `timed out`, `aborted`, or `interrupted`
            by an exception there; else `script ended`.
    """

    reason: str
    error: ErrorBody | None = None
    console: str = ""
    number: int = 0


FromConsole = (
    ConsoleReady
    | ConsoleOutput
    | ConsoleResult
    | Completions
    | Explained
    | Wrote
    | Said
    | NotAnswering
    | ConsoleClosed
    | Ping
    | Pong
)
ToConsole = Join | Leave | Ping | Pong | Evaluate | Interrupt | Complete | Explain

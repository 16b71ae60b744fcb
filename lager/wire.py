"""Every message that crosses a process boundary, once.

JSON lines on unix sockets (script, services and workers), JSON on HTTP, MessagePack on WebSockets. Unknown fields are
ignored, so that an older and a newer end understand each other.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct

from lager import errors

T = TypeVar("T")


class ErrorBody(Struct, frozen=True):
    """An error on the wire."""

    code: str
    what: str
    hint: str = ""

    @classmethod
    def of(cls, error: errors.LagerError) -> ErrorBody:
        """Describe `error`."""
        return cls(error.code, error.what, error.hint)

    def as_error(self) -> errors.LagerError:
        """Make the error again, as the class it was."""
        return errors.error_class(self.code)(self.what, self.hint)


# Nets and instruments ------------------------------------------------------------------------------------------------


class NetRecord(Struct, frozen=True, omit_defaults=True):
    """One net of the bench file (`saved_nets.json`).

    Attributes:
        address: VISA address (`USB0::0x05E6::0x2281::4381218::INSTR`), or `modbus-tcp://HOST:PORT` for a LabJack.
        instrument: The catalog's name, such as `Keithley_2281S`.
        pin: Which channel of it: `1`, `AIN3`, `FIO0`.
        via: `usbip://HOST:PORT` where the USB device is reached over USB/IP; empty for this machine's own USB.
    """

    name: str
    role: str
    instrument: str
    address: str = ""
    pin: str = ""
    via: str = ""
    description: str = ""


class Call(Struct, frozen=True, tag="call"):
    """To a worker: call `method` of the role's contract on one net.

    Attributes:
        caller: Who asks, for the message others get while they wait (`run 4f2a…`, `lager supply`).
    """

    id: int
    net: str
    role: str
    pin: str
    method: str
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    caller: str = ""


class Answer(Struct, frozen=True, tag="answer"):
    """The value a call returned."""

    id: int
    value: Any = None


class Failed(Struct, frozen=True, tag="failed"):
    """A request that ended in an error."""

    id: int
    error: ErrorBody


class Locate(Struct, frozen=True, tag="locate"):
    """To the hardware service: which worker serves this net? Its worker is started if need be."""

    id: int
    net: str
    role: str


class ListNets(Struct, frozen=True, tag="nets"):
    """To the hardware service: the nets of the bench; answered with an `Answer` holding a list of `NetRecord`."""

    id: int


class Located(Struct, frozen=True, tag="located"):
    """Where a net is served."""

    id: int
    socket: str
    net: NetRecord


WorkerReply = Answer | Failed
HardwareRequest = Locate | ListNets
HardwareReply = Located | Answer | Failed


class NetCall(Struct, frozen=True):
    """Body of `POST :9000/nets/NAME/call`; the reply is `NetValue`."""

    role: str
    method: str
    args: list[Any] = []
    caller: str = ""


class NetValue(Struct, frozen=True):
    """What a net call returned."""

    value: Any = None


# Runs ----------------------------------------------------------------------------------------------------------------


class RunRequest(Struct, frozen=True, kw_only=True):
    """Body (MessagePack) of `PUT :5000/runs/ID`.

    Attributes:
        name: What the user typed, such as `examples/test.py`.
        script: File name of the script, or empty when `content` is a zip with a `main.py`.
        content: The script's bytes, or the zip's.
        args: The script's arguments.
        env: Added to its environment, in order; a later one wins.
        box: What the user gave as `--box`, or empty.
        user: Who runs it.
        timeout: Total runtime allowed, s; 0 is unlimited.
    """

    name: str
    content: bytes
    script: str = ""
    args: list[str] = []
    env: list[tuple[str, str]] = []
    box: str = ""
    user: str = ""
    timeout: float = 0


class PauseInfo(Struct, frozen=True, kw_only=True):
    """One paused place of a run.

    Attributes:
        number: Counts the pauses of the run from 1; what a resume is fenced with.
        name: What to type to mean this pause: the run's id, or `ID.2` when several of its pauses are open.
        function: The function that paused, `<module>` outside any.
        since: Unix time, s.
        timeout: s; 0 or less means no auto-resume.
    """

    number: int
    name: str
    label: str | None
    file: str
    line: int
    function: str
    thread: str
    since: float
    timeout: float
    interactive: bool


class RunInfo(Struct, frozen=True, kw_only=True):
    """What the box says of a run.

    Attributes:
        state: `starting`, `running`, `paused`, `finished`, or `lost` (its supervisor died).
        started: Unix time, s.
        ended: Unix time, s; None while it lives.
        status: Exit status as a shell would show it (128+N for signal N), None while it lives.
    """

    id: str
    state: str
    name: str
    args: list[str]
    user: str
    box: str
    started: float
    ended: float | None = None
    status: int | None = None
    pauses: list[PauseInfo] = []


class Resumed(Struct, frozen=True):
    """Reply to `POST :5000/runs/ID/continue`: the pause that was released."""

    name: str


class ContinueRequest(Struct, frozen=True):
    """Body of `POST :5000/runs/ID/continue`."""

    by: str = ""


class SignalRequest(Struct, frozen=True):
    """Body of `POST :5000/runs/ID/signal`: a signal's name, such as `SIGINT`, for the whole process group."""

    signal: str


# WebSocket `:5000/runs/ID/stream?from=OFFSET`, MessagePack ------------------------------------------------------------


class Output(Struct, frozen=True, tag="output"):
    """Some output of the run.

    Attributes:
        offset: Where the next chunk begins: what to give as `from` to go on after this one.
        time: Unix time at which the supervisor read it, s.
        stream: 1 for stdout, 2 for stderr.
        data: Bytes, never cut inside a UTF-8 character.
    """

    offset: int
    time: float
    stream: int
    data: bytes


class PauseBegan(Struct, frozen=True, tag="paused"):
    """The run has paused; sent before its banner: whoever sees that can resume it."""

    pause: PauseInfo


class PauseEnded(Struct, frozen=True, tag="resumed"):
    """A pause is over."""

    number: int
    reason: str


class Exited(Struct, frozen=True, tag="exited"):
    """The run has ended and all its output was sent. The last message.

    Attributes:
        status: As a shell would show it.
        reason: `exit`, `signal`, `timeout`, or `lost`.
    """

    status: int
    reason: str


class StreamFailed(Struct, frozen=True, tag="error"):
    """The box cannot go on with this stream. The last message."""

    error: ErrorBody


class Continue(Struct, frozen=True, tag="continue"):
    """From the watcher: release that pause, and only that one."""

    number: int
    by: str = ""


class Stop(Struct, frozen=True, tag="stop"):
    """From the watcher: send this signal to the run's process group."""

    signal: str


FromRun = Output | PauseBegan | PauseEnded | Exited | StreamFailed
ToRun = Continue | Stop


# The console: WebSocket `:5000/runs/ID/console` (MessagePack), and between box and script (JSON lines) ---------------


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


# Script and box (unix socket of the runner, JSON lines) --------------------------------------------------------------


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


# The box itself ------------------------------------------------------------------------------------------------------


class BoxInfo(Struct, frozen=True, kw_only=True):
    """Where a box listens; reply of `GET :5000/box`, and the file it keeps while it lives.

    Attributes:
        host: The address it listens on.
        runner: Port of the runner (runs, pauses, consoles).
        hardware: Port of the hardware service's control plane (8080 by default).
        http: Port of the bench's HTTP interface (9000 by default).
        bench: `sim`, or the bench file's path.
        pid: Process id of the box.
        embedded: Whether it ends when idle.
        started: Unix time, s.
    """

    host: str
    runner: int
    hardware: int
    http: int
    bench: str
    version: str
    pid: int
    embedded: bool
    started: float


def to_json(message: Any) -> bytes:
    """Encode a message as one line of JSON, without the line end."""
    return msgspec.json.encode(message)


def from_json(data: bytes | str, kind: type[T] | Any) -> T:
    """Decode a message; UsageError names the field that is wrong."""
    try:
        return cast("T", msgspec.json.decode(data, type=kind))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise _not_understood(exc) from exc


def to_msgpack(message: Any) -> bytes:
    """Encode a message for a WebSocket."""
    return msgspec.msgpack.encode(message)


def from_msgpack(data: bytes, kind: type[T] | Any) -> T:
    """Decode a message from a WebSocket; UsageError names the field that is wrong."""
    try:
        return cast("T", msgspec.msgpack.decode(data, type=kind))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise _not_understood(exc) from exc


def _not_understood(cause: Exception) -> errors.UsageError:
    return errors.UsageError(f"not a message this end understands: {cause}", "use the same version on both ends")

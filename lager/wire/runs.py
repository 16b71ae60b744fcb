"""Runs: HTTP (:5000), and the WebSocket `:5000/runs/ID/stream?from=OFFSET` (MessagePack)."""

from __future__ import annotations

from msgspec import Struct

from lager.wire.failure import ErrorBody


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


# The stream -----------------------------------------------------------------------------------------------------------


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

"""Runs: HTTP (:5000), and the WebSocket `:5000/runs/ID/stream?from=OFFSET[&owner=1][&since=TIME]` (MessagePack).

Whoever says `owner` answers for the run: one that is not to be kept is ended when the last owner has been gone for a
while and it is not paused. `since` leaves out what was written before (Unix time, s). WebSocket
`:5000/runs/ID/forward?port=N`: bytes both ways to a TCP port of the box's own loopback address, while the run lives; an
empty message says that its sender has no more to send, a text is the `ErrorBody` of what went wrong, and the end.
"""

from __future__ import annotations

from msgspec import Struct

from lager.wire.failure import ErrorBody

SCRIPT, CONSOLE = "script", "console"  # what a run is: somebody's script, or a console without one


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
        kind: `script`, or `console`: a Python of its own for one console, whose name `args` has. Then `content` is
            empty, which a box that does not know of this refuses (BadScript).
        main: Which file of the folder that `content` has is the script; empty for `main.py`.
        module: Name of the module to run (`python -m`) in the folder that `content` has; else empty.
        keep: Go on when the client that started it is gone for good.
        one_stream: Both of its streams are one file for the client, so that lines come in the order they were written:
            all of it is stdout then.
        holder: Who has the box while it runs, as `LockRequest.user`; empty for a run that wants no lock.
        holder_type: As in `LockRequest`.
        lock_wait: How long this request may wait for the lock, s; the box waits LONGEST_LOCK_WAIT at most, and the
            client asks again.
        at_end: What becomes of the nets that it has changed, when it ends: `safe` brings them into their safe state,
            `keep` leaves them, empty does the first where it was killed, stopped or lost.
    """

    name: str
    content: bytes
    script: str = ""
    args: list[str] = []
    env: list[tuple[str, str]] = []
    box: str = ""
    user: str = ""
    timeout: float = 0
    kind: str = SCRIPT
    main: str = ""
    module: str = ""
    keep: bool = False
    one_stream: bool = False
    holder: str = ""
    holder_type: str = "ephemeral"
    lock_wait: float = 0
    at_end: str = ""


class PauseInfo(Struct, frozen=True, kw_only=True):
    """One paused place of a run.

    Attributes:
        number: Counts the pauses of the run from 1; what a resume is fenced with.
        name: What to type to mean this pause: the run's id, or `ID.2` when several of its pauses are open.
        function: The function that paused, `<module>` outside any.
        since: Unix time, s.
        timeout: s; 0 or less means no auto-resume.
        kind: `pause`, `outside`, `exception`, `failure` or `console` (`lager.wire.Hit` says what they are).
        until: Unix time of the auto-resume, s; None for none.
        on_timeout: What comes then: `resume` or `abort`.
        pid: Process id of the script, or of its child that paused.
        main: Whether the main thread of that process stands still.
        hold: Whether the run keeps the box's lock while it is paused.
        waits_for: Who has the lock that the run wants before it goes on; empty where it wants none, or has it.
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
    kind: str = "pause"
    until: float | None = None
    on_timeout: str = "resume"
    pid: int = 0
    main: bool = False
    hold: bool = False
    waits_for: str = ""


class RunInfo(Struct, frozen=True, kw_only=True):
    """What the box says of a run.

    Attributes:
        state: `starting`, `running`, `paused`, `console` (it is no script, and its console is open), `finished`, or
            `lost` (its supervisor died).
        started: Unix time, s.
        ended: Unix time, s; None while it lives.
        status: Exit status as a shell would show it (128+N for signal N), None while it lives.
        kind: `script` or `console`, as in `RunRequest`.
        reason: How it ended, as in `Exited`; empty while it lives.
        did: What was done to end it, in order, each as people read it: `SIGINT (alice)`, `SIGTERM`.
        timeout: Total runtime allowed, s, as the box has capped it; 0 is unlimited.
        keep: Whether it goes on without its client.
        followers: How many read its output now.
        output: Bytes of its output log.
        missing: Bytes of output that could not be kept.
        waits_for: Who has the lock that it waits for before it goes on; empty where it waits for none.
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
    kind: str = SCRIPT
    reason: str = ""
    did: list[str] = []
    timeout: float = 0
    keep: bool = False
    followers: int = 0
    output: int = 0
    missing: int = 0
    waits_for: str = ""


class RunList(Struct, frozen=True, tag="runs"):
    """On the WebSocket `:5000/runs/watch`, at its start and after each change: the runs that live, the newest first."""

    runs: list[RunInfo]


class Resumed(Struct, frozen=True):
    """Reply to `POST :5000/runs/ID/continue` and to `.../abort`: the pauses that were released.

    Attributes:
        names: In the order of their numbers.
        done: What was changed on the way, as people read it: `volts = 3.3 (was 5.0)`.
    """

    name: str
    names: list[str] = []
    done: list[str] = []


class ContinueRequest(Struct, frozen=True):
    """Body of `POST :5000/runs/ID/continue`.

    Attributes:
        sets: Variables of the paused frame to set before it goes on, and the expressions of their values, in this
            order. All of them are set, or none, and then it stays paused.
        value: The expression of what `pause()` returns; None for None.
        all: Release all open pauses of the run; then nothing can be set.
    """

    by: str = ""
    sets: list[tuple[str, str]] = []
    value: str | None = None
    all: bool = False


class AbortRequest(Struct, frozen=True):
    """Body of `POST :5000/runs/ID/abort`: raise `lager.Aborted` at the pause, or at all of the run's pauses."""

    by: str = ""
    all: bool = False


class PauseRequest(Struct, frozen=True):
    """Body of `POST :5000/runs/ID/pause`: stop the script's main thread at its next line.

    Attributes:
        wait: How long the answer may wait for that, s.
    """

    by: str = ""
    wait: float = 10.0


class PauseAsked(Struct, frozen=True):
    """Reply to `POST :5000/runs/ID/pause`.

    Attributes:
        run: The run's whole id.
        pause: The pause; None where the script has not come to a line of its own yet. It pauses when it does.
        already: Whether it was paused before it was asked.
    """

    run: str
    pause: PauseInfo | None = None
    already: bool = False


class DebugTarget(Struct, frozen=True):
    """Reply to `GET :5000/runs/ID/dap`: a paused script that an IDE can be attached to.

    Then the WebSocket of that path carries the debug adapter protocol, bytes both ways; a text is the `ErrorBody` of
    what went wrong, and the end.

    Attributes:
        run: The run's whole id.
        name: What the user typed to start it, such as `examples/test.py`.
        root: The run's own directory on the box, where the script or the folder lies.
    """

    run: str
    name: str
    root: str
    pause: PauseInfo


class SignalRequest(Struct, frozen=True):
    """Body of `POST :5000/runs/ID/signal`: a signal's name, such as `SIGINT`, for the whole process group."""

    signal: str


class KillRequest(Struct, frozen=True):
    """Body of `POST :5000/runs/ID/kill`, and of `POST :5000/runs/kill` for all runs that live: end it.

    Attributes:
        signal: Send this one signal, such as `SIGTERM`, and do nothing else; empty for all it takes: an interrupt, so
            that `finally:` runs, time for that, then SIGTERM, then SIGKILL.
        by: Who wants that.
        wait: How long the answer may wait for its end, s.
    """

    signal: str = ""
    by: str = ""
    wait: float = 10.0


class Killed(Struct, frozen=True, kw_only=True):
    """Reply to `POST :5000/runs/ID/kill`, a list of them to `POST :5000/runs/kill`.

    Attributes:
        did: What was done to it, in order, as in `RunInfo`.
        already: Whether it had ended before it was asked.
        status: Its exit status; None where it has not ended within the time.
    """

    run: str
    name: str
    did: list[str] = []
    already: bool = False
    status: int | None = None


class FileInfo(Struct, frozen=True):
    """One file of a run's own directory; `GET :5000/runs/ID/files[?below=FOLDER]` lists them, `.../files/PATH` is one.

    Attributes:
        path: Below the run's directory, with slashes.
        size: Bytes.
        modified: Unix time, s.
    """

    path: str
    size: int
    modified: float


class PruneRequest(Struct, frozen=True):
    """Body of `POST :5000/runs/prune`: remove runs that have ended; with nothing said, what the box's limits say.

    Attributes:
        older: Only those that ended so many s ago; None for any age.
        all: Every run that has ended and that nobody follows.
        dry: Remove nothing, only say.
    """

    older: float | None = None
    all: bool = False
    dry: bool = False


class Pruned(Struct, frozen=True):
    """Reply to `POST :5000/runs/prune`: the ids of what was removed, and the bytes that are free now."""

    runs: list[str]
    size: int


# The stream -----------------------------------------------------------------------------------------------------------


class Output(Struct, frozen=True, tag="output"):
    """Some output of the run.

    Attributes:
        offset: Where the next chunk begins: what to give as `from` to go on after this one.
        time: Unix time at which the supervisor read it, s.
        stream: 1 for stdout, 2 for stderr, 3 for the output channel (records of `lager.output`, which may be cut
            anywhere).
        data: Bytes; of streams 1 and 2 never cut inside a UTF-8 character.
    """

    offset: int
    time: float
    stream: int
    data: bytes


class PauseBegan(Struct, frozen=True, tag="paused"):
    """The run has paused; sent before its banner: whoever sees that can resume it."""

    pause: PauseInfo


class PauseEnded(Struct, frozen=True, tag="resumed"):
    """A pause is over: `reason` as in `lager.wire.Released`, or `script ended`; `by` is who released it."""

    number: int
    reason: str
    by: str = ""


class Exited(Struct, frozen=True, tag="exited"):
    """The run has ended and all its output was sent. The last message.

    Attributes:
        status: As a shell would show it; 124 where the time was over.
        reason: `exit`, `signal`, `timeout`, `stopped` (somebody, or the loss of its client, ended it), or `lost`.
        did: As in `RunInfo`.
    """

    status: int
    reason: str
    did: list[str] = []


class StreamFailed(Struct, frozen=True, tag="error"):
    """The box cannot go on with this stream. The last message."""

    error: ErrorBody


class Continue(Struct, frozen=True, tag="continue"):
    """From the watcher: release that pause, and only that one."""

    number: int
    by: str = ""


class Stop(Struct, frozen=True, tag="stop"):
    """From the watcher: end the run. An interrupt first; SIGTERM and SIGKILL go on to that step of the end at once.

    Any other signal is sent to the run's process group as it is.
    """

    signal: str
    by: str = ""


FromRun = Output | PauseBegan | PauseEnded | Exited | StreamFailed
ToRun = Continue | Stop

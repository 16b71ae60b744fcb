"""The directory of a run: what was asked for, what it said, how it ended. All else is derived from it.

runs/ID/spec.json     what was asked for (`Spec`); the directory is a run's from when it is there
        work/         the script's own directory
        channel       a FIFO, the output channel: what a script writes there is the log's third stream; while it lives
        output.log    what it said (`lager_runner.outputlog`)
        transcript.jsonl  what was done in its consoles (`lager_runner.transcript`); not there before the first
        console/      what a console's statement wrote, where that was too much to show; written by the script
        kept          empty; there once it is to go on without its client, whatever was asked for
        invocation    which process of a released client has started it, as that says in all it asks; only of such a run
        prepared      empty; there once what it requires is installed, if it requires anything
        pauses        the highest number that one of its pauses had; not there before the first
        control       the supervisor's socket, while it lives
        supervisor.log  what went wrong there; made by its own process, as the first thing that it does
        exit.json     how it ended (`Outcome`); there only once all output is in the log
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec

from lager import errors, limits, releasedfiles, settings, wire
from lager_runner import packages, upload
from lager_runner.ending import Graces


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for; times in s. The environment is not kept: it may hold secrets.

    Attributes:
        timeout: Total runtime allowed, as the box has capped it; 0 is unlimited.
        asked_timeout: As it was asked for.
        graces: How long it may take to end.
        output_limit: Bytes of its log; 0 is unlimited.
        one_stream: Whether its stderr is its stdout.
        holder: Who has the box's lock while it runs; empty for a run that wants none.
        holder_type: As in `wire.LockRequest`.
        at_end: What becomes of the nets that it has changed, as in `wire.RunRequest`.
    """

    id: str
    name: str
    script: str
    args: list[str]
    user: str
    box: str
    timeout: float
    started: float
    kind: str = wire.SCRIPT
    module: str = ""
    keep: bool = False
    asked_timeout: float = 0
    graces: Graces = Graces()
    output_limit: int = 0
    one_stream: bool = False
    holder: str = ""
    holder_type: str = wire.EPHEMERAL
    at_end: str = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended.

    Attributes:
        status: As a shell would show it.
        reason: `exit`, `signal`, `timeout`, `stopped` or `lost`.
        ended: Unix time, s.
        missing: Bytes of output that could not be kept, and of which the log could not say so either.
        lost: Bytes of output that could not be kept, in all.
        did: What was done to end it, as in `wire.RunInfo`.
    """

    status: int
    reason: str
    ended: float
    missing: int = 0
    lost: int = 0
    did: list[str] = []


class RunDirectory:
    """One run's directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.work = path / "work"
        self.log = path / "output.log"
        self.transcript = path / "transcript.jsonl"
        self.console = path / "console"
        self.channel = path / "channel"
        self.notes = path / "supervisor.log"
        self.prepared = path / packages.PREPARED

    def real_work(self) -> str:
        """Give the script's directory as the script itself sees it."""
        return os.path.realpath(self.work)

    def spec(self) -> Spec:
        """Read what was asked for.

        Raises:
            FileNotFoundError: It never became a run.
            msgspec.DecodeError: The machine lost its power before all of that was written.
        """
        return msgspec.json.decode((self.path / "spec.json").read_bytes(), type=Spec)

    def outcome(self) -> Outcome | None:
        """Read how it ended, or None; None, too, where not all was written, or somebody has put another there."""
        try:
            return msgspec.json.decode((self.path / "exit.json").read_bytes(), type=Outcome)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError, msgspec.DecodeError):
            return None  # the machine lost its power before all was there, or a script has spoilt it

    def begun(self) -> bool:
        """Say whether its supervisor ever was there; its script may have deleted what it left."""
        return self.notes.exists() or (self.log.exists() and self.log.stat().st_size > 0)

    def write_outcome(self, outcome: Outcome) -> None:
        """Say how it ended, in the place of a supervisor that cannot."""
        _replace(self.path / "exit.json", msgspec.json.encode(outcome))

    def close(self) -> None:
        """Remove the ends of what was spoken through, which nobody is at any more."""
        for end in ("control", self.channel.name):
            with contextlib.suppress(OSError):  # a script may have removed them, or made folders of them
                (self.path / end).unlink()

    def highest_pause(self) -> int:
        """Read the highest number that one of its pauses had; 0 where none is known."""
        try:
            return int((self.path / "pauses").read_bytes())
        except (OSError, ValueError):
            return 0

    def note_pause(self, number: int) -> None:
        """Keep a pause's number: no runner may give it to another pause of this run."""
        if number > self.highest_pause():
            with contextlib.suppress(OSError):  # the disk is full: then it is known as long as this runner lives
                file = os.open(self.path / "pauses", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    os.pwrite(file, b"%d" % number, 0)  # it has as many digits as what was there, or more
                finally:
                    os.close(file)

    def note_invocation(self, invocation: str) -> None:
        """Keep which process of a released client has started it (`lager.releasedfiles` reads it)."""
        with contextlib.suppress(OSError):  # the disk is full: then its files can be had by their whole path only
            _replace(self.path / releasedfiles.INVOCATION, invocation.encode())

    def invocation(self) -> str:
        """Read which process of a released client has started it; empty where that was not noted."""
        try:
            return (self.path / releasedfiles.INVOCATION).read_text()
        except OSError:
            return ""

    def is_kept(self) -> bool:
        """Say whether it is to go on without its client, since that was noted."""
        return (self.path / "kept").exists()

    def note_kept(self) -> None:
        """Keep that it goes on without its client, for the next runner."""
        with contextlib.suppress(OSError):  # the disk is full: then it is known as long as this runner lives
            (self.path / "kept").touch(mode=0o600)

    def listen(self) -> socket.socket:
        """Make the control socket, for the supervisor to inherit."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with self.control() as path:
            listener.bind(path)
        listener.listen(64)
        return listener

    @contextlib.contextmanager
    def control(self) -> Iterator[str]:
        """Give a path to the control socket that is short enough for one, however long the real one is.

        It stands here, and not among the other sockets, because those are gone when the user's last session ends
        (XDG_RUNTIME_DIR), and a supervisor that cannot be reached would be taken for dead.
        """
        here = os.open(self.path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield f"/proc/self/fd/{here}/control"
        finally:
            os.close(here)

    def remove(self) -> None:
        """Delete the directory."""
        shutil.rmtree(self.path, ignore_errors=True)


class RunDirectories:
    """All of them. Methods may be called from any thread."""

    def __init__(self) -> None:
        self._root = settings.private(settings.state_dir() / "runs")

    def create(self, run: str, request: wire.RunRequest, started: float) -> RunDirectory:
        """Make the directory of a new run, with what was uploaded.

        Raises:
            UsageError: The id or the upload is no good (BadScript); nothing is left behind.
        """
        allowed = limits.read()
        directory = RunDirectory(self._root / checked_id(run))
        directory.path.mkdir(mode=0o700)
        try:
            directory.work.mkdir(mode=0o700)
            script = "" if request.kind == wire.CONSOLE else upload.lay_out(request, directory.work, allowed)
            directory.log.touch(mode=0o600)
            os.mkfifo(directory.channel, mode=0o600)
            spec = Spec(
                id=run,
                name=request.name,
                script=script,
                args=request.args,
                user=request.user,
                box=request.box,
                timeout=min(request.timeout, allowed.timeout or request.timeout),
                started=started,
                kind=request.kind,
                holder=request.holder,
                holder_type=request.holder_type,
                module=request.module,
                keep=request.keep,
                asked_timeout=request.timeout,
                graces=Graces(allowed.idle_grace, allowed.grace, allowed.terminate_grace),
                output_limit=allowed.output,
                one_stream=request.one_stream,
                at_end=request.at_end,
            )
            _replace(directory.path / "spec.json", msgspec.json.encode(spec))
        except BaseException:
            directory.remove()
            raise
        return directory

    def forget(self, run: str) -> None:
        """Remove what there is of a run that could not be started."""
        RunDirectory(self._root / checked_id(run)).remove()

    def every(self) -> list[RunDirectory]:
        """Give the directories of all runs; what never became one is removed."""
        found = []
        for path in self._root.iterdir():
            directory = RunDirectory(path)
            try:
                directory.spec()
            except (FileNotFoundError, NotADirectoryError):
                directory.remove()
            except (OSError, msgspec.DecodeError):
                continue  # its output may still be of use to somebody
            else:
                found.append(directory)
        return found


def checked_id(run: str) -> str:
    """Give `run` back when it is a UUID in its usual form.

    Raises:
        UsageError: It is not.
    """
    with contextlib.suppress(ValueError):  # that is what is found out here
        if str(uuid.UUID(run)) == run:
            return run
    raise errors.UsageError(f"{run!r} is not a run's id", "use a UUID in lower case, as uuid.uuid4() makes them")


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.rename(path)

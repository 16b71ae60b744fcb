"""Following a run from a terminal: Enter, Ctrl-C and Ctrl-D, its exit status. What it says, a `Showing` shows."""

from __future__ import annotations

import select
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from lager import errors, wire
from lager_cli.runs.detaching import Handle
from lager_cli.runs.interrupts import Interrupts
from lager_cli.runs.keyboard import Keyboard
from lager_cli.runs.openpauses import OpenPauses
from lager_cli.runs.showing import Showing
from lager_cli.runs.stream import Message, RunStream
from lager_cli.runs.writing import Unwritable, say
from lager_cli.selection import user_name

if TYPE_CHECKING:
    from lager.outputrecords import Records

_LADDER = ("SIGINT", "SIGTERM", "SIGKILL")
_LATER = 1.0  # s until it is looked again whether this process is in the foreground
_RESULTS = 3  # the stream of `lager.output`


@dataclass(frozen=True)
class Manners:
    """How a run is followed.

    Attributes:
        handle: What it is called from here.
        kept: Whether it goes on without this terminal.
        attached: Whether Ctrl-D leaves it: it had been left to itself before.
    """

    handle: Handle
    kept: bool = False
    attached: bool = False


class Watch:
    """One run, watched to its end, or until somebody leaves it."""

    def __init__(
        self, stream: RunStream, interrupts: Interrupts, keyboard: Keyboard, show: Showing, manners: Manners
    ) -> None:
        self._stream, self._interrupts, self._keyboard = stream, interrupts, keyboard
        self._show, self._manners = show, manners
        self._pauses = OpenPauses(keyboard)
        self._records: Records | None = None
        self._stops = 0
        self._left: int | None = None  # the status of leaving the run
        self._unwritten = False  # whether some of what it wrote could not be passed on, though somebody may want it
        self.exited: wire.Exited | None = None  # how the run ended; None until then, and where it was left before

    def until_end(self, run: wire.RunInfo) -> int:
        """Follow the run, which has been started; give its exit status, or the one of leaving it.

        Raises:
            LagerError: The box cannot go on with the stream, or contact is lost.
        """
        self._try(lambda: self._show.started(run))
        while (status := self._try(self._attend)) is None:
            if self._left is not None:
                return self._left
        return status

    def _try(self, act: Callable[[], int | None]) -> int | None:
        """Do something that may find that nobody reads what is shown."""
        try:
            return act()
        except Unwritable as exc:
            self._unread(exc)
            return None

    def _attend(self) -> int | None:
        ready = self._wait()
        status = self._interrupted() if self._interrupts in ready else None
        if self._stream in ready and status is None:
            status = self._take_all()
        if self._reads_keys and status is None:
            status = self._typed()
        return status

    @property
    def _reads_keys(self) -> bool:
        """Whether what is typed is for us, and is not the answer to a pause that is about to be told of."""
        return bool(self._pauses) or (self._manners.attached and not self._pauses.announced)

    def _wait(self) -> list[object]:
        sources: list[RunStream | Interrupts | Keyboard] = [self._stream, self._interrupts]
        timeout = None
        if self._reads_keys and self._keyboard.present:
            if self._keyboard.ours:
                sources.append(self._keyboard)
            else:
                timeout = _LATER
        return list(select.select(sources, [], [], timeout)[0])

    def _take_all(self) -> int | None:
        for message in self._stream.messages():
            self._try(partial(self._take, message))
        if not self.exited:
            return None
        return _status(self.exited) or (errors.LagerError.exit_code if self._unwritten else 0)

    def _take(self, message: Message) -> None:
        if isinstance(message, wire.Output):
            self._output(message)
        elif isinstance(message, wire.PauseBegan):
            if self._pauses.began(message.pause):
                self._show.paused(message.pause)
        elif isinstance(message, wire.PauseEnded):
            self._pauses.ended(message.number)
            self._show.resumed(message)
        elif isinstance(message, wire.Exited):
            self.exited = message
            self._explain(message)
        elif isinstance(message, wire.StreamFailed):
            raise message.error.as_error()
        else:
            raise message

    def _output(self, message: wire.Output) -> None:
        if message.stream != _RESULTS:
            self._pauses.shown(message.data)
            self._show.output(message)
            return
        if self._records is None:
            from lager.outputrecords import Records

            self._records = Records()
        for record in self._records.feed(message.data):
            self._show.result(record, message.time)

    def _explain(self, end: wire.Exited) -> None:
        for record in self._records.end() if self._records else []:
            self._show.result(record, 0.0)
        if end.reason == "timeout":
            killed = end.status == 128 + signal.SIGKILL or "SIGKILL" in end.did
            words = "Script forcibly killed due to timeout." if killed else "Script terminated due to timeout."
            self._show.note(words, important=True)
        elif end.reason == "stopped" and not self._stops:
            self._show.note(f"Script stopped: {', '.join(end.did)}.", important=True)
        self._show.exited(end)

    def _unread(self, exc: Unwritable) -> None:
        """Stop a script whose output nobody reads any more; or leave it, where it goes on without this terminal."""
        if exc.why:
            self._unwritten = True
            say(f"Error: the output cannot be written: {exc.why}.", red=True)
        if self._stops or self.exited:
            return
        if self._manners.kept:
            say(f"The run goes on.\n{self._manners.handle.hints}")
            self._left = errors.LagerError.exit_code if exc.why else 128 + signal.SIGPIPE
        else:
            self._stop(quietly=not exc.why)

    def _typed(self) -> int | None:
        """Resume what an Enter means; leave at Ctrl-D, where that is offered."""
        pressed = self._keyboard.pressed()
        if pressed and self._pauses:
            self._stream.send(wire.Continue(self._pauses.lowest(), user_name()))
        if self._keyboard.ended and self._manners.attached:
            self._show.note(f"\nDetaching...\n{self._manners.handle.hints}")
            return 0
        return None

    def _interrupted(self) -> int | None:
        """Stop the script, step by step; or leave it, where it goes on without this terminal."""
        for number in self._interrupts.taken():
            hung_up = number == signal.SIGHUP and bool(self._pauses)  # who looks into it may still want it
            if hung_up or (self._manners.kept and number != signal.SIGINT):
                self._show.note(f"The run goes on.\n{self._manners.handle.hints}")
                return 128 + number
            self._stop()
        return None

    def _stop(self, quietly: bool = False) -> None:
        name = _LADDER[min(self._stops, len(_LADDER) - 1)]
        self._stops += 1
        self._stream.send(wire.Stop(name))
        if quietly:
            return
        again = f"; once more sends {_LADDER[self._stops]}" if self._stops < len(_LADDER) else ""
        self._show.note(f" Attempting to stop Lager Python job ({name}){again}. Waiting for its end.")


def _status(end: wire.Exited) -> int:
    if end.reason == "lost":
        raise errors.LagerError(
            "the run ended, but its exit status is lost: the process that kept it was killed",
            "run it again; what it wrote until then is above",
        )
    return end.status

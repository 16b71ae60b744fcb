"""A console: statements go, output and results come, whatever becomes of the connection. It shows nothing."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType

from lager import errors, wire
from lager.mailbox import Mailbox
from lager.stream import Stream
from lager_cli.console.course import Course
from lager_cli.console.link import Heard, Link
from lager_cli.console.notices import Notices

SOURCE_LIMIT = 1024 * 1024  # characters of a statement; the box takes no more, either
_SETTLE = 0.02  # s; what a statement's children have printed takes another way than its result, and may come later
_LOOK = 0.1  # s between two looks for what is to be said; a signal in the moment before a wait does not end it, either
_STILL = 5.0  # s for which it counts that the script does not answer; the box says it again while it does not

_FAREWELLS = {
    "resumed": "The script was resumed; the console is closed.",
    "timed out": "The script went on by itself when its pause timed out; the console is closed.",
    "aborted": "The script was aborted; the console is closed.",
    "interrupted": "An exception has ended the script's pause (a signal, or a cancellation); the console is closed.",
    "script ended": "The script has ended; the console is closed.",
    "exit": "",
    "left": "",
    "lost": "The connection to the box was lost for too long; the console is closed, and the script stays as it is.",
    "detached": "Detached. The statement is stopped when the call it is in returns; the script stays paused.",
}


# Where there is no script (`lager console`), for all who look in.
_SCRIPTLESS = {
    "resumed": "The console was ended.",
    "aborted": "The console was aborted.",
    "interrupted": "The console's process was interrupted.",
    "script ended": "The console's process has ended.",
}
# The same, for the one that has the process to itself.
_ALONE = {
    "lost": "The connection to the box was lost for too long; the console's process is ended by the box.",
    "detached": "Detached. The console's process is ended.",
}


def farewell(closed: wire.ConsoleClosed, kind: str = "pause", alone: bool = False) -> str:
    """Say why a console is closed; nothing where that needs no saying."""
    if closed.error is not None:
        return f"The console is closed: {closed.error.what}."
    told = _FAREWELLS | (_SCRIPTLESS if kind == wire.CONSOLE else {}) | (_ALONE if alone else {})
    return told.get(closed.reason, f"The console is closed: {closed.reason}.")


def failure(closed: wire.ConsoleClosed | None) -> int:
    """Give the exit status for what went wrong with a console; 0 while it is open, or where nothing did."""
    if closed is None:
        return 0
    if closed.error is not None:
        return closed.error.as_error().exit_code
    return errors.ServiceUnreachable.exit_code if closed.reason == "lost" else 0


def _refusal(source: str) -> str:
    """Say why a statement cannot be sent; empty where it can."""
    if len(source) > SOURCE_LIMIT:
        return f"A statement may have {SOURCE_LIMIT} characters at most; this one has {len(source)}."
    try:
        source.encode()
    except UnicodeEncodeError as exc:
        return f"A statement must be text; character {exc.start + 1} of this one is none ({source[exc.start]!a})."
    return ""


class Over(Exception):
    """The console is closed; `Session.farewell` says why."""


class Detached(Over):
    """The user has left a statement that could not be stopped."""


class _Interrupted:
    """In the queue of what came: Ctrl-C."""


class _Changed:
    """In the queue of what came: the connection is lost, or there again; or there is something beside the console."""


class Session:
    """An open console.

    Args:
        dial: Opens a connection to the console's place.
        by: Who looks.
        clock: Monotonic time, s.
        name: The console's, where a process was started for it.

    Attributes:
        alone: Whether it has that process to itself.

    Raises:
        LagerError: There is no such run, or it is not paused, or its pause offers no console.
    """

    def __init__(
        self, dial: Callable[[], Stream], by: str = "", clock: Callable[[], float] = time.monotonic, name: str = ""
    ) -> None:
        self.alone = bool(name)
        self._clock = clock
        self._came: Mailbox[Heard | _Interrupted | _Changed | None] = Mailbox()
        self._asked: dict[type, tuple[int, Callable[[wire.Completions | wire.Explained], None]]] = {}
        self._asking = threading.Lock()
        self._statement = self._request = 0
        self._silence = (0.0, 0.0)  # for how long the script had not answered, s, and when that was said
        self._closed: wire.ConsoleClosed | None = None
        self.on_closed: Callable[[], None] = lambda: None
        self.on_change: Callable[[], None] = lambda: None
        self.wrote: list[str] = []  # what the last statement did that may have changed an instrument
        self.cut = ""  # the file that holds all of the last statement's output; empty where all of it was shown
        self.beside: Callable[[], Iterable[wire.Output]] | None = None  # what the console's process has printed itself
        self._wake, self._woken = os.pipe()
        self._link = Link(dial, Course(name or uuid.uuid4().hex, by), self._take, self._relink, clock)
        try:
            self.ready = self._link.open()
        except BaseException:
            os.close(self._wake)
            os.close(self._woken)
            raise

    def __enter__(self) -> Session:
        """Give the session itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the console; the script stays paused."""
        self.on_closed = self.on_change = lambda: None
        if self._link.close():
            os.close(self._wake)
            os.close(self._woken)

    def fileno(self) -> int:
        """Give the descriptor that is readable once the console is closed."""
        return self._wake

    @property
    def is_over(self) -> bool:
        """Get whether the console is closed."""
        return self._closed is not None

    @property
    def farewell(self) -> str:
        """Get why the console is closed; empty while it is open, or when nothing needs saying."""
        return "" if self._closed is None else farewell(self._closed, self.ready.pause.kind, self.alone)

    @property
    def failure(self) -> int:
        """Get the exit status for what went wrong with the console itself; 0 for nothing."""
        return failure(self._closed)

    @property
    def trouble(self) -> str:
        """Get what is wrong with the way to the script just now, in one line; empty for nothing."""
        if self._link.lost_since is not None:
            return "The connection to the box is lost; trying again. What you enter waits for it."
        seconds, told = self._silence
        if seconds and self._clock() - told < _STILL:
            return f"The script has not answered for {seconds:.0f} s: a call in it holds the interpreter."
        return ""

    def evaluate(self, source: str, show: Callable[[wire.ConsoleOutput], None]) -> bool:
        """Evaluate a statement and show what it writes; give whether it ended without an exception.

        Raises:
            Over: The console closed before the statement was done.
            Detached: The user has left it, because the statement did not stop.
        """
        if refusal := _refusal(source):
            show(wire.ConsoleOutput(0, 2, f"{refusal}\n"))
            return False
        self.wrote, self.cut = [], ""
        self._show_beside(show)
        self._show_what_came(show)
        self._statement += 1
        begun = self._clock()
        with self._interrupts():
            self._link.tell(wire.Evaluate(self._statement, source))
            result = self._result(show)
            if self.beside:
                self._settle(min(_SETTLE, self._clock() - begun), show)
        self.cut = result.file
        return result.ok

    def ask(
        self,
        kind: type[wire.Complete] | type[wire.Explain],
        source: str,
        cursor: int,
        answered: Callable[[wire.Completions | wire.Explained], None],
    ) -> bool:
        """Ask what could stand at `cursor` in `source`, or what does; waits for nothing.

        Args:
            kind: Which of them.
            source: What is being typed.
            cursor: Where, in characters.
            answered: Told the answer, in another thread; not told when something else of that kind is asked before.

        Returns:
            Whether there is anybody to ask.
        """
        with self._asking:
            self._request += 1
            answer = wire.Completions if kind is wire.Complete else wire.Explained
            self._asked[answer] = (self._request, answered)
            whole = source.encode(errors="replace").decode()  # what is no text cannot be sent
            return self._link.ask(kind(self._request, whole, cursor))

    def stir(self) -> None:
        """Know that there is something beside the console; from any thread."""
        self._came.put(_Changed())

    def leave(self) -> None:
        """End the console, whatever is under way in it; from anywhere, also from a signal's handler."""
        self._end(wire.ConsoleClosed("left"))

    def await_end(self, seconds: float) -> bool:
        """Wait for the console to be closed, but not for longer; give whether it is."""
        until = self._clock() + seconds
        while not self.is_over and (left := until - self._clock()) > 0:
            try:
                self._came.get(timeout=left)
            except queue.Empty:
                break
        return self.is_over

    def _result(self, show: Callable[[wire.ConsoleOutput], None]) -> wire.ConsoleResult:
        """Show what comes until the result of the statement does."""
        notices = Notices(self.alone)
        while True:
            message = self._next(notices, show)
            self._show_beside(show)
            if isinstance(message, wire.ConsoleResult) and message.statement == self._statement:
                self._say(notices.answers(), show)
                return message
            self._note(message, notices, show)

    def _settle(self, seconds: float, show: Callable[[wire.ConsoleOutput], None]) -> None:
        """Show what still comes beside the console."""
        until = self._clock() + seconds
        while not self.is_over and (left := until - self._clock()) > 0:
            with contextlib.suppress(queue.Empty):
                self._note(self._came.get(timeout=left) or _Changed(), Notices(), show)
            self._show_beside(show)

    def _show_beside(self, show: Callable[[wire.ConsoleOutput], None]) -> None:
        for output in self.beside() if self.beside else ():
            show(wire.ConsoleOutput(0, output.stream, output.data.decode(errors="replace")))

    def _show_what_came(self, show: Callable[[wire.ConsoleOutput], None]) -> None:
        """Show what threads of earlier statements have written since; the rest was for the toolbar."""
        while not self._came.empty():
            message = self._came.get()
            if isinstance(message, wire.ConsoleOutput):
                show(message)
            elif isinstance(message, wire.Wrote):
                self.wrote.append(message.call)
        if self.is_over:
            raise Over

    def _next(self, notices: Notices, show: Callable[[wire.ConsoleOutput], None]) -> Heard | _Interrupted | _Changed:
        """Give the next thing that came; meanwhile say what is to be said."""
        while True:
            now = self._clock()
            notices.link(self._link.lost_since)
            self._say(notices.due(now), show)
            try:
                message = self._came.get(timeout=_LOOK)
            except queue.Empty:
                continue
            if message is None:
                raise Over
            return message

    def _note(
        self,
        message: Heard | _Interrupted | _Changed,
        notices: Notices,
        show: Callable[[wire.ConsoleOutput], None],
    ) -> None:
        if isinstance(message, _Interrupted):
            if notices.interrupt(self._clock()):
                self._closed = self._closed or wire.ConsoleClosed("detached")
                raise Detached
            self._link.tell(wire.Interrupt(self._statement))
        elif isinstance(message, wire.NotAnswering):
            self._say(notices.silent(message.seconds), show)
        elif isinstance(message, wire.ConsoleOutput):
            notices.hear(message.stream, self._clock())
            show(message)
        elif isinstance(message, wire.Wrote):
            self.wrote.append(message.call)

    def _say(self, text: str, show: Callable[[wire.ConsoleOutput], None]) -> None:
        if text:
            show(wire.ConsoleOutput(self._statement, 2, text))

    # In the link's thread ---------------------------------------------------------------------------------------------

    def _take(self, message: Heard) -> None:
        if isinstance(message, wire.ConsoleClosed):
            self._end(message)
            return
        before = self._silence[0]
        self._silence = (message.seconds, self._clock()) if isinstance(message, wire.NotAnswering) else (0.0, 0.0)
        if isinstance(message, wire.Completions | wire.Explained):
            self._answer(message)
        else:
            self._came.put(message)
        if before or self._silence[0]:
            self.on_change()

    def _answer(self, message: wire.Completions | wire.Explained) -> None:
        with self._asking:
            request, answered = self._asked.get(type(message), (0, None))
            if answered is None or request != message.request:
                return  # something else was asked since
            del self._asked[type(message)]
        answered(message)

    def _relink(self) -> None:
        self.stir()
        self.on_change()

    def _end(self, closed: wire.ConsoleClosed) -> None:
        self._closed = self._closed or closed
        self._came.put(None)
        os.write(self._woken, b"x")
        self.on_closed()

    @contextmanager
    def _interrupts(self) -> Iterator[None]:
        """Take Ctrl-C as a message among the others, so that none of them is lost to an exception."""
        before = signal.signal(signal.SIGINT, lambda *_: self._came.put(_Interrupted()))
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

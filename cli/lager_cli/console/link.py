"""A console's connection, and the next one when it breaks. Its threads speak with the box; whoever talks never waits.

What to say again and when to try again is decided in `course`; what comes is handed to whoever opened the link.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable

from lager import errors, wire
from lager.stream import Dropped, Stream
from lager_cli.console.course import Course

_OPENING = 20.0  # s for the paused script to open its end
_LEAVING = 2.0  # s for the last words to be sent

Heard = (
    wire.ConsoleOutput
    | wire.ConsoleResult
    | wire.Completions
    | wire.Explained
    | wire.Wrote
    | wire.Said
    | wire.NotAnswering
    | wire.ConsoleClosed
)


class Link:
    """The way to a console, over any number of connections.

    Args:
        dial: Opens a connection.
        course: What is known of the console.
        take: Told what comes, in the link's thread. The last message is `ConsoleClosed`, and it always comes.
        changed: Told, in the link's thread, when the connection is lost or there again.
        clock: Monotonic time, s.
    """

    def __init__(
        self,
        dial: Callable[[], Stream],
        course: Course,
        take: Callable[[Heard], None],
        changed: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dial, self._course, self._take, self._changed, self._clock = dial, course, take, changed, clock
        self._lock = threading.Lock()
        self._mouth: _Mouth | None = None
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._live, name="console", daemon=True)

    @property
    def lost_since(self) -> float | None:
        """Get since when there is no connection, s of the clock; None while there is one."""
        return self._course.lost_since

    def open(self) -> wire.ConsoleReady:
        """Connect for the first time.

        Raises:
            LagerError: There is no such run, or it is not paused, or its pause offers no console.
        """
        came = self._connect()
        if isinstance(came, wire.ConsoleClosed):
            if came.error is not None:
                raise came.error.as_error()
            raise errors.NothingPaused(f"the console closed at once: {came.reason}", "see `lager runs`")
        self._thread.start()
        return came

    def tell(self, message: wire.Evaluate | wire.Interrupt) -> None:
        """Say something that must arrive: now, or when there is a connection again."""
        with self._lock:
            self._put(self._course.tell(message))

    def ask(self, message: wire.Complete | wire.Explain) -> bool:
        """Ask something that is of no use later; give whether there is anybody to ask."""
        with self._lock:
            self._put([message])
            return self._mouth is not None

    def close(self) -> bool:
        """Leave the console for good; give whether nothing of it is left, not even an attempt to connect."""
        self._left.set()
        with self._lock:
            mouth, self._mouth = self._mouth, None
        if mouth is not None:
            mouth.say(wire.Leave())
            mouth.close()
        self._thread.join(_LEAVING)
        return not self._thread.is_alive()

    def _put(self, messages: list[object]) -> None:
        if self._mouth is not None:
            for one in messages:
                self._mouth.say(one)

    def _connect(self) -> wire.ConsoleReady | wire.ConsoleClosed:
        """Open a connection and join; what is said from then on goes there."""
        stream = self._dial()
        try:
            with contextlib.suppress(Dropped):  # it has been refused already: then that is what comes
                stream.send(self._course.join())
            came = _first(stream)
            if self._left.is_set():
                stream.send(wire.Leave())
                came = wire.ConsoleClosed("left")
            if isinstance(came, wire.ConsoleClosed):
                stream.close()
                return came
            with self._lock:
                again = self._course.opened(came, self._clock())
                self._mouth = _Mouth(stream)
                self._put(again)
        except (Dropped, TimeoutError) as exc:
            stream.close()
            raise errors.ServiceUnreachable(
                f"the console did not open ({exc or 'no answer from the script'})", "try it again in a few seconds"
            ) from exc
        except BaseException:  # Ctrl-C: the box may have the console already
            with contextlib.suppress(Dropped):
                stream.send(wire.Leave())
            stream.close()
            raise
        return came

    def _live(self) -> None:
        closed = wire.ConsoleClosed("lost")
        try:
            closed = self._follow()
        finally:  # whoever waits for an answer gets this one
            self._take(closed)

    def _follow(self) -> wire.ConsoleClosed:
        while True:
            closed = self._listen()
            with self._lock:
                mouth, self._mouth = self._mouth, None
                self._course.broke(self._clock())
            if mouth is not None:
                mouth.close(at_once=closed is None)
            if closed is None:
                self._changed()
                closed = self._reconnect()
            if closed is not None:
                return closed
            self._changed()

    def _reconnect(self) -> wire.ConsoleClosed | None:
        """Try until there is a connection; give why there will be none."""
        while not self._left.wait(self._course.retry()):
            try:
                came = self._connect()
            except errors.ServiceUnreachable:
                if self._course.is_given_up(self._clock()):
                    return wire.ConsoleClosed("lost")
            except errors.LagerError as exc:
                return wire.ConsoleClosed("error", wire.ErrorBody.of(exc))
            else:
                return came if isinstance(came, wire.ConsoleClosed) else None
        return wire.ConsoleClosed("left")

    def _listen(self) -> wire.ConsoleClosed | None:
        """Hand on what comes until the connection breaks, or the console is over."""
        while (mouth := self._mouth) is not None:
            try:
                message = self._receive(mouth.stream)
            except Dropped:
                return None
            if isinstance(message, wire.ConsoleClosed) and self._course.is_own(message.console):
                return message
            if message is not None:
                self._hear(message, mouth)
            with self._lock:
                if (ping := self._course.due(self._clock())) is not None:
                    mouth.say(ping)
        return wire.ConsoleClosed("left")

    def _receive(self, stream: Stream) -> object:
        """Wait for a message, but not for long; None for nothing, or nothing known.

        Raises:
            Dropped: The connection is gone, or nothing has come for too long.
        """
        try:
            message: object = stream.receive(wire.FromConsole, self._course.next_look(self._clock()))
        except TimeoutError:
            if self._course.is_silent(self._clock()):
                raise Dropped("silence") from None
            return None
        except errors.UsageError:  # from a newer box: what is not known here cannot be shown
            return None
        return message

    def _hear(self, message: object, mouth: _Mouth) -> None:
        with self._lock:
            new = self._course.hear(message, self._clock())
        if isinstance(message, wire.Ping):
            mouth.say(wire.Pong(message.number))
        elif new and isinstance(message, Heard):
            self._take(message)


class _Mouth:
    """Says things on one connection, in a thread of its own: on a bad link a word can take its time."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._words: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._speak, name="console, sending", daemon=True)
        self._thread.start()

    def say(self, message: object) -> None:
        """Say that after all the rest."""
        self._words.put(message)

    def close(self, at_once: bool = False) -> None:
        """End the connection when all is said; or at once, whatever is still underway."""
        self._words.put(None)
        if not at_once:
            self._thread.join(_LEAVING)
        if self._thread.is_alive():
            self.stream.abort()
        self.stream.close()

    def _speak(self) -> None:
        try:
            while (message := self._words.get()) is not None:
                self.stream.send(message)
        except Dropped:
            return  # whoever listens notices, too


def _first(stream: Stream) -> wire.ConsoleReady | wire.ConsoleClosed:
    while True:
        came: object = stream.receive(wire.FromConsole, _OPENING)
        if isinstance(came, wire.ConsoleReady | wire.ConsoleClosed):
            return came

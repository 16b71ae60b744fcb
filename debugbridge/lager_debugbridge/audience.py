"""Who looks at which pause, and who gets what of what is said: consoles, and followers of them. No I/O.

The caller tells it what happened, with the time, and carries out what it answers, in order. So every rule about
consoles over several connections is here: a statement is passed on once, whatever is sent again; what is said is kept
for who comes back; a console whose connection broke is kept for a while, and one that was left is not.

    joined ──connection breaks──► away ──joins again──► joined          in both: Leave, the pause's end, exit() ──► over
                                   └────GRACE_SECONDS────► over         over: only what was said is kept, as long
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from lager import errors, wire
from lager_debugbridge.effects import OpenConsole
from lager_debugbridge.inquiry import Inquiry
from lager_debugbridge.lookers import Looker
from lager_debugbridge.replay import Numbered

GRACE_SECONDS = 120.0  # that a console waits for its client to come back
SOURCE_LIMIT = 1024 * 1024  # characters of one statement
WAITING_LIMIT = 64  # statements of one console that wait for their results
WAITING_TEXT_LIMIT = 4 * 1024 * 1024  # characters of their sources
OVER_LIMIT = 64  # consoles that are over, and whose clients may come back for the last words
SEEN_LIMIT = 2**53  # the highest number of a message that a client may have; they go up from there
NAME_LIMIT = 200  # characters of a console's name, and of a user's
FOLLOWS = "A follower cannot evaluate anything.\n"
TOO_LONG = f"A statement may have {SOURCE_LIMIT} characters at most; this one has %d, and was not sent.\n"
TOO_MANY = "Too many statements wait for their results already; this one was not sent.\n"
BUSY = "The script does not take statements just now; this one was not sent.\n"


class At(NamedTuple):
    """A moment: on the clock of the deadlines, s, and as Unix time, s."""

    now: float
    wall: float


# What must be done ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tell:
    """Send a message to the script."""

    link: int
    message: wire.ToScript


@dataclass(frozen=True)
class Answer:
    """Send a message that has no number, on that connection."""

    connection: int
    message: wire.FromConsole


@dataclass(frozen=True)
class Wake:
    """There is more in the replay of whoever is on that connection."""

    connection: int


@dataclass(frozen=True)
class HangUp:
    """Nobody is on that connection any more: close it."""

    connection: int


@dataclass(frozen=True)
class Gone:
    """The console is over at this end: whoever keeps pauses has to know."""

    console: str


@dataclass(frozen=True)
class Note:
    """Write it down."""

    run: str
    entry: wire.TranscriptEntry


Due = Tell | Answer | Wake | HangUp | Gone | Note
Request = wire.Evaluate | wire.Interrupt | wire.Complete | wire.Explain


class Audience:
    """Everybody who looks at any pause of the box.

    Args:
        grace: How long a console waits for its client, s.
        commands: What `:help` lists of what the script carries out, for each console at its opening.
    """

    def __init__(self, grace: float = GRACE_SECONDS, commands: Sequence[tuple[str, str]] = ()) -> None:
        self._grace = grace
        self._commands = list(commands)
        self._lookers: dict[str, Looker] = {}
        self._inquiries: dict[int, Inquiry] = {}  # by link

    def looker(self, console: str) -> Looker | None:
        """Give a console by its name."""
        return self._lookers.get(console)

    def attended(self) -> list[Looker]:
        """Give the consoles whose clients are there."""
        return [one for one in self._lookers.values() if not (one.view or one.over or one.connection is None)]

    # Connections ------------------------------------------------------------------------------------------------------

    def known(self, join: wire.Join, run: str, number: int | None) -> bool | errors.LagerError:
        """Say whether it goes on with a console; or why it can neither do that nor begin one."""
        if not 0 < len(join.console) <= NAME_LIMIT:
            return errors.UsageError(f"the name of a console has 1 to {NAME_LIMIT} characters")
        if not 0 <= join.seen <= SEEN_LIMIT:
            return errors.UsageError(f"{join.seen} is not the number of a message", "use a client of the box's version")
        one = self._lookers.get(join.console)
        if one is None and not join.view and (join.again or join.seen > 0):  # a follower has nothing to lose
            what = "the console is no more: its connection was away for too long, or the box was started again"
            return errors.NoConsole(what, "open a new one; it begins with a new snapshot")
        if one and ((one.run, one.view) != (run, join.view) or number not in (None, one.pause.number)):
            return errors.UsageError("another console has this name", "let every console make up a name of its own")
        return one is not None

    def join(self, join: wire.Join, opened: OpenConsole, connection: int, at: At) -> Iterator[Due]:
        """Begin a console, or a follower."""
        one = Looker(join.console, join.by[:NAME_LIMIT], join.view, opened.run, opened.pause, opened.link)
        self._lookers[one.name] = one
        one.connection = connection
        yield self._ready(one, connection)
        if one.view:
            for other in self._at(one.place, view=False):
                for statement, source in other.waiting.items():
                    if source:  # it is not known where a box before this one passed it on
                        one.said.add(wire.Said(statement, source, other.by, at.wall, other.name))
            yield Wake(connection)
        else:
            yield Tell(one.link, wire.OpenConsole(opened.key, one.name, one.by))
            yield from self._inquire(one.link, at.now)
        yield _note(one, "joined", at)

    def adopt(self, held: wire.HeldConsole, opened: OpenConsole, now: float) -> None:
        """Take in a console that a script has kept, until its client comes back."""
        one = Looker(held.console, held.by, False, opened.run, opened.pause, opened.link)
        one.statement, one.until, one.adopted = held.statement, now + self._grace, True
        one.waiting = dict.fromkeys(held.waiting, "")
        if held.statement and held.statement not in one.waiting:  # its client may not have got it
            one.said.add(wire.ConsoleResult(held.statement, held.ok, one.name, file=held.file))
        self._lookers[one.name] = one

    def join_again(self, console: str, connection: int, at: At) -> Iterator[Due]:
        """Go on with a console; a connection that it still has is given up."""
        one = self._lookers[console]
        one.adopted = False
        if one.connection is not None:
            yield HangUp(one.connection)
        one.connection, one.until = connection, None
        yield self._ready(one, connection)
        yield Wake(connection)
        if not one.over:
            yield _note(one, "again", at)

    def broke(self, console: str, connection: int, at: At) -> Iterator[Due]:
        """Keep a console whose connection has broken; unless it has another one by now."""
        one = self._lookers.get(console)
        if one is None or one.connection != connection:
            return
        one.connection, one.until = None, at.now + self._grace
        self._forget_oldest()
        if not one.over:
            yield _note(one, "broken", at)

    def leave(self, console: str, at: At) -> Iterator[Due]:
        """Forget a console for good."""
        one = self._lookers.pop(console, None)
        if one is None:
            return
        if one.connection is not None:
            yield HangUp(one.connection)
        if not one.over:
            yield Gone(one.name)
            yield _note(one, "left", at)

    def hang_up(self) -> Iterator[Due]:
        """End the processes of consoles whose clients are told that the box ends: nobody comes back to them."""
        for one in self._lookers.values():
            if one.pause.kind == wire.CONSOLE and one.connection is not None and not (one.view or one.over):
                yield Tell(one.link, wire.CloseConsole(one.name))

    # What clients ask -------------------------------------------------------------------------------------------------

    def ask(self, console: str, request: Request, busy: bool, at: At) -> Iterator[Due]:
        """Pass on what a client asks.

        Args:
            console: Whose client.
            request: What it asks.
            busy: Whether too much waits for the script already.
            at: Now.
        """
        one = self._lookers.get(console)
        if one is None or one.over:
            return  # it is told that it is closed
        if isinstance(request, wire.Evaluate):
            yield from self._evaluate(one, request, busy, at)
        elif isinstance(request, wire.Interrupt):
            # A script that does not read just now is told once: it has to stop when it reads again.
            if request.statement in one.waiting and not (busy and one.pressed == request.statement):
                one.pressed = request.statement
                yield Tell(one.link, wire.Interrupt(request.statement, one.name))
        elif one.view or busy or len(request.source) > SOURCE_LIMIT:
            yield from _answer(one, _nothing(request))
        else:
            yield Tell(one.link, msgspec.structs.replace(request, console=one.name))
            yield from self._inquire(one.link, at.now)

    def _evaluate(self, one: Looker, request: wire.Evaluate, busy: bool, at: At) -> Iterator[Due]:
        if request.statement <= one.statement:
            return  # sent again, for it was not known to have arrived
        one.statement = request.statement
        refusal = _refusal(one, request.source, busy)
        if refusal:
            said = wire.ConsoleOutput(request.statement, 2, refusal, one.name)
            yield from self._say(one, [said, wire.ConsoleResult(request.statement, False, one.name)])
            return
        one.waiting[request.statement] = request.source
        yield _note(one, "statement", at, statement=request.statement, text=request.source)
        yield Tell(one.link, wire.Evaluate(request.statement, request.source, one.name))
        yield from self._inquire(one.link, at.now)
        heard = wire.Said(request.statement, request.source, one.by, at.wall, one.name)
        for follower in self._at(one.place, view=True):
            yield from self._say(follower, [heard])

    # What scripts say -------------------------------------------------------------------------------------------------

    def hear(self, link: int, message: wire.FromScript, at: At) -> Iterator[Due]:
        """Hand on what a script says of one of its consoles."""
        if isinstance(message, wire.Pong):
            if link in self._inquiries and self._inquiries[link].hear(message.number, at.now):
                yield from self._tell_all(link, 0.0)
            return
        one = self._lookers.get(getattr(message, "console", ""))
        if one is None or one.link != link or one.over or one.view:
            return
        match message:
            case wire.ConsoleClosed():
                yield from self._close(one, message, at)
            case wire.Completions() | wire.Explained():
                yield from _answer(one, message)
            case wire.ConsoleOutput() | wire.ConsoleResult() | wire.Wrote():
                yield from self._hand_on(one, message, at)

    def _hand_on(
        self, one: Looker, message: wire.ConsoleOutput | wire.ConsoleResult | wire.Wrote, at: At
    ) -> Iterable[Due]:
        yield from self._say(one, [message])
        for follower in self._at(one.place, view=True):
            yield from self._say(follower, [message])
        match message:
            case wire.ConsoleOutput(statement, stream, text):
                yield _note(one, "output", at, statement=statement, stream=stream, text=text)
            case wire.Wrote(statement, call):
                yield _note(one, "wrote", at, statement=statement, text=call)
            case wire.ConsoleResult(statement=statement, ok=ok, file=file):
                one.waiting.pop(statement, None)
                yield _note(one, "result", at, statement=statement, ok=ok, file=file)

    def end(self, console: str, reason: str, at: At) -> Iterator[Due]:
        """Close a console whose pause is over."""
        one = self._lookers.get(console)
        if one is not None and not one.over:
            yield from self._close(one, wire.ConsoleClosed(reason, None, one.name), at)

    def _close(self, one: Looker, message: wire.ConsoleClosed, at: At) -> Iterator[Due]:
        one.over = True
        one.waiting.clear()
        if one.connection is None:
            one.until = at.now + self._grace
        self._forget_oldest()
        yield from self._say(one, [message])
        yield Gone(one.name)
        yield _note(one, "left", at, text=message.error.what if message.error else message.reason)

    def _forget_oldest(self) -> None:
        """Keep the last words of so many consoles and not more, however many are opened and ended."""
        over = [one.name for one in self._lookers.values() if one.over and one.connection is None]
        for name in over[:-OVER_LIMIT]:
            del self._lookers[name]

    def script_lost(self, link: int) -> None:
        """Know that a script's connection has closed."""
        self._inquiries.pop(link, None)

    # Time -------------------------------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Say when to call `tick` next; None while nothing is due."""
        moments = [one.until for one in self._lookers.values() if one.until is not None]
        busy = self._busy()
        moments += [inquiry.due() for link, inquiry in self._inquiries.items() if inquiry.open or link in busy]
        return min(moments, default=None)

    def tick(self, at: At) -> Iterator[Due]:
        """Forget who did not come back, and look after the scripts somebody waits for."""
        for one in [one for one in self._lookers.values() if one.until is not None and one.until <= at.now]:
            yield from self.leave(one.name, at)
        busy = self._busy()
        for link, inquiry in list(self._inquiries.items()):
            silent = inquiry.silence(at.now)
            if silent is not None:
                yield from self._tell_all(link, silent)
            elif link in busy and not inquiry.open and inquiry.due() <= at.now:
                yield from self._inquire(link, at.now)

    def _tell_all(self, link: int, silent: float) -> Iterator[Due]:
        """Tell everybody who looks at a script for how long it has not answered."""
        for one in self._lookers.values():
            if one.link == link and not one.over:
                yield from _answer(one, wire.NotAnswering(silent, one.name))

    def busy(self, link: int) -> bool:
        """Say whether a script has a statement to evaluate."""
        return link in self._busy()

    def _busy(self) -> set[int]:
        return {one.link for one in self._lookers.values() if one.waiting}

    def _inquire(self, link: int, now: float) -> Iterator[Due]:
        number = self._inquiries.setdefault(link, Inquiry()).ask(now)
        if number is not None:
            yield Tell(link, wire.Ping(number))

    # ------------------------------------------------------------------------------------------------------------------

    def _ready(self, one: Looker, connection: int) -> Answer:
        commands = [] if one.view else self._commands
        return Answer(connection, wire.ConsoleReady(one.run, one.pause, one.statement, commands))

    def _at(self, place: tuple[str, int], view: bool) -> list[Looker]:
        return [one for one in self._lookers.values() if one.place == place and one.view is view and not one.over]

    def _say(self, one: Looker, messages: Iterable[Numbered]) -> Iterator[Due]:
        for message in messages:
            one.said.add(message)
        if one.connection is not None:
            yield Wake(one.connection)


def _answer(one: Looker, message: wire.FromConsole) -> Iterator[Due]:
    if one.connection is not None:
        yield Answer(one.connection, message)


def _nothing(request: wire.Complete | wire.Explain) -> wire.Completions | wire.Explained:
    if isinstance(request, wire.Complete):
        return wire.Completions(request.request, [])
    return wire.Explained(request.request)


def _refusal(one: Looker, source: str, busy: bool) -> str:
    if one.view:
        return FOLLOWS
    if len(source) > SOURCE_LIMIT:
        return TOO_LONG % len(source)
    if len(one.waiting) >= WAITING_LIMIT or sum(map(len, one.waiting.values())) + len(source) > WAITING_TEXT_LIMIT:
        return TOO_MANY
    return BUSY if busy else ""


def _note(one: Looker, kind: str, at: At, **more: object) -> Note:
    facts = {"user": one.by, "console": one.name, "pause": one.pause.number, "view": one.view} | more
    return Note(one.run, wire.TranscriptEntry(time=at.wall, kind=kind, **facts))  # type: ignore[arg-type]

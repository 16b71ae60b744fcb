"""What can happen to a pause: the events that `lager_debugbridge.registry` is told, with the time where it counts.

They are facts without any behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass

from lager import wire


@dataclass(frozen=True)
class Adopted:
    """A box before this one had `run`, and has given its pauses numbers up to `highest`."""

    run: str
    highest: int


@dataclass(frozen=True)
class Asked:
    """Somebody wants `run` to pause at its next line."""

    run: str
    by: str


@dataclass(frozen=True)
class Hit:
    """A thread has paused, or says again that it is paused (the box was away). `link` is the connection it came by."""

    hit: wire.Hit
    link: int
    now: float
    wall: float


@dataclass(frozen=True)
class Resume:
    """Somebody wants pause `number` of `run` to go on; without a number, its only one; or all of them."""

    run: str
    number: int | None
    by: str
    all: bool = False


@dataclass(frozen=True)
class Abort:
    """Somebody wants `lager.Aborted` raised at a pause, named as in `Resume`."""

    run: str
    number: int | None
    by: str
    all: bool = False


@dataclass(frozen=True)
class Change:
    """Somebody wants a pause to go on with changes in its frame.

    Attributes:
        ask: The change itself.
        ticket: What the answer is given to, which comes later (`effects.Answer`).
    """

    run: str
    number: int | None
    ask: wire.ContinueRequest
    ticket: int
    now: float


@dataclass(frozen=True)
class Tick:
    """Time has passed."""

    now: float


@dataclass(frozen=True)
class Released:
    """The script says that the thread goes on, and what it has changed."""

    key: str
    reason: str
    link: int
    done: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declined:
    """The script says that it cannot make the changes; the thread stays paused."""

    key: str
    error: wire.ErrorBody
    link: int


@dataclass(frozen=True)
class Held:
    """The script says why a thread that was released does not go on yet."""

    key: str
    why: str
    link: int


@dataclass(frozen=True)
class LetGo:
    """The run has let go of the box's lock, as it is paused: it needs it again before a pause of it is released."""

    run: str


@dataclass(frozen=True)
class Claimed:
    """The run has the box's lock again, or needs none."""

    run: str
    now: float


@dataclass(frozen=True)
class Denied:
    """Somebody else has the box's lock that the run needs; it waits for that.

    Attributes:
        user: Who.
        why: The same in words, with since when.
    """

    run: str
    user: str
    why: str


@dataclass(frozen=True)
class ScriptGone:
    """The run has ended."""

    run: str


@dataclass(frozen=True)
class ConnectionLost:
    """The connection has closed: the process at its other end has gone."""

    link: int


@dataclass(frozen=True)
class AttachConsole:
    """Somebody wants a console on pause `number` of `run`."""

    console: str
    run: str
    number: int | None


@dataclass(frozen=True)
class DetachConsole:
    """That console has gone."""

    console: str


Event = (
    Adopted
    | Asked
    | Hit
    | Resume
    | Abort
    | Change
    | Tick
    | Released
    | Declined
    | Held
    | LetGo
    | Claimed
    | Denied
    | ScriptGone
    | ConnectionLost
    | AttachConsole
    | DetachConsole
)

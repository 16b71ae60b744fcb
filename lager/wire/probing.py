"""A worker asked whether its instrument is well: one bounded question, which changes nothing (`lager diagnose`)."""

from __future__ import annotations

from msgspec import Struct

IN_SESSION, FRESH = "worker", "fresh"  # over which connection it was asked: the one that was open, or one just for this


class Probe(Struct, frozen=True, tag="probe"):
    """To a worker, in its turn: ask the instrument who it is; answered with an `Answer` holding `Probed`.

    Attributes:
        within: How long it may take to be opened, and at least for each answer, s.
        turn_within: How long to wait for the call that is under way, s.
        caller: Who asks, for the message others get while they wait.
        patience: How long a slow one may take for its answers, counted from its turn, s.
        whole_within: Until then a slow one is waited for, s from now: the turn takes its part of it.
    """

    id: int
    within: float
    turn_within: float
    caller: str = ""
    patience: float = 0.0
    whole_within: float = 0.0


class Probed(Struct, frozen=True, kw_only=True):
    """What came of a `Probe`.

    Attributes:
        via: `worker` where the session that was open was asked; `fresh` where one was opened for this, and closed.
        idn: What the instrument says it is; empty where it said nothing.
        matches: Whether that is what the bench file says; None where that cannot be told.
        elapsed: How long it took, without the wait for its turn, s.
        error: What went wrong, with its kind (`busy`, `nodev`, `timeout`, `other`); `errno` 0 for none.
        stale: Whether the kernel has it, and this process' libusb does not know it.
        absent: Whether nothing of its name is on its bus.
        reached: How a network connection ended: `open`, `refused`, `timeout`, `unreachable`; empty where it was not
            found out.
        busy_with: Whose call is under way, where it did not end in time: then the instrument was not asked. For
            `busy_for` s.
        skipped: Whether it was not asked for that reason.
    """

    via: str
    idn: str = ""
    matches: bool | None = None
    elapsed: float = 0.0
    error: str = ""
    hint: str = ""
    code: str = ""
    kind: str = ""
    errno: int = 0
    stale: bool = False
    absent: bool = False
    reached: str = ""
    skipped: bool = False
    busy_with: str = ""
    busy_for: float = 0.0

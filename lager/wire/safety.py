"""Safety: limits of nets, safe states, and bringing nets into them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from lager.wire.failure import ErrorBody


class SafetyLimits(Struct, frozen=True, omit_defaults=True):
    """What a net may never be set to, whoever asks (`safety_limits` of a record of the bench file).

    Attributes:
        max_voltage: V; None for no limit.
        max_current: A; None for no limit.
        allow_destructive: Kept for other versions; this one asks nobody for it.
    """

    max_voltage: float | None = None
    max_current: float | None = None
    allow_destructive: bool | None = None


class SafeState(Struct, frozen=True, omit_defaults=True):
    """The state of a net in which nothing can happen (`safe` of a record of the bench file).

    Attributes:
        output: `off`, of a supply or a battery simulator.
        input: `off`, of an electronic load.
        level: 0 or 1, of a digital line.
        voltage: V, of an analog output.
        order: Nets with a lower one are made safe first; those without one come last.
    """

    output: str = ""
    input: str = ""
    level: int | None = None
    voltage: float | None = None
    order: float | None = None


class WhileConnected(Struct, frozen=True, omit_defaults=True):
    """What a net does while its output is on (`while_connected` of a record of the bench file).

    Attributes:
        parameters: `reconnect` where a battery simulator is disconnected for a parameter that it does not take while it
            is connected, and connected again; empty where such a parameter is refused.
    """

    parameters: str = ""


class SetSafety(Struct, frozen=True, tag="set-safety"):
    """To the hardware service: change what a net's records say of its safety.

    Answered, as other changes of the bench file are, with an `Answer`: whether that changed anything.

    Attributes:
        key: `safety_limits`, `safe` or `while_connected`.
        value: What it is from now on; an empty one clears it.
        only: The keys of the value that are meant; the others stay as they are then. None for all.
    """

    id: int
    name: str
    key: str
    value: dict[str, Any] = {}
    only: list[str] = []


class MakeSafe(Struct, frozen=True, tag="make-safe"):
    """To the hardware service: bring nets into their safe state, in order. Answered with an `Answer`: `MadeSafe` each.

    Attributes:
        nets: Which; none for all that have a safe state, or, with `run`, for those of them that it has changed.
        run: The run whose nets they are; empty for none.
        why: For the log: `run 4f2a… was lost`.
        holder: Who asks, as in `LockRequest.user`.
        force: Whether it is done although somebody else has the box's lock.
        keep_on: Whether what cannot be made safe now is tried again until it can.
    """

    id: int
    nets: list[str] = []
    run: str = ""
    why: str = ""
    holder: str = ""
    force: bool = False
    keep_on: bool = True


class MadeSafe(Struct, frozen=True, omit_defaults=True):
    """What became of one net.

    Attributes:
        state: `safe`, which was read back; `waits` where it is tried again; `failed` where it is not.
        wanted: The safe state, for people: `output off`.
        read: What was read back, as the instrument says it; None where nothing could be read.
        error: Why it is not known to be safe.
    """

    net: str
    role: str
    state: str
    wanted: str
    read: Any = None
    error: ErrorBody | None = None


class SafeRequest(Struct, frozen=True):
    """Body of `POST :9000/bench/safe`; as `MakeSafe`."""

    nets: list[str] = []
    why: str = ""
    holder: str = ""
    force: bool = False


class SafeEvent(Struct, frozen=True, omit_defaults=True):
    """One line of the log of safe states: what was done, when, why, and for which run."""

    time: float
    why: str
    made: MadeSafe
    run: str = ""


class SafeHistory(Struct, frozen=True):
    """Body of the answer of `GET :9000/bench/safe`.

    Attributes:
        log: What was done last, the oldest first.
        waiting: The names of the nets that are still to be made safe.
    """

    log: list[SafeEvent] = []
    waiting: list[str] = []

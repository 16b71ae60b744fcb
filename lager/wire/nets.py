"""Nets, instruments, and calls on them: to the hardware service, its workers, and the simulated bench."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from lager.wire.failure import ErrorBody
from lager.wire.probing import Probe
from lager.wire.safety import MakeSafe, SafeState, SafetyLimits, SetSafety, WhileConnected


class NetRecord(Struct, frozen=True, omit_defaults=True):
    """One net of the bench file (`saved_nets.json`).

    Attributes:
        address: VISA address (`USB0::0x05E6::0x2281::4381218::INSTR`), or `modbus-tcp://HOST:PORT` for a LabJack.
        instrument: The catalog's name, such as `Keithley_2281S`.
        pin: Which channel of it: `1`, `AIN3`, `FIO0`.
        via: `usbip://HOST:PORT` where the USB device is reached over USB/IP; empty for this machine's own USB.
        location: `x,y,z` of the test point, where somebody has saved it.
        safety_limits: What it may never be set to; None for no limits.
        safe: Its safe state; None where it has none.
        while_connected: What it does while its output is on; None where that is what all do.
    """

    name: str
    role: str
    instrument: str
    address: str = ""
    pin: str = ""
    via: str = ""
    description: str = ""
    location: str = ""
    safety_limits: SafetyLimits | None = None
    safe: SafeState | None = None
    while_connected: WhileConnected | None = None


class Call(Struct, frozen=True, tag="call"):
    """To a worker: call `method` of the role's contract on one net.

    Attributes:
        caller: Who asks, for the message others get while they wait (`run 4f2a…`, `lager supply`).
        known_restart: The instrument's last restart this caller knows of, as `Answer.restarted`; None where this is
            its first call.
        as_it_is: Whether it is refused where the instrument would first have to be brought into the role.
        holder: Who asks, as in `LockRequest.user`: what changes something is refused while another has the box's lock.
        run: The run whose script asks: while it is paused, it is let be. Empty for a console in it, where its own
            pause is just over, and for anybody else.
        script: The run in whose process this is called, also from its console: what it changes is its own.
    """

    id: int
    net: str
    role: str
    pin: str
    method: str
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    caller: str = ""
    known_restart: float | None = None
    as_it_is: bool = False
    holder: str = ""
    run: str = ""
    script: str = ""


class Answer(Struct, frozen=True, tag="answer"):
    """The value a call returned.

    Attributes:
        restarted: When the instrument was last seen to have restarted (power cycle), Unix time, s; 0 for never.
        notice: What the caller should also know, for people.
    """

    id: int
    value: Any = None
    restarted: float = 0.0
    notice: str = ""


class Failed(Struct, frozen=True, tag="failed", omit_defaults=True):
    """A request that ended in an error.

    Attributes:
        restarted: As `Answer.restarted`, where the error is that the caller did not know of it.
    """

    id: int
    error: ErrorBody
    restarted: float = 0.0


class Retired(Struct, frozen=True, tag="retired"):
    """This worker ends, and the call may be sent to the next one: it only reads, or never reached the instrument."""

    id: int


class Watch(Struct, frozen=True, tag="watch"):
    """To a worker: give the state of a net every `interval` s, as `Watched`, until this connection is closed.

    All who watch a net share one poll. While somebody watches, calls of another role of an instrument that serves one
    role at a time are refused. `holder` as in `Call`: reading may bring the instrument into the role.
    """

    id: int
    net: str
    role: str
    pin: str
    interval: float = 1.0
    caller: str = ""
    holder: str = ""


class Watched(Struct, frozen=True, tag="watched"):
    """The state of a watched net at a Unix time, s; or why it could not be read."""

    id: int
    time: float
    state: Any = None
    error: ErrorBody | None = None


class Describe(Struct, frozen=True, tag="describe"):
    """To a worker: say how you are, at once, whatever is running; answered with an `Answer` holding `WorkerState`."""

    id: int


class WorkerState(Struct, frozen=True, kw_only=True):
    """How a worker is.

    Attributes:
        session: Whether it holds the instrument open.
        opened: How often it has opened it.
        drivers: The channels it has made: each `role`, `pin` and `driver` (its class).
        running: Whose call is running, empty for none; `running_for` s.
        watchers: `role net` of each net that is being watched.
        identity: What the instrument said it is when it was opened; empty before that.
    """

    pid: int
    session: bool
    opened: int
    drivers: list[dict[str, str]] = []
    running: str = ""
    running_for: float = 0.0
    watchers: list[str] = []
    identity: str = ""


class Clear(Struct, frozen=True, tag="clear"):
    """To a worker, in its turn: forget the drivers; the session, too, where `sessions`.

    Answered with an `Answer` holding `Cleared`.
    """

    id: int
    sessions: bool = False


class Cleared(Struct, frozen=True):
    """What a `Clear` did: how many drivers were forgotten, sessions closed, failed to close, and kept."""

    cleared: int = 0
    closed: int = 0
    errors: int = 0
    retained: int = 0


class Locate(Struct, frozen=True, tag="locate"):
    """To the hardware service: which worker serves this net? Its worker is started if need be."""

    id: int
    net: str
    role: str


class ListNets(Struct, frozen=True, tag="nets"):
    """To the hardware service: the nets of the bench; answered with an `Answer` holding a list of `NetRecord`."""

    id: int


class ListSaved(Struct, frozen=True, tag="saved-nets"):
    """To the hardware service: the bench file; answered with an `Answer` holding `SavedNets`."""

    id: int


class ListInstruments(Struct, frozen=True, tag="instruments"):
    """To the hardware service: what is plugged in; answered with an `Answer` holding a list of `Instrument`."""

    id: int


class Refusal(Struct, frozen=True, tag="refusal"):
    """To the hardware service: why the last request was refused that a released client sent for a net of :9000.

    Answered with an `Answer` holding text; empty where there was none, or it is some time ago.

    Attributes:
        client: The client's address.
        net: The net.
    """

    id: int
    client: str
    net: str


class SavedNets(Struct, frozen=True):
    """The bench file, as it was when it could be read last.

    Attributes:
        nets: Its nets.
        records: The records they were made of, in the same order, with keys this version has no use for.
        error: What is wrong with the file since; empty when it is in order.
    """

    nets: list[NetRecord]
    records: list[dict[str, Any]]
    error: str = ""


class SaveNets(Struct, frozen=True, tag="save-nets"):
    """To the hardware service: put records into the bench file, each in the place of the net of its name and role.

    Answered, as the other changes are, with an `Answer`: whether that changed anything.

    Attributes:
        alone: Whether they are to be all the bench has.
    """

    id: int
    nets: list[dict[str, Any]]
    alone: bool = False


class DeleteNets(Struct, frozen=True, tag="delete-nets"):
    """To the hardware service: take nets out of the bench file.

    Attributes:
        name: Whose; None for all of them.
        role: Only the one of that role; empty for any.
    """

    id: int
    name: str | None = None
    role: str = ""


class RenameNet(Struct, frozen=True, tag="rename-net"):
    """To the hardware service: give a net another name in the bench file."""

    id: int
    old: str
    new: str


class Complain(Struct, frozen=True, tag="complain"):
    """To the hardware service: the worker on that socket did not answer in time.

    Answered with an `Answer`: True where the worker did not answer the service either and was replaced.
    """

    id: int
    socket: str


class Located(Struct, frozen=True, tag="located"):
    """Where a net is served."""

    id: int
    socket: str
    net: NetRecord


class Inject(Struct, frozen=True, tag="inject"):
    """To the simulated bench: a fault at the place where an instrument is plugged in, or the end of one.

    Answered with an `Answer` holding the instrument's `Simulated`.

    Attributes:
        action: `unplug`, `replug`, `power-cycle`, `hold`, `wedge`, `stall`, `delay`, `garble`, `clear`, `plug`.
        address: The net's address.
        value: What the action takes: s for `delay`, how many answers for `garble` and others; None for its default.
    """

    id: int
    action: str
    address: str
    value: float | None = None


class ListSimulated(Struct, frozen=True, tag="simulated"):
    """To the simulated bench: answered with an `Answer` holding a list of `Simulated`."""

    id: int


class Simulated(Struct, frozen=True, kw_only=True):
    """One instrument of the simulated bench.

    Attributes:
        plugged: Whether it is on its bus.
        place: Where: `usb 1-2 device 7`, `tcp 127.0.0.1:40123`.
        in_use: Whether somebody holds it.
        via: As in `NetRecord`.
        kernel: Whether it is plugged into this machine's kernel.
        faults: The faults that are on, for people: `delay 0.005 s`.
    """

    address: str
    instrument: str
    plugged: bool
    place: str
    in_use: bool
    via: str = ""
    kernel: bool = False
    faults: list[str] = []


WorkerRequest = Call | Watch | Describe | Clear | Probe
WorkerReply = Answer | Failed | Retired | Watched
BenchChange = SaveNets | DeleteNets | RenameNet | SetSafety
HardwareRequest = (
    Locate
    | ListNets
    | ListSaved
    | ListInstruments
    | Refusal
    | Complain
    | SaveNets
    | DeleteNets
    | RenameNet
    | SetSafety
    | MakeSafe
)
HardwareReply = Located | Answer | Failed
SimulatedRequest = Inject | ListSimulated
SimulatedReply = Answer | Failed


class NetCall(Struct, frozen=True):
    """Body of `POST :9000/nets/NAME/call`; the reply is `NetValue`. `as_it_is` as in `Call`.

    `holder` is who asks, as in `LockRequest.user`: what changes something is refused while another has the box's lock.
    """

    role: str
    method: str
    args: list[Any] = []
    caller: str = ""
    as_it_is: bool = False
    holder: str = ""


class NetValue(Struct, frozen=True):
    """What a net call returned, and what the caller should also know."""

    value: Any = None
    notice: str = ""


class NetIdentity(Struct, frozen=True):
    """Body of the answer of `GET :9000/nets/NAME/identity`.

    Attributes:
        net: The net.
        identity: What its instrument said it is when it was opened; empty where it has not been opened yet.
    """

    net: NetRecord
    identity: str = ""

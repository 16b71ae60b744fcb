"""Actions on nets, and how all of them are: between commands, screens and other programs, and :9000."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class NetAction(Struct, frozen=True):
    """Body of `POST :9000/nets/NAME/act`: one action of `lager.actions`; the reply is `NetDone`.

    Attributes:
        role: The role that is meant: that of the net, or `watt-meter` or `energy-analyzer` of one that measures power.
        holder: Who asks, as in `LockRequest.user`: what changes something is refused while another has the box's lock.
    """

    role: str
    action: str
    params: dict[str, Any] = {}
    caller: str = ""
    holder: str = ""


class NetDone(Struct, frozen=True):
    """What an action did.

    Attributes:
        message: For people, in the released words: `Voltage set to 3.3V`.
        value: What was read, in SI units; after a write what was read back.
        notice: What the caller should also know, for people.
    """

    message: str
    value: Any = None
    notice: str = ""


class NetReading(Struct, frozen=True, omit_defaults=True):
    """How one net is: an element of the answer of `GET :9000/nets/state`.

    Attributes:
        state: In a few words, such as `ON, 3.3000V, 0.0330A`; None where it could not be read.
        reason: Why not: `deadline`, `no probe for role`, `unreadable: ...`.
        reason_code: The same for programs: `deadline`, `no-probe`, or the code of the error (`lager.errors`).
    """

    name: str
    role: str
    state: str | None
    reason: str = ""
    reason_code: str = ""

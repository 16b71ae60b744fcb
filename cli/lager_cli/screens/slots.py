"""The channels of a bench and the nets they are: what `lager nets tui` shows. Asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from lager import addresses, wire
from lager_cli.nets.desk import Record
from lager_cli.nets.wanted import Bench, Wanted, possible, record


@dataclass(frozen=True)
class Slot:
    """One channel of an instrument in one role, or an instrument of which no channel can be a net.

    Attributes:
        instrument: It has the channel.
        role: In which role; empty where no channel can be a net.
        pin: Which one.
        net: The name of the net it is; empty for none.
    """

    instrument: wire.Instrument
    role: str = ""
    pin: str = ""
    net: str = ""

    @property
    def title(self) -> str:
        """Name its instrument, and say what is wrong with it."""
        name = self.instrument.name.replace("_", " ") or "unknown"
        return f"{name} (not plugged in)" if self.instrument.present is False else name


def slots(instruments: Iterable[wire.Instrument], nets: Sequence[wire.NetRecord]) -> list[Slot]:
    """Join the channels there are with the nets they are: instrument by instrument, role by role."""
    found: list[Slot] = []
    for one in instruments:
        mine = [net for net in nets if addresses.canonical(net.address) == addresses.canonical(one.address)]
        known = [(role, pin) for role, pins in one.channels.items() for pin in pins]
        more = [(net.role, net.pin) for net in mine if (net.role, net.pin) not in known]
        for role, pin in (*known, *dict.fromkeys(more)):
            named = [net.name for net in mine if (net.role, net.pin) == (role, pin)]
            found += [Slot(one, role, pin, name) for name in named or [""]]
        if not known and not more:
            found.append(Slot(one))
    return found


def suggested(slot: Slot, bench: Bench) -> str:
    """Give the name the net of a channel would be given by `lager nets add-all`."""
    alone = msgspec.structs.replace(slot.instrument, channels={slot.role: [slot.pin]})
    found = possible(Bench(bench.place, bench.nets, [alone], bench.known), [slot.role])
    return str(found[0]["name"]) if found else ""


def assigned(slot: Slot, name: str, bench: Bench) -> Record:
    """Give the record of the net a channel is to be.

    Raises:
        UsageError: It cannot be one, or not under that name.
    """
    return record(Wanted(name.strip(), slot.role, slot.pin, slot.instrument.address), bench)

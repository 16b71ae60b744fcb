"""A net that is to be added: is there such a terminal, and is it free? Pure; released clients have the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lager import addresses, errors, wire
from lager_cli.defaultnets import WORDS
from lager_cli.nets.desk import Record, role_of

Channels = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Wanted:
    """A net as somebody asks for it.

    Attributes:
        instrument: The catalog's name; empty where the address says it.
        more: Further keys of its record.
    """

    name: str
    role: str
    channel: str
    address: str
    instrument: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Bench:
    """What a new net is held against.

    Attributes:
        place: What the box is called in messages.
        nets: The nets there are.
        instruments: What is plugged in.
        known: What the box has drivers for: roles, and the channels of each.
    """

    place: str
    nets: Sequence[wire.NetRecord]
    instruments: Sequence[wire.Instrument]
    known: Mapping[str, Channels]

    def with_net(self, record: Record) -> Bench:
        """Give the bench as it is with one more net."""
        names = ("name", "role", "instrument", "address", "pin")
        new = wire.NetRecord(**{key: record[key] for key in names})
        return Bench(self.place, [*self.nets, new], self.instruments, self.known)


def record(wanted: Wanted, bench: Bench) -> Record:
    """Give the record to save.

    Raises:
        UsageError: There is no such terminal, or it or the name is taken.
    """
    if not wanted.name.strip():
        raise errors.UsageError("the name of the net is empty", "give it a name, such as VBAT")
    if not wanted.address.strip():
        raise errors.UsageError("the address is empty", "see `lager instruments` for what is plugged in")
    there = _instrument(wanted, bench)
    role = role_of(wanted.role)
    channels = there.channels
    if role not in channels:
        supported = ", ".join(channels) or "none that this version knows"
        raise errors.UsageError(
            f"Instrument '{there.name}' does not support net type '{wanted.role}'",
            f"Supported net types for {there.name}: {supported}",
        )
    pin = next((one for one in channels[role] if one.lower() == wanted.channel.strip().lower()), None)
    if pin is None:
        raise errors.UsageError(
            f"The channel '{wanted.channel}' is not valid for role '{role}' on the instrument at {there.address}",
            f"it has {', '.join(channels[role])}",
        )
    _check_free(wanted.name, role, pin, there, bench.nets)
    via = {"via": there.via} if there.via else {}
    new = {"name": wanted.name, "role": role, "instrument": there.name, "address": there.address, "pin": pin}
    return {**new, **via, **wanted.more}


def _instrument(wanted: Wanted, bench: Bench) -> wire.Instrument:
    """Find the instrument at an address; one on the network cannot be seen, so its name has to be given."""
    place = addresses.canonical(wanted.address)
    there = next((one for one in bench.instruments if place and addresses.canonical(one.address) == place), None)
    on_network = is_on_network(wanted.address)
    if there is None and on_network and (wanted.instrument or addresses.modbus(wanted.address)):
        name = "" if wanted.instrument else _MODBUS
        channels = {role: list(pins) for role, pins in bench.known.get(name, {}).items()}
        there = wire.Instrument(name=name, address=wanted.address.strip(), channels=channels, bus=wire.LAN)
    if there is None or there.present is False:
        raise errors.UsageError(
            f"No instrument with address {wanted.address} is present on {bench.place}",
            _say_instrument(on_network) or "see `lager instruments` for what is plugged in",
        )
    return _named(there, wanted, bench)


def is_on_network(address: str) -> bool:
    """Whether an address is one on the network, where nothing is seen before it has a net."""
    return addresses.usb(address) is None and addresses.canonical(address).startswith(_LAN)


_LAN = ("modbus-tcp://", "TCPIP")
_MODBUS = "LabJack_T7"  # nothing else has such an address


def _say_instrument(on_network: bool) -> str:
    return "one on the network cannot be seen from here: say what it is with --instrument" if on_network else ""


def _named(there: wire.Instrument, wanted: Wanted, bench: Bench) -> wire.Instrument:
    from msgspec.structs import replace

    if not wanted.instrument:
        if there.name:
            return there
        raise errors.UsageError(
            f"what is at {there.address} can be one of {', '.join(there.could_be) or 'several instruments'}",
            "say which with --instrument",
        )
    by_name = {name.lower(): name for name in bench.known}
    name = by_name.get(wanted.instrument.lower(), "")
    if not name:
        raise errors.UsageError(
            f"the box has no driver for an instrument called {wanted.instrument!r}",
            f"it has {', '.join(bench.known)}",
        )
    if there.name not in ("", name) or (there.could_be and name not in there.could_be):
        told = there.name or f"one of {', '.join(there.could_be)}"
        raise errors.UsageError(f"the instrument at {there.address} is {told}, not {name}", "leave --instrument out")
    return replace(there, name=name, channels={role: list(pins) for role, pins in bench.known[name].items()})


def _check_free(name: str, role: str, pin: str, there: wire.Instrument, nets: Sequence[wire.NetRecord]) -> None:
    if any(net.name == name for net in nets):
        raise errors.UsageError(
            f"A net named '{name}' already exists. Net names must be globally unique.", "choose another name"
        )
    place = addresses.canonical(there.address)
    for net in nets:
        if (addresses.canonical(net.address), net.role, net.pin) == (place, role, pin):
            raise errors.UsageError(
                "A net with the same role / instrument / channel / address already exists.",
                f"it is {net.name}; `lager nets rename {net.name} NEW` gives it another name",
            )


def possible(bench: Bench, roles: Sequence[str] = ()) -> list[Record]:
    """Give a record for each terminal that is plugged in and has no net, with names that are free.

    A pin that is an analog input is offered as that, and not as a thermocouple, too, unless that is asked for.

    Args:
        bench: What there is.
        roles: Only nets of these; of all where it is empty.
    """
    found: list[Record] = []
    for there in bench.instruments:
        for role, pins in there.channels.items():
            if not there.present or (role not in roles if roles else _is_second(role, there.channels)):
                continue
            for pin in pins:
                try:
                    new = record(Wanted(_free_name(role, bench), role, pin, there.address), bench)
                except errors.UsageError:  # there is a net for it
                    continue
                found.append(new)
                bench = bench.with_net(new)
    return found


def _is_second(role: str, channels: Channels) -> bool:
    return role == "thermocouple" and set(channels[role]) <= set(channels.get("adc", ()))


def _free_name(role: str, bench: Bench) -> str:
    word, names, number = WORDS.get(role, role), {net.name for net in bench.nets}, 1
    while f"{word}{number}" in names:
        number += 1
    return f"{word}{number}"

"""What is plugged into a bench: `GET :9000/instruments/list`."""

from __future__ import annotations

from msgspec import Struct

USB, LAN, SIMULATED = "usb", "lan", "simulated"  # by what an instrument is reached


class Instrument(Struct, frozen=True, kw_only=True):
    """One instrument of a bench, or one that a net names and that is not there.

    Attributes:
        name: The catalog's name, such as `Keithley_2281S`; empty where it can be one of several, or is unknown.
        address: What nets of it have as their address; empty where it cannot be reached so.
        channels: Its roles, and the channels (pins) of each.
        bus: `usb`, `lan` or `simulated`.
        present: Whether it is plugged in; None where that cannot be told without asking it.
        place: Where: `usb 1-2 device 7`.
        serial: Serial number; empty where it is not known.
        via: As in `NetRecord`.
        nets: The nets it serves, each `NAME (ROLE)`.
        could_be: The catalog's names of which it is one, where several look the same.
        note: What a person should know, too.
    """

    name: str
    address: str
    channels: dict[str, list[str]] = {}
    bus: str = USB
    present: bool | None = None
    place: str = ""
    serial: str = ""
    via: str = ""
    nets: list[str] = []
    could_be: list[str] = []
    note: str = ""


class BenchChanged(Struct, frozen=True):
    """The answer of `POST :9000/nets/change`: whether that changed anything."""

    changed: bool

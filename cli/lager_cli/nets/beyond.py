"""What is on now beyond a limit that was just set: a limit switches nothing off, so whoever sets it is told."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from lager import wire
    from lager_cli.app import App

_UNITS = {"max_voltage": "V", "max_current": "A"}
_SOURCES = ("power-supply", "battery")  # of one instrument and pin: the same terminals
_COMMANDS = {"power-supply": "supply", "battery": "battery", "eload": "eload"}
_AS_GOOD = 0.01  # of a limit that a reading may be beyond it: an analog output is no better


def warn(app: App, limited: wire.NetRecord, nets: list[wire.NetRecord]) -> None:
    """Say so where a net is on beyond its new limits, or one on the same terminals.

    Args:
        app: Knows the box.
        limited: The net, with its limits.
        nets: All nets of the bench.
    """
    from lager import errors

    for net in _on_its_terminals(limited, nets):
        with contextlib.suppress(errors.LagerError):  # it is away, or in another role: `enable` looks at it
            if told := _told(app, net, limited):
                click.secho(f"Note: {told}", fg="yellow", err=True)


def _on_its_terminals(limited: wire.NetRecord, nets: list[wire.NetRecord]) -> Iterator[wire.NetRecord]:
    yield limited
    for net in nets:
        alike = net.role in _SOURCES and limited.role in _SOURCES and net.role != limited.role
        if alike and (net.address, net.pin) == (limited.address, limited.pin):
            yield net


def _told(app: App, net: wire.NetRecord, limited: wire.NetRecord) -> str:
    from lager_cli.netcall import RemoteNet

    remote = RemoteNet(app, net.name, net.role, as_it_is=True)
    if net.role == "dac":
        volts: float = remote.call("get_voltage", kind=float)
        over = _beyond({"max_voltage": volts}, limited, _AS_GOOD)
        rest = f"A limit changes nothing that is set already: lager dac {net.name} 0"
        return f"it is at {volts:.3g} V now. {rest}" if over else ""
    state: dict[str, Any] = remote.call("state", kind=dict[str, Any])
    if not state["enabled"]:
        return ""
    over = _beyond(_held(net.role, state), limited)
    side = "input" if net.role == "eload" else "output"
    whose = f"its {side} is" if net is limited else f"{net.name}, which has the same terminals, is"
    rest = f"A limit switches nothing off: lager {_COMMANDS[net.role]} {net.name} disable"
    return f"{whose} on now, and set to {' and '.join(over)}. {rest}" if over else ""


def _held(role: str, state: dict[str, Any]) -> dict[str, float]:
    """Give what what is on has at its terminals, or may come to have, of each kind that can be limited."""
    if role == "power-supply":
        return {"max_voltage": state["voltage_set"], "max_current": state["current_set"]}
    if role == "battery":
        return {"max_voltage": max(state["voc"], state["volt_full"]), "max_current": state["current_limit"]}
    drawn = state["current_set"] if state["mode"] == "CC" else state["current"]
    return {"max_current": drawn, "max_voltage": state["voltage_set"] if state["mode"] == "CV" else 0.0}


def _beyond(held: dict[str, float], limited: wire.NetRecord, as_good: float = 0.0) -> list[str]:
    return [
        f"{value:g} {_UNITS[key]}"
        for key, value in held.items()
        if abs(value) > (getattr(limited.safety_limits, key) or math.inf) * (1 + as_good)
    ]

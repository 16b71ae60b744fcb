"""`lager sim`: faults on purpose, where the simulated bench's instruments are plugged in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from lager import errors
from lager_cli.app import App, box_option, json_option
from lager_cli.units import SECONDS, NumberCommand

if TYPE_CHECKING:
    from lager import wire

_MOST = 1_000_000


class Times(click.ParamType[int]):
    """How many times something is to happen."""

    name = "times"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Give the number."""
        try:
            number = int(value)
        except ValueError:
            self.fail(f"{value!r} is no whole number; write one from 1 to {_MOST}.", param, ctx)
        if not 1 <= number <= _MOST:
            self.fail(f"{number} is not between 1 and {_MOST}.", param, ctx)
        return number


# What it takes besides NET, the line in `lager sim`, and what is told when it is done: {it} is the instrument, {nets}
# are its nets.
ACTIONS = {
    "unplug": ("", "The cable is pulled out.", "{it} is unplugged ({nets} {are} gone with it)"),
    "replug": (
        "",
        "The cable is pulled out and put in again; settings stay.",
        "{it} was plugged in again, at {place}; it kept its settings",
    ),
    "power-cycle": (
        "",
        "The mains switch: settings are lost, outputs are off.",
        "{it} was switched off and on: its settings are its defaults",
    ),
    "hold": ("", "Another process takes it.", "another process has {it}, until `lager sim release {net}`"),
    "release": ("", "The other process gives it back.", "{it} is free again"),
    "wedge": (
        "",
        "It takes commands and answers none.",
        "{it} takes commands and answers none, until `lager sim clear {net}`",
    ),
    "dead": ("", "It answers nothing at all.", "{it} answers nothing at all, until `lager sim clear {net}`"),
    "stall": ("TIMES", "Its USB endpoints halt, TIMES times (1).", "{it} halts its endpoints {times}"),
    "garble": ("TIMES", "It answers nonsense, TIMES times (1).", "{it} answers nonsense {times}"),
    "delay": ("SECONDS", "Each answer comes SECONDS (1) later.", "{it} answers {value:g} s later"),
    "clear": ("", "All is well again.", "{it} has no faults any more"),
}


class Ordered(click.Group):
    """A group that lists its commands in the order they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the commands."""
        return list(self.commands)


@click.group(cls=Ordered, invoke_without_command=True)
@box_option
@json_option
@click.pass_context
def sim(ctx: click.Context) -> None:
    """Break the simulated bench on purpose, at the instrument of a net: as it happens on a real one.

    A fault lasts until `clear`; all but `delay` end by `replug` and `power-cycle`, too.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@sim.command("list")
@box_option
@json_option
@click.pass_obj
def list_(app: App) -> None:
    """Show the simulated instruments and their faults."""
    from lager import wire
    from lager_cli.output import table

    found: list[wire.Simulated] = app.box().hardware.get("/simulated", list[wire.Simulated])
    nets = _nets(app)
    rows = [
        [one.instrument, one.place, _state(one), ", ".join(one.faults) or "-", listed(_names(nets, one))]
        for one in found
    ]
    app.show(found, table(["Instrument", "Place", "State", "Faults", "Nets"], rows))


def _command(name: str, takes: str, line: str, told: str) -> None:
    """Add a command of `ACTIONS`."""

    @box_option
    @json_option
    @click.pass_obj
    def command(app: App, net: str, value: float | None = None) -> None:
        _inject(app, name, net, told, value)

    if takes:
        kind = SECONDS if takes == "SECONDS" else Times()
        command = click.argument("value", type=kind, metavar=f"[{takes}]", default=1)(command)
    command = click.argument("net")(command)
    sim.command(name, help=line, cls=NumberCommand)(command)


for _name, (_takes, _line, _told) in ACTIONS.items():
    _command(_name, _takes, _line, _told)


@sim.command()
@click.option("--off", is_flag=True, help="Take them out of the kernel again.")
@box_option
@json_option
@click.pass_obj
def plug(app: App, off: bool) -> None:
    """Give the USB ones to this machine's kernel (root only).

    The simulated USB instruments are plugged into the box's own kernel, by its module vhci_hcd: libusb, udev and
    /dev/bus/usb have them then.
    """
    from lager import wire

    action = "plug-off" if off else "plug"
    app.box().hardware.post(f"/simulated/{action}", {"net": ""}, wire.Simulated)
    found: list[wire.Simulated] = app.box().hardware.get("/simulated", list[wire.Simulated])
    usb = [one for one in found if one.address.startswith("USB")]
    where = "on the simulated bench's own bus again" if off else "plugged into this machine's kernel"
    app.show(usb, "\n".join(f"the {one.instrument} is {where} ({one.place})" for one in usb))


@sim.command()
def describe() -> None:
    """Print what the default simulated bench is made of.

    It is the file to begin a bench of your own with: `lager sim describe > mine.toml`, change it, then
    `lager box serve --simulated mine.toml`.
    """
    from lager_cli.box import simulating

    click.echo(simulating.default(), nl=False)


def _inject(app: App, action: str, net: str, told: str, value: float | None = None) -> None:
    from lager import wire

    if not net.strip():
        raise errors.UsageError("the name of the net is empty", "see `lager nets` for those the bench has")
    body = {"net": net, "value": value}
    now: wire.Simulated = app.box().hardware.post(f"/simulated/{action}", body, wire.Simulated)
    nets = _names(_nets(app), now)
    facts: dict[str, Any] = {
        "net": net,
        "it": f"the {now.instrument}",
        "nets": listed(nets),
        "are": "are" if len(nets) > 1 else "is",
        "place": now.place,
        "times": "once" if value == 1 else f"{value} times",
        "value": value,
    }
    app.show(now, f"{net}: {told.format(**facts)}")


def _nets(app: App) -> list[wire.NetRecord]:
    from lager import wire

    found: list[wire.NetRecord] = app.box().bench.get("/nets/list", list[wire.NetRecord])
    return found


def _names(nets: Sequence[wire.NetRecord], one: wire.Simulated) -> list[str]:
    return [net.name for net in nets if net.address == one.address]


def listed(names: Sequence[str]) -> str:
    """List names; three and more that are numbered in a row as `adc1..adc8`."""
    rows: list[list[str]] = []
    for name in names:
        if rows and name == _next(rows[-1][-1]):
            rows[-1].append(name)
        else:
            rows.append([name])
    return ", ".join(f"{row[0]}..{row[-1]}" if len(row) > 2 else ", ".join(row) for row in rows)


def _next(name: str) -> str:
    stem = name.rstrip("0123456789")
    return f"{stem}{int(name[len(stem) :]) + 1}" if stem != name else ""


def _state(one: wire.Simulated) -> str:
    if not one.plugged:
        return "unplugged"
    return "in use" if one.in_use else "free"

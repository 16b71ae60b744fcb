"""`lager eload`: electronic loads."""

from __future__ import annotations

from typing import NamedTuple

import click

from lager_cli import bounds, watching
from lager_cli.app import App, box_option, json_option
from lager_cli.confirming import confirm, yes_option
from lager_cli.netcall import NetGroup
from lager_cli.netcommands import green, net_of, show_state, without_command
from lager_cli.units import AMPS, OHMS, VOLTS, WATTS, NumberCommand, Unit

ROLE = "eload"


@click.group(cls=NetGroup, role=ROLE, invoke_without_command=True)
@click.argument("net", required=False)
@box_option
@json_option
@click.pass_context
def eload(ctx: click.Context, net: str | None) -> None:
    """Control the electronic load NET; without NET, list the loads.

    \b
    A command without NET is for the default one:
      lager defaults add --eload-net NET
    """  # noqa: D301  # click's own sign: the lines after it stay as they are
    without_command(ctx, net, ROLE, "electronic load")


@eload.command()
@box_option
@json_option
@watching.options
@click.pass_context
def state(ctx: click.Context, watch: bool, interval: float | None) -> None:
    """Show everything the load says of itself."""
    show_state(ctx.ensure_object(App), net_of(ctx), watching.pace(watch, interval))


class _Mode(NamedTuple):
    """What a load can keep constant: its command, the key in JSON, the unit, and what the help calls it."""

    command: str
    key: str
    unit: Unit
    told: str


_MODES = (
    _Mode("cc", "current", AMPS, "constant current"),
    _Mode("cv", "voltage", VOLTS, "constant voltage"),
    _Mode("cr", "resistance", OHMS, "constant resistance"),
    _Mode("cp", "power", WATTS, "constant power"),
)


def _add(mode: _Mode) -> None:
    """Add the command of a mode."""

    def command(ctx: click.Context, value: float | None) -> None:
        bounds.check(bounds.ELOAD, mode.command, value)
        net = net_of(ctx)
        done = net.act(mode.command, value=value)
        chosen = {} if value is None else {"mode": mode.command.upper()}
        ctx.ensure_object(App).show({"net": net.name, **chosen, mode.key: done.value}, green(done.message))

    word = mode.unit.name.upper()
    command.__doc__ = (
        f"Show or choose {mode.told}.\n\nWithout {word}, its setpoint is shown, and nothing is chosen. "
        f"{word} is written as {mode.unit.forms}."
    )
    decorated = click.pass_context(command)
    for option in (json_option, box_option):
        decorated = option(decorated)
    decorated = click.argument("value", metavar=f"[{word}]", type=mode.unit, required=False)(decorated)
    eload.command(mode.command, cls=NumberCommand)(decorated)


for _one in _MODES:
    _add(_one)


@eload.command()
@box_option
@json_option
@yes_option
@click.pass_context
def enable(ctx: click.Context, yes: bool) -> None:
    """Switch the input on."""
    confirm("Enable Net?", yes)
    _switch(ctx, "enable")


@eload.command()
@box_option
@json_option
@yes_option
@click.pass_context
def disable(ctx: click.Context, yes: bool) -> None:  # noqa: ARG001  # off is the safe direction: nobody is asked
    """Switch the input off."""
    _switch(ctx, "disable")


def _switch(ctx: click.Context, action: str) -> None:
    net = net_of(ctx)
    done = net.act(action)
    ctx.ensure_object(App).show({"net": net.name, "enabled": done.value}, green(done.message))

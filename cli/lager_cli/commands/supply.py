"""`lager supply`: bench power supplies."""

from __future__ import annotations

from typing import Any

import click

from lager import errors
from lager_cli import bounds, watching
from lager_cli.app import App, box_option, json_option
from lager_cli.confirming import confirm, yes_option
from lager_cli.netcall import NetGroup
from lager_cli.netcommands import also, net_of, show_state, without_command
from lager_cli.screens.commands import supply_tui
from lager_cli.units import AMPS, VOLTS, NumberCommand

ROLE = "power-supply"
ocp_option = click.option("--ocp", type=AMPS, metavar="AMPS", help="Set the over-current protection with it.")
ovp_option = click.option("--ovp", type=VOLTS, metavar="VOLTS", help="Set the over-voltage protection with it.")


def _ok(message: str) -> str:
    return f"[OK] {message}"


@click.group(cls=NetGroup, role=ROLE, invoke_without_command=True)
@click.argument("net", required=False)
@box_option
@json_option
@click.pass_context
def supply(ctx: click.Context, net: str | None) -> None:
    """Control the power supply NET; without NET, list the supplies.

    \b
    A command without NET is for the default one:
      lager defaults add --supply-net NET
    """  # noqa: D301  # click's own sign: the lines after it stay as they are
    without_command(ctx, net, ROLE, "power supply", _ok)


@supply.command()
@box_option
@json_option
@watching.options
@click.pass_context
def state(ctx: click.Context, watch: bool, interval: float | None) -> None:
    """Show everything the supply says of itself."""
    show_state(ctx.ensure_object(App), net_of(ctx), watching.pace(watch, interval), _ok)


@supply.command(cls=NumberCommand)
@click.argument("volts", type=VOLTS, required=False)
@ocp_option
@ovp_option
@box_option
@json_option
@yes_option
@click.pass_context
def voltage(ctx: click.Context, /, volts: float | None, yes: bool, **protections: float | None) -> None:
    """Show the voltage, or set it to VOLTS (3.3, 3300mV)."""
    _setpoint(ctx, "voltage", volts, protections, "" if yes else f"Set voltage to {volts} V?")


@supply.command(cls=NumberCommand)
@click.argument("amps", type=AMPS, required=False)
@ocp_option
@ovp_option
@box_option
@json_option
@yes_option
@click.pass_context
def current(ctx: click.Context, /, amps: float | None, yes: bool, **protections: float | None) -> None:
    """Show the current, or set its limit to AMPS (0.5, 500mA)."""
    _setpoint(ctx, "current", amps, protections, "" if yes else f"Set current to {amps} A?")


def _setpoint(
    ctx: click.Context, action: str, value: float | None, protections: dict[str, float | None], question: str
) -> None:
    """Show or set a setpoint, and what protects it; nobody is asked where there is no question."""
    params = {name: one for name, one in {"value": value, **protections}.items() if one is not None}
    for name, number in params.items():
        bounds.check(bounds.SUPPLY, action if name == "value" else name, number)
    _check_together(ctx, action, value, protections)
    if value is not None:
        confirm(question, not question)
    app, net = ctx.ensure_object(App), net_of(ctx)
    done = net.act(action, **params)
    facts: dict[str, Any] = {"net": net.name, "setpoint": done.value}
    if app.as_json:
        facts["measured"] = also(net, action)
        facts |= {f"{name}_limit": also(net, f"get_{name}_limit") for name in params if name != "value"}
    app.show(facts, _ok(done.message))


def _check_together(ctx: click.Context, action: str, value: float | None, protections: dict[str, float | None]) -> None:
    """Refuse a protection without a setpoint, and one that is below it.

    Raises:
        UsageError: It is so.
    """
    alone = [name for name, number in protections.items() if number is not None and value is None]
    if alone:
        assert ctx.parent is not None
        command = f"lager supply {ctx.parent.params['net']} {alone[0]} {protections[alone[0]]}"
        ctx.fail(f"--{alone[0]} goes with a {action} to set; by itself: `{command}`.")
    level = protections["ovp"]
    if action == "voltage" and value is not None and level is not None and level < value:
        raise errors.OutOfRange(
            f"OVP limit ({level}V) cannot be less than voltage setpoint ({value}V)",
            "choose a level above the voltage",
        )


@supply.command(cls=NumberCommand)
@click.argument("amps", type=AMPS, required=False)
@box_option
@json_option
@click.pass_context
def ocp(ctx: click.Context, amps: float | None) -> None:
    """Show or set the over-current protection.

    Setting it to AMPS (0.5, 500mA) arms it.
    """
    _protection(ctx, "ocp", amps)


@supply.command(cls=NumberCommand)
@click.argument("volts", type=VOLTS, required=False)
@box_option
@json_option
@click.pass_context
def ovp(ctx: click.Context, volts: float | None) -> None:
    """Show or set the over-voltage protection.

    Setting it to VOLTS (3.3, 3300mV) arms it.
    """
    _protection(ctx, "ovp", volts)


def _protection(ctx: click.Context, action: str, value: float | None) -> None:
    bounds.check(bounds.SUPPLY, action, value)
    net = net_of(ctx)
    done = net.act(action, value=value)
    ctx.ensure_object(App).show({"net": net.name, f"{action}_limit": done.value}, _ok(done.message))


@supply.command("clear-ocp")
@box_option
@json_option
@click.pass_context
def clear_ocp(ctx: click.Context) -> None:
    """Clear a tripped over-current protection.

    The output stays off.
    """
    _plain(ctx, "clear_ocp", {"cleared": ["ocp"]})


@supply.command("clear-ovp")
@box_option
@json_option
@click.pass_context
def clear_ovp(ctx: click.Context) -> None:
    """Clear a tripped over-voltage protection.

    The output stays off.
    """
    _plain(ctx, "clear_ovp", {"cleared": ["ovp"]})


@supply.command("set")
@box_option
@json_option
@click.pass_context
def set_(ctx: click.Context) -> None:
    """Bring the instrument into this role.

    For one that has several; nothing else is changed.
    """
    _plain(ctx, "set_mode", {"role": ROLE})


@supply.command()
@box_option
@json_option
@yes_option
@click.pass_context
def enable(ctx: click.Context, yes: bool) -> None:
    """Switch the output on."""
    confirm("Enable Net?", yes)
    _plain(ctx, "enable", {"enabled": True})


@supply.command()
@box_option
@json_option
@yes_option
@click.pass_context
def disable(ctx: click.Context, yes: bool) -> None:  # noqa: ARG001  # off is the safe direction: nobody is asked
    """Switch the output off."""
    _plain(ctx, "disable", {"enabled": False})


def _plain(ctx: click.Context, action: str, facts: dict[str, Any]) -> None:
    """Do what has no value; `facts` is what is so when it is done."""
    net = net_of(ctx)
    done = net.act(action)
    ctx.ensure_object(App).show({"net": net.name, **facts}, _ok(done.message))


supply.add_command(supply_tui)

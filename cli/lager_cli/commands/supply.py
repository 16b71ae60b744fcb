"""`lager supply`: bench power supplies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lager_cli import watching
from lager_cli.app import App, box_option, confirm, json_option
from lager_cli.netcall import NetGroup, RemoteNet, list_nets
from lager_cli.units import AMPS, VOLTS, NumberCommand, shown

if TYPE_CHECKING:
    from lager.roles import SupplyState

ROLE = "power-supply"
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group(cls=NetGroup, invoke_without_command=True)
@click.argument("net", required=False)
@box_option
@json_option
@click.pass_context
def supply(ctx: click.Context, net: str | None) -> None:
    """Control the power supply NET; without NET, list the supplies."""
    if ctx.invoked_subcommand is not None:
        return
    if net is None:
        list_nets(ctx.ensure_object(App), ROLE, "power supply")
    else:
        _state(ctx.ensure_object(App), RemoteNet(ctx.ensure_object(App), net, ROLE))


def _net(ctx: click.Context) -> RemoteNet:
    assert ctx.parent is not None
    return RemoteNet(ctx.ensure_object(App), ctx.parent.params["net"], ROLE)


@supply.command()
@box_option
@json_option
@watching.options
@click.pass_context
def state(ctx: click.Context, watch: bool, interval: float | None) -> None:
    """Show everything the supply says of itself."""
    _state(ctx.ensure_object(App), _net(ctx), watching.pace(watch, interval))


def _state(app: App, net: RemoteNet, every: float | None = None) -> None:
    import msgspec

    from lager.roles import SupplyState

    if every is None:
        now: SupplyState = net.call("state", kind=SupplyState)
        app.show(now, _words(now))
    else:
        watching.watch(app, net, every, lambda facts: _words(msgspec.convert(facts, SupplyState)))


def _words(now: SupplyState) -> str:
    tripped = [name for name, is_so in (("OCP", now.ocp_tripped), ("OVP", now.ovp_tripped)) if is_so]
    return (
        f"[OK] Channel {now.channel}: {'ON' if now.enabled else 'OFF'}, Set: {now.voltage_set}V/{now.current_set}A, "
        f"Measured: {shown(now.voltage)}V/{shown(now.current)}A, OCP: {now.ocp_limit}A, OVP: {now.ovp_limit}V"
        + (f", Tripped: {' and '.join(tripped)}" if tripped else "")
    )


@supply.command(cls=NumberCommand)
@click.argument("volts", type=VOLTS, required=False)
@box_option
@json_option
@yes_option
@click.pass_context
def voltage(ctx: click.Context, volts: float | None, yes: bool) -> None:
    """Show the voltage, or set it to VOLTS (3.3, 3300mV)."""
    if volts is not None:
        confirm(f"Set voltage to {volts} V?", yes)
    net = _net(ctx)
    if volts is not None:
        net.call("set_voltage", volts, kind=object)
    setpoint: float = net.call("get_voltage_setpoint", kind=float)
    measured: float = net.call("voltage", kind=float)
    words = f"[OK] Voltage set to {setpoint}V" if volts is not None else f"Voltage setpoint: {setpoint}V"
    facts = {"net": net.name, "setpoint": setpoint, "measured": measured}
    ctx.ensure_object(App).show(facts, f"{words}, Measured: {shown(measured)}V" if volts is None else words)


@supply.command(cls=NumberCommand)
@click.argument("amps", type=AMPS, required=False)
@box_option
@json_option
@yes_option
@click.pass_context
def current(ctx: click.Context, amps: float | None, yes: bool) -> None:
    """Show the current, or set its limit to AMPS (0.5, 500mA)."""
    if amps is not None:
        confirm(f"Set current to {amps} A?", yes)
    net = _net(ctx)
    if amps is not None:
        net.call("set_current", amps, kind=object)
    setpoint: float = net.call("get_current_setpoint", kind=float)
    measured: float = net.call("current", kind=float)
    words = f"[OK] Current limit set to {setpoint}A" if amps is not None else f"Current setpoint: {setpoint}A"
    facts = {"net": net.name, "setpoint": setpoint, "measured": measured}
    ctx.ensure_object(App).show(facts, f"{words}, Measured: {shown(measured)}A" if amps is None else words)


@supply.command()
@box_option
@json_option
@yes_option
@click.pass_context
def enable(ctx: click.Context, yes: bool) -> None:
    """Switch the output on."""
    confirm("Enable Net?", yes)
    _switch(ctx, "enable")


@supply.command()
@box_option
@json_option
@yes_option
@click.pass_context
def disable(ctx: click.Context, yes: bool) -> None:  # noqa: ARG001  # off is the safe direction: nobody is asked
    """Switch the output off."""
    _switch(ctx, "disable")


def _switch(ctx: click.Context, method: str) -> None:
    net = _net(ctx)
    net.call(method, kind=object)
    enabled: bool = net.call("output_is_enabled", kind=bool)
    words = f"[OK] Supply output {'enabled' if enabled else 'disabled'}"
    ctx.ensure_object(App).show({"net": net.name, "enabled": enabled}, words)

"""`lager battery`: battery simulators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lager_cli import watching
from lager_cli.app import App, box_option, json_option
from lager_cli.netcall import NetGroup, RemoteNet, list_nets
from lager_cli.units import shown

if TYPE_CHECKING:
    from lager.roles import BatteryState

ROLE = "battery"


@click.group(cls=NetGroup, invoke_without_command=True)
@click.argument("net", required=False)
@box_option
@json_option
@click.pass_context
def battery(ctx: click.Context, net: str | None) -> None:
    """Look at the battery simulator NET; without NET, list them."""
    if ctx.invoked_subcommand is not None:
        return
    if net is None:
        list_nets(ctx.ensure_object(App), ROLE, "battery")
    else:
        _state(ctx.ensure_object(App), net)


@battery.command()
@box_option
@json_option
@watching.options
@click.pass_context
def state(ctx: click.Context, watch: bool, interval: float | None) -> None:
    """Show everything the battery simulator says of itself."""
    assert ctx.parent is not None
    _state(ctx.ensure_object(App), ctx.parent.params["net"], watching.pace(watch, interval))


def _state(app: App, name: str, every: float | None = None) -> None:
    import msgspec

    from lager.roles import BatteryState

    net = RemoteNet(app, name, ROLE)
    if every is None:
        now: BatteryState = net.call("state", kind=BatteryState)
        app.show(now, _words(now))
    else:
        watching.watch(app, net, every, lambda facts: _words(msgspec.convert(facts, BatteryState)))


def _words(now: BatteryState) -> str:
    tripped = [one for one, is_so in (("OCP", now.ocp_tripped), ("OVP", now.ovp_tripped)) if is_so]
    return (
        f"[OK] Channel {now.channel}: {'ON' if now.enabled else 'OFF'}, Mode: {now.mode}, Model: {now.model}, "
        f"SOC: {now.soc}%, Voltage: {shown(now.terminal_voltage)}V, Current: {shown(now.current)}A"
        + (f", Tripped: {' and '.join(tripped)}" if tripped else "")
    )

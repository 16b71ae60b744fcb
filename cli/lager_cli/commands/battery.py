"""`lager battery`: battery simulators."""

from __future__ import annotations

import click

from lager_cli.app import App, box_option, json_option
from lager_cli.netcall import NetGroup, RemoteNet, list_nets

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
@click.pass_context
def state(ctx: click.Context) -> None:
    """Show everything the battery simulator says of itself."""
    assert ctx.parent is not None
    _state(ctx.ensure_object(App), ctx.parent.params["net"])


def _state(app: App, name: str) -> None:
    from lager.roles import BatteryState

    now: BatteryState = RemoteNet(app, name, ROLE).call("state", kind=BatteryState)
    tripped = [one for one, is_so in (("OCP", now.ocp_tripped), ("OVP", now.ovp_tripped)) if is_so]
    app.show(
        now,
        f"[OK] Channel {now.channel}: {'ON' if now.enabled else 'OFF'}, Mode: {now.mode}, Model: {now.model}, "
        f"SOC: {now.soc}%, Voltage: {now.terminal_voltage:.4f}V, Current: {now.current:.4f}A"
        + (f", Tripped: {' and '.join(tripped)}" if tripped else ""),
    )

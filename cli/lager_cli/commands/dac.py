"""`lager dac`: analog outputs."""

from __future__ import annotations

import click

from lager_cli.app import App, box_option, json_option
from lager_cli.units import VOLTS, NumberCommand, shown


@click.command(cls=NumberCommand)
@click.argument("net", required=False)
@click.argument("volts", type=VOLTS, required=False)
@box_option
@json_option
@click.option("--yes", is_flag=True, hidden=True, help="Accepted, and not needed: nothing is asked.")
@click.pass_obj
def dac(app: App, net: str | None, volts: float | None, yes: bool) -> None:  # noqa: ARG001  # accepted everywhere
    """Show the voltage of the analog output NET, or set it to VOLTS (1.5, 1500mV); without NET, list the outputs."""
    from lager_cli.netcall import RemoteNet, list_nets

    if net is None:
        list_nets(app, "dac", "DAC")
        return
    output = RemoteNet(app, net, "dac")
    if volts is not None:
        output.call("output", volts, kind=object)
    now: float = output.call("get_voltage", kind=float)
    app.show({"net": net, "voltage": now}, f"DAC '{net}'{' set to' if volts is not None else ''}: {shown(now, 6)} V")

"""`lager adc`: analog inputs."""

from __future__ import annotations

import click

from lager_cli.app import App, box_option, json_option
from lager_cli.units import shown


@click.command()
@click.argument("net", required=False)
@box_option
@json_option
@click.pass_obj
def adc(app: App, net: str | None) -> None:
    """Read the analog input NET; without NET, list the inputs."""
    from lager_cli.netcall import RemoteNet, list_nets

    if net is None:
        list_nets(app, "adc", "ADC")
        return
    volts: float = RemoteNet(app, net, "adc").call("input", kind=float)
    app.show({"net": net, "voltage": volts}, f"ADC '{net}': {shown(volts, 6)} V")

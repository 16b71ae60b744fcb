"""`lager thermocouple`: temperatures."""

from __future__ import annotations

import click

from lager_cli.app import App, box_option, json_option
from lager_cli.units import shown


@click.command()
@click.argument("net", required=False)
@box_option
@json_option
@click.pass_obj
def thermocouple(app: App, net: str | None) -> None:
    """Read the temperature of the thermocouple NET, in °C.

    Without NET, of the default one (`lager defaults add --thermocouple-net NET`), else a list of the thermocouples.
    """
    from lager_cli.netcommands import green, meant

    probe = meant(app, net, "thermocouple", "thermocouple")
    if probe is not None:
        celsius: float = probe.call("read", kind=float)
        words = f"Temperature: {shown(celsius, 1)}\u02daC"  # the ring that released clients print
        app.show({"net": probe.name, "temperature_c": celsius}, green(words))

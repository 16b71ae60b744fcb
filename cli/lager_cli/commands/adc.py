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
    """Read the analog input NET.

    Without NET, the default one (`lager defaults add --adc-net NET`), else a list of the inputs.
    """
    from lager_cli.netcommands import green, meant

    line = meant(app, net, "adc", "ADC")
    if line is not None:
        volts: float = line.call("input", kind=float)
        app.show({"net": line.name, "voltage": volts}, green(f"ADC {line.name!r}: {shown(volts, 6)} V"))

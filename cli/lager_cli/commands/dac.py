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
    """Show the voltage of the analog output NET, or set it to VOLTS (1.5, 1500mV).

    Without NET, that of the default one (`lager defaults add --dac-net NET`), else a list of the outputs.
    """
    from lager_cli.netcommands import green, meant

    output = meant(app, net, "dac", "DAC")
    if output is None:
        return
    if volts is not None:
        output.call("output", volts, kind=object)
    now: float = output.call("get_voltage", kind=float)
    words = f"DAC {output.name!r}{' set to' if volts is not None else ''}: {shown(now, 6)} V"
    app.show({"net": output.name, "voltage": now}, green(words))

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
@click.pass_context
def dac(ctx: click.Context, net: str | None, volts: float | None, yes: bool) -> None:  # noqa: ARG001  # accepted everywhere
    """Show the voltage of the analog output NET, or set it to VOLTS (1.5, 1500mV).

    Without NET, that of the default one (`lager defaults add --dac-net NET`), else a list of the outputs.
    """
    from lager_cli.netcommands import green, meant

    app = ctx.ensure_object(App)
    if net is not None and volts is None:
        net, volts = _left_out(ctx, net)
    output = meant(app, net, "dac", "DAC")
    if output is None:
        return
    if volts is not None:
        output.call("output", volts, kind=object)
    now: float = output.call("get_voltage", kind=float)
    words = f"DAC {output.name!r}{' set to' if volts is not None else ''}: {shown(now, 6)} V"
    app.show({"net": output.name, "voltage": now}, green(words))


def _left_out(ctx: click.Context, word: str) -> tuple[str, float | None]:
    """Take a voltage where a net is expected for one of the default net."""
    from lager_cli.defaultnets import default_net

    try:
        volts = VOLTS.convert(word, None, None)
    except click.BadParameter:
        return word, None
    return default_net("dac") or ctx.fail(f"Say which net: lager dac NET {word}."), volts

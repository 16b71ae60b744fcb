"""`lager watt`: power, of a watt meter or of any net that measures voltage and current."""

from __future__ import annotations

import click

from lager_cli.app import App, box_option, json_option
from lager_cli.netcall import NetGroup, RemoteNet
from lager_cli.netcommands import green, meant, net_of
from lager_cli.units import SECONDS, shown

ROLE = "watt-meter"
_MOST = 120.0  # s, as the box measures at one go
_UNITS = {"power": "W", "current": "A", "voltage": "V"}
duration_option = click.option(
    "--duration", type=SECONDS, metavar="TIME", help="Show the mean over so long (2.5, 500ms); 0.1 s if not said."
)


@click.group(cls=NetGroup, role=ROLE, invoke_without_command=True)
@click.argument("net", required=False)
@box_option
@json_option
@click.pass_context
def watt(ctx: click.Context, net: str | None) -> None:
    """Measure the power of NET: of a watt meter, or of a supply, a battery simulator or a load.

    Without NET, of the default one (`lager defaults add --watt-meter-net NET`), else a list of such nets.
    """
    if ctx.invoked_subcommand is not None:
        return
    app = ctx.ensure_object(App)
    meter = meant(app, net, ROLE, "watt meter")
    if meter is not None:
        _show(app, meter, "power", None)


@watt.command()
@duration_option
@box_option
@json_option
@click.pass_context
def power(ctx: click.Context, duration: float | None) -> None:
    """Measure the power."""
    _show(ctx.ensure_object(App), net_of(ctx), "power", duration)


@watt.command()
@duration_option
@box_option
@json_option
@click.pass_context
def current(ctx: click.Context, duration: float | None) -> None:
    """Measure the current."""
    _show(ctx.ensure_object(App), net_of(ctx), "current", duration)


@watt.command()
@duration_option
@box_option
@json_option
@click.pass_context
def voltage(ctx: click.Context, duration: float | None) -> None:
    """Measure the voltage."""
    _show(ctx.ensure_object(App), net_of(ctx), "voltage", duration)


@watt.command("all")
@duration_option
@box_option
@json_option
@click.pass_context
def all_(ctx: click.Context, duration: float | None) -> None:
    """Measure power, current and voltage."""
    _show(ctx.ensure_object(App), net_of(ctx), "all", duration)


def _show(app: App, net: RemoteNet, action: str, duration: float | None) -> None:
    if duration is not None and duration > _MOST:
        raise click.UsageError(f"--duration is at most {_MOST:g} s, got {duration:g} s.")
    done = net.act(action, lasting=duration or 0.0, duration=duration)
    found: dict[str, float] = done.value if action == "all" else {action: done.value}
    lines = [
        f"{name.capitalize()} {net.name!r}: {_words(found[name])} {_UNITS[name]}" for name in _UNITS if name in found
    ]
    facts = {f"{name}_{unit.lower()}": found[name] for name, unit in _UNITS.items() if name in found}
    app.show({"net": net.name, **facts}, green("\n".join(lines)))


def _words(value: float) -> str:
    """Write a value with three decimals, or with six, where three would say nothing."""
    return shown(value, 3 if abs(value) >= 1 else 6)

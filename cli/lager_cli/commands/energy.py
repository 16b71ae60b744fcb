"""`lager energy`: energy and charge over some time, of any net that measures voltage and current."""

from __future__ import annotations

import sys
from typing import Any

import click

from lager_cli.app import App, box_option, json_option
from lager_cli.netcall import NetGroup, list_nets
from lager_cli.netcommands import green, net_of
from lager_cli.units import SECONDS, scaled

ROLE = "energy-analyzer"
_LEAST, _MOST = 0.1, 120.0  # s, as the box measures at one go
_LONG = 2.0  # s; what takes longer is said to


@click.group(cls=NetGroup, role=ROLE, invoke_without_command=True)
@click.argument("net", required=False)
@box_option
@json_option
@click.pass_context
def energy(ctx: click.Context, net: str | None) -> None:
    """Measure the energy that flows through NET: an energy analyzer, a supply, a battery simulator or a load.

    \b
    A command without NET is for the default one:
      lager defaults add --energy-net NET
    """  # noqa: D301  # click's own sign: the lines after it stay as they are
    if ctx.invoked_subcommand is not None:
        return
    if net is not None:
        ctx.fail(f"Say what: lager energy {net} read, or lager energy {net} stats.")
    list_nets(ctx.ensure_object(App), ROLE, "energy analyzer")


@energy.command()
@click.option("--duration", type=SECONDS, metavar="TIME", default=10.0, help="Over so long; 10 s if not said.")
@box_option
@json_option
@click.pass_context
def read(ctx: click.Context, duration: float) -> None:
    """Measure energy and charge over some time."""
    name, facts = _measured(ctx, "read_energy", duration)
    words = [
        f"Energy {name!r} ({duration:.1f}s integration):",
        f"  Energy:  {scaled(facts['energy_j'], 'J')} ({scaled(facts['energy_wh'], 'Wh')})",
        f"  Charge:  {scaled(facts['charge_c'], 'C')} ({scaled(facts['charge_ah'], 'Ah')})",
    ]
    ctx.ensure_object(App).show({"net": name, **facts}, green("\n".join(words)))


@energy.command()
@click.option("--duration", type=SECONDS, metavar="TIME", default=1.0, help="Over so long; 1 s if not said.")
@box_option
@json_option
@click.pass_context
def stats(ctx: click.Context, duration: float) -> None:
    """Measure mean, least, most and spread of current, voltage and power."""
    from lager_cli.output import table

    name, facts = _measured(ctx, "read_stats", duration)
    rows = [
        [quantity.capitalize(), *(scaled(facts[quantity][one], unit) for one in ("mean", "min", "max", "std"))]
        for quantity, unit in (("current", "A"), ("voltage", "V"), ("power", "W"))
    ]
    head = f"Stats {name!r} ({duration:.1f}s, {facts['samples']} samples):"
    words = f"{head}\n{table(['', 'mean', 'min', 'max', 'std'], rows)}"
    ctx.ensure_object(App).show({"net": name, **facts}, green(words))


def _measured(ctx: click.Context, action: str, duration: float) -> tuple[str, dict[str, Any]]:
    """Measure for that long; whoever sits at a terminal is told how long it takes."""
    if not _LEAST <= duration <= _MOST:
        raise click.UsageError(f"--duration must be between {_LEAST:g} s and {_MOST:g} s, got {duration:g} s.")
    net = net_of(ctx)
    if duration > _LONG and sys.stderr.isatty():
        click.echo(f"Measuring for {duration:g} s (Ctrl+C to stop)...", err=True)
    facts: dict[str, Any] = net.act(action, lasting=duration, duration=duration).value
    return net.name, facts

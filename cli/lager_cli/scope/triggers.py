"""`lager scope NET trigger`, and its types `edge` and `pulse`."""

from __future__ import annotations

from typing import Any

import click

from lager_cli.scope.channel import Channel, channel, options
from lager_cli.scope.quantities import SECONDS, scaled
from lager_cli.scope.triggering import Part, apply, choice, common, level
from lager_cli.scope.triggertypes import shown


@click.group(invoke_without_command=True)
@options
@click.pass_context
def trigger(ctx: click.Context) -> None:
    """Show what starts a capture, or set it; for all channels of the instrument."""
    if ctx.invoked_subcommand is None:
        _show(channel(ctx))


def _show(net: Channel) -> None:
    get = net.scope.trigger_get
    type_ = str(get("type"))
    general = [Part("mode", get("sweep")), Part("coupling", get("coupling")), Part("status", get("status"))]
    own = [Part(f"{type_}.{name}", _read(get(f"{type_}.{name}"), unit), unit) for name, unit in shown(type_)]
    words = ", ".join(part.words for part in (*own, *general))
    net.show({"type": type_, **{part.key: part.value for part in (*own, *general)}}, f"Trigger: {type_}: {words}")


def _read(value: Any, unit: str) -> Any:
    return int(value) if isinstance(value, float) and not unit else value


@trigger.command()
@common
@level
@choice("--slope", ["rising", "falling", "both"], None, "Which edges.")
@options
@click.pass_context
def edge(ctx: click.Context, /, source: str | None, level: float | None, slope: str | None, **_: Any) -> None:
    """Trigger on an edge."""
    parts = (Part("edge.source", source, is_source=True), Part("edge.slope", slope), Part("edge.level", level, "V"))
    apply(channel(ctx), "edge", parts, ctx)


_PULSES = ("positive", "negative", "positive_greater", "negative_greater", "positive_less", "negative_less")


@trigger.command()
@common
@level
@choice("--trigger-on", _PULSES, "positive", "Which pulses; by their width where it says so.")
@click.option("--upper", type=SECONDS, metavar="TIME", help="Pulses that are shorter (20us).")
@click.option("--lower", type=SECONDS, metavar="TIME", help="Pulses that are longer; with --upper, in between.")
@options
@click.pass_context
def pulse(ctx: click.Context, /, source: str | None, level: float | None, **more: Any) -> None:
    """Trigger on a pulse by its width."""
    polarity, _, compared = more["trigger_on"].partition("_")
    lower, upper = more["lower"], more["upper"]
    if compared and lower is not None and upper is not None:
        raise click.UsageError(f"--trigger-on {more['trigger_on']} takes one limit: --lower or --upper, not both.")
    net = channel(ctx)
    parts = [Part("pulse.source", source, is_source=True), Part("pulse.polarity", polarity)]
    parts += [Part("pulse.level", level, "V"), *widths(net, compared, lower, upper)]
    apply(net, "pulse", parts, ctx)


def widths(net: Channel, compared: str, lower: float | None, upper: float | None) -> list[Part]:
    """Give how the width is compared. Of two limits the one that makes room goes first: the lower stays below."""
    one = upper if lower is None else lower
    if compared == "greater" or (not compared and upper is None and lower is not None):
        return [Part("pulse.when", "greater"), Part("pulse.lower", one, "s")]
    if compared == "less" or (not compared and lower is None and upper is not None):
        return [Part("pulse.when", "less"), Part("pulse.upper", one, "s")]
    if lower is None or upper is None:
        return []
    if not lower < upper:
        raise click.UsageError(f"--lower {scaled(lower, 's')} is not below --upper {scaled(upper, 's')}.")
    both = [Part("pulse.lower", lower, "s"), Part("pulse.upper", upper, "s")]
    if upper >= float(net.scope.trigger_get("pulse.lower")):
        both.reverse()
    return [Part("pulse.when", "between"), *both]

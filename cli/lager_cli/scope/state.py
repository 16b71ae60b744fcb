"""`lager scope NET` and `lager scope NET state`: everything the channel says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lager_cli import watching
from lager_cli.app import App
from lager_cli.scope.channel import Channel, channel, options
from lager_cli.scope.quantities import plain, scaled

if TYPE_CHECKING:
    from lager.roles import ScopeState


@click.command()
@options
@watching.options
@click.pass_context
def state(ctx: click.Context, watch: bool, interval: float | None) -> None:
    """Show everything the channel says of itself."""
    show(ctx.ensure_object(App), channel(ctx), watching.pace(watch, interval))


def show(app: App, one: Channel, every: float | None = None) -> None:
    """Show the state once, or again and again every so many s."""
    import msgspec

    from lager.roles import ScopeState

    if every is None:
        now: ScopeState = one.call("state", kind=ScopeState)
        app.show(now, words(now))
    else:
        watching.watch(app, one.remote, every, lambda facts: words(msgspec.convert(facts, ScopeState)))


def words(now: ScopeState) -> str:
    """Say it in one line."""
    limit = f", limited to {scaled(now.bandwidth_limit, 'Hz')}" if now.bandwidth_limit else ""
    return (
        f"[OK] Channel {now.channel}: {'ON' if now.enabled else 'OFF'}, {scaled(now.volts_per_div, 'V')}/div, "
        f"Offset: {scaled(now.volt_offset, 'V')}, {now.coupling}, Probe: {plain(now.probe)}x{limit}, "
        f"Timebase: {scaled(now.time_per_div, 's')}/div, Offset: {scaled(now.time_offset, 's')}, "
        f"Trigger: {now.trigger_type} ({now.trigger_sweep}), {now.status}, "
        f"{scaled(now.sample_rate, 'Sa/s')}, {now.memory_depth} points"
    )

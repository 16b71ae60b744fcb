"""`lager scope NET enable`, `start` and so on: what is shown, and when it is captured."""

from __future__ import annotations

import click

from lager import errors
from lager_cli.scope.channel import Channel, channel, options
from lager_cli.units import SECONDS


@click.command()
@options
@click.pass_context
def enable(ctx: click.Context) -> None:
    """Show the channel; only what is shown is captured."""
    _switch(channel(ctx), "enable")


@click.command()
@options
@click.pass_context
def disable(ctx: click.Context) -> None:
    """Hide the channel."""
    _switch(channel(ctx), "disable")


def _switch(one: Channel, method: str) -> None:
    one.call(method, kind=object)
    enabled: bool = one.call("output_is_enabled", kind=bool)
    words = f"Channel {one.number} {'enabled' if enabled else 'disabled'}"
    one.show({"channel": int(one.number), "enabled": enabled}, words)


@click.command()
@click.option("--single", is_flag=True, help="Capture once, when the trigger comes: as `single`.")
@options
@click.pass_context
def start(ctx: click.Context, single: bool) -> None:
    """Capture again and again."""
    if single:
        _single(channel(ctx), None)
    else:
        _act(channel(ctx), "start_capture", "Capture started")


@click.command()
@click.option(
    "--wait",
    type=SECONDS,
    metavar="TIME",
    help="Wait so long (10s, 500ms, 5m) until it has been captured; status 4 where no trigger came.",
)
@options
@click.pass_context
def single(ctx: click.Context, wait: float | None) -> None:
    """Wait for the trigger, capture once, and stop."""
    _single(channel(ctx), wait)


@click.command()
@click.option(
    "--wait",
    type=SECONDS,
    metavar="TIME",
    help="Wait so long (10s, 500ms, 5m) until it has been captured; status 4 where no trigger came.",
)
@options
@click.pass_context
def capture(ctx: click.Context, wait: float | None) -> None:
    """Capture once, at the next trigger: as `single`."""
    _single(channel(ctx), wait)


def _single(one: Channel, wait: float | None) -> None:
    if wait is None:
        _act(one, "start_single_capture", "Single capture started")
        return
    scope = one.scope
    scope.start_single_capture()
    try:
        scope.wait_for_capture(wait)
    except errors.NothingCaptured as exc:
        own = f"lager scope {one.name}"
        hint = f"see its source and level in `{own} trigger`; `{own} force` ends the wait"
        raise errors.NothingCaptured(exc.what, hint) from exc
    one.show({"captured": True}, "Captured")


@click.command()
@options
@click.pass_context
def stop(ctx: click.Context) -> None:
    """Stop capturing; the last capture stays on the screen and in the memory."""
    _act(channel(ctx), "stop_capture", "Capture stopped")


@click.command()
@options
@click.pass_context
def force(ctx: click.Context) -> None:
    """Trigger now, whatever the signal."""
    _act(channel(ctx), "force_trigger", "Trigger forced")


@click.command()
@options
@click.pass_context
def autoscale(ctx: click.Context) -> None:
    """Have the instrument choose scales and trigger for the signals it sees; up to 15 s."""
    _act(channel(ctx), "autoscale", "Autoscale completed")


def _act(one: Channel, method: str, words: str) -> None:
    one.call(method, kind=object)
    one.show({"done": method}, words)


COMMANDS = (enable, disable, start, stop, single, capture, force, autoscale)

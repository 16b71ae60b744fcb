"""`lager scope NET cursor`: the manual cursors on the instrument's screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lager_cli.scope.channel import Channel, channel, options
from lager_cli.scope.quantities import clean, scaled

if TYPE_CHECKING:
    from collections.abc import Callable

    from lager.roles import ScopeCursors


@click.group(invoke_without_command=True)
@options
@click.pass_context
def cursor(ctx: click.Context) -> None:
    """Show where the cursors are; places are on the screen, x from 0 (left) to 999, y from 0 (bottom) to 479."""
    if ctx.invoked_subcommand is None:
        _show(channel(ctx))


def _show(net: Channel) -> None:
    now = net.scope.cursors()
    seconds, volts = now.b_seconds - now.a_seconds, now.b_volts - now.a_volts
    net.show(_facts(now, seconds, volts), _words(now, seconds, volts))


def _facts(now: ScopeCursors, seconds: float, volts: float) -> dict[str, Any]:
    return {
        "a": {"x": now.a_x, "y": now.a_y, "seconds": now.a_seconds, "volts": now.a_volts},
        "b": {"x": now.b_x, "y": now.b_y, "seconds": now.b_seconds, "volts": now.b_volts},
        "delta_seconds": clean(seconds),
        "delta_volts": clean(volts),
    }


def _words(now: ScopeCursors, seconds: float, volts: float) -> str:
    rate = f" ({scaled(1 / abs(seconds), 'Hz')})" if seconds else ""
    return (
        f"Cursor A: x {now.a_x}, y {now.a_y} ({scaled(now.a_seconds, 's')}, {scaled(now.a_volts, 'V')})\n"
        f"Cursor B: x {now.b_x}, y {now.b_y} ({scaled(now.b_seconds, 's')}, {scaled(now.b_volts, 'V')})\n"
        f"A to B: {scaled(seconds, 's')}{rate}, {scaled(volts, 'V')}"
    )


def _places(x: str, y: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        up = click.option("--y", type=float, metavar="Y", help=y)
        return click.option("--x", type=float, metavar="X", help=x)(up(options(click.pass_context(command))))

    return add


_put = _places("Where, from the left: 0 to 999.", "Where, from the bottom: 0 to 479.")
_shift = _places("How far to the right; negative to the left.", "How far up; negative down.")


@cursor.command("set-a")
@_put
def set_a(ctx: click.Context, x: float | None, y: float | None) -> None:
    """Show the cursors on this channel, and put A at a place."""
    _placed(ctx, "A", x, y)


@cursor.command("set-b")
@_put
def set_b(ctx: click.Context, x: float | None, y: float | None) -> None:
    """Show the cursors on this channel, and put B at a place."""
    _placed(ctx, "B", x, y)


@cursor.command("move-a")
@_shift
def move_a(ctx: click.Context, x: float | None, y: float | None) -> None:
    """Move A to the right and up."""
    _moved(ctx, "A", x, y)


@cursor.command("move-b")
@_shift
def move_b(ctx: click.Context, x: float | None, y: float | None) -> None:
    """Move B to the right and up."""
    _moved(ctx, "B", x, y)


@cursor.command()
@options
@click.pass_context
def hide(ctx: click.Context) -> None:
    """Hide the cursors."""
    net = channel(ctx)
    mode: str = net.call("cursor_mode", "off", kind=str)
    net.show({"cursors": mode}, "Cursors hidden")


def _placed(ctx: click.Context, name: str, x: float | None, y: float | None) -> None:
    _told_where(x, y)
    net = channel(ctx)
    (net.scope.cursor.set_a if name == "A" else net.scope.cursor.set_b)(x, y)
    _show(net)


def _moved(ctx: click.Context, name: str, x: float | None, y: float | None) -> None:
    _told_where(x, y)
    net = channel(ctx)
    (net.scope.cursor.move_a if name == "A" else net.scope.cursor.move_b)(x or 0, y or 0)
    _show(net)


def _told_where(x: float | None, y: float | None) -> None:
    if x is None and y is None:
        raise click.UsageError("Say where: --x, --y, or both.")

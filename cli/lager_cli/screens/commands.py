"""`lager supply NET tui` and the others. What they need is imported when they are run: help stays quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lager_cli.app import App, box_option
from lager_cli.units import SECONDS

if TYPE_CHECKING:
    from lager_cli.screens.picture import Kind

_WATCH = "`lager {} NET state --watch` shows the readings line by line, and with --json for programs"
_LONGEST = 3600  # s between two readings, as the box takes it


@click.command(name="tui")
@click.option("--interval", type=SECONDS, metavar="TIME", default=1.0, help="Read it every so often (0.5, 500ms).")
@box_option
@click.pass_context
def supply_tui(ctx: click.Context, interval: float) -> None:
    """Show the supply live on the whole terminal, and take commands."""
    _ready("supply", interval)
    from lager_cli.screens.supplywords import SUPPLY

    _show(ctx, SUPPLY, interval)


@click.command(name="tui")
@click.option("--interval", type=SECONDS, metavar="TIME", default=1.0, help="Read it every so often (0.5, 500ms).")
@box_option
@click.pass_context
def battery_tui(ctx: click.Context, interval: float) -> None:
    """Show the battery simulator live on the whole terminal, and take commands."""
    _ready("battery", interval)
    from lager_cli.screens.batterywords import BATTERY

    _show(ctx, BATTERY, interval)


def _ready(group: str, interval: float) -> None:
    from lager_cli.screens.terminalscreen import need_terminal

    if not 0 < interval <= _LONGEST:
        raise click.UsageError(
            f"--interval must be more than 0 s, and at most {_LONGEST} s; the bench is asked every 0.1 s at most."
        )
    need_terminal(_WATCH.format(group))


def _show(ctx: click.Context, kind: Kind, interval: float) -> None:
    """Show a net until somebody leaves. What can be said without a screen is said before there is one."""
    from lager_cli.live import LiveNet
    from lager_cli.screens import typed
    from lager_cli.screens.livescreen import LiveScreen
    from lager_cli.screens.saved import Saved

    assert ctx.parent is not None
    app, name = ctx.ensure_object(App), ctx.parent.params["net"]
    live = LiveNet(app, name, kind.role, interval)
    saved = Saved(app, name, kind.role)
    saved.limits()
    ctx.exit(LiveScreen(kind, live, interval, saved.limits, typed.file_of(kind.role)).show())


@click.command(name="tui")
@box_option
@click.pass_context
def nets_tui(ctx: click.Context) -> None:
    """Name the channels of the bench on the whole terminal: which of them is which net."""
    from lager_cli.screens.terminalscreen import need_terminal

    need_terminal("`lager nets` lists the nets; `lager nets add`, `rename` and `delete` change them")
    from lager_cli.screens.benchlink import BenchLink
    from lager_cli.screens.nettable import NetTable

    ctx.exit(NetTable(BenchLink(ctx.ensure_object(App))).show())

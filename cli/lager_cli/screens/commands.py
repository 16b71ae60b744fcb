"""`lager supply NET tui`, `lager battery NET tui` and `lager nets tui`. What they need is imported when they are run."""

from __future__ import annotations

import click

from lager_cli.app import App, box_option
from lager_cli.watching import interval_option

_WATCH = "`lager {} NET state --watch` shows the readings line by line, and with --json for programs"


@click.command(name="tui")
@box_option
@interval_option
@click.pass_context
def supply_tui(ctx: click.Context, interval: float) -> None:
    """Show the supply live, and take commands."""
    from lager_cli.screens.terminalscreen import need_terminal

    need_terminal(_WATCH.format("supply"))
    from lager_cli.screens.supplywords import SUPPLY

    _show(ctx, SUPPLY, interval)

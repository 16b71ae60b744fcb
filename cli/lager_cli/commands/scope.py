"""`lager scope`: oscilloscopes."""

from __future__ import annotations

import click

from lager_cli.app import App
from lager_cli.netcall import NetGroup, list_nets
from lager_cli.scope import bustriggers, capturing, parameters, settings, traces
from lager_cli.scope.channel import ROLE, Channel, options
from lager_cli.scope.cursors import cursor
from lager_cli.scope.measuring import measure
from lager_cli.scope.state import show, state
from lager_cli.scope.triggers import trigger


@click.group(cls=NetGroup, role=ROLE, invoke_without_command=True)
@click.argument("net", required=False)
@options
@click.pass_context
def scope(ctx: click.Context, net: str | None) -> None:
    """Control the oscilloscope channel NET; without NET, list the channels."""
    if ctx.invoked_subcommand is not None:
        return
    app = ctx.ensure_object(App)
    if net is None:
        list_nets(app, ROLE, "scope")
    else:
        show(app, Channel(app, net))


for _command in (*bustriggers.COMMANDS, *parameters.COMMANDS):
    trigger.add_command(_command)
for _command in (state, measure, cursor, trigger, *capturing.COMMANDS, *settings.COMMANDS, *traces.COMMANDS):
    scope.add_command(_command)

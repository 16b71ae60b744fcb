"""`lager nets`: what the bench has, and what it is to have. The commands are in `lager_cli.nets`, a subject each."""

from __future__ import annotations

import click

from lager_cli.app import App, box_option, json_option
from lager_cli.nets.adding import add, add_all, add_batch
from lager_cli.nets.changing import delete, delete_all, describe, rename
from lager_cli.nets.limits import limits, set_limits, set_safe, set_while_connected
from lager_cli.nets.scripts import remove_script, set_script, show_script
from lager_cli.nets.showing import show, state
from lager_cli.screens.commands import nets_tui


@click.group(invoke_without_command=True)
@box_option
@json_option
@click.pass_context
def nets(ctx: click.Context) -> None:
    """List the nets of the bench, instrument by instrument; add, change and describe them."""
    if ctx.invoked_subcommand is None:
        _list(ctx.ensure_object(App))


@nets.command("list")
@box_option
@json_option
@click.pass_obj
def list_(app: App) -> None:
    """List the nets of the bench, instrument by instrument."""
    _list(app)


def _list(app: App) -> None:
    from lager import wire
    from lager_cli.nets.tree import tree

    found: list[wire.NetRecord] = app.box().bench.get("/nets/list", list[wire.NetRecord])
    app.show(found, tree(found) if found else "No saved nets found.")


for _command in (
    add,
    add_all,
    add_batch,
    delete,
    delete_all,
    describe,
    remove_script,
    rename,
    set_script,
    show,
    show_script,
    state,
):
    nets.add_command(_command)

nets.add_command(nets_tui)
for _command in (limits, set_limits, set_safe, set_while_connected):
    nets.add_command(_command)

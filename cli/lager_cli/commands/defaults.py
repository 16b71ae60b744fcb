"""`lager defaults`: what is used where nothing else is asked for."""

from __future__ import annotations

import click

from lager import errors
from lager_cli.app import App, confirm, json_option


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def defaults(ctx: click.Context) -> None:
    """Show, set and delete defaults."""
    if ctx.invoked_subcommand is None:
        _list(ctx.ensure_object(App))


@defaults.command("list")
@json_option
@click.pass_obj
def list_(app: App) -> None:
    """Show the defaults."""
    _list(app)


def _list(app: App) -> None:
    from lager_cli.config import Config
    from lager_cli.output import table

    box = Config().default_box
    empty = "No defaults are currently set. Add one with: lager defaults add"
    app.show({"box": box} if box else {}, table(["Default", "Value"], [["box", box]]) if box else empty)


@defaults.command()
@click.option("--box", "name", help="The box to use where no --box is given.")
def add(name: str | None) -> None:
    """Set a default."""
    from lager_cli.config import Config, editing
    from lager_cli.selection import choose

    if name is None:
        raise click.UsageError("Say which default to set: --box NAME.")
    choose(name, {}, Config().boxes, "")  # refuses a name nobody knows
    with editing() as (_, saved):
        saved["gateway_id"] = name
    click.echo(f"Set default box: {name}")


@defaults.group()
def delete() -> None:
    """Delete a default."""


@delete.command("box")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete_box(yes: bool) -> None:
    """Delete the default box."""
    from lager_cli.config import Config, editing

    now = Config().default_box
    if not now:
        raise errors.LagerError("no default box is set", "see `lager defaults`")
    confirm(f"Delete default box {now!r}?", yes)
    with editing() as (_, saved):
        saved.pop("gateway_id", None)
    click.echo(f"Deleted default box '{now}'")

"""`lager defaults`: what is used where nothing else is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from lager import errors
from lager_cli.app import App, json_option
from lager_cli.confirming import confirm, yes_option
from lager_cli.defaultnets import WORDS, key_of, known

# What is typed, and the key of the configuration file.
KEYS = {"box": "gateway_id", "serial-port": "serial_device", "user": "user"} | {
    f"{word}-net": key_of(role) for role, word in WORDS.items()
}


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

    told = Config().defaults
    found = {word: told[key] for word, key in KEYS.items() if told.get(key)}
    empty = "No defaults are currently set. Add one with: lager defaults add"
    rows = [[word, str(value)] for word, value in found.items()]
    app.show(found, table(["Default", "Value"], rows) if rows else empty)


def _net_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for role, word in reversed(WORDS.items()):
        described = f"The {role} net where none is named."
        command = click.option(f"--{word}-net", key_of(role), metavar="NET", help=described)(command)
    return command


@defaults.command()
@click.option("--box", "gateway_id", metavar="NAME", help="The box to use where no --box is given.")
@click.option("--serial-port", "serial_device", metavar="PATH", help="The serial port.")
@click.option("--user", metavar="NAME", help="Who you are for others on a box.")
@_net_options
def add(**given: str | None) -> None:
    """Set one or more defaults."""
    from lager_cli.config import Config, editing
    from lager_cli.selection import choose

    new = {word: given[key].strip() for word, key in KEYS.items() if given[key] is not None}  # type: ignore[union-attr]
    if not new:
        raise click.UsageError("You must specify at least one setting: --box NAME, or another of --help.")
    if empty := [word for word, value in new.items() if not value]:
        raise errors.UsageError(f"--{empty[0]} was given without a value", "was a variable of the shell not set?")
    if "box" in new:
        choose(new["box"], {}, Config().boxes, "")  # refuses a name nobody knows
    unseen = _unseen({role: new[f"{word}-net"] for role, word in WORDS.items() if f"{word}-net" in new}, new.get("box"))
    with editing() as (_, saved):
        saved.update({KEYS[word]: value for word, value in new.items()})
    if len(new) == 1:
        [(word, value)] = new.items()
        click.echo(f"Set default {word}: {value}")
    else:
        click.echo("\n".join(["Set defaults:", *(f"  {word}: {value}" for word, value in new.items())]))
    if unseen:
        click.secho(f"Note: {unseen}.", fg="yellow", err=True)


def _unseen(wanted: dict[str, str], box: str | None) -> str:
    """Look whether the box has these nets, by role; give why nobody could look, empty where all are there.

    Raises:
        NetNotFound: The box has no such net.
    """
    from lager_cli.absentnets import absent, fitting

    if not wanted:
        return ""
    nets, why = known(box)
    for role, name in wanted.items() if not why else ():
        if all(net.name != name for net in fitting(role, nets)):
            raise absent(name, role, nets)
    return f"{why}, so nobody looked whether it has {', '.join(wanted.values())}" if why else ""


@defaults.group()
def delete() -> None:
    """Delete a default."""


def _deleting(word: str) -> click.Command:
    @click.command(word, help=f"Delete the default {_spoken(word)}.")
    @yes_option
    def command(yes: bool) -> None:
        _delete(word, yes)

    return command


def _spoken(word: str) -> str:
    return word.replace("-", " ")


def _delete(word: str, yes: bool) -> None:
    from lager_cli.config import Config, editing

    now = Config().defaults.get(KEYS[word])
    if not now:
        raise errors.LagerError(f"no default {_spoken(word)} is set", "see `lager defaults`")
    confirm(f"Delete default {_spoken(word)} {str(now)!r}?", yes)
    with editing() as (_, saved):
        saved.pop(KEYS[word], None)
    click.echo(f"Deleted default {_spoken(word)} '{now}'")


for _word in KEYS:
    delete.add_command(_deleting(_word))


@defaults.command("delete-all")
@yes_option
def delete_all(yes: bool) -> None:
    """Delete all defaults."""
    from lager_cli.config import Config, editing

    told = Config().defaults
    found = [word for word, key in KEYS.items() if told.get(key)]
    if not found:
        click.echo("No defaults are currently set.")
        return
    confirm(f"Delete all defaults ({', '.join(found)})?", yes, destructive=True)
    with editing() as (_, saved):
        for key in KEYS.values():
            saved.pop(key, None)
    click.echo(f"Deleted {'all defaults' if len(found) > 1 else '1 default'}: {', '.join(found)}")

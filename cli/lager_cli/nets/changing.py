"""`lager nets delete`, `delete-all`, `rename` and `describe`: nets that are there, changed."""

from __future__ import annotations

from typing import Any

import click

from lager import errors
from lager_cli.app import App, box_option
from lager_cli.confirming import confirm, yes_option

role_option = click.option(
    "--type", "role", metavar="ROLE", help="What kind of net it is, where several have that name: adc, scope."
)


@click.command()
@click.argument("name")
@click.argument("net_type", required=False)
@yes_option
@box_option
@click.pass_obj
def delete(app: App, name: str, net_type: str | None, yes: bool) -> None:
    """Delete the net NAME; NET_TYPE says which one, where several have that name. One that is not there is no error."""
    from lager import wire
    from lager_cli.nets.desk import Desk, role_of

    confirm(f"Delete net '{name}'{f' ({net_type})' if net_type else ''}?", yes)
    desk = Desk(app)
    try:
        net, _ = desk.find(name, role_of(net_type) if net_type else None)
    except (errors.NetNotFound, errors.WrongNetType) as absent:  # it is as it shall be, says released lager, too
        click.secho(f"{absent.what}.", fg="yellow")
        click.echo(f"Try: {absent.hint}", err=True)
        return
    desk.change(wire.DeleteNets(0, name, net.role))
    click.echo(f"Deleted '{name}' ({net.role}) on box {desk.place}.")


@click.command("delete-all")
@yes_option
@box_option
@click.pass_obj
def delete_all(app: App, yes: bool) -> None:
    """Delete all nets of the bench."""
    from lager import wire
    from lager_cli.nets.desk import Desk

    confirm("Delete all nets of the bench?", yes, destructive=True)
    desk = Desk(app)
    desk.change(wire.DeleteNets(0))
    click.echo(f"Deleted all nets on box {desk.place}.")


@click.command()
@click.argument("name")
@click.argument("new_name")
@box_option
@click.pass_obj
def rename(app: App, name: str, new_name: str) -> None:
    """Give the net NAME another name."""
    from lager import wire
    from lager_cli.nets.desk import Desk

    desk = Desk(app)
    names = [net.name for net in desk.saved.nets]
    if name not in names:
        desk.find(name)  # which says so
    if new_name != name and new_name in names:
        raise errors.UsageError(
            f"Cannot rename: a net named '{new_name}' already exists on box {desk.place}",
            "choose another name, or delete that net first",
        )
    desk.change(wire.RenameNet(0, name, new_name))
    click.echo(f"Renamed '{name}' → '{new_name}' on box {desk.place}.")


@click.command()
@click.argument("name")
@click.option("--description", "--purpose", "-d", help="What it is for.")
@click.option("--dut-connection", help="What it is connected to on the device under test.")
@click.option("--notes", help="Anything else.")
@click.option("--hint", "--test-hint", "-h", "hints", multiple=True, help="How to test with it; may be repeated.")
@click.option("--tag", "-t", "tags", multiple=True, help="A word to find it by; may be repeated.")
@click.option("--clear-hints", is_flag=True, help="Forget its hints first.")
@click.option("--clear-tags", is_flag=True, help="Forget its tags first.")
@role_option
@box_option
@click.pass_obj
def describe(app: App, /, name: str, role: str | None, **given: Any) -> None:
    """Say what the net NAME is for; `lager nets show NAME` shows it."""
    from lager import wire
    from lager_cli.nets.desk import Desk, role_of

    if not any(value or value == "" for value in given.values()):
        raise click.UsageError("Say what to change: --description, --dut-connection, --notes, --hint or --tag.")
    desk = Desk(app)
    net, record = desk.find(name, role_of(role) if role else None)
    desk.change(wire.SaveNets(0, [_described(record, given)]))
    click.echo(f"Updated metadata for net '{net.name}' on box {desk.place}.")


def _described(record: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Give a record with what was said of it; an empty text forgets it."""
    new = dict(record)
    for key in ("description", "dut_connection", "notes"):
        if given[key] is not None:
            new[key] = given[key]
            if not given[key]:
                del new[key]
    for key, option, clear in (("test_hints", "hints", "clear_hints"), ("tags", "tags", "clear_tags")):
        before = [] if given[clear] else list(new.get(key) or [])
        now = [*before, *(one for one in given[option] if one not in before)]
        new.pop(key, None)
        if now:
            new[key] = now
    return new

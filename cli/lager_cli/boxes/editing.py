"""`lager boxes edit` and `delete-all`: what is known of boxes, changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lager import errors
from lager_cli.confirming import confirm, yes_option

if TYPE_CHECKING:
    from lager_cli.config import SavedBox


def own_box(name: str) -> SavedBox:
    """Give a box of the user's own file.

    Raises:
        UsageError: It has none of that name.
    """
    from lager_cli.config import Config
    from lager_cli.likeness import near

    known = Config()
    if name not in known.own_boxes:
        listed = ", ".join(known.own_boxes) or "none"
        meant = near(name, known.own_boxes)
        hint = f"see `lager boxes`; saved there: {listed}"
        raise errors.UsageError(f"box {name!r} is not in {known.path}", f"{hint}.{meant}" if meant else hint)
    return known.own_boxes[name]


@click.command()
@click.option("--name", required=True, help="Which.")
@click.option("--ip", metavar="IP[:PORT]", help="Its new address.")
@click.option("--user", help="Who to be on its machine, over ssh.")
@click.option("--ssh-port", type=click.IntRange(1, 65535), metavar="N", help="Port of ssh there.")
@click.option("--version", help="Its version.")
@click.option("--token", help="Its token.")
@click.option("--new-name", help="Its new name.")
@yes_option
def edit(name: str, ip: str | None, new_name: str | None, yes: bool, **given: Any) -> None:
    """Change what is known of a box: its address, its name."""
    from dataclasses import replace

    from lager_cli.boxes.saving import checked_address, checked_name, moved
    from lager_cli.config import Config

    before = own_box(name)
    more: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if ip is not None:
        more["ip"], more["port"] = checked_address(ip)
    if new_name is not None:
        more["name"] = checked_name(new_name)
    if not more:
        raise click.UsageError("Say what to change: --ip, --user, --ssh-port, --version, --token or --new-name.")
    after = replace(before, **more)
    if after.name != name and after.name in Config().own_boxes:
        raise errors.UsageError(f"there is a box {after.name!r} already", "choose another name, or delete that first")
    confirm(f"Change box '{name}'?", yes)
    _keep(name, moved(before, after))
    click.echo(f"Updated box '{name}'" + (f", which is '{after.name}' now" if after.name != name else ""))


def _keep(name: str, saved: SavedBox) -> None:
    """Save a box in the place of the one of that name."""
    from lager_cli.config import editing

    with editing() as (known, defaults):
        before = list(known.items())
        known.clear()
        for one, value in before:  # it stays where it is in the list
            known[saved.name if one == name else one] = saved.value if one == name else value
        if defaults.get("gateway_id") == name:
            defaults["gateway_id"] = saved.name


@click.command("delete-all")
@yes_option
def delete_all(yes: bool) -> None:
    """Delete all boxes from your configuration; nothing happens to them."""
    from lager_cli.config import Config, editing

    known = Config().own_boxes
    if not known:
        click.echo("No boxes are saved.")
        return
    names = ", ".join(known)
    confirm(f"Delete {'box' if len(known) == 1 else f'all {len(known)} boxes'} ({names})?", yes, destructive=True)
    with editing() as (saved, defaults):
        saved.clear()
        if defaults.get("gateway_id") in known:
            del defaults["gateway_id"]
    click.echo(f"Deleted {len(known)} box{'es' * (len(known) > 1)} from .lager file")

"""`lager boxes`: the boxes a user knows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from lager import errors
from lager_cli.app import App, confirm, json_option
from lager_cli.commands.boxlocks import lock, unlock

if TYPE_CHECKING:
    from lager_cli.config import SavedBox


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def boxes(ctx: click.Context) -> None:
    """List, add and delete the boxes you know."""
    if ctx.invoked_subcommand is None:
        _list(ctx.ensure_object(App))


@boxes.command("list")
@json_option
@click.pass_obj
def list_(app: App) -> None:
    """List the boxes you know."""
    _list(app)


def _list(app: App) -> None:
    from lager_cli.config import Config
    from lager_cli.output import table

    config = Config()
    known = config.boxes.values()
    facts = [
        {"name": one.name, "ip": one.ip, "port": one.port or None, "user": one.user, "version": one.version}
        | {"fingerprint": one.fingerprint}
        for one in known
    ]
    rows = [
        [one.name, one.place, one.user or "-", one.version or "-"]
        + (["default"] if one.name == config.default_box else [""])
        for one in known
    ]
    empty = "No boxes found. Add boxes with: lager boxes add --name <NAME> --ip <IP>"
    app.show(facts, table(["name", "ip", "user", "version", ""], rows) if rows else empty)


@boxes.command()
@click.option("--name", required=True, help="What to call it.")
@click.option("--ip", required=True, metavar="IP[:PORT]", help="Its address.")
@click.option("--user", default="", help="Who it belongs to.")
@click.option("--version", default="", help="Its version.")
@click.option("--token", default="", help="Its token; not needed for a box of yours on this machine.")
@click.option("--tls", is_flag=True, help="It speaks TLS: ask it for its certificate, and keep its fingerprint.")
@click.option("--fingerprint", metavar="HEX", default="", help="The SHA-256 fingerprint of its TLS certificate.")
@click.option("--yes", is_flag=True, help="Do not ask: replace a box of that name, trust the certificate it shows.")
def add(name: str, ip: str, tls: bool, fingerprint: str, yes: bool, **facts: str) -> None:
    """Add a box."""
    from lager_cli.config import Config, SavedBox, editing, is_host, split_address
    from lager_cli.selection import LOCAL

    name = name.strip()
    if name in ("", LOCAL):
        raise errors.UsageError(f"a box cannot be called {name!r}", "choose another name; `local` is your private box")
    if name.startswith("-") or not name.isprintable():
        raise errors.UsageError(f"a box cannot be called {name!r}", "choose a name of one line that begins with no -")
    host, port = split_address(ip.strip())
    if not is_host(host):
        raise errors.UsageError(
            f"{ip.strip()!r} is no address", "write an IP address or a host name, such as --ip 192.168.1.7"
        )
    before = Config().own_boxes.get(name)
    if before:
        confirm(f"There is a box {name!r} already. Replace it?", yes)
    from lager_cli.box import pinning

    pin = pinning.pin(host, port, tls, fingerprint, yes)
    saved = SavedBox(name, host, **facts, port=port, fingerprint=pin)
    if before:
        saved = _in_place_of(before, saved)
    with editing() as (known, _):
        known[name] = saved.value
    click.echo(f"Added box '{name}' with IP '{ip.strip().removesuffix(':')}'")


def _in_place_of(before: SavedBox, saved: SavedBox) -> SavedBox:
    """Give what to save of a box that was known; where it has only a new certificate, its token is the old one."""
    if before.fingerprint and not saved.fingerprint:
        forgotten = ", and its token is forgotten" if before.token and not saved.token else ""
        known_then = "A certificate of it was known; from now on it is spoken to without TLS"
        click.secho(f"{known_then}{forgotten}.", fg="yellow", err=True)
    elif (before.ip, before.port) == (saved.ip, saved.port):
        return replace(saved, token=saved.token or before.token)
    return saved


@boxes.command()
@click.option("--name", required=True, help="Which.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:
    """Delete a box from your configuration."""
    from lager_cli.config import Config, editing

    known = Config()
    if name not in known.own_boxes:
        listed = ", ".join(known.own_boxes) or "none"
        raise errors.UsageError(f"box {name!r} is not in {known.path}", f"see `lager boxes`; saved there: {listed}")
    confirm(f"Delete box {name!r}?", yes)
    with editing() as (saved, defaults):
        saved.pop(name, None)
        if defaults.get("gateway_id") == name:
            del defaults["gateway_id"]
    click.echo(f"Deleted box '{name}' from .lager file")


boxes.add_command(lock)
boxes.add_command(unlock)

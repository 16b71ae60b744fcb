"""`lager boxes`: the boxes a user knows."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

import click

from lager_cli.app import App, json_option
from lager_cli.boxes.editing import delete_all, edit, own_box
from lager_cli.boxes.moving import add_all, export, import_
from lager_cli.commands.boxlocks import lock, unlock
from lager_cli.confirming import confirm, yes_option


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def boxes(ctx: click.Context) -> None:
    """List the boxes you know, and how they are; add, change and delete them."""
    if ctx.invoked_subcommand is None:
        _list(ctx.ensure_object(App))


@boxes.command("list")
@json_option
@click.pass_obj
def list_(app: App) -> None:
    """List the boxes you know, and how they are."""
    _list(app)


def _list(app: App) -> None:
    from lager_cli.config import Config

    config = Config()
    known = list(config.boxes.values())
    if not known:
        app.show([], "No boxes found. Add boxes with: lager boxes add --name <NAME> --ip <IP>")
        return
    from lager import __version__
    from lager_cli.boxes import asking, roster

    with _loading(len(known)):
        found = asking.ask(known, asking.WITHIN)
    default = config.default_box
    app.show(roster.facts(known, found, default), roster.words(known, found, default, __version__))


@contextlib.contextmanager
def _loading(count: int) -> Iterator[None]:
    """Say that the boxes are being asked, where somebody sees it; and take that away again."""
    if not (sys.stdout.isatty() and sys.stderr.isatty()):
        yield
        return
    click.echo(f"⠋ Loading {count} box{'es' * (count > 1)}...", nl=False, err=True)
    try:
        yield
    finally:
        click.echo("\r\x1b[K", nl=False, err=True)


@boxes.command()
@click.option("--name", required=True, help="What to call it.")
@click.option("--ip", required=True, metavar="IP[:PORT]", help="Its address.")
@click.option("--user", default="", help="Who to be on its machine, over ssh.")
@click.option("--ssh-port", type=click.IntRange(1, 65535), metavar="N", help="Port of ssh there.  [22]")
@click.option("--version", default="", help="Its version.")
@click.option("--token", default="", help="Its token; not needed for a box of yours on this machine.")
@click.option("--tls", is_flag=True, help="It speaks TLS: ask it for its certificate, and keep its fingerprint.")
@click.option("--fingerprint", metavar="HEX", default="", help="The SHA-256 fingerprint of its TLS certificate.")
@click.option("--yes", is_flag=True, help="Do not ask: replace a box of that name, trust the certificate it shows.")
def add(name: str, ip: str, ssh_port: int | None, tls: bool, fingerprint: str, yes: bool, **facts: str) -> None:
    """Add a box."""
    from lager_cli.boxes import saving
    from lager_cli.config import Config, SavedBox, editing

    name = saving.checked_name(name)
    host, port = saving.checked_address(ip)
    config = Config()
    before = config.own_boxes.get(name)
    if before:
        confirm(f"There is a box {name!r} already. Replace it?", yes)
    from lager_cli.box import pinning

    pin = pinning.pin(host, port, tls, fingerprint, yes)
    saved = SavedBox(name, host, **facts, port=port, fingerprint=pin, ssh_port=ssh_port or 0)
    if before:
        saved = saving.in_place_of(before, saved)
    if others := saving.same_place(saved, config.boxes):
        click.secho(saving.duplicate(saved, others), fg="yellow", err=True)
    with editing() as (known, _):
        known[name] = saved.value
    if before and before.place != saved.place:
        click.secho(f"It was at {before.place} until now.", fg="yellow", err=True)
    click.echo(f"Added box '{name}' with IP '{ip.strip().removesuffix(':')}'")


@boxes.command()
@click.option("--name", required=True, help="Which.")
@yes_option
def delete(name: str, yes: bool) -> None:
    """Delete a box from your configuration."""
    from lager_cli.config import editing

    own_box(name)
    confirm(f"Delete box {name!r}?", yes)
    with editing() as (saved, defaults):
        saved.pop(name, None)
        if defaults.get("gateway_id") == name:
            del defaults["gateway_id"]
    click.echo(f"Deleted box '{name}' from .lager file")


for _command in (add_all, delete_all, edit, export, import_, lock, unlock):
    boxes.add_command(_command)

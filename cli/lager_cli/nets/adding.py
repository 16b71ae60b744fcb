"""`lager nets add`, `add-all` and `add-batch`: new nets, one by one, all that are possible, or those of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lager import errors
from lager_cli.app import App, box_option, json_option
from lager_cli.confirming import confirm, yes_option

if TYPE_CHECKING:
    from lager_cli.nets.desk import Desk, Record
    from lager_cli.nets.wanted import Bench, Wanted

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_LARGEST = 10 * 2**20  # bytes of a batch or a script


@click.command()
@click.argument("name")
@click.argument("role")
@click.argument("channel")
@click.argument("address")
@click.option("--instrument", default="", metavar="MODEL", help="What it is, where the address does not say it.")
@click.option("--jlink-script", type=_FILE, help="A J-Link script to keep with it.")
@click.option("--openocd-config", type=_FILE, help="An OpenOCD configuration to keep with it.")
@box_option
@json_option
@click.pass_obj
def add(app: App, /, name: str, role: str, channel: str, address: str, **more: Any) -> None:
    """Add a net: NAME is CHANNEL of the instrument at ADDRESS, used as ROLE.

    `lager instruments` lists what is plugged in: its roles, channels and address. One on the network is not seen there
    before it has a net: say what it is with --instrument, and its address as TCPIP0::HOST::PORT::SOCKET or
    modbus-tcp://HOST.
    """
    from lager_cli.nets.desk import Desk
    from lager_cli.nets.wanted import Wanted, record

    files = {key: _encoded(more[key]) for key in ("jlink_script", "openocd_config") if more[key]}
    desk = Desk(app)
    new = record(Wanted(name, role, channel, address, more["instrument"], files), _bench(desk, address))
    _save(desk, [new])
    app.show(new, f"Saved new net '{name}' on {desk.place}.")


@click.command("add-all")
@click.option("--type", "roles", multiple=True, metavar="ROLE", help="Only nets of that kind; may be given repeatedly.")
@yes_option
@box_option
@json_option
@click.pass_obj
def add_all(app: App, roles: tuple[str, ...], yes: bool) -> None:
    """Add a net for everything that is plugged in and has none."""
    from lager_cli.nets.desk import Desk, role_of
    from lager_cli.nets.wanted import possible

    desk = Desk(app)
    bench = _bench(desk)
    found = possible(bench, [role_of(one) for one in roles])
    unclear = [one for one in bench.instruments if one.present and one.could_be]
    for one in unclear:
        click.secho(f"Left out: the instrument at {one.address}: {one.note}.", fg="yellow", err=True)
    if not found:
        app.show([], "Found no nets that can be created.")
        return
    if not app.as_json:
        click.echo(f"Found {_count(found)} that can be created:")
        for new in found:
            click.echo(f"  {new['name']} ({new['role']}, channel {new['pin']} of {new['instrument']})")
    confirm("Create them?", yes)
    _save(desk, found)
    app.show(found, _saved(found, desk))


@click.command("add-batch")
@click.argument("json_file", type=_FILE)
@box_option
@json_option
@click.pass_obj
def add_batch(app: App, json_file: Path) -> None:
    """Add the nets of a file: all of them, or none if one is wrong.

    JSON_FILE holds a list of objects, each with `name`, `role`, `channel` and `address`, and what else is to be kept
    of the net: `instrument`, `description`, `tags`.
    """
    from lager_cli.nets.desk import Desk
    from lager_cli.nets.wanted import record

    wanted = _batch(json_file)
    desk = Desk(app)
    bench = _bench(desk, *(one.address for one in wanted))
    found: list[Record] = []
    for number, one in enumerate(wanted, 1):
        try:
            found.append(record(one, bench))
        except errors.UsageError as exc:
            told = exc.what[:1].lower() + exc.what[1:] if exc.what.startswith("A net") else exc.what
            raise errors.UsageError(f"net {number} of {json_file} ({one.name}): {told}", exc.hint) from exc
        bench = bench.with_net(found[-1])
    if found:
        _save(desk, found)
    app.show(found, _saved(found, desk))


def _saved(found: list[Record], desk: Desk) -> str:
    return f"Successfully saved {_count(found)} using batch save on box {desk.place}."


def _count(found: list[Record]) -> str:
    return "1 net" if len(found) == 1 else f"{len(found)} nets"


def _bench(desk: Desk, *places: str) -> Bench:
    """Look at a bench; where the box cannot see what is plugged in, that is no matter to places on the network."""
    from lager_cli.nets.wanted import Bench, is_on_network

    saved, known = desk.saved.nets, desk.known()
    try:
        instruments = desk.instruments()
    except errors.LagerError as exc:
        if not places or exc.code != errors.LagerError.code or not all(is_on_network(one) for one in places):
            raise
        instruments = []
    return Bench(desk.place, saved, instruments, known)


def _save(desk: Desk, records: list[Record]) -> None:
    from lager import wire

    desk.change(wire.SaveNets(0, records))


def _batch(path: Path) -> list[Wanted]:
    import json

    from lager_cli.files import content
    from lager_cli.nets.wanted import Wanted

    wrong = f"{path} holds no nets"
    hint = 'write a list: [{"name": "VBAT", "role": "adc", "channel": "AIN0", "address": "modbus-tcp://192.168.1.9"}]'
    try:
        listed = json.loads(content(path, _LARGEST))
    except (ValueError, RecursionError) as exc:
        raise errors.UsageError(f"{path} is not valid JSON: {exc}", hint) from exc
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise errors.UsageError(wrong, hint)
    found: list[Wanted] = []
    for number, one in enumerate(listed, 1):
        texts = {"channel": one.get("pin"), **one}
        given = {key: _text(texts.get(key)) for key in ("name", "role", "channel", "address")}
        if missing := [key for key, value in given.items() if not value]:
            raise errors.UsageError(f"net {number} of {path} has no {' and no '.join(missing)}", hint)
        more = {key: value for key, value in one.items() if key not in _TAKEN}
        found.append(Wanted(**given, instrument=_text(one.get("instrument")), more=more))
    return found


_TAKEN = ("name", "role", "channel", "pin", "address", "instrument", "mappings", "scope_points")


def _text(value: Any) -> str:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _encoded(path: Path) -> str:
    import base64

    from lager_cli.files import content

    return base64.b64encode(content(path, _LARGEST)).decode()

"""`lager instruments`: what is plugged in, and the instruments behind the nets."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import click

from lager import errors
from lager_cli.app import App, box_option, json_option, near
from lager_cli.netcall import RemoteNet

if TYPE_CHECKING:
    from lager import wire


@click.group(invoke_without_command=True)
@box_option
@json_option
@click.pass_context
def instruments(ctx: click.Context) -> None:
    """List what is plugged in, and which nets it could serve; test the instrument of a net."""
    if ctx.invoked_subcommand is None:
        _list(ctx.ensure_object(App))


@instruments.command("list")
@box_option
@json_option
@click.pass_obj
def list_(app: App) -> None:
    """List what is plugged in, and which nets it could serve."""
    _list(app)


def _list(app: App) -> None:
    from lager import wire
    from lager_cli import instrumenttable

    found: list[wire.Instrument] = app.box().bench.get("/instruments/list", list[wire.Instrument])
    app.show(found, instrumenttable.words(found) if found else "No instruments detected.")


@instruments.command()
@click.argument("net")
@click.option(
    "--type", "role", metavar="ROLE", help="What kind of net it is, where several have that name: adc, scope."
)
@click.option("--yes", is_flag=True, help="Bring the instrument into the role of NET, if it is in another.")
@box_option
@json_option
@click.pass_obj
def test(app: App, net: str, role: str | None, yes: bool) -> int:
    """Read all that can be read of NET, and say whether it is plausible; nothing is set.

    For a new instrument, or a new firmware. Exit status 4 where something failed. No output is touched (an analog
    input of a LabJack is set up for its reading, as by any other read). An instrument that is in another
    role than NET is left there, and not tested.
    """
    from lager import checkup, wire
    from lager_cli import checkuptable

    record = _chosen(app.box().bench.get("/nets/list", list[wire.NetRecord]), net, role)
    remote = RemoteNet(app, record.name, record.role, as_it_is=not yes)
    found = checkup.examine(record.role, lambda method, args: remote.call(method, *args, kind=object))
    report = checkup.Report.of(record, _identity(app, record), found)
    app.show(report, checkuptable.words(report))
    return 0 if report.passed else errors.InstrumentError.exit_code


def _chosen(nets: list[wire.NetRecord], name: str, role: str | None) -> wire.NetRecord:
    """Find the net that is meant, and that can be called.

    Raises:
        NetNotFound: There is none of that name, or none of that role (`WrongNetType`).
        UsageError: Several have that name, or nets of its role cannot be called.
    """
    from lager import roles

    named = [one for one in nets if one.name == name]
    if not named:
        names = sorted({one.name for one in nets})
        raise errors.NetNotFound(
            f"Invalid Net: {name}", f"see `lager nets` for those the bench has.{near(name, names)}"
        )
    there = " and ".join(one.role for one in named)
    fitting = [one for one in named if role in (None, one.role)]
    if not fitting:
        raise errors.WrongNetType(f"{name} is no {role} net", f"it is {there}: leave --type out, or give that")
    if len(fitting) > 1:
        raise errors.UsageError(f"{name} is {there}", "say which one with --type")
    if fitting[0].role not in roles.CONTRACTS:
        raise errors.UsageError(f"{name} is {there}, and such nets cannot be called by this version", "update lager")
    return fitting[0]


def _identity(app: App, record: wire.NetRecord) -> str:
    from lager import wire

    path = f"/nets/{quote(record.name, safe='')}/identity?{urlencode({'role': record.role})}"
    told: wire.NetIdentity = app.box().bench.get(path, wire.NetIdentity)
    return told.identity

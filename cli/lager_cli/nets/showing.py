"""`lager nets show` and `lager nets state`: all that is known of one net, and how all of them are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lager import errors
from lager_cli.app import App, box_option, json_option
from lager_cli.nets.changing import role_option

if TYPE_CHECKING:
    from lager import wire

# What is said of a net beside where it is, and how it is called.
_SAID = {
    "description": "Description",
    "dut_connection": "DUT Connection",
    "notes": "Notes",
    "test_hints": "Test Hints",
    "tags": "Tags",
    "serial": "Serial",
    "safety_limits": "Safety Limits",
    "safe": "Safe State",
    "while_connected": "While Connected",
    "jlink_script": "J-Link Script",
    "openocd_config": "OpenOCD Config",
}
_FILES = ("jlink_script", "openocd_config")
_UNITS = {"max_voltage": " V", "max_current": " A", "voltage": " V"}  # of what keeps it from harm


@click.command()
@click.argument("name")
@role_option
@box_option
@json_option
@click.pass_obj
def show(app: App, name: str, role: str | None) -> None:
    """Show all that is known of the net NAME."""
    from lager_cli.nets.desk import Desk, role_of

    net, record = Desk(app).find(name, role_of(role) if role else None)
    app.show(record, _words(net, record))


def _words(net: wire.NetRecord, record: dict[str, Any]) -> str:
    lines = [
        f"Net: {net.name}",
        f"  Type:       {net.role}",
        f"  Instrument: {net.instrument}",
        f"  {'Pin' if net.pin[:1].isalpha() else 'Channel'}:{'        ' if net.pin[:1].isalpha() else '    '}{net.pin}",
        f"  Address:    {net.address}",
    ]
    said = [
        f"  {words}: {_value(key, record[key])}{_remark(key, net)}" for key, words in _SAID.items() if record.get(key)
    ]
    return "\n".join([*lines, *(["Metadata:", *said] if said else [])])


def _remark(key: str, net: wire.NetRecord) -> str:
    """Say where a record has what the box does not understand: by hand, or of another version."""
    vain = key == "while_connected" and net.while_connected is None
    return " (without effect: such a parameter is refused)" if vain else ""


def _value(key: str, value: Any) -> str:
    if key in _FILES:
        return "stored"
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {one}{_UNITS.get(name, '')}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@click.command()
@click.argument("names", metavar="[NET]...", nargs=-1)
@box_option
@json_option
@click.pass_obj
def state(app: App, names: tuple[str, ...]) -> int:
    """Show how all nets are, or those named; what cannot be read is n/a, and the exit status is 4 then."""
    from lager import wire
    from lager_cli.nets.desk import Desk

    desk = Desk(app)
    for name in names:
        if name not in [net.name for net in desk.saved.nets]:
            desk.find(name)  # which says so
    told: list[wire.NetReading] = desk.box.bench.get("/nets/state", list[wire.NetReading])
    mine = [one for one in told if not names or one.name in names]
    app.show(mine, _state_words(mine) if mine else "No saved nets found.")
    unread = any(one.state is None and one.reason_code not in _NO_FAILURE for one in mine)
    return errors.InstrumentError.exit_code if unread else 0


_NO_FAILURE = ("no-probe", errors.RoleConflict.code)  # there is nothing to read, or only in another role


def _state_words(readings: list[wire.NetReading]) -> str:
    """Lay out the states; why something could not be read stands below them, where there is room."""
    from lager_cli.output import table

    rows = [[one.name, one.role, "n/a" if one.state is None else " ".join(one.state.split())] for one in readings]
    why = [
        f"{one.name}: {' '.join(one.reason.split()) or 'no reason was given'}" for one in readings if one.state is None
    ]
    return "\n".join([table(["Name", "Net Type", "State"], rows), *(["", *why] if why else [])])

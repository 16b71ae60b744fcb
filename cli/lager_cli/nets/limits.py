"""`lager nets set-limits`, `limits`, `set-safe`, `set-while-connected`: what keeps nets from harm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lager_cli.app import App, box_option, json_option
from lager_cli.units import AMPS, VOLTS, NumberCommand

if TYPE_CHECKING:
    from lager import wire

_FORMS = {
    "power-supply": "--output off",
    "battery": "--output off",
    "eload": "--input off",
    "gpio": "--level 0",
    "dac": "--voltage 0",
}
_PARAMETERS = {
    "refuse": "a parameter that it does not take while it is connected is refused.",
    "reconnect": "it is disconnected for a parameter that it does not take while it is connected, and connected again.",
}
_HELD = "The box holds that for every client, scripts included."


@click.command("set-limits", cls=NumberCommand)
@click.argument("name", metavar="NET")
@click.option("--max-voltage", type=VOLTS, metavar="V", help="The highest voltage: 3.6, 3600mV.")
@click.option("--max-current", type=AMPS, metavar="A", help="The highest current: 1, 500mA.")
@click.option("--clear", is_flag=True, help="Take its limits away.")
@box_option
@json_option
@click.pass_obj
def set_limits(app: App, name: str, max_voltage: float | None, max_current: float | None, clear: bool) -> None:
    """Say what NET may never be set to; a limit that is not given stays as it is."""
    given = {"max_voltage": max_voltage, "max_current": max_current}
    asked = {key: value for key, value in given.items() if value is not None}
    if clear == bool(asked):
        raise click.UsageError("Say --max-voltage V, --max-current A, or both; or --clear alone.")
    body: dict[str, Any] = {}
    if not clear:
        body = _limits_of(_record(app, name)) | asked
    _change(app, name, "safety_limits", body, list(asked))
    record = _record(app, name)
    body = _limits_of(record)
    words = f"[OK] {name}: {_words(body)}. {_HELD}" if body else f"[OK] {name}: no safety limits."
    app.show({"net": name, "safety_limits": body}, words)
    if body:
        from lager_cli.nets import beyond

        beyond.warn(app, record, _nets(app))


def _finite(_context: click.Context, _option: click.Parameter, value: float | None) -> float | None:
    import math

    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"'{value:g}' is no place in an order; write a number such as 1.")
    return value


@click.command("set-safe", cls=NumberCommand)
@click.argument("name", metavar="NET")
@click.option("--output", type=click.Choice(["off"]), help="Of a supply or a battery simulator.")
@click.option("--input", "input_", type=click.Choice(["off"]), help="Of an electronic load.")
@click.option("--level", type=click.IntRange(0, 1), help="Of a digital line: 0 or 1.")
@click.option("--voltage", type=VOLTS, metavar="V", help="Of an analog output.")
@click.option(
    "--order", type=float, callback=_finite, metavar="N", help="Nets with a lower one first; those without one last."
)
@click.option("--clear", is_flag=True, help="Take its safe state away.")
@box_option
@json_option
@click.pass_obj
def set_safe(app: App, /, name: str, input_: str | None, clear: bool, **options: Any) -> None:
    """Say what the safe state of NET is: for `lager bench safe`, and for runs that are killed or lost."""
    given = {**options, "input": input_}
    asked = {key: value for key, value in given.items() if value is not None}
    if clear == bool(asked):
        raise click.UsageError("Say one of --output off, --input off, --level N, --voltage V; or --clear alone.")
    if asked:
        _check_fits(_record(app, name), set(asked) - {"order"})
    _change(app, name, "safe", asked)
    words = f"[OK] {name}: its safe state is {safe_words(asked)}." if asked else f"[OK] {name}: no safe state."
    app.show({"net": name, "safe": asked}, words)


@click.command("limits")
@click.argument("name", metavar="NET", required=False)
@box_option
@json_option
@click.pass_obj
def limits(app: App, name: str | None) -> None:
    """List the safety limits and the safe states of the nets; with NET, of that one.

    And which batteries are disconnected for a parameter: `lager nets set-while-connected`.
    """
    import msgspec

    from lager_cli.output import table

    every = [_record(app, name)] if name else _nets(app)
    nets = [net for net in every if name or net.safety_limits or net.safe or net.while_connected]
    facts = [
        {
            "net": net.name,
            "role": net.role,
            "safety_limits": _limits_of(net),
            "safe": msgspec.to_builtins(net.safe) or {},
            "while_connected": msgspec.to_builtins(net.while_connected) or {},
        }
        for net in nets
    ]
    head = ["Name", "Net Type", "Max Voltage", "Max Current", "Safe State"]
    rows = [
        [net.name, net.role, *_columns(net), safe_words(fact["safe"])] for net, fact in zip(nets, facts, strict=True)
    ]
    also = [f"{net.name}: {_PARAMETERS['reconnect']}" for net in nets if net.while_connected]
    words = table(head, rows) if rows else "No net has safety limits or a safe state."
    app.show(facts, "\n".join([words, *(["", *also] if also else [])]))


@click.command("set-while-connected")
@click.argument("name", metavar="NET")
@click.argument("parameters", type=click.Choice(list(_PARAMETERS)))
@box_option
@json_option
@click.pass_obj
def set_while_connected(app: App, name: str, parameters: str) -> None:
    """Say what becomes of a parameter that the battery NET does not take while it is connected.

    `refuse`, as it is at first: it is refused. `reconnect`, as with released versions: the battery is disconnected,
    set, and connected again, whoever asks; your device is without power meanwhile.
    """
    _change(app, name, "while_connected", {"parameters": parameters})
    app.show({"net": name, "while_connected": {"parameters": parameters}}, f"[OK] {name}: {_PARAMETERS[parameters]}")


def safe_words(safe: Any) -> str:
    """Write a safe state for people: `output off`."""
    units = {"voltage": " V"}
    parts = [f"{key} {value:g}{units.get(key, '')}" if isinstance(value, float) else f"{key} {value}"
             for key, value in safe.items() if key != "order"]  # fmt: skip
    if "order" in safe:
        parts.append(f"(order {safe['order']:g})")
    return " ".join(parts) or "-"


def _words(kept: dict[str, Any]) -> str:
    units = (("max_voltage", "V"), ("max_current", "A"))
    return "at most " + " and ".join(f"{kept[key]:g} {unit}" for key, unit in units if key in kept)


def _columns(net: wire.NetRecord) -> list[str]:
    kept = _limits_of(net)
    units = (("max_voltage", "V"), ("max_current", "A"))
    return [f"{kept[key]:g} {unit}" if key in kept else "-" for key, unit in units]


def _limits_of(net: wire.NetRecord) -> dict[str, Any]:
    import msgspec

    return dict(msgspec.to_builtins(net.safety_limits)) if net.safety_limits else {}


def _check_fits(net: wire.NetRecord, keys: set[str]) -> None:
    """See that a safe state is one of the net's role; raises UsageError."""
    from lager import errors

    form = _FORMS.get(net.role)
    if form is None:
        raise errors.UsageError(
            f"a net of type {net.role} drives nothing, and has no safe state", "give one to supplies, loads and outputs"
        )
    if keys != {form.split()[0].removeprefix("--")}:
        raise errors.UsageError(
            f"{net.name} is a net of type {net.role}, which has another safe state",
            f"lager nets set-safe {net.name} {form}",
        )


def _change(app: App, name: str, key: str, value: dict[str, Any], only: list[str] | None = None) -> None:
    from lager import wire
    from lager_cli.nets.desk import Desk

    _record(app, name)
    Desk(app).change(wire.SetSafety(0, name, key, value, only or []))


def _nets(app: App) -> list[wire.NetRecord]:
    from lager_cli.nets.desk import Desk

    return Desk(app).saved.nets


def _record(app: App, name: str) -> wire.NetRecord:
    from lager import errors
    from lager_cli.likeness import near

    nets = _nets(app)
    for net in nets:
        if net.name == name:
            return net
    raise errors.NetNotFound(
        f"Net '{name}' not found",
        f"see `lager nets` for those the bench has.{near(name, [net.name for net in nets])}",
    )

"""`lager battery`: battery simulators."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from lager_cli import bounds, watching
from lager_cli.app import App, box_option, json_option
from lager_cli.confirming import confirm, yes_option
from lager_cli.netcall import NetGroup
from lager_cli.netcommands import green, net_of, show_state, without_command
from lager_cli.screens.commands import battery_tui
from lager_cli.units import AMP_HOURS, AMPS, PERCENT, VOLTS, NumberCommand, Unit

ROLE = "battery"


@click.group(cls=NetGroup, role=ROLE, invoke_without_command=True)
@click.argument("net", required=False)
@box_option
@json_option
@click.pass_context
def battery(ctx: click.Context, net: str | None) -> None:
    """Control the battery simulator NET; without NET, list them.

    \b
    A command without NET is for the default one:
      lager defaults add --battery-net NET
    """  # noqa: D301  # click's own sign: the lines after it stay as they are
    without_command(ctx, net, ROLE, "battery")


@battery.command()
@box_option
@json_option
@watching.options
@click.pass_context
def state(ctx: click.Context, watch: bool, interval: float | None) -> None:
    """Show everything the battery simulator says of itself."""
    show_state(ctx.ensure_object(App), net_of(ctx), watching.pace(watch, interval))


class _Parameter(NamedTuple):
    """A number that can be shown and set: its command, its action, the key in JSON, and what the help says."""

    command: str
    action: str
    key: str
    unit: Unit
    told: str


_PARAMETERS = (
    _Parameter("soc", "soc", "soc", PERCENT, "the state of charge"),
    _Parameter("voc", "voc", "voc", VOLTS, "the open-circuit voltage"),
    _Parameter("batt-full", "batt_full", "volt_full", VOLTS, "the open-circuit voltage of a full battery"),
    _Parameter("batt-empty", "batt_empty", "volt_empty", VOLTS, "the open-circuit voltage of an empty battery"),
    _Parameter("capacity", "capacity", "capacity", AMP_HOURS, "the capacity"),
    _Parameter("current-limit", "current_limit", "current_limit", AMPS, "the current limit"),
    _Parameter("ocp", "ocp", "ocp_limit", AMPS, "the level of the over-current protection"),
    _Parameter("ovp", "ovp", "ovp_limit", VOLTS, "the level of the over-voltage protection"),
)


def _add(parameter: _Parameter) -> None:
    """Add the command of a parameter."""

    def command(ctx: click.Context, value: float | None) -> None:
        bounds.check(bounds.BATTERY, parameter.action, value)
        _do(ctx, parameter.action, parameter.key, value=value)

    word = parameter.unit.name.upper()
    command.__doc__ = f"Show or set {parameter.told}.\n\n{word} is written as {parameter.unit.forms}."
    decorated = click.pass_context(command)
    for option in (json_option, box_option):
        decorated = option(decorated)
    decorated = click.argument("value", metavar=f"[{word}]", type=parameter.unit, required=False)(decorated)
    battery.command(parameter.command, cls=NumberCommand)(decorated)


for _one in _PARAMETERS:
    _add(_one)


@battery.command()
@click.argument("mode_type", metavar="[static|dynamic]", required=False)
@box_option
@json_option
@click.pass_context
def mode(ctx: click.Context, mode_type: str | None) -> None:
    """Show or choose how it simulates.

    That is `static`, or `dynamic`, where the charge changes with the current.
    """
    if mode_type is not None and mode_type.lower() not in ("static", "dynamic"):
        raise click.UsageError(f"{mode_type!r} is no mode; write static or dynamic.")
    _do(ctx, "mode", "mode", mode_type=mode_type and mode_type.lower())


@battery.command()
@click.argument("partnumber", required=False)
@box_option
@json_option
@click.pass_context
def model(ctx: click.Context, partnumber: str | None) -> None:
    """Show the battery model, or recall another.

    PARTNUMBER is a slot, or the name of a built-in one (see `models`).
    """
    _do(ctx, "model", "model", partnumber=partnumber)


@battery.command()
@box_option
@json_option
@click.pass_context
def models(ctx: click.Context) -> None:
    """List the models that can be recalled.

    These are the built-in ones, and the slots that have one.
    """
    from lager_cli.output import table

    found: list[dict[str, Any]] = net_of(ctx).act("list_models").value
    rows = [[str(one["slot"]) if one["slot"] else "built-in", one["name"] or "(saved)"] for one in found]
    words = table(["Slot", "Model"], rows) if rows else "No battery models found."
    ctx.ensure_object(App).show(found, words)


@battery.command("model-export")
@click.argument("slot", type=click.IntRange(1))
@click.option("-o", "--output", metavar="FILE", help="Write it to FILE: .json, else CSV.")
@box_option
@json_option
@click.pass_context
def model_export(ctx: click.Context, slot: int, output: str | None) -> None:
    """Read the model in SLOT.

    It is open-circuit voltages and resistances from empty to full, as CSV.
    """
    from lager_cli import batterycurves

    net = net_of(ctx)
    curve: dict[str, list[float]] = net.act("export_model", slot=slot).value
    if output is None:
        ctx.ensure_object(App).show(curve, batterycurves.as_csv(curve).rstrip("\n"))
        return
    batterycurves.write(output, curve)
    points = len(curve["voc"])
    facts = {"net": net.name, "slot": slot, "file": output, "points": points}
    ctx.ensure_object(App).show(facts, green(f"Model in slot {slot} written to {output} ({points} points)"))


@battery.command("model-create")
@click.argument("slot", type=click.IntRange(1))
@click.argument("file")
@box_option
@json_option
@yes_option
@click.pass_context
def model_create(ctx: click.Context, slot: int, file: str, yes: bool) -> None:
    """Save the model in FILE in SLOT.

    FILE is as `model-export` writes it; a model that is in SLOT is replaced.
    """
    from lager_cli import batterycurves

    curve = batterycurves.read(file)
    confirm(f"Save the model over that in slot {slot}?", yes)
    net = net_of(ctx)
    done = net.act("create_model", slot=slot, voc=curve["voc"], resistance=curve["resistance"])
    facts = {"net": net.name, "slot": slot, "points": len(curve["voc"])}
    ctx.ensure_object(App).show(facts, green(done.message))


@battery.command("set")
@box_option
@json_option
@click.pass_context
def set_(ctx: click.Context) -> None:
    """Bring the instrument into this role.

    For one that has several; nothing else is changed.
    """
    _do(ctx, "set", facts={"role": ROLE})


@battery.command()
@box_option
@json_option
@yes_option
@click.pass_context
def enable(ctx: click.Context, yes: bool) -> None:
    """Connect the simulated battery."""
    confirm("Enable Net?", yes)
    _do(ctx, "enable", "enabled")


@battery.command()
@box_option
@json_option
@yes_option
@click.pass_context
def disable(ctx: click.Context, yes: bool) -> None:  # noqa: ARG001  # off is the safe direction: nobody is asked
    """Disconnect the simulated battery."""
    _do(ctx, "disable", "enabled")


@battery.command()
@box_option
@json_option
@click.pass_context
def clear(ctx: click.Context) -> None:
    """Clear tripped protections; the output stays off."""
    _do(ctx, "clear", facts={"cleared": ["ocp", "ovp"]})


@battery.command("clear-ocp")
@box_option
@json_option
@click.pass_context
def clear_ocp(ctx: click.Context) -> None:
    """Clear a tripped over-current protection.

    The output stays off.
    """
    _do(ctx, "clear_ocp", facts={"cleared": ["ocp"]})


@battery.command("clear-ovp")
@box_option
@json_option
@click.pass_context
def clear_ovp(ctx: click.Context) -> None:
    """Clear a tripped over-voltage protection.

    The output stays off.
    """
    _do(ctx, "clear_ovp", facts={"cleared": ["ovp"]})


def _do(ctx: click.Context, action: str, key: str = "", *, facts: dict[str, Any] | None = None, **params: Any) -> None:
    """Do an action and show it: what it says for people; its value by that key, or those facts, as JSON."""
    net = net_of(ctx)
    done = net.act(action, **params)
    told = {key: done.value} if facts is None else facts
    ctx.ensure_object(App).show({"net": net.name, **told}, green(done.message))


battery.add_command(battery_tui)

"""`lager scope NET measure`: what can be measured on the trace that is shown; a command for each item, or all."""

from __future__ import annotations

from typing import NamedTuple

import click

from lager_cli.app import App
from lager_cli.scope.channel import Channel, channel, options
from lager_cli.scope.quantities import plain, scaled


class Item(NamedTuple):
    """One item.

    Attributes:
        name: The command.
        item: The contract's name of it.
        label: What it is called in an answer.
        unit: Of its value; empty for a ratio or a count.
        between: Whether it is measured from this trace to another one.
    """

    name: str
    item: str
    label: str
    unit: str
    between: bool = False


ITEMS = (
    Item("freq", "frequency", "Frequency", "Hz"),
    Item("period", "period", "Period", "s"),
    Item("vmax", "voltage_max", "Maximum", "V"),
    Item("vmin", "voltage_min", "Minimum", "V"),
    Item("vpp", "voltage_peak_to_peak", "Peak to peak", "V"),
    Item("vavg", "voltage_average", "Average", "V"),
    Item("vrms", "voltage_rms", "RMS", "V"),
    Item("vrms-period", "voltage_rms_period", "RMS of a period", "V"),
    Item("vtop", "voltage_flat_top", "Flat top", "V"),
    Item("vbase", "voltage_flat_base", "Flat base", "V"),
    Item("vamp", "voltage_flat_amplitude", "Amplitude", "V"),
    Item("overshoot", "voltage_overshoot", "Overshoot (ratio)", ""),
    Item("preshoot", "voltage_preshoot", "Preshoot (ratio)", ""),
    Item("duty-cycle-pos", "duty_cycle_positive", "Positive duty cycle (ratio)", ""),
    Item("duty-cycle-neg", "duty_cycle_negative", "Negative duty cycle (ratio)", ""),
    Item("pulse-width-pos", "pulse_width_positive", "Positive pulse width", "s"),
    Item("pulse-width-neg", "pulse_width_negative", "Negative pulse width", "s"),
    Item("rise-time", "rise_time", "Rise time", "s"),
    Item("fall-time", "fall_time", "Fall time", "s"),
    Item("slew-rate-pos", "positive_slew_rate", "Positive slew rate", "V/s"),
    Item("slew-rate-neg", "negative_slew_rate", "Negative slew rate", "V/s"),
    Item("time-at-vmax", "time_at_voltage_max", "Time of the maximum", "s"),
    Item("time-at-vmin", "time_at_voltage_min", "Time of the minimum", "s"),
    Item("area", "waveform_area", "Area", "V*s"),
    Item("period-area", "waveform_period_area", "Area of a period", "V*s"),
    Item("variance", "variance", "Variance", "V*V"),
    Item("vupper", "voltage_threshold_upper", "Upper threshold", "V"),
    Item("vmid", "voltage_threshold_mid", "Middle threshold", "V"),
    Item("vlower", "voltage_threshold_lower", "Lower threshold", "V"),
    Item("pulses-pos", "positive_pulse_count", "Positive pulses", ""),
    Item("pulses-neg", "negative_pulse_count", "Negative pulses", ""),
    Item("edges-rising", "positive_edge_count", "Rising edges", ""),
    Item("edges-falling", "negative_edge_count", "Falling edges", ""),
)
_EDGES = ("rising", "falling")
BETWEEN = tuple(
    Item(f"{name}-{a}-{b}", f"{name}_{a}_{b}_edge", f"{name.title()}, {a} to {b}", unit, between=True)
    for name, unit in (("delay", "s"), ("phase", "degrees"))
    for a in _EDGES
    for b in _EDGES
)


def _why(net: Channel) -> str:
    """Say why something was not measured."""
    if net.call("output_is_enabled", kind=bool):
        return "the instrument cannot measure it on this trace"
    return f"the channel is hidden: `lager scope {net.name} enable` shows it"


def _value(one: Item, value: float | None) -> str:
    if value is None:
        return "n/a"
    return scaled(value, one.unit, 6) if one.unit in ("V", "s", "Hz") else f"{plain(value)} {one.unit}".rstrip()


@click.group(invoke_without_command=True)
@options
@click.pass_context
def measure(ctx: click.Context) -> None:
    """Measure the trace that is shown: one item, or without an item all that need no second trace."""
    if ctx.invoked_subcommand is not None:
        return
    from lager_cli.output import table

    net = channel(ctx)
    found: list[tuple[Item, float | None]] = [(one, net.call("measure", one.item, kind=float | None)) for one in ITEMS]
    facts = [{"item": one.name, "value": value, "unit": one.unit} for one, value in found]
    rows = [[one.name, one.label, _value(one, value)] for one, value in found]
    lines = table(["Item", "Measurement", "Value"], rows)
    if any(value is None for _, value in found):
        lines += f"\nn/a: {_why(net)}"
    status: str = net.call("trigger_get", "status", kind=str)
    stopped = status == "stopped"
    if not stopped and any(value is not None for _, value in found):
        lines += f"\nIt is running, so each may be of another capture; of one: `lager scope {net.name} stop` first."
    ctx.ensure_object(App).show({"net": net.name, "of_one_capture": stopped, "measurements": facts}, lines)


def command(one: Item) -> click.Command:
    """Make the command of an item."""

    def run(ctx: click.Context, display: bool, cursor: bool, to: str | None = None) -> None:
        net = channel(ctx)
        others = [] if to is None else [net.scope.source_of(to)]
        if display:
            net.call("show_measurement", one.item, *others, kind=object)
        if cursor:
            net.call("cursor_mode", "measure", kind=object)
        value: float | None = net.call("measure", one.item, *others, kind=float | None)
        facts = {"item": one.name, **({"to": to} if to else {}), "value": value, "unit": one.unit}
        if value is None:
            why = _why(net)
            net.show({**facts, "why": why}, f"{one.label}: n/a ({why})")
        else:
            net.show(facts, f"{one.label}: {_value(one, value)}")

    display = click.option("--display", is_flag=True, help="Leave it on the instrument's screen.")
    cursor = click.option("--cursor", is_flag=True, help="Have the instrument's cursors show what is measured.")
    made = options(display(cursor(click.pass_context(run))))
    if one.between:
        made = click.option(
            "--to", metavar="NET", required=True, help="The other trace: a scope net, or a line such as CHAN2, D0."
        )(made)
    what = f"{one.label}{f', in {one.unit}' if one.unit else ''}."
    command: click.Command = click.command(one.name, help=what)(made)
    return command


for _one in (*ITEMS, *BETWEEN):
    measure.add_command(command(_one))

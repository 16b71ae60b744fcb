"""`lager scope NET scale`, `timebase` and so on: each shows a setting, or sets it and shows what it is then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import click

from lager_cli.scope.channel import channel, options
from lager_cli.scope.quantities import (
    BANDWIDTH,
    POINTS,
    PROBE,
    SECONDS,
    SIGNED_SECONDS,
    VOLTS,
    VOLTS_PER_DIV,
    plain,
    scaled,
)
from lager_cli.units import NumberCommand


def _limit(hertz: float) -> str:
    return scaled(hertz, "Hz") if hertz else "off"


class Setting(NamedTuple):
    """One setting.

    Attributes:
        name: The command.
        method: The contract's.
        subject: What it is called in an answer; `{n}` is the channel.
        key: What it is called in JSON.
        kind: What is typed.
        metavar: What that is called in the help.
        words: Writes a value, with its unit.
        help: The first line of the help is `Show HELP`.
    """

    name: str
    method: str
    subject: str
    key: str
    kind: click.ParamType[Any]
    metavar: str
    words: Callable[[Any], str]
    help: str


SETTINGS = (
    Setting(
        "scale",
        "volts_per_div",
        "Channel {n} vertical scale",
        "volts_per_div",
        VOLTS_PER_DIV,
        "VOLTS_PER_DIV",
        lambda volts: f"{plain(volts)} V/div",
        "the vertical scale, or set it (0.5, 500mV).",
    ),
    Setting(
        "offset",
        "volt_offset",
        "Channel {n} vertical offset",
        "offset_volts",
        VOLTS,
        "VOLTS",
        lambda volts: f"{plain(volts)} V",
        "the vertical offset, or set it (-1.65, 500mV): what is added to the signal on the screen.",
    ),
    Setting(
        "coupling",
        "coupling",
        "Channel {n} coupling",
        "coupling",
        click.Choice(["dc", "ac", "gnd"], case_sensitive=False),
        "dc|ac|gnd",
        str,
        "how the input is coupled, or set it.",
    ),
    Setting(
        "probe",
        "probe",
        "Channel {n} probe attenuation",
        "probe_ratio",
        PROBE,
        "RATIO",
        lambda ratio: f"{plain(ratio)}x",
        "the attenuation of the probe, or set it (1, 10, 100, 1000); scales and offset change with it.",
    ),
    Setting(
        "bandwidth",
        "bandwidth_limit",
        "Channel {n} bandwidth limit",
        "bandwidth_limit_hertz",
        BANDWIDTH,
        "off|HERTZ",
        _limit,
        "the bandwidth limit, or set it (20M, off).",
    ),
    Setting(
        "timebase",
        "time_per_div",
        "Timebase",
        "seconds_per_div",
        SECONDS,
        "SECONDS_PER_DIV",
        lambda seconds: f"{plain(seconds)} s/div",
        "the horizontal scale, or set it (0.001, 20us); for all channels.",
    ),
    Setting(
        "time-offset",
        "time_offset",
        "Time offset",
        "time_offset_seconds",
        SIGNED_SECONDS,
        "SECONDS",
        lambda seconds: f"{plain(seconds)} s",
        "the time of the screen's centre from the trigger, or set it (1ms, -20us); for all channels.",
    ),
    Setting(
        "memory-depth",
        "memory_depth",
        "Memory depth",
        "memory_points",
        POINTS,
        "auto|POINTS",
        lambda points: f"{points} points",
        "how many points are kept, or set it (10k, 1M, auto); for all channels, and only while it runs.",
    ),
)


def _sent(one: Setting, value: Any) -> Any:
    """Give a value as the contract has it."""
    if one.method == "coupling":
        return value.upper()
    return round(value) if one.method == "memory_depth" else value


def command(one: Setting) -> click.Command:
    """Make the command of a setting."""

    def run(ctx: click.Context, value: Any | None) -> None:
        found = channel(ctx)
        given = [] if value is None else [_sent(one, value)]
        now: Any = found.call(one.method, *given, kind=object)
        subject = one.subject.format(n=found.number) if "{n}" in one.subject else one.subject
        automatic = ", chosen automatically" if one.method == "memory_depth" and given == [0] else ""
        words = f"{subject} set to {one.words(now)}{automatic}" if given else f"{subject}: {one.words(now)}"
        facts: dict[str, Any] = {"channel": int(found.number)} if "{n}" in one.subject else {}
        found.show({**facts, one.key: now}, words)

    argument = click.argument("value", metavar=f"[{one.metavar}]", type=one.kind, required=False)
    made: click.Command = click.command(one.name, cls=NumberCommand, help=f"Show {one.help}")(
        argument(options(click.pass_context(run)))
    )
    return made


COMMANDS = tuple(command(one) for one in SETTINGS)

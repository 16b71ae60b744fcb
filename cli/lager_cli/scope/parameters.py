"""`lager scope NET trigger get` and `set`: any parameter of the trigger, also of types that have no command."""

from __future__ import annotations

import contextlib
from typing import Any

import click

from lager_cli.scope.channel import Channel, channel, options
from lager_cli.scope.quantities import SIGNED_SECONDS, VOLTS, plain
from lager_cli.units import NumberCommand

_DIGITS = ("uart.stop_bits", "i2c.address_bits")  # words, though they look like numbers


@click.command("get")
@click.argument("parameter")
@options
@click.pass_context
def get(ctx: click.Context, parameter: str) -> None:
    """Show a parameter: type, mode, holdoff, edge.level, runt.upper_level."""
    net = channel(ctx)
    found = net.scope.trigger_get(_name(parameter))
    net.show({"parameter": parameter, "value": found}, f"{parameter}: {_words(found)}")


@click.command("set", cls=NumberCommand)
@click.argument("parameter")
@click.argument("value")
@options
@click.pass_context
def set_(ctx: click.Context, parameter: str, value: str) -> None:
    """Set a parameter: `type runt`, `runt.source scope1`, `runt.upper_level 2V`, `holdoff 1ms`."""
    net = channel(ctx)
    net.scope.trigger_set(_name(parameter), _given(net, parameter, value))
    found = net.scope.trigger_get(_name(parameter))
    net.show({"parameter": parameter, "value": found}, f"{parameter} set to {_words(found)}")


def _name(parameter: str) -> str:
    return "sweep" if parameter == "mode" else parameter


def _given(net: Channel, parameter: str, text: str) -> Any:
    """Give a value as the contract has it: a source as a line of the instrument, a number in V or s, or a word."""
    if "source" in parameter:
        return net.scope.source_of(text)
    for kind in (VOLTS, SIGNED_SECONDS):
        with contextlib.suppress(click.BadParameter):  # then it is of the other kind, or a word
            return text if parameter in _DIGITS else kind.convert(text, None, None)
    return text


def _words(value: float | str) -> str:
    return value if isinstance(value, str) else plain(value)


COMMANDS = (get, set_)

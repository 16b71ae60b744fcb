"""`lager scope NET trigger uart`, `i2c`, `spi` and `can`: serial buses, where the instrument has the option."""

from __future__ import annotations

from typing import Any

import click

from lager_cli.scope.channel import channel, options
from lager_cli.scope.quantities import BITS, SECONDS, VOLTS
from lager_cli.scope.triggering import Part, apply, choice, common, level, source

_UART = {"start": "start", "data": "data", "error": "frame_error", "cerror": "check_error"}
_I2C = {word: word for word in ("start", "restart", "stop", "address", "data", "addr_data")} | {"ack_miss": "nack"}
_CAN = ("start", "end", "data_frame", "remote_id", "data_id", "frame_id", "overload", "error_frame", "answer_error")
_CAN_ERRORS = ("check_error", "format_error", "random_error", "bit_error")
_ACTIVE = {"high": "low", "low": "high"}  # where it idles high, it is active low


@click.command()
@common
@level
@click.option("--baud", type=BITS, default="9600", show_default=True, help="Bits in a second.")
@choice("--parity", ["none", "even", "odd"], "none", "The parity bit.")
@choice("--stop-bits", ["1", "1.5", "2"], "1", "Stop bits.")
@click.option("--data-width", type=BITS, default="8", show_default=True, help="Bits of data: 5 to 8.")
@choice("--trigger-on", _UART, "start", "A start bit, a byte, a missing stop bit, a wrong parity.")
@click.option("--data", type=BITS, help="The byte (66, 0x42).")
@options
@click.pass_context
def uart(ctx: click.Context, /, source: str | None, level: float | None, **more: Any) -> None:
    """Trigger on a UART."""
    parts = (
        Part("uart.source", source, is_source=True),
        Part("uart.level", level, "V"),
        Part("uart.baud", more["baud"]),
        Part("uart.parity", more["parity"]),
        Part("uart.stop_bits", more["stop_bits"]),
        Part("uart.data_bits", more["data_width"]),
        Part("uart.data", more["data"]),
        Part("uart.when", _UART[more["trigger_on"]]),
    )
    apply(channel(ctx), "uart", parts, ctx)


@click.command()
@common
@source("--source-scl", "What carries the clock")
@source("--source-sda", "What carries the data")
@click.option("--level-scl", type=VOLTS, metavar="VOLTS", help="The clock's level.")
@click.option("--level-sda", type=VOLTS, metavar="VOLTS", help="The data's level.")
@choice("--trigger-on", _I2C, "start", "What of the bus.")
@click.option("--address", type=BITS, help="The address (80, 0x50).")
@choice("--addr-width", ["7", "8", "10"], "7", "Bits of the address; 8 has the direction in it.")
@click.option("--data", type=BITS, help="The byte (66, 0x42).")
@click.option("--data-width", type=BITS, default="8", show_default=True, help="Bits of data; the scope compares 8.")
@choice("--direction", ["read", "write", "read_write"], "read_write", "Of the transfer that is addressed.")
@options
@click.pass_context
def i2c(ctx: click.Context, /, **more: Any) -> None:
    """Trigger on an I2C bus."""
    if more["data_width"] != 8:
        raise click.UsageError("--data-width can be 8 only: the scope compares one byte.")
    parts = (
        Part("i2c.source_scl", more["source_scl"], is_source=True),
        Part("i2c.source_sda", more["source_sda"], is_source=True),
        Part("i2c.level_scl", more["level_scl"], "V"),
        Part("i2c.level_sda", more["level_sda"], "V"),
        Part("i2c.address_bits", more["addr_width"]),
        Part("i2c.direction", more["direction"]),
        Part("i2c.address", more["address"]),
        Part("i2c.data", more["data"]),
        Part("i2c.when", _I2C[more["trigger_on"]]),
    )
    apply(channel(ctx), "i2c", parts, ctx)


@click.command()
@common
@source("--source-mosi-miso", "What carries the data")
@source("--source-sck", "What carries the clock")
@source("--source-cs", "What carries the chip select")
@click.option("--level-mosi-miso", type=VOLTS, metavar="VOLTS", help="The data's level.")
@click.option("--level-sck", type=VOLTS, metavar="VOLTS", help="The clock's level.")
@click.option("--level-cs", type=VOLTS, metavar="VOLTS", help="The chip select's level.")
@choice("--trigger-on", ["timeout", "cs"], "cs", "A word begins after a rest of the clock, or with the chip select.")
@click.option("--data", type=BITS, help="The word (66, 0x42).")
@click.option("--data-width", type=BITS, default="8", show_default=True, help="Bits of the word: 4 to 32.")
@choice("--clk-slope", ["rising", "falling"], "rising", "The clock's edge at which data is read.")
@choice("--cs-idle", ["high", "low"], "high", "The chip select's level at rest.")
@click.option("--timeout", type=SECONDS, metavar="TIME", help="How long the clock rests (2us).")
@options
@click.pass_context
def spi(ctx: click.Context, /, **more: Any) -> None:
    """Trigger on an SPI bus."""
    parts = (
        Part("spi.source_data", more["source_mosi_miso"], is_source=True),
        Part("spi.source_sck", more["source_sck"], is_source=True),
        Part("spi.source_cs", more["source_cs"], is_source=True),
        Part("spi.level_data", more["level_mosi_miso"], "V"),
        Part("spi.level_sck", more["level_sck"], "V"),
        Part("spi.level_cs", more["level_cs"], "V"),
        Part("spi.data_bits", more["data_width"]),
        Part("spi.data", more["data"]),
        Part("spi.slope", more["clk_slope"]),
        Part("spi.cs_active", _ACTIVE[more["cs_idle"]]),
        Part("spi.timeout", more["timeout"], "s"),
        Part("spi.when", more["trigger_on"]),
    )
    apply(channel(ctx), "spi", parts, ctx)


@click.command()
@common
@level
@click.option("--baud", type=BITS, help="Bits in a second (500000).")
@choice("--line", ["high", "low", "rxtx", "differential"], None, "What the source is: CAN_H, CAN_L, ...")
@choice("--trigger-on", (*_CAN, *_CAN_ERRORS), "start", "A part of a frame, or an error.")
@options
@click.pass_context
def can(ctx: click.Context, /, source: str | None, level: float | None, **more: Any) -> None:
    """Trigger on a CAN bus."""
    parts = (
        Part("can.source", source, is_source=True),
        Part("can.level", level, "V"),
        Part("can.baud", more["baud"]),
        Part("can.line", more["line"]),
        Part("can.when", more["trigger_on"]),
    )
    apply(channel(ctx), "can", parts, ctx)


COMMANDS = (uart, i2c, spi, can)

"""The triggers of a script's oscilloscope on serial buses, one class each; the instrument may need an option for them.

As with the other types, `set_type` selects one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lager.proxies.scope_trigger_parts import OneLevel, TriggerType

if TYPE_CHECKING:
    from lager.proxies.scope import Scope


class UartTrigger(OneLevel):
    """On a UART: RS-232 without its levels."""

    name = "uart"

    def set_uart_params(
        self, parity: str = "none", stopbits: float | str = 1, baud: float = 9600, bits: float = 8
    ) -> None:
        """Set how the line is read.

        Args:
            parity: `none`, `even` or `odd`.
            stopbits: 1, 1.5 or 2: a count.
            baud: Bits in a second, 1/s.
            bits: Of data, 5 to 8: a count.
        """
        stop = f"{stopbits:g}" if isinstance(stopbits, (int, float)) else stopbits
        self._setup(parity=parity, stop_bits=stop, baud=baud, data_bits=bits)

    def set_trigger_on_start(self) -> None:
        """Trigger on a start bit."""
        self._set("when", "start")

    def set_trigger_on_frame_error(self) -> None:
        """Trigger where a stop bit is missing."""
        self._set("when", "frame_error")

    def set_trigger_on_check_error(self) -> None:
        """Trigger where the parity is wrong."""
        self._set("when", "check_error")

    def set_trigger_on_data(self, data: int) -> None:
        """Trigger on a byte: a number."""
        self._setup(data=data, when="data")

    def get_when(self) -> str:
        """Get `start`, `frame_error`, `check_error` or `data`."""
        return self._word("when")


class I2CTrigger(TriggerType):
    """On an I2C bus."""

    name = "i2c"

    def set_source(self, net_scl: Scope | str | None = None, net_sda: Scope | str | None = None) -> None:
        """Set what carries clock and data: scope nets of this instrument, their names, or lines such as `D0`."""
        self._set_sources(source_scl=net_scl, source_sda=net_sda)

    def set_scl_trigger_level(self, volts: float) -> None:
        """Set the level of the clock, V."""
        self._set("level_scl", volts)

    def set_sda_trigger_level(self, volts: float) -> None:
        """Set the level of the data, V."""
        self._set("level_sda", volts)

    def set_trigger_on_start(self) -> None:
        """Trigger on a start condition."""
        self._set("when", "start")

    def set_trigger_on_restart(self) -> None:
        """Trigger on a repeated start."""
        self._set("when", "restart")

    def set_trigger_on_stop(self) -> None:
        """Trigger on a stop condition."""
        self._set("when", "stop")

    def set_trigger_on_nack(self) -> None:
        """Trigger where nobody acknowledges."""
        self._set("when", "nack")

    def set_trigger_on_address(self, bits: int = 7, direction: str = "read_write", address: int = 0) -> None:
        """Trigger on an address.

        Args:
            bits: Of the address: 7, 8 (with the direction) or 10.
            direction: `read`, `write` or `read_write`.
            address: A number.
        """
        self._setup(address_bits=str(bits), direction=direction, address=address, when="address")

    def set_trigger_on_data(self, data: int) -> None:
        """Trigger on a byte of data: a number."""
        self._setup(data=data, when="data")

    def set_trigger_on_addr_data(
        self, bits: int = 7, direction: str = "read_write", address: int = 0, data: int = 0
    ) -> None:
        """Trigger on a byte of data after an address; as `set_trigger_on_address`."""
        self._setup(address_bits=str(bits), direction=direction, address=address, data=data, when="addr_data")

    def get_when(self) -> str:
        """Get `start`, `restart`, `stop`, `nack`, `address`, `data` or `addr_data`."""
        return self._word("when")


class SPITrigger(TriggerType):
    """On an SPI bus."""

    name = "spi"

    def set_source(
        self,
        net_sck: Scope | str | None = None,
        net_mosi_miso: Scope | str | None = None,
        net_cs: Scope | str | None = None,
    ) -> None:
        """Set what carries clock, data and chip select: scope nets of this instrument, their names, or lines."""
        self._set_sources(source_sck=net_sck, source_data=net_mosi_miso, source_cs=net_cs)

    def set_sck_trigger_level(self, volts: float) -> None:
        """Set the level of the clock, V."""
        self._set("level_sck", volts)

    def set_mosi_miso_trigger_level(self, volts: float) -> None:
        """Set the level of the data, V."""
        self._set("level_data", volts)

    def set_cs_trigger_level(self, volts: float) -> None:
        """Set the level of the chip select, V."""
        self._set("level_cs", volts)

    def set_trigger_data(self, bits: int, data: int) -> None:
        """Set what is looked for: 4 to 32 bits, and their value: numbers."""
        self._setup(data_bits=bits, data=data)

    def set_clk_edge_positive(self) -> None:
        """Read the data at rising edges of the clock."""
        self._set("slope", "rising")

    def set_clk_edge_negative(self) -> None:
        """Read the data at falling edges of the clock."""
        self._set("slope", "falling")

    def set_trigger_on_cs_low(self) -> None:
        """Read while the chip select is low."""
        self._setup(cs_active="low", when="cs")

    def set_trigger_on_cs_high(self) -> None:
        """Read while the chip select is high."""
        self._setup(cs_active="high", when="cs")

    def set_trigger_on_timeout(self, timeout: float) -> None:
        """Read after the clock has been at rest for so long, s."""
        self._setup(timeout=timeout, when="timeout")

    def get_when(self) -> str:
        """Get `cs` or `timeout`."""
        return self._word("when")


class CANTrigger(OneLevel):
    """On a CAN bus."""

    name = "can"

    def set_baud(self, baud: float) -> None:
        """Set the bits in a second, 1/s."""
        self._set("baud", baud)

    def set_line(self, line: str) -> None:
        """Set what the source is: `high` (CAN_H), `low` (CAN_L), `rxtx` or `differential`."""
        self._set("line", line)

    def set_trigger_on(self, when: str) -> None:
        """Trigger on part of a frame, or on an error.

        Args:
            when: `start`, `end`, `remote_id`, `overload`, `frame_id`, `data_frame`, `data_id`, `error_frame`,
                `answer_error`, `check_error`, `format_error`, `random_error` or `bit_error`.
        """
        self._set("when", when)

    def get_when(self) -> str:
        """Get what it triggers on."""
        return self._word("when")

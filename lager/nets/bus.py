"""The bus decoders of released boxes. None is served here: making one says what there is instead."""

from __future__ import annotations

from lager import errors


class _Bus:
    """A decoder of an oscilloscope that is not served."""

    trigger = ""  # what triggers on that bus, if anything does

    def __init__(self, *_nets: object, **_named: object) -> None:
        instead = f"trigger on the bus with trigger_settings.{self.trigger}, or " if self.trigger else ""
        raise errors.UsageError(
            f"{type(self).__name__}: no bus is decoded here",
            f"{instead}read the trace with waveform() and decode that",
        )


class BusUART(_Bus):
    """Would decode a UART."""

    trigger = "uart"


class BusI2C(_Bus):
    """Would decode an I2C bus."""

    trigger = "i2c"


class BusSPI(_Bus):
    """Would decode an SPI bus."""

    trigger = "spi"


class BusCAN(_Bus):
    """Would decode a CAN bus."""

    trigger = "can"


class BusFlex(_Bus):
    """Would decode a FlexRay bus."""

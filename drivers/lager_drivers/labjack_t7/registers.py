"""Where things are in a LabJack T7, and how numbers lie in its registers. Shared by the driver and the simulator."""

from __future__ import annotations

import struct
from collections.abc import Sequence

AIN, AIN_RANGE, AIN_NEGATIVE, AIN_RESOLUTION, AIN_SETTLING = 0, 40000, 41000, 41500, 42000
# Extended features: what an input's readings are turned into
EF_READ_A, EF_INDEX, EF_CONFIG_A, EF_CONFIG_B, EF_CONFIG_D, EF_CONFIG_E = 7000, 9000, 9300, 9600, 10200, 10500
DAC, DIO = 1000, 2000
PORT_STATE, PORT_DIRECTION = 2500, 2600
DIO_STATE, DIO_DIRECTION, DIO_INHIBIT = 2800, 2850, 2900
LAST_ERROR = 55000
TEST, TEST_UINT16, TEST_UINT32, TEST_INT32, TEST_FLOAT32 = 55100, 55110, 55120, 55122, 55124
# Ticks since it was switched on: SYSTEM_COUNTER_10KHZ wraps after 5 days, CORE_TIMER after 107 s, SYSTEM_TIMER_20HZ
# after 6.8 years.
TICKS_10KHZ, TICKS_40MHZ, TICKS_20HZ = 61502, 61520, 61522
PRODUCT_ID, HARDWARE_VERSION, FIRMWARE_VERSION, SERIAL_NUMBER = 60000, 60002, 60004, 60028
DEVICE_TEMPERATURE = 60052  # K, under the screws of AIN0..AIN3

SINGLE_ENDED = 199  # as a negative channel: measured against ground
WIDEST_RANGE = 10.0  # V
SATURATED = (-10.5, 10.05)  # V: beyond, an input shows where its span ends and not what is there
NO_VALUE = -9999.0  # what the device gives for a number it has not
DAC_TOP = 5.0  # V
THIS_PRODUCT = 7.0

AIN_PINS = tuple(f"AIN{n}" for n in range(14))
DAC_PINS = ("DAC0", "DAC1")
PORTS = (("FIO", 8), ("EIO", 8), ("CIO", 4), ("MIO", 3))
DIO_PINS = tuple(f"{port}{n}" for port, width in PORTS for n in range(width))


def float_words(value: float) -> list[int]:
    """Lay a FLOAT32 into two registers, the more significant one first."""
    return list(struct.unpack(">2H", struct.pack(">f", value)))


def words_float(words: Sequence[int]) -> float:
    """Take a FLOAT32 out of two registers."""
    return float(struct.unpack(">f", struct.pack(">2H", *words))[0])


def long_words(value: int) -> list[int]:
    """Lay a UINT32 (or an INT32) into two registers, the more significant one first."""
    return [value >> 16 & 0xFFFF, value & 0xFFFF]


def words_long(words: Sequence[int]) -> int:
    """Take a UINT32 out of two registers."""
    return words[0] << 16 | words[1]

"""The types of thermocouple a T7 knows, by their letters. Data, for the driver and the simulator; computes nothing."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """One type.

    Attributes:
        number: Of its feature, in AIN_EF_INDEX.
        low: The least temperature of its standard (IEC 60584; type C: ASTM E230), °C.
        high: The greatest, °C.
    """

    number: int
    low: float
    high: float


KINDS = {
    "E": Kind(20, -270, 1000),
    "J": Kind(21, -210, 1200),
    "K": Kind(22, -270, 1372),
    "R": Kind(23, -50, 1768),
    "T": Kind(24, -270, 400),
    "S": Kind(25, -50, 1768),
    "N": Kind(27, -270, 1300),
    "B": Kind(28, 0, 1820),
    "C": Kind(30, 0, 2315),
}
USUAL = "K"

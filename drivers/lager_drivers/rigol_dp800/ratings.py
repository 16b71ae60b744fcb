"""What the outputs of each DP800 can do: the Programming Guide's tables 2-1 and 2-2. Data, no code."""

from __future__ import annotations

from typing import NamedTuple


class Rating(NamedTuple):
    """One output. Rated values, then the most that can be set.

    Attributes:
        volts: Rated voltage, V; negative for an output below ground.
        amps: Rated current, A: also the limit after power-on.
        max_volts: Highest setpoint, V.
        max_amps: Highest limit, A.
        max_ovp: Highest over-voltage protection level, V.
        max_ocp: Highest over-current protection level, A.
    """

    volts: float
    amps: float
    max_volts: float
    max_amps: float
    max_ovp: float
    max_ocp: float


_DP832 = Rating(30, 3, 32, 3.2, 33, 3.3)
RATINGS: dict[str, tuple[Rating, ...]] = {
    "DP811": (Rating(40, 10, 42, 10.5, 44, 11),),  # the ends of both its ranges
    "DP821": (Rating(60, 1, 63, 1.05, 66, 1.1), Rating(8, 10, 8.4, 10.5, 8.8, 11)),
    "DP831": (Rating(8, 5, 8.4, 5.3, 8.8, 5.5), Rating(30, 2, 32, 2.1, 33, 2.2), Rating(-30, 2, -32, 2.1, -33, 2.2)),
    "DP832": (_DP832, _DP832, Rating(5, 3, 5.3, 3.2, 5.5, 3.3)),
}
DP811_RANGES = {"P20V": Rating(20, 10, 21, 10.5, 22, 11), "P40V": Rating(40, 5, 42, 5.3, 44, 5.5)}
DP811_AMPS = 5.0  # A: the limit after power-on, in both ranges
TRACKING = {"DP831": (2, 3), "DP832": (1, 2)}  # the two outputs that can follow each other
SENSING = {"DP811": (1,), "DP821": (2,)}  # the outputs with sense terminals
USB_PRODUCTS = {"DP811": 0x0E11, "DP821": 0x0E11, "DP831": 0x0E31, "DP832": 0x0E11}  # the DP831's from one list only

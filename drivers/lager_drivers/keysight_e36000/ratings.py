"""What the outputs of each Keysight E36200 and E36300 can do. Data, no code.

The E36312A's numbers were read from a unit (`VOLT? MAX`); the others follow its rule: 103 % of the rating can be set,
110 % is the highest protection level.
"""

from __future__ import annotations

from typing import NamedTuple

from lager_drivers.supply_output import Ranges


class Rating(NamedTuple):
    """One output.

    Attributes:
        volts: Rated voltage, V; negative for an output below ground.
        amps: Rated current, A.
        ranges: What can be set.
        watts: The most it delivers where that is less than both ratings together, W; 0 for no such limit.
    """

    volts: float
    amps: float
    ranges: Ranges
    watts: float = 0.0


def _e36300(volts: float, amps: float, least_amps: float = 0.001) -> Rating:
    """Make one that has one number for its limit and the level of its over-current protection."""
    limit, most = (least_amps, round(amps * 1.03, 3)), round(volts * 1.03, 3)
    level = round(volts * 1.1, 3)
    return Rating(volts, amps, Ranges((0.0, most), limit, (0.5, level), limit))


_E36233A = Rating(30, 20, Ranges((0.0, 30.9), (0.0, 20.6), (0.001, 33.0), (0.001, 22.0)), watts=200)
# Its third output is below ground (sources disagree whether numbers are sent so; libsigrok's profile says they are)
_N25V = Rating(-25, 1, Ranges((-25.75, 0.0), (0.001, 1.03), (-27.5, -0.5), (0.001, 1.03)))

RATINGS: dict[str, tuple[Rating, ...]] = {
    "E36233A": (_E36233A, _E36233A),
    "E36311A": (_e36300(6, 5, 0.002), _e36300(25, 1), _N25V),
    "E36312A": (_e36300(6, 5, 0.002), _e36300(25, 1), _e36300(25, 1)),
    "E36313A": (_e36300(6, 10, 0.002), _e36300(25, 2), _e36300(25, 2)),
}
USB_PRODUCTS = {"E36233A": 0x3302, "E36311A": 0x1002, "E36312A": 0x1102, "E36313A": 0x1202}  # vendor 2A8D

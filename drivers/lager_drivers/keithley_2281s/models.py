"""The battery models a 2281S is delivered with. Straight lines between empty and full: enough for a bench."""

from __future__ import annotations

from typing import NamedTuple


class BatteryModel(NamedTuple):
    """One model.

    Attributes:
        empty: Open-circuit voltage at 0 %, V.
        full: Open-circuit voltage at 100 %, V.
        resistance: ohm.
    """

    empty: float
    full: float
    resistance: float


BUILT_IN = {  # the names the firmware takes: with underscores (01.08b refuses the manual's hyphens)
    "LI_ION4_2": BatteryModel(3.0, 4.2, 0.067),
    "NIMH1_2": BatteryModel(1.0, 1.4, 0.03),
    "NICD1_2": BatteryModel(1.0, 1.35, 0.02),
    "LEAD_ACID12": BatteryModel(10.5, 12.9, 0.05),
    "NIMH12": BatteryModel(10.0, 14.0, 0.3),
}

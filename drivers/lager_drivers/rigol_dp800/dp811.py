"""The DP811's two ranges: more volts, or more amperes. What the ranges have in common is `supply.py`'s."""

from __future__ import annotations

from lager.errors import OutOfRange
from lager_drivers.rigol_dp800.ratings import DP811_RANGES
from lager_drivers.rigol_dp800.supply import Output, ranges
from lager_drivers.scpi import Control, Kind, word
from lager_drivers.supply_output import Ranges

RANGE: Kind[str] = word("range", {"P20V": "P20V", "P40V": "P40V", "LOW": "P20V", "HIGH": "P40V"})
_RANGES = {name: ranges(rating) for name, rating in DP811_RANGES.items()}


def _fits(ranges: Ranges, name: str, value: float) -> bool:
    within = {"voltage": ranges.volts, "current": ranges.amps, "ovp": ranges.ovp, "ocp": ranges.ocp}
    low, high = within[name]
    return low <= value <= high


class TwoRangeOutput(Output):
    """The output of a DP811. A value that needs the other range selects it, where nothing that is set forbids it."""

    range = Control(":OUTP:RANG?", ":OUTP:RANG {value}", RANGE, "Control the range")

    def admit(self, control: Control[float], value: float) -> None:
        """Refuse a value that does not fit what else is set; select the range that has it.

        Raises:
            OutOfRange: It is beyond a protection's level, or its range cannot be selected now.
        """
        super().admit(control, value)
        live = self.range
        if _fits(_RANGES[live], control.name, value):
            return
        wanted = next(name for name in _RANGES if name != live)
        if self.enabled:
            self._refuse(control, value, wanted, "the output is on", "disable() the output first")
        for other in self._what_acts():
            if other.name != control.name and not _fits(_RANGES[wanted], other.name, there := self.ask_of(other)):
                have = f"{other.name} is {there:g} {other.kind.unit}, which that range has not"
                self._refuse(control, value, wanted, have, f"lower the {other.name} first")
        self.range = wanted

    def ask_of(self, control: Control[float]) -> float:
        """Get a value, in its unit."""
        return self.ask(control.query, control.kind)

    def _what_acts(self) -> list[Control[float]]:
        own = type(self)
        acting = [own.voltage, own.current]
        return acting + [own.ovp] * self.ovp_armed + [own.ocp] * self.ocp_armed

    @staticmethod
    def _refuse(control: Control[float], value: float, wanted: str, why: str, hint: str) -> None:
        raise OutOfRange(f"{value:g} {control.kind.unit} needs the range {wanted} of the DP811, but {why}", hint)

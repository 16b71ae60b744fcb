"""The slots of a 2281S that hold battery models: read, and written. They answer whichever function is live.

A model is 101 points of open-circuit voltage and resistance, from empty to full. A slot keeps no name, and cannot be
emptied. All that can be wrong with a model is found before anything is sent.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from lager.errors import InstrumentError, InstrumentRefused, OutOfRange, UsageError
from lager.roles import BatteryCurve
from lager_drivers.keithley_2281s.models import empty
from lager_drivers.scpi import Dialog, Kind, Measure, Node, fixed

_POINTS, _COARSE = 101, 11
_MOST_VOLTS, _MOST_OHMS = 20.0, 100.0
_CLOSE = 0.01  # V, ohm: what the instrument may make of a number it was given

COUNT: Kind[int] = Kind("points", int, str)


def _values(reply: str) -> list[float]:
    values = [float(one) for one in reply.split(",")]
    if not all(map(math.isfinite, values)):
        raise ValueError("not all of it is numbers")
    return values


VOLTAGES: Kind[list[float]] = Kind("V", _values, str)
RESISTANCES: Kind[list[float]] = Kind("Ohm", _values, str)


class Slot(Node):
    """One slot.

    Args:
        dialog: The instrument's conversation.
        slot: Its number.
    """

    points = Measure(":BATT:MOD{slot}:VOC:STEP?", COUNT, "Get how many points it holds")
    voc = Measure(":BATT:MOD{slot}:VOC?", VOLTAGES, "Get the open-circuit voltages")
    resistance = Measure(":BATT:MOD{slot}:RES?", RESISTANCES, "Get the internal resistances")

    def __init__(self, dialog: Dialog, slot: int) -> None:
        super().__init__(dialog, slot=slot)
        self._slot = slot

    def saved(self) -> bool:
        """Get whether it holds a model; what was written and never saved counts as points, but is answered as zeros."""
        return bool(self.points) and any(self.voc)

    def read(self) -> BatteryCurve:
        """Read its model: V, ohm.

        Raises:
            UsageError: It is empty.
            InstrumentError: Voltages and resistances are not as many.
        """
        if not self.points:
            raise empty(self._slot)
        voc, resistance = self.voc, self.resistance
        if not any(voc):
            raise empty(self._slot)  # something was written there, and never saved
        if len(voc) != len(resistance):
            raise InstrumentError(
                f"slot {self._slot} gave {len(voc)} voltages and {len(resistance)} resistances", "read it again"
            )
        return BatteryCurve(voc, resistance)

    def write(self, voc: Sequence[float], resistance: Sequence[float]) -> None:
        """Save a model in it: V, ohm; then read it back.

        A string parameter may have 2048 characters (manual 7-30). These take 1111 at most, so nothing is appended.

        Raises:
            InstrumentRefused: It holds something else then.
        """
        way = "" if len(voc) == _POINTS else ":SIMP"
        for name, values in (("VOC", voc), ("RES", resistance)):
            self.send(f':BATT:MOD{{slot}}:{name}{way} "{{value}}"', value=",".join(map(fixed, values)))
        self.send(":BATT:MOD:SAVE:INTERNAL {slot}")  # 01.08b refuses :INT with -113
        kept = self.read()
        if not (_same(voc, kept.voc) and _same(resistance, kept.resistance)):
            raise InstrumentRefused(
                f"slot {self._slot} does not hold the model that was sent to it", "save it again; it was read back"
            )


def _same(sent: Sequence[float], kept: Sequence[float]) -> bool:
    """Tell whether every point that was sent is there, and lies where it should."""
    if len(kept) != _POINTS:
        return False
    every = (_POINTS - 1) // (len(sent) - 1)
    return all(abs(a - b) <= _CLOSE for a, b in zip(sent, kept[::every], strict=True))


def check(voc: Sequence[float], resistance: Sequence[float]) -> None:
    """Refuse what is no battery model.

    Raises:
        UsageError: The instrument would refuse it, or nobody can know what it means.
    """
    if len(voc) != len(resistance) or len(voc) not in (_POINTS, _COARSE):
        raise UsageError(
            f"a battery model has {_POINTS} or {_COARSE} points, not {len(voc)} voltages and "
            f"{len(resistance)} resistances",
            f"give {_POINTS} of each, one for each percent from empty to full, or {_COARSE}, one for each ten percent",
        )
    for name, unit, values, most in (("voltage", "V", voc, _MOST_VOLTS), ("resistance", "ohm", resistance, _MOST_OHMS)):
        if bad := [value for value in values if not 0 <= value <= most]:
            raise OutOfRange(
                f"{name} {bad[0]:g} {unit} of a battery model is outside 0..{most:g} {unit}",
                f"give every {name} in {unit}, from 0 to {most:g}",
            )
    if not any(float(fixed(volts)) for volts in voc):  # as it will be written
        raise UsageError("all voltages of this model are 0 V, as in an empty slot", "give those of a battery")
    if any(a > b for a, b in itertools.pairwise(voc)):
        raise UsageError("the voltages of a battery model fall", "give them from empty to full, never falling")
    if any(a < b for a, b in itertools.pairwise(resistance)):
        raise UsageError("the resistances of a battery model rise", "give them from empty to full, never rising")

"""The :MEASure commands of a simulated MSO5000: which item of which channel, thresholds and statistics.

A statistic counts what was asked for: nothing is measured while nobody asks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from lager_drivers.rigol_mso5000.simulated_acquisition import Record
from lager_drivers.rigol_mso5000.simulated_settings import (
    Setting,
    Switch,
    Word,
    commands,
    illegal,
    missing,
    only,
    real,
    whole,
)
from lager_drivers.rigol_mso5000.simulated_timebase import View
from lager_drivers.rigol_mso5000.simulated_trigger_settings import ANALOG, DIGITAL
from lager_drivers.simulated.scpi_parser import Command

if TYPE_CHECKING:
    from lager_drivers.rigol_mso5000 import simulated_measurements as work

NOTHING = "9.9E37"  # what cannot be measured

_SOURCES = f"{ANALOG} {DIGITAL} MATH1 MATH2 MATH3 MATH4"
_ITEMS = (
    "VMAX VMIN VPP VTOP VBASe VAMP VAVG VRMS OVERshoot PREShoot MARea MPARea PERiod FREQuency RTIMe FTIMe PWIDth NWIDth"
    " PDUTy NDUTy TVMAX TVMIN PSLewrate NSLewrate VUPPer VMID VLOWer VARiance PVRMs PPULses NPULses PEDGes NEDGes"
)
_PAIRS = "RRDelay RFDelay FRDelay FFDelay RRPHase RFPHase FRPHase FFPHase"
_MOST = {"NORM": 10_000, "PREC": 1_000_000}  # samples that are looked at
_SHOWN = 10  # items on the screen


class Statistic:
    """What one item has been."""

    def __init__(self) -> None:
        self.count, self.mean, self._squares = 0, 0.0, 0.0
        self.current = self.least = self.most = math.nan

    def add(self, value: float) -> None:
        """Take one more."""
        if math.isnan(value):
            return
        self.count += 1
        before, self.mean = self.mean, self.mean + (value - self.mean) / self.count
        self._squares += (value - before) * (value - self.mean)
        self.current = value
        self.least = value if self.count == 1 else min(self.least, value)
        self.most = value if self.count == 1 else max(self.most, value)

    def value(self, kind: str) -> float:
        """Give MAX, MIN, CURR, AVER, DEV or CNT."""
        found = {"MAX": self.most, "MIN": self.least, "CURR": self.current, "CNT": float(self.count)}
        if kind in found:
            return found[kind]
        if not self.count:
            return math.nan
        return self.mean if kind == "AVER" else math.sqrt(self._squares / self.count)


class Measure:
    """The measurements.

    Args:
        record: Brings the acquisition up to now, and gives its record.
        view: Gives what is on the screen.
        form: Writes numbers.
        bare: Whether `:MEASure:VPP?` is answered.
        percent: Whether duty cycles, over- and preshoot are in percent, not parts of one.
    """

    def __init__(
        self,
        record: Callable[[], Record | None],
        view: Callable[[], View],
        form: Callable[[float], str] = real,
        *,
        bare: bool = False,
        percent: bool = False,
    ) -> None:
        self._record, self._view, self._form, self._bare, self._percent = record, view, form, bare, percent
        self.items: list[tuple[str, ...]] = []
        self._statistics: dict[tuple[str, ...], Statistic] = {}
        self._item, self._source = Word(f"{_ITEMS} {_PAIRS}"), Word(_SOURCES)
        self._kind = Word("MAXimum MINimum CURRent AVERages DEViation CNT")
        self._mode = Word("NORMal PRECision")
        self._edges = {"SETup:MAX": whole(90, 1, 100), "SETup:MID": whole(50, 1, 100), "SETup:MIN": whole(10, 0, 99)}
        second = "CHAN2"
        self._pairs = {
            "SETup:PSA": Word(_SOURCES),
            "SETup:PSB": Word(_SOURCES, second),
            "SETup:DSA": Word(_SOURCES),
            "SETup:DSB": Word(_SOURCES, second),
        }
        self._settings: dict[str, Setting] = {
            "SOURce": self._source,
            "MODE": self._mode,
            "AMSource": Word(f"OFF {_SOURCES}"),
            "AREA": Word("MAIN ZOOM CURSor"),
            "THReshold:SOURce": Word(_SOURCES),
            "CREGion:CAX": whole(100, 0, 1000),
            "CREGion:CBX": whole(900, 0, 1000),
            "CATegory": whole(0, 0, 2),
            "STATistic:DISPlay": Switch(),
            **self._edges,
            **self._pairs,
        }

    def commands(self) -> list[Command]:
        """Make the commands."""
        found = [
            *commands(":MEASure", self._settings),
            Command(":MEASure:ITEM", lambda given: self._value(self._named(given)), self._show),
            Command(":MEASure:STATistic:ITEM", self._statistic, self._show),
            Command(":MEASure:STATistic:RESet", do=lambda _: self.reset_statistics()),
            Command(":MEASure:CLEar", do=self._clear),
            Command(":MEASure:THReshold:DEFault", do=lambda _: self._default_thresholds()),
        ]
        if self._bare:
            words = f"{_ITEMS} {_PAIRS}".split()
            found += [Command(f":MEASure:{word}", self._asked_by_name(word)) for word in words]
        return found

    def reset(self) -> None:
        """Go back to what *RST makes of it."""
        self.items.clear()
        self._statistics.clear()
        for setting in self._settings.values():
            setting.reset()

    def reset_statistics(self) -> None:
        """Count anew."""
        self._statistics.clear()

    def _asked_by_name(self, word: str) -> Callable[[list[str]], str]:
        return lambda given: self._value(self._named([word, *given]))

    def _named(self, given: list[str]) -> tuple[str, ...]:
        """Understand an item and its sources; those that are not named are the ones that are set."""
        if not given:
            raise missing()
        item, sources = self._item.read(given[0]), [self._source.read(one) for one in given[1:]]
        if item in _ONE_SOURCE:
            return item, *(sources[:1] or [self._source.value])
        first, second = ("PSA", "PSB") if item.endswith("PH") else ("DSA", "DSB")
        usual = [self._pairs[f"SETup:{first}"].value, self._pairs[f"SETup:{second}"].value]
        return item, *[*sources[:2], *usual[len(sources[:2]) :]]

    def _show(self, given: list[str]) -> None:
        named = self._named(given)
        if named not in self.items:
            self.items = [*self.items, named][-_SHOWN:]

    def _clear(self, given: list[str]) -> None:
        word = only(given).upper()
        if word == "ALL":
            self.items.clear()
        elif word[:4] == "ITEM" and word[4:].isdigit() and 1 <= int(word[4:]) <= _SHOWN:
            del self.items[int(word[4:]) - 1 : int(word[4:])]
        else:
            raise illegal()

    def _default_thresholds(self) -> None:
        for setting in self._edges.values():
            setting.reset()

    def _statistic(self, given: list[str]) -> str:
        if len(given) < 2:
            raise missing()
        kind, named = self._kind.read(given[0]), self._named(given[1:])
        self._measure(named)
        return self._written(self._statistics[named].value(kind))

    def _value(self, named: tuple[str, ...]) -> str:
        return self._written(self._measure(named))

    def _written(self, value: float) -> str:
        return self._form(value) if math.isfinite(value) else NOTHING

    def _measure(self, named: tuple[str, ...]) -> float:
        from lager_drivers.rigol_mso5000 import simulated_measurements as work  # numpy

        item, *sources = named
        record = self._record()
        value = math.nan
        if record is not None and all(one in record.fronts for one in sources):
            traces = [self._trace(record, one) for one in sources]
            value = work.measure(item, traces[0]) if item in _ONE_SOURCE else work.between(item, traces[0], traces[1])
        if self._percent and item in ("PDUT", "NDUT", "OVER", "PRES"):
            value *= 100
        self._statistics.setdefault(named, Statistic()).add(value)
        return value

    def _trace(self, record: Record, channel: str) -> work.Trace:
        from lager_drivers.rigol_mso5000 import simulated_measurements as work
        from lager_drivers.rigol_mso5000 import simulated_samples as samples

        times, volts = samples.analysed(record, channel, self._view(), _MOST[self._mode.value])
        parts = [self._edges[f"SETup:{name}"].value / 100 for name in ("MAX", "MID", "MIN")]
        return work.Trace(times, volts, samples.increment(record.fronts[channel]), work.Thresholds(*parts))


def _shorts(words: str) -> frozenset[str]:
    return frozenset("".join(letter for letter in word if not letter.islower()) for word in words.split())


_ONE_SOURCE = _shorts(_ITEMS)

"""The battery of a simulated 2281S: its model, its state of charge, and its commands. Knows neither clock nor rail."""

from __future__ import annotations

from collections.abc import Callable

from lager_drivers.keithley_2281s.models import BUILT_IN, BatteryModel
from lager_drivers.simulated.circuit import Point
from lager_drivers.simulated.scpi_parser import Ask, Command, Do, ScpiError, Setting

_METHODS = {"DYN": "DYN", "DYNAMIC": "DYN", "STAT": "STAT", "STATIC": "STAT"}
_FIRST_MODEL = "LI_ION4_2"


class SimulatedBattery:
    """The battery.

    Args:
        running: Says whether it is connected: most settings are refused then.
        point: Gives what its terminals do.
    """

    def __init__(self, running: Callable[[], bool], point: Callable[[], Point]) -> None:
        self._running, self._point = running, point
        self._capacity = Setting(0.001, 99, 0.01)
        self._limit = Setting(0, 6.1, 0.1)
        self._offset = Setting(-100, 100, 0)
        self._over_volts = Setting(0.5, 21, 21)
        self._over_amps = Setting(0.1, 6.1, 6.1)
        self._full, self._empty = Setting(0, 0, 0), Setting(0, 0, 0)
        self._soc = Setting(0, 100, 100, "{:.6g}")
        self.reset()

    def reset(self) -> None:
        """Go back to what it is after power-on."""
        for one in (self._capacity, self._limit, self._offset, self._over_volts, self._over_amps):
            one.reset()
        self._method = "DYN"
        self._load(_FIRST_MODEL)

    def _load(self, name: str) -> None:
        self._name = name
        model = self._model
        self._full = Setting(model.empty, model.full, model.full)
        self._empty = Setting(model.empty, model.full, model.empty)
        self._soc.reset()

    @property
    def _model(self) -> BatteryModel:
        return BUILT_IN[self._name]

    @property
    def open_circuit(self) -> float:
        """Get the open-circuit voltage, V: a straight line between empty and full."""
        return self._empty.value + (self._full.value - self._empty.value) * self._soc.value / 100

    @property
    def resistance(self) -> float:
        """Get the internal resistance, ohm."""
        return max(self._model.resistance + self._offset.value, 0.0)

    @property
    def most_amps(self) -> float:
        """Get the current limit, A."""
        return self._limit.value

    @property
    def over_volts(self) -> float:
        """Get the over-voltage protection level, V."""
        return self._over_volts.value

    @property
    def over_amps(self) -> float:
        """Get the over-current protection level, A."""
        return self._over_amps.value

    def drain(self, amps: float, seconds: float) -> None:
        """Let a current, A, flow out for some seconds; a static battery does not mind."""
        if self._method == "DYN":
            spent = amps * seconds / 3600 / self._capacity.value * 100
            self._soc.value = min(max(self._soc.value - spent, 0.0), 100.0)

    def commands(self) -> list[Command]:
        """Give its commands."""
        sim = ":BATTery[1]:SIMulator"
        numbers = {
            f"{sim}:CAPacity:LIMit": self._capacity,
            f"{sim}:CURRent:LIMit": self._limit,
            f"{sim}:RESistance:OFFSet": self._offset,
            f"{sim}:TVOLtage:PROTection[:LEVel]": self._over_volts,
            f"{sim}:CURRent:PROTection[:LEVel]": self._over_amps,
        }
        return [
            *(Command(pattern, one.ask, self._locked(one.do)) for pattern, one in numbers.items()),
            Command(f"{sim}:METHod", ask=lambda _: self._method, do=self._locked(self._set_method)),
            Command(f"{sim}:SOC", self._soc.ask, self._soc.do),
            Command(f"{sim}:VOC", ask=lambda _: f"{self.open_circuit:.6g}", do=self._set_voc),
            Command(f"{sim}:VOC:FULL", self._end("full"), self._locked(self._set_end("full"))),
            Command(f"{sim}:VOC:EMPTy", self._end("empty"), self._locked(self._set_end("empty"))),
            Command(f"{sim}:CAPacity", ask=lambda _: f"{self._capacity.value * self._soc.value / 100:.6g}"),
            Command(f"{sim}:CURRent", ask=lambda _: f"{self._point().amps:+.6E}"),
            Command(f"{sim}:TVOLtage", ask=lambda _: f"{self._point().volts:+.6E}"),
            Command(f"{sim}:RESistance", ask=lambda _: f"{self.resistance:+.6E}"),
            Command(":BATTery[1]:STATus", ask=lambda _: "CHARGE" if self._point().amps > 0 else "DISCHARGE"),
            Command(":BATTery[1]:MODel:RCL", ask=lambda _: self._name, do=self._locked(self._recall)),
        ]

    def _locked(self, do: Do) -> Do:
        """Refuse while the battery is connected."""

        def guarded(arguments: list[str]) -> None:
            if self._running():
                raise ScpiError(704, "Not permitted while battery model is running")
            do(arguments)

        return guarded

    def _set_method(self, arguments: list[str]) -> None:
        word = arguments[0].upper() if arguments else ""
        if word not in _METHODS:
            raise ScpiError(-141, "Invalid character data")
        self._method = _METHODS[word]

    def _set_voc(self, arguments: list[str]) -> None:
        """Take a voltage between the ends of the model; the state of charge follows."""
        low, high = self._empty.value, self._full.value
        volts = Setting(low, high, high).taken(arguments)
        self._soc.value = 100 * (volts - low) / (high - low) if high > low else 100.0

    def _end(self, which: str) -> Ask:
        return lambda arguments: (self._full if which == "full" else self._empty).ask(arguments)

    def _set_end(self, which: str) -> Do:
        def do(arguments: list[str]) -> None:
            mine = self._full if which == "full" else self._empty
            value = mine.taken(arguments)
            low, high = (self._empty.value, value) if which == "full" else (value, self._full.value)
            if high < low:
                raise ScpiError(703, "Full Voc can't be less than empty Voc")
            mine.value = value

        return do

    def _recall(self, arguments: list[str]) -> None:
        name = arguments[0].upper() if arguments else ""
        if name.isdigit():
            if not 1 <= int(name) <= 9:
                raise ScpiError(-222, "Data out of range")
            return  # an empty slot: no error, and the earlier model stays
        if name not in BUILT_IN:
            raise ScpiError(-102, f"Syntax error;  - :BATT:MOD:RCL {name.partition('-')[0]}-")
        self._load(name)

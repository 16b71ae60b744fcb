"""The battery simulator of a simulated 2281S: the model that is loaded, its state of charge, and its commands.

State of charge counts from the empty to the full voltage along the model's curve. Knows no clock: time is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from lager_drivers.keithley_2281s.simulated_curve import BUILT_IN, POINTS, Curve, at, position
from lager_drivers.keithley_2281s.simulated_habits import Habits
from lager_drivers.keithley_2281s.simulated_terminals import Drive, Terminals
from lager_drivers.simulated.scpi_parser import Command, Do, ScpiError, Setting, out_of_range

FIRST_MODEL = "LI_ION4_2"
_METHODS = {"DYN": "DYNAMIC", "DYNAMIC": "DYNAMIC", "STAT": "STATIC", "STATIC": "STATIC"}
_SHORT = {"DYNAMIC": "DYN", "STATIC": "STAT"}
_PORTION = 0.01  # of the capacity: over so much charge the current is taken as steady
_VOLTS_NOISE, _AMPS_NOISE = 5e-5, 2e-6  # rms
_SIM = ":BATTery[1]:SIMulator"


class SimulatedBattery:
    """The battery.

    Args:
        terminals: Where it is connected: most settings are refused then.
        slots: The models that are saved.
        noisy: Adds noise to a reading.
        habits: What differs.
    """

    def __init__(
        self,
        terminals: Terminals,
        slots: Mapping[int, Curve],
        noisy: Callable[[float, float], float],
        habits: Habits,
    ) -> None:
        self._terminals, self._slots, self._noisy, self._habits = terminals, slots, noisy, habits
        self._capacity = Setting(0.001, 99, 0.01)
        self._limit = Setting(0, 6.1, 0.1)
        self._offset = Setting(-100, 100, 0)
        self._over_volts = Setting(0.5, 21, 21)
        self._over_amps = Setting(0.1, 6.1, 6.1)
        self._low_voltage = Setting(0, 21, habits.low_voltage)
        self.reset()

    def reset(self) -> None:
        """Go back to what it is after power-on; what is saved stays."""
        for one in (self._capacity, self._limit, self._offset, self._over_volts, self._over_amps, self._low_voltage):
            one.reset()
        self._method = "DYNAMIC"
        self._load(FIRST_MODEL, BUILT_IN[FIRST_MODEL])

    def _load(self, name: str, curve: Curve) -> None:
        low, high = curve.voc[0], curve.voc[-1]
        self._model, self._curve = name, curve
        self._full, self._empty = Setting(low, high, high, "{:.6g}"), Setting(low, high, low, "{:.6g}")
        self._soc = 100.0
        self._mark_ends()

    # What it is now ---------------------------------------------------------------------------------------------------

    def _along(self) -> float:
        """Give the place on the model's curve, 0 to 100."""
        return self._lowest + (self._highest - self._lowest) * self._soc / 100

    def _mark_ends(self) -> None:
        """Find the places of the empty and the full battery; a flat end of the curve belongs to the battery."""
        falling = [-volts for volts in reversed(self._curve.voc)]
        self._lowest = position(self._curve.voc, self._empty.value)
        self._highest = POINTS - 1 - position(falling, -self._full.value)

    @property
    def soc(self) -> float:
        """Get the state of charge, %."""
        return self._soc

    @property
    def voc(self) -> float:
        """Get the open-circuit voltage, V."""
        return at(self._curve.voc, self._along())

    @property
    def resistance(self) -> float:
        """Get the internal resistance, ohm: the model's at this state of charge, and what is added to it."""
        return max(at(self._curve.resistance, self._along()) + self._offset.value, 0.0)

    def drive(self) -> Drive:
        """Give what it puts on the terminals."""
        return Drive(self.voc, self._limit.value, self.resistance, self._over_volts.value, self._over_amps.value)

    # Time -------------------------------------------------------------------------------------------------------------

    def pass_time(self, seconds: float) -> Iterator[float]:
        """Let the current flow for some seconds, in steps of steady current; give how long each of them was."""
        while seconds > 0 and self._terminals.on:
            _, amps, limited = self._terminals.point()
            if limited and amps > 0 and self._habits.at_current_limit == "off":
                self._terminals.off()
            step = self._step(amps, seconds)
            yield step
            seconds -= step
        yield seconds

    def _step(self, amps: float, most: float) -> float:
        """Let a current flow until 1 % has gone, or `most` seconds; give how long."""
        if self._method == "STATIC" or amps == 0 or not self._terminals.on or (amps < 0 and self._soc >= 100):
            return most
        whole = self._capacity.value * 3600
        step = min(most, _PORTION * whole / abs(amps))
        self._soc = min(max(self._soc - 100 * amps * step / whole, 0.0), 100.0)
        self._terminals.drive(self.drive())
        if self._soc <= 0 < amps:
            if self._habits.at_empty == "off":
                self._terminals.off()
            return most  # nothing changes any more
        return step

    # Its commands -----------------------------------------------------------------------------------------------------

    def commands(self) -> list[Command]:
        """Give its commands."""
        locked = {
            f"{_SIM}:CAPacity:LIMit": self._capacity,
            f"{_SIM}:CURRent:LIMit": self._limit,
            f"{_SIM}:RESistance:OFFSet": self._offset,
            f"{_SIM}:TVOLtage:PROTection[:LEVel]": self._over_volts,
            f"{_SIM}:CURRent:PROTection[:LEVel]": self._over_amps,
        }
        method = self._set_method if self._habits.method_while_on == "take" else self._locked(self._set_method)
        return [
            *(Command(pattern, one.ask, self._locked(one.do)) for pattern, one in locked.items()),
            Command(f"{_SIM}:METHod", ask=self._ask_method, do=method),
            Command(f"{_SIM}:SOC", ask=self._ask_soc, do=self._set_soc),
            Command(f"{_SIM}:VOC", ask=self._ask_voc, do=self._set_voc),
            Command(f"{_SIM}:VOC:FULL", lambda asked: self._full.ask(asked), self._locked(self._set_full)),
            Command(f"{_SIM}:VOC:EMPTy", lambda asked: self._empty.ask(asked), self._locked(self._set_empty)),
            Command(f"{_SIM}:LV", self._low_voltage.ask, self._low_voltage.do),
            Command(f"{_SIM}:CAPacity", ask=lambda _: f"{self._capacity.value * self._soc / 100:.6g}"),
            Command(f"{_SIM}:CURRent", ask=lambda _: self._live(self._terminals.point().amps, _AMPS_NOISE, "A")),
            Command(f"{_SIM}:TVOLtage", ask=lambda _: self._live(self._terminals.point().volts, _VOLTS_NOISE, "V")),
            Command(f"{_SIM}:RESistance", ask=lambda _: f"{self.resistance:+.6E}"),
            Command(":BATTery[1]:STATus", ask=lambda _: "CHARGE" if self._terminals.point().amps > 0 else "DISCHARGE"),
            Command(":BATTery[1]:MODel:RCL", ask=lambda _: self._model, do=self._locked(self._recall)),
        ]

    def _live(self, value: float, noise: float, unit: str) -> str:
        text = f"{self._noisy(value, noise):+.6E}"
        return f"{text} {unit}" if self._habits.realtime_words == "unit" else text

    def _locked(self, do: Do) -> Do:
        """Refuse while the battery is connected."""

        def guarded(arguments: list[str]) -> None:
            if self._terminals.on:
                raise ScpiError(704, "Not permitted while battery model is running")
            do(arguments)

        return guarded

    def _ask_method(self, _: list[str]) -> str:
        return _SHORT[self._method] if self._habits.method_words == "short" else self._method

    def _set_method(self, arguments: list[str]) -> None:
        word = arguments[0].upper() if arguments else ""
        if word not in _METHODS:
            raise ScpiError(-141, "Invalid character data")
        self._method = _METHODS[word]

    def _ask_soc(self, arguments: list[str]) -> str:
        return Setting(0, 100, 100).ask(arguments) if arguments else f"{round(self._soc, 1):g}"

    def _set_soc(self, arguments: list[str]) -> None:
        self._soc = round(Setting(0, 100, 100).taken(arguments), 1)  # 0.0 to 100.0 (manual 7-46)

    def _model_range(self) -> Setting:
        low, high = self._curve.voc[0], self._curve.voc[-1]
        return Setting(low, high, high, "{:.6g}")

    def _ask_voc(self, arguments: list[str]) -> str:
        return self._model_range().ask(arguments) if arguments else f"{self.voc:.6g}"

    def _set_voc(self, arguments: list[str]) -> None:
        """Take a voltage of the model (manual 7-48), but not beyond full or empty; the state of charge follows."""
        volts = min(max(self._model_range().taken(arguments), self._empty.value), self._full.value)
        low, high = self._lowest, self._highest
        along = position(self._curve.voc, volts)
        self._soc = min(max(100 * (along - low) / (high - low), 0.0), 100.0) if high > low else 100.0

    def _set_full(self, arguments: list[str]) -> None:
        value = self._full.taken(arguments)
        _refuse_crossed(self._empty.value, value)
        self._full.value = value
        self._mark_ends()

    def _set_empty(self, arguments: list[str]) -> None:
        value = self._empty.taken(arguments)
        _refuse_crossed(value, self._full.value)
        self._empty.value = value
        self._mark_ends()

    def _recall(self, arguments: list[str]) -> None:
        """Load a model; an empty slot changes nothing and is no error (field, 01.08b)."""
        name = arguments[0].upper() if arguments else ""
        if name.lstrip("+-").isdigit():
            slot = int(name)
            if not 1 <= slot <= 9:
                raise out_of_range()
            if slot in self._slots:
                self._load(str(slot), self._slots[slot])
            return
        if name not in BUILT_IN:
            upto = name.partition("-")[0] + ("-" if "-" in name else "")
            raise ScpiError(-102, f"Syntax error;  - :BATT:MOD:RCL {upto}")
        self._load(name, BUILT_IN[name])


def _refuse_crossed(empty: float, full: float) -> None:
    if full < empty:
        raise ScpiError(703, "Full Voc can't be less than empty Voc")

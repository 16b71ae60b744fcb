"""What a simulated DL3000 does to the rail it is across, and what that does to it. Knows no command."""

from __future__ import annotations

from collections.abc import Callable

from lager_drivers.eload import Span
from lager_drivers.rigol_dl3000.ratings import Rating
from lager_drivers.rigol_dl3000.simulated_programs import Discharge, Playlist, Transient
from lager_drivers.simulated.circuit import Rail
from lager_drivers.simulated.scpi_parser import ScpiError, Setting

_OFF_OHMS = 350e3  # the input when it is off (data sheet)
_LEAST_VOLTS = 1.3  # at its full current; below, it conducts as well as it can (data sheet, DL3031A)
_REGULATOR = 1e-4  # ohm: how stiff constant voltage is
_REVERSE = -0.5  # V
_OVER_POWER = 1.05  # of the rated power: fixed
_FOR_EVER = 1e12  # ohm

VF, OC, RS, OP, RUN, UNR, LRV, OV, PS, VON = 1, 2, 4, 8, 128, 1024, 2048, 4096, 8192, 16384
_TRIP_BITS = {"": 0, "OVP": PS | OV | VF, "OCP": PS | OC, "OPP": PS | OP, "reverse": PS | LRV | VF}


class Regulation:
    """One of the four functions: its level in one of two ranges, and the protections it has for itself."""

    def __init__(self, rating: Rating, spans: tuple[Span, ...], default: float, form: str) -> None:
        self.spans = spans
        self.level = Setting(spans[-1].least, spans[-1].most, default, form)
        self.von = Setting(0, 150, 0, "{:.4f}")
        self.most_volts = Setting(0, rating.most_volts, rating.most_volts, "{:.4f}")
        self.most_amps = Setting(0, rating.most_amps, rating.most_amps, "{:.4f}")

    @property
    def span(self) -> Span:
        """Get the range that is active."""
        return Span(self.level.low, self.level.high)

    def choose(self, most: float) -> None:
        """Take the low range for what fits in it, or the high one; that sets the level to 0 where it can be 0.

        Raises:
            ScpiError: It does not hold the present level, which it cannot set to 0 (field report, resistance).
        """
        span = self.spans[0] if most <= self.spans[0].most else self.spans[-1]
        if span == self.span:
            return
        if span.least > 0 and not span.least <= self.level.value <= span.most:
            raise ScpiError(-221, "Settings conflict")
        self.level.low, self.level.high = span
        if span.least == 0:
            self.level.value = 0.0

    def reset(self) -> None:
        """Go back to what it is after `*RST`: the high range."""
        self.level.low, self.level.high = self.spans[-1]
        for setting in (self.level, self.von, self.most_volts, self.most_amps):
            setting.reset()


class SimulatedInput:
    """The input.

    Args:
        rating: The model's.
        rail: What it is across.
        clock: Gives a time that only grows, s.
        settling: How long the current takes to settle once the input is on, s; with 0, its slew takes no time either.
        wave_loads: Whether it loads as usual in the waveform function, instead of being stuck.
    """

    def __init__(
        self, rating: Rating, rail: Rail, clock: Callable[[], float], *, settling: float, wave_loads: bool
    ) -> None:
        self._rating, self._rail, self._clock = rating, rail, clock
        self._settling, self._wave_loads = settling, wave_loads
        self._least_ohms = _LEAST_VOLTS / rating.amps[1].most
        self.regulations = {
            "CURR": Regulation(rating, rating.amps, 0, "{:.4f}"),
            "VOLT": Regulation(rating, rating.volts, 150, "{:.4f}"),
            "RES": Regulation(rating, rating.ohms, rating.ohms[1].most, "{:.4f}"),
            "POW": Regulation(rating, (rating.watts,), 0, "{:.4f}"),
        }
        self.slew = Setting(0.001, rating.slew[1], 0.001, "{:.4f}")  # A/us
        self.transient = Transient(rating, 30e3 if rating.slew[1] in (3, 5) else 15e3)
        self.playlist, self.discharge = Playlist(), Discharge(rating)
        self.function, self.program = "CURR", "FIX"
        self.on = self.shorted = self.sense = self._sinking = False
        self.trip = ""
        self._switched = self._before = self._changed = clock()
        self._from = 0.0
        self.latched = 0
        self.volts = self.amps = (0.0, 0.0)  # the least and the most of each
        self.amp_hours = self.watt_hours = self.seconds = 0.0
        rail.draws.append(self.draw)

    @property
    def active(self) -> str:
        """Get the function that regulates."""
        if self.program == "LIST":
            return self.playlist.function
        return "CURR" if self.program == "BATT" else self.function

    def switch(self, on: bool) -> None:
        """Switch; a trip is forgotten when it goes on again, and comes again where its cause has stayed."""
        if on and not self.on:
            self.trip, self._switched, self._sinking = "", self._clock(), False
            self._from = 0.0
            self.clear_totals()
        self.on = on
        if not on:
            self._go_off()
        self.settle()

    def _go_off(self) -> None:
        self.on = self.shorted = False
        self.playlist.stop()
        self.transient.arm(False, self._clock())

    def set_current(self, arguments: list[str]) -> None:
        """Take a level of constant current, to the mA; the current goes there at the slew rate."""
        now, setting = self._clock(), self.regulations["CURR"].level
        before = self._slewed(now)
        setting.do(arguments)
        setting.value = round(setting.value, 3)
        self._from, self._changed = before, now

    def _slewed(self, now: float) -> float:
        wanted = self.regulations["CURR"].level.value
        if not self._settling:
            return wanted
        most = self.slew.value * 1e6 * (now - max(self._changed, self._switched))
        return wanted if abs(wanted - self._from) <= most else self._from + (most if wanted > self._from else -most)

    def level(self, now: float) -> float | None:
        """Give the level that regulates now, in its function's unit; None for nothing to draw."""
        if self.program == "LIST":
            return self.playlist.level(now)
        if self.program == "BATT":
            return self.discharge.level.value
        if self.program in ("OCP", "OPP"):
            return None  # what these tests do is to be seen on its display only
        if self.program == "WAV" and not self._wave_loads:
            return {"CURR": 0.01, "RES": _FOR_EVER}.get(self.function)
        if self.function != "CURR":
            return self.regulations[self.function].level.value
        return self.transient.level(now) if self.transient.armed else self._slewed(now)

    def draw(self, volts: float) -> float:
        """Give what it draws at a voltage, A."""
        if volts <= 0:
            return 0.0
        idle = volts / _OFF_OHMS
        if not self.on:
            return idle
        most = min(volts / self._least_ohms, self._rating.most_amps * 1.1)
        if self.shorted:
            return idle + most
        if not self._sinking and volts <= self.von:
            return idle
        now = self._clock()
        risen = 1.0 if now >= self._switched + self._settling else (now - self._switched) / self._settling
        level = self.level(now)
        return idle if level is None else idle + min(self._wanted(level, volts), most) * risen

    def _wanted(self, level: float, volts: float) -> float:
        if self.active == "CURR":
            return level
        if self.active == "VOLT":
            return max(volts - level, 0.0) / _REGULATOR
        return volts / max(level, self._least_ohms) if self.active == "RES" else level / volts

    @property
    def von(self) -> float:
        """Get the voltage above which it starts to sink, V."""
        return (self.discharge if self.program == "BATT" else self.regulations[self.active]).von.value

    def settle(self) -> None:
        """Come up to now: totals, extremes, protections, ends of programs."""
        now = self._clock()
        elapsed, self._before = now - self._before, now
        volts = self._rail.point().volts
        amps = self.draw(volts)
        if self.on:
            self._sinking = self._sinking or volts > self.von
            self.seconds += elapsed
            self.amp_hours += amps * elapsed / 3600
            self.watt_hours += volts * amps * elapsed / 3600
            self.trip = self._tripped(volts, amps)
            ended = self.program == "LIST" and self.playlist.ends_off and self.playlist.ended(now)
            done = self.program == "BATT" and self.discharge.over(volts, self.amp_hours, self.seconds)
            if self.trip or ended or done:
                self._go_off()
        self.volts = (min(self.volts[0], volts), max(self.volts[1], volts))
        self.amps = (min(self.amps[0], amps), max(self.amps[1], amps))
        self.latched |= self.condition()

    def _tripped(self, volts: float, amps: float) -> str:
        guard = self.regulations[self.active]
        if volts < _REVERSE:
            return "reverse"
        if volts > guard.most_volts.value:
            return "OVP"
        if amps > guard.most_amps.value:
            return "OCP"
        return "OPP" if volts * amps > self._rating.watts.most * _OVER_POWER else ""

    def condition(self) -> int:
        """Give the questionable condition register."""
        volts, amps = self.reading()
        bits = _TRIP_BITS[self.trip] | (RS if self.sense else 0)
        bits |= LRV | VF if volts < _REVERSE else 0
        bits |= OV | VF if volts > self.regulations[self.active].most_volts.value else 0
        if not self.on:
            return bits
        bits |= VON if self._sinking else 0
        bits |= RUN if self.program == "LIST" and self.playlist.runs(self._clock()) else 0
        return bits if self._regulates(volts, amps) else bits | UNR

    def _regulates(self, volts: float, amps: float) -> bool:
        level = self.level(self._clock())
        if level is None:
            return True
        if self.active == "VOLT":
            return abs(volts - level) <= 0.02 + 0.002 * level
        wanted = self._wanted(level, volts) if volts > 0 else 0.0 if self.active == "RES" else level
        return abs(amps - wanted) <= 0.002 + 0.005 * wanted

    def reading(self) -> tuple[float, float]:
        """Measure, V and A."""
        volts = self._rail.point().volts
        return volts, self.draw(volts)

    def clear_totals(self) -> None:
        """Begin to count anew: charge, energy, time, extremes."""
        self.amp_hours = self.watt_hours = self.seconds = 0.0
        volts, amps = self.reading()
        self.volts, self.amps = (volts, volts), (amps, amps)

    def reset(self) -> None:
        """Go back to what it is after `*RST`; the program stays (field reports)."""
        self.switch(False)
        self.function, self.sense, self.trip = "CURR", False, ""
        for regulation in self.regulations.values():
            regulation.reset()
        self.slew.high = self._rating.slew[1]
        self.slew.reset()
        self.transient.reset()
        self.discharge.reset()

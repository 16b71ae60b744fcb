"""What may drive a simulated DL3000's input instead of the static setpoint: transients, lists and the battery test.

They give a level for a time, s, and know neither the circuit nor how they are reached.
"""

from __future__ import annotations

from lager_drivers.rigol_dl3000.ratings import Rating
from lager_drivers.simulated.scpi_parser import ScpiError, Setting, as_number, out_of_range

_MOST_STEPS = 512
_STEP = {"LEVel": 2.0, "WIDth": 1.0, "SLEW": 0.001}
_PLAYS_NOTHING = 4  # steps: a list of four did not play (field report, 00.01.05.00.01)
_MILLI = 1e-3
_FASTEST = 0.3  # A/us, of transients (field report on a DL3021A)


class Transient:
    """The transient of constant current: between level A and level B.

    Attributes:
        armed: Whether it drives the input.
        mode: `CONT`, `PULS` or `TOGG`.
    """

    def __init__(self, rating: Rating, hertz: float) -> None:
        most = rating.amps[1].most
        self.armed, self.mode = False, "CONT"
        self.levels = {"A": Setting(0, most, 4, "{:.4f}"), "B": Setting(0, most, 1, "{:.4f}")}
        self.widths = {"A": Setting(0.02, 999, 500, "{:.3f}"), "B": Setting(0.02, 999, 500, "{:.3f}")}  # ms
        self.frequency = Setting(0.001, hertz, 100, "{:.3f}")  # Hz
        self.duty = Setting(1, 100, 50, "{:.2f}")  # % of the period at A
        self.slews = {"POSitive": Setting(0, 0, 0, "{:.4f}"), "NEGative": Setting(0, 0, 0, "{:.4f}")}  # A/us
        self._began = 0.0
        self._high = False

    def choose(self, mode: str) -> None:
        """Take a mode. Its slew rates read as 0, with 0 as their ends, until one was chosen (field report)."""
        self.mode = mode
        for slew in self.slews.values():
            slew.low, slew.high, slew.default = 0.001, _FASTEST, 0.001
            slew.value = max(slew.value, slew.low)

    def arm(self, armed: bool, now: float) -> None:
        """Let it drive the input, from level B on, or not."""
        self.armed, self._began, self._high = armed, now, False

    def fire(self, now: float) -> None:
        """Do what a trigger means: the pulse, or the other level."""
        self._began, self._high = now, self.mode == "PULS" or not self._high

    def level(self, now: float) -> float:
        """Give the level, A."""
        elapsed = now - self._began
        if self.mode == "CONT":
            high = elapsed * self.frequency.value % 1.0 < self.duty.value / 100
        elif self.mode == "PULS":
            high = self._high and elapsed < self.widths["A"].value * _MILLI
        else:
            high = self._high
        return self.levels["A" if high else "B"].value

    def reset(self) -> None:
        """Go back to what it is after `*RST`."""
        self.armed, self.mode = False, "CONT"
        for setting in (*self.levels.values(), *self.widths.values(), self.frequency, self.duty):
            setting.reset()


class Playlist:
    """A list of levels, each for its time. It is kept without power.

    Attributes:
        function: Which function it plays: `CURR`, `VOLT`, `RES` or `POW`.
        ends_off: Whether the input goes off after the last step; it stays at its level otherwise.
    """

    def __init__(self) -> None:
        self.steps = Setting(2, _MOST_STEPS, 2, "{:.0f}")
        self.count = Setting(0, 99999, 1, "{:.0f}")  # 0: for ever
        self._values: dict[str, dict[int, float]] = {name: {} for name in _STEP}
        self.reset()

    def reset(self) -> None:
        """Go back to what it is after `*RST`: two steps of 2 A, 1 s each."""
        self.function, self.ends_off = "CURR", True
        self._began: float | None = None
        for values in self._values.values():
            values.clear()
        self.steps.reset()
        self.count.reset()

    def value(self, name: str, step: int) -> float:
        """Get what a step has: its `LEVel`, its `WIDth`, s, or its `SLEW`, A/us. Steps are counted from 0."""
        return self._values[name].get(step, _STEP[name])

    def ask(self, name: str, arguments: list[str]) -> str:
        """Answer what a step has."""
        return f"{self.value(name, self._step(arguments)):.6f}"

    def do(self, name: str, arguments: list[str]) -> None:
        """Take a value for a step."""
        if len(arguments) != 2:
            raise ScpiError(-109, "Missing parameter")
        value = as_number(arguments[1])
        if value < 0 or (name == "WIDth" and not 5e-5 <= value <= 3600):
            raise out_of_range()
        self._values[name][self._step(arguments)] = value

    def _step(self, arguments: list[str]) -> int:
        step = int(as_number(arguments[0])) if arguments else -1
        if not 0 <= step < _MOST_STEPS:
            raise out_of_range()
        return step

    def start(self, now: float) -> None:
        """Play it from the first step."""
        self._began = None if self.steps.value == _PLAYS_NOTHING else now

    def stop(self) -> None:
        """Do not play it any more."""
        self._began = None

    def _left(self, now: float) -> float:
        """Give how far into the list it is, s; beyond its last step where it has been played."""
        assert self._began is not None  # asked for what plays only
        whole = sum(self._widths())
        elapsed = now - self._began
        if self.count.value and elapsed >= whole * self.count.value:
            return whole
        return elapsed % whole if whole > 0 else 0.0

    def _widths(self) -> list[float]:
        return [self.value("WIDth", step) for step in range(int(self.steps.value))]

    def runs(self, now: float) -> bool:
        """Tell whether it is being played."""
        return self._began is not None and self._left(now) < sum(self._widths())

    def ended(self, now: float) -> bool:
        """Tell whether it was played to its end."""
        return self._began is not None and not self.runs(now)

    def level(self, now: float) -> float | None:
        """Give the level; None before it has been started."""
        if self._began is None:
            return None
        left, step = self._left(now), 0
        for width in self._widths()[:-1]:
            left -= width
            if left < 0:
                break
            step += 1
        return self.value("LEVel", step)


class Discharge:
    """The battery test: a constant current, until a voltage, a charge or a time is reached."""

    def __init__(self, rating: Rating) -> None:
        most = rating.amps[1].most
        self.range = Setting(rating.amps[0].most, most, most)
        self.level = Setting(0, most, 0, "{:.4f}")
        self.von = Setting(0, 150, 0, "{:.4f}")
        self.stops = {
            "VSTop": Setting(0, 150, 0, "{:.4f}"),  # V
            "CSTop": Setting(0, 999999, 0, "{:.3f}"),  # mAh
            "TIMestop": Setting(0, 359999, 0, "{:.0f}"),  # s
        }
        self.enabled = dict.fromkeys(("VENabstop", "CENabstop", "TENabstop"), False)

    def over(self, volts: float, amp_hours: float, seconds: float) -> bool:
        """Tell whether one of the conditions that count is met."""
        low, charge, time = (one.value for one in self.stops.values())
        met = (volts <= low, amp_hours >= charge * _MILLI, seconds >= time)
        return any(enabled and one for enabled, one in zip(self.enabled.values(), met, strict=True))

    def reset(self) -> None:
        """Go back to what it is after `*RST`."""
        for setting in (self.range, self.level, self.von, *self.stops.values()):
            setting.reset()
        self.enabled = dict.fromkeys(self.enabled, False)

"""The horizontal side of a simulated MSO5000: time base, memory depth and sample rate, and the window they make."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from lager_drivers.rigol_mso5000.simulated_settings import (
    Number,
    Setting,
    Switch,
    Word,
    between,
    commands,
    nearest_step,
    only,
    real,
    snapped,
    whole,
)
from lager_drivers.simulated.scpi_parser import Command, ScpiError

DIVISIONS = 10
POINTS = 1000  # of a screen

_SLOWEST, _SLOWEST_ROLL, _FASTEST_ROLL = 1000.0, 1000.0, 0.2  # s/div
_FASTEST_SAMPLES = {1: 8e9, 2: 4e9}  # Sa/s by channels that are on; 2e9 for more
_AUTO_DEPTH = 4_000_000  # a trace has this many at 20 ms/div
_DEPTHS = {"1K": 1e3, "10K": 1e4, "100K": 1e5, "1M": 1e6, "10M": 1e7, "25M": 25e6, "50M": 5e7, "100M": 1e8, "200M": 2e8}
_SIMULATED = 10_000_000  # points; a deeper memory is taken as this one


class Window(NamedTuple):
    """What of a signal goes into the memory.

    Attributes:
        start: Of the first sample, s after the trigger.
        rate: Samples per second.
        depth: Samples.
    """

    start: float
    rate: float
    depth: int

    @property
    def end(self) -> float:
        """Get when it ends, s after the trigger."""
        return self.start + self.depth / self.rate


class View(NamedTuple):
    """What of it is on the screen: where it begins (s after the trigger) and s/div."""

    start: float
    scale: float

    @property
    def end(self) -> float:
        """Get when it ends, s after the trigger."""
        return self.start + DIVISIONS * self.scale


class Timebase:
    """Time base and memory.

    Args:
        fastest: The model's least scale, s/div.
        channels_on: Gives how many channels are on.
        running: Gives whether the memory's depth can be set.
        form: Writes numbers.
        depth_in_words: Whether the depth is answered as it was set, `1M` or `AUTO` (the guide's example), and not as a
            number (a field trace).
    """

    def __init__(
        self,
        fastest: float,
        channels_on: Callable[[], int],
        running: Callable[[], bool],
        form: Callable[[float], str] = real,
        *,
        depth_in_words: bool = False,
    ) -> None:
        self._fastest, self._channels_on, self._running, self._form = fastest, channels_on, running, form
        self._depth_in_words = depth_in_words
        self.mode = Word("MAIN XY ROLL")
        self.vernier = Switch()
        self.scale = Number(1e-6, self._scales, form, self._step)
        self.offset = Number(0.0, self._offsets, form)
        self.depth = "AUTO"
        self.kind = Word("NORMal AVERages PEAK HRESolution")
        averages = Number(
            2, between(2, 65536), lambda value: f"{value:.0f}", snapped(2.0**power for power in range(1, 17))
        )
        self.averages = averages
        self._settings: dict[str, Setting] = {
            "[MAIN:]SCALe": self.scale,
            "[MAIN:]OFFSet": self.offset,
            "MODE": self.mode,
            "VERNier": self.vernier,
            "DELay:ENABle": Switch(),
            "DELay:OFFSet": Number(0.0, self._offsets, form),
            "DELay:SCALe": Number(500e-9, self._scales, form, nearest_step),
            "HREFerence:MODE": Word("CENTer LB RB TRIGger USER"),
            "HREFerence:POSition": whole(0, -500, 500),
        }
        self._acquire: dict[str, Setting] = {"TYPE": self.kind, "AVERages": self.averages, "AALias": Switch()}

    def commands(self) -> list[Command]:
        """Make the commands."""
        return [
            *commands(":TIMebase", self._settings),
            *commands(":ACQuire", self._acquire),
            Command(":ACQuire:MDEPth", self._ask_depth, self._set_depth),
            Command(":ACQuire:SRATe", lambda _: self._form(self.window().rate)),
            Command(":ACQuire:LA:SRATe", lambda _: self._form(min(self.window().rate, 1e9))),
            Command(":ACQuire:LA:MDEPth", self._ask_depth),
        ]

    def reset(self) -> None:
        """Go back to what *RST makes of it."""
        self.depth = "AUTO"
        for setting in (*self._settings.values(), *self._acquire.values()):
            setting.reset()

    def window(self) -> Window:
        """Give what goes into the memory; a memory that is deeper than the screen reaches out on both sides."""
        most = _FASTEST_SAMPLES.get(max(self._channels_on(), 1), 2e9)
        shown = DIVISIONS * self.scale.value
        depth = _AUTO_DEPTH if self.depth == "AUTO" else min(_DEPTHS[self.depth], _SIMULATED)
        rate = min(most, depth / shown)
        if self.depth == "AUTO":
            depth = round(rate * shown)
        return Window(self.offset.value - depth / rate / 2, rate, int(depth))

    def view(self) -> View:
        """Give what is on the screen."""
        return View(self.offset.value - DIVISIONS / 2 * self.scale.value, self.scale.value)

    def _ask_depth(self, arguments: list[str]) -> str:  # noqa: ARG002  # as every query
        return self.depth.replace("K", "k") if self._depth_in_words else f"{self.window().depth:.4E}"

    def _set_depth(self, arguments: list[str]) -> None:
        """Set it; while nothing is acquired that has no effect, as a driver in the field found."""
        wanted = only(arguments).upper()
        if wanted != "AUTO" and wanted not in _DEPTHS:
            try:
                number = float(wanted)
            except ValueError:
                raise ScpiError(-224, "Illegal parameter value") from None
            wanted = min(_DEPTHS, key=lambda word: abs(_DEPTHS[word] - number))
        if self._running():
            self.depth = wanted

    def _scales(self) -> tuple[float, float]:
        return (_FASTEST_ROLL, _SLOWEST_ROLL) if self.mode.value == "ROLL" else (self._fastest, _SLOWEST)

    def _step(self, wanted: float) -> float:
        return wanted if self.vernier.value else nearest_step(wanted)

    def _offsets(self) -> tuple[float, float]:
        window = self.window()
        most = 1.0 if self.scale.value < 0.1 else 100.0 if self.scale.value >= 10 else 10.0
        return -math.ceil(window.depth / 2) / window.rate, max(most, DIVISIONS * self.scale.value)

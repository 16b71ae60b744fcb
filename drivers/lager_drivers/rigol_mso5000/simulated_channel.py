"""One analog channel of a simulated MSO5000: its settings, and the front end they make of what is wired to it."""

from __future__ import annotations

import math
from collections.abc import Callable

from lager_drivers.rigol_mso5000.simulated_input import Front, Input
from lager_drivers.rigol_mso5000.simulated_settings import (
    STEPS,
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
)
from lager_drivers.simulated.scpi_parser import Command

_LEAST, _MOST = 500e-6, 10.0  # V/div behind a 1x probe
_PROBES = [float(f"{step * 10.0**decade:g}") for decade in range(-4, 5) for step in STEPS]  # 0.0001 to 50000
_OFFSETS = ((50e-3, 1.0), (260e-3, 30.0), (math.inf, 100.0))  # V: up to which V/div the offset may be what
_NOISE, _FLOOR = 0.01, 100e-6  # rms: of a division, and V
_LIMITS = {"20M": 20e6, "100M": 100e6, "200M": 200e6}  # Hz


class Channel:
    """One channel.

    Args:
        number: From 1.
        bandwidth: The model's, Hz.
        noise: How much noise there is; 1 is usual.
        probe: The ratio of the probe that is really there; None for one that is always as `PROBe` says.
        form: Writes numbers.
    """

    def __init__(
        self, number: int, bandwidth: float, noise: float, probe: float | None, form: Callable[[float], str] = real
    ) -> None:
        self.name, self._root = f"CHAN{number}", f":CHANnel{number}"
        self._bandwidth, self._noise, self._real_probe = bandwidth, noise, probe
        self.input = Input()
        limits = " ".join(["OFF", *(word for word, hertz in _LIMITS.items() if hertz < bandwidth)])
        self.display = Switch(number == 1)
        self.coupling = Word("DC AC GND")
        self.invert = Switch()
        self.limit = Word(limits)
        self.vernier = Switch()
        self.probe = Number(10.0, between(_PROBES[0], _PROBES[-1]), form, snapped(_PROBES))
        self.scale = Number(1.0, self._scales, form, self._step)
        self.offset = Number(0.0, self._offsets, form)
        self._settings: dict[str, Setting] = {
            "DISPlay": self.display,
            "COUPling": self.coupling,
            "INVert": self.invert,
            "BWLimit": self.limit,
            "VERNier": self.vernier,
            "SCALe": self.scale,
            "OFFSet": self.offset,
            "UNITs": Word("VOLTage WATT AMPere UNKNown"),
            "POSition": Number(0.0, between(-100.0, 100.0), form),
            "TCALibrate": Number(0.0, between(-100e-9, 100e-9), form),
        }

    def commands(self) -> list[Command]:
        """Make its commands."""
        return [
            *commands(self._root, self._settings),
            Command(f"{self._root}:PROBe", self.probe.ask, self._choose_probe),
            Command(f"{self._root}:IMPedance", lambda _: "OMEG"),
        ]

    def reset(self) -> None:
        """Go back to what *RST makes of it."""
        for setting in (self.probe, *self._settings.values()):
            setting.reset()

    def levels(self) -> tuple[float, float]:
        """Give the range of trigger levels, V (page 2-223: five divisions both ways)."""
        return -5 * self.scale.value - self.offset.value, 5 * self.scale.value - self.offset.value

    def front(self) -> Front:
        """Make its front end as it stands."""
        ratio = 1.0 if self._real_probe is None else self.probe.value / self._real_probe
        noise = math.hypot(_NOISE * self.scale.value, _FLOOR * self.probe.value) * self._noise
        return Front(
            self.input.pieces,
            -ratio if self.invert.value else ratio,
            self.coupling.value,
            self.scale.value,
            self.offset.value,
            noise,
            _LIMITS.get(self.limit.value, self._bandwidth),
        )

    def show(self, low: float, high: float) -> None:
        """Set scale and offset so that a signal from `low` to `high` (V) takes about half of the screen."""
        self.coupling.reset()
        wanted = max((high - low) / 5, max(abs(high), abs(low)) / 25, _LEAST * self.probe.value)
        self.scale.value = min(nearest_step(wanted), _MOST * self.probe.value)
        least, most = self._offsets()
        self.offset.value = min(max(float(f"{-(high + low) / 2:.3g}"), least), most)

    def _scales(self) -> tuple[float, float]:
        return _LEAST * self.probe.value, _MOST * self.probe.value

    def _step(self, wanted: float) -> float:
        return wanted if self.vernier.value else nearest_step(wanted)

    def _offsets(self) -> tuple[float, float]:
        ratio = self.probe.value
        most = next(volts for scale, volts in _OFFSETS if self.scale.value <= scale * ratio * (1 + 1e-9)) * ratio
        return -most, most

    def _choose_probe(self, arguments: list[str]) -> None:
        """Set the ratio; what is on the screen stays where it is, so scale and offset follow."""
        before = self.probe.value
        self.probe.do([only(arguments)])
        factor = self.probe.value / before
        for setting in (self.scale, self.offset):
            setting.value = float(f"{setting.value * factor:.9g}")

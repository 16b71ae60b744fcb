"""A script's electronic load."""

from __future__ import annotations

from lager import roles
from lager.proxies.proxy import Proxy


class ELoad(Proxy):
    """An electronic load. A setpoint's method gets it, after setting it if a value is given."""

    def mode(self, mode: str | None = None) -> str:
        """Get what is kept constant, `CC`, `CV`, `CR` or `CW`, after choosing it if one is given (`CP` is `CW`)."""
        return self._ask(str, "mode", *([] if mode is None else [mode]))

    def current(self, amps: float | None = None) -> float:
        """Get the setpoint of `CC`, A, after setting it if a value is given; the mode stays."""
        return self._parameter("current", amps)

    def voltage(self, volts: float | None = None) -> float:
        """Get the setpoint of `CV`, V, after setting it if a value is given; the mode stays."""
        return self._parameter("voltage", volts)

    def resistance(self, ohms: float | None = None) -> float:
        """Get the setpoint of `CR`, ohm, after setting it if a value is given; the mode stays."""
        return self._parameter("resistance", ohms)

    def power(self, watts: float | None = None) -> float:
        """Get the setpoint of `CW`, W, after setting it if a value is given; the mode stays."""
        return self._parameter("power", watts)

    def measured_voltage(self) -> float:
        """Measure the voltage at the terminals, V."""
        return self._ask(float, "measured_voltage")

    def measured_current(self) -> float:
        """Measure the current drawn, A."""
        return self._ask(float, "measured_current")

    def measured_power(self) -> float:
        """Measure the power drawn, W."""
        return self._ask(float, "measured_power")

    def enable(self) -> None:
        """Switch the input on."""
        self._do("enable")

    def disable(self) -> None:
        """Switch the input off."""
        self._do("disable")

    def output_is_enabled(self) -> bool:
        """Get whether the input is on."""
        return self._ask(bool, "output_is_enabled")

    def state(self) -> roles.ELoadState:
        """Read everything at once."""
        return self._ask(roles.ELoadState, "state")

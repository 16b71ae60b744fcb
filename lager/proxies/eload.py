"""A script's electronic load."""

from __future__ import annotations

import sys

from lager import roles
from lager.proxies.proxy import Proxy


class ELoad(Proxy):
    """An electronic load. A setpoint's method gets it, after setting it if a value is given.

    What is given was read back. Where a setpoint has several ranges, the one that is active stays as long as it holds
    the value; another one is chosen only while the input is off.
    """

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
        """Switch the input on; its current takes a moment to settle: a DL3021's 0.7 s."""
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

    def print_state(self) -> None:
        """Print one line about everything, in the script's own output."""
        state = self.state()
        setpoints = {
            "CC": f" {state.current_set:g} A",
            "CV": f" {state.voltage_set:g} V",
            "CR": f" {state.resistance_set:g} ohm",
            "CW": f" {state.power_set:g} W",
        }
        on = "on" if state.enabled else f"off ({state.tripped} tripped)" if state.tripped else "off"
        held = "" if state.regulated or not state.enabled else ", not regulated"
        sys.stdout.write(
            f"{self.name}: {on}, {state.mode}{setpoints.get(state.mode, '')}{held};"
            f" {state.voltage:.4g} V, {state.current:.4g} A, {state.power:.4g} W\n"
        )

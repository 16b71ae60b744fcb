"""A script's electronic load."""

from __future__ import annotations

import sys

from lager import errors, roles
from lager.proxies.proxy import Proxy
from lager.proxies.released import also, without_teardown


class ELoad(Proxy):
    """An electronic load. A setpoint's method gets it, after setting it if a value is given.

    What is given was read back. Where a setpoint has several ranges, the one that is active stays as long as it holds
    the value; another one is chosen only while the input is off.
    """

    @also("mode", "value")
    def mode(self, mode: str | None = None) -> str:
        """Get what is kept constant, `CC`, `CV`, `CR` or `CW`, after choosing it if one is given (`CP` is `CW`)."""
        return self._ask(str, "mode", *([] if mode is None else [mode]))

    @also("amps", "current", "value")
    def current(self, amps: float | None = None) -> float:
        """Get the setpoint of `CC`, A, after setting it if a value is given; the mode stays."""
        return self._parameter("current", amps)

    @also("volts", "voltage", "value")
    def voltage(self, volts: float | None = None) -> float:
        """Get the setpoint of `CV`, V, after setting it if a value is given; the mode stays."""
        return self._parameter("voltage", volts)

    @also("ohms", "resistance", "value")
    def resistance(self, ohms: float | None = None) -> float:
        """Get the setpoint of `CR`, ohm, after setting it if a value is given; the mode stays."""
        return self._parameter("resistance", ohms)

    @also("watts", "power", "value")
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

    @without_teardown
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

    def set_current_load(
        self,
        *,
        current: float,
        max_voltage: float | None = None,
        max_current: float | None = None,
        slew_rate: float | None = None,
    ) -> float:
        """Draw a constant current, A: set it, then choose `CC`; gives the setpoint.

        Raises:
            UsageError: A limit or a slew rate is given: a load takes none from scripts; nothing was sent.
        """
        self._no_limits(max_voltage=max_voltage, max_current=max_current, slew_rate=slew_rate)
        return self._load("CC", "current", current)

    def set_voltage_load(
        self,
        *,
        voltage: float,
        max_voltage: float | None = None,
        max_current: float | None = None,
        slew_rate: float | None = None,
    ) -> float:
        """Hold a constant voltage, V: set it, then choose `CV`; as `set_current_load`."""
        self._no_limits(max_voltage=max_voltage, max_current=max_current, slew_rate=slew_rate)
        return self._load("CV", "voltage", voltage)

    def set_resistance_load(
        self,
        *,
        resistance: float,
        max_voltage: float | None = None,
        max_current: float | None = None,
        slew_rate: float | None = None,
    ) -> float:
        """Be a constant resistance, ohm: set it, then choose `CR`; as `set_current_load`."""
        self._no_limits(max_voltage=max_voltage, max_current=max_current, slew_rate=slew_rate)
        return self._load("CR", "resistance", resistance)

    def set_power_load(
        self,
        *,
        power: float,
        max_voltage: float | None = None,
        max_current: float | None = None,
        slew_rate: float | None = None,
    ) -> float:
        """Draw a constant power, W: set it, then choose `CW`; as `set_current_load`."""
        self._no_limits(max_voltage=max_voltage, max_current=max_current, slew_rate=slew_rate)
        return self._load("CW", "power", power)

    def _no_limits(self, **limits: float | None) -> None:
        """Refuse what would be forgotten: a limit that nobody keeps is worse than none."""
        if given := [name for name, value in limits.items() if value is not None]:
            raise errors.UsageError(
                f"{self.name}: {', '.join(given)} cannot be set on a load by a script",
                f"leave it away; `lager nets set-limits {self.name} --max-voltage V --max-current A` keeps limits",
            )

    def _load(self, mode: str, name: str, value: float) -> float:
        # The setpoint first: an input that is on would draw what was set for that mode some time ago.
        kept = self._parameter(name, self._number(value))
        self.mode(mode)
        return kept

"""A script's battery simulator."""

from __future__ import annotations

from lager import roles
from lager.proxies.proxy import Proxy


class Battery(Proxy):
    """A battery simulator. A parameter's method gets it, after setting it if a value is given."""

    def mode(self, mode: str | None = None) -> str:
        """Get the simulation method, `static` or `dynamic`, after setting it if one is given."""
        return self._ask(str, "mode", *([] if mode is None else [mode]))

    def soc(self, percent: float | None = None) -> float:
        """Get the state of charge, %, after setting it if one is given."""
        return self._parameter("soc", percent)

    def voc(self, volts: float | None = None) -> float:
        """Get the open-circuit voltage, V, after setting it if one is given."""
        return self._parameter("voc", volts)

    def voltage_full(self, volts: float | None = None) -> float:
        """Get the open-circuit voltage of a full battery, V, after setting it if one is given."""
        return self._parameter("voltage_full", volts)

    def voltage_empty(self, volts: float | None = None) -> float:
        """Get the open-circuit voltage of an empty battery, V, after setting it if one is given."""
        return self._parameter("voltage_empty", volts)

    def capacity(self, amp_hours: float | None = None) -> float:
        """Get the capacity, Ah, after setting it if one is given."""
        return self._parameter("capacity", amp_hours)

    def current_limit(self, amps: float | None = None) -> float:
        """Get the current limit, A, after setting it if one is given."""
        return self._parameter("current_limit", amps)

    def ovp(self, volts: float | None = None) -> float:
        """Get the over-voltage protection level, V, after setting it if one is given."""
        return self._parameter("ovp", volts)

    def ocp(self, amps: float | None = None) -> float:
        """Get the over-current protection level, A, after setting it if one is given."""
        return self._parameter("ocp", amps)

    def terminal_voltage(self) -> float:
        """Measure the voltage at the terminals, V."""
        return self._ask(float, "terminal_voltage")

    def current(self) -> float:
        """Measure the current, A, signed as the instrument reports it."""
        return self._ask(float, "current")

    def esr(self) -> float:
        """Measure the internal resistance, ohm."""
        return self._ask(float, "esr")

    def enable(self) -> None:
        """Connect the simulated battery."""
        self._do("enable")

    def disable(self) -> None:
        """Disconnect the simulated battery."""
        self._do("disable")

    def clear(self) -> None:
        """Clear tripped protections; the output stays off."""
        self._do("clear")

    def state(self) -> roles.BatteryState:
        """Read everything at once."""
        return self._ask(roles.BatteryState, "state")

    def model(self, model: int | str | None = None) -> str:
        """Get the slot number or the name of the battery model, after recalling one if it is given."""
        return self._ask(str, "model", *([] if model is None else [model]))

    def esr_offset(self, ohms: float | None = None) -> float:
        """Get what is added to the model's internal resistance, ohm, after setting it if a value is given."""
        return self._parameter("esr_offset", ohms)

    def output_is_enabled(self) -> bool:
        """Get whether the simulated battery is connected."""
        return self._ask(bool, "output_is_enabled")

    def list_battery_models(self) -> list[roles.BatteryModel]:
        """List the models that can be recalled: the built-in ones, and the slots that have one."""
        return self._ask(list[roles.BatteryModel], "list_battery_models")

    def export_model(self, slot: int) -> roles.BatteryCurve:
        """Read the model in a slot.

        Raises:
            UsageError: The slot is empty, or there is no such slot.
        """
        return self._ask(roles.BatteryCurve, "export_model", slot)

    def create_model(self, slot: int, voc: list[float], resistance: list[float]) -> None:
        """Save a model in a slot, over the one that is there: 101 points each, or 11, from empty to full.

        Args:
            slot: 1 to 9.
            voc: Open-circuit voltages, V, never falling.
            resistance: Internal resistances, ohm, never rising.
        """
        self._do("create_model", slot, [self._number(one) for one in voc], [self._number(one) for one in resistance])

    def setup_battery(  # noqa: PLR0913 - as released scripts call it
        self,
        sim_mode: str | None = None,
        soc: float | None = None,
        voc: float | None = None,
        voltage_full: float | None = None,
        voltage_empty: float | None = None,
        current_limit: float | None = None,
        capacity: float | None = None,
        model: int | str | None = None,
    ) -> None:
        """Disconnect the battery, and set what is given, in the instrument's own order; it stays disconnected.

        Everything is checked before anything is changed.

        Args:
            sim_mode: `static` or `dynamic`.
            soc: State of charge, %.
            voc: Open-circuit voltage, V; it wins over the state of charge.
            voltage_full: Of a full battery, V.
            voltage_empty: Of an empty battery, V.
            current_limit: A.
            capacity: Ah.
            model: Slot or name of the battery model.
        """
        numbers = (soc, voc, voltage_full, voltage_empty, current_limit, capacity)
        self._do("setup_battery", sim_mode, *(None if one is None else self._number(one) for one in numbers), model)

    def current_model(self) -> str:
        """Get the slot number or the name of the battery model."""
        return self.model()

    def set_mode_battery(self) -> None:
        """Do nothing: an instrument of two roles is brought into the right one by the call that needs it."""

    set_to_battery_mode = set_mode_battery
    set_mode = mode
    set_soc = soc
    set_voc = voc
    set_volt_full = voltage_full
    set_volt_empty = voltage_empty
    set_capacity = capacity
    set_current_limit = current_limit
    set_ovp = ovp
    set_ocp = ocp
    set_model = model
    print_state = state
    enable_battery = enable_sim_output = enable
    disable_battery = disable_sim_output = disable
    clear_ovp = clear_ocp = clear

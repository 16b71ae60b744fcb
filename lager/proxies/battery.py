"""A script's battery simulator."""

from __future__ import annotations

import sys
from typing import Any

from lager import errors, roles
from lager.proxies import battery_queries, numbers
from lager.proxies.proxy import Proxy
from lager.proxies.released import also, without_teardown


class Battery(Proxy):
    """A battery simulator. A parameter's method gets it, after setting it if a value is given."""

    @also("mode", "mode_type", "value")
    def mode(self, mode: str | None = None) -> str:
        """Get the simulation method, `static` or `dynamic`, after setting it if one is given."""
        return self._ask(str, "mode", *([] if mode is None else [mode]))

    @also("percent", "soc", "value")
    def soc(self, percent: float | None = None) -> float:
        """Get the state of charge, %, after setting it if one is given."""
        return self._parameter("soc", percent)

    @also("volts", "voc", "voltage", "value")
    def voc(self, volts: float | None = None) -> float:
        """Get the open-circuit voltage, V, after setting it if one is given."""
        return self._parameter("voc", volts)

    @also("volts", "voltage_full", "voltage", "value")
    def voltage_full(self, volts: float | None = None) -> float:
        """Get the open-circuit voltage of a full battery, V, after setting it if one is given."""
        return self._parameter("voltage_full", volts)

    @also("volts", "voltage_empty", "voltage", "value")
    def voltage_empty(self, volts: float | None = None) -> float:
        """Get the open-circuit voltage of an empty battery, V, after setting it if one is given."""
        return self._parameter("voltage_empty", volts)

    @also("amp_hours", "capacity", "value")
    def capacity(self, amp_hours: float | None = None) -> float:
        """Get the capacity, Ah, after setting it if one is given."""
        return self._parameter("capacity", amp_hours)

    @also("amps", "current_limit", "current", "value")
    def current_limit(self, amps: float | None = None) -> float:
        """Get the current limit, A, after setting it if one is given."""
        return self._parameter("current_limit", amps)

    @also("volts", "ovp", "voltage", "value")
    def ovp(self, volts: float | None = None) -> float:
        """Get the over-voltage protection level, V, after setting it if one is given."""
        return self._parameter("ovp", volts)

    @also("amps", "ocp", "current", "value")
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

    @without_teardown
    def disable(self) -> None:
        """Disconnect the simulated battery."""
        self._do("disable")

    def clear(self) -> None:
        """Clear tripped protections; the output stays off."""
        self._do("clear")

    def state(self) -> roles.BatteryState:
        """Read everything at once."""
        return self._ask(roles.BatteryState, "state")

    def get_monitor_state(self) -> dict[str, Any]:
        """Read everything at once, and give it as live screens show it: with the net's name."""
        return {"netname": self.name, **dict(self.state())}

    @also("model", "partnumber", "value")
    def model(self, model: int | str | None = None) -> str:
        """Get the slot number or the name of the battery model, after recalling one if it is given."""
        return self._ask(str, "model", *([] if model is None else [self._slot(model)]))

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
        return self._ask(roles.BatteryCurve, "export_model", numbers.exactly(self.name, slot))

    def create_model(self, slot: int, voc: list[float], resistance: list[float]) -> None:
        """Save a model in a slot, over the one that is there: 101 points each, or 11, from empty to full.

        Args:
            slot: 1 to 9.
            voc: Open-circuit voltages, V, never falling.
            resistance: Internal resistances, ohm, never rising.
        """
        points = numbers.points(self.name, voc), numbers.points(self.name, resistance)
        self._do("create_model", numbers.exactly(self.name, slot), *points)

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

        What is wrong whatever the model is is found before anything is changed. What only the instrument knows, such as
        a voltage that the model does not have, it refuses on the way: the battery is disconnected then.

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
        given = (soc, voc, voltage_full, voltage_empty, current_limit, capacity)
        slot = None if model is None else self._slot(model)
        self._do("setup_battery", sim_mode, *(None if one is None else self._number(one) for one in given), slot)

    def _slot(self, model: int | str) -> int | str:
        return str(model) if isinstance(model, str) else numbers.exactly(self.name, model)

    def current_model(self) -> str:
        """Get the slot number or the name of the battery model."""
        return self.model()

    def set_mode_battery(self) -> None:
        """Bring an instrument of two roles into this one, with the battery disconnected, so that it can be set up.

        Raises:
            RoleConflict: The output of its other role is on: it is not switched off without being told.
        """
        if self.output_is_enabled():
            self.disable()

    set_to_battery_mode = set_mode_battery

    @also("mode", "mode_type", "value")
    def set_mode(self, mode: str) -> str:
        """Set the simulation method, `static` or `dynamic`."""
        self._refuse_none("mode", mode)
        return self.mode(mode)

    @also("model", "partnumber", "value")
    def set_model(self, model: int | str) -> str:
        """Recall a battery model, by its slot number or its name."""
        self._refuse_none("model", model)
        return self.model(model)

    def _refuse_none(self, name: str, value: object) -> None:
        if value is None:
            raise errors.UsageError(f"{self.name}: no {name} to set: it is None", f"call {name}() to read it")

    @also("percent", "soc", "value")
    def set_soc(self, percent: float) -> float:
        """Set the state of charge, %."""
        return self.soc(self._number(percent))

    @also("volts", "voc", "voltage", "value")
    def set_voc(self, volts: float) -> float:
        """Set the open-circuit voltage, V."""
        return self.voc(self._number(volts))

    @also("volts", "volt_full", "voltage", "value")
    def set_volt_full(self, volts: float) -> float:
        """Set the open-circuit voltage of a full battery, V."""
        return self.voltage_full(self._number(volts))

    @also("volts", "volt_empty", "voltage", "value")
    def set_volt_empty(self, volts: float) -> float:
        """Set the open-circuit voltage of an empty battery, V."""
        return self.voltage_empty(self._number(volts))

    @also("amp_hours", "capacity", "value")
    def set_capacity(self, amp_hours: float) -> float:
        """Set the capacity, Ah."""
        return self.capacity(self._number(amp_hours))

    @also("amps", "current_limit", "current", "value")
    def set_current_limit(self, amps: float) -> float:
        """Set the current limit, A."""
        return self.current_limit(self._number(amps))

    @also("volts", "ovp", "voltage", "value")
    def set_ovp(self, volts: float) -> float:
        """Set the over-voltage protection level, V."""
        return self.ovp(self._number(volts))

    @also("amps", "ocp", "current", "value")
    def set_ocp(self, amps: float) -> float:
        """Set the over-current protection level, A."""
        return self.ocp(self._number(amps))

    def print_state(self) -> None:
        """Print one line about everything, in the script's own output."""
        state = self.state()
        tripped = "OVP" if state.ovp_tripped else "OCP" if state.ocp_tripped else ""
        on = "on" if state.enabled else f"off ({tripped} tripped)" if tripped else "off"
        sys.stdout.write(
            f"{self.name}: {on}, {state.mode}, model {state.model}, {state.soc:g} %, {state.voc:.4g} V open;"
            f" {state.terminal_voltage:.4g} V, {state.current:.4g} A, {state.esr:.4g} ohm\n"
        )

    def _safe_query(self, command: str, default: str = "") -> str:  # noqa: ARG002 - what was not read is not given
        """Read what a query of the instrument would, as text; the default is never given: an error is raised.

        Raises:
            UsageError: That is no query of something that can be read here.
        """
        return battery_queries.answer(self.name, lambda method: getattr(self, method)(), command)

    enable_battery = enable_sim_output = enable
    disable_battery = disable_sim_output = disable
    clear_ovp = clear_ocp = clear

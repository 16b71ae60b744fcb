"""The battery simulator of a Keithley 2281S. Which function is live is the affair of `instrument`.

While the simulated battery is connected the instrument takes nothing but state of charge and open-circuit voltage
(error 704 otherwise). It is said, not worked around: to disconnect a battery under a device is not a driver's decision,
but its user's, who may give leave (`reconnection`).
What is set is read back: the instrument rounds silently, and where it recalls an empty slot it says nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from lager.errors import OutOfRange, UsageError
from lager.roles import BatteryCurve, BatteryModel, BatteryState
from lager_drivers.keithley_2281s import model_memory
from lager_drivers.keithley_2281s.battery_function import BatteryFunction
from lager_drivers.keithley_2281s.models import BUILT_IN, SLOTS, meant, slot_number
from lager_drivers.keithley_2281s.reconnection import Reconnection, connect
from lager_drivers.scpi import Control

_TAKEN = (BatteryFunction.soc, BatteryFunction.voc)  # while it is connected, too


class BatteryChannel:
    """The battery simulator, as its contract has it.

    Args:
        battery: The battery simulator, live or not.
        enter: Makes it live, and gives it; RoleConflict where it cannot be.
        reconnection: Whether it may be disconnected for a setting.
    """

    def __init__(
        self, battery: BatteryFunction, enter: Callable[[], BatteryFunction], reconnection: Reconnection
    ) -> None:
        self._battery = battery
        self._enter = enter
        self._reconnection = reconnection

    def _parameter(self, control: Control[float], value: float | None) -> float:
        """Get a parameter, after setting it if a value is given."""
        if value is not None:
            control.check(self._battery, value)  # what is refused anyway changes nothing, nor the live function
        battery = self._enter()
        if value is not None and control in _TAKEN:
            control.__set__(battery, value)
        elif value is not None:
            self._reconnection.around(self, battery, lambda: control.__set__(battery, value))
        return control.__get__(battery, BatteryFunction)

    def mode(self, mode: str | None = None) -> str:
        """Get the method, `static` or `dynamic`, after setting it if one is given.

        Raises:
            UsageError: There is no such method.
        """
        wanted = None if mode is None else _method(mode)
        battery = self._enter()
        if wanted is not None:
            self._reconnection.around(self, battery, lambda: setattr(battery, "method", wanted))
        return battery.method

    def soc(self, percent: float | None = None) -> float:
        """Get the state of charge, %, after setting it if one is given; a connected battery takes it, too."""
        return self._parameter(BatteryFunction.soc, percent)

    def voc(self, volts: float | None = None) -> float:
        """Get the open-circuit voltage, V, after setting it if one is given; a connected battery takes it, too."""
        return self._parameter(BatteryFunction.voc, volts)

    def voltage_full(self, volts: float | None = None) -> float:
        """Get the voltage of a full battery, V, after setting it if one is given."""
        return self._parameter(BatteryFunction.voltage_full, volts)

    def voltage_empty(self, volts: float | None = None) -> float:
        """Get the voltage of an empty battery, V, after setting it if one is given."""
        return self._parameter(BatteryFunction.voltage_empty, volts)

    def capacity(self, amp_hours: float | None = None) -> float:
        """Get the capacity, Ah, after setting it if one is given."""
        return self._parameter(BatteryFunction.capacity, amp_hours)

    def current_limit(self, amps: float | None = None) -> float:
        """Get the limit, A, after setting it if one is given."""
        return self._parameter(BatteryFunction.current_limit, amps)

    def ovp(self, volts: float | None = None) -> float:
        """Get the over-voltage protection level, V, after setting it if one is given."""
        return self._parameter(BatteryFunction.ovp, volts)

    def ocp(self, amps: float | None = None) -> float:
        """Get the over-current protection level, A, after setting it if one is given."""
        return self._parameter(BatteryFunction.ocp, amps)

    def esr_offset(self, ohms: float | None = None) -> float:
        """Get what is added to the model's internal resistance, ohm, after setting it if a value is given."""
        return self._parameter(BatteryFunction.esr_offset, ohms)

    def terminal_voltage(self) -> float:
        """Measure the voltage at the terminals, V."""
        return self._enter().terminal_voltage

    def current(self) -> float:
        """Measure the current, A, with the instrument's sign."""
        return self._enter().measured_current

    def esr(self) -> float:
        """Measure the internal resistance, ohm: the model's at this state of charge, and the offset."""
        return self._enter().esr

    def enable(self) -> None:
        """Connect the battery, and look once whether a protection answered; one that takes longer, `state` tells.

        Raises:
            InstrumentRefused: A protection has tripped: the battery is not connected.
        """
        connect(self._enter())

    def disable(self) -> None:
        """Disconnect the battery: that goes out first, whatever the instrument's error queue holds."""
        self._enter().send(":BATT:OUTP OFF", at_once=True)

    def output_is_enabled(self) -> bool:
        """Get whether the battery is connected."""
        return self._enter().enabled

    def clear(self) -> None:
        """Clear a trip; the output stays off."""
        self._enter().send(":BATT:OUTP:PROT:CLE")

    def state(self) -> BatteryState:
        """Read everything at once: %, V, A, ohm, Ah."""
        battery = self._enter()
        trip = battery.trip
        return BatteryState(
            channel=1,
            enabled=battery.enabled,
            mode=battery.method,
            model=battery.model,
            soc=battery.soc,
            voc=battery.voc,
            terminal_voltage=battery.terminal_voltage,
            current=battery.measured_current,
            esr=battery.esr,
            capacity=battery.capacity,
            current_limit=battery.current_limit,
            volt_full=battery.voltage_full,
            volt_empty=battery.voltage_empty,
            ovp_limit=battery.ovp,
            ocp_limit=battery.ocp,
            ovp_tripped=trip == "OVP",
            ocp_tripped=trip == "OCP",
        )

    # Models -----------------------------------------------------------------------------------------------------------

    def model(self, model: int | str | None = None) -> str:
        """Get the slot number or the name of the model, after recalling one if it is given.

        Raises:
            UsageError: There is no such model, its slot is empty, or it cannot be recalled by a command.
        """
        wanted = None if model is None else meant(model)
        battery = self._enter()
        if wanted is None:
            return battery.model
        battery.refuse_empty(wanted)
        return self._reconnection.around(self, battery, lambda: battery.recall(wanted))

    def list_battery_models(self) -> list[BatteryModel]:
        """List the models that can be recalled: the built-in ones, and the slots that have one."""
        built_in = [BatteryModel(slot=0, name=name) for name in BUILT_IN]
        return [*built_in, *(BatteryModel(slot=one) for one in SLOTS if self._battery.slot(one).saved())]

    def export_model(self, slot: int) -> BatteryCurve:
        """Read the model in a slot: V, ohm.

        Raises:
            UsageError: The slot is empty, or there is no such slot.
        """
        return self._battery.slot(slot_number(slot)).read()

    def create_model(self, slot: int, voc: list[float], resistance: list[float]) -> None:
        """Save a model in a slot, over the one that is there: V, ohm; a simulated one goes on as it was recalled.

        Raises:
            UsageError: There is no such slot, or that is no battery model; nothing was sent.
        """
        model_memory.check(voc, resistance)
        self._battery.slot(slot_number(slot)).write(voc, resistance)

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
        """Disconnect the battery, and set what is given: %, V, A, Ah; it stays disconnected.

        Raises:
            UsageError: A value is outside its range, or there is no such mode or model; nothing was changed.
            InstrumentRefused: The model does not have such a voltage; the battery is disconnected.
        """
        wanted: list[tuple[Control[float], float | None]] = [
            (BatteryFunction.voltage_full, voltage_full),
            (BatteryFunction.voltage_empty, voltage_empty),
            (BatteryFunction.current_limit, current_limit),
            (BatteryFunction.capacity, capacity),
            (BatteryFunction.soc, soc),
            (BatteryFunction.voc, voc),
        ]
        numbers = [(control, value) for control, value in wanted if value is not None]
        for control, value in numbers:
            control.check(self._battery, value)
        _check_order(voltage_empty, voc, voltage_full)
        method = None if sim_mode is None else _method(sim_mode)
        recalled = None if model is None else meant(model)
        battery = self._enter()
        if recalled is not None:
            battery.refuse_empty(recalled)
        battery.send(":BATT:OUTP OFF", at_once=True)
        if method is not None:
            battery.method = method
        if recalled is not None:
            battery.recall(recalled)
        if voltage_full is not None and voltage_empty is not None and voltage_full < battery.voltage_empty:
            numbers[:2] = numbers[1::-1]  # full below what is still empty would be error 703
        for control, value in numbers:
            control.__set__(battery, value)


def _method(word: str) -> str:
    """Check the name of a method.

    Raises:
        UsageError: There is none of that name.
    """
    if word.lower() not in ("static", "dynamic"):
        raise UsageError(f"a battery simulator has no mode {word!r}", "use static or dynamic")
    return word.lower()


def _check_order(empty: float | None, voc: float | None, full: float | None) -> None:
    """Refuse voltages that no battery has: empty above full, or what it has now outside of both.

    Raises:
        OutOfRange: They are such.
    """
    named = {"an empty battery": empty, "one now": voc, "a full one": full}
    given = {name: volts for name, volts in named.items() if volts is not None}
    if list(given.values()) != sorted(given.values()):
        told = ", ".join(f"{name} of {volts:g} V" for name, volts in given.items())
        raise OutOfRange(
            f"{told}: these do not fit together",
            "give voltage_empty <= voc <= voltage_full, each in V",
        )

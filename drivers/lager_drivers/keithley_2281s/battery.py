"""The battery simulator of a Keithley 2281S. Which function is live is the affair of `k2281s`.

While the simulated battery is connected the instrument takes nothing but state of charge and open-circuit voltage
(error 704 otherwise). It is said, not worked around: to disconnect a battery under a device is not a driver's decision.
"""

from __future__ import annotations

from collections.abc import Callable

from lager.errors import UsageError
from lager.roles import BatteryState
from lager_drivers.keithley_2281s.supply import TRIP
from lager_drivers.scpi import (
    AMP_HOURS,
    AMPS,
    OHMS,
    PERCENT,
    SWITCH,
    TEXT,
    VOLTS,
    Control,
    Kind,
    Measure,
    Node,
    word,
)

METHOD: Kind[str] = word("method", {"STAT": "static", "STATIC": "static", "DYN": "dynamic", "DYNAMIC": "dynamic"})


def _sim(tail: str) -> tuple[str, str]:
    return f":BATT:SIM:{tail}?", f":BATT:SIM:{tail} {{value}}"


class BatteryFunction(Node):
    """The battery simulator, as the reference manual's tables have it."""

    method = Control(*_sim("METH"), METHOD, "Control the simulation method")
    soc = Control(*_sim("SOC"), PERCENT, "Control the state of charge", lambda _: (0, 100))
    voc = Control(*_sim("VOC"), VOLTS, "Control the open-circuit voltage", lambda _: (0, 20))
    voltage_full = Control(*_sim("VOC:FULL"), VOLTS, "Control the voltage of a full battery", lambda _: (0, 20))
    voltage_empty = Control(*_sim("VOC:EMPT"), VOLTS, "Control the voltage of an empty battery", lambda _: (0, 20))
    capacity = Control(*_sim("CAP:LIM"), AMP_HOURS, "Control the capacity", lambda _: (0.001, 99))
    current_limit = Control(*_sim("CURR:LIM"), AMPS, "Control the limit", lambda _: (0, 6.1))
    ovp = Control(*_sim("TVOL:PROT"), VOLTS, "Control the OVP trip", lambda _: (0.5, 21))
    ocp = Control(*_sim("CURR:PROT"), AMPS, "Control the OCP trip", lambda _: (0.1, 6.1))
    model = Measure(":BATT:MOD:RCL?", TEXT, "Get the slot or the name of the model")
    enabled = Measure(":BATT:OUTP?", SWITCH, "Get whether the battery is connected")
    trip = Measure(":BATT:OUTP:PROT:TRIP?", TRIP, "Get which protection has tripped")
    terminal_voltage = Measure(":BATT:SIM:TVOL?", VOLTS, "Measure the voltage at the terminals")
    measured_current = Measure(":BATT:SIM:CURR?", AMPS, "Measure the current")
    esr = Measure(":BATT:SIM:RES?", OHMS, "Measure the internal resistance")


class BatteryChannel:
    """The battery simulator, as its contract has it.

    Args:
        battery: The battery simulator, live or not.
        enter: Makes it live, and gives it; RoleConflict where it cannot be.
    """

    def __init__(self, battery: BatteryFunction, enter: Callable[[], BatteryFunction]) -> None:
        self._battery = battery
        self._enter = enter

    def _parameter(self, control: Control[float], value: float | None) -> float:
        """Get a parameter, after setting it if a value is given."""
        if value is not None:
            control.check(self._battery, value)  # what is refused anyway changes nothing, nor the live function
        battery = self._enter()
        if value is not None:
            control.__set__(battery, value)
        return control.__get__(battery, BatteryFunction)

    def mode(self, mode: str | None = None) -> str:
        """Get the method, `static` or `dynamic`, after setting it if one is given.

        Raises:
            UsageError: There is no such method.
        """
        if mode is not None and mode.lower() not in ("static", "dynamic"):
            raise UsageError(f"a battery simulator has no mode {mode!r}", "use static or dynamic")
        battery = self._enter()
        if mode is not None:
            battery.method = mode.lower()
        return battery.method

    def soc(self, percent: float | None = None) -> float:
        """Get the state of charge, %, after setting it if one is given."""
        return self._parameter(BatteryFunction.soc, percent)

    def voc(self, volts: float | None = None) -> float:
        """Get the open-circuit voltage, V, after setting it if one is given."""
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

    def terminal_voltage(self) -> float:
        """Measure the voltage at the terminals, V."""
        return self._enter().terminal_voltage

    def current(self) -> float:
        """Measure the current, A, with the instrument's sign."""
        return self._enter().measured_current

    def esr(self) -> float:
        """Measure the internal resistance, ohm."""
        return self._enter().esr

    def enable(self) -> None:
        """Connect the battery."""
        self._enter().send(":BATT:OUTP ON", ":INIT:CONT ON")  # the first turns continuous measuring off

    def disable(self) -> None:
        """Disconnect the battery."""
        self._enter().send(":BATT:OUTP OFF")

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

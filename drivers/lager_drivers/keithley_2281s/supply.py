"""The power supply of a Keithley 2281S. Which function is live is the affair of `k2281s`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lager.roles import SupplyState
from lager_drivers.scpi import AMPS, BITS, SWITCH, VOLTS, Control, Kind, Measure, Node, never_above, quantity, word

_CC, _CV, _OCP, _OVP, _ON = 1, 2, 4, 8, 64  # bits of the instrument summary register (manual D-16)

# OTP over-temperature, RVS sense leads reversed, OPS sense lead open (manual 7-112)
TRIP: Kind[str] = word("trip", {name: name for name in ("NONE", "OVP", "OCP", "OTP", "RVS", "OPS")})


class Reading(NamedTuple):
    """What the concurrent measurement gives: V, and A with a sign."""

    volts: float
    amps: float


READING: Kind[Reading] = Kind("V, A", lambda reply: Reading(quantity(reply, "V"), quantity(reply, "A")), str)


class SupplyFunction(Node):
    """The power supply, as the reference manual's tables have it."""

    voltage = Control(":SOUR1:VOLT?", ":SOUR1:VOLT {value}", VOLTS, "Control the setpoint", lambda _: (0, 20))
    current = Control(":SOUR1:CURR?", ":SOUR1:CURR {value}", AMPS, "Control the limit", lambda _: (0.1, 6.1))
    ovp = Control(":SOUR1:VOLT:PROT?", ":SOUR1:VOLT:PROT {value}", VOLTS, "Control the OVP trip", lambda _: (0.5, 21))
    ocp = Control(":SOUR1:CURR:PROT?", ":SOUR1:CURR:PROT {value}", AMPS, "Control the OCP trip", lambda _: (0.1, 6.1))
    enabled = Measure(":OUTP?", SWITCH, "Get whether the output is on")
    trip = Measure(":OUTP:PROT:TRIP?", TRIP, "Get which protection has tripped")
    condition = Measure(":STAT:QUES:INST:ISUM:COND?", BITS, "Get the condition of the output")
    # Not :MEAS:CURR?, which is 0 while the instrument sinks current
    measured = Measure(":MEAS:CONC:DC?", READING, "Measure voltage and current at once")
    continuous = Control(":INIT:CONT?", ":INIT:CONT {value}", SWITCH, "Control whether it goes on measuring")

    def measure(self) -> Reading:
        """Measure, V and A.

        Without continuous measuring old readings are given, and whoever switches the output on, or changes the
        function, at the front panel ends it: so it is asked each time, and armed where it is off.
        """
        if not self.continuous:
            self.continuous = True
        return self.measured


class SupplyChannel:
    """The power supply, as its contract has it.

    Args:
        supply: The power supply, live or not.
        enter: Makes it live, and gives it; RoleConflict where it cannot be.
    """

    def __init__(self, supply: SupplyFunction, enter: Callable[[], SupplyFunction]) -> None:
        self._supply = supply
        self._enter = enter

    def _set(self, control: Control[float], value: float) -> None:
        control.check(self._supply, value)  # what is refused anyway changes nothing, nor the live function
        control.__set__(self._enter(), value)

    def set_voltage(self, volts: float) -> None:
        """Set the setpoint, V.

        Raises:
            OutOfRange: It is outside 0..20 V, or not below the protection level, which is never moved silently.
        """
        SupplyFunction.voltage.check(self._supply, volts)
        supply = self._enter()
        never_above(volts, supply.ovp, reach=False)  # the 2281S trips at its level, not above it
        supply.voltage = volts

    def set_current(self, amps: float) -> None:
        """Set the limit, A."""
        self._set(SupplyFunction.current, amps)

    def voltage(self) -> float:
        """Measure the voltage at the terminals, V."""
        return self._enter().measure().volts

    def current(self) -> float:
        """Measure the current, A; negative while the instrument sinks it."""
        return self._enter().measure().amps

    def power(self) -> float:
        """Measure the power, W, from one reading."""
        reading = self._enter().measure()
        return reading.volts * reading.amps

    def get_voltage_setpoint(self) -> float:
        """Get the setpoint, V."""
        return self._enter().voltage

    def get_current_setpoint(self) -> float:
        """Get the limit, A."""
        return self._enter().current

    def set_ovp(self, volts: float) -> None:
        """Set the protection level, V; it is always armed, and a live output above it trips."""
        self._set(SupplyFunction.ovp, volts)

    def set_ocp(self, amps: float) -> None:
        """Set the protection level, A; it is always armed, and a live output above it trips."""
        self._set(SupplyFunction.ocp, amps)

    def get_ovp_limit(self) -> float:
        """Get the protection level, V."""
        return self._enter().ovp

    def get_ocp_limit(self) -> float:
        """Get the protection level, A."""
        return self._enter().ocp

    def is_ovp(self) -> bool:
        """Get whether over-voltage protection has tripped."""
        return self._enter().trip == "OVP"

    def is_ocp(self) -> bool:
        """Get whether over-current protection has tripped."""
        return self._enter().trip == "OCP"

    def clear_ovp(self) -> None:
        """Clear the trip; the output stays off."""
        self._enter().send(":OUTP:PROT:CLE")

    def clear_ocp(self) -> None:
        """Clear the trip; the output stays off."""
        self._enter().send(":OUTP:PROT:CLE")

    def enable(self) -> None:
        """Switch the output on."""
        self._enter().send(":OUTP ON", ":INIT:CONT ON")  # the first turns continuous measuring off

    def disable(self) -> None:
        """Switch the output off."""
        self._enter().send(":OUTP OFF")

    def output_is_enabled(self) -> bool:
        """Get whether the output is on."""
        return self._enter().enabled

    def state(self) -> SupplyState:
        """Read everything at once: V, A, W. One register tells mode, output and trips."""
        supply = self._enter()
        volts, amps = supply.measure()
        condition = supply.condition
        enabled = bool(condition & _ON)
        mode = "CC" if condition & _CC else "CV" if condition & _CV else "OFF"
        return SupplyState(
            channel=1,
            enabled=enabled,
            mode=mode if enabled else "OFF",
            voltage_set=supply.voltage,
            current_set=supply.current,
            voltage=volts,
            current=amps,
            power=volts * amps,
            ovp_limit=supply.ovp,
            ocp_limit=supply.ocp,
            ovp_tripped=bool(condition & _OVP),
            ocp_tripped=bool(condition & _OCP),
        )

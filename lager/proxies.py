"""What a script holds of a net: one class for each role, with the methods of its contract in `lager.roles`.

A proxy has no state of the instrument and no property that talks to it: looking at one (repr, completion, a debugger)
costs nothing and disturbs nothing. Every method is one call to the net's worker, safe from any thread. Names of older
scripts (`set_soc`, `enable_battery`) are kept here, and only here.
"""

from __future__ import annotations

import reprlib
import sys
import warnings
from typing import Any, SupportsFloat, TypeVar

import msgspec

from lager import errors, roles, wire
from lager.hardware import Hardware, of_this_run
from lager.nettype import NetType

T = TypeVar("T")


class Proxy:
    """A net of the bench.

    Attributes:
        name: Its name on the bench.
        type: What it is for.
        channel: Which channel of its instrument: a number, or a name such as `AIN3`.
    """

    def __init__(self, net: wire.NetRecord, hardware: Hardware) -> None:
        self.name = net.name
        self.type = NetType.from_role(net.role)
        self.channel: int | str = int(net.pin) if net.pin.isdigit() else net.pin
        self._hardware = hardware

    def __reduce__(self) -> tuple[Any, ...]:
        """Let copies, also those in other processes of the run, find their own way to the bench."""
        return _again, (self.name, self.type.role)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def _ask(self, kind: type[T] | Any, method: str, *args: Any) -> T:
        """Call, and give the answer as `kind`."""
        value = self._called(method, args)
        try:
            answer: T = msgspec.convert(value, kind)
        except msgspec.ValidationError as exc:
            raise errors.InstrumentError(f"{self.name}.{method} gave {value!r} ({exc})", "call it again") from exc
        return answer

    def _do(self, method: str, *args: Any) -> None:
        self._called(method, args)

    def _called(self, method: str, args: tuple[Any, ...]) -> Any:
        answer = self._hardware.ask(self.name, self.type.role, method, args)
        if answer.notice:
            warnings.warn(
                f"{answer.notice} (noticed at {self.name}.{method})", errors.InstrumentRestartedWarning, _outside()
            )
        return answer.value

    def _number(self, value: object) -> float:
        """Take any sort of number a script may have computed: int, float, numpy's, Decimal, Fraction."""
        if isinstance(value, bool) or not isinstance(value, SupportsFloat):
            raise errors.UsageError(f"{self.name}: {value!r} is not a number", "give one, such as 3.3")
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError) as exc:
            raise errors.UsageError(
                f"{self.name}: {reprlib.repr(value)} is no number to set: {exc}", "give another one, such as 3.3"
            ) from exc


class PowerSupply(Proxy):
    """One output of a bench supply."""

    def set_voltage(self, volts: float) -> None:
        """Set the voltage setpoint, V."""
        self._do("set_voltage", self._number(volts))

    def set_current(self, amps: float) -> None:
        """Set the current limit, A."""
        self._do("set_current", self._number(amps))

    def voltage(self) -> float:
        """Measure the voltage at the terminals, V."""
        return self._ask(float, "voltage")

    def current(self) -> float:
        """Measure the current delivered, A."""
        return self._ask(float, "current")

    def power(self) -> float:
        """Measure the power delivered, W."""
        return self._ask(float, "power")

    def get_voltage_setpoint(self) -> float:
        """Get the voltage setpoint, V."""
        return self._ask(float, "get_voltage_setpoint")

    def get_current_setpoint(self) -> float:
        """Get the current limit, A."""
        return self._ask(float, "get_current_setpoint")

    def set_ovp(self, volts: float) -> None:
        """Set the over-voltage protection level, V, and arm it."""
        self._do("set_ovp", self._number(volts))

    def set_ocp(self, amps: float) -> None:
        """Set the over-current protection level, A, and arm it."""
        self._do("set_ocp", self._number(amps))

    def get_ovp_limit(self) -> float:
        """Get the over-voltage protection level, V."""
        return self._ask(float, "get_ovp_limit")

    def get_ocp_limit(self) -> float:
        """Get the over-current protection level, A."""
        return self._ask(float, "get_ocp_limit")

    def is_ovp(self) -> bool:
        """Get whether over-voltage protection has tripped."""
        return self._ask(bool, "is_ovp")

    def is_ocp(self) -> bool:
        """Get whether over-current protection has tripped."""
        return self._ask(bool, "is_ocp")

    def clear_ovp(self) -> None:
        """Clear a tripped over-voltage protection; the output stays off."""
        self._do("clear_ovp")

    def clear_ocp(self) -> None:
        """Clear a tripped over-current protection; the output stays off."""
        self._do("clear_ocp")

    def enable(self) -> None:
        """Switch the output on."""
        self._do("enable")

    def disable(self) -> None:
        """Switch the output off."""
        self._do("disable")

    def output_is_enabled(self) -> bool:
        """Get whether the output is on."""
        return self._ask(bool, "output_is_enabled")

    def state(self) -> roles.SupplyState:
        """Read everything at once."""
        return self._ask(roles.SupplyState, "state")

    get_full_state = state


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
    enable_battery = enable_sim_output = enable
    disable_battery = disable_sim_output = disable
    clear_ovp = clear_ocp = clear

    def _parameter(self, name: str, value: float | None) -> float:
        return self._ask(float, name, *([] if value is None else [self._number(value)]))


class ADC(Proxy):
    """An analog input."""

    def input(self) -> float:
        """Measure the voltage, V."""
        return self._ask(float, "input")


class DAC(Proxy):
    """An analog output."""

    def output(self, volts: float) -> None:
        """Set the output, V."""
        self._do("output", self._number(volts))

    def input(self) -> float:
        """Get the voltage the output is set to, V, as the instrument reports it."""
        return self._ask(float, "input")

    def get_voltage(self) -> float:
        """Get the voltage the output is set to, V; the same as `input`."""
        return self._ask(float, "get_voltage")


class GPIO(Proxy):
    """A digital line."""

    def input(self) -> int:
        """Read the level, 0 or 1, without changing the line's direction."""
        return self._ask(int, "input")

    def output(self, level: int | str | bool) -> None:
        """Drive the line: 1, `high`, `on`, `true`, or 0, `low`, `off`, `false`."""
        self._do("output", level if isinstance(level, str) else self._level(level))

    def _level(self, level: object) -> int:
        if isinstance(level, bool):
            return int(level)
        number = self._number(level)
        if number not in (0, 1):
            raise errors.UsageError(f"{self.name}: {level!r} is no level", "give 1 or 0, `high` or `low`")
        return int(number)


def _outside() -> int:
    """Count the calls from our caller to the script's own line, as `warnings.warn` takes it."""
    level, frame = 1, sys._getframe(1)  # noqa: SLF001  # what `warnings` itself uses
    while frame.f_back is not None and frame.f_globals.get("__name__") == __name__:
        level, frame = level + 1, frame.f_back
    return level


def _again(name: str, role: str) -> Proxy:
    _, bench = of_this_run()
    return PROXIES[role](bench.net(name, role), bench)


PROXIES: dict[str, type[Proxy]] = {
    "power-supply": PowerSupply,
    "battery": Battery,
    "adc": ADC,
    "dac": DAC,
    "gpio": GPIO,
}

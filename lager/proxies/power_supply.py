"""A script's power supply."""

from __future__ import annotations

from typing import Any

from lager import errors, roles
from lager.proxies.proxy import Proxy
from lager.proxies.released import also, without_teardown


class PowerSupply(Proxy):
    """One output of a bench supply."""

    @also("volts", "voltage", "value")
    def set_voltage(self, volts: float) -> None:
        """Set the voltage setpoint, V."""
        self._do("set_voltage", self._number(volts))

    @also("amps", "current", "value")
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

    @also("volts", "voltage", "value")
    def set_ovp(self, volts: float) -> None:
        """Set the over-voltage protection level, V, and arm it."""
        self._do("set_ovp", self._number(volts))

    @also("amps", "current", "value")
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

    @without_teardown
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

    def get_monitor_state(self) -> dict[str, Any]:
        """Read everything at once, and give it as live screens show it: with the net, and what it can be set to."""
        state, limits = self.state(), self.get_channel_limits()
        most = {"voltage_max": limits.voltage_max, "current_max": limits.current_max}
        return {"netname": self.name, **dict(state), **most}

    def set_mode(self, mode: str | None = None) -> None:
        """Do nothing, as before: a supply regulates what its load asks for, voltage or current."""

    def init_continuous(self) -> None:
        """Do nothing: every measurement sees to it that it is a new one."""

    def get_output_mode(self) -> str:
        """Get what the output regulates: `CV`, `CC`, or `OFF` where it is off or unregulated."""
        return self._ask(str, "get_output_mode")

    def get_channel_limits(self) -> roles.SupplyLimits:
        """Get what the output can be set to."""
        return self._ask(roles.SupplyLimits, "get_channel_limits")

    def measure_voltage(self, channel: int | str | None = None) -> float:
        """Measure the voltage at the terminals, V; as `voltage`."""
        self._own(channel)
        return self.voltage()

    def measure_current(self, channel: int | str | None = None) -> float:
        """Measure the current delivered, A; as `current`."""
        self._own(channel)
        return self.current()

    def measure_power(self, channel: int | str | None = None) -> float:
        """Measure the power delivered, W; as `power`."""
        self._own(channel)
        return self.power()

    def enable_output(self, channel: int | str | None = None) -> None:
        """Switch the output on; as `enable`."""
        self._own(channel)
        self.enable()

    def disable_output(self, channel: int | str | None = None) -> None:
        """Switch the output off; as `disable`."""
        self._own(channel)
        self.disable()

    def _own(self, channel: int | str | None) -> None:
        """Refuse a channel that is another net's: a released driver takes its channel in each call, a net is one."""
        said = str(channel).upper().removeprefix("CH")
        if channel is not None and said != str(self.channel):
            raise errors.UsageError(
                f"{self.name} is channel {self.channel} of its instrument, not {channel!r}",
                "leave the channel away, or get the net of that channel",
            )

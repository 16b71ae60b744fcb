"""Keithley 2281S-20-6: a power supply and a battery simulator on the same terminals, one of them at a time.

Which function is live is asked before every call and never remembered: the front panel can change it. It is changed
only while the live output is off. Nothing here switches an output that it was not told to switch.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from lager.errors import InstrumentRefused, RoleConflict
from lager_drivers.device import Interruption, another, check_channel
from lager_drivers.keithley_2281s.battery import BatteryChannel
from lager_drivers.keithley_2281s.battery_function import CONNECTED, BatteryFunction
from lager_drivers.keithley_2281s.reconnection import Reconnection
from lager_drivers.keithley_2281s.supply import SupplyFunction
from lager_drivers.scpi import SWITCH, Dialog, Kind, Measure, Node, Transport, power_on_seen
from lager_drivers.supply import SupplyChannel

ROLES = {"power-supply": ("1",), "battery": ("1",)}
HINTS = {
    700: "somebody changed the function at the front panel meanwhile: call again",
    703: "set the voltage of the full battery first, above that of the empty one",
    704: "the simulated battery is connected: disable() it, set the value, then enable() it again; or have that done "
    "each time, your device being without power meanwhile: lager nets set-while-connected NET reconnect",
    -200: "a protection may have tripped: clear it first",
    -222: "the instrument kept its old value; choose one inside its range (for a battery: the model's)",
}
SETTLE = 0.1  # s; the unit answers nothing sensible right after a change of function
_SUPPLY, _BATTERY, _TEST = "power supply", "battery simulator", "battery test"


def _function(reply: str) -> str:
    text = reply.strip().upper()
    if text == "PSS" or "POW" in text or "SUPPLY" in text:  # firmware differs; all of these were met
        return _SUPPLY
    if "SIM" in text or "BATT" in text:
        return _BATTERY
    if text == "TEST":
        return _TEST
    raise ValueError("not a function of a 2281S")


FUNCTION: Kind[str] = Kind("function", _function, {_SUPPLY: "POW", _BATTERY: "SIM", _TEST: "TEST"}.__getitem__)


class Entry(Node):
    """The instrument's front door: which of its functions is live, and whether that one's output is on."""

    function = Measure(":ENTR:FUNC?", FUNCTION, "Get which function is live")
    supply_on = Measure(":OUTP?", SWITCH, "Get whether the power supply's output is on")
    battery_on = Measure(":BATT:OUTP?", CONNECTED, "Get whether the battery functions' output is on")

    def live_output(self, function: str) -> bool:
        """Get whether the output of the live function is on."""
        return self.supply_on if function == _SUPPLY else self.battery_on


class K2281S:
    """A 2281S.

    Args:
        transport: The cable: one session for both roles.
        sleep: Waits, s.
    """

    def __init__(
        self,
        transport: Transport,
        sleep: Callable[[float], None] = time.sleep,  # noqa: TID251 - the one wait, in the worker's own process
    ) -> None:
        self._dialog = Dialog(transport, HINTS)
        self._sleep = sleep
        self._entry = Entry(self._dialog)
        self._supply = SupplyFunction(self._dialog)
        self._battery = BatteryFunction(self._dialog)
        self._reconnection = Reconnection()

    def identify(self) -> str:
        """Ask who it is.

        Raises:
            InstrumentError: It is another instrument.
        """
        found = self._dialog.query("*IDN?")
        fields = found.split(",")
        if not fields[0].startswith("KEITHLEY INSTRUMENTS") or "2281S" not in "".join(fields[1:2]):
            raise another("Keithley 2281S", found)
        return found

    def restarted(self, since: float) -> bool:  # noqa: ARG002 - the register itself remembers
        """Ask whether it was switched on since this was last asked; reading its event register clears it."""
        return power_on_seen(self._dialog)

    def channel(self, role: str, pin: str) -> Any:
        """Give the power supply, or the battery simulator.

        Raises:
            WrongNetType: It has no such role.
            UsageError: It has no such pin.
        """
        check_channel("Keithley 2281S", ROLES, role, pin)
        if role == "power-supply":
            return SupplyChannel(self._supply, self.supply)
        return BatteryChannel(self._battery, self.battery, self._reconnection)

    def interrupted(self, by: Interruption) -> AbstractContextManager[None]:
        """Let the battery be disconnected for a setting, and connected again, by the calls within."""
        return self._reconnection.allowed(by)

    def role_now(self) -> str:
        """Ask which role it is in; empty for the battery test."""
        return {_SUPPLY: "power-supply", _BATTERY: "battery"}.get(self._entry.function, "")

    def supply(self) -> SupplyFunction:
        """Make the power supply live, and give it.

        Raises:
            RoleConflict: The output of another function is on.
        """
        self._enter(_SUPPLY)
        return self._supply

    def battery(self) -> BatteryFunction:
        """Make the battery simulator live, and give it.

        Raises:
            RoleConflict: The output of another function is on.
        """
        self._enter(_BATTERY)
        return self._battery

    def _enter(self, wanted: str) -> None:
        live = self._entry.function
        if live == wanted:
            return
        if self._entry.live_output(live):
            raise RoleConflict(
                f"the 2281S is in use as a {live} and its output is on, so it cannot be a {wanted}",
                f"disable the {live} net first: the instrument has one pair of terminals and serves one role at a time",
            )
        self._entry.send(":ENTR:FUNC {value}", value=FUNCTION.render(wanted), settle=lambda: self._sleep(SETTLE))
        if (found := self._entry.function) != wanted:
            raise InstrumentRefused(
                f"the 2281S was told to be a {wanted} and stayed a {found}", "look at its display, then call again"
            )
        self._entry.send(":INIT:CONT ON")

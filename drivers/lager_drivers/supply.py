"""The power-supply contract, once for all bench supplies: what a user is promised, whichever the maker.

Out of range is refused before anything is sent; a protection level is never raised by another call; no setpoint goes
beyond a level that acts; nothing is switched on but by `enable`, which tells when a protection answered it. What
differs between instruments is in their outputs (`supply_output.py`). Knows no command.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lager.errors import InstrumentRefused
from lager.roles import SupplyLimits, SupplyState
from lager_drivers.device import another, check_channel
from lager_drivers.scpi import Control, Dialog, power_on_seen
from lager_drivers.supply_output import SupplyOutput


class SupplyChannel:
    """One output, as the power-supply contract has it.

    Args:
        output: The output, live or not.
        enter: Makes it live, once for each call, where an instrument has other functions.
    """

    def __init__(self, output: SupplyOutput, enter: Callable[[], object] = lambda: None) -> None:
        self._output = output
        self._enter = enter

    def _live(self) -> SupplyOutput:
        self._enter()
        return self._output

    def _admitting(self, control: Control[float], value: float) -> SupplyOutput:
        control.check(self._output, value)  # what is refused anyway changes nothing, nor the live function
        output = self._live()
        output.admit(control, value)
        return output

    def _set(self, control: Control[float], value: float) -> SupplyOutput:
        output = self._admitting(control, value)
        control.__set__(output, value)
        return output

    def _measuring(self) -> SupplyOutput:
        output = self._live()
        output.before_measuring()
        return output

    def set_voltage(self, volts: float) -> None:
        """Set the setpoint, V.

        Raises:
            OutOfRange: It is outside the range, or beyond a protection level that acts, which is never moved silently.
        """
        self._set(type(self._output).voltage, volts)

    def set_current(self, amps: float) -> None:
        """Set the limit, A.

        Raises:
            OutOfRange: It is outside the range, or would raise the level of a protection, where they are one number.
        """
        self._set(type(self._output).current, amps)

    def voltage(self) -> float:
        """Measure the voltage at the terminals, V."""
        return self._measuring().measured_voltage

    def current(self) -> float:
        """Measure the current delivered, A; negative where an instrument that can sinks it."""
        return self._measuring().measured_current

    def power(self) -> float:
        """Measure the power delivered, W."""
        return self._measuring().measure().watts

    def get_voltage_setpoint(self) -> float:
        """Get the setpoint, V."""
        return self._live().voltage

    def get_current_setpoint(self) -> float:
        """Get the limit, A."""
        return self._live().current

    def set_ovp(self, volts: float) -> None:
        """Set the over-voltage protection level, V, and arm it; a live output beyond it trips.

        Raises:
            OutOfRange: It is outside the range.
        """
        self._set(type(self._output).ovp, volts).arm_ovp()  # refused: not armed at a level nobody asked for

    def set_ocp(self, amps: float) -> None:
        """Set the over-current protection level, A, and arm it; a live output beyond it trips.

        Where an instrument has one number for limit and level, the lower of the two is it: no level raises a limit.

        Raises:
            OutOfRange: It is outside the range.
        """
        self._admitting(type(self._output).ocp, amps).protect(amps)

    def get_ovp_limit(self) -> float:
        """Get the over-voltage protection level, V, armed or not."""
        return self._live().ovp

    def get_ocp_limit(self) -> float:
        """Get the over-current protection level, A, armed or not."""
        return self._live().ocp

    def is_ovp(self) -> bool:
        """Get whether over-voltage protection has tripped."""
        return self._live().ovp_tripped

    def is_ocp(self) -> bool:
        """Get whether over-current protection has tripped."""
        return self._live().ocp_tripped

    def clear_ovp(self) -> None:
        """Clear a tripped over-voltage protection; the output stays off."""
        self._live().clear_ovp()

    def clear_ocp(self) -> None:
        """Clear a tripped over-current protection; the output stays off."""
        self._live().clear_ocp()

    def enable(self) -> None:
        """Switch the output on, and look once whether a protection answered; one that takes longer, `is_ovp` tells.

        Raises:
            InstrumentRefused: A protection has tripped: the output is off.
        """
        output = self._live()
        output.switch_on()
        if name := output.tripped():
            raise InstrumentRefused(
                f"{name} protection has tripped, so output {output.ch} is off",
                "take the cause away (setpoint, level, load), clear the trip, and enable again",
            )

    def disable(self) -> None:
        """Switch the output off: that goes out first, whatever the instrument's error queue holds.

        Where an error is found there, off is sent once more, which does no harm: the error may have been an older one,
        or another link's, and nobody must be told of that, nor miss that the output is still on.
        """
        output = self._live()
        switch = type(output).enabled
        output.send(switch.command, value=switch.kind.render(False), at_once=True)

    def output_is_enabled(self) -> bool:
        """Get whether the output is on."""
        return self._live().is_on()

    def state(self) -> SupplyState:
        """Read everything at once: V, A, W."""
        output = self._measuring()
        reading, status = output.measure(), output.status()
        return SupplyState(
            channel=output.ch,
            enabled=status.enabled,
            mode=status.mode,
            voltage_set=output.voltage,
            current_set=output.current,
            voltage=reading.volts,
            current=reading.amps,
            power=reading.watts,
            ovp_limit=output.ovp,
            ocp_limit=output.ocp,
            ovp_tripped=status.ovp_tripped,
            ocp_tripped=status.ocp_tripped,
        )

    def get_output_mode(self) -> str:
        """Get what the output regulates: `CV`, `CC`, or `OFF` where it is off or unregulated."""
        return self._live().mode()

    def get_channel_limits(self) -> SupplyLimits:
        """Get what the output can be set to: V, A. Nothing is asked."""
        ranges = self._output.ranges
        low, high = ranges.ovp
        return SupplyLimits(
            voltage_min=ranges.volts[0],
            voltage_max=ranges.volts[1],
            current_max=ranges.amps[1],
            ovp_max=high if high > 0 else low,
            ocp_max=ranges.ocp[1],
        )


def roles(outputs: Sequence[object]) -> Mapping[str, tuple[str, ...]]:
    """Give the roles and pins of an instrument that is a supply and nothing else."""
    return {"power-supply": tuple(str(ch) for ch in range(1, len(outputs) + 1))}


class BenchSupply:
    """An instrument that is a supply and nothing else.

    Args:
        dialog: Its conversation.
        name: Maker and model, as people say it.
        identity: What its answer to `*IDN?` begins with.
        outputs: Its outputs.
    """

    def __init__(self, dialog: Dialog, name: str, identity: str, outputs: Sequence[SupplyOutput]) -> None:
        self._dialog, self._name, self._identity = dialog, name, re.compile(identity, re.IGNORECASE)
        self.outputs = tuple(outputs)

    def identify(self) -> str:
        """Ask who it is.

        Raises:
            InstrumentError: It is another instrument.
        """
        found = self._dialog.query("*IDN?")
        if not self._identity.match(found):
            raise another(self._name, found)
        return found

    def restarted(self, since: float) -> bool:  # noqa: ARG002 - the register itself remembers
        """Ask whether it was switched on since this was last asked; reading its event register clears it."""
        return power_on_seen(self._dialog)

    def channel(self, role: str, pin: str) -> Any:
        """Give one output.

        Raises:
            WrongNetType: It has no channels of that role.
            UsageError: It has no such output.
        """
        check_channel(self._name, roles(self.outputs), role, pin)
        return SupplyChannel(self.outputs[int(pin) - 1])

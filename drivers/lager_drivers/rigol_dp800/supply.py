"""Rigol DP800 bench supplies (DP811, DP821, DP831, DP832, and their A models).

Commands and limits follow the DP800 Programming Guide. Every command names its channel: the selected one is shared by
all links, and by the front panel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lager.errors import UsageError
from lager.roles import SupplyState
from lager_drivers.device import another, check_channel
from lager_drivers.rigol_dp800.ratings import RATINGS, Rating
from lager_drivers.scpi import (
    AMPS,
    FLAG,
    SWITCH,
    VOLTS,
    Control,
    Dialog,
    Kind,
    Measure,
    Node,
    Transport,
    never_above,
    power_on_seen,
    quantity,
    word,
)

HINTS = {
    -113: "this firmware does not know the command: `*IDN?` tells its version",
    -222: "the instrument kept its old value; choose one inside the channel's rating",
    -200: "clear a tripped protection first (clear_ovp, clear_ocp)",
}
_SMALLEST_LEVEL = 0.001  # V or A: a protection level of 0 would trip on noise


def _from_zero(limit: float) -> tuple[float, float]:
    return min(0.0, limit), max(0.0, limit)


def _settable_volts(output: Output) -> tuple[float, float]:
    return _from_zero(output.rating.max_volts)


def _settable_amps(output: Output) -> tuple[float, float]:
    return _from_zero(output.rating.max_amps)


def _trip_volts(output: Output) -> tuple[float, float]:
    limit = output.rating.max_ovp
    return (_SMALLEST_LEVEL, limit) if limit > 0 else (limit, -_SMALLEST_LEVEL)


def _trip_amps(output: Output) -> tuple[float, float]:
    return _SMALLEST_LEVEL, output.rating.max_ocp


def _volts_amps_watts(reply: str) -> tuple[float, float, float]:
    fields = reply.split(",")
    if len(fields) != 3:
        raise ValueError("expected voltage, current and power")
    return quantity(fields[0], "V"), quantity(fields[1], "A"), quantity(fields[2], "W")


EVERYTHING: Kind[tuple[float, float, float]] = Kind("V, A, W", _volts_amps_watts, str)
WATTS: Kind[float] = Kind("W", lambda reply: quantity(reply, "W"), str)
REGULATION: Kind[str] = word("mode", {"CV": "CV", "CC": "CC", "UR": "OFF"})


class Output(Node):
    """One output, as the programming guide's table has it."""

    def __init__(self, dialog: Dialog, ch: int, rating: Rating) -> None:
        super().__init__(dialog, ch=ch)
        self.ch, self.rating = ch, rating

    voltage = Control(":SOUR{ch}:VOLT?", ":SOUR{ch}:VOLT {value}", VOLTS, "Control the setpoint", _settable_volts)
    current = Control(":SOUR{ch}:CURR?", ":SOUR{ch}:CURR {value}", AMPS, "Control the limit", _settable_amps)
    enabled = Control(":OUTP? CH{ch}", ":OUTP CH{ch},{value}", SWITCH, "Control the output relay")
    regulation = Measure(":OUTP:MODE? CH{ch}", REGULATION, "Get what the output regulates")
    ovp = Control(":OUTP:OVP:VAL? CH{ch}", ":OUTP:OVP:VAL CH{ch},{value}", VOLTS, "Control the OVP trip", _trip_volts)
    ocp = Control(":OUTP:OCP:VAL? CH{ch}", ":OUTP:OCP:VAL CH{ch},{value}", AMPS, "Control the OCP trip", _trip_amps)
    ovp_armed = Control(":OUTP:OVP? CH{ch}", ":OUTP:OVP CH{ch},{value}", SWITCH, "Control whether OVP acts")
    ocp_armed = Control(":OUTP:OCP? CH{ch}", ":OUTP:OCP CH{ch},{value}", SWITCH, "Control whether OCP acts")
    ovp_tripped = Measure(":OUTP:OVP:QUES? CH{ch}", FLAG, "Get whether OVP has tripped")
    ocp_tripped = Measure(":OUTP:OCP:QUES? CH{ch}", FLAG, "Get whether OCP has tripped")
    measured_voltage = Measure(":MEAS:VOLT? CH{ch}", VOLTS, "Measure the voltage at the terminals")
    measured_current = Measure(":MEAS:CURR? CH{ch}", AMPS, "Measure the current delivered")
    measured_power = Measure(":MEAS:POWE? CH{ch}", WATTS, "Measure the power delivered")
    measured = Measure(":MEAS:ALL? CH{ch}", EVERYTHING, "Measure voltage, current and power")


class SupplyChannel:
    """One output, as the power-supply contract has it."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def set_voltage(self, volts: float) -> None:
        """Set the setpoint, V.

        Raises:
            OutOfRange: It is outside the rating, or above a protection level that is armed.
        """
        Output.voltage.check(self._output, volts)
        if self._output.ovp_armed:  # the instrument would take it, and trip
            never_above(volts, self._output.ovp, reach=True)
        self._output.voltage = volts

    def set_current(self, amps: float) -> None:
        """Set the limit, A."""
        self._output.current = amps

    def voltage(self) -> float:
        """Measure the voltage at the terminals, V."""
        return self._output.measured_voltage

    def current(self) -> float:
        """Measure the current, A."""
        return self._output.measured_current

    def power(self) -> float:
        """Measure the power, W."""
        return self._output.measured_power

    def get_voltage_setpoint(self) -> float:
        """Get the setpoint, V."""
        return self._output.voltage

    def get_current_setpoint(self) -> float:
        """Get the limit, A."""
        return self._output.current

    def set_ovp(self, volts: float) -> None:
        """Set the protection level, V, and arm it; a live output above it trips."""
        self._output.ovp = volts  # refused: not armed at a level nobody asked for
        self._output.ovp_armed = True

    def set_ocp(self, amps: float) -> None:
        """Set the protection level, A, and arm it; a live output above it trips."""
        self._output.ocp = amps
        self._output.ocp_armed = True

    def get_ovp_limit(self) -> float:
        """Get the protection level, V, armed or not."""
        return self._output.ovp

    def get_ocp_limit(self) -> float:
        """Get the protection level, A, armed or not."""
        return self._output.ocp

    def is_ovp(self) -> bool:
        """Get whether over-voltage protection has tripped."""
        return self._output.ovp_tripped

    def is_ocp(self) -> bool:
        """Get whether over-current protection has tripped."""
        return self._output.ocp_tripped

    def clear_ovp(self) -> None:
        """Clear the trip; the output stays off (`:VOLT:PROT:CLE` would switch it on again)."""
        self._output.send(":OUTP:OVP:CLEAR CH{ch}")

    def clear_ocp(self) -> None:
        """Clear the trip; the output stays off (`:CURR:PROT:CLE` would switch it on again)."""
        self._output.send(":OUTP:OCP:CLEAR CH{ch}")

    def enable(self) -> None:
        """Switch the output on."""
        self._output.enabled = True

    def disable(self) -> None:
        """Switch the output off."""
        self._output.enabled = False

    def output_is_enabled(self) -> bool:
        """Get whether the output is on."""
        return self._output.enabled

    def state(self) -> SupplyState:
        """Read everything at once: V, A, W."""
        output = self._output
        volts, amps, watts = output.measured
        enabled = output.enabled
        return SupplyState(
            channel=output.ch,
            enabled=enabled,
            mode=output.regulation if enabled else "OFF",
            voltage_set=output.voltage,
            current_set=output.current,
            voltage=volts,
            current=amps,
            power=watts,
            ovp_limit=output.ovp,
            ocp_limit=output.ocp,
            ovp_tripped=output.ovp_tripped,
            ocp_tripped=output.ocp_tripped,
        )


def roles(model: str) -> Mapping[str, tuple[str, ...]]:
    """Give the roles and pins of a model."""
    return {"power-supply": tuple(str(n) for n in range(1, len(RATINGS[model]) + 1))}


class DP800:
    """A DP800, whichever the model; its outputs know their own ratings."""

    def __init__(self, transport: Transport, model: str) -> None:
        if model not in RATINGS:
            raise UsageError(f"no ratings for a {model}", f"known DP800 models: {', '.join(RATINGS)}")
        self._dialog = Dialog(transport, HINTS)
        self._model = model
        self.outputs = tuple(Output(self._dialog, ch, rating) for ch, rating in enumerate(RATINGS[model], start=1))

    def identify(self) -> str:
        """Ask who it is.

        Raises:
            InstrumentError: It is another instrument.
        """
        found = self._dialog.query("*IDN?")
        fields = found.split(",")
        if fields[0] != "RIGOL TECHNOLOGIES" or fields[1:2] not in ([self._model], [f"{self._model}A"]):
            raise another(f"Rigol {self._model}", found)
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
        check_channel(f"Rigol {self._model}", roles(self._model), role, pin)
        return SupplyChannel(self.outputs[int(pin) - 1])

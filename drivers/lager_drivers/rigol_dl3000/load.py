"""Rigol DL3000 electronic loads (DL3021, DL3031, and their A models), after the DL3000 Programming Guide."""

from __future__ import annotations

from typing import Any

from lager.errors import UsageError
from lager_drivers.device import another, check_channel
from lager_drivers.eload import ELoadChannel, LoadInput, Setpoint
from lager_drivers.rigol_dl3000.ratings import RATINGS, Rating
from lager_drivers.scpi import (
    AMPS,
    BITS,
    OHMS,
    SWITCH,
    TEXT,
    VOLTS,
    WATTS,
    Control,
    Dialog,
    Kind,
    Measure,
    Transport,
    power_on_seen,
    word,
)

ROLES = {"eload": ("1",)}
HINTS = {
    -222: "the instrument kept its old value; choose one inside the range that is active",
    -220: "the instrument kept what it was; `*IDN?` tells its firmware's version",
}
_WORDS = {"CURR": "CC", "VOLT": "CV", "RES": "CR", "POW": "CW", "CC": "CC", "CV": "CV", "CR": "CR", "CP": "CW"}
_LONG = {"CURRENT": "CC", "VOLTAGE": "CV", "RESISTANCE": "CR", "POWER": "CW", "NONE": "NONE"}
MODE: Kind[str] = word("mode", _WORDS | _LONG)  # CURR is sent; CC is what real units answer, and refuse to take
_PROGRAMS = ("LIST", "BATT", "OCP", "OPP")  # not WAV: one bench loads as usual in it, and *RST may land there
_UNREGULATED = 1024
# Bits of the questionable status, the telling ones first: OV, LRV, RRV, OC, OP, OT (guessed), VF, PS (Guide 1-7)
_TRIPS = {4096: "OVP", 2048: "reverse", 512: "reverse", 2: "OCP", 8: "OPP", 16: "OTP", 1: "OVP", 8192: "other"}


class Input(LoadInput):
    """The input, as the programming guide's tables have it."""

    mode = Control(":SOUR:FUNC?", ":SOUR:FUNC {value}", MODE, "Control what is kept constant")
    program = Measure(":SOUR:FUNC:MODE?", TEXT, "Get what sets the level")
    enabled = Control(":SOUR:INP:STAT?", ":SOUR:INP:STAT {value}", SWITCH, "Control whether the input is on")
    current = Control(":SOUR:CURR?", ":SOUR:CURR {value}", AMPS, "Control the setpoint of CC")
    voltage = Control(":SOUR:VOLT?", ":SOUR:VOLT {value}", VOLTS, "Control the setpoint of CV")
    resistance = Control(":SOUR:RES?", ":SOUR:RES {value}", OHMS, "Control the setpoint of CR")
    power = Control(":SOUR:POW?", ":SOUR:POW {value}", WATTS, "Control the setpoint of CW")
    current_range = Control(":SOUR:CURR:RANG?", ":SOUR:CURR:RANG {value}", AMPS, "Control the range of CC")
    voltage_range = Control(":SOUR:VOLT:RANG?", ":SOUR:VOLT:RANG {value}", VOLTS, "Control the range of CV")
    resistance_range = Control(":SOUR:RES:RANG?", ":SOUR:RES:RANG {value}", OHMS, "Control the range of CR")
    measured_voltage = Measure(":MEAS:VOLT?", VOLTS, "Measure the voltage at the terminals")
    measured_current = Measure(":MEAS:CURR?", AMPS, "Measure the current drawn")
    measured_power = Measure(":MEAS:POW?", WATTS, "Measure the power drawn")
    condition = Measure(":STAT:QUES:COND?", BITS, "Get what is questionable now")

    def __init__(self, dialog: Dialog, rating: Rating) -> None:
        super().__init__(dialog)
        # A range that does not hold the present resistance is refused, and 10 ohm is in both (field report)
        self._setpoints = {
            "current": Setpoint(Input.current, *rating.amps, choice=Input.current_range),
            "voltage": Setpoint(Input.voltage, *rating.volts, choice=Input.voltage_range),
            "resistance": Setpoint(Input.resistance, *rating.ohms, choice=Input.resistance_range, held=10.0),
            "power": Setpoint(Input.power, rating.watts),
        }

    def setpoint(self, level: Control[float]) -> Setpoint:
        """Give how a level is set."""
        return self._setpoints[level.name]

    def own_program(self) -> str:
        """Name what drives the input instead of the setpoints; empty for nothing."""
        return program if (program := self.program.upper()).startswith(_PROGRAMS) else ""

    def status(self) -> tuple[bool, bool, str]:
        """Get whether it is on, whether it holds its setpoint, and which protection has switched it off."""
        condition, on = self.condition, self.enabled
        tripped = "" if on else next((name for bit, name in _TRIPS.items() if condition & bit), "")
        return on, not condition & _UNREGULATED, tripped


class DL3000:
    """A DL3000.

    Args:
        transport: The cable.
        model: As its nameplate has it; what is called by a plain one may be its A model, too.
    """

    def __init__(self, transport: Transport, model: str) -> None:
        if model not in RATINGS:
            raise UsageError(f"no ratings for a {model}", f"known DL3000 models: {', '.join(RATINGS)}")
        self._transport, self._model, self._power_on = transport, model, False
        self._dialog = Dialog(transport, HINTS, self._empty_queue)

    def _empty_queue(self) -> None:
        """Empty the error queue, as reading does not on some firmware (field report on a DL3021A).

        `*CLS` wipes the event register as well, so what that tells of the power is kept for whoever asks.
        """
        self._power_on = power_on_seen(self._dialog) or self._power_on
        self._transport.write("*CLS")

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
        known, self._power_on = self._power_on, False
        return power_on_seen(self._dialog) or known

    def channel(self, role: str, pin: str) -> Any:
        """Give the input.

        Raises:
            WrongNetType: It has no channels of that role.
            UsageError: It has no such input.
        """
        check_channel(f"Rigol {self._model}", ROLES, role, pin)
        return ELoadChannel(Input(self._dialog, RATINGS[self._model]))

"""Rigol DP800 bench supplies (DP811, DP821, DP831, DP832, and their A models).

Commands and limits follow the DP800 Programming Guide. Every command names its channel: the selected one is shared by
all links, and by the front panel.
"""

from __future__ import annotations

from lager.errors import UsageError
from lager_drivers.rigol_dp800.ratings import RATINGS, Rating
from lager_drivers.scpi import AMPS, FLAG, SWITCH, VOLTS, Control, Dialog, Kind, Measure, Transport, quantity, word
from lager_drivers.supply import BenchSupply
from lager_drivers.supply_output import ArmedOutput, Ranges, Reading, amps, ocp_levels, ovp_levels, volts

HINTS = {
    -113: "this firmware does not know the command: `*IDN?` tells its version",
    -222: "the instrument kept its old value; choose one inside the channel's rating",
    -200: "clear a tripped protection first",
}
_SMALLEST_LEVEL = 0.001  # V or A: a protection level of 0 would trip on noise


def _reading(reply: str) -> Reading:
    fields = reply.split(",")
    if len(fields) != 3:
        raise ValueError("expected voltage, current and power")
    return Reading(quantity(fields[0], "V"), quantity(fields[1], "A"), quantity(fields[2], "W"))


READING: Kind[Reading] = Kind("V, A, W", _reading, str)
REGULATION: Kind[str] = word("mode", {"CV": "CV", "CC": "CC", "UR": "OFF"})


class Output(ArmedOutput):
    """One output, as the programming guide's tables have it."""

    voltage = Control(":SOUR{ch}:VOLT?", ":SOUR{ch}:VOLT {value}", VOLTS, "Control the setpoint", volts)
    current = Control(":SOUR{ch}:CURR?", ":SOUR{ch}:CURR {value}", AMPS, "Control the limit", amps)
    enabled = Control(":OUTP? CH{ch}", ":OUTP CH{ch},{value}", SWITCH, "Control the output relay")
    regulation = Measure(":OUTP:MODE? CH{ch}", REGULATION, "Get what the output regulates")
    ovp = Control(":OUTP:OVP:VAL? CH{ch}", ":OUTP:OVP:VAL CH{ch},{value}", VOLTS, "Control the OVP trip", ovp_levels)
    ocp = Control(":OUTP:OCP:VAL? CH{ch}", ":OUTP:OCP:VAL CH{ch},{value}", AMPS, "Control the OCP trip", ocp_levels)
    ovp_armed = Control(":OUTP:OVP? CH{ch}", ":OUTP:OVP CH{ch},{value}", SWITCH, "Control whether OVP acts")
    ocp_armed = Control(":OUTP:OCP? CH{ch}", ":OUTP:OCP CH{ch},{value}", SWITCH, "Control whether OCP acts")
    ovp_tripped = Measure(":OUTP:OVP:QUES? CH{ch}", FLAG, "Get whether OVP has tripped")
    ocp_tripped = Measure(":OUTP:OCP:QUES? CH{ch}", FLAG, "Get whether OCP has tripped")
    clearing_ovp, clearing_ocp = ":OUTP:OVP:CLEAR CH{ch}", ":OUTP:OCP:CLEAR CH{ch}"  # :PROT:CLE switches on again
    measured_voltage = Measure(":MEAS:VOLT? CH{ch}", VOLTS, "Measure the voltage at the terminals")
    measured_current = Measure(":MEAS:CURR? CH{ch}", AMPS, "Measure the current delivered")
    measured = Measure(":MEAS:ALL? CH{ch}", READING, "Measure voltage, current and power")

    def measure(self) -> Reading:
        """Measure voltage, current and power, which belong together: V, A, W."""
        return self.measured


def ranges(rating: Rating) -> Ranges:
    """Give what an output of that rating can be set to."""
    below = rating.max_volts < 0
    ovp = (rating.max_ovp, -_SMALLEST_LEVEL) if below else (_SMALLEST_LEVEL, rating.max_ovp)
    whole = (rating.max_volts, 0.0) if below else (0.0, rating.max_volts)
    return Ranges(whole, (0.0, rating.max_amps), ovp, (_SMALLEST_LEVEL, rating.max_ocp))


class DP800(BenchSupply):
    """A DP800, whichever the model; its outputs know their own ratings."""

    def __init__(self, transport: Transport, model: str, output: type[ArmedOutput] = Output) -> None:
        if model not in RATINGS:
            raise UsageError(f"no ratings for a {model}", f"known DP800 models: {', '.join(RATINGS)}")
        dialog = Dialog(transport, HINTS)
        outputs = [output(dialog, ch, ranges(rating)) for ch, rating in enumerate(RATINGS[model], start=1)]
        super().__init__(dialog, f"Rigol {model}", rf"RIGOL TECHNOLOGIES,{model}A?(,|$)", outputs)

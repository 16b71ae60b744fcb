"""Keysight bench supplies of the series E36200 (E36233A) and E36300 (E36311A, E36312A, E36313A).

Commands follow the series' programming guides. Each names its output in a list, `(@2)`: without one the selected output
is meant, and the selection is shared by all links.
"""

from __future__ import annotations

from lager.errors import UsageError
from lager_drivers.keysight_e36000.ratings import RATINGS
from lager_drivers.scpi import AMPS, FLAG, SWITCH, VOLTS, Control, Dialog, Kind, Measure, Transport, fixed
from lager_drivers.supply import BenchSupply
from lager_drivers.supply_output import ArmedOutput, OneNumberOutput, SupplyOutput, amps, ocp_levels, ovp_levels, volts

HINTS = {
    -113: "this model or firmware does not know the command: `*IDN?` tells both",
    -221: "something else that is set forbids it: look at the outputs' pairing, tracking and protection levels",
    -222: "the instrument kept its old value; choose one inside the output's rating",
}
# Bits 0 and 1 of the condition; both: unregulated. Others may be set as well (over-temperature, waiting for a trigger)
REGULATION: Kind[str] = Kind("mode", lambda reply: {1: "CC", 2: "CV"}.get(int(reply) & 3, "OFF"), str)
BELOW_GROUND: Kind[float] = Kind("V", lambda reply: -abs(VOLTS.parse(reply)), lambda level: fixed(abs(level)))


class Output(SupplyOutput):
    """What the outputs of both series share, as the programming guides' tables have it."""

    voltage = Control("VOLT? (@{ch})", "VOLT {value},(@{ch})", VOLTS, "Control the setpoint", volts)
    current = Control("CURR? (@{ch})", "CURR {value},(@{ch})", AMPS, "Control the limit", amps)
    enabled = Control("OUTP? (@{ch})", "OUTP {value},(@{ch})", SWITCH, "Control the output")
    regulation = Measure("STAT:QUES:INST:ISUM{ch}:COND?", REGULATION, "Get what the output regulates")
    ovp = Control("VOLT:PROT? (@{ch})", "VOLT:PROT {value},(@{ch})", VOLTS, "Control the OVP trip", ovp_levels)
    ocp_armed = Control("CURR:PROT:STAT? (@{ch})", "CURR:PROT:STAT {value},(@{ch})", SWITCH, "Control if OCP acts")
    ovp_tripped = Measure("VOLT:PROT:TRIP? (@{ch})", FLAG, "Get whether OVP has tripped")
    ocp_tripped = Measure("CURR:PROT:TRIP? (@{ch})", FLAG, "Get whether OCP has tripped")
    clearing_ovp, clearing_ocp = "VOLT:PROT:CLE (@{ch})", "CURR:PROT:CLE (@{ch})"
    measured_voltage = Measure("MEAS:VOLT? (@{ch})", VOLTS, "Measure the voltage at the terminals")
    measured_current = Measure("MEAS:CURR? (@{ch})", AMPS, "Measure the current delivered")

    def is_on(self) -> bool:
        """Get whether the output is on: some firmware still says so of one that has tripped."""
        return self.enabled and not self.tripped()

    def clear_ovp(self) -> None:
        """Clear a trip. Clearing alone gives the output back the state it had: so it is switched off before."""
        if self.ovp_tripped:
            self.send("OUTP OFF,(@{ch})", self.clearing_ovp)

    def clear_ocp(self) -> None:
        """Clear a trip, as `clear_ovp` does."""
        if self.ocp_tripped:
            self.send("OUTP OFF,(@{ch})", self.clearing_ocp)


class E36200(ArmedOutput, Output):
    """An output of the E36200 series: both protections have levels, and can be switched off."""

    ocp = Control("CURR:PROT? (@{ch})", "CURR:PROT {value},(@{ch})", AMPS, "Control the OCP trip", ocp_levels)
    ovp_armed = Control("VOLT:PROT:STAT? (@{ch})", "VOLT:PROT:STAT {value},(@{ch})", SWITCH, "Control if OVP acts")


class E36300(OneNumberOutput, Output):
    """An output of the E36300 series: OVP always acts; OCP, where armed, trips at the current limit itself."""

    ocp = Control("CURR? (@{ch})", "CURR {value},(@{ch})", AMPS, "Control the limit, where OCP trips", ocp_levels)


class BelowGround(E36300):
    """An output whose voltage is negative, as are its levels here; the instrument has those without a sign."""

    ovp = Control("VOLT:PROT? (@{ch})", "VOLT:PROT {value},(@{ch})", BELOW_GROUND, "Control the OVP trip", ovp_levels)


class E36000(BenchSupply):
    """One of both series; its outputs know their own ratings."""

    def __init__(self, transport: Transport, model: str) -> None:
        if model not in RATINGS:
            raise UsageError(f"no ratings for a {model}", f"known models: {', '.join(RATINGS)}")
        dialog, outputs = Dialog(transport, HINTS), []
        for ch, rating in enumerate(RATINGS[model], start=1):
            kind = E36200 if model.startswith("E362") else BelowGround if rating.volts < 0 else E36300
            outputs.append(kind(dialog, ch, rating.ranges))
        super().__init__(dialog, f"Keysight {model}", rf"KEYSIGHT TECHNOLOGIES,{model}(,|$)", outputs)

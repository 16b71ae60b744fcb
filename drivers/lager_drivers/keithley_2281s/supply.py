"""The power supply of a Keithley 2281S. Which function is live is the affair of `instrument`."""

from __future__ import annotations

from lager_drivers.scpi import AMPS, BITS, SWITCH, VOLTS, Control, Dialog, Kind, Measure, quantity, word
from lager_drivers.supply_output import Ranges, Reading, Status, SupplyOutput, amps, ocp_levels, ovp_levels, volts

RANGES = Ranges(volts=(0.0, 20.0), amps=(0.1, 6.1), ovp=(0.5, 21.0), ocp=(0.1, 6.1))
_CC, _CV, _OCP, _OVP, _ON = 1, 2, 4, 8, 64  # bits of the instrument summary register (manual D-16)

# OTP over-temperature, RVS sense leads reversed, OPS sense lead open (manual 7-112)
TRIPS = {"NONE": "", "OVP": "over-voltage", "OCP": "over-current", "OTP": "over-temperature"}
TRIPS |= {"RVS": "reversed-sense", "OPS": "open-sense"}
TRIP: Kind[str] = word("trip", {name: name for name in TRIPS})
_OVP_TRIPPED: Kind[bool] = word("yes/no", {name: name == "OVP" for name in TRIPS})
_OCP_TRIPPED: Kind[bool] = word("yes/no", {name: name == "OCP" for name in TRIPS})


def _part(reply: str, unit: str) -> float:
    """Find a value by its unit, which must be there: alone, a number is the current, whatever was asked for."""
    if unit not in reply:
        raise ValueError(f'no value in {unit}, but :FORM:ELEM may have been changed ("READ,SOUR,UNIT,REL" is usual)')
    return quantity(reply, unit)


def _reading(reply: str) -> Reading:
    volts, amps = _part(reply, "V"), _part(reply, "A")
    return Reading(volts, amps, volts * amps)


def _regulation(condition: int) -> str:
    return "OFF" if not condition & _ON else "CC" if condition & _CC else "CV" if condition & _CV else "OFF"


READING: Kind[Reading] = Kind("V, A, W", _reading, str)
ITS_VOLTS: Kind[float] = Kind("V", lambda reply: _part(reply, "V"), str)
ITS_AMPS: Kind[float] = Kind("A", lambda reply: _part(reply, "A"), str)
REGULATION: Kind[str] = Kind("mode", lambda reply: _regulation(int(reply)), str)


class SupplyFunction(SupplyOutput):
    """The power supply, as the reference manual's tables have it."""

    voltage = Control(":SOUR1:VOLT?", ":SOUR1:VOLT {value}", VOLTS, "Control the setpoint", volts)
    current = Control(":SOUR1:CURR?", ":SOUR1:CURR {value}", AMPS, "Control the limit", amps)
    ovp = Control(":SOUR1:VOLT:PROT?", ":SOUR1:VOLT:PROT {value}", VOLTS, "Control the OVP trip", ovp_levels)
    ocp = Control(":SOUR1:CURR:PROT?", ":SOUR1:CURR:PROT {value}", AMPS, "Control the OCP trip", ocp_levels)
    enabled = Control(":OUTP?", ":OUTP {value}", SWITCH, "Control the output")
    trip = Measure(":OUTP:PROT:TRIP?", TRIP, "Get which protection has tripped")
    ovp_tripped = Measure(":OUTP:PROT:TRIP?", _OVP_TRIPPED, "Get whether OVP has tripped")
    ocp_tripped = Measure(":OUTP:PROT:TRIP?", _OCP_TRIPPED, "Get whether OCP has tripped")
    clearing_ovp = clearing_ocp = ":OUTP:PROT:CLE"
    condition = Measure(":STAT:QUES:INST:ISUM:COND?", BITS, "Get the condition of the output")
    regulation = Measure(":STAT:QUES:INST:ISUM:COND?", REGULATION, "Get what the output regulates")
    # Not :MEAS:CURR?, which is 0 while the instrument sinks current
    measured = Measure(":MEAS:CONC:DC?", READING, "Measure voltage and current at once")
    measured_voltage = Measure(":MEAS:CONC:DC?", ITS_VOLTS, "Measure the voltage at the terminals")
    measured_current = Measure(":MEAS:CONC:DC?", ITS_AMPS, "Measure the current, negative where it sinks")
    continuous = Control(":INIT:CONT?", ":INIT:CONT {value}", SWITCH, "Control whether it goes on measuring")
    reaches_level = False  # it trips at its level, not above it

    def __init__(self, dialog: Dialog) -> None:
        super().__init__(dialog, 1, RANGES)

    def before_measuring(self) -> None:
        """Have it measure: old readings are given otherwise, and the front panel can end it at any time."""
        if not self.continuous:
            self.continuous = True

    def measure(self) -> Reading:
        """Measure voltage and current at once: V, A, W."""
        return self.measured

    def switch_on(self) -> None:
        """Switch the output on, which ends continuous measuring, and go on measuring."""
        self.send(":OUTP ON", ":INIT:CONT ON")

    def tripped(self) -> str:
        """Name the protection that has tripped; empty for none."""
        return TRIPS[self.trip]

    def mode(self) -> str:
        """Get what the output regulates."""
        return self.regulation

    def status(self) -> Status:
        """Get what it is doing: one register tells mode, output and trips."""
        condition = self.condition
        on = bool(condition & _ON)
        return Status(on, _regulation(condition), bool(condition & _OVP), bool(condition & _OCP))

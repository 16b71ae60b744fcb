"""The battery simulator of a Keithley 2281S, as its manual's tables have it. The promises to users are in `battery`."""

from __future__ import annotations

from lager.errors import InstrumentRefused
from lager_drivers.keithley_2281s import model_memory
from lager_drivers.keithley_2281s.models import empty
from lager_drivers.keithley_2281s.supply import TRIP
from lager_drivers.scpi import (
    AMP_HOURS,
    AMPS,
    OHMS,
    PERCENT,
    TEXT,
    VOLTS,
    Control,
    Kind,
    Measure,
    Node,
    word,
)

METHOD: Kind[str] = word("method", {"STAT": "static", "STATIC": "static", "DYN": "dynamic", "DYNAMIC": "dynamic"})
# A battery's output can be disabled, too, which is not on (manual 7-76)
CONNECTED: Kind[bool] = word("on/off", {"ON": True, "OFF": False, "1": True, "0": False, "2": False})


def _sim(tail: str) -> tuple[str, str]:
    return f":BATT:SIM:{tail}?", f":BATT:SIM:{tail} {{value}}"


class BatteryFunction(Node):
    """The battery simulator, as the reference manual's tables have it."""

    method = Control(*_sim("METH"), METHOD, "Control the simulation method")
    soc = Control(*_sim("SOC"), PERCENT, "Control the state of charge", lambda _: (0, 100))
    voc = Control(*_sim("VOC"), VOLTS, "Control the open-circuit voltage", lambda _: (0, 20))
    voltage_full = Control(*_sim("VOC:FULL"), VOLTS, "Control the voltage of a full battery", lambda _: (0, 20))
    voltage_empty = Control(*_sim("VOC:EMPT"), VOLTS, "Control the voltage of an empty battery", lambda _: (0, 20))
    capacity = Control(*_sim("CAP:LIM"), AMP_HOURS, "Control the capacity", lambda _: (0.001, 99))
    current_limit = Control(*_sim("CURR:LIM"), AMPS, "Control the limit", lambda _: (0, 6.1))
    esr_offset = Control(*_sim("RES:OFFS"), OHMS, "Control what is added to the resistance", lambda _: (-100, 100))
    ovp = Control(*_sim("TVOL:PROT"), VOLTS, "Control the OVP trip", lambda _: (0.5, 21))
    ocp = Control(*_sim("CURR:PROT"), AMPS, "Control the OCP trip", lambda _: (0.1, 6.1))
    model = Control(":BATT:MOD:RCL?", ":BATT:MOD:RCL {value}", TEXT, "Control which model is simulated")
    enabled = Measure(":BATT:OUTP?", CONNECTED, "Get whether the battery is connected")
    trip = Measure(":BATT:OUTP:PROT:TRIP?", TRIP, "Get which protection has tripped")
    terminal_voltage = Measure(":BATT:SIM:TVOL?", VOLTS, "Measure the voltage at the terminals")
    measured_current = Measure(":BATT:SIM:CURR?", AMPS, "Measure the current")
    esr = Measure(":BATT:SIM:RES?", OHMS, "Measure the internal resistance")

    def slot(self, number: int) -> model_memory.Slot:
        """Give a slot of the model memory."""
        return model_memory.Slot(self._dialog, number)

    def refuse_empty(self, wanted: str) -> None:
        """Look before a recall: recalling an empty slot is silent, and the model before it stays (field, 01.08b).

        Raises:
            UsageError: It is a slot, and empty.
        """
        if wanted.isdigit() and not self.slot(int(wanted)).saved():
            raise empty(wanted)

    def recall(self, wanted: str) -> str:
        """Recall a model that is there, and give what the instrument calls it now.

        Raises:
            InstrumentRefused: It is another one then.
        """
        self.model = wanted
        found = self.model
        if found.upper().replace("-", "_") == wanted:
            return found
        raise InstrumentRefused(
            f"the 2281S was told to recall the model {wanted} and has {found}", "look at its display, then call again"
        )

"""What the soaked bench is set to, and so what every question about it must be answered with.

No two channels share a value of any kind, so an answer that belongs to another channel, role or question is seen.
"""

from __future__ import annotations

from typing import NamedTuple

KEITHLEY = "Keithley_2281S"
RIGOL = "Rigol_DP821"
LABJACK = "LabJack_T7"


class Channel(NamedTuple):
    """A net: its role, which instrument it is on, and the name `/invoke` has for that instrument in that role."""

    role: str
    instrument: str
    device: str


CHANNELS = {
    "supply1": Channel("power-supply", KEITHLEY, "keithley"),
    "battery1": Channel("battery", KEITHLEY, "keithley_battery"),
    "supply2": Channel("power-supply", RIGOL, "rigol_dp800"),
    "supply3": Channel("power-supply", RIGOL, "rigol_dp800"),
    "adc8": Channel("adc", LABJACK, "labjack"),  # wired to dac1
    "dac1": Channel("dac", LABJACK, "labjack"),
    "dac2": Channel("dac", LABJACK, "labjack"),
}


class Question(NamedTuple):
    """One read, and the answers that are right: within so much of one of `expected`, V or A."""

    net: str
    method: str
    expected: tuple[float, ...]
    within: float = 1e-6

    def accepts(self, value: object) -> bool:
        """Whether an answer is right."""
        return isinstance(value, (int, float)) and any(abs(value - one) <= self.within for one in self.expected)


class Turn(NamedTuple):
    """One setting that one client writes to and fro, and reads back; nobody else writes it."""

    net: str
    write: str
    read: str
    values: tuple[float, float]


TURNS = {
    "supply1": Turn("supply1", "set_current", "get_current_setpoint", (0.75, 0.65)),
    "battery1": Turn("battery1", "current_limit", "current_limit", (0.45, 0.35)),
    "supply2": Turn("supply2", "set_current", "get_current_setpoint", (0.95, 0.85)),
    "supply3": Turn("supply3", "set_current", "get_current_setpoint", (8.5, 8.25)),
    "dac1": Turn("dac1", "output", "get_voltage", (1.625, 1.875)),
}

SETTINGS = [  # in this order: a protection level first, for a setpoint must be below it
    ("supply1", "set_ovp", 11.5),
    ("supply1", "set_ocp", 2.5),
    ("supply1", "set_voltage", 1.25),
    ("battery1", "mode", "static"),
    ("battery1", "ovp", 13.5),
    ("battery1", "ocp", 3.5),
    ("battery1", "capacity", 6.5),
    ("battery1", "voltage_full", 4.0),
    ("battery1", "voltage_empty", 3.25),
    ("supply2", "set_ovp", 33.0),
    ("supply2", "set_ocp", 1.05),
    ("supply2", "set_voltage", 24.0),
    ("supply2", "enable", None),
    ("supply3", "set_ovp", 7.75),
    ("supply3", "set_ocp", 9.5),
    ("supply3", "set_voltage", 5.5),
    ("supply3", "enable", None),
    ("dac2", "output", 2.25),
    *((turn.net, turn.write, turn.values[0]) for turn in TURNS.values()),
]

QUESTIONS = [
    Question("supply1", "get_voltage_setpoint", (1.25,)),
    Question("supply1", "get_ovp_limit", (11.5,)),
    Question("supply1", "get_ocp_limit", (2.5,)),
    Question("battery1", "ovp", (13.5,)),
    Question("battery1", "ocp", (3.5,)),
    Question("battery1", "capacity", (6.5,)),
    Question("battery1", "voltage_full", (4.0,)),
    Question("battery1", "voltage_empty", (3.25,)),
    Question("supply2", "get_voltage_setpoint", (24.0,)),
    Question("supply2", "get_ovp_limit", (33.0,)),
    Question("supply2", "get_ocp_limit", (1.05,)),
    Question("supply2", "voltage", (24.0,), 2e-3),  # measured: 1 kohm draws 24 mA
    Question("supply2", "current", (0.024,), 1e-3),
    Question("supply3", "get_voltage_setpoint", (5.5,)),
    Question("supply3", "get_ovp_limit", (7.75,)),
    Question("supply3", "get_ocp_limit", (9.5,)),
    Question("supply3", "voltage", (5.5,), 2e-3),  # 10 ohm draw 0.55 A
    Question("supply3", "current", (0.55,), 1e-3),
    Question("dac2", "get_voltage", (2.25,), 1e-3),
    Question("adc8", "input", TURNS["dac1"].values, 1e-3),
    *(Question(turn.net, turn.read, turn.values, 1e-3) for turn in TURNS.values()),
]

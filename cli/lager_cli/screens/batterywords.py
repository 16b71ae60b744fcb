"""What can be typed into the screen of a battery simulator, and how its readings are laid out."""

from __future__ import annotations

from lager_cli.screens.picture import Kind, Plotted, Setting
from lager_cli.screens.vocabulary import Value, Vocabulary, Word
from lager_cli.units import AMP_HOURS, AMPS, PERCENT, VOLTS

_MODE = Value("static|dynamic", None, "mode_type", ("static", "dynamic"))
_MODEL = Value("MODEL", None, "partnumber")
_VOLTS, _AMPS = Value("VOLTS", VOLTS), Value("AMPS", AMPS)
_VOLTAGE, _CURRENT = Plotted("terminal_voltage", "Voltage", "V"), Plotted("current", "Current", "A")

BATTERY = Kind(
    title="BatteryTUI",
    role="battery",
    words=Vocabulary(
        {
            "soc": Word("soc", "set the state of charge, or show it", Value("PERCENT", PERCENT)),
            "voc": Word("voc", "set the open-circuit voltage, or show it", _VOLTS),
            "batt-full": Word("batt_full", "set the voltage of a full battery, or show it", _VOLTS),
            "batt-empty": Word("batt_empty", "set the voltage of an empty battery, or show it", _VOLTS),
            "capacity": Word("capacity", "set the capacity, or show it", Value("AMP-HOURS", AMP_HOURS)),
            "current-limit": Word("current_limit", "set the current limit, or show it", _AMPS),
            "ovp": Word("ovp", "set the over-voltage protection, or show it", _VOLTS),
            "ocp": Word("ocp", "set the over-current protection, or show it", _AMPS),
            "mode": Word("mode", "set how it simulates, or show it", _MODE),
            "model": Word("model", "recall a model by its slot or name, or show it", _MODEL),
            "enable": Word("enable", "connect the simulated battery"),
            "disable": Word("disable", "disconnect it"),
            "set": Word("set", "bring the instrument into its battery mode"),
            "state": Word("state", "show the state in one line"),
            "clear-ovp": Word("clear_ovp", "clear a tripped over-voltage protection"),
            "clear-ocp": Word("clear_ocp", "clear a tripped over-current protection"),
            "clear-protection": Word("clear", "clear all that has tripped"),
        },
        also={"clear-prot": "clear-protection"},
    ),
    big=(
        Plotted("terminal_voltage", "Voltage", "V"),
        Plotted("current", "Current", "A"),
        Plotted("soc", "Charge", "%", "5.1f"),
    ),
    plotted=(Plotted("terminal_voltage", "Voltage", "V"), Plotted("current", "Current", "A")),
    settings=(
        (
            Setting("VOC", (("voc", "V"),)),
            Setting("Capacity", (("capacity", "Ah"),)),
            Setting("ESR", (("esr", "ohm"),)),
            Setting("Model", (("model", ""),)),
        ),
        (
            Setting("Full", (("volt_full", "V"),)),
            Setting("Empty", (("volt_empty", "V"),)),
            Setting("Current limit", (("current_limit", "A"),)),
        ),
    ),
)

"""What can be typed into the screen of a supply, and how its readings are laid out."""

from __future__ import annotations

from lager_cli.screens.picture import Kind, Plotted, Setting
from lager_cli.screens.vocabulary import Value, Vocabulary, Word
from lager_cli.units import AMPS, VOLTS

_VOLTS, _AMPS = Value("VOLTS", VOLTS), Value("AMPS", AMPS)
_VOLTAGE, _CURRENT = Plotted("voltage", "Voltage", "V"), Plotted("current", "Current", "A")

SUPPLY = Kind(
    title="SupplyTUI",
    role="power-supply",
    words=Vocabulary(
        {
            "voltage": Word("voltage", "set the voltage (3.3, 3300mV), or show what is set", _VOLTS),
            "current": Word("current", "set the current limit (0.5, 500mA), or show it", _AMPS),
            "ovp": Word("ovp", "set the over-voltage protection and arm it, or show it", _VOLTS),
            "ocp": Word("ocp", "set the over-current protection and arm it, or show it", _AMPS),
            "enable": Word("enable", "switch the output on"),
            "disable": Word("disable", "switch the output off"),
            "state": Word("state", "show the state in one line"),
            "clear-ovp": Word("clear_ovp", "clear a tripped over-voltage protection"),
            "clear-ocp": Word("clear_ocp", "clear a tripped over-current protection"),
        }
    ),
    big=(_VOLTAGE, _CURRENT, Plotted("power", "Power", "W")),
    plotted=(_VOLTAGE, _CURRENT),
    settings=(
        (
            Setting("Set", (("voltage_set", "V"), ("current_set", "A"))),
            Setting("Hardware max", (("voltage_max", "V"), ("current_max", "A")), maximum=True),
        ),
    ),
)

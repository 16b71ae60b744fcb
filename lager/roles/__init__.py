"""What a net of each role can do: the one contract drivers, workers and proxies are held to.

A driver's channel satisfies the protocol of its role; the worker calls only names that stand here; the proxy a script
gets has the same methods. Numbers are SI units. Which calls may be sent twice is marked in the contracts (`reading`).
"""

from __future__ import annotations

from typing import Any

from lager.roles.analog import ADC, DAC
from lager.roles.battery import Battery, BatteryCurve, BatteryModel, BatteryState
from lager.roles.eload import ELoad, ELoadState
from lager.roles.gpio import GPIO
from lager.roles.power_supply import PowerSupply, SupplyLimits, SupplyState
from lager.roles.reading import only_reads
from lager.roles.scope import Scope, ScopeCursors, ScopeState, Waveform
from lager.roles.thermocouple import Thermocouple

__all__ = [
    "ADC",
    "CONTRACTS",
    "DAC",
    "GPIO",
    "Battery",
    "BatteryCurve",
    "BatteryModel",
    "BatteryState",
    "ELoad",
    "ELoadState",
    "PowerSupply",
    "Scope",
    "ScopeCursors",
    "ScopeState",
    "SupplyLimits",
    "SupplyState",
    "Thermocouple",
    "Waveform",
    "methods",
    "reads_only",
]

CONTRACTS: dict[str, type] = {
    "power-supply": PowerSupply,
    "battery": Battery,
    "eload": ELoad,
    "adc": ADC,
    "dac": DAC,
    "gpio": GPIO,
    "thermocouple": Thermocouple,
    "scope": Scope,
}


def methods(role: str) -> frozenset[str]:
    """Name the calls a role's contract allows; KeyError for a role no driver serves."""
    return frozenset(name for name in vars(CONTRACTS[role]) if not name.startswith("_"))


def reads_only(role: str, method: str, args: list[Any]) -> bool:
    """Decide whether a call only reads, so that it may be sent twice."""
    return only_reads(vars(CONTRACTS[role]).get(method), bare=not args)

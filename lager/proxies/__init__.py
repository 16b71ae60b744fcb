"""What a script holds of a net: one class for each role, with the methods of its contract in `lager.roles`.

A proxy has no state of the instrument and no property that talks to it: looking at one (repr, completion, a debugger)
costs nothing and disturbs nothing. Every method is one call to the net's worker, safe from any thread. Names of older
scripts (`set_soc`, `enable_battery`) are kept here, and only here.
"""

from __future__ import annotations

from lager.proxies.analog import ADC, DAC
from lager.proxies.battery import Battery
from lager.proxies.eload import ELoad
from lager.proxies.gpio import GPIO
from lager.proxies.power_supply import PowerSupply
from lager.proxies.proxy import Proxy
from lager.proxies.scope import Scope
from lager.proxies.thermocouple import Thermocouple

__all__ = ["ADC", "DAC", "GPIO", "PROXIES", "Battery", "ELoad", "PowerSupply", "Proxy", "Scope", "Thermocouple"]

PROXIES: dict[str, type[Proxy]] = {
    "power-supply": PowerSupply,
    "battery": Battery,
    "eload": ELoad,
    "adc": ADC,
    "dac": DAC,
    "gpio": GPIO,
    "thermocouple": Thermocouple,
    "scope": Scope,
}

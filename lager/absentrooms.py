"""Rooms of the released Lager that are not here: what each had in it, and what a script imports instead. Pure."""

from __future__ import annotations

# What it was for, and one of the nets that give that here.
ROOMS = {
    "automation": ("USB hubs, arms, cameras and Wi-Fi", "'usb1', NetType.Usb"),
    "debug": ("debug probes", "'debug1', NetType.Debug"),
    "dispatchers": ("its commands", "'supply1', NetType.PowerSupply"),
    "instrument_wrappers": ("instruments", "'supply1', NetType.PowerSupply"),
    "io": ("ADCs, DACs and GPIO", "'adc1', NetType.ADC"),
    "measurement": ("thermocouples, watt meters and oscilloscopes", "'temp1', NetType.Thermocouple"),
    "power": ("supplies, batteries and loads", "'supply1', NetType.PowerSupply"),
    "protocols": ("UART, BLE, Wi-Fi, I2C and SPI", "'uart1', NetType.UART"),
}


def refusal(name: str) -> ModuleNotFoundError:
    """Give the error for one of them, or for what was inside of it.

    Args:
        name: Of the module, in full: `lager.power.supply`.
    """
    held, net = ROOMS[name.split(".")[1]]
    return ModuleNotFoundError(
        f"no module named {name!r} here: the released Lager had its code for {held} in it\n"
        f"  Try: from lager import Net, NetType; then Net.get({net}) gives what is on the bench, and of types that are "
        "not served here it says what there is instead",
        name=name,
    )

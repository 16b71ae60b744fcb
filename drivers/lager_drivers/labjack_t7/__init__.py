"""LabJack T7: analog inputs and outputs, digital lines, thermocouples; over Modbus TCP."""

from lager_drivers.entry import Entry
from lager_drivers.labjack_t7.instrument import ROLES, T7

INSTRUMENTS = (
    Entry(
        name="LabJack_T7",
        link="modbus",
        roles=ROLES,
        driver=T7,
        simulator="lager_drivers.labjack_t7.simulator:simulate",
        aliases=("labjack", "labjack_t7"),
        devices=dict.fromkeys(("labjack", "labjack_t7"), ("adc", "dac", "gpio", "thermocouple")),
        usb=((0x0CD5, 0x0007, ""),),
    ),
)

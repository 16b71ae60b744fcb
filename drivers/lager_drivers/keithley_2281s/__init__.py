"""Keithley 2281S-20-6: a power supply and a battery simulator on the same terminals."""

from lager_drivers.entry import Entry
from lager_drivers.keithley_2281s.instrument import K2281S, ROLES

INSTRUMENTS = (
    Entry(
        name="Keithley_2281S",
        link="visa",
        roles=ROLES,
        driver=K2281S,
        simulator="lager_drivers.keithley_2281s.simulator:simulate",
        aliases=("keithley", "keithley_battery"),
        devices={"keithley": ("power-supply",), "keithley_battery": ("battery",)},
        one_role_at_a_time=True,
        usb=((0x05E6, 0x2281, ""),),
    ),
)

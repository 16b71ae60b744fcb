"""Rigol DM3058 and DM3058E bench multimeters, as voltmeters: DC, and the rms of AC."""

from lager_drivers.entry import Entry
from lager_drivers.rigol_dm3058.meter import DM3058, ROLES

INSTRUMENTS = (
    Entry(
        name="Rigol_DM3058",
        link="visa",
        roles=ROLES,
        driver=DM3058,
        simulator="lager_drivers.rigol_dm3058.simulator:simulate",
        aliases=("Rigol_DM3058E",),
        usb=((0x1AB1, 0x09C4, ""),),
    ),
)

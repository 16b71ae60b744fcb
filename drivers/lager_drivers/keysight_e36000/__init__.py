"""Keysight E36200 and E36300 bench supplies: E36233A, E36311A, E36312A, E36313A."""

import functools

from lager_drivers.entry import Entry
from lager_drivers.keysight_e36000.ratings import RATINGS, USB_PRODUCTS
from lager_drivers.keysight_e36000.supply import E36000
from lager_drivers.supply import roles

INSTRUMENTS = tuple(
    Entry(
        name=f"KEYSIGHT_{model}",
        link="visa",
        roles=roles(outputs),
        driver=functools.partial(E36000, model=model),
        simulator="lager_drivers.keysight_e36000.simulator:simulate",
        devices={"keysight_e36000": ("power-supply",)},
        usb=((0x2A8D, USB_PRODUCTS[model], ""),),
    )
    for model, outputs in RATINGS.items()
)

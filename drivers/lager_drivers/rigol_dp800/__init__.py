"""Rigol DP800 bench supplies: DP811, DP821, DP831, DP832."""

import functools

from lager_drivers.entry import Entry
from lager_drivers.rigol_dp800.dp811 import TwoRangeOutput
from lager_drivers.rigol_dp800.ratings import RATINGS, USB_PRODUCTS
from lager_drivers.rigol_dp800.supply import DP800, Output
from lager_drivers.supply import roles

INSTRUMENTS = tuple(
    Entry(
        name=f"Rigol_{model}",
        link="visa",
        roles=roles(outputs),
        driver=functools.partial(DP800, model=model, output=TwoRangeOutput if model == "DP811" else Output),
        simulator="lager_drivers.rigol_dp800.simulator:simulate",
        devices={"rigol_dp800": ("power-supply",)},
        usb=((0x1AB1, USB_PRODUCTS[model], "DP8"),),
    )
    for model, outputs in RATINGS.items()
)

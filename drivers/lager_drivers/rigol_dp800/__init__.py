"""Rigol DP800 bench supplies: DP811, DP821, DP831, DP832."""

import functools

from lager_drivers.entry import Entry
from lager_drivers.rigol_dp800.ratings import RATINGS
from lager_drivers.rigol_dp800.supply import DP800, roles

INSTRUMENTS = tuple(
    Entry(
        name=f"Rigol_{model}",
        link="visa",
        roles=roles(model),
        driver=functools.partial(DP800, model=model),
        simulator="lager_drivers.rigol_dp800.simulator:simulate",
        devices={"rigol_dp800": ("power-supply",)},
    )
    for model in RATINGS
)

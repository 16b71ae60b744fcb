"""Rigol DL3000 electronic loads: DL3021, DL3031, and their A models."""

import functools

from lager_drivers.entry import Entry
from lager_drivers.rigol_dl3000.load import DL3000, ROLES
from lager_drivers.rigol_dl3000.ratings import RATINGS

INSTRUMENTS = tuple(
    Entry(
        name=f"Rigol_{model}",
        link="visa",
        roles=ROLES,
        driver=functools.partial(DL3000, model=model),
        simulator="lager_drivers.rigol_dl3000.simulator:simulate",
        aliases=("rigol_dl3000",) if model == "DL3021" else (),
        devices={"rigol_dl3021": ("eload",), "rigol_dl3000": ("eload",)},
        usb=((0x1AB1, 0x0E11, "DL3"),),
    )
    for model in RATINGS
)

"""Rigol MSO5000 oscilloscopes: MSO5072, MSO5074, MSO5102, MSO5104, MSO5204, MSO5354.

`Rigol_MS05204`, with a zero, is what released bench files call every scope of this family.
"""

import functools

from lager_drivers.entry import Entry
from lager_drivers.rigol_mso5000.instrument import MSO5000, roles
from lager_drivers.rigol_mso5000.models import MODELS

_RELEASED = "MSO5204"

INSTRUMENTS = tuple(
    Entry(
        name="Rigol_MS05204" if model == _RELEASED else f"Rigol_{model}",
        link="visa",
        roles=roles(model),
        driver=functools.partial(MSO5000, model=model),
        simulator="lager_drivers.rigol_mso5000.simulator:simulate",
        aliases=("Rigol_MSO5204", "rigol_mso5000") if model == _RELEASED else (),
        devices={"rigol_mso5000": ("scope",)},
        usb=((0x1AB1, 0x0515, ""),),
    )
    for model in MODELS
)

"""What each MSO5000 can do: channels, bandwidth limits and fastest timebase. Data, no code.

Source: the series' data as sigrok's and scopehal's drivers have it; the same for all: 8 bit, 8 x 10 divisions.
"""

from __future__ import annotations

from typing import NamedTuple


class Model(NamedTuple):
    """One model.

    Attributes:
        channels: Analog channels.
        limits: Bandwidth limits there are, Hz.
        fastest: Shortest time per division, s.
    """

    channels: int
    limits: tuple[float, ...]
    fastest: float


MODELS: dict[str, Model] = {
    "MSO5072": Model(2, (20e6,), 5e-9),
    "MSO5074": Model(4, (20e6,), 5e-9),
    "MSO5102": Model(2, (20e6,), 5e-9),
    "MSO5104": Model(4, (20e6,), 5e-9),
    "MSO5204": Model(4, (20e6, 100e6), 2e-9),
    "MSO5354": Model(4, (20e6, 100e6, 200e6), 1e-9),
}
SLOWEST = 1000.0  # s per division
# Points; what of it can be had depends on the channels that are shown, and on an option (200 million)
DEPTHS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 200_000_000)

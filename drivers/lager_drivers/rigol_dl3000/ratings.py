"""What each DL3000 can take: the data sheet's ranges, low one first. Data, no code."""

from __future__ import annotations

from typing import NamedTuple

from lager_drivers.eload import Span


class Rating(NamedTuple):
    """One model.

    Attributes:
        amps: The ranges of constant current, A.
        volts: The ranges of constant voltage, V.
        ohms: The ranges of constant resistance, ohm.
        watts: The one range of constant power, W.
        slew: The fastest change in each range of constant current, A/us.
        most_volts: The highest over-voltage protection level, which is where it is after power-on, V.
        most_amps: The same of over-current, A.
    """

    amps: tuple[Span, Span]
    volts: tuple[Span, Span]
    ohms: tuple[Span, Span]
    watts: Span
    slew: tuple[float, float]
    most_volts: float
    most_amps: float


def _rating(amps: float, watts: float, slew: float, most_amps: float) -> Rating:
    return Rating(
        amps=(Span(0, amps / 10), Span(0, amps)),
        volts=(Span(0, 15), Span(0, 150)),
        ohms=(Span(0.08, 15), Span(2, 15000)),
        watts=Span(0, watts),
        slew=(0.3, slew),
        most_volts=155,
        most_amps=most_amps,
    )


# Slew: 0.24 was taken and 0.5 refused in a DL3021A's low range, whose transients had 0.3 as their MAX (field report);
# of the high ranges nothing was measured: what the data sheet has. 44 A is what 70 A is to the DL3031 (guessed).
RATINGS: dict[str, Rating] = {
    "DL3021": _rating(40, 200, 2.5, 44),
    "DL3021A": _rating(40, 200, 3, 44),
    "DL3031": _rating(60, 350, 2.5, 70),
    "DL3031A": _rating(60, 350, 5, 70),
}

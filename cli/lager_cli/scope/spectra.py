"""The spectrum of a trace: amplitudes (V, of a sine's peak) by frequency. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_FLOOR = 0.01  # of the strongest: what is below is not shown as a peak


def spectrum(volts: npt.NDArray[np.float64], seconds: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give frequencies (Hz) and amplitudes (V) of samples that lie so many s apart; their mean is left out.

    A Hann window keeps what does not fit the length of the trace from smearing over all of it.
    """
    window = np.hanning(len(volts))
    found = np.abs(np.fft.rfft((volts - volts.mean()) * window)) * 2 / window.sum()
    return np.fft.rfftfreq(len(volts), seconds).astype(np.float64), found.astype(np.float64)


def peaks(hertz: npt.NDArray[np.float64], volts: npt.NDArray[np.float64], most: int) -> list[tuple[float, float]]:
    """Give the strongest peaks, the strongest first."""
    inner = volts[1:-1]
    at = 1 + np.flatnonzero((inner > volts[:-2]) & (inner >= volts[2:]) & (inner >= _FLOOR * volts.max()))
    strongest = sorted(at.tolist(), key=lambda one: -volts[one])[:most]
    return [(float(hertz[one]), float(volts[one])) for one in strongest]

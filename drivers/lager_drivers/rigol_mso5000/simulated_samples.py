"""The samples of a simulated MSO5000's record: codes of its 8-bit ADC. Imports numpy: import it only when needed.

The front end's bandwidth is one pole. The ADC reaches 5.12 divisions up and down from the middle, 25 codes each, and
clips there. The noise of a sample in the memory is always the same, however it is read.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lager_drivers.rigol_mso5000.simulated_acquisition import Record
from lager_drivers.rigol_mso5000.simulated_input import Front
from lager_drivers.rigol_mso5000.simulated_timebase import POINTS, View
from lager_drivers.simulated.signals import Signal

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]

REFERENCE, PER_DIVISION = 128, 25  # codes

_BLOCK = 1 << 16  # samples of the memory that are made together
_SCREEN, _ANALYSIS = 1 << 40, 1 << 41  # seeds of noise, apart from those of the memory's blocks
_SETTLED = 6.0  # time constants


def increment(front: Front) -> float:
    """Give how many volts one code is."""
    return front.scale / PER_DIVISION


def origin(front: Front) -> int:
    """Give how many codes the offset is."""
    return round(front.offset / increment(front))


def volts(front: Front, codes: Codes) -> Floats:
    """Give what codes stand for, V."""
    return (codes.astype(np.float64) - origin(front) - REFERENCE) * increment(front)


def memory(record: Record, channel: str, first: int, count: int) -> Codes:
    """Give samples of the memory, from number `first` (of 0)."""
    count = max(0, min(count, record.window.depth - first))
    parts = []
    for block in range(first // _BLOCK, (first + count - 1) // _BLOCK + 1 if count else 0):
        start = block * _BLOCK
        times = record.window.start + np.arange(start, start + _BLOCK) / record.window.rate
        codes = _codes(record, channel, times, block)
        parts.append(codes[max(0, first - start) : first + count - start])
    return np.concatenate(parts) if parts else np.zeros(0, np.uint8)


def screen(record: Record, channel: str, view: View) -> tuple[float, Codes]:
    """Give the points on the screen, as many as the memory has something for, and the time of the first, s."""
    step = view.scale / 100
    first = max(0, math.ceil((record.window.start - view.start) / step - 1e-6))
    last = min(POINTS - 1, math.floor((record.window.end - view.start) / step + 1e-6))
    times = view.start + np.arange(first, last + 1, dtype=np.float64) * step
    if step * record.window.rate > 0.999:
        return view.start + first * step, _codes(record, channel, times, _SCREEN)
    begin = max(0, math.floor((times[0] - record.window.start) * record.window.rate)) if len(times) else 0
    known = memory(record, channel, begin, math.ceil(10 * view.scale * record.window.rate) + 2)
    at = record.window.start + (begin + np.arange(len(known))) / record.window.rate
    return view.start + first * step, np.round(np.interp(times, at, known)).astype(np.uint8)


def analysed(record: Record, channel: str, view: View, most: int) -> tuple[Floats, Floats]:
    """Give times (s after the trigger) and voltages of what is on the screen, `most` samples of the memory at most."""
    window = record.window
    begin = max(0, math.ceil((view.start - window.start) * window.rate - 1e-6))
    end = min(window.depth, math.floor((view.end - window.start) * window.rate + 1e-6))
    every = max(1, math.ceil((end - begin) / most))
    times = window.start + np.arange(begin, end, every) / window.rate
    return times, volts(record.fronts[channel], _codes(record, channel, times, _ANALYSIS))


def _codes(record: Record, channel: str, times: Floats, stream: int) -> Codes:
    """Convert the voltages at evenly spaced times (s after the trigger)."""
    front = record.fronts[channel]
    if not len(times):
        return np.zeros(0, np.uint8)
    found = _limited(record, front, times)
    rng = np.random.default_rng((record.seed, stream, *channel.encode()))
    found = found + rng.standard_normal(len(times)) * (front.noise / record.quiet)
    return np.clip(np.round(found / increment(front)) + origin(front) + REFERENCE, 0, 255).astype(np.uint8)


def _limited(record: Record, front: Front, times: Floats) -> Floats:
    """Give what passes the front end."""
    step = float(times[1] - times[0]) if len(times) > 1 else math.inf
    constant = 1 / (2 * math.pi * front.bandwidth)
    if step > constant:
        return _volts(record, front, times)
    lead = math.ceil(_SETTLED * constant / step)
    early = times[0] - step * np.arange(lead, 0, -1)
    kernel = np.exp(-np.arange(lead + 1) * step / constant)
    whole = _volts(record, front, np.concatenate((early, times)))
    return np.convolve(whole, kernel / kernel.sum(), "valid")


def _volts(record: Record, front: Front, times: Floats) -> Floats:
    """Give what is at the input, as the channel shows it, without noise."""
    offsets = record.trigger + times
    found = np.zeros(len(times))
    for begin, end, piece in front.stretches(record.origin, float(offsets[0]), float(offsets[-1])):
        first, last = np.searchsorted(offsets, (begin, end), "left")
        last = len(offsets) if end >= offsets[-1] else last
        slope, constant = front.line(piece)
        phases = (piece.signal.phase(record.origin) + offsets[first:last]) % piece.signal.period
        found[first:last] = slope * np.interp(phases, *_knots(piece.signal)) + constant
    return found


@lru_cache(maxsize=16)
def _knots(signal: Signal) -> tuple[Floats, Floats]:
    return np.array(signal.times), np.array(signal.levels)

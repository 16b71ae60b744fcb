"""What a simulated MSO5000 gets at one input, and sees through its front end. Samples are made elsewhere.

An input remembers what it was wired to and when that changed, so a supply that is switched on is an edge. Times are
pairs: an origin (s on the bench's clock) and an offset from it, because nanoseconds are lost in a clock of hours.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from lager_drivers.simulated.signals import Signal, steady

_REMEMBERED = 500  # changes
_STEADY = steady(1.0)
_FOREVER = -1e12  # s; before everything


class Piece(NamedTuple):
    """What an input gets from a time on: a signal, and the part of it that arrives."""

    start: float
    signal: Signal
    part: float


class Edge(NamedTuple):
    """When a channel crosses a level: s after the origin, and whether upwards."""

    at: float
    rising: bool


class Stretch(NamedTuple):
    """Where edges are looked for.

    Attributes:
        origin: s on the clock.
        start: Offset, s.
        stop: Offset, s.
        changes_since: Offset before which changes of what is wired do not count, s.
        newest: Whether of many edges the last ones are wanted, not the first.
        most: How much of it is looked through, s.
    """

    origin: float
    start: float
    stop: float
    changes_since: float
    newest: bool
    most: float


class Input:
    """One input and its past."""

    def __init__(self) -> None:
        self._pieces: deque[Piece] = deque(maxlen=_REMEMBERED)

    def note(self, now: float, signal: tuple[Signal, float] | None, volts: float | None) -> None:
        """Note what is there now: a signal, or a steady voltage (V), or nothing. The first was always there."""
        found, part = signal or (_STEADY, volts or 0.0)
        if not self._pieces:
            self._pieces.append(Piece(_FOREVER, found, part))
        last = self._pieces[-1]
        if last.signal is not found or last.part != part:
            self._pieces.append(Piece(now, found, part))

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Get all that is remembered, oldest first."""
        return tuple(self._pieces)


@dataclass(frozen=True)
class Front:
    """One channel's front end, as it stands at one time.

    Attributes:
        pieces: What its input gets.
        gain: From the input to what is shown; negative where it is inverted.
        coupling: DC, AC or GND.
        scale: V/div.
        offset: V.
        noise: rms, V.
        bandwidth: Hz.
    """

    pieces: tuple[Piece, ...]
    gain: float
    coupling: str
    scale: float
    offset: float
    noise: float
    bandwidth: float

    def line(self, piece: Piece) -> tuple[float, float]:
        """Give slope and constant (V) that make volts on the channel of a signal's."""
        if self.coupling == "GND":
            return 0.0, 0.0
        slope = self.gain * piece.part
        return slope, -slope * piece.signal.mean if self.coupling == "AC" else 0.0

    def extremes(self) -> tuple[float, float]:
        """Give the least and the greatest voltage of what is wired now, V."""
        piece = self.pieces[-1]
        slope, constant = self.line(piece)
        ends = [slope * level + constant for level in (min(piece.signal.levels), max(piece.signal.levels))]
        return min(ends), max(ends)

    @property
    def period(self) -> float:
        """Get the longest period of all there is, s; 0 where nothing repeats."""
        return max((piece.signal.period for piece in self.pieces if not piece.signal.steady), default=0.0)

    def stretches(self, origin: float, start: float, stop: float) -> list[tuple[float, float, Piece]]:
        """Give which piece is there from when to when, in offsets from the origin, s."""
        found = []
        for number, piece in enumerate(self.pieces):
            begin = piece.start - origin
            end = self.pieces[number + 1].start - origin if number + 1 < len(self.pieces) else math.inf
            if begin <= stop and end > start:
                found.append((max(begin, start), min(end, stop), piece))
        return found

    def volts(self, piece: Piece, origin: float, offset: float) -> float:
        """Give the voltage at a time within a piece, V."""
        slope, constant = self.line(piece)
        return slope * piece.signal.level(piece.signal.phase(origin) + offset) + constant

    def edges(self, level: float, where: Stretch) -> list[Edge]:
        """Find when it crosses a level (V), in order."""
        found: list[Edge] = []
        before: Piece | None = None
        for begin, end, piece in self.stretches(where.origin, where.start, where.stop):
            if before is not None and begin >= where.changes_since:
                found += self._jump(level, where.origin, begin, (before, piece))
            if where.newest:
                begin = max(begin, end - where.most)
            else:
                end = min(end, begin + where.most)
            found += self._waves(level, where.origin, (begin, end), piece)
            before = piece
        return found

    def _jump(self, level: float, origin: float, at: float, pieces: tuple[Piece, Piece]) -> list[Edge]:
        left, right = (self.volts(piece, origin, at) for piece in pieces)
        return [Edge(at, right > left)] if left < level <= right or left > level >= right else []

    def _waves(self, level: float, origin: float, between: tuple[float, float], piece: Piece) -> list[Edge]:
        slope, constant = self.line(piece)
        if slope == 0.0 or piece.signal.steady:
            return []
        (begin, end), period, now = between, piece.signal.period, piece.signal.phase(origin)
        crossings = piece.signal.crossings((level - constant) / slope)
        found = []
        for turn in range(math.floor((begin + now) / period), math.floor((end + now) / period) + 1):
            for phase, rising in crossings:
                at = turn * period + phase - now
                if begin <= at < end:
                    found.append(Edge(at, rising == (slope > 0)))
        return found

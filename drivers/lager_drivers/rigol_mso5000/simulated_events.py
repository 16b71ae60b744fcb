"""When each type of trigger fires, worked out from when channels cross levels. Pure, and without any setting's name.

Times are offsets from one origin, s; edges come in order. What fires is given in order too.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lager_drivers.rigol_mso5000.simulated_input import Edge


class Limits(NamedTuple):
    """Whether a time fires: greater or less than a limit, between the two or outside (GRE, LESS, GLES, GOUT); s."""

    when: str
    lower: float
    upper: float

    def meet(self, seconds: float) -> bool:
        """Compare."""
        match self.when:
            case "GRE":
                return seconds > self.lower
            case "LESS":
                return seconds < self.upper
            case "GLES":
                return self.lower < seconds < self.upper
            case "GOUT" | "UNGL":
                return not self.lower < seconds < self.upper
        return True  # NONE


def chosen(edges: Iterable[Edge], slope: str) -> list[Edge]:
    """Keep the edges of a slope: POS, NEG, or both."""
    return [edge for edge in edges if slope == "RFAL" or edge.rising == (slope == "POS")]


def pulses(edges: Sequence[Edge], polarity: str, limits: Limits) -> list[float]:
    """Fire where a pulse ends whose width meets the limits."""
    return [
        end.at
        for start, end in itertools.pairwise(edges)
        if start.rising == (polarity == "POS") and end.rising != start.rising and limits.meet(end.at - start.at)
    ]


def slopes(lower: Sequence[Edge], upper: Sequence[Edge], polarity: str, limits: Limits) -> list[float]:
    """Fire where an edge is through both levels, and took a time that meets the limits."""
    rising = polarity == "POS"
    first, second = (lower, upper) if rising else (upper, lower)
    found, start = [], None
    for edge, ends in _merged(first, second):
        if edge.rising != rising:
            start = None
        elif not ends:
            start = edge.at
        elif start is not None:
            if limits.meet(edge.at - start):
                found.append(edge.at)
            start = None
    return found


def timeouts(edges: Sequence[Edge], slope: str, seconds: float) -> list[float]:
    """Fire when nothing has crossed for that long after an edge of a slope."""
    wanted = set(chosen(edges, slope))
    return [
        one.at + seconds for one, after in itertools.pairwise(edges) if one in wanted and after.at - one.at > seconds
    ]


def runts(lower: Sequence[Edge], upper: Sequence[Edge], polarity: str, limits: Limits) -> list[float]:
    """Fire where a pulse ends that crossed one level, but not the other."""
    near, far = (lower, upper) if polarity == "POS" else (upper, lower)
    outwards = polarity == "POS"
    found, start = [], None
    for edge, is_far in _merged(near, far):
        if is_far:
            start = None
        elif edge.rising == outwards:
            start = edge.at
        elif start is not None and limits.meet(edge.at - start):
            found.append(edge.at)
            start = None
    return found


def windows(lower: Sequence[Edge], upper: Sequence[Edge], position: str, seconds: float) -> list[Edge]:
    """Fire at entering or leaving the window between two levels, or after having been in it for a time."""
    merged = _merged(lower, upper)
    if position == "EXIT":
        return [edge for edge, is_upper in merged if edge.rising == is_upper]
    inside = [(edge, number) for number, (edge, is_upper) in enumerate(merged) if edge.rising != is_upper]
    if position == "ENT":
        return [edge for edge, _ in inside]
    return [
        Edge(edge.at + seconds, edge.rising)
        for edge, number in inside
        if number + 1 < len(merged) and merged[number + 1][0].at - edge.at > seconds
    ]


def nth_edges(edges: Sequence[Edge], slope: str, idle: float, number: int) -> list[float]:
    """Fire at the so-manieth edge of a slope after nothing has crossed for a time."""
    found, count = [], 0
    for before, edge in itertools.pairwise(edges):
        if edge.at - before.at > idle:
            count = 1
        if count and chosen([edge], slope):
            if count == number:
                found.append(edge.at)
            count += 1
    return found


def delays(first: Sequence[Edge], second: Sequence[Edge], limits: Limits) -> list[float]:
    """Fire at an edge of the second that follows one of the first by a time that meets the limits."""
    found, start = [], None
    for edge, is_second in _merged(first, second):
        if not is_second:
            start = edge.at
        elif start is not None:
            if limits.meet(edge.at - start):
                found.append(edge.at)
            start = None
    return found


def violations(data: Sequence[Edge], clock: Sequence[Edge], setup: float | None, hold: float | None) -> list[float]:
    """Fire where data changes too shortly before a clock edge, or after it; None for what does not matter; s."""
    found: list[float] = []
    changed = clocked = float("-inf")
    for edge, is_clock in _merged(data, clock):
        if is_clock:
            clocked = edge.at
            if setup is not None and clocked - changed < setup:
                found.append(clocked)
        else:
            changed = edge.at
            if hold is not None and changed - clocked < hold:
                found.append(changed)
    return found


class Line(NamedTuple):
    """One line of a pattern: H, L, R or F, whether it is high at first, and its edges."""

    wanted: str
    high: bool
    edges: Sequence[Edge]


def patterns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Give from when to when all lines are as wanted; of an R or an F line its edge is the start."""
    high = [line.high for line in lines]
    changes = sorted((edge.at, number, edge.rising) for number, line in enumerate(lines) for edge in line.edges)
    found: list[tuple[float, float]] = []
    start: float | None = None
    for at, number, rising in changes:
        high[number] = rising
        matches = all(_fits(line.wanted, high[one], one == number) for one, line in enumerate(lines))
        if matches and start is None:
            start = at
        elif not matches and start is not None:
            found.append((start, at))
            start = None
    return found


def _fits(wanted: str, high: bool, changed: bool) -> bool:
    return (high if wanted in "HR" else not high) and (changed or wanted in "HL")


class Frame(NamedTuple):
    """One frame of a serial line: where it starts (s), what it carries, and whether its stop bit is one."""

    start: float
    data: int
    stopped: bool


def frames(edges: Sequence[Edge], bit: float, width: int, bits: int) -> list[Frame]:
    """Read a serial line that is high at rest; reading begins after a rest that is longer than a frame.

    Args:
        edges: Of the line.
        bit: s.
        width: Data bits.
        bits: All bits of a frame, from its start to the last stop bit.
    """
    times = [edge.at for edge in edges]

    def high(at: float) -> bool:
        return edges[max(bisect.bisect_right(times, at) - 1, 0)].rising

    found: list[Frame] = []
    quiet = math.inf
    for before, edge in itertools.pairwise(edges):
        if before.rising and edge.at - before.at > bits * bit:
            quiet = edge.at
        if not edge.rising and edge.at >= quiet:
            data = sum(high(edge.at + (place + 1.5) * bit) << place for place in range(width))
            found.append(Frame(edge.at, data, high(edge.at + (bits - 0.5) * bit)))
            quiet = edge.at + (bits - 0.5) * bit
    return found


def _merged(first: Sequence[Edge], second: Sequence[Edge]) -> list[tuple[Edge, bool]]:
    """Put two lines' edges in order; says of each whether it is the second's."""
    return sorted([(edge, False) for edge in first] + [(edge, True) for edge in second])

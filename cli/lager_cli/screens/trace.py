"""What was read in the last minutes: samples with their times, and the times when there was nothing to read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from lager_cli.screens.figures import known

KEPT = 600.0  # s
MOST = 6000  # samples: 10 minutes at the quickest pace


class Trace:
    """The last minutes of some readings.

    Times are of one clock that only goes forward, s; it is handed in.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[float, Mapping[str, object]]] = deque(maxlen=MOST)

    def add(self, now: float, state: Mapping[str, object]) -> None:
        """Take a reading; an empty one stands for a gap."""
        self._samples.append((now, state))
        while self._samples[0][0] < now - KEPT:
            self._samples.popleft()

    def gap(self, now: float) -> None:
        """Take note that nothing was read: the line of a plot is broken there."""
        if self._samples and self._samples[-1][1]:
            self.add(now, {})

    def values(self, key: str) -> Iterator[tuple[float, float | None]]:
        """Give one reading of each sample, None for none."""
        for time, state in self._samples:
            yield time, known(state.get(key))

    @property
    def began(self) -> float | None:
        """Get the time of the oldest sample."""
        return self._samples[0][0] if self._samples else None

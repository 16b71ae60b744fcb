"""A trace as numpy arrays, and how it is put together from what the worker reads. The one place that needs numpy."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lager import errors, roles

if TYPE_CHECKING:
    import numpy.typing as npt

    from lager.proxies.scope import Scope


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """A trace: `time` (s) and `volts` (V), arrays of the same length, made when first looked at.

    Attributes:
        name: The net it is of.
        codes: What the instrument gave for each point.
        x_increment: From one point to the next, s.
        x_origin: Of the first point, from the trigger, s.
        y_increment: From one code to the next, V.
        y_zero: The code of 0 V.
    """

    name: str
    codes: npt.NDArray[np.uint8]
    x_increment: float
    x_origin: float
    y_increment: float
    y_zero: float

    @functools.cached_property
    def time(self) -> npt.NDArray[np.float64]:
        """Get the time of each point from the trigger, s."""
        seconds: npt.NDArray[np.float64] = np.arange(len(self.codes), dtype=np.float64)
        seconds *= self.x_increment
        seconds += self.x_origin
        return seconds

    @functools.cached_property
    def volts(self) -> npt.NDArray[np.float64]:
        """Get the voltage of each point, V."""
        return (self.codes.astype(np.float64) - self.y_zero) * self.y_increment

    @property
    def sample_rate(self) -> float:
        """Get how many points there are in a second, 1/s."""
        return 1.0 / self.x_increment

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return f"<Trace of {self.name}: {len(self)} points, {self.sample_rate:g} per second>"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save it: as text with a heading (`.csv`), or as an array of two columns for numpy.load (`.npy`); s and V.

        Raises:
            UsageError: The name ends in neither.
        """
        columns = np.column_stack((self.time, self.volts))
        match Path(path).suffix.lower():
            case ".csv":
                np.savetxt(path, columns, fmt="%.9g", delimiter=",", header="time_s,volts_V", comments="")
            case ".npy":
                np.save(path, columns)
            case other:
                raise errors.UsageError(f"{path}: a trace is not saved as {other!r}", "name it .csv or .npy")


def read(scope: Scope, source: str, tell: Callable[[int, int], None] = lambda _done, _total: None) -> Trace:
    """Read a trace, in as many calls as it needs; `tell` hears how many points are there, and of how many."""
    first = piece = scope.download(source)
    codes = np.empty(first.total, np.uint8)
    done = 0
    while True:
        if _essentials(piece) != _essentials(first) or not piece.codes or done + len(piece.codes) > first.total:
            raise errors.InstrumentError(
                f"{scope.name}: the capture became another one while it was read",
                "let nobody start a capture or change a setting meanwhile, then read it again",
            )
        codes[done : done + len(piece.codes)] = np.frombuffer(piece.codes, np.uint8)
        done += len(piece.codes)
        tell(done, first.total)
        if done == first.total:
            break
        piece = scope.download(source, done + 1)
    return Trace(
        name=scope.name,
        codes=codes,
        x_increment=first.x_increment,
        x_origin=first.x_origin - first.x_reference * first.x_increment,
        y_increment=first.y_increment,
        y_zero=first.y_origin + first.y_reference,
    )


def _essentials(piece: roles.Waveform) -> tuple[object, ...]:
    """Give what pieces of one capture have in common. The origin is not: firmware may give each piece its own."""
    return piece.capture, piece.total, piece.x_increment, piece.y_increment, piece.y_origin, piece.y_reference

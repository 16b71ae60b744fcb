"""What was told already, so that a runner which takes over from another tells nobody twice. Pure but for its file.

It holds the open pauses and the last ends. A pause that is over never begins again, so it is forgotten.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from lager import limits, replacing

_ENDS = (
    2 * limits.Limits().keep_runs
)  # more than a box keeps of the runs that have ended, if it keeps as many as is usual


class Told:
    """The occasions that were told. Each has the run's id, and the number of the pause or None for the run's end."""

    def __init__(self, keys: list[str] | None = None) -> None:
        self._keys = dict.fromkeys(keys or [])

    @property
    def keys(self) -> list[str]:
        """Give them, the oldest first."""
        return list(self._keys)

    def first(self, run: str, number: int | None, event: str) -> bool:
        """Note an occasion; say whether it is new."""
        key = f"{run} {event}" if number is None else f"{run}.{number} {event}"
        if key in self._keys:
            return False
        self._keys[key] = None
        return True

    def pause_over(self, run: str, number: int) -> None:
        """Forget a pause."""
        self._forget(f"{run}.{number} ")

    def run_over(self, run: str) -> None:
        """Forget the pauses of a run, and the ends that are too long ago."""
        self._forget(f"{run}.")
        ends = [key for key in self._keys if "." not in key]
        for key in ends[:-_ENDS]:
            del self._keys[key]

    def _forget(self, beginning: str) -> None:
        for key in [key for key in self._keys if key.startswith(beginning)]:
            del self._keys[key]


def load(path: Path) -> Told | None:
    """Read what runners before this one have told; None where that is not known."""
    try:
        return Told(msgspec.json.decode(path.read_bytes(), type=list[str]))
    except (OSError, msgspec.DecodeError):
        return None


def save(path: Path, told: Told) -> None:
    """Write it.

    Raises:
        OSError: It cannot be written.
    """
    path.touch(mode=0o600)
    replacing.replace(path, msgspec.json.encode(told.keys))

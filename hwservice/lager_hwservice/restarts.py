"""Whether an instrument was switched off and on: what is kept of it, across workers and services, and who is told.

Most instruments tell of a power cycle once, whoever asks. So what was heard is written down at once, in a small file
beside the instrument's lock, and each caller compares it with the last restart it knows of.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from lager import addresses, devicelock, errors, settings

log = logging.getLogger(__name__)
_HARMLESS = {"disable"}  # writes that are right whatever the settings are


class Kept(msgspec.Struct, frozen=True):
    """What is known of an instrument.

    Attributes:
        asked: When it was last asked, Unix time, s.
        restarted: When it was last found to have been switched on anew, Unix time, s; 0 for never.
    """

    asked: float
    restarted: float = 0.0


class Asked(Protocol):
    """A driver that can be asked."""

    def restarted(self, since: float) -> bool:
        """Ask whether it was switched on after `since` (Unix time, s)."""


def noted(kept: Kept | None, restarted: bool, now: float) -> Kept:
    """Decide what is kept after it was asked. What it says the first time ever tells nobody anything."""
    if kept is None:
        return Kept(now)
    later = max(now, math.nextafter(kept.restarted, math.inf))  # also where the clock was put back since
    return Kept(now, later if restarted else kept.restarted)


def is_news(known: float | None, restarted: float) -> bool:
    """Decide whether a caller is to be told: it has used the instrument before, and that was before the restart."""
    return known is not None and restarted > known


def refused(method: str, reads_only: bool) -> bool:
    """Decide whether a call of a caller who does not know of the restart is refused: it builds on lost settings."""
    return not reads_only and method not in _HARMLESS


def notice(instrument: str, restarted: float) -> str:
    """Say it to people."""
    seen = time.strftime("%H:%M:%S", time.localtime(restarted))
    return f"the {instrument} was switched off and on (seen at {seen}): its settings are its defaults"


def refusal(instrument: str, restarted: float, call: str) -> errors.InstrumentRestarted:
    """Refuse a call that builds on what is lost."""
    return errors.InstrumentRestarted(
        f"{notice(instrument, restarted)}, and {call} was not sent", "set it up again, then go on"
    )


class Record:
    """The file of one instrument. Where it cannot be kept, nobody is told of what happened before this process.

    Args:
        path: The file.
        clock: Unix time, s.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._kept: Kept | None = None

    @classmethod
    def of(cls, address: str, via: str) -> Record:
        """Give the record of an instrument, beside its lock; other boxes of this user share its USB, and no more."""
        try:
            folder = settings.locks_dir(via if addresses.usb(address) else "the network")
        except OSError as exc:
            log.warning("restarts of %s are not recorded: %s", address, exc)
            folder = Path(os.devnull)  # nothing can be read or written below it
        return cls(folder / f"{devicelock.file_name(address)}.restarts")

    def ask(self, device: Asked) -> float:
        """Ask an instrument that was just opened, and give when it was last found to have restarted (0 for never)."""
        kept = self._read() or self._kept
        now = self._clock()  # before the question: what happens later is for the next one
        self._kept = noted(kept, device.restarted(kept.asked if kept else 0.0), now)
        self._write(self._kept)
        if kept is not None and self._kept.restarted > kept.restarted:
            log.warning("the instrument was switched off and on: its settings are its defaults")
        return self._kept.restarted

    def _read(self) -> Kept | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Kept)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as exc:
            log.warning("%s: %s", self._path, exc)
            return None

    def _write(self, kept: Kept) -> None:
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            draft.write_bytes(msgspec.json.encode(kept))
            os.replace(draft, self._path)
        except OSError as exc:
            log.warning("%s: %s", self._path, exc)
            with contextlib.suppress(OSError):  # there is none, or it cannot be removed either
                draft.unlink()

"""Whose a net is: the run that has changed it last. In files of the state directory, one for each net's terminals.

Written by the workers, before the first call of a run that changes the net is sent: so it is known after the script
was killed, after its box has died, and after the machine was switched off and on. No part of `import lager`.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from pathlib import Path

import msgspec

from lager import settings

log = logging.getLogger(__name__)


class Owned(msgspec.Struct, frozen=True):
    """One net, and the run that has changed it last.

    Attributes:
        net: Its name then.
        place: Its instrument and its terminals there, which it keeps when it is renamed; empty where nobody knows.
        before: The run that it was of before, which has not ended yet; empty for none.
    """

    net: str
    run: str
    place: str = ""
    before: str = ""


class Owners:
    """Whose each net is; for any thread.

    Args:
        folder: Where that is kept; None for the state directory's.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or settings.state_dir() / "owners"
        self._known: dict[str, str] = {}

    def changes(self, net: str, run: str, place: str = "") -> None:
        """Know that a run is about to change a net; costs nothing where that was so the last time.

        Where it cannot be written, the run goes on: the log says that nobody will make its nets safe.
        """
        key = place or net
        if self._known.get(key) == run:
            return
        now = next(iter(self._read(self._path(key))), Owned(net, run))
        before = now.before if now.run == run else now.run
        try:
            settings.private(self._folder)
            self._keep(Owned(net, run, place, before))
        except OSError as exc:
            log.warning("%s is not known to be run %s's, whose end will not make it safe: %s", net, run[:8], exc)
        self._known[key] = run

    def run_of(self, net: str, place: str = "") -> str:
        """Give the run that has changed a net last, or what is on its terminals; empty for none."""
        if place and (here := self._read(self._path(place))):
            return here[0].run
        return next((one.run for one in self.every() if one.net == net), "")

    def of(self, run: str) -> list[Owned]:
        """Give the nets that are a run's."""
        return [one for one in self.every() if one.run == run]

    def every(self) -> list[Owned]:
        """Give all nets that are somebody's."""
        return [one for path in sorted(self._folder.glob("*.json")) for one in self._read(path)]

    def forget(self, run: str) -> None:
        """Know that nothing more is to be done about a run's nets; they are again of who had them before."""
        for one in self.every():
            with contextlib.suppress(OSError):  # somebody else has removed it
                if one.run == run and one.before:
                    self._keep(Owned(one.net, one.before, one.place))
                elif one.run == run:
                    self._path(one.place or one.net).unlink()
                elif one.before == run:
                    self._keep(Owned(one.net, one.run, one.place))

    def _keep(self, one: Owned) -> None:
        path = self._path(one.place or one.net)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(msgspec.json.encode(one))
        os.replace(draft, path)

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()[:32]}.json"

    def _read(self, path: Path) -> list[Owned]:
        try:
            return [msgspec.json.decode(path.read_bytes(), type=Owned)]
        except (OSError, msgspec.DecodeError):  # not there, or cut short by a power cut
            return []

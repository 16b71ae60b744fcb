"""The bench file of the chosen box, as commands read and change it."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

import msgspec

from lager import errors, wire
from lager_cli.app import App
from lager_cli.holder import holder
from lager_cli.likeness import near
from lager_cli.lockwaiting import patiently
from lager_cli.selection import Box

Record = dict[str, Any]


class Desk:
    """The bench file of a box.

    Args:
        app: Knows the box.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    @cached_property
    def box(self) -> Box:
        """Get the box; a private one is started if need be."""
        return self._app.box()

    @property
    def place(self) -> str:
        """Get where it is, for messages."""
        return self.box.host

    @cached_property
    def saved(self) -> wire.SavedNets:
        """Get the nets, and all that their records say."""
        saved: wire.SavedNets = self.box.bench.get("/nets/saved", wire.SavedNets)
        return saved

    def instruments(self) -> list[wire.Instrument]:
        """Give what is plugged in."""
        found: list[wire.Instrument] = self.box.bench.get("/instruments/list", list[wire.Instrument])
        return found

    def known(self) -> dict[str, dict[str, list[str]]]:
        """Give the roles of each instrument that the box has a driver for, and the channels of each."""
        found: dict[str, dict[str, list[str]]] = self.box.bench.get(
            "/instruments/known", dict[str, dict[str, list[str]]]
        )
        return found

    def change(self, asked: wire.BenchChange) -> bool:
        """Change the bench file; gives whether that changed anything.

        Raises:
            BoxLocked: Somebody else has the box, for longer than LAGER_LOCK_WAIT.
            LagerError: It cannot be changed so; the file is as it was.
        """
        body = {**msgspec.to_builtins(asked), "holder": holder(os.environ)[0]}
        bench = self.box.bench
        done: wire.BenchChanged = patiently(self.box, lambda: bench.post("/nets/change", body, wire.BenchChanged))
        return done.changed

    def find(self, name: str, role: str | None = None) -> tuple[wire.NetRecord, Record]:
        """Find one net by its name, and its role where several have that name.

        Raises:
            NetNotFound: There is none of that name, or none of that role.
            UsageError: Several have that name.
        """
        both = list(zip(self.saved.nets, self.saved.records, strict=True))
        named = [one for one in both if one[0].name == name]
        if not named:
            names = list(dict.fromkeys(net.name for net in self.saved.nets))
            hint = f"see `lager nets` for those the bench has.{near(name, names)}"
            kind = f" ({role})" if role else ""
            raise errors.NetNotFound(f"Net '{name}'{kind} not found on {self.place}", hint)
        there = " and ".join(net.role for net, _ in named)
        fitting = [one for one in named if role is None or one[0].role == role]
        if not fitting:
            raise errors.WrongNetType(f"Net '{name}' ({role}) not found on {self.place}", f"{name} is {there}")
        if len(fitting) > 1:
            raise errors.UsageError(f"{name} is {there}", "say which one with --type")
        return fitting[0]


def role_of(word: str) -> str:
    """Give the role a word means: `supply` is `power-supply`, `batt` is `battery`; others stay as they are."""
    from lager.nettype import NetType

    word = _SHORT.get(word.strip().lower(), word.strip().lower())
    try:
        return NetType.from_role(word).role
    except KeyError:
        return word


_SHORT = {"supply": "power-supply", "batt": "battery", "gpi": "gpio", "gpo": "gpio", "watt": "watt-meter"}

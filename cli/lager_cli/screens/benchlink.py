"""The way of a screen to a bench: what is plugged in, which nets there are, and changes of those. It blocks."""

from __future__ import annotations

import os

import msgspec

from lager import wire
from lager_cli.app import App
from lager_cli.holder import holder


class BenchLink:
    """A bench.

    Args:
        app: Knows the box. It is found here, before there is a screen: a private one may be started, which is said.
    """

    def __init__(self, app: App) -> None:
        self._app, self._box = app, app.box()

    @property
    def place(self) -> str:
        """Name the box and where it is, for people."""
        return self._box.bench.place

    def bench(self) -> tuple[list[wire.Instrument], list[wire.NetRecord]]:
        """Give the instruments and the nets.

        Raises:
            LagerError: As the box answers, or why it does not.
        """
        self._box = self._app.whereabouts(self._box)
        instruments: list[wire.Instrument] = self._box.bench.get("/instruments/list", list[wire.Instrument])
        nets: list[wire.NetRecord] = self._box.bench.get("/nets/list", list[wire.NetRecord])
        return instruments, nets

    def change(self, change: wire.BenchChange) -> None:
        """Change the nets, once.

        Raises:
            BoxLocked: Somebody else has the box.
            LagerError: As the box answers.
        """
        body = {**msgspec.to_builtins(change), "holder": holder(os.environ)[0]}
        self._box.bench.post("/nets/change", body, wire.BenchChanged)

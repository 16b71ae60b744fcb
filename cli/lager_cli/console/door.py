"""Where a run's consoles are, also after its box has moved to other ports. It knows no console."""

from __future__ import annotations

from urllib.parse import quote

from lager import errors
from lager.client import Service
from lager.stream import Stream
from lager_cli.app import App


class Door:
    """The way to the consoles of a run.

    Args:
        app: Knows the box.
        run: The id of the run, or the name of one of its pauses.
    """

    def __init__(self, app: App, run: str) -> None:
        self._app, self._run = app, run
        self._box = app.box()

    @property
    def runner(self) -> Service:
        """Get the box's runner."""
        return self._box.runner

    @property
    def name(self) -> str:
        """Get what the box is called; `local` for the private one."""
        from lager_cli.selection import LOCAL

        return self._box.name or LOCAL

    def open(self) -> Stream:
        """Open a connection to the consoles.

        Raises:
            LagerError: As `Service.connect` does.
        """
        try:
            return self.runner.connect(f"/runs/{quote(self._run, safe='')}/console")
        except errors.ServiceUnreachable:
            self._box = self._app.whereabouts(self._box)
            raise

"""What the bench file says of a net that has a screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from lager import wire
from lager_cli.absentnets import absent

if TYPE_CHECKING:
    from lager_cli.app import App


class Saved:
    """A net of the bench file.

    Args:
        app: Knows the box.
        name: The net.
        role: Its role.
    """

    def __init__(self, app: App, name: str, role: str) -> None:
        self._app, self._name, self._role = app, name, role
        self._box = app.box()

    def limits(self) -> Mapping[str, Any]:
        """Give its safety limits; asks the box, wherever it listens now.

        Raises:
            NetNotFound: The bench has no such net.
            LagerError: As the box answers.
        """
        box = self._app.whereabouts(self._box)
        nets: list[wire.NetRecord] = box.bench.get("/nets/list", list[wire.NetRecord])
        for net in nets:
            if (net.name, net.role) == (self._name, self._role):
                return dict(msgspec.to_builtins(net.safety_limits)) if net.safety_limits else {}
        raise absent(self._name, self._role, nets)

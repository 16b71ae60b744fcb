"""Which application a connection belongs to: each port has its own (`controlplane`, `netsplane`), behind the gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette

from lager.gate import Gate, Receive, Scope, Send


class ByPort:
    """Gives each connection to the application of the port it came in on.

    Args:
        apps: By port.
    """

    def __init__(self, apps: dict[int, Callable[[Scope, Receive, Send], Any]]) -> None:
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        await self._apps[scope["server"][1]](scope, receive, send)


def gated(
    app: Starlette, token: str, on_use: Callable[[], None], without_token: Callable[[Scope], bool] | None = None
) -> Gate:
    """Put the token in front of an application; `without_token` says who needs none."""
    return Gate(app, token, on_use, without_token)

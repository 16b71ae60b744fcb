"""The gate in front of every port: an ASGI layer that lets only callers with the box's token through.

It knows no endpoint. Browsers are kept out twice: a page of another origin is refused by its Origin header, and a name
that was re-bound to this address by the Host header.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from lager import errors, wire

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Gate:
    """Let a request through to `app` when it carries the token.

    Args:
        app: What is behind the gate.
        token: The box's token.
        on_entry: Called for every request let through (the box is not idle).
    """

    def __init__(self, app: App, token: str, on_entry: Callable[[], None] = lambda: None) -> None:
        self._app = app
        self._token = token.encode()
        self._on_entry = on_entry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(dict(scope["headers"]))
        if refusal is None:
            self._on_entry()
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.http.response.start", "status": refusal.http_status, "headers": _JSON})
            await send({"type": "websocket.http.response.body", "body": _body(refusal)})
        else:
            await send({"type": "http.response.start", "status": refusal.http_status, "headers": _JSON})
            await send({"type": "http.response.body", "body": _body(refusal)})

    def _refusal(self, headers: dict[bytes, bytes]) -> errors.LagerError | None:
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        if not _is_literal(host):
            return errors.TokenRefused(f"the box does not answer to the name {host!r}", "reach it by its IP address")
        if origin and origin.partition("://")[2] != host:
            return errors.TokenRefused(f"a page of {origin} may not use this box")
        scheme, _, given = headers.get(b"authorization", b"").partition(b" ")
        if not self._token or scheme.lower() != b"bearer" or not hmac.compare_digest(given.strip(), self._token):
            return errors.TokenRefused(
                "the box refused this token" if given else "the box wants a token, and none was given",
                "take the token from the file `token` in the box user's ~/.local/state/lager, "
                "and give it as LAGER_TOKEN or with `lager boxes add --token`",
            )
        return None


_JSON = [(b"content-type", b"application/json")]


def _body(refusal: errors.LagerError) -> bytes:
    """Say it as all ports do: one line for people, and what programs go by."""
    return wire.to_json({"error": refusal.what, "code": refusal.code, "what": refusal.what, "hint": refusal.hint})


def _is_literal(host: str) -> bool:
    """Whether a Host header is an address, or localhost: names can be re-bound by whoever owns them."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return name in {"localhost", "testserver"}
    return True

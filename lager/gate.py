"""The gate in front of every port: an ASGI layer that lets only callers with the box's token through.

It knows no endpoint. Browsers are kept out twice: a page of another origin is refused by its Origin header, and a name
that was re-bound to this address by the Host header; and browsers are told to show no answer to another page. The token
counts in the Authorization header only: what stands in a URL ends up in logs, and what a browser adds by itself (a
cookie) is no proof that its user meant it.

A box that serves released clients hands it a rule for requests that carry no token (`lager.releasedpaths`).
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from lager import __version__, errors, releasedpaths, settings, wire

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
        without_token: Says of a request without any token whether it may come in all the same
            (`lager.releasedpaths`); it is marked then. None lets none in.
    """

    def __init__(
        self,
        app: App,
        token: str,
        on_entry: Callable[[], None] = lambda: None,
        without_token: Callable[[Scope], bool] | None = None,
    ) -> None:
        self._app = app
        self._token = token.encode()
        self._on_entry = on_entry
        self._without_token = without_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        send = _completed(send)
        refusal = self._refusal(scope)
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

    def _refusal(self, scope: Scope) -> errors.LagerError | None:
        headers = [(name, value) for name, value in scope["headers"] if name in _DECISIVE]
        said = {name: value.decode("latin-1") for name, value in headers}
        if len(said) != len(headers):  # whoever reads the first of two and whoever reads the last must not differ
            return errors.TokenRefused("the request has two headers where one decides", "send each of them once")
        host, origin = said.get(b"host", "").lower(), said.get(b"origin")
        if not _is_literal(host):
            return errors.TokenRefused(f"the box does not answer to the name {host!r}", "reach it by its IP address")
        if origin is not None and origin.lower() != f"{_WEB.get(scope['scheme'], '')}://{host}":
            return errors.TokenRefused(f"a page of {origin!r} may not use this box")
        if b"authorization" not in said and self._without_token is not None and self._without_token(scope):
            scope.setdefault("state", {})[releasedpaths.MARK] = True
            return None
        scheme, _, given = said.get(b"authorization", "").encode("latin-1").partition(b" ")
        if not self._token or scheme.lower() != b"bearer" or not hmac.compare_digest(given.strip(), self._token):
            return errors.TokenRefused(
                "the box refused this token" if given else "the box wants a token, and none was given",
                f"take the token from {settings.TOKEN_PLACE}, "
                "and give it as LAGER_TOKEN or with `lager boxes add --token`",
            )
        return None


_BEGINNINGS = ("http.response.start", "websocket.accept", "websocket.http.response.start")
_EVERYWHERE = [
    (settings.VERSION_HEADER.lower().encode(), __version__.encode()),
    (b"cross-origin-resource-policy", b"same-origin"),  # a page may load a script from anywhere, and read it so
]
_JSON = [(b"content-type", b"application/json")]
_DECISIVE = {b"host", b"origin", b"authorization"}
_WEB = {"http": "http", "ws": "http", "https": "https", "wss": "https"}  # how a page's own origin is written
_HOST = re.compile(r"(?:\[(?P<six>[0-9a-z:.%_-]+)\]|(?P<four>[a-z0-9.]+))(?::[0-9]{1,5})?")


def _body(refusal: errors.LagerError) -> bytes:
    """Say it as all ports do: one line for people, and what programs go by."""
    return wire.to_json({"error": refusal.what, "code": refusal.code, "what": refusal.what, "hint": refusal.hint})


def _completed(send: Send) -> Send:
    """Have every answer say which Lager the box has, so that nobody has to ask; and that no other page may have it."""

    async def marked(message: MutableMapping[str, Any]) -> None:
        if message["type"] in _BEGINNINGS:
            message = {**message, "headers": [*message.get("headers", ()), *_EVERYWHERE]}
        await send(message)

    return marked


def _is_literal(host: str) -> bool:
    """Whether a Host header is an address, or localhost: names can be re-bound by whoever owns them."""
    parts = _HOST.fullmatch(host)
    if parts is None:
        return False
    try:
        ipaddress.ip_address(parts["six"] or parts["four"])
    except ValueError:
        return parts["four"] == "localhost"
    return True

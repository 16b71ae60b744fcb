"""One POST to a URL. It is never sent elsewhere than to that URL: no redirect is followed."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import threading
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import unquote, urlsplit

from lager import __version__
from lager_runner.notifying import targets
from lager_runner.notifying.carriers import Outcome

WITHIN = 10.0  # s
_WORDS = {  # the first that fits
    ssl.SSLError: "TLS could not be agreed upon",
    ConnectionRefusedError: "connection refused",
    ConnectionError: "it broke the connection off",
    TimeoutError: "no answer in time",
    socket.gaierror: "its name or address cannot be resolved",
    http.client.HTTPException: "what answers there does not speak HTTP",
    ValueError: "the proxy that the environment names cannot be used",
}
_AGAIN = {408, 429}  # of 4xx, those that ask for another attempt


class Webhook:
    """A URL. Proxies are taken from the environment (`https_proxy`, `no_proxy`); certificates are checked.

    Args:
        url: Where to.
        within: For how long one attempt may take, s.
    """

    def __init__(self, url: str, within: float = WITHIN) -> None:
        self._url = url
        self._within = within
        self._current: _Attempt | None = None

    def deliver(self, event: str, body: bytes) -> Outcome:
        """Make one attempt, in a thread of its own: looking a name up, for one, has no bound."""
        attempt = self._current = _Attempt(_request(self._url, event, body), self._within)
        thread = threading.Thread(target=attempt.run, name="notify-attempt", daemon=True)
        thread.start()
        thread.join(self._within)
        if thread.is_alive():
            attempt.cut()
            return Outcome(delivered=False, error=f"no answer in {self._within:g} s")
        return attempt.outcome

    def abandon(self) -> None:
        """Cut the connection."""
        if self._current:
            self._current.cut()


def _request(url: str, event: str, body: bytes) -> urllib.request.Request:
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json", "User-Agent": f"lager/{__version__}", "Lager-Event": event}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    bare = parts._replace(netloc=targets.address(parts), fragment="").geturl()
    return urllib.request.Request(bare, body, headers, method="POST")


class _Attempt:
    """One request, in a thread of its own, whose connection can be cut."""

    def __init__(self, request: urllib.request.Request, within: float) -> None:
        self.outcome = Outcome(delivered=False, error="it was not sent")
        self._request = request
        self._within = within
        self._ways = _Plain(), _Secure()

    def run(self) -> None:
        """Send it."""
        opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            *self._ways,
        ):
            opener.add_handler(handler)
        try:
            with opener.open(self._request, timeout=self._within) as response:
                self.outcome = Outcome(delivered=True, status=response.status)
        except urllib.error.HTTPError as exc:
            with exc:  # which is the response, too
                self.outcome = _refused(exc.code)
        except (OSError, http.client.HTTPException, ValueError) as exc:  # the last is of a proxy's setting
            self.outcome = _not_sent(exc)

    def cut(self) -> None:
        """End it: a server may send one byte at a time, for ever."""
        for way in self._ways:
            way.cut()


class _Cuttable:
    """The connection of a request, for who wants to cut it."""

    def __init__(self) -> None:
        super().__init__()
        self._connection: http.client.HTTPConnection | None = None

    def _keep(self, connection: http.client.HTTPConnection) -> Any:
        self._connection = connection
        return connection

    def cut(self) -> None:
        sock = self._connection.sock if self._connection else None
        if sock is not None:
            _shut(sock)


class _Plain(_Cuttable, urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(lambda *args, **more: self._keep(http.client.HTTPConnection(*args, **more)), req)


class _Secure(_Cuttable, urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> Any:
        checked = ssl.create_default_context()
        return self.do_open(
            lambda *args, **more: self._keep(http.client.HTTPSConnection(*args, context=checked, **more)), req
        )


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is over already


def _refused(status: int) -> Outcome:
    if 300 <= status < 400:
        return Outcome(
            delivered=False, status=status, error=f"HTTP status {status}: it is elsewhere; give that URL", final=True
        )
    final = status < 500 and status not in _AGAIN
    return Outcome(delivered=False, status=status, error=f"HTTP status {status}", final=final)


def _not_sent(cause: Exception) -> Outcome:
    if isinstance(cause, urllib.error.URLError) and isinstance(cause.reason, Exception):
        cause = cause.reason
    return Outcome(delivered=False, error=_why(cause), final=isinstance(cause, ssl.SSLCertVerificationError))


def _why(cause: Exception) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {cause.verify_message}"
    for kind, words in _WORDS.items():
        if isinstance(cause, kind):
            return words
    if isinstance(cause, urllib.error.URLError):
        return str(cause.reason)
    return (getattr(cause, "strerror", None) or type(cause).__name__).lower()

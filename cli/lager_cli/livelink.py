"""One live connection to a box: Socket.IO over a WebSocket, with the box's token and its pinned certificate.

It is opened once and lost once; `live` opens the next one. What a failure means is said by `livefailure`.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lager import errors
from lager_cli import livefailure
from lager_cli.aside import aside

if TYPE_CHECKING:
    import aiohttp
    import socketio

    from lager.client import Service

CONNECT_WITHIN = 5.0  # s
PROBE_WITHIN = 2.0  # s
_LEAVE_WITHIN = 1.0  # s

Hear = Callable[[str, Any], None]


class LiveLink:
    """A connection to one namespace of a box.

    Args:
        service: The bench's interface of the box.
        namespace: Such as `/supply`.
        events: The names of what the box may send.
        hear: Called with each of those, and what it carries.
    """

    def __init__(self, service: Service, namespace: str, events: list[str], hear: Hear) -> None:
        self._service = service
        self._namespace = namespace
        self._events = events
        self._hear = hear
        self.lost = asyncio.Event()
        self._http: aiohttp.ClientSession | None = None
        self._client: socketio.AsyncClient | None = None

    async def open(self) -> None:
        """Connect.

        Raises:
            ServiceUnreachable: It cannot be done; says which case it is, and what to do.
            TokenRefused: The box does not take the token.
            BoxNotTrusted: It is not the box that is known here, or one end does not speak TLS.
        """
        import aiohttp
        import socketio

        pinned = aiohttp.Fingerprint(bytes.fromhex(self._service.fingerprint)) if self._service.fingerprint else True
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=pinned))
        self._client = client = socketio.AsyncClient(
            reconnection=False,
            handle_sigint=False,
            http_session=self._http,
            logger=_nobody(),
            engineio_logger=_nobody(),
        )
        for name in self._events:
            client.on(name, self._hearing(name), namespace=self._namespace)
        client.on("disconnect", self._gone, namespace=self._namespace)
        try:
            await asyncio.wait_for(self._connect(client), CONNECT_WITHIN)
        except (socketio.exceptions.ConnectionError, aiohttp.ClientError, OSError, asyncio.TimeoutError) as exc:
            failed = await self._explained(exc)
            await self.close()
            raise failed from exc
        except BaseException:
            await self.close()
            raise

    async def _connect(self, client: socketio.AsyncClient) -> None:
        await client.connect(
            self._url,
            headers=self._headers,
            transports=["websocket"],
            namespaces=[self._namespace],
            wait_timeout=CONNECT_WITHIN,
        )

    @property
    def _address(self) -> str:
        host = self._service.host
        return f"{f'[{host}]' if ':' in host else host}:{self._service.port}"

    @property
    def _url(self) -> str:
        return f"{'https' if self._service.fingerprint else 'http'}://{self._address}"

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._service.token}"}

    def _hearing(self, name: str) -> Callable[..., Any]:
        async def heard(payload: Any = None) -> None:
            self._hear(name, payload)

        return heard

    async def _gone(self, *_: object) -> None:
        self.lost.set()

    async def emit(self, event: str, payload: Any) -> None:
        """Send an event.

        Raises:
            ServiceUnreachable: The connection is lost; nothing was sent.
        """
        import socketio

        assert self._client is not None
        try:
            await self._client.emit(event, payload, namespace=self._namespace)
        except socketio.exceptions.SocketIOError:
            raise self._unsent() from None

    async def ask(self, event: str, payload: Any, within: float) -> Any:
        """Send an event, and give what the box answers to it.

        Raises:
            ServiceUnreachable: It did not; what was asked may or may not have been done.
        """
        import socketio

        assert self._client is not None
        asking = asyncio.ensure_future(self._client.call(event, payload, self._namespace, timeout=within))
        losing = asyncio.ensure_future(self.lost.wait())
        try:
            await asyncio.wait((asking, losing), return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                return asking.result()
            why = "the connection broke off"
        except (asyncio.TimeoutError, socketio.exceptions.TimeoutError):
            why = f"no answer in {within:g} s"
        except socketio.exceptions.SocketIOError:
            raise self._unsent() from None
        finally:
            for one in (asking, losing):
                one.cancel()
        raise errors.ServiceUnreachable(
            f"{self._service.place} took the command, but {why}; it may or may not have been carried out",
            "look at the state before you do it again",
        )

    def _unsent(self) -> errors.ServiceUnreachable:
        return errors.ServiceUnreachable(
            f"there is no connection to {self._service.place}: nothing was sent", "try again when it is back"
        )

    async def close(self) -> None:
        """Leave; the box forgets what was watched here."""
        client, self._client = self._client, None
        if client is not None:
            try:
                await asyncio.wait_for(_parted(client), _LEAVE_WITHIN)
            except asyncio.TimeoutError:
                self.lost.set()  # nobody is there to take leave of
        if self._http is not None:
            await self._http.close()

    async def _explained(self, cause: BaseException) -> errors.LagerError:
        """Find out why there is no connection, and say so."""
        probe = await self._probe()
        if probe.status in (0, 200, 401) and not probe.timed_out:
            try:  # what only an ordinary request can tell: the token is refused, the certificate is another
                await aside(lambda: self._service.get("/health", Any, timeout=PROBE_WITHIN))
            except (errors.TokenRefused, errors.BoxNotTrusted) as exc:
                return exc
            except errors.LagerError as exc:
                cause = cause if str(cause) else exc
        return livefailure.failure(self._address, self._service.box, _why(cause), probe)

    async def _probe(self) -> livefailure.Probe:
        import aiohttp

        assert self._http is not None
        within = aiohttp.ClientTimeout(total=PROBE_WITHIN)
        try:
            async with self._http.get(f"{self._url}/health", headers=self._headers, timeout=within) as answer:
                return livefailure.Probe(status=answer.status)
        except asyncio.TimeoutError:
            return livefailure.Probe(timed_out=True)
        except (aiohttp.ServerFingerprintMismatch, aiohttp.ClientSSLError) as exc:
            return livefailure.Probe(error=str(exc))
        except aiohttp.ClientConnectionError:
            return livefailure.Probe(refused=True)
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            return livefailure.Probe(error=str(exc) or type(exc).__name__)


async def _parted(client: socketio.AsyncClient) -> None:
    if client.connected:
        await client.disconnect()
    if client.eio.ws is not None:  # it was lost, and is open all the same where the network is silent
        await client.eio.ws.close()


def _why(cause: BaseException | None) -> str:
    """Say it in a few words: the first in the chain of causes that says something of the network."""
    import aiohttp

    first = cause
    while cause is not None:
        if isinstance(cause, asyncio.TimeoutError):
            return f"no answer in {CONNECT_WITHIN:g} s"
        if isinstance(cause, aiohttp.WSServerHandshakeError):
            return f"HTTP status {cause.status}"
        if isinstance(cause, aiohttp.ClientConnectorError):
            return os.strerror(cause.os_error.errno) if cause.os_error.errno else str(cause.os_error)
        cause = cause.__cause__ or cause.__context__
    return str(first or "")


def _nobody() -> logging.Logger:
    """Give who hears what a connection logs: what goes wrong with it is told once, and never on a screen's terminal."""
    logger = logging.getLogger("lager.nobody")
    logger.disabled = True
    return logger

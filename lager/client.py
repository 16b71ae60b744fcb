"""The one way this machine speaks to a box: HTTP requests and WebSockets, with the box's token.

It knows no command and no screen. It takes no proxy from the environment, and imports little, as every short command
waits for that: httpx2 would take about 80 ms (measured), `http.client` about 15 ms. So the latter carries only what is
long, and `lager.httprequest` all else. WebSockets are imported when the first one is opened.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lager import errors, httprequest, settings, wire
from lager.stream import Stream

if TYPE_CHECKING:
    import http.client
    import logging

T = TypeVar("T")

TIMEOUT = 15.0  # s; longer than the box allows an instrument, so that the box's own words arrive
_CONNECT_TIMEOUT = 5.0  # s
_BETWEEN_DIALS = 0.05  # s


def _unheard(_version: str) -> None:
    """Do nothing about the version of a box."""


@dataclass(frozen=True)
class Service:
    """One port of a box.

    Attributes:
        box: What the user calls the box, for messages; empty for the private one.
        host: Address.
        port: TCP port.
        token: The box's token.
        patience: For how long to try again while nobody listens, s: a box known to live starts again what died.
        fingerprint: Of the box's TLS certificate; empty for a box without TLS. It is all that says who the box is.
        heard: Called with the version of Lager that an answer says the box has.
    """

    box: str
    host: str
    port: int
    token: str
    patience: float = 0.0
    fingerprint: str = ""
    heard: Callable[[str], object] = field(default=_unheard, repr=False, compare=False)

    @property
    def place(self) -> str:
        """Name the box and where it is, for messages."""
        address = f"{self._host_in_url}:{self.port}"
        return f"the box at {address}" if self.box in ("", self.host, address) else f"the box {self.box} at {address}"

    @property
    def _host_in_url(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def get(self, path: str, kind: type[T] | Any, *, timeout: float = TIMEOUT) -> T:
        """Get what is at `path`.

        Raises:
            ServiceUnreachable: Nobody answers there.
            LagerError: What the box answered, as the class it was there.
        """
        return cast("T", self._understand(self._ask("GET", path, None, "", timeout), kind))

    def answer(self, path: str, *, timeout: float) -> httprequest.Answer:
        """Give the answer at `path` as it came, with a status that may say an error.

        Raises:
            ServiceUnreachable: Nobody answers there.
            BoxNotTrusted: What answers is not the box.
        """
        return self._exchange("GET", path, None, "", timeout)

    def post(self, path: str, message: Any, kind: type[T] | Any, *, timeout: float = TIMEOUT) -> T:
        """Post a message as JSON; raises as `get` does."""
        answer = self._ask("POST", path, wire.to_json(message), "application/json", timeout)
        return cast("T", self._understand(answer, kind))

    def put(
        self,
        path: str,
        message: Any,
        kind: type[T] | Any,
        *,
        timeout: float = TIMEOUT,
        meanwhile: Callable[[], object] | None = None,
    ) -> T:
        """Put a message as MessagePack; raises as `get` does.

        Args:
            path: Where to.
            message: What.
            kind: The answer's.
            timeout: For how long nothing may come, s.
            meanwhile: What to do while the box is at it.
        """
        body = wire.to_msgpack(message)
        answer = self._ask("PUT", path, body, "application/msgpack", timeout, meanwhile)
        return cast("T", self._understand(answer, kind))

    def lines(self, path: str, kind: type[T] | Any, *, timeout: float) -> Iterator[T]:
        """Follow what is at `path`, a message a line, until the box ends it; raises as `get` does.

        Args:
            path: Where it is.
            kind: The messages.
            timeout: For how long nothing may come, s.
        """
        import http.client

        with self._asked(path, timeout) as response:
            try:
                while (line := response.readline()).endswith(b"\n"):
                    yield cast("T", self._understand(line, kind))
            except (OSError, http.client.HTTPException) as exc:
                raise self._broke_off("GET", exc, timeout) from exc

    def download(self, path: str, take: Callable[[bytes], object], *, timeout: float = TIMEOUT) -> int:
        """Hand the bytes at `path` to `take`, part by part; give how many there were; raises as `get` does."""
        import http.client

        size = 0
        with self._asked(path, timeout) as response:
            try:
                while part := response.read1(65536):
                    take(part)
                    size += len(part)
            except (TimeoutError, ConnectionError, http.client.HTTPException) as exc:  # `take` may raise other OSErrors
                raise self._broke_off("GET", exc, timeout) from exc
            if response.length:  # what came is not all of it
                raise self._broke_off("GET", ConnectionResetError(), timeout)
        return size

    @contextlib.contextmanager
    def _asked(self, path: str, timeout: float) -> Iterator[http.client.HTTPResponse]:
        """Ask for what is at `path`; gives the response, to be read."""
        import http.client

        connection = http.client.HTTPConnection(self.host, self.port)
        connection.sock = self._dialled(timeout)
        connection.auto_open = False  # a second connection of its own would be without TLS
        with contextlib.closing(connection):
            try:
                connection.request("GET", path, headers=self._headers())
                response = connection.getresponse()
                self._hear(response.getheader(settings.VERSION_HEADER))
                if response.status >= 400:
                    raise self._refusal(response.status, response.read())
            except (OSError, http.client.HTTPException) as exc:
                raise self._failed("GET", exc, timeout) from exc
            yield response

    def connect(self, path: str) -> Stream:
        """Open the WebSocket at `path`; raises as `get` does."""
        from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
        from websockets.sync.client import connect

        opened = contextlib.ExitStack()
        try:
            connection = connect(  # over TLS the socket is ours: who is there was asked before anything is said
                f"ws://{self._host_in_url}:{self.port}{path}",
                additional_headers=self._headers(),
                sock=self._dialled(None) if self.fingerprint else None,
                proxy=None,
                compression=None,
                open_timeout=_CONNECT_TIMEOUT,
                close_timeout=1,
                max_size=None,
                ping_interval=None,  # whose answer waits behind what nobody reads, as long as nobody does: see `Stream`
                logger=_nobody(),
            )
            return Stream(opened.enter_context(connection), opened)
        except InvalidStatus as exc:
            raise self._refusal(exc.response.status_code, exc.response.body) from exc
        except (InvalidHandshake, EOFError) as exc:
            raise (self._wants_tls() if self._is_tls_there() else self._no_box()) from exc
        except ConnectionClosed as exc:  # in the middle of the handshake
            raise self._unreachable("it broke the connection off") from exc
        except OSError as exc:
            raise self._no_connection(exc) from exc

    def _headers(self) -> dict[str, str]:
        if not (self.token.isascii() and self.token.isprintable()):
            raise errors.TokenRefused(
                f"what is said to be the token of {self.place} cannot be one: a token is one line of ASCII characters",
                f"see where it comes from: {settings.TOKEN}, `lager boxes`, or the file `token` of the box",
            )
        return {"Authorization": f"Bearer {self.token}"}

    def _ask(
        self,
        verb: str,
        path: str,
        body: bytes | None,
        kind: str,
        timeout: float,
        meanwhile: Callable[[], object] | None = None,
    ) -> bytes:
        answer = self._exchange(verb, path, body, kind, timeout, meanwhile)
        if answer.status >= 400:
            raise self._refusal(answer.status, answer.body)
        return answer.body

    def _exchange(
        self,
        verb: str,
        path: str,
        body: bytes | None,
        kind: str,
        timeout: float,
        meanwhile: Callable[[], object] | None = None,
    ) -> httprequest.Answer:
        headers = {"Host": f"{self._host_in_url}:{self.port}", **self._headers()}
        headers |= {"Content-Type": kind} if kind else {}
        with contextlib.closing(self._dialled(timeout)) as connection:
            try:
                answer = httprequest.ask(connection, f"{verb} {path}", headers, body, meanwhile)
            except (OSError, ValueError) as exc:
                raise self._failed(verb, exc, timeout) from exc
        self._hear(answer.headers.get(settings.VERSION_HEADER.lower()))
        return answer

    def _hear(self, version: str | None) -> None:
        if version:
            self.heard(version)

    def _dialled(self, timeout: float | None) -> socket.socket:
        """Connect, with TLS where the box has it."""
        until = time.monotonic() + self.patience
        while True:
            try:
                connection = self._dial()
            except ConnectionRefusedError as exc:
                if time.monotonic() >= until:
                    raise self._no_connection(exc) from exc
            except OSError as exc:
                raise self._no_connection(exc) from exc
            else:
                break
            time.sleep(_BETWEEN_DIALS)  # noqa: TID251  # nothing tells when somebody listens
        if self.fingerprint:
            connection = self._secured(connection)
        connection.settimeout(timeout)
        return connection

    def _dial(self) -> socket.socket:
        # As bytes: where a name needs no encoding, Python does not import one.
        host = self.host.encode() if self.host.isascii() else self.host
        connection = socket.create_connection((cast("str", host), self.port), _CONNECT_TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _secured(self, plain: socket.socket) -> socket.socket:
        """Begin TLS with who is there, and see that it is the box; nothing was said to it before."""
        import ssl

        from lager import tls, trust

        try:
            secure = tls.begin(plain)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as exc:
            raise self._unreachable("it broke the connection off") from exc
        except ssl.SSLError as exc:
            raise trust.no_tls(self) from exc
        except OSError as exc:
            raise self._no_connection(exc) from exc
        shown = tls.shown(secure)
        if shown != self.fingerprint:
            secure.close()
            raise trust.other_certificate(self, shown)
        return secure

    def _understand(self, answer: bytes, kind: type[T] | Any) -> Any:
        try:
            return wire.from_json(answer, kind)
        except errors.UsageError as exc:  # ours to say otherwise: the request was right, the answer is not
            raise self._no_box() from exc

    def _refusal(self, status: int, body: bytes | bytearray | None) -> errors.LagerError:
        try:
            return cast("wire.ErrorBody", wire.from_json(bytes(body or b""), wire.ErrorBody)).as_error()
        except errors.UsageError:
            return self._no_box(f" (HTTP status {status})")

    def _no_box(self, said: str = "") -> errors.ServiceUnreachable:
        return errors.ServiceUnreachable(
            f"what answers at {self._host_in_url}:{self.port} does not speak as a box of this version does{said}",
            "see that the address and the port are the box's, that it has the same version of Lager, and that nothing "
            "else listens there",
        )

    def _unreachable(self, why: str) -> errors.ServiceUnreachable:
        from lager.unreachable import SERVED

        return errors.ServiceUnreachable(f"{self.place} does not answer: {why}", SERVED)

    def _no_connection(self, cause: OSError) -> errors.LagerError:
        from lager.unreachable import unreachable

        return unreachable(self.place, self.host, self.port, cause, _CONNECT_TIMEOUT)

    def _failed(self, verb: str, cause: Exception, timeout: float) -> errors.LagerError:
        """Say why there is no answer, or why it is none: so looks what speaks TLS to whom does not."""
        if not isinstance(cause, TimeoutError) and self._is_tls_there():
            return self._wants_tls()
        return self._broke_off(verb, cause, timeout)

    def _wants_tls(self) -> errors.BoxNotTrusted:
        from lager import trust

        return trust.wants_tls(self)

    def _is_tls_there(self) -> bool:
        """Whether what was asked without TLS speaks it; asked only where something went wrong."""
        if self.fingerprint:
            return False
        from lager import tls

        try:
            return bool(tls.offered(self.host, self.port, _CONNECT_TIMEOUT))
        except OSError:  # it does not, or has gone
            return False

    def _broke_off(self, verb: str, cause: Exception, timeout: float) -> errors.ServiceUnreachable:
        import http.client

        if not isinstance(cause, (OSError, http.client.IncompleteRead)):  # something came, and it was no HTTP
            return self._no_box()
        why = f"no answer in {timeout:g} s" if isinstance(cause, TimeoutError) else "it broke the connection off"
        if verb == "GET":  # which changes nothing
            return self._unreachable(why)
        return errors.ServiceUnreachable(
            f"{self.place} took the request, but {why}; it may or may not have been carried out",
            "look at the state before you do it again",
        )


def get_ready() -> None:
    """Import what the first WebSocket needs: for who has to wait for a box anyway."""
    import websockets.sync.client  # noqa: F401  # `connect` uses it


def _nobody() -> logging.Logger:
    """Give who hears what a connection logs: what goes wrong with it comes as an exception, and is said once."""
    import logging

    logger = logging.getLogger("lager.nobody")
    logger.disabled = True
    return logger

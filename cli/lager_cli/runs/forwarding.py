"""Ports of this machine that stand for ports of a box, where a run's script listens (`lager python --port`).

Each connection made here is carried over a WebSocket of its own, through the authenticated port of the box. It listens
on the loopback address only, and lets in only who is this user. It understands nothing of what it carries.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote

from lager import errors, wire
from lager.stream import Dropped, Stream
from lager_cli.runs.peers import is_ours
from lager_cli.selection import Box

HOST = "127.0.0.1"
RESERVED = (2331, 3333, 4444, 5555, 8081, 8888)  # of debug probes' servers and of the box's own services
_FORM = re.compile(r"(\d{1,5})(?::(\d{1,5}))?(?:/([A-Za-z]+))?", re.ASCII)
_EXAMPLE = "write SRC[:DST], such as 8000 or 8000:80: a port of this machine, and the one on the box"
_PART = 65536  # bytes
_AT_ONCE = struct.pack("ii", 1, 0)  # closing breaks the connection off (socket(7), SO_LINGER)
_AT_THE_END = 2.0  # s that what is under way may take when the run has ended


class Ports(NamedTuple):
    """A TCP port of this machine, and the one of the box that it stands for; `here` is 0 for any that is free."""

    here: int
    there: int


def parse(text: str) -> Ports:
    """Read SRC[:DST][/tcp].

    Raises:
        UsageError: That is something else, or a port that cannot be forwarded.
    """
    match = _FORM.fullmatch(text)
    if not match:
        raise errors.UsageError(f"{text!r} is no port to forward", _EXAMPLE)
    if (match[3] or "tcp").lower() != "tcp":
        raise errors.UsageError(f"{text!r} asks for {match[3].lower()}, but only TCP is forwarded", "leave it out")
    ports = Ports(int(match[1]), int(match[2] or match[1]))
    check([ports])
    return ports


def check(ports: Sequence[Ports]) -> None:
    """See that these ports can be forwarded, as far as it is known before the run.

    Raises:
        UsageError: One of them cannot.
    """
    for here, there in ports:
        if here > 65535 or not 0 < there <= 65535:
            raise errors.UsageError(f"{max(here, there)} is no port to forward", "ports go from 1 to 65535")
        for port in (here, there):
            if port in RESERVED:
                raise errors.UsageError(
                    f"port {port} cannot be forwarded: it is reserved, as {', '.join(map(str, RESERVED))} are",
                    "have the script listen on another port",
                )
    taken = [here for here, _ in ports if here]
    if len(set(taken)) != len(taken):
        raise errors.UsageError(
            "a port of this machine is given twice", "give each --port another one, as in 8001:8000"
        )


@contextlib.contextmanager
def forwarding(
    box: Box, run: str, ports: Sequence[Ports], say: Callable[[str], None] = lambda _: None
) -> Iterator[list[int]]:
    """Forward ports as long as this lasts; gives the ports of this machine, in their order.

    Args:
        box: Where the run is.
        run: Its id.
        ports: Which.
        say: Told in words what went wrong with a connection; from any thread.

    Raises:
        UsageError: One of them cannot be forwarded, or is taken on this machine.
    """
    check(ports)
    with contextlib.ExitStack() as opened:
        doors = []
        for one in ports:
            listener = opened.enter_context(_listen(one))
            doors.append(_Door(listener, box, f"/runs/{quote(run, safe='')}/forward?port={one.there}", say))
        for door in doors:
            threading.Thread(target=door.keep, name="forwarded port", daemon=True).start()
        try:
            yield [door.port for door in doors]
        finally:
            until = time.monotonic() + _AT_THE_END
            for door in doors:
                door.shut(until)


def _listen(ports: Ports) -> socket.socket:
    try:
        return socket.create_server((HOST, ports.here))
    except OSError as exc:
        why = os.strerror(exc.errno).lower() if exc.errno else str(exc)  # its own words repeat the address
        raise errors.UsageError(
            f"port {ports.here} of this machine cannot be had: {why}",
            f"take another one, as in --port {ports.here + 1 if ports.here < 65535 else 8000}:{ports.there}",
        ) from exc


class _Door:
    """One port of this machine: takes connections, each carried by threads of its own."""

    def __init__(self, listener: socket.socket, box: Box, path: str, say: Callable[[str], None]) -> None:
        self._listener, self._box, self._path, self._say = listener, box, path, say
        self.port: int = listener.getsockname()[1]
        self._carriers: dict[threading.Thread, socket.socket] = {}
        self._lock = threading.Lock()

    def keep(self) -> None:
        """Take connections until the door is shut."""
        with contextlib.suppress(OSError):  # it is shut
            while True:
                self._take(*self._listener.accept())

    def _take(self, local: socket.socket, peer: tuple[str, int]) -> None:
        carrier = threading.Thread(target=self._carry, args=(local, peer), name="forwarded connection", daemon=True)
        with self._lock:
            self._carriers = {one: its for one, its in self._carriers.items() if one.is_alive()}
            carrier.start()
            self._carriers[carrier] = local

    def shut(self, until: float) -> None:
        """Take no more connections, and end the ones there are; what is under way has a moment."""
        with contextlib.suppress(OSError):  # wakes whoever waits in `accept`
            self._listener.shutdown(socket.SHUT_RDWR)
        with self._lock:
            carriers = list(self._carriers.items())
        for carrier, local in carriers:
            carrier.join(max(until - time.monotonic(), 0.0))
            if carrier.is_alive():
                with contextlib.suppress(OSError):  # it has just ended
                    local.shutdown(socket.SHUT_RDWR)

    def _carry(self, local: socket.socket, peer: tuple[str, int]) -> None:
        """Carry one connection to its end."""
        with contextlib.suppress(OSError), local:  # whoever connected has gone
            if not is_ours(peer, (HOST, self.port)):
                self._say(f"Refused a connection to port {self.port}: it is another user's.")
                return
            try:
                with self._box.runner.connect(self._path) as box:
                    _join(local, box)
            except errors.LagerError as exc:
                self._say(f"Port {self.port}: {exc.what}.{f' Try: {exc.hint}.' if exc.hint else ''}")


def _join(local: socket.socket, box: Stream) -> None:
    """Carry bytes both ways until both ends have said all, or one of them is gone.

    Raises:
        LagerError: The box says why it is over.
    """
    up = threading.Thread(target=_to_box, args=(local, box), name="to the box", daemon=True)
    up.start()
    said_all = False
    try:
        while isinstance(part := box.receive_bytes(), bytes):
            if part:
                local.sendall(part)
            else:
                said_all = True
                local.shutdown(socket.SHUT_WR)
        error: wire.ErrorBody = wire.from_json(part.encode(), wire.ErrorBody)
        raise error.as_error()
    except Dropped:
        return
    finally:
        if not said_all:  # the script broke it off, or the box has gone: that must not look like a good end
            local.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        box.abort()
        with contextlib.suppress(OSError):  # it has gone already
            local.shutdown(socket.SHUT_RD)
        up.join()


def _to_box(local: socket.socket, box: Stream) -> None:
    with contextlib.suppress(Dropped):  # then it is over; the other way notices, too
        try:
            while part := local.recv(_PART):
                box.send_bytes(part)
            box.send_bytes(b"")
        except OSError:  # whoever connected has broken it off, and so has the script to be told
            box.close()

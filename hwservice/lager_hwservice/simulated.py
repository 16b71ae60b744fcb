"""The way from the hardware service to the simulated bench: finds the instrument of a net, and passes on what to do.

A connection for each request. What can be done, and what it means, is the bench's affair.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from lager import errors, settings, wire
from lager.lines import Lines
from lager_hwservice.bench import Bench

_PATIENCE = 5.0  # s, for what the bench does at once


class Simulations:
    """The simulated bench of this user's box, if it has one.

    Args:
        bench: Gives the nets as they are now.
        path: The simulated bench's socket.
    """

    def __init__(self, bench: Callable[[], Bench], path: Path | None = None) -> None:
        self._bench = bench
        self._path = path or settings.simulated_socket()

    def listing(self) -> list[wire.Simulated]:
        """Give how things are with all its instruments.

        Raises:
            UsageError: This box has no simulated bench.
            ServiceUnreachable: It does not answer.
        """
        return msgspec.convert(self._ask(wire.ListSimulated(0)), list[wire.Simulated])

    def inject(self, action: str, net: str, value: float | None = None) -> wire.Simulated:
        """Have something done to the instrument of a net; tell how it is then.

        Args:
            action: As in `wire.Inject`.
            net: The net's name; empty where the action is for all instruments.
            value: What the action takes; None for its default.

        Raises:
            NetNotFound: The bench has no such net.
            UsageError: This box has no simulated bench, or cannot do that.
            ServiceUnreachable: It does not answer.
        """
        address = self._address(net) if net else ""
        return msgspec.convert(self._ask(wire.Inject(0, action, address, value)), wire.Simulated)

    def _address(self, name: str) -> str:
        bench = self._bench()
        named = [net for net in bench.nets if net.name == name]
        return named[0].address if named else bench.find(name, "").address  # that says which nets there are

    def _ask(self, request: wire.SimulatedRequest) -> Any:
        try:
            link = Lines(str(self._path), _PATIENCE)
        except (FileNotFoundError, ConnectionRefusedError) as exc:
            raise errors.UsageError(
                "this box has no simulated bench: its instruments are real ones",
                "a private box has one; use it with --box local",
            ) from exc
        except OSError as exc:
            raise _silent(exc) from exc
        with contextlib.closing(link):
            try:
                link.send(request)
                reply: wire.SimulatedReply = link.receive(wire.SimulatedReply)
            except OSError as exc:
                raise _silent(exc) from exc
        if isinstance(reply, wire.Failed):
            raise reply.error.as_error()
        return reply.value


def _silent(cause: OSError) -> errors.ServiceUnreachable:
    return errors.ServiceUnreachable(
        f"the simulated bench does not answer: {cause.strerror or cause}", "try again in a second; see the box's log"
    )

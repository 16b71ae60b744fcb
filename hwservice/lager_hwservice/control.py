"""The service's own unix socket: scripts ask here which worker serves a net, and then talk to that worker.

A thread for each connection, as a caller may have to wait until its worker has started. Calls do not pass through here.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

import msgspec

from lager import errors, wire
from lager.lines import Lines
from lager_hwservice.listening import accepted
from lager_hwservice.switchboard import Switchboard


class Control:
    """Answers on the service's socket.

    Args:
        switchboard: What it asks.
        on_use: Called for every request (the box is not idle).
        make_safe: Brings nets into their safe state.
        instruments: Looks what is plugged in.
        refused: Says why a client was refused something of a net a moment ago.
    """

    def __init__(
        self,
        switchboard: Switchboard,
        on_use: Callable[[], None],
        make_safe: Callable[[wire.MakeSafe], list[wire.MadeSafe]],
        instruments: Callable[[], list[wire.Instrument]],
        refused: Callable[[str, str], str],
    ) -> None:
        self._switchboard = switchboard
        self._on_use = on_use
        self._make_safe = make_safe
        self._instruments = instruments
        self._refused = refused

    def serve(self, listener: socket.socket) -> None:
        """Answer whoever connects, until the listener is shut down."""
        for connected in accepted(listener):
            threading.Thread(target=self._serve_one, args=(connected,), name="control", daemon=True).start()

    def _serve_one(self, connected: socket.socket) -> None:
        link = Lines.over(connected)
        try:
            while True:
                request: wire.HardwareRequest = link.receive(wire.HardwareRequest)
                self._on_use()
                link.send(self._answer(request))
        except OSError:
            return  # the caller has gone
        except errors.UsageError as exc:
            with contextlib.suppress(OSError):  # the caller has gone
                link.send(wire.Failed(0, wire.ErrorBody.of(exc)))
        finally:
            link.close()

    def _answer(self, request: wire.HardwareRequest) -> wire.HardwareReply:
        try:
            if isinstance(request, wire.Locate):
                located = self._switchboard.locate(request.net, request.role)
                return msgspec.structs.replace(located, id=request.id)
            if isinstance(request, wire.ListNets | wire.ListSaved | wire.ListInstruments):
                return wire.Answer(request.id, self._listed(request))
            if isinstance(request, wire.Refusal):
                return wire.Answer(request.id, self._refused(request.client, request.net))
            if isinstance(request, wire.Complain):
                return wire.Answer(request.id, self._switchboard.workers.examine(request.socket))
            if isinstance(request, wire.MakeSafe):
                return wire.Answer(request.id, self._make_safe(request))
            return wire.Answer(request.id, self._switchboard.change(request))
        except errors.LagerError as exc:
            return wire.Failed(request.id, wire.ErrorBody.of(exc))

    def _listed(
        self, request: wire.ListNets | wire.ListSaved | wire.ListInstruments
    ) -> list[wire.NetRecord] | wire.SavedNets | list[wire.Instrument]:
        if isinstance(request, wire.ListNets):
            return list(self._switchboard.bench.nets)
        return self._switchboard.saved() if isinstance(request, wire.ListSaved) else self._instruments()

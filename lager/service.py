"""The hardware service, as its clients in other processes see it: where nets are served, and the bench file.

It knows its socket and who may be asked twice; calls on nets do not pass through here (`lager.hardware`).
"""

from __future__ import annotations

import time
from typing import TypeVar

from lager import errors, wire
from lager.lines import Lines

T = TypeVar("T")
_AWAY_WITHIN = 15.0  # s a hardware service that was killed may take to be back
_ANSWERED_WITHIN = 45.0  # s; it may have to wait for a worker that starts
_EXAMINED_WITHIN = 7.0  # s
_LOOK_AGAIN = 0.02  # s
_NOBODY_THERE = (ConnectionRefusedError, FileNotFoundError)  # what connecting ends in; then nothing was sent


class Service:
    """The hardware service, as its clients in other processes see it.

    Args:
        path: Its unix socket.
        away_within: How long it may be away before that is an error, s.
    """

    def __init__(self, path: str, away_within: float = _AWAY_WITHIN) -> None:
        self._path = path
        self._away_within = away_within

    def locate(self, net: str, role: str) -> wire.Located:
        """Ask which worker serves a net.

        Raises:
            NetNotFound: The bench has no such net, or one of another role (`WrongNetType`).
            ServiceUnreachable: Nobody answers.
        """
        reply = self._ask(wire.Locate(1, net, role))
        if not isinstance(reply, wire.Located):
            raise _unexpected(reply)
        return reply

    def nets(self) -> list[wire.NetRecord]:
        """Ask for the nets of the bench.

        Raises:
            ServiceUnreachable: Nobody answers.
        """
        return self._answer(wire.ListNets(1), list[wire.NetRecord])

    def saved(self) -> wire.SavedNets:
        """Ask for the bench file.

        Raises:
            ServiceUnreachable: Nobody answers.
        """
        return self._answer(wire.ListSaved(1), wire.SavedNets)

    def instruments(self) -> list[wire.Instrument]:
        """Ask what is plugged in.

        Raises:
            LagerError: The box cannot look.
            ServiceUnreachable: Nobody answers.
        """
        return self._answer(wire.ListInstruments(1), list[wire.Instrument])

    def refused(self, client: str, net: str) -> str:
        """Ask why a released client was refused something of a net a moment ago; '' where it was not.

        Raises:
            ServiceUnreachable: Nobody answers.
        """
        return self._answer(wire.Refusal(1, client, net), str)

    def change(self, asked: wire.BenchChange) -> bool:
        """Have the bench file changed; gives whether that changed anything.

        Raises:
            UsageError: It cannot be changed so, or is broken; it is as it was.
            LagerError: It cannot be written; it is as it was.
            ServiceUnreachable: Nobody answers; where somebody did take it, the error says that it may be done.
        """
        return self._answer(asked, bool)

    def make_safe(self, asked: wire.MakeSafe) -> list[wire.MadeSafe]:
        """Have nets brought into their safe state; asking twice does no harm.

        Raises:
            BoxLocked: Somebody else has the box, and it is not forced.
            LagerError: A net that was named is not there, or has no safe state.
            ServiceUnreachable: Nobody answers.
        """
        return self._answer(asked, list[wire.MadeSafe])

    def _answer(self, request: wire.HardwareRequest, kind: type[T]) -> T:
        reply = self._ask(request)
        if not isinstance(reply, wire.Answer):
            raise _unexpected(reply)
        return wire.from_json(wire.to_json(reply.value), kind)

    def examine(self, socket: str) -> bool:
        """Have the worker at a socket looked after, as it does not answer; gives whether it is replaced.

        A service that is itself away has no answer: then its workers are about to end.
        """
        try:
            reply = self._ask_once(wire.Complain(1, socket), _EXAMINED_WITHIN)
        except OSError:
            return False
        return isinstance(reply, wire.Answer) and bool(reply.value)

    def _ask(self, request: wire.HardwareRequest) -> wire.HardwareReply:
        """Ask once; again, where that changes nothing, while the box is bringing the service back."""
        until = time.monotonic() + self._away_within
        while True:
            try:
                return self._ask_once(request)
            except OSError as exc:
                if isinstance(request, wire.BenchChange) and not isinstance(exc, _NOBODY_THERE):
                    raise errors.ServiceUnreachable(
                        f"the box's hardware service ended while it was to change the bench file ({exc}); "
                        "it is not known whether it did",
                        "look with Net.list_saved() or `lager nets`",
                    ) from exc
                if time.monotonic() > until:
                    raise errors.ServiceUnreachable(
                        f"the box's hardware service does not answer ({exc})", "`lager box status` says how the box is"
                    ) from exc
            time.sleep(_LOOK_AGAIN)  # noqa: TID251  # a service that is not there cannot wake us

    def _ask_once(self, request: wire.HardwareRequest, within: float = _ANSWERED_WITHIN) -> wire.HardwareReply:
        link = Lines(self._path, within)
        try:
            try:
                link.send(request)
            except UnicodeEncodeError as exc:  # half a character, as broken file names have it
                raise errors.UsageError(f"{request!r} cannot be sent: {exc}", "give plain text") from exc
            reply: wire.HardwareReply = link.receive(wire.HardwareReply)
        finally:
            link.close()
        if isinstance(reply, wire.Failed):
            raise reply.error.as_error()
        return reply


def _unexpected(reply: object) -> errors.Defect:
    return errors.Defect(f"the hardware service answered with {type(reply).__name__}", "update both ends")

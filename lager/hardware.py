"""The way to the bench from any other process: find the worker that serves a net, and call it directly.

Used in the script's own process, from any of its threads, and by the hardware service itself for its HTTP callers. It
knows sockets and who may be asked twice; it knows no method of any net (`lager.proxies`) and no instrument.
"""

from __future__ import annotations

import atexit
import functools
import math
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from lager import errors, roles, wire
from lager.lines import Lines

SOCKET = "LAGER_HARDWARE_SOCKET"  # the hardware service's socket, set for every run
RUN = "LAGER_PROCESS_ID"  # the run's id, set for every run

TURN_WITHIN = 8.0  # s a call waits at a worker for the calls before it
CALL_WITHIN = 30.0  # s a call may take once it is its turn; a worker that takes longer is replaced
ANSWER_WITHIN = TURN_WITHIN + CALL_WITHIN + 5  # s until a caller gives up: always after the worker would have
_AWAY_WITHIN = 15.0  # s a hardware service that was killed may take to be back
_NOTICED_WITHIN = 5.0  # s until the service knows that a worker has ended
_LOOK_AGAIN = 0.02  # s
_ATTEMPTS = 8  # a worker may be replaced again while its caller looks for it


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
        reply = self._ask(wire.ListNets(1))
        if not isinstance(reply, wire.Answer):
            raise _unexpected(reply)
        return wire.from_json(wire.to_json(reply.value), list[wire.NetRecord])

    def _ask(self, request: wire.HardwareRequest) -> wire.HardwareReply:
        """Ask once; again, as asking changes nothing, while the box is bringing the service back."""
        until = time.monotonic() + self._away_within
        while True:
            try:
                return self._ask_once(request)
            except OSError as exc:
                if time.monotonic() > until:
                    raise errors.ServiceUnreachable(
                        f"the box's hardware service does not answer ({exc})", "`lager box status` says how the box is"
                    ) from exc
            time.sleep(_LOOK_AGAIN)  # noqa: TID251  # a service that is not there cannot wake us

    def _ask_once(self, request: wire.HardwareRequest) -> wire.HardwareReply:
        link = Lines(self._path, ANSWER_WITHIN)
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


class Hardware:
    """Calls on nets, from any thread and in any process forked from this one.

    Connections are kept and shared between threads one call at a time, so each call has one to itself.

    Args:
        locate: Says which worker serves a net (name, role).
        caller: Who calls, for the message others get while they wait.
    """

    def __init__(self, locate: Callable[[str, str], wire.Located], caller: str) -> None:
        self._locate = locate
        self._caller = caller
        self._where: dict[tuple[str, str], wire.Located] = {}
        self._idle: dict[str, deque[Lines]] = {}
        self._process = os.getpid()

    def net(self, name: str, role: str) -> wire.NetRecord:
        """Find a net, and remember where it is served.

        Raises:
            NetNotFound: The bench has no such net, or one of another role (`WrongNetType`).
            ServiceUnreachable: The service does not answer.
        """
        return self._located(name, role, afresh=True).net

    def call(self, name: str, role: str, method: str, args: Sequence[Any] = (), caller: str = "") -> Any:
        """Call a method of a net, and give what it returns as plain JSON data.

        A worker that has died since is looked for again. What may have reached the instrument is sent again only if
        it reads.

        Raises:
            LagerError: What the call ended in, or ServiceUnreachable.
        """
        arguments = list(args)
        _check_finite(name, method, arguments)
        where = self._located(name, role)
        for attempt in range(_ATTEMPTS):
            call = wire.Call(attempt, name, role, where.net.pin, method, arguments, {}, caller or self._caller)
            try:
                link = self._take(where.socket)
            except OSError:
                where = self._elsewhere(name, role, where.socket)
                continue
            reply = self._exchange(link, where.socket, call)
            if reply is not None:
                return reply.value
        raise errors.ServiceUnreachable(
            f"the worker that serves {name} keeps ending", "the log of the box says why; `lager box status` finds it"
        )

    def close(self) -> None:
        """Close every idle connection. The next call opens its own."""
        for path in list(self._idle):
            self._forget(path)

    def _located(self, name: str, role: str, afresh: bool = False) -> wire.Located:
        where = None if afresh else self._where.get((name, role))
        if where is None:
            where = self._where[name, role] = self._locate(name, role)
        return where

    def _elsewhere(self, name: str, role: str, path: str) -> wire.Located:
        """Locate a net anew: the worker at `path` has ended, which the service may not have noticed yet."""
        until = time.monotonic() + _NOTICED_WITHIN
        while True:
            where = self._located(name, role, afresh=True)
            if where.socket != path or time.monotonic() > until:
                return where
            time.sleep(_LOOK_AGAIN)  # noqa: TID251  # the service is about to notice; it has nobody to tell

    def _take(self, path: str) -> Lines:
        if self._process != os.getpid():
            # Forked: these connections are the parent's, and closing our copies leaves them open there.
            self._process = os.getpid()
            self.close()
        try:
            return self._idle[path].pop()
        except (KeyError, IndexError):
            return Lines(path, ANSWER_WITHIN)

    def _exchange(self, link: Lines, path: str, call: wire.Call) -> wire.Answer | None:
        """Send a call and wait for its answer; None when the worker died and the call may be sent again."""
        try:
            _send(link, call)
        except OSError:
            self._forget(path)  # that worker has gone: nothing of this call has reached it
            return None
        try:
            reply: wire.WorkerReply = link.receive(wire.WorkerReply)
        except TimeoutError as exc:
            link.close()
            raise errors.InstrumentSilent(
                f"{call.net}.{call.method} was not answered within {ANSWER_WITHIN:g} s", _look(call)
            ) from exc
        except ConnectionError as exc:
            link.close()
            self._forget(path)
            if roles.reads_only(call.role, call.method, call.args):
                return None
            raise errors.InstrumentError(
                f"the worker that serves {call.net} ended during {call.method}; "
                "it is not known whether that reached the instrument",
                _look(call),
            ) from exc
        except BaseException:
            link.close()  # its answer is still to come, and belongs to nobody now
            raise
        self._idle.setdefault(path, deque()).append(link)
        if isinstance(reply, wire.Failed):
            raise reply.error.as_error()
        return reply

    def _forget(self, path: str) -> None:
        idle = self._idle.pop(path, None)
        while idle:
            idle.pop().close()


@functools.lru_cache(maxsize=1)
def _of(path: str, run: str) -> tuple[Service, Hardware]:
    service = Service(path)
    hardware = Hardware(service.locate, f"run {run[:8]}" if run else f"process {os.getpid()}")
    atexit.register(hardware.close)
    return service, hardware


def of_this_run() -> tuple[Service, Hardware]:
    """Give this process's way to the bench, the same one each time.

    Raises:
        ServiceUnreachable: This is no run: no hardware service was named.
    """
    path = os.environ.get(SOCKET)
    if not path:
        raise errors.ServiceUnreachable(
            "there is no bench here: this script was not started by `lager python`", "run it as `lager python SCRIPT`"
        )
    return _of(path, os.environ.get(RUN, ""))


def _send(link: Lines, call: wire.Call) -> None:
    try:
        link.send(call)
    except (TypeError, ValueError) as exc:
        link.close()
        raise errors.UsageError(f"{call.net}.{call.method}: {exc}", "give plain numbers and text") from exc
    except BaseException:
        link.close()
        raise


def _check_finite(net: str, method: str, args: list[Any]) -> None:
    """Refuse what JSON cannot carry, and no instrument can be set to."""
    for value in args:
        if isinstance(value, float) and not math.isfinite(value):
            raise errors.UsageError(f"{net}.{method}: {value} is not a number to set anything to", "give a finite one")


def _look(call: wire.Call) -> str:
    return f"see what state {call.net} is in, then call again"


def _unexpected(reply: object) -> errors.Defect:
    return errors.Defect(f"the hardware service answered with {type(reply).__name__}", "update both ends")

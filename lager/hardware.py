"""The way to the bench from any other process: find the worker that serves a net, and call it directly.

Used in the script's own process, from any of its threads, and by the hardware service itself for its HTTP callers. It
knows sockets and who may be asked twice; it knows no method of any net (`lager.proxies`) and no instrument.
"""

from __future__ import annotations

import atexit
import enum
import errno
import functools
import itertools
import math
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from lager import errors, roles, wire
from lager.evaluation import evaluating, pauses, watching
from lager.lines import Lines
from lager.service import Service
from lager.times import ANSWER_WITHIN

SOCKET = "LAGER_HARDWARE_SOCKET"  # the hardware service's socket, set for every run
RUN = "LAGER_PROCESS_ID"  # the run's id, set for every run
HOLDER = "LAGER_LOCK_HOLDER"  # who has the box's lock where this run has it, set for every run

_NOTICED_WITHIN = 5.0  # s until the service knows that a worker has ended
_LOOK_AGAIN = 0.02  # s
_EXAMINED_AFTER = 3.0  # s without an answer until the service is asked to examine a worker; and from then to the next


class _Lost(enum.Enum):
    """What became of a call that was not answered, and may be sent to another worker."""

    UNSENT = "no worker has read it"
    RETIRED = "its worker gave it back"
    DIED = "its worker died; it only reads"


# How often a call is given to another worker. To connect may be tried longer: a worker may be replaced again meanwhile.
# A worker gives back what it did not do, and what only reads; the next one may find that it, too, has to be replaced.
_OFTEN = {_Lost.UNSENT: 8, _Lost.RETIRED: 2, _Lost.DIED: 1}


class Hardware:
    """Calls on nets, from any thread and in any process forked from this one.

    Connections are kept and shared between threads one call at a time, so each call has one to itself.

    Args:
        locate: Says which worker serves a net (name, role).
        caller: Who calls, for the message others get while they wait.
        run: The run that this is a script of, and who has the box's lock where it has it; empty for no run.
        remembers: Whether to keep in mind where a net is served; the bench may change, but asking costs time.
        examine: Has a worker looked after that does not answer (its socket); gives whether it is replaced.
    """

    def __init__(
        self,
        locate: Callable[[str, str], wire.Located],
        caller: str,
        run: tuple[str, str] = ("", ""),
        *,
        remembers: bool = True,
        examine: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._locate = locate
        self._caller = caller
        self._run, self._holder = run
        self._remembers = remembers
        self._examine = examine
        self._where: dict[tuple[str, str], wire.Located] = {}
        self._restarts: dict[tuple[str, bool], float] = {}  # by address, and whether a console knows, not the script
        self._idle: dict[str, deque[Lines]] = {}
        self._ids = itertools.count(1)
        self._process = os.getpid()

    def net(self, name: str, role: str) -> wire.NetRecord:
        """Find a net, and remember where it is served.

        Raises:
            NetNotFound: The bench has no such net, or one of another role (`WrongNetType`).
            ServiceUnreachable: The service does not answer.
        """
        return self._located(name, role, afresh=True).net

    def call(self, name: str, role: str, method: str, args: Sequence[Any] = (), caller: str = "") -> Any:
        """Call a method of a net, and give what it returns as plain JSON data; as `ask`, without its notice."""
        return self.ask(name, role, method, args, caller).value

    def ask(self, name: str, role: str, method: str, args: Sequence[Any] = (), caller: str = "") -> wire.Answer:
        """Call a method of a net, and give what it returns as plain JSON data, with what the caller should also know.

        Raises as `answer` does.
        """
        return self.answer(name, wire.NetCall(role, method, list(args), caller))

    def answer(self, name: str, asked: wire.NetCall, known: float | None = None) -> wire.Answer:
        """Do what is asked of a net.

        A worker that has died since is looked for again. What may have reached the instrument is sent again only if
        it reads.

        Args:
            name: The net.
            asked: What is asked.
            known: The instrument's last restart this caller knows of, as `Answer.restarted`, where that is not what
                all who call through this object know.

        Raises:
            LagerError: What the call ended in, or ServiceUnreachable.
        """
        told = watching.get()
        if told is None:
            return self._answered(name, asked, known)
        call = told.begin(name, asked.method, asked.args)
        error: BaseException | None = None
        try:
            return self._answered(name, asked, known)
        except BaseException as exc:
            error = exc
            raise
        finally:
            told.end(call, roles.reads_only(asked.role, asked.method, asked.args), error)
            del error

    def _answered(self, name: str, asked: wire.NetCall, of_caller: float | None) -> wire.Answer:
        role, caller = asked.role, asked.caller or self._caller
        _check_finite(name, asked.method, asked.args)
        where = self._located(name, role)
        lost: list[_Lost] = []
        while True:
            address = where.net.address
            known = self._known_restart(address) if of_caller is None else of_caller
            call = wire.Call(
                next(self._ids),
                name,
                role,
                where.net.pin,
                asked.method,
                asked.args,
                {},
                caller,
                known,
                asked.as_it_is,
                asked.holder or self._holder,
                # A console of a paused script is its user's; and a pause that is over makes no exception any more.
                "" if evaluating.get() or pauses.over else self._run,
                self._run,
            )
            reply = self._exchange(where.socket, call)
            if isinstance(reply, wire.Answer):
                self._learn(address, reply.restarted)
                return reply
            if isinstance(reply, wire.Failed):
                if reply.restarted:
                    self._learn(address, reply.restarted)
                raise reply.error.as_error()
            lost.append(reply)
            if lost.count(reply) > _OFTEN[reply]:
                raise _given_up(name, reply)
            where = self._elsewhere(name, role, where.socket)

    def _known_restart(self, address: str) -> float | None:
        """Give the instrument's last restart the caller knows of; None where it has not called before.

        What a console in a paused script was told, the script was not.
        """
        of_script = self._restarts.get((address, False))
        return self._restarts.get((address, True), of_script) if evaluating.get() else of_script

    def _learn(self, address: str, restarted: float) -> None:
        key = address, evaluating.get()
        self._restarts[key] = max(restarted, self._restarts.get(key, 0.0))  # an answer may come late

    def close(self) -> None:
        """Close every idle connection. The next call opens its own."""
        for path in list(self._idle):
            self._forget(path)

    def _located(self, name: str, role: str, afresh: bool = False) -> wire.Located:
        known = self._where.get((name, role))
        if known is not None and self._remembers and not afresh:
            return known
        where = self._where[name, role] = self._locate(name, role)
        if known is not None and known.socket != where.socket:
            self._forget(known.socket)  # that worker has ended, or serves others now
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
            return Lines(path, _EXAMINED_AFTER)

    def _exchange(self, path: str, call: wire.Call) -> wire.Answer | wire.Failed | _Lost:
        """Send a call and wait for its answer, or for what became of it."""
        try:
            link = self._take(path)
            _send(link, call)
        except OSError as exc:
            self._forget(path)  # that worker has gone, or takes nothing more: nothing of this call has reached it
            if isinstance(exc, TimeoutError):
                self._examine(path)
            return _Lost.UNSENT
        try:
            reply = self._receive(link, path, call)
        except ConnectionError as exc:
            link.close()
            self._forget(path)
            return _became(call, exc)
        except BaseException:
            link.close()  # its answer is still to come, and belongs to nobody now
            raise
        self._idle.setdefault(path, deque()).append(link)
        return _Lost.RETIRED if isinstance(reply, wire.Retired) else reply

    def _receive(self, link: Lines, path: str, call: wire.Call) -> wire.Answer | wire.Failed | wire.Retired:
        """Wait for the answer. While it does not come, the service is asked now and then whether the worker lives."""
        until = time.monotonic() + ANSWER_WITHIN
        while True:
            try:
                reply: wire.WorkerReply = link.receive(wire.WorkerReply)
            except TimeoutError as exc:
                if time.monotonic() > until:
                    raise errors.InstrumentSilent(
                        f"{call.net}.{call.method} was not answered within {ANSWER_WITHIN:g} s{_doubt(call)}",
                        _look(call),
                    ) from exc
                self._examine(path)
                continue
            if isinstance(reply, wire.Watched) or reply.id != call.id:
                raise ConnectionAbortedError("the answer to another call")
            return reply

    def _forget(self, path: str) -> None:
        idle = self._idle.pop(path, None)
        while idle:
            idle.pop().close()


def _became(call: wire.Call, exc: ConnectionError) -> _Lost:
    """Decide what became of a call whose connection ended.

    Raises:
        InstrumentError: It may have reached the instrument, and is no call to be made twice.
    """
    if exc.errno == errno.ECONNRESET:  # so the kernel calls an end that has not read all that was sent to it
        return _Lost.UNSENT
    if roles.reads_only(call.role, call.method, call.args):
        return _Lost.DIED
    raise errors.InstrumentError(
        f"the box's process for {call.net} ended during {call.method}{_doubt(call)}", _look(call)
    ) from exc


def _given_up(name: str, lost: _Lost) -> errors.LagerError:
    if lost is _Lost.RETIRED:
        return errors.InstrumentGone(
            f"the instrument of {name} left its bus again and again",
            "check its cable and its power, then call again: nothing needs a restart",
        )
    if lost is _Lost.DIED:
        return errors.InstrumentError(
            f"the box's process for {name} ended during this call, and the next one as well",
            "look at the instrument's front panel, then call again; the log of the box says why they ended",
        )
    return errors.ServiceUnreachable(
        f"the box's process for {name} keeps ending", "call again; the log of the box says why it ends"
    )


@functools.lru_cache(maxsize=1)
def _of(path: str, run: str, holder: str) -> tuple[Service, Hardware]:
    service = Service(path)
    caller = f"run {run[:8]}" if run else f"process {os.getpid()}"
    hardware = Hardware(service.locate, caller, (run, holder), examine=service.examine)
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
    return _of(path, os.environ.get(RUN, ""), os.environ.get(HOLDER, ""))


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


def _doubt(call: wire.Call) -> str:
    if roles.reads_only(call.role, call.method, call.args):
        return ""
    return "; it is not known whether that reached the instrument"


def _look(call: wire.Call) -> str:
    return f"see what state {call.net} is in, then call again"

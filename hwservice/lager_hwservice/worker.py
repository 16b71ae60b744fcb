"""A worker: the process that owns one instrument, and answers everybody's calls on it over its own unix socket.

`python -m lager_hwservice.worker --address A --instrument I --via V --socket PATH`, started by the hardware service
(`workers.py`) and ended with it. A thread for each connection; one call at a time, in the order they came. It opens the
instrument at the first call, never before. A call that hangs ends the process: whoever waits for it is told by the end
of the connection, and the service starts another.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from lager import errors, roles, wire
from lager.hardware import CALL_WITHIN, TURN_WITHIN
from lager.lifeline import Lifeline
from lager.lines import Lines
from lager_hwservice import calls, dispatch, links
from lager_hwservice.listening import accepted, listen
from lager_hwservice.sessions import Session
from lager_hwservice.turns import Turns

log = logging.getLogger(__name__)
HUNG = 70  # exit status of a worker whose call did not come back
_LOOK_EVERY = 0.5  # s between two looks at a call that is running
_END_WITHIN = 2.0  # s that a running call gets when the service has gone


class Worker:
    """Calls on one instrument.

    Args:
        instrument: Model and address, as people are told.
        session: The instrument's session.
        turn_within: How long a call waits for those before it, s.
    """

    def __init__(self, instrument: str, session: Session, turn_within: float = TURN_WITHIN) -> None:
        self._instrument = instrument
        self._session = session
        self._turn_within = turn_within
        self._turns = Turns(f"the {instrument}", time.monotonic)
        self._working = threading.Event()

    def answer(self, call: wire.Call, is_waiting: Callable[[], bool] = lambda: True) -> wire.WorkerReply:
        """Do one call; `is_waiting` says whether its caller is still there."""
        try:
            return wire.Answer(call.id, self._perform(call, is_waiting))
        except errors.LagerError as exc:
            return wire.Failed(call.id, wire.ErrorBody.of(exc))
        except Exception as exc:  # a call's top: the worker lives on, and the caller hears of it
            log.exception("%s.%s", call.net, call.method)
            self._session.drop()
            return wire.Failed(call.id, wire.ErrorBody.of(_defect(call, exc)))

    def _perform(self, call: wire.Call, is_waiting: Callable[[], bool]) -> Any:
        method = dispatch.find(call.role, call.method)
        args = method.arguments(call.args, call.kwargs)
        name = f"{call.net}.{call.method}"
        with self._turns.take(f"{call.caller or 'somebody'} ({name})", self._turn_within) as waited:
            if waited and not is_waiting():
                raise errors.LagerError(f"{name}: its caller has gone")
            if not self._working.is_set():
                self._working.set()
            reads_only = roles.reads_only(call.role, call.method, args)
            request = calls.Request(
                self._instrument, name, call.role, call.pin, lambda on: method.call(on, args), reads_only
            )
            return calls.perform(self._session, request)

    def serve(self, listener: socket.socket) -> None:
        """Answer whoever connects, for ever."""
        threading.Thread(target=self._end_when_hung, name="watchdog", daemon=True).start()
        for connected in accepted(listener):
            threading.Thread(target=self._serve_one, args=(connected,), name="caller", daemon=True).start()

    def _serve_one(self, connected: socket.socket) -> None:
        link = Lines.over(connected)
        try:
            while True:
                call: wire.Call = link.receive(wire.Call)
                link.send(self.answer(call, lambda: _is_open(connected)))
        except OSError:
            return  # the caller has gone
        except errors.UsageError as exc:
            log.warning("%s", exc)  # no call at all: there is nothing to answer to
        finally:
            link.close()

    def _end_when_hung(self) -> None:
        """Look after the running call; sleeps for as long as there is none."""
        pause = threading.Event()
        while self._working.wait():
            pause.wait(_LOOK_EVERY)  # so that quick calls, one after another, do not wake this thread each time
            self._working.clear()
            current = self._turns.current()
            if current is None:
                continue
            self._working.set()
            who, since = current
            if since > CALL_WITHIN:
                log.error("%s has had the instrument for %.0f s: this worker ends", who, since)
                os._exit(HUNG)

    def end(self) -> None:
        """Let go of the instrument and end the process, whatever is running."""
        try:
            with self._turns.take("the end of the service", _END_WITHIN):
                self._session.drop()
        except errors.InstrumentBusy as exc:
            log.warning("ending in the middle of a call: %s", exc.what)
        os._exit(0)


def _is_open(connected: socket.socket) -> bool:
    """Whether the other end is still there; it sends nothing while it waits."""
    try:
        return connected.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def _defect(call: wire.Call, exc: Exception) -> errors.Defect:
    return errors.Defect(
        f"a defect of lager in {call.net}.{call.method}: {type(exc).__name__}: {exc}",
        "the box's log has the details; please report them",
    )


def main() -> int:
    """Run a worker until its service ends."""
    parser = argparse.ArgumentParser(prog="lager_hwservice.worker")
    for name in ("address", "instrument", "via", "socket"):
        parser.add_argument(f"--{name}", required=name != "via", default="")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a box's terminal: the box ends its services in order
    logging.basicConfig(level=logging.INFO, format=f"worker {options.instrument} %(levelname)s %(message)s")
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # says again, in its words, what it raises
    ending = threading.Event()
    lifeline = Lifeline(ending.set)
    try:
        session = _session(options.instrument, options.address, options.via)
    except errors.LagerError as exc:
        lifeline.report("failed", code=exc.code, what=exc.what, hint=exc.hint)
        return exc.exit_code
    worker = Worker(f"{options.instrument} at {options.address}", session)
    listener = listen(options.socket)
    threading.Thread(target=worker.serve, args=(listener,), name="listener", daemon=True).start()
    lifeline.report("ready")
    ending.wait()
    worker.end()
    return 0


def _session(instrument: str, address: str, via: str) -> Session:
    from lager_drivers import catalog

    entry = catalog.find(instrument)
    way = links.prepare(entry.link, address, via)
    return Session(way.open, entry.connect, way.troubles)


if __name__ == "__main__":
    sys.exit(main())

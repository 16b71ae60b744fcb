"""Watching the nets of one instrument, in its worker: reads for the watchers, and gives each its readings.

One thread reads, one reading at a time, each in its turn like every call: a monitor never has more than one place in
the queue. A watcher is served in the thread of its own connection, and is given the latest reading when it is slow: it
delays nobody. What is read when, and who is refused meanwhile, is decided in `watchlist`.
"""

from __future__ import annotations

import itertools
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable

from lager import errors, wire
from lager.lines import Lines
from lager_hwservice import dispatch
from lager_hwservice.watchlist import SHORTEST, Subject, Watchlist


class _Seat:
    """One watcher's place: the latest reading it has not been given yet, and what wakes it."""

    def __init__(self) -> None:
        self.wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._latest: deque[wire.Watched] = deque(maxlen=1)  # put and taken by different threads, each in one step

    def offer(self, reading: wire.Watched) -> None:
        """Put a reading there, in place of one that was not taken."""
        self._latest.append(reading)
        os.eventfd_write(self.wake, 1)

    def take(self) -> wire.Watched | None:
        """Take what is there."""
        os.eventfd_read(self.wake)
        return self._latest.popleft() if self._latest else None


class Monitors:
    """Everybody who watches a net of one instrument.

    Args:
        model: The instrument's name in the catalog.
        one_role_at_a_time: Whether watching a net keeps nets of another role from being used.
        answer: Does one call, in its turn.
    """

    def __init__(self, model: str, one_role_at_a_time: bool, answer: Callable[[wire.Call], wire.WorkerReply]) -> None:
        self._list = Watchlist(model, one_role_at_a_time)
        self._answer = answer
        self._change = threading.Condition()
        self._seats: dict[int, _Seat] = {}
        self._holders: dict[Subject, str] = {}  # in whose name it is read
        self._numbers = itertools.count()
        self._reads = False

    def refuse(self, net: str, role: str) -> None:
        """Refuse a call on a net while one of another role is being watched; for every call, before it queues.

        Raises:
            RoleConflict: Its text names that net.
        """
        if self._seats:  # looked at without the lock: calls are many, monitors are few
            with self._change:
                self._list.refuse(net, role)

    def watched(self) -> list[str]:
        """Name what is being watched: role and net."""
        with self._change:
            return [f"{one.role} {one.net}" for one in self._list.subjects()]

    def watch(self, link: Lines, request: wire.Watch) -> None:
        """Serve a watcher on its connection, until it closes it or asks for something else.

        Raises:
            RoleConflict: A net of another role is being watched, or the instrument's other role is live.
            UsageError: Nets of that role cannot be read.
            OSError: The watcher has gone.
        """
        _reading_of(request.role)
        subject = Subject(request.role, request.net, request.pin)
        first = self._first(subject, request.holder)
        number, seat = next(self._numbers), _Seat()
        try:
            self._join(number, seat, request, first)
            self._serve(link, request.id, seat)
        finally:
            with self._change:
                self._list.leave(number)
                self._seats.pop(number, None)
                if subject not in self._list.subjects():
                    self._holders.pop(subject, None)
                self._change.notify_all()
            os.close(seat.wake)  # nobody can offer it anything now

    def _first(self, subject: Subject, holder: str) -> wire.Watched | None:
        """Read a net that nobody watches yet, before anybody is kept out for it.

        Raises:
            RoleConflict: As `watch`. Whoever uses the live role must not lose it to somebody who cannot watch anyway.
        """
        with self._change:
            self._list.refuse(subject.net, subject.role)
            if subject in self._list.subjects():
                return None
        return _let_in(self._reading(subject, holder))

    def _join(self, number: int, seat: _Seat, request: wire.Watch, first: wire.Watched | None) -> None:
        subject, due = Subject(request.role, request.net, request.pin), time.monotonic()
        with self._change:
            if first is not None:
                due += max(request.interval, SHORTEST)
                seat.offer(first)
            self._list.join(number, subject, request.interval, due, request.caller)
            self._holders[subject] = request.holder or self._holders.get(subject, "")
            self._seats[number] = seat
            if not self._reads:
                self._reads = True
                threading.Thread(target=self._read, name="monitor", daemon=True).start()
            self._change.notify_all()

    def _serve(self, link: Lines, request_id: int, seat: _Seat) -> None:
        waiting = select.poll()
        waiting.register(link.fileno(), select.POLLIN)
        waiting.register(seat.wake, select.POLLIN)
        while True:
            ready = {number for number, _ in waiting.poll()}
            if link.fileno() in ready:  # it has gone, or wants something else now
                return
            reading = _let_in(seat.take())
            if reading is not None:
                link.send(wire.Watched(request_id, reading.time, reading.state, reading.error))

    def _read(self) -> None:
        """Read for the watchers, until there is none left."""
        while (subject := self._next()) is not None:
            begun = time.monotonic()
            reading = self._reading(subject, self._holders.get(subject, ""))
            with self._change:
                for number in self._list.served(subject, begun):
                    if reading is not None:
                        self._seats[number].offer(reading)

    def _next(self) -> Subject | None:
        """Wait until something is to be read."""
        with self._change:
            while (due := self._list.next_reading()) is not None:
                when, subject = due
                left = when - time.monotonic()
                if left <= 0:
                    return subject
                self._change.wait(left)
            self._reads = False
            return None

    def _reading(self, subject: Subject, holder: str) -> wire.Watched | None:
        """Read a net; None when this worker ends, and the watchers find the next one."""
        caller = f"the monitor of {subject.net}"
        method = _reading_of(subject.role)
        call = wire.Call(0, subject.net, subject.role, subject.pin, method, caller=caller, holder=holder)
        reply = self._answer(call)
        now = time.time()
        if isinstance(reply, wire.Answer):
            return wire.Watched(0, now, reply.value)
        if isinstance(reply, wire.Failed):
            return wire.Watched(0, now, None, reply.error)
        return None


def _let_in(reading: wire.Watched | None) -> wire.Watched | None:
    """Give a reading, but for one that says that the role is not to be had: with it, the watching ends.

    Raises:
        RoleConflict: What it says.
    """
    if reading is not None and reading.error is not None and reading.error.code == errors.RoleConflict.code:
        raise reading.error.as_error()
    return reading


def _reading_of(role: str) -> str:
    """Name the call that reads a net of a role.

    Raises:
        UsageError: Nets of that role cannot be called.
    """
    return "state" if "state" in dispatch.calls_of(role) else "input"

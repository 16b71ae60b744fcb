"""One action on a net, from its first call to its last: each through `Hardware`, and all of them as one.

An action of several calls must not go on upon settings that were lost between two of them, and two that change
something must not mix. Blocks: for threads.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from lager import actions, addresses, errors, roles, wire
from lager.actions import measuring
from lager.hardware import Hardware
from lager.proxies.waiting import Clock
from lager.times import TURN_WITHIN
from lager_hwservice import restarts
from lager_hwservice.switchboard import Switchboard


class NetCalls:
    """The way of every client but a script to an action.

    Args:
        switchboard: The bench.
        hardware: The way to the workers.
        within: How long an action waits for another one of its channel, s.
    """

    def __init__(self, switchboard: Switchboard, hardware: Hardware, within: float = TURN_WITHIN) -> None:
        self._switchboard = switchboard
        self._hardware = hardware
        self._within = within
        self._change = threading.Condition()
        self._under_way: dict[tuple[str, str], str] = {}  # by the channel: who does what

    def find(self, name: str, role: str) -> wire.NetRecord:
        """Find the net that serves a role: the one of that role, or one that can stand for it.

        Raises:
            NetNotFound: There is none of that name, or it cannot serve that role (`WrongNetType`).
            UsageError: Nets of that role cannot be called.
        """
        if role not in actions.METERS:
            return self._switchboard.find(name, role)
        named = [net for net in self._switchboard.bench.nets if net.name == name]
        for net in named:
            if net.role != role and actions.served_by(role, net.role) is not None:
                return net
        if not named:
            return self._switchboard.find(name, role)
        raise measuring.unmeasured(name, named[0].role, role)

    def perform(self, name: str, asked: wire.NetAction, clock: Clock | None = None) -> wire.NetDone:
        """Do an action.

        Args:
            name: The net.
            asked: What is asked.
            clock: Time, for an action that takes some; this machine's own if none is given.

        Raises:
            UnknownAction: Nets of that role have no such action.
            InstrumentBusy: Another one of that channel is under way, and did not end in time.
            InstrumentRestarted: The instrument was switched off and on before or within it; nothing more was sent.
            LagerError: What its calls ended in.
        """
        net = self.find(name, asked.role)
        calls = _Calls(self._hardware, net, asked)
        served = actions.served_by(asked.role, net.role)
        assert served is not None  # `find` has seen to it
        with self._alone(net, asked):
            params = {"netname": name, **asked.params}
            done = actions.perform(asked.role, asked.action, params, served(calls.call), clock)
        return wire.NetDone(done.message, done.value, calls.notice)

    @contextlib.contextmanager
    def _alone(self, net: wire.NetRecord, asked: wire.NetAction) -> Iterator[None]:
        """Keep others that change something off the channel meanwhile."""
        if actions.only_reads(asked.role, asked.action):
            yield
            return
        channel = addresses.canonical(net.address), net.pin
        with self._change:
            if not self._change.wait_for(lambda: channel not in self._under_way, self._within):
                raise errors.InstrumentBusy(
                    f"{net.name} is in use: {self._under_way[channel]}; this action waited {self._within:g} s",
                    "try again when that is done",
                )
            self._under_way[channel] = f"{asked.caller or 'somebody'} ({asked.action})"
        try:
            yield
        finally:
            with self._change:
                del self._under_way[channel]
                self._change.notify_all()


class _Calls:
    """The calls of one action.

    Attributes:
        notice: What the caller should also know, for people.
    """

    def __init__(self, hardware: Hardware, net: wire.NetRecord, asked: wire.NetAction) -> None:
        self._hardware, self._net, self._asked = hardware, net, asked
        self._known: float | None = None  # of restarts; None before the first call: what all HTTP callers know
        self._wrote = False
        self.notice = ""

    def call(self, method: str, *args: Any) -> Any:
        """Call a method of the net's contract."""
        reads_only = roles.reads_only(self._net.role, method, list(args))
        writes = restarts.refused(method, reads_only)
        if self.notice and writes:
            raise self._cut_short(self.notice)
        asked = wire.NetCall(self._net.role, method, list(args), self._asked.caller, holder=self._asked.holder)
        answer = self._hardware.answer(self._net.name, asked, self._known)
        self._known = answer.restarted
        if answer.notice:
            if self._wrote:
                raise self._cut_short(f"{answer.notice}, also what was just set")
            self.notice = answer.notice
        self._wrote |= writes
        return answer.value

    def _cut_short(self, why: str) -> errors.InstrumentRestarted:
        what = f"the rest of {self._asked.action}" if self._wrote else self._asked.action
        return errors.InstrumentRestarted(
            f"{why}; {what} was not sent", "set it up again; or ask for the same once more, if it is right as it is now"
        )

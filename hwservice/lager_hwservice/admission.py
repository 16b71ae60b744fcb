"""Whether a worker lets a call in: who has the box's lock, and what the safety limits of its channel allow.

Decided in the call's turn, before anything of it is sent. What is let in and changes a net is noted as its run's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lager import boxlock, wire
from lager.lockfile import LockFile
from lager.netowners import Owners
from lager_drivers.device import Interruption
from lager_hwservice import calls, dispatch, safetylimits
from lager_hwservice.benchlimits import BenchLimits, Limits, no_limits

SAFEGUARDED = frozenset({*safetylimits.BOUND, "gpio"})  # roles whose nets may have a safe state


class Admission:
    """Lets calls in.

    Args:
        shut_out: Says who has the box's lock where that shuts a call's holder and run out; '' where it does not.
        limits: Gives the limits of a channel.
        note: Told of each net that a run is about to change: of its name, the run, its role and its channel.
        reconnects: Decides whether a net, of that name and role, is disconnected for a parameter.
    """

    def __init__(
        self,
        shut_out: Callable[[str, str], str] = lambda *_: "",
        limits: Limits = no_limits,
        note: Callable[[str, str, str, str], object] = lambda *_: None,
        reconnects: Callable[[str, str], bool] = lambda *_: False,
    ) -> None:
        self._shut_out = shut_out
        self._limits = limits
        self._note = note
        self._reconnects = reconnects

    def admit(self, call: wire.Call, request: calls.Request, args: list[Any]) -> calls.Request:
        """Let a call in, or refuse it; where somebody else has the box, it does not change the instrument's role.

        Raises:
            BoxLocked: It would change something, and somebody else has the box.
            SafetyLimit: It asks for more than a limit of its channel allows.
        """
        other = self._shut_out(call.holder, call.run)
        if request.reads_only:
            kept = bool(other) and not request.as_it_is
            return request._replace(as_it_is=True, locked_by=other) if kept else request
        if other:
            raise boxlock.locked_by(other)
        bounds = self._limits(call.role, call.pin)
        if bounds:
            safetylimits.refuse_asked(bounds, call.net, call.role, call.method, args)
        if call.script and call.role in SAFEGUARDED:
            self._note(call.net, call.script, call.role, call.pin)
        if self._reconnects(call.net, call.role):
            allow = functools.partial(_allow, bounds, call, args)
            request = request._replace(interruption=Interruption(allow))
        if safetylimits.looks_first(bounds, call.role, call.method, args):
            check = functools.partial(_look, bounds, call, args)
            return request._replace(check=check)
        return request


def _look(bounds: safetylimits.Bounds, call: wire.Call, args: list[Any], channel: Any) -> None:
    """Read what the channel is set to, and refuse where that is beyond its limits."""

    def read(method: str) -> Any:
        return dispatch.find(call.role, method).call(channel, [])

    safetylimits.refuse_held(bounds, call.net, call.role, call.method, args, read)


def _allow(bounds: safetylimits.Bounds, call: wire.Call, args: list[Any], channel: Any) -> None:
    """Refuse a call that switches a channel off and on again, where it may not be switched on as it will be then."""

    def read(method: str) -> Any:
        return args[0] if method == call.method else dispatch.find(call.role, method).call(channel, [])

    safetylimits.refuse_held(bounds, call.net, call.role, "enable", [], read)


def of_instrument(bench: str, address: str) -> Admission:
    """Give a worker's admission: by the box's lock, and by the limits in the bench file (its path; empty for none)."""
    kept = BenchLimits(Path(bench), address) if bench else None
    owners = Owners()

    def note(net: str, run: str, role: str, pin: str) -> None:
        owners.changes(net, run, safetylimits.place(address, role, pin))

    if kept is None:
        return Admission(LockFile().shuts_out, no_limits, note)
    return Admission(LockFile().shuts_out, kept.of, note, kept.reconnects)

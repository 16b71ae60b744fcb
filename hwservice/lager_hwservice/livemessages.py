"""What the live monitors say, in the words and keys of released boxes: pure, and nothing is sent here.

Supplies and batteries differ in names only, and in what is told when their net can be read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from lager import errors, wire
from lager_hwservice.watchlist import LONGEST, SHORTEST

Payload = dict[str, Any]


@dataclass(frozen=True)
class Words:
    """The names of one kind of net.

    Attributes:
        kind: As events and namespaces are named.
        role: Of its nets.
    """

    kind: str
    role: str

    @property
    def label(self) -> str:
        """Get the kind as a sentence begins with it."""
        return self.kind.capitalize()

    def event(self, what: str) -> str:
        """Name an event."""
        return f"{self.kind}_{what}"

    def started(self, net: str, interval: float) -> Payload:
        """Say that the monitoring begins."""
        return {"netname": net, "interval": interval, "message": f"Started monitoring {self.kind}: {net}"}

    def stopped(self) -> Payload:
        """Say that it is over."""
        return {"message": f"{self.label} monitoring stopped"}

    def ready(self, net: str, state: Payload, limits: Payload) -> Payload:
        """Say that the net can be read."""
        said = {"netname": net, "channel": state.get("channel"), "message": f"{self.label} driver ready for {net}"}
        return {**said, **self._most(limits)}

    def update(self, net: str, state: Payload, limits: Payload) -> Payload:
        """Give a reading; all of it was read."""
        return {"state": {"netname": net, **state, **self._named(state), **self._most(limits)}}

    def _named(self, state: Payload) -> Payload:
        return {"model": state.get("model") or "Custom"} if self.kind == "battery" else {}

    def _most(self, limits: Payload) -> Payload:
        if self.kind != "supply":
            return {}
        return {key: limits.get(key, 0) for key in ("voltage_max", "current_max")}  # 0 for what is not known

    def active(self) -> str:
        """Refuse a second monitoring of one connection."""
        return f"{self.label} monitoring session already active"

    def no_driver(self) -> str:
        """Refuse a command of a connection that monitors nothing."""
        return f"{self.label} driver not available. Is monitoring active?"

    def refused(self, net: str, error: errors.LagerError) -> str:
        """Say that a net cannot be monitored."""
        if isinstance(error, errors.RoleConflict):
            return error.what
        if isinstance(error, errors.Defect):
            return f"Internal error registering {self.kind} '{net}' session: {error.what}"
        return f"Could not resolve {self.kind} '{net}': {error.what}"

    def unread(self, net: str, error: wire.ErrorBody, ready: bool) -> str:
        """Say that a net could not be read this time."""
        if error.code == errors.RoleConflict.code:
            return error.what
        if not ready and self.kind == "supply":
            return f"Supply '{net}' is not responding (first query failed): {error.what}"
        return trouble(error.as_error())


SUPPLY = Words("supply", "power-supply")
BATTERY = Words("battery", "battery")


def trouble(error: errors.LagerError) -> str:
    """Say that something went wrong while a net was monitored."""
    if isinstance(error, errors.ServiceUnreachable):
        return f"Hardware service unreachable: {error.what}"
    if isinstance(error, errors.Defect):
        return f"Monitoring error: {error.what}"
    return f"Hardware service error: {error.what}"


def refusal(error: errors.LagerError) -> str:
    """Say why a command was not done: what the user has to know for his own mistakes, else where it went wrong."""
    if isinstance(error, errors.UsageError | errors.RoleConflict | errors.BoxLocked | errors.NetNotFound):
        return error.what
    return f"Hardware service error: {error.what}"


def interval_of(given: Any) -> float:
    """Read the interval of a monitoring, s: never shorter than a net is read.

    Raises:
        UsageError: It is no number of seconds.
    """
    given = 1.0 if given is None else given
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise errors.UsageError(f"interval cannot be {given!r}", "give a number of seconds, such as 1.0")
    return min(max(float(given), SHORTEST), LONGEST)


def text_of(asked: Payload, key: str) -> str:
    """Read a text that somebody else has sent; empty where there is none."""
    given = asked.get(key)
    return given if isinstance(given, str) else ""


def asked_of(args: tuple[Any, ...]) -> Payload:
    """Read what came with an event; nothing, where it is not what it should be."""
    return args[0] if args and isinstance(args[0], dict) else {}

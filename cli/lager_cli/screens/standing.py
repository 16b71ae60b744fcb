"""How it stands between a screen and its net: read, unreadable, without a connection, or silent. Time is handed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SILENT_AFTER = 5.0  # s
_TICKS_MISSED = 3

CONNECTING, LIVE, UNREADABLE, GONE = "connecting", "live", "unreadable", "gone"


class Standing:
    """What is known of a net now.

    Args:
        interval: How often it is read, s.
        now: Of a clock that only goes forward, s.
    """

    def __init__(self, interval: float, now: float) -> None:
        self.phase = CONNECTING
        self.state: Mapping[str, Any] = {}
        self.ready: Mapping[str, Any] = {}
        self._interval = interval
        self._why = ""
        self._heard = now
        self._read = 0.0

    def take(self, kind: str, payload: Mapping[str, Any], now: float) -> str:
        """Take an event of the connection (`live.LiveNet`).

        Returns:
            What is to be told of it, once: why there is no reading, or that there is one again; empty for nothing new.
        """
        self._heard = now
        before, why = self.phase, self._why
        if kind == "ready":
            self.ready = payload
        elif kind == "state":
            self.phase, self.state, self._why, self._read = LIVE, payload, "", now
            return "Readings are back." if before in (UNREADABLE, GONE) else ""
        elif kind == "back":
            self.phase, self._why = CONNECTING if before == CONNECTING else UNREADABLE, "waiting for the net"
            return "The connection is back."
        else:
            self.phase, self.state = GONE if kind == "gone" else UNREADABLE, {}
            self._why = _sentence(payload)
        return self._why if (self.phase, self._why) != (before, why) else ""

    def silent(self, now: float) -> bool:
        """Whether nothing came for so long that what was read last is no reading any more."""
        return self.phase != GONE and now - self._heard > max(_SILENT_AFTER, self._interval * _TICKS_MISSED)

    def shown(self, now: float) -> Mapping[str, Any]:
        """Give what may be shown as read: the last state while that is live, nothing otherwise."""
        return self.state if self.phase == LIVE and not self.silent(now) else {}

    def words(self, now: float) -> tuple[str, bool]:
        """Say how it stands, and whether that is trouble."""
        if self.phase == GONE:
            return f"CONNECTION LOST, trying again: {self._why}", True
        if self.silent(now):
            return f"NO NEWS for {now - self._heard:.0f} s: the instrument, the box or the network is silent", True
        if self.phase == UNREADABLE:
            return f"NO READING: {self._why}", True
        if self.phase == CONNECTING:
            return "Connecting ...", False
        return f"Live, every {self._interval:g} s", False


def _sentence(payload: Mapping[str, Any]) -> str:
    """Give what an event says of a trouble, in one line."""
    return " ".join(str(payload.get("message") or "no more is known").split())

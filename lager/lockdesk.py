"""What both services answer about the box's lock: `GET /lock`, `POST /lock`, `/lock/heartbeat` and `/unlock`.

Statuses, words and fields are those of the released interface (`lager.wire.locks`). It knows no web framework: a body
in, a status and a body out. Calls block for about a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from msgspec import UNSET

from lager import boxlock, errors, limits, wire
from lager.lockfile import LockFile

PATHS = {"lock": "/lock", "heartbeat": "/lock/heartbeat", "unlock": "/unlock"}
_LONGEST_NAME = 200  # characters of a holder's
_MOST_WHOLE = 2**53  # from here on, not every program can read a whole number


class Reply(NamedTuple):
    """An answer: the HTTP status, and what is sent as JSON."""

    status: int
    body: Mapping[str, Any]


class LockDesk:
    """The lock's requests.

    Args:
        file: The lock.
        extra: What this port says besides, in every answer that shows the lock.
    """

    def __init__(self, file: LockFile, extra: Callable[[], Mapping[str, Any]] = dict) -> None:
        self._file = file
        self._extra = extra
        self._verbs = {PATHS["lock"]: self._lock, PATHS["heartbeat"]: self._heartbeat, PATHS["unlock"]: self._unlock}

    def show(self) -> Reply:
        """Show the lock."""
        return Reply(200, self._shown(self._file.now()))

    def post(self, path: str, body: bytes) -> Reply:
        """Answer a request for one of PATHS.

        Raises:
            LagerError: The body is no good, or the lock's file cannot be written.
        """
        return self._verbs[path](body)

    def _lock(self, body: bytes) -> Reply:
        asked: wire.LockRequest = wire.from_json(body or b"{}", wire.LockRequest)
        decision = self._file.tell(boxlock.Ask(checked_holder(asked.user), _type(asked.holder_type), _ttl(asked)))
        if decision.refused:
            return self._refused(409, decision.state)
        before = {"previous_user": decision.previous} if decision.previous else {}
        return Reply(200, {**self._shown(decision.state), **before})

    def _heartbeat(self, body: bytes) -> Reply:
        asked: wire.LockRequest = wire.from_json(body or b"{}", wire.LockRequest)
        decision = self._file.tell(boxlock.Beat(checked_holder(asked.user)))
        if decision.refused:
            return self._refused(403, decision.state)
        if not decision.state.user:
            return Reply(404, _error(errors.LagerError("Box is not locked", "lock it: POST /lock")))
        return Reply(200, self._shown(decision.state))

    def _unlock(self, body: bytes) -> Reply:
        asked: wire.UnlockRequest = wire.from_json(body or b"{}", wire.UnlockRequest)
        user = asked.user if asked.force and not asked.user else checked_holder(asked.user)
        decision = self._file.tell(boxlock.Unlock(user, asked.force))
        if decision.refused:
            return self._refused(403, decision.state)
        words = "Box unlocked" if decision.before.user else "Box is already unlocked"
        if decision.state.user:  # by its runs: they have it until they pause or end
            words = f"Box is held by run {', '.join(run[:8] for run in decision.state.runs)}"
        return Reply(200, {**self._shown(decision.state), "message": words})

    def _refused(self, status: int, state: boxlock.State) -> Reply:
        words = f"Box is locked by {state.user}"
        error = {**_error(boxlock.locked_by(state.user)), "error": words}
        return Reply(status, {**error, "lock": self._shown(state)})

    def _shown(self, state: boxlock.State) -> dict[str, Any]:
        if not state.user:
            return {"locked": False, **self._extra()}
        share = state.asked or state.running
        assert share is not None
        beats = [one.beat for one in (state.asked, state.running) if one]
        shown = {
            "locked": True,
            "user": state.user,
            "holder_type": share.holder_type,
            "locked_at": stamp(state.since),
            "last_heartbeat": stamp(max(beats)),
            "ttl_seconds": _as_sent(share.ttl),
        }
        return shown | ({"runs": state.runs} if state.runs else {}) | dict(self._extra())


def stamp(moment: float) -> str:
    """Write a Unix time, s, as the released interface does."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def checked_holder(name: str) -> str:
    """Give a holder's name, if others can be shown it.

    Raises:
        UsageError: It is empty, too long, or not printable.
    """
    name = name.strip()
    if not name:
        raise errors.UsageError("user is required", "say who is to have the box")
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise errors.UsageError("user is no name", f"give printable text of {_LONGEST_NAME} characters at most")
    return name


def _type(word: str) -> str:
    """Check a type of holder; one that is not ours is kept as it is."""
    if len(word) > _LONGEST_NAME or not word.isprintable():
        raise errors.UsageError("holder_type is no word", f"give {wire.USER}, {wire.CI} or {wire.EPHEMERAL}")
    return word or wire.USER


def _ttl(asked: wire.LockRequest) -> float | None:
    if isinstance(asked.ttl_seconds, float):
        if asked.ttl_seconds > 0:
            return asked.ttl_seconds
        raise errors.UsageError("ttl_seconds must be more than 0", "give seconds, or null for ever")
    automatic = asked.holder_type in boxlock.AUTOMATIC
    return limits.read().lock_ttl if asked.ttl_seconds is UNSET and automatic else None


def _as_sent(seconds: float | None) -> float | None:
    """Give whole seconds as the whole number that a client sends: it may compare, or show it."""
    whole = seconds is not None and float(seconds).is_integer() and seconds < _MOST_WHOLE
    return int(seconds) if whole and seconds is not None else seconds


def _error(error: errors.LagerError) -> dict[str, str]:
    return {"error": error.what, "code": error.code, "what": error.what, "hint": error.hint}

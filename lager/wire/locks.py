"""The box's lock: `GET /lock`, `POST /lock`, `POST /lock/heartbeat` and `POST /unlock`, the same on :5000 and :9000.

Field names are those of the released interface.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

LONGEST_LOCK_WAIT = 10.0  # s that one request may wait for a lock
USER, CI, EPHEMERAL = "user", "ci", "ephemeral"  # who holds one: somebody who reserved it, a CI job, or a run


class LockRequest(Struct, frozen=True):
    """Body of `POST /lock`, and of `POST /lock/heartbeat`, which looks at `user` only.

    Attributes:
        user: Who is to have it: a person's name, or `ci:...` for a job.
        holder_type: `user` (a reservation, which nothing but `unlock` ends), `ci`, `ephemeral`, or a word of somebody
            else's, kept as it is.
        ttl_seconds: For how long without a heartbeat, s; None for ever. Left out, a reservation is for ever.
    """

    user: str = ""
    holder_type: str = USER
    ttl_seconds: float | UnsetType | None = UNSET


class UnlockRequest(Struct, frozen=True):
    """Body of `POST /unlock`: `force` frees another one's, too."""

    user: str = ""
    force: bool = False


class BoxLock(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The lock. Times as `YYYY-MM-DDTHH:MM:SSZ`, UTC.

    Attributes:
        ttl_seconds: s; None for ever.
        runs: Ids of the box's own runs for which it is held.
        busy: Whether a run lives.
        previous_user: Who had it before, where it was taken over.
    """

    locked: bool
    user: str = ""
    holder_type: str = USER
    locked_at: str = ""
    last_heartbeat: str = ""
    ttl_seconds: float | None = None
    runs: list[str] = []
    busy: bool = False
    previous_user: str = ""

"""The ways to a target, and what came of one attempt. They wait, so they are for threads of their own."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one attempt.

    Attributes:
        delivered: Whether it has arrived.
        status: HTTP status, or exit status of the command; None where there was none.
        error: Why it did not arrive. Nothing in it is secret.
        final: Whether another attempt would end the same.
    """

    delivered: bool
    status: int | None = None
    error: str = ""
    final: bool = False


class Carrier(Protocol):
    """One way to one target."""

    def deliver(self, event: str, body: bytes) -> Outcome:
        """Make one attempt; it is bounded in time."""

    def abandon(self) -> None:
        """End what is under way, from another thread: nobody waits for it any more."""

"""The one session of an address: opened when first needed, dropped when it is of no further use. Decides nothing.

It belongs to whoever has the turn (`turns`); it has no lock of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol

log = logging.getLogger(__name__)


class Link(Protocol):
    """A way to an instrument that is open, of whatever transport."""

    def lost(self) -> bool:
        """Whether it is known to have ended; found out without a word to the instrument."""

    def close(self) -> None:
        """Let go of the instrument."""


class Device(Protocol):
    """A driver on its link."""

    def channel(self, role: str, pin: str) -> Any:
        """Give one channel of it, satisfying the contract of the role."""


class Session:
    """An instrument that is open, or will be.

    Args:
        open_link: Opens the transport.
        connect: Makes the driver on it; sends queries only.
        troubles: What the transport and its driver may raise.

    Attributes:
        generation: How often it was opened.
    """

    def __init__(
        self, open_link: Callable[[], Link], connect: Callable[[Any], Device], troubles: tuple[type[Exception], ...]
    ) -> None:
        self.troubles = troubles
        self.generation = 0
        self._open_link = open_link
        self._connect = connect
        self._link: Link | None = None
        self._device: Device | None = None
        self._channels: dict[tuple[str, str], Any] = {}

    def channel(self, role: str, pin: str) -> Any:
        """Give a channel, opening the session if it is not open, or has ended since the last call.

        An end that is noticed here costs nobody anything: nothing of the call was sent yet.

        Raises:
            Exception: Any of `troubles`, of the open.
        """
        if self._link is not None and self._link.lost():
            log.info("session %d has ended by itself", self.generation)
            self.drop()
        found = self._channels.get((role, pin))
        if found is None:
            found = self._channels[role, pin] = self._opened().channel(role, pin)
        return found

    def _opened(self) -> Device:
        if self._device is None:
            self._link = self._open_link()
            self.generation += 1
            log.info("session %d is open", self.generation)
            try:
                self._device = self._connect(self._link)
            except BaseException:
                self.drop()
                raise
        return self._device

    def drop(self) -> None:
        """Close what is open, and forget it. Never fails: the instrument may well be gone."""
        link, self._link, self._device = self._link, None, None
        self._channels.clear()
        if link is None:
            return
        try:
            link.close()
        except self.troubles as exc:
            log.info("closing session %d: %r", self.generation, exc)

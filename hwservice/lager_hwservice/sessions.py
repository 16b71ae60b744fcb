"""The one session of an address: opened when first needed, dropped when it is of no further use. Decides nothing.

It belongs to whoever has the turn (`turns`); it has no lock of its own.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from lager_drivers.device import Interruptible, Interruption, OneRole
from lager_hwservice.manners import Manners
from lager_hwservice.presence import Presence
from lager_hwservice.restarts import Record

log = logging.getLogger(__name__)


class Link(Protocol):
    """A way to an instrument that is open, of whatever transport."""

    def lost(self) -> bool:
        """Whether it is known to have ended; found out without a word to the instrument."""

    def close(self) -> None:
        """Let go of the instrument."""


class Device(Protocol):
    """A driver on its link."""

    def restarted(self, since: float) -> bool:
        """Ask whether it was switched on after `since` (Unix time, s)."""

    def channel(self, role: str, pin: str) -> Any:
        """Give one channel of it, satisfying the contract of the role."""


class Session:
    """An instrument that is open, or will be.

    Args:
        open_link: Opens the transport.
        connect: Makes the driver on it; sends queries only.
        troubles: What the transport and its driver may raise.
        presence: Whether the instrument is on its bus.
        record: What is known of its restarts; None where nobody wants to know.

    Attributes:
        generation: How often it was opened.
        restarted: When the instrument was last found to have been switched on anew, Unix time, s; 0 for never.
        identity: What the instrument said it is when it was opened last; empty before that.
        manners: Whether the call under way gives way to others.
    """

    def __init__(
        self,
        open_link: Callable[[], Link],
        connect: Callable[[Any], Device],
        troubles: tuple[type[Exception], ...],
        presence: Presence | None = None,
        record: Record | None = None,
    ) -> None:
        self.troubles = troubles
        self.presence = presence or Presence()
        self.generation = 0
        self.restarted = 0.0
        self.identity = ""
        self.manners = Manners()
        self._open_link = open_link
        self._connect = connect
        self._record = record
        self._link: Link | None = None
        self._device: Device | None = None
        self._channels: dict[tuple[str, str], Any] = {}

    @property
    def is_open(self) -> bool:
        """Get whether the instrument is held open."""
        return self._link is not None

    @property
    def link(self) -> Link | None:
        """Get the way to the instrument, where it is held open."""
        return self._link

    def note(self, identity: str) -> None:
        """Take note of what the instrument says it is."""
        self.identity = identity

    def ended(self) -> bool:
        """Whether it was open and has ended by itself; then nothing was sent since."""
        return self._link is not None and self._link.lost()

    def channel(self, role: str, pin: str) -> Any:
        """Give a channel, opening the session if it is not open.

        Raises:
            Exception: Any of `troubles`, of the open.
        """
        found = self._channels.get((role, pin))
        if found is None:
            found = self._channels[role, pin] = self._opened().channel(role, pin)
        return found

    def role_now(self, role: str) -> str:
        """Ask which role the instrument is in; it is in `role` where it serves all of its roles at once."""
        device = self._opened()
        return device.role_now() if isinstance(device, OneRole) else role

    def interrupted(self, by: Interruption) -> AbstractContextManager[None]:
        """Give the leave to switch an output off and on for the calls within; most instruments need none."""
        device = self._opened()
        return device.interrupted(by) if isinstance(device, Interruptible) else contextlib.nullcontext()

    def channels(self) -> dict[tuple[str, str], Any]:
        """Give the channels that were made, by role and pin; from any thread."""
        return self._channels.copy()

    def _opened(self) -> Device:
        if self._device is None:
            if self._link is None:
                self._link = self._open_link()
                self.generation += 1
                log.info("session %d is open", self.generation)
            try:
                device = self._connect(self.manners.on(self._link))
                if self._record is not None:
                    self.restarted = self._record.ask(device)
            except BaseException:
                self.drop()
                raise
            self._device = device
        return self._device

    def forget(self) -> int:
        """Forget the drivers, and give how many channels they had; the instrument stays open."""
        forgotten = len(self._channels)
        self._channels = {}
        self._device = None
        return forgotten

    def drop(self) -> bool:
        """Close what is open, and forget it; gives whether it closed in order. The instrument may well be gone."""
        link, self._link = self._link, None
        self.forget()
        if link is None:
            return True
        try:
            link.close()
        except self.troubles as exc:
            log.info("closing session %d: %r", self.generation, exc)
            return False
        return True

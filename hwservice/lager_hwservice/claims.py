"""Which nets are being watched through this service, of instruments that serve one role at a time.

A worker refuses the other role by itself (`monitors`). But when it is replaced, who watches and who calls look for its
successor at the same moment; so whoever asks where a net is, is refused here until the watching has ended.
"""

from __future__ import annotations

import threading

from lager import addresses, errors, wire
from lager_drivers import catalog
from lager_hwservice.watchlist import SHORTEST, Subject, Watchlist


class Claims:
    """The watchers, by whatever tells them apart. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lists: dict[str, Watchlist] = {}

    def hold(self, who: object, net: wire.NetRecord, caller: str = "") -> None:
        """Note that a net is being watched, in place of what its watcher watched before.

        Raises:
            RoleConflict: A net of another role is being watched.
        """
        place = addresses.canonical(net.address)
        with self._lock:
            self._leave(who)
            claimed = self._lists.get(place) or Watchlist(net.instrument, _one_role_at_a_time(net.instrument))
            claimed.join(id(who), Subject(net.role, net.name, net.pin), SHORTEST, 0.0, caller)
            self._lists[place] = claimed

    def release(self, who: object) -> None:
        """Note that a watcher watches nothing any more."""
        with self._lock:
            self._leave(who)

    def _leave(self, who: object) -> None:
        for claimed in self._lists.values():
            claimed.leave(id(who))
        self._lists = {place: claimed for place, claimed in self._lists.items() if claimed.subjects()}

    def refuse(self, net: wire.NetRecord) -> None:
        """Refuse a net while one of another role of its instrument is being watched.

        Raises:
            RoleConflict: Its text names that net.
        """
        if not self._lists:  # looked at without the lock: calls are many, monitors are few
            return
        with self._lock:
            claimed = self._lists.get(addresses.canonical(net.address))
            if claimed is not None:
                claimed.refuse(net.name, net.role)


def _one_role_at_a_time(instrument: str) -> bool:
    try:
        return catalog.find(instrument).one_role_at_a_time
    except errors.UsageError:
        return False  # no driver: its worker says so

"""A script's digital line."""

from __future__ import annotations

import warnings

from lager import errors
from lager.proxies import numbers
from lager.proxies.proxy import Proxy
from lager.proxies.waiting import SystemClock, Wait, wait
from lager.roles.gpio import as_level

_CALLER = 2  # calls up from here, as `warnings.warn` counts them: the script's line


class GPIO(Proxy):
    """A digital line."""

    def input(self) -> int:
        """Read the level, 0 or 1, without changing the line's direction."""
        return self._ask(int, "input")

    def output(self, level: int | str | bool) -> None:
        """Drive the line: 1, `high`, `on`, `true`, or 0, `low`, `off`, `false`."""
        self._do("output", self._level(level))

    def wait_for_level(
        self,
        level: int | str | bool,
        timeout: float | None = None,
        poll_interval: float = 0.01,
        *,
        scan_rate: float | None = None,
        scans_per_read: int | None = None,
        **others: object,
    ) -> float:
        """Wait until the line has a level, and give how long that took, s.

        The line is looked at again and again; a level that is there for less than the time between two looks may be
        missed. Others use the instrument meanwhile, and Ctrl-C ends the wait at once.

        Args:
            level: 1, `high`, `on`, `true`, or 0, `low`, `off`, `false`.
            timeout: For how long to wait, s; None for as long as it takes. With 0 it looks once.
            poll_interval: The time from one look to the next, s.
            scan_rate: How often to look, Hz, instead of `poll_interval`; at most as fast as the instrument answers.
            scans_per_read: For scripts that have it: every look here is a read of its own.
            others: Released scripts may give more, which was never looked at; a warning names them.

        Raises:
            LevelNotReached: The level was not there in time; a `TimeoutError`, too.
        """
        within = None if timeout is None else numbers.at_least_0(self.name, "timeout", timeout)
        every = numbers.at_least_0(self.name, "poll_interval", poll_interval)
        if scan_rate is not None:
            every = 1 / numbers.more_than_0(self.name, "scan_rate", scan_rate)
        if scans_per_read is not None:
            numbers.more_than_0(self.name, "scans_per_read", scans_per_read)
        if others:
            warnings.warn(f"{self.name}.wait_for_level does not know {', '.join(others)}", stacklevel=_CALLER)
        return wait(self.input, Wait(self.name, self._level(level), within, every), SystemClock())

    def _level(self, level: object) -> int:
        try:
            return as_level(level)
        except errors.UsageError as exc:
            exc.concerning(self.name)
            raise

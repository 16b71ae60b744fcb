"""A script's digital line."""

from __future__ import annotations

from lager import errors
from lager.proxies.proxy import Proxy


class GPIO(Proxy):
    """A digital line."""

    def input(self) -> int:
        """Read the level, 0 or 1, without changing the line's direction."""
        return self._ask(int, "input")

    def output(self, level: int | str | bool) -> None:
        """Drive the line: 1, `high`, `on`, `true`, or 0, `low`, `off`, `false`."""
        self._do("output", level if isinstance(level, str) else self._level(level))

    def _level(self, level: object) -> int:
        if isinstance(level, bool):
            return int(level)
        number = self._number(level)
        if number not in (0, 1):
            raise errors.UsageError(f"{self.name}: {level!r} is no level", "give 1 or 0, `high` or `low`")
        return int(number)

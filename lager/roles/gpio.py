"""What a digital line can do."""

from __future__ import annotations

from typing import Protocol

from lager.roles.reading import reads


class GPIO(Protocol):
    """A digital line."""

    @reads
    def input(self) -> int:
        """Read the level, 0 or 1, without changing the line's direction."""

    def output(self, level: int | str | bool) -> None:
        """Drive the line: 1, `high`, `on`, `true`, or 0, `low`, `off`, `false`."""

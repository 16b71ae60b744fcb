"""The cursors on a script's oscilloscope: where they are on the screen, and what they stand at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lager import errors
from lager.proxies import numbers

if TYPE_CHECKING:
    from lager.proxies.scope import Scope


class Cursor:
    """The manual cursors A and B. Places are on the screen: x from 0 (left) to 999, y from 0 (bottom) to 479."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __repr__(self) -> str:
        return f"<Cursor {self._scope.name}>"

    def hide(self) -> None:
        """Hide the cursors."""
        self._scope.cursor_mode("off")

    def set_a(self, x: float | None = None, y: float | None = None) -> None:
        """Show the cursors on this channel, and put A at a place."""
        self._set("A", x, y)

    def set_b(self, x: float | None = None, y: float | None = None) -> None:
        """Show the cursors on this channel, and put B at a place."""
        self._set("B", x, y)

    def move_a(self, x_del: float = 0, y_del: float = 0) -> None:
        """Move A to the right and up."""
        self._move("A", x_del, y_del)

    def move_b(self, x_del: float = 0, y_del: float = 0) -> None:
        """Move B to the right and up."""
        self._move("B", x_del, y_del)

    def get_a(self) -> tuple[int, int]:
        """Get the place of A."""
        found = self._scope.cursors()
        return found.a_x, found.a_y

    def get_b(self) -> tuple[int, int]:
        """Get the place of B."""
        found = self._scope.cursors()
        return found.b_x, found.b_y

    def a_x(self) -> float:
        """Get the time of A from the trigger, s."""
        return self._scope.cursors().a_seconds

    def a_y(self) -> float:
        """Get the level of A, V."""
        return self._scope.cursors().a_volts

    def b_x(self) -> float:
        """Get the time of B from the trigger, s."""
        return self._scope.cursors().b_seconds

    def b_y(self) -> float:
        """Get the level of B, V."""
        return self._scope.cursors().b_volts

    def x_delta(self) -> float:
        """Get the time from A to B, s."""
        found = self._scope.cursors()
        return found.b_seconds - found.a_seconds

    def y_delta(self) -> float:
        """Get the voltage from A to B, V."""
        found = self._scope.cursors()
        return found.b_volts - found.a_volts

    def frequency(self) -> float:
        """Get one over the time from A to B, Hz.

        Raises:
            UsageError: They are at the same time.
        """
        seconds = self.x_delta()
        if not seconds:
            raise errors.UsageError(f"{self._scope.name}: the cursors are at the same time", "move one of them")
        return 1.0 / abs(seconds)

    def _set(self, cursor: str, x: float | None, y: float | None) -> None:
        name = self._scope.name
        self._scope.move_cursor(cursor, *(None if one is None else numbers.whole(name, one) for one in (x, y)))

    def _move(self, cursor: str, x_del: float, y_del: float) -> None:
        right, up = (numbers.whole(self._scope.name, one) for one in (x_del, y_del))
        x, y = self.get_a() if cursor == "A" else self.get_b()
        self._scope.move_cursor(cursor, x + right, y + up)

"""A reading that is nobody's own, such as a monitor's, goes behind whoever wants the instrument meanwhile.

It is a dozen of queries for most instruments, and a command should wait for one of them at most. So between two queries
it is given up where somebody waits, and made anew after them: what it gives was all read in one turn. Not one that has
written something, such as a function of the instrument that it needs: it is made to its end, in order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from lager_drivers.device import NotSent

T = TypeVar("T")


class Manners:
    """Whether the call that has the turn gives way, and up to where it can."""

    def __init__(self) -> None:
        self._wanted: Callable[[], bool] | None = None

    def giving_way(self, wanted: Callable[[], bool], read: Callable[[], T]) -> T:
        """Read, as long as nobody else wants the instrument.

        Args:
            wanted: Whether somebody does.
            read: Does it.

        Raises:
            NotSent: Somebody does; nothing is under way.
        """
        self._wanted = wanted
        try:
            return read()
        finally:
            self._wanted = None

    def on(self, link: Any) -> Link:
        """Give a link on which they are kept."""
        return Link(link, self)

    def before_query(self) -> None:
        """Give up here, where that is asked for.

        Raises:
            NotSent: It is.
        """
        if self._wanted is not None and self._wanted():
            raise NotSent

    def before_write(self) -> None:
        """Go on to the end: what is written now is part of something."""
        self._wanted = None


class Link:
    """A link to an instrument, of whatever transport, as its driver has it."""

    __slots__ = ("_link", "_manners")

    def __init__(self, link: Any, manners: Manners) -> None:
        self._link = link
        self._manners = manners

    def query(self, *args: Any) -> Any:
        """Ask, as `lager_drivers.scpi.Transport`."""
        self._manners.before_query()
        return self._link.query(*args)

    def query_block(self, *args: Any) -> Any:
        """Ask for a block, as `lager_drivers.scpi.Transport`."""
        return self._link.query_block(*args)

    def read(self, *args: Any) -> Any:
        """Read registers, as `lager_drivers.modbus.Registers`."""
        self._manners.before_query()
        return self._link.read(*args)

    def write(self, *args: Any) -> None:
        """Send a command, or write registers."""
        self._manners.before_write()
        self._link.write(*args)

"""The simulated bench a box is to have, checked before there is a box: a mistake in it is told to whoever made it."""

from __future__ import annotations

from pathlib import Path


def check(description: Path) -> None:
    """Make the bench, and throw it away.

    Raises:
        UsageError: It cannot be; names the place in the file, and what is right.
    """
    from lager_drivers.simulated import instruments
    from lager_drivers.simulated.description import load

    instruments.build(load(description))


def default() -> str:
    """Give the description of the bench that a box has where nothing else is asked for."""
    from lager_drivers.simulated.description import DEFAULT

    return DEFAULT.read_text()

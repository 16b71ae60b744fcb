"""Whether box and command line are of one age: said once, of each box, where they differ by a minor version or more.

The version comes with any answer of the box; nothing is asked for it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

from lager import __version__

_NUMBERS = re.compile(r"(\d{1,6})\.(\d{1,6})(?:[a-z.+-][\w.+-]*)?", re.ASCII)  # what else it may be, is not shown
_warned: set[str] = set()  # boxes of which this process has said it


def listener(name: str) -> Callable[[str], None]:
    """Give what is to be called with the version of a box.

    Args:
        name: What the user calls the box; empty for the private one.
    """

    def heard(version: str) -> None:
        words = warning(name or "local", version, __version__)
        if words and name not in _warned:
            _warned.add(name)
            import click

            with contextlib.suppress(OSError):  # nobody can read it; the answer counts
                click.secho(words, fg="yellow", err=True)

    return heard


def warning(name: str, box: str, ours: str) -> str:
    """Give the warning for two versions; nothing where they go together, or where one of them cannot be read.

    Args:
        name: What to call the box.
        box: Its version.
        ours: That of this command line.
    """
    theirs, mine = _NUMBERS.fullmatch(box), _NUMBERS.fullmatch(ours)
    if theirs is None or mine is None:
        return ""
    one, other = [tuple(map(int, numbers.groups())) for numbers in (theirs, mine)]
    if one == other:
        return ""
    return (
        f"\n[warning] Box {name} is on lager {box}; CLI is on {ours}.\n"
        f"          Some commands may behave unexpectedly. {_remedy(name, box, one < other)}\n"
    )


def _remedy(name: str, box: str, box_is_older: bool) -> str:
    if not box_is_older:
        return f"To update this machine:\n          install lager {box} here, as the box {name} has it"
    if name == "local":  # it was started by this user, and starts again by itself
        return "To update the box:\n          lager box stop; the next command starts a new one"
    import shlex

    return f"To update the box:\n          lager update --box {shlex.quote(name)}"

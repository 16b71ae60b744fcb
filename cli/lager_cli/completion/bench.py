"""What a box could be asked for on Tab: its nets and its live runs. Quick, and silent where it does not answer.

No box is started for that, and nobody waits longer than a keystroke may take.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable, Sequence

from lager import errors, wire
from lager.mailbox import Mailbox
from lager_cli.selection import LOCAL, Box

WITHIN = 1.0  # s


def boxes() -> list[str]:
    """Give the names of the boxes that are known."""
    from lager_cli.config import Config

    return [*Config().boxes, LOCAL]


def nets(asked: str | None, roles: Sequence[str] = ()) -> list[str]:
    """Give the names of the nets of a box; only of some roles, where these are given."""

    def look(box: Box) -> list[str]:
        found: list[wire.NetRecord] = box.bench.get("/nets/list", list[wire.NetRecord], timeout=WITHIN)
        return list(dict.fromkeys(net.name for net in found if not roles or net.role in roles))

    return _within(asked, look)


def addresses(asked: str | None) -> list[str]:
    """Give the addresses of what is plugged in."""

    def look(box: Box) -> list[str]:
        found: list[wire.Instrument] = box.bench.get("/instruments/list", list[wire.Instrument], timeout=WITHIN)
        return [one.address for one in found if one.address]

    return _within(asked, look)


def runs(asked: str | None, *, ended: bool = False) -> list[str]:
    """Give the ids of the runs that live, or of all that the box knows."""

    def look(box: Box) -> list[str]:
        found: list[wire.RunInfo] = box.runner.get("/runs", list[wire.RunInfo], timeout=WITHIN)
        return [run.id for run in found if ended or run.ended is None]

    return _within(asked, look)


def _within(asked: str | None, look: Callable[[Box], list[str]]) -> list[str]:
    """Ask the chosen box something, for a moment."""
    came: Mailbox[list[str]] = Mailbox()

    def ask() -> None:
        with contextlib.suppress(errors.LagerError, OSError):  # Tab is no place for errors: the command will say them
            if (box := chosen(asked)) is not None:
                came.put(look(box))
                return
        came.put([])

    threading.Thread(target=ask, daemon=True).start()
    with contextlib.suppress(queue.Empty):  # the time is up
        return came.get(WITHIN)
    return []


def chosen(asked: str | None) -> Box | None:
    """Find the box that is meant; None where that is the user's own, and does not run: none is started.

    Raises:
        LagerError: It is not known which, or its token is not known.
    """
    from lager_cli import config, selection
    from lager_cli.box import embedded

    saved = config.Config()
    wanted = selection.choose(asked, os.environ, saved.boxes, saved.default_box)
    if wanted.ip:
        return selection.reach(wanted, os.environ, embedded.alive)
    info = embedded.alive()
    return selection.own(info) if info else None

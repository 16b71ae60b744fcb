"""How the boxes are: all asked at once, each for as long as a person waits. None is started for that."""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lager import __version__, errors, wire
from lager.mailbox import Mailbox
from lager_cli import selection
from lager_cli.box import embedded
from lager_cli.config import SavedBox

WITHIN = 3.0  # s that a box may take
CURRENT, OLDER, NEWER = "current", "needs update", "newer"
TIMEOUT, NO_TOKEN = "timeout", "no token"


@dataclass(frozen=True)
class Found:
    """What came of asking a box.

    Attributes:
        status: `current`, `needs update` or `newer`, by its version; else what is wrong, in a word or two.
        version: Its version; empty where it did not say.
        locked_by: Who has its lock; empty for nobody.
        error: What is wrong, as any other command would say it.
    """

    status: str
    version: str = ""
    locked_by: str = ""
    error: errors.LagerError | None = None

    @property
    def answered(self) -> bool:
        """Whether it answered as a box does."""
        return self.error is None


def ask(boxes: Sequence[SavedBox], within: float) -> list[Found]:
    """Ask boxes how they are; who has not answered by then has not answered. `within` is in s."""
    came: Mailbox[tuple[int, Found]] = Mailbox()
    for number, saved in enumerate(boxes):
        threading.Thread(target=_ask, args=(number, saved, within, came.put), daemon=True).start()
    found: dict[int, Found] = {}
    deadline = time.monotonic() + within
    with contextlib.suppress(queue.Empty):  # the time is up
        while len(found) < len(boxes):
            number, answer = came.get(deadline - time.monotonic())
            found[number] = answer
    return [found.get(number) or _late(saved, within) for number, saved in enumerate(boxes)]


def _ask(number: int, saved: SavedBox, within: float, tell: Callable[[tuple[int, Found]], None]) -> None:
    try:
        tell((number, _look(saved, within)))
    except errors.LagerError as exc:
        tell((number, Found(_word(exc), error=exc)))


def _look(saved: SavedBox, within: float) -> Found:
    try:
        reached = selection.reach(saved, os.environ, embedded.alive).runner
    except errors.TokenRefused as exc:
        return Found(NO_TOKEN, error=exc)
    runner = replace(reached, heard=lambda _: None)  # the list says how old each is: nobody is warned besides
    info: wire.BoxInfo = runner.get("/box", wire.BoxInfo, timeout=within)
    lock: wire.BoxLock = runner.get("/lock", wire.BoxLock, timeout=within)
    return Found(status(info.version), info.version, lock.user if lock.locked else "")


def status(version: str, ours: str = __version__) -> str:
    """Say how a box's version is to ours."""
    one, other = _numbers(version), _numbers(ours)
    if one == other or not one or not other:
        return CURRENT
    return OLDER if one < other else NEWER


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split("+")[0].split(".")[:3]
    return tuple(int(one) for one in parts) if all(one.isdecimal() and len(one) < 7 for one in parts) else ()


def _word(error: errors.LagerError) -> str:
    """Say in a word what is wrong with a box."""
    if isinstance(error, errors.TokenRefused):
        return "token refused"
    if isinstance(error, errors.BoxNotTrusted):
        return "not trusted"
    cause = error.__cause__
    if isinstance(cause, socket.gaierror):
        return "no such host"
    if isinstance(cause, TimeoutError):
        return TIMEOUT
    return "unreachable" if isinstance(cause, OSError) else "bad response"


def _late(saved: SavedBox, within: float) -> Found:
    what = f"the box {saved.name} at {saved.place} does not answer: no answer in {within:g} s"
    return Found(TIMEOUT, error=errors.ServiceUnreachable(what, "see that the box is on and on the same network"))

"""The boxes whose runs are asked for. None is started for that: a box that does not run has nothing to show."""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lager import errors, settings, wire
from lager.mailbox import Mailbox
from lager_cli import config, selection
from lager_cli.box import embedded
from lager_cli.selection import LOCAL, Box

WITHIN = 10.0  # s that a box may take to tell of its runs


@dataclass(frozen=True)
class Place:
    """A box, or why it cannot be asked.

    Attributes:
        name: What to give as --box.
    """

    name: str
    box: Box | None = None
    error: errors.LagerError | None = None


@dataclass(frozen=True)
class Answer:
    """What came of asking a box."""

    place: Place
    runs: list[wire.RunInfo] | None = None
    error: errors.LagerError | None = None


def chosen(asked: str | None) -> Place | None:
    """Give the box that was chosen; None if it is the private one, and that does not run.

    Raises:
        LagerError: There is no such box, or it cannot be asked.
    """
    from lager_cli.box.parent import is_gone

    saved = config.Config()
    wanted = selection.choose(asked, os.environ, saved.boxes, saved.default_box)
    if wanted.ip:
        return Place(wanted.name, selection.reach(wanted, os.environ, embedded.alive))
    info = embedded.alive()
    if info is not None:
        return Place(LOCAL, selection.own(info))
    left = embedded.recorded()
    if left is not None and not is_gone():  # it may have died just now, with nobody to bury it yet
        raise errors.ServiceUnreachable(
            f"the box (process {left.pid}) runs but does not answer", f"see {settings.state_dir() / 'box.log'}"
        )
    return None


def every() -> list[Place]:
    """Give all boxes that are saved, and the private one if it runs; each address once."""
    info = embedded.alive()
    found: list[Place] = []
    for saved in config.Config().boxes.values():
        try:
            found.append(Place(saved.name, selection.reach(saved, os.environ, lambda: info)))
        except errors.LagerError as error:  # its token is not known: the others can be asked all the same
            found.append(Place(saved.name, error=error))
    if info is not None:
        found.append(Place(LOCAL, selection.own(info)))
    known: set[tuple[str, int]] = set()
    return [place for place in found if place.box is None or _is_new(place.box, known)]


def _is_new(box: Box, known: set[tuple[str, int]]) -> bool:
    address = ("loopback" if selection.is_loopback(box.host) else box.host, box.port)
    before = len(known)
    known.add(address)
    return len(known) > before


def ask(places: Sequence[Place], within: float = WITHIN) -> list[Answer]:
    """Ask all boxes at once for their runs; who has not answered by then has not answered. `within` is in s."""
    came: Mailbox[tuple[int, Answer]] = Mailbox()
    for number, place in enumerate(places):
        threading.Thread(target=_ask, args=(number, place, within, came.put), daemon=True).start()
    answers: dict[int, Answer] = {}
    deadline = time.monotonic() + within
    with contextlib.suppress(queue.Empty):  # the time is up
        while len(answers) < len(places):
            number, answer = came.get(deadline - time.monotonic())
            answers[number] = answer
    return [answers.get(number) or Answer(place, error=_late(place, within)) for number, place in enumerate(places)]


def _ask(number: int, place: Place, within: float, tell: Callable[[tuple[int, Answer]], None]) -> None:
    if place.box is None:
        tell((number, Answer(place, error=place.error)))
        return
    try:
        runs: list[wire.RunInfo] = place.box.runner.get("/runs", list[wire.RunInfo], timeout=within)
        tell((number, Answer(place, runs)))
    except errors.LagerError as error:
        tell((number, Answer(place, error=error)))


def _late(place: Place, within: float) -> errors.ServiceUnreachable:
    told = place.box.runner.place if place.box else f"the box {place.name}"
    return errors.ServiceUnreachable(f"{told} does not answer: no answer in {within:g} s", "see that the box is on")


def left_alone() -> list[str]:
    """Give the ids of the runs that live on without the private box, which has died; the next one adopts them."""
    return sorted(_orphans())


def _orphans() -> Iterator[str]:
    from lager_runner.rundirectory import RunDirectory

    for spec in (settings.state_dir() / "runs").glob("*/spec.json"):
        directory = RunDirectory(spec.parent)
        if directory.outcome() is None:
            with directory.control() as path, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as supervisor:
                if supervisor.connect_ex(path) == 0:
                    yield spec.parent.name

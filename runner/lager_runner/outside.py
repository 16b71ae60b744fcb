"""A pause that is asked for from outside: tell the script, and wait until its main thread is paused.

How a script comes to pause, it knows itself (`lager.outside`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from lager import errors, wire
from lager_runner.run import Run

LONGEST_WAIT = 60.0  # s that an answer may wait
_KNOWN_WITHIN = 1.0  # s that a supervisor may take to say which process the script is


async def ask(
    run: Run, pauses: Callable[[], list[wire.PauseInfo]], tell: Callable[[], None], wait: float
) -> wire.PauseAsked:
    """Have a run's main thread paused, and say which pause it is.

    Args:
        run: A run that lives.
        pauses: Gives its open pauses.
        tell: Called before the script is asked.
        wait: How long to wait for the pause, s. The script pauses later, too.

    Raises:
        NothingPaused: It has ended before it came to another line.
    """
    with contextlib.suppress(asyncio.TimeoutError):  # an older supervisor does not say it
        await asyncio.wait_for(_script_is_known(run), _KNOWN_WITHIN)
    if there := _of_main_thread(run, pauses()):
        return wire.PauseAsked(run.id, there, already=True)
    tell()
    if run.link:
        run.link.pause()
    pause = None
    with contextlib.suppress(asyncio.TimeoutError):  # it is in a long call: it pauses when that is over
        pause = await asyncio.wait_for(_until_paused(run, pauses), min(wait, LONGEST_WAIT))
    return wire.PauseAsked(run.id, pause)


async def _script_is_known(run: Run) -> None:
    """Wait for the supervisor of a run that has just begun: its script may be paused before that has said a word."""
    while run.link and not run.link.script and not run.outcome:
        await run.bell.wait()


async def _until_paused(run: Run, pauses: Callable[[], list[wire.PauseInfo]]) -> wire.PauseInfo:
    while True:
        if pause := _of_main_thread(run, pauses()):
            return pause
        if run.outcome:
            raise errors.NothingPaused(
                f"{run.id} has ended, with status {run.outcome.status}, before it came to another line",
                "run the script again",
            )
        await run.bell.wait()


def _of_main_thread(run: Run, there: list[wire.PauseInfo]) -> wire.PauseInfo | None:
    script = run.link.script if run.link else 0
    for pause in there:
        if script in (0, pause.pid) and pause.main:
            return pause
    return None

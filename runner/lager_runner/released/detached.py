"""The box's lock as released clients have it for their runs, and what they hear of a run that they leave to the box.

They take the lock themselves. Of a run that is left to the box they hand it over: it is free when the run has ended.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec
from starlette.responses import Response

from lager import boxlock, errors, wire
from lager.lockfile import LockFile
from lager_runner.released import preparing
from lager_runner.released.replies import json_of
from lager_runner.run import Run

# In which a client that hands the lock over takes it once more; whoever takes it later means something else by it.
_HANDED_OVER = 60.0  # s
log = logging.getLogger(__name__)


class Detached:
    """Answers for runs that are left to the box.

    Args:
        lock: The box's lock.
    """

    def __init__(self, lock: LockFile) -> None:
        self._lock = lock
        self._tasks: set[asyncio.Task[None]] = set()

    def in_the_name_of_its_holder(self, request: wire.RunRequest) -> wire.RunRequest:
        """Give the request with who has the box: those clients take the lock before they start a run, and say no name.

        Without it, the lock of its own client would shut the run out from its nets.
        """
        holder = request.holder or self._lock.now().user
        return msgspec.structs.replace(request, holder=holder, user=request.user or holder)

    async def reply(self, run: Run, handed_over: bool) -> Response:
        """Give the answer to who has started the run; `handed_over`: whether the lock goes with it.

        Raises:
            NotProcessed: What the run requires cannot be installed.
        """
        if handed_over:
            self._later(run)  # also where its client is gone before the answer
        await preparing.until_prepared(run)
        while run.link and not run.link.script and not run.outcome:
            await run.bell.wait()
        told: dict[str, Any] = {"status": "detached", "pid": run.link.script if run.link else None}
        told["lager_process_id"] = run.id
        if handed_over:
            told["lock_held_by_box"] = True
            await asyncio.to_thread(self._free, run)  # what the client took has no end; the run has its own right now
        return json_of(told)

    def _later(self, run: Run) -> None:
        task = asyncio.get_running_loop().create_task(self._give_back(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _give_back(self, run: Run) -> None:
        """Free what its client has taken for it, when the run has ended."""
        while not run.outcome:
            await run.bell.wait()
        await asyncio.to_thread(self._free, run)

    def _free(self, run: Run) -> None:
        """Give the lock back in the name of the run's client, if that is what it was taken for."""
        state = self._lock.now()
        share = state.asked
        if share is None or not boxlock.same(state.user, run.spec.holder):
            return
        if share.holder_type in boxlock.AUTOMATIC and share.beat < run.spec.started + _HANDED_OVER:
            try:
                self._lock.tell(boxlock.Unlock(run.spec.holder))
            except errors.LagerError as exc:  # it can be unlocked by hand
                log.warning("the lock of run %s stays: %s", run.id, exc.what)

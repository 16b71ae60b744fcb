"""The nets of a run that has ended: brought into their safe state, or left as they are.

Whose a net is stands in files (`lager.netowners`), so this works after a SIGKILL of the script, and what a runner that
was killed had not done, the next one does. How it is done is the hardware service's business.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from lager import errors, wire
from lager.netowners import Owners
from lager.service import Service
from lager_runner.rundirectory import Outcome, Spec

SAFE, KEEP = "safe", "keep"
AT_END = ("", SAFE, KEEP)
log = logging.getLogger(__name__)
_WAITED_FOR = 5.0  # s that the end of a run may wait until its nets are safe
_BY_ITSELF = "exit"  # the reason of a run that nobody has ended, nor lost
_AGAIN = 5.0  # s until the hardware service is asked again, where it does not answer
_WORDS = {
    "exit": "has ended",
    "signal": "was killed",
    "timeout": "ran for too long",
    "stopped": "was stopped",
    "lost": "was lost",
}


def wants_safe(at_end: str, reason: str) -> bool:
    """Decide whether a run's nets are made safe: always, never, or where it did not end by itself."""
    return at_end == SAFE or (at_end != KEEP and reason != _BY_ITSELF)


def why(run: str, reason: str) -> str:
    """Say it to people, and to the log."""
    return f"run {run[:8]} {_WORDS.get(reason, 'has ended')}"


class Safing:
    """Sees to the nets of runs that end. It lives in the runner's event loop.

    Args:
        hardware_socket: The hardware service's socket.
        known: Gives what is known of a run; None for one that was removed, whose end nobody knows any more.
        owners: Whose the nets are.
        again: How long to wait until a service that does not answer is asked again, s.
    """

    def __init__(
        self,
        hardware_socket: str,
        known: Callable[[str], tuple[Spec, Outcome | None] | None],
        owners: Owners | None = None,
        again: float = _AGAIN,
    ) -> None:
        self._service = Service(hardware_socket)
        self._known = known
        self._owners = owners or Owners()
        self._after = again
        self._adopted = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def ended(self, spec: Spec, outcome: Outcome) -> None:
        """See to the nets of a run that has ended; what takes longer goes on behind the caller's back.

        So whoever waits for a run's end finds its nets safe, and they are made safe while it still has the box's lock.
        """
        if not self._adopted:
            return  # it ended while there was no runner: the box is only starting, and `adopt` sees to it
        task = self._begin(spec.id, wants_safe(spec.at_end, outcome.reason), outcome.reason)
        await asyncio.wait({task}, timeout=_WAITED_FOR)

    def adopt(self) -> None:
        """See to what was left by the runner before this one: the nets of runs that do not live."""
        self._adopted = True
        for run in {run for one in self._owners.every() for run in (one.run, one.before) if run}:
            found = self._known(run)
            if found is None:
                self._begin(run, True, "lost")
            elif outcome := found[1]:
                self._begin(run, wants_safe(found[0].at_end, outcome.reason), outcome.reason)

    async def watch(self) -> None:
        """See to what the runner before this one has left, and from then on to every run that ends; for ever.

        What is under way when this is cancelled, the next runner takes up.
        """
        self.adopt()
        try:
            await asyncio.Event().wait()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, run: str, safe: bool, reason: str) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._see_to(run, safe, why(run, reason)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _see_to(self, run: str, safe: bool, reason: str) -> None:
        if not safe or not await asyncio.to_thread(self._owners.of, run):
            await asyncio.to_thread(self._owners.forget, run)
            return
        while True:
            try:
                made = await asyncio.to_thread(self._service.make_safe, wire.MakeSafe(1, [], run, reason, force=True))
            except errors.LagerError as exc:
                log.warning("%s, and its nets are not safe yet: %s", reason, exc.what)
            else:
                _tell(reason, made)
                return
            await asyncio.sleep(self._after)


def _tell(reason: str, made: Iterable[wire.MadeSafe]) -> None:
    for one in made:
        if one.state != "safe":
            log.warning("%s: %s is not safe: %s", reason, one.net, one.error.what if one.error else "")

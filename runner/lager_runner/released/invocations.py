"""Which call of a released client began a run, or follows it: each of their processes says one id in all it sends."""

from __future__ import annotations

from collections import defaultdict

from starlette.requests import Request

from lager import releasedfiles
from lager_runner.run import Run
from lager_runner.runs import Runs

_MANY = 1000  # entries, of which some will be of runs that are gone


class Invocations:
    """The ids of who began, and who follows, each run. They are forgotten with the runner.

    Args:
        all_runs: The runs of this box.
    """

    def __init__(self, all_runs: Runs) -> None:
        self._runs = all_runs
        self._begun: dict[str, str] = {}
        self._followed: dict[str, set[str]] = defaultdict(set)

    def begin(self, request: Request, run: str) -> bool:
        """Know that this request begins a run; say whether it may: the run is new, or the same request sent again."""
        invocation = invocation_of(request)
        begun = self._begun.get(run)
        if begun is None and self._runs.known(run):  # by the runner before this one
            begun = self._runs.find(run).directory.invocation()
        if begun is None:
            self._tidy()
            self._begun[run] = invocation
        elif not invocation or begun != invocation:
            return False
        self.follow(request, run)
        return True

    def forget(self, run: str) -> None:
        """Know that a run was not begun."""
        if not self._runs.known(run):
            self._begun.pop(run, None)
            self._followed.pop(run, None)

    def follow(self, request: Request, run: str) -> None:
        """Know that who sends this request follows a run."""
        if invocation := invocation_of(request):
            self._followed[run].add(invocation)

    def follows(self, request: Request, run: Run) -> bool:
        """Say whether who sends this request follows the run."""
        return invocation_of(request) in self._followed.get(run.id, ())

    def _tidy(self) -> None:
        """Forget the runs that are gone, now and then."""
        if len(self._begun) < _MANY:
            return
        for table in (self._begun, self._followed):
            for run in [one for one in table if not self._runs.known(one)]:
                del table[run]


def invocation_of(request: Request) -> str:
    """Give what the client that sends this request calls itself; empty where it says nothing."""
    return releasedfiles.invocation_of(request.headers.get(releasedfiles.HEADER))

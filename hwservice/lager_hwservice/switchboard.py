"""Which worker serves a net: joins the bench and the workers, for callers over the socket and over HTTP alike."""

from __future__ import annotations

from lager import errors, wire
from lager_hwservice import dispatch
from lager_hwservice.bench import Bench
from lager_hwservice.benchfile import BenchFile
from lager_hwservice.claims import Claims
from lager_hwservice.workers import Workers


class Switchboard:
    """Finds nets and their workers; a bench file that has changed is noticed by whoever asks next.

    Args:
        file: The bench file.
        workers: The workers of its nets.
    """

    def __init__(self, file: BenchFile, workers: Workers) -> None:
        self._file = file
        self.workers = workers
        self.claims = Claims()
        file.on_change = lambda bench: workers.reconcile(bench.nets)

    @property
    def bench(self) -> Bench:
        """Get the nets as they are now."""
        return self._file.bench()

    @property
    def bench_error(self) -> str:
        """Get what is wrong with the bench file since it was last changed; empty when it is in order."""
        self._file.bench()
        return self._file.error

    def saved(self) -> wire.SavedNets:
        """Give the nets as they are now, with all that their records say; and what is wrong with the file."""
        bench = self._file.bench()
        return wire.SavedNets(list(bench.nets), list(bench.records), self._file.error)

    def change(self, asked: wire.BenchChange) -> bool:
        """Change the bench file; gives whether that changed anything.

        Raises:
            LagerError: It cannot be changed so; the file is as it was.
        """
        return self._file.change(asked)

    def find(self, name: str, role: str) -> wire.NetRecord:
        """Find a net that can be called.

        Raises:
            NetNotFound: The bench has no such net, or one of another role (`WrongNetType`).
            UsageError: Nets of that role cannot be called.
        """
        try:
            net = self.bench.find(name, role)
        except errors.NetNotFound as exc:
            if not (broken := self._file.error):
                raise
            raise type(exc)(f"{exc.what} ({broken})", f"{exc.hint}; its file was changed, and is broken") from exc
        dispatch.calls_of(role)
        return net

    def locate(self, name: str, role: str) -> wire.Located:
        """Find the worker of a net; waits for one that is starting.

        Raises:
            NetNotFound: The bench has no such net, or one of another role (`WrongNetType`).
            UsageError: Nets of that role cannot be called, or the bench file does not say where it is.
            RoleConflict: A net of another role of the same instrument is being watched.
            ServiceUnreachable: Its worker does not start.
        """
        while True:
            changes, net = self.workers.changes, self.find(name, role)
            self.claims.refuse(net)
            try:
                return wire.Located(0, self.workers.socket(net), net)
            except (errors.ServiceUnreachable, errors.UsageError):
                self.find(name, role)  # waits until a change that is under way is through
                if self.workers.changes == changes:
                    raise  # else the bench has changed meanwhile, and its worker was not needed any more

"""Which worker serves a net: joins the bench and the workers, for callers over the socket and over HTTP alike."""

from __future__ import annotations

from lager import wire
from lager_hwservice import dispatch
from lager_hwservice.bench import Bench
from lager_hwservice.workers import Workers


class Switchboard:
    """Finds nets and their workers.

    Args:
        bench: The nets.
        workers: Their workers.
    """

    def __init__(self, bench: Bench, workers: Workers) -> None:
        self.bench = bench
        self.workers = workers

    def locate(self, name: str, role: str) -> wire.Located:
        """Find the worker of a net; waits for one that is starting.

        Raises:
            NetNotFound: The bench has no such net, or one of another role (`WrongNetType`).
            UsageError: Nets of that role cannot be called, or the bench file does not say where it is.
            ServiceUnreachable: Its worker does not start.
        """
        net = self.bench.find(name, role)
        dispatch.calls_of(role)
        return wire.Located(0, self.workers.socket(net), net)

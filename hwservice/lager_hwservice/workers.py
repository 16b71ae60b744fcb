"""The workers of a bench: one for each address, all started with the service. Says where they are."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lager import errors, roles, wire
from lager_hwservice.workerprocess import WorkerProcess


class Workers:
    """The workers of a bench, by address; all of them start at once.

    Args:
        nets: The nets of the bench.
        folder: A private directory with a short path.
    """

    def __init__(self, nets: Iterable[wire.NetRecord], folder: Path) -> None:
        _sweep(folder)
        served = {net.address: net for net in nets if net.address and net.role in roles.CONTRACTS}
        self._workers = {address: WorkerProcess(net, folder) for address, net in served.items()}

    def socket(self, net: wire.NetRecord) -> str:
        """Give the socket of the worker that serves a net.

        Raises:
            UsageError: The bench file gives the net no address.
            LagerError: The worker cannot serve it, or did not start in time.
        """
        worker = self._workers.get(net.address)
        if worker is None:
            raise errors.UsageError(f"{net.name} has no address", "give it one in the bench file")
        return worker.socket()

    def facts(self) -> list[dict[str, Any]]:
        """Describe them all, for `GET /workers`."""
        return [worker.facts() for worker in self._workers.values()]

    def close(self) -> None:
        """End them all."""
        for worker in self._workers.values():
            worker.end()
        for worker in self._workers.values():
            worker.join()


def _sweep(folder: Path) -> None:
    """Remove the sockets of services that were killed."""
    for path in folder.glob("w*-*.sock"):
        owner = path.name[1:].partition("-")[0]
        if not owner.isdigit() or not Path(f"/proc/{owner}").exists():
            path.unlink(missing_ok=True)

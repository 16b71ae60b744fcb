"""The workers of a bench: one for each address, started as soon as the bench has it. Says where they are."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lager import addresses, errors, roles, wire
from lager.times import CALL_WITHIN
from lager_hwservice.starter import Starter
from lager_hwservice.workerprocess import WorkerProcess


class Key(NamedTuple):
    """What a worker is for: it cannot serve anything else. Two spellings of one address are one."""

    address: str
    instrument: str
    via: str


class Workers:
    """The workers of a bench; all of them start at once. For any thread.

    Args:
        nets: The nets of the bench.
        folder: A private directory with a short path.
        call_within: How long a call may take, s.
        bench: Path of the bench file, which has the safety limits; empty for none.

    Attributes:
        changes: How often they were others than before; counted before those that are not needed end.
    """

    def __init__(
        self, nets: Iterable[wire.NetRecord], folder: Path, call_within: float = CALL_WITHIN, bench: str = ""
    ) -> None:
        _sweep(folder)
        self._folder = folder
        self._call_within = call_within
        self._starter = Starter(folder, bench=bench)
        self._workers: dict[Key, WorkerProcess] = {}
        self._leaving: list[threading.Thread] = []
        self.changes = 0
        self.reconcile(nets)

    def reconcile(self, nets: Iterable[wire.NetRecord]) -> None:
        """Start the workers that a changed bench needs, and end those it has no use for; the others notice nothing.

        Not for two threads at once.
        """
        wanted = {_key(net): net for net in nets if net.address and net.role in roles.CONTRACTS}
        kept = {key: worker for key, worker in self._workers.items() if key in wanted}
        ended = [worker for key, worker in self._workers.items() if key not in wanted]
        self._leaving = [one for one in self._leaving if one.is_alive()]
        started = {key: self._started(net) for key, net in wanted.items() if key not in kept}
        self._workers = kept | started
        self.changes += 1
        for worker in ended:
            worker.end()
            self._leaving.append(threading.Thread(target=worker.join, name="leaving worker", daemon=True))
            self._leaving[-1].start()

    def _started(self, net: wire.NetRecord) -> WorkerProcess:
        return WorkerProcess(net, self._folder, self._starter, self._call_within)

    def socket(self, net: wire.NetRecord) -> str:
        """Give the socket of the worker that serves a net.

        Raises:
            UsageError: The bench file gives the net no address.
            LagerError: The worker cannot serve it, or did not start in time.
        """
        worker = self._workers.get(_key(net))
        if worker is None:
            raise errors.UsageError(f"{net.name} has no address", "give it one in the bench file")
        return worker.socket()

    def sockets(self) -> dict[Key, str]:
        """Give the sockets of those that are ready."""
        return {key: worker.path for key, worker in self._workers.items() if worker.path}

    def serves(self, address: str) -> bool:
        """Whether there is a worker for an address, in its one way of writing; it may be about to start."""
        return any(key.address == address and not worker.failed for key, worker in self._workers.items())

    @contextlib.contextmanager
    def visitor(self, net: wire.NetRecord) -> Iterator[str]:
        """Give the socket of a worker for an address that no net is served at; it has ended when this ends.

        Args:
            net: The address; its instrument may be empty.

        Raises:
            LagerError: None can serve that, or did not start in time.
        """
        worker = self._started(net)
        try:
            yield worker.socket()
        finally:
            worker.end()
            worker.join()

    def examine(self, path: str) -> bool:
        """Look after the worker at a socket, of which somebody says that it does not answer.

        Gives whether it has been, or is being, replaced: callers find its successor.
        """
        found = next((worker for worker in self._workers.values() if worker.path == path), None)
        return True if found is None else found.examine()

    def facts(self) -> list[dict[str, Any]]:
        """Describe them all, for `GET /workers`."""
        return [worker.facts() for worker in self._workers.values()]

    def close(self) -> None:
        """End them all, and what starts them."""
        for worker in self._workers.values():
            worker.end()
        self._starter.close()
        for worker in self._workers.values():
            worker.join()
        for leaving in self._leaving:
            leaving.join()


def _key(net: wire.NetRecord) -> Key:
    return Key(addresses.canonical(net.address), net.instrument, net.via)


def _sweep(folder: Path) -> None:
    """Remove the sockets of services that were killed."""
    for path in folder.glob("w*-*.sock"):
        owner = path.name[1:].partition("-")[0]
        if not owner.isdigit() or not Path(f"/proc/{owner}").exists():
            path.unlink(missing_ok=True)

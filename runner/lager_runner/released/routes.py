"""Puts the endpoints of the released interface together: each room is a class with `routes()`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.routing import BaseRoute

from lager.lockfile import LockFile
from lager.service import Service
from lager_debugbridge.bridge import Bridge
from lager_runner.claims import Claims
from lager_runner.released.binaryroutes import BinaryRoutes
from lager_runner.released.breakpoints import Breakpoints
from lager_runner.released.brought import Brought
from lager_runner.released.detached import Detached
from lager_runner.released.downloads import Downloads
from lager_runner.released.ending import Ending
from lager_runner.released.facts import Facts
from lager_runner.released.invocations import Invocations
from lager_runner.released.netroutes import NetRoutes
from lager_runner.released.piproutes import PipRoutes
from lager_runner.released.pythonroutes import PythonRoutes
from lager_runner.released.rawconsole import RawConsoles
from lager_runner.released.streaming import Streams
from lager_runner.runs import Runs
from lager_runner.streamroutes import Owned, owned_by_nobody


@dataclass(frozen=True)
class Parts:
    """What the endpoints are made of.

    Attributes:
        runs: The runs of this box.
        bridge: Their pauses.
        hardware: The hardware service, which has the nets.
        lock: The box's lock.
        claims: It, for runs; `claims.starting(id, request)` is around the start of one.
        owned: Gives what lasts as long as a client answers for a run.
        consoles_on: The address for consoles over plain TCP; none without `--legacy-console`.
    """

    runs: Runs
    bridge: Bridge
    hardware: Service
    lock: LockFile
    claims: Claims
    owned: Owned = owned_by_nobody
    consoles_on: str | None = None


def routes(parts: Parts) -> Iterable[BaseRoute]:
    """Give all of them."""
    invocations = Invocations(parts.runs)
    rooms: list[Callable[[], list[BaseRoute]]] = [
        Facts().routes,
        NetRoutes(parts.hardware, parts.lock).routes,
        BinaryRoutes(parts.lock).routes,
        PipRoutes(parts.lock).routes,
        PythonRoutes(
            parts.runs,
            parts.claims,
            Streams(parts.runs, parts.owned),
            Detached(parts.lock),
            Brought(parts.hardware),
            invocations,
        ).routes,
        Ending(parts.runs, invocations).routes,
        Downloads().routes,
        Breakpoints(parts.bridge, RawConsoles(parts.bridge, parts.consoles_on)).routes,
    ]
    return [route for room in rooms for route in room()]

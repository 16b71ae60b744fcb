"""`python -m lager_runner`: the runner, as the box starts it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette

from lager import releasedpaths, settings, tls, wire
from lager.gate import Gate
from lager.lifeline import Lifeline
from lager.lockdesk import LockDesk
from lager.lockfile import LockFile
from lager.service import Service
from lager_debugbridge.bridge import Bridge
from lager_runner import server
from lager_runner.claims import Claims
from lager_runner.clientgone import ClientGone
from lager_runner.files import FileRoutes
from lager_runner.forwarding import Forwarding
from lager_runner.killing import KillRoutes
from lager_runner.lockroutes import LockRoutes
from lager_runner.notifying.notifier import Notifier
from lager_runner.pruning import Pruning
from lager_runner.released.routes import Parts
from lager_runner.released.routes import routes as released
from lager_runner.released.undelimited import UndelimitedProtocol
from lager_runner.rundirectory import Outcome, Spec
from lager_runner.runs import News, Runs
from lager_runner.safing import Safing
from lager_runner.spawn import Sockets

SOCKET = (
    "runner.sock"  # below the runtime directory; the same for every runner of a box: paused scripts come back to it
)
_LEAVE_SECONDS = 0.1  # for the last words to consoles
_HANGUP_SECONDS = 1  # for clients that do not close their connection when the runner ends


@dataclass(frozen=True)
class Plan:
    """What is to be served.

    Attributes:
        hardware_socket: The unix socket of the hardware service.
        secured: What uvicorn is told of TLS.
        released: Whether clients of the released interface need no token.
        consoles: Whether they get consoles over plain TCP.
    """

    host: str
    port: int
    hardware_socket: str
    secured: Mapping[str, Any] = field(default_factory=dict)
    released: bool = False
    consoles: bool = False


async def serve(plan: Plan) -> None:
    """Serve until the box ends."""
    listener, hardware_socket = _listen(plan.host, plan.port), plan.hardware_socket
    for_scripts = settings.runtime_dir() / SOCKET
    for_scripts.unlink(missing_ok=True)  # of the runner before; the box has only one
    bridge = Bridge(
        on_event=lambda run, event: runs.announce(run, event),
        on_note=lambda run, entry: runs.note(run, entry),
        on_claim=lambda run: claims.wanted(run),
    )
    loop, cut = asyncio.get_running_loop(), asyncio.Event()
    lifeline = Lifeline(on_cut=lambda: loop.call_soon_threadsafe(cut.set))
    notifier, lock, sockets = Notifier(), LockFile(), Sockets(str(for_scripts), hardware_socket)
    safing = Safing(hardware_socket, lambda run: runs.known(run))
    claims = Claims(lock, bridge, lambda: (run.id for run in runs.alive()), lambda: runs.changes.ring())

    def news(run: wire.RunInfo, event: News) -> None:
        claims.heard(run.id, event)
        notifier.news(run, event)

    before_end = _seen_to(safing, claims)
    runs = Runs(bridge, sockets, lambda live: lifeline.report("busy", live=live), news, before_end)
    bridge.runtime.connect(runs.attended, runs.left)
    pruning, client_gone = Pruning(runs), ClientGone(runs)
    consoles_on = plan.host if plan.consoles else None
    parts = Parts(runs, bridge, Service(hardware_socket), lock, claims, client_gone.owned, consoles_on)
    web = _web(plan, _application(parts, pruning), lifeline.active)
    await runs.adopt()
    notifier.adopt(runs.every())
    await pruning.tidy()
    await claims.adopt(run.spec for run in runs.alive())
    works = [bridge.serve(for_scripts), pruning.watch(), client_gone.watch(), claims.watch(), safing.watch()]
    works += [_report_ready(lifeline, listener, str(for_scripts)), _end_with(cut, bridge, web)]
    tasks = [asyncio.create_task(one) for one in works]
    try:
        await web.serve(sockets=[listener])
    finally:
        await claims.close()
        await runs.close()
        await _cancel(tasks)
        await asyncio.to_thread(notifier.close)
        for_scripts.unlink(missing_ok=True)


def _seen_to(safing: Safing, claims: Claims) -> Callable[[Spec, Outcome], Awaitable[None]]:
    """Give what is done before a run's end is told: its nets are made safe, then its hold on the box is freed."""

    async def see_to(spec: Spec, outcome: Outcome) -> None:
        await safing.ended(spec, outcome)
        await claims.ended(spec.id)

    return see_to


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _application(parts: Parts, pruning: Pruning) -> Starlette:
    """Put together what is served."""
    runs, desk = parts.runs, LockDesk(parts.lock, lambda: {"busy": bool(parts.runs.alive())})
    more = [*KillRoutes(runs).routes(), *FileRoutes(runs).routes(), *Forwarding(runs).routes(), *pruning.routes()]
    more += [*LockRoutes(desk).routes(), *released(parts)]
    return server.application(runs, parts.bridge, more, parts.owned, parts.claims.starting)


def _web(plan: Plan, app: Starlette, on_entry: Callable[[], None]) -> uvicorn.Server:
    """Give the web server, with the gate in front of the application."""
    open_to = releasedpaths.rule(releasedpaths.RUNNER) if plan.released else None
    return uvicorn.Server(
        uvicorn.Config(
            Gate(app, settings.own_token(), on_entry, open_to),
            lifespan="off",
            http=UndelimitedProtocol,
            log_level="warning",
            access_log=False,
            proxy_headers=False,  # anybody could say so
            ws_per_message_deflate=False,
            ws_ping_timeout=None,  # a client that is stopped answers none, and is there all the same (`lifesigns`)
            timeout_graceful_shutdown=_HANGUP_SECONDS,
            **plan.secured,
        )
    )


def _listen(host: str, port: int) -> socket.socket:
    """Take the port now: from here on clients wait, and are not refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP because asyncio switches Nagle's delay (40 ms for each answer) off only where the protocol says so.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(128)
    return listener


async def _report_ready(lifeline: Lifeline, listener: socket.socket, path: str) -> None:
    lifeline.report("ready", port=listener.getsockname()[1], socket=path)


async def _end_with(cut: asyncio.Event, bridge: Bridge, web: uvicorn.Server) -> None:
    """End the server with its box, which may be gone before the server is there."""
    await cut.wait()
    bridge.take_leave()  # now: the server breaks every connection off
    await asyncio.sleep(_LEAVE_SECONDS)
    web.should_exit = True


def main() -> None:
    """Parse the command line, and serve."""
    parser = argparse.ArgumentParser(prog="python -m lager_runner", description="The runner of a Lager box.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=settings.RUNNER_PORT, help="port to listen on; 0 for any")
    parser.add_argument("--hardware-socket", required=True, help="unix socket of the hardware service")
    tls.add_options(parser)
    releasedpaths.add_options(parser)
    parser.add_argument("--legacy-console", action="store_true", help="give them consoles over plain TCP, too")
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="runner %(levelname)s %(message)s")
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C in the box's terminal: uvicorn has ended in good order
        secured = tls.for_server(given.tls_cert, given.tls_key)
        released, consoles = given.allow_legacy_clients, given.legacy_console
        asyncio.run(serve(Plan(given.host, given.port, given.hardware_socket, secured, released, consoles)))


if __name__ == "__main__":
    main()

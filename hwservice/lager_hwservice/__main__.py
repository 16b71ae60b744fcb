"""The hardware service's process: puts the rooms together, and takes them apart again when the box is gone.

`python -m lager_hwservice --bench FILE --host HOST --hardware-port N --http-port N`, started by the box.
"""

from __future__ import annotations

import argparse
import logging
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from starlette.applications import Starlette

from lager import errors, releasedpaths, selfcheck, settings, tls
from lager.hardware import Hardware
from lager.lifeline import Lifeline
from lager.lockdesk import LockDesk
from lager.lockfile import LockFile
from lager.times import CALL_WITHIN
from lager_hwservice import server
from lager_hwservice.benchfile import BenchFile
from lager_hwservice.benchroutes import BenchRoutes
from lager_hwservice.binaryroutes import BinaryRoutes
from lager_hwservice.commandplane import CommandPlane
from lager_hwservice.control import Control
from lager_hwservice.controlplane import ControlPlane
from lager_hwservice.diagnosis.askingroutes import AskingRoutes
from lager_hwservice.diagnosis.routes import DiagnosisRoutes
from lager_hwservice.downloadroutes import DownloadRoutes
from lager_hwservice.lanes import Lanes
from lager_hwservice.listening import closed_first, listen
from lager_hwservice.livemonitors import LiveMonitors
from lager_hwservice.lockroutes import LockRoutes
from lager_hwservice.netcalls import NetCalls
from lager_hwservice.netsplane import NetsPlane
from lager_hwservice.refusals import Refusals
from lager_hwservice.safekeeper import SafeKeeper
from lager_hwservice.saferoutes import SafeRoutes
from lager_hwservice.selfcheckroutes import SelfCheckRoutes
from lager_hwservice.setuproutes import SetupRoutes
from lager_hwservice.simulated import Simulations
from lager_hwservice.standings import Standings
from lager_hwservice.survey import Survey
from lager_hwservice.switchboard import Switchboard
from lager_hwservice.whose import by_lock
from lager_hwservice.workers import Workers

_VANISHED_AFTER = 30  # s until a client that acknowledges nothing is gone: what it watched is free again
_LOOK_EVERY = 2.0  # s; the time a script waits for a service that is away is longer
SOCKET_NAME = "hardware.sock"  # always the same one: scripts find a service that was started again


def main() -> int:
    """Run the service until its box is gone."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="hardware service %(levelname)s %(message)s")
    ended = threading.Event()
    lifeline = Lifeline(ended.set)
    try:
        bench = BenchFile(options.bench)
        ports = [_bound(options.host, port) for port in (options.hardware_port, options.http_port)]
    except errors.LagerError as exc:
        lifeline.report("failed", code=exc.code, what=exc.what, hint=exc.hint)
        return exc.exit_code
    folder = settings.runtime_dir()
    workers = Workers(bench.bench().nets, folder, options.call_within, str(options.bench.absolute()))
    switchboard = Switchboard(bench, workers)
    hardware = Hardware(switchboard.locate, "the HTTP interface", remembers=False, examine=workers.examine)
    path = folder / SOCKET_NAME
    lock = LockFile()
    keeper = SafeKeeper(lambda: switchboard.bench.nets, hardware, lock)
    refusals = Refusals()
    survey = Survey(lambda: switchboard.bench, Simulations(lambda: switchboard.bench))
    _listen_to_scripts(Control(switchboard, lifeline.active, keeper.make_safe, survey.listing, refusals.last), path)
    nets, apps = _applications(_Rooms(switchboard, hardware, Lanes(), lock, keeper, lifeline.active, refusals))
    numbers = [one.getsockname()[1] for one in ports]
    secured = tls.for_server(options.tls_cert, options.tls_key)
    gated = _gated(dict(zip(numbers, apps, strict=True)), lifeline.active, options.allow_legacy_clients)
    web = _web(gated, secured)
    threading.Thread(target=_end_with, args=(web, nets, ended), name="end", daemon=True).start()
    lifeline.report("ready", hardware_port=numbers[0], http_port=numbers[1], socket=str(path))
    try:
        web.run(sockets=ports)
    except KeyboardInterrupt:
        logging.info("interrupted")
    finally:
        keeper.close()
        hardware.close()
        workers.close()
    return 0


class _Rooms(NamedTuple):
    """What the applications are made of."""

    switchboard: Switchboard
    hardware: Hardware
    lanes: Lanes
    lock: LockFile
    keeper: SafeKeeper
    on_use: Callable[[], None]
    refusals: Refusals


def _applications(rooms: _Rooms) -> tuple[NetsPlane, tuple[Starlette, Starlette]]:
    """Make what :8080 and :9000 serve; paths that any net's name fits come last."""
    switchboard, hardware, lanes, lock, keeper, on_use, refusals = rooms
    calls = NetCalls(switchboard, hardware)
    simulations = Simulations(lambda: switchboard.bench)
    survey = Survey(lambda: switchboard.bench, simulations)
    nets = NetsPlane(switchboard, hardware, lanes, on_use, lock.news)
    whose = by_lock(lambda: lock.now().user)
    more = [
        *LockRoutes(LockDesk(lock), lanes).routes(),
        *DownloadRoutes(lanes).routes(),
        *BinaryRoutes(lanes, lock.shuts_out).routes(),
        *SetupRoutes(switchboard, simulations, lanes, lock.shuts_out).routes(),
        *SafeRoutes(switchboard, keeper, lanes, lock.shuts_out).routes(),
        *CommandPlane(switchboard, calls, lanes, lock.news, whose, refusals).routes(),
        *LiveMonitors(switchboard, hardware, lanes, calls.perform, on_use, whose).routes(),
        *BenchRoutes(switchboard, Standings(hardware, lanes), lanes, lock.shuts_out, survey.listing).routes(),
        *SelfCheckRoutes(lanes, selfcheck.Place(settings.state_dir(), serves=True)).routes(),
        *DiagnosisRoutes(switchboard, hardware, lanes).routes(),
        *AskingRoutes(switchboard).routes(),
    ]
    return nets, (ControlPlane(switchboard, hardware, lanes, simulations, whose).app(), nets.app(more))


def _listen_to_scripts(control: Control, path: Path) -> None:
    listener = listen(str(path))
    threading.Thread(target=control.serve, args=(listener,), name="control", daemon=True).start()
    threading.Thread(target=_keep_listening, args=(control, path, listener), name="socket", daemon=True).start()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lager_hwservice")
    parser.add_argument("--bench", required=True, type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--hardware-port", type=int, default=settings.HARDWARE_PORT)
    parser.add_argument("--http-port", type=int, default=settings.HTTP_PORT)
    parser.add_argument("--call-within", type=float, default=CALL_WITHIN, metavar="S", help="until a call is hung")
    tls.add_options(parser)
    releasedpaths.add_options(parser)
    return parser.parse_args()


def _bound(host: str, port: int) -> socket.socket:
    """Listen on a port; 0 is any that is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP because asyncio switches Nagle's delay (40 ms for each answer) off only where the protocol says so.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _VANISHED_AFTER // 2)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _VANISHED_AFTER * 1000)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as exc:
        listener.close()
        raise errors.UsageError(f"cannot listen on {host}:{port}: {exc.strerror}", "choose another port") from exc
    return closed_first(listener)


def _gated(apps: Mapping[int, Starlette], on_use: Callable[[], None], released: bool) -> server.ByPort:
    """Put the gate in front of each port's application; clients of the released interface may pass some of it."""
    token = settings.own_token()
    rules = [releasedpaths.rule(one) if released else None for one in (releasedpaths.HARDWARE, releasedpaths.HTTP)]
    both = zip(apps.items(), rules, strict=True)
    return server.ByPort({port: server.gated(app, token, on_use, rule) for (port, app), rule in both})


def _web(app: server.ByPort, secured: Mapping[str, Any]) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws_per_message_deflate=False,
        ws_ping_interval=None,  # Engine.IO has pings of its own
        log_config=None,
        log_level="warning",  # that a process started is no news: the box says itself when it is ready
        access_log=False,
        proxy_headers=False,  # anybody could say so
        timeout_graceful_shutdown=2,
        **secured,
    )
    return uvicorn.Server(config)


def _keep_listening(control: Control, path: Path, listener: socket.socket) -> None:
    """Make the socket again when it was removed: a login session that ends takes its runtime directory along."""
    looking = threading.Event()
    while True:
        while path.exists():
            looking.wait(_LOOK_EVERY)
        logging.warning("%s was removed: it is made again", path)
        settings.runtime_dir()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        listener = listen(str(path))
        threading.Thread(target=control.serve, args=(listener,), name="control", daemon=True).start()


def _end_with(web: uvicorn.Server, nets: NetsPlane, ended: threading.Event) -> None:
    ended.wait()
    nets.end_watching()
    web.should_exit = True


if __name__ == "__main__":
    sys.exit(main())

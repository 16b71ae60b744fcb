"""`python -m lager_runner`: the runner, as the box starts it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import socket

import uvicorn

from lager import settings
from lager.gate import Gate
from lager.lifeline import Lifeline
from lager_debugbridge.bridge import Bridge
from lager_runner import server
from lager_runner.notifying.notifier import Notifier
from lager_runner.runs import Runs
from lager_runner.spawn import Sockets

SOCKET = (
    "runner.sock"  # below the runtime directory; the same for every runner of a box: paused scripts come back to it
)
_LEAVE_SECONDS = 0.1  # for the last words to consoles
_HANGUP_SECONDS = 1  # for clients that do not close their connection when the runner ends


async def serve(host: str, port: int, hardware_socket: str) -> None:
    """Serve until the box ends."""
    listener = _listen(host, port)
    for_scripts = settings.runtime_dir() / SOCKET
    for_scripts.unlink(missing_ok=True)  # of the runner before; the box has only one
    bridge = Bridge(
        on_event=lambda run, event: runs.announce(run, event), on_note=lambda run, entry: runs.note(run, entry)
    )
    loop, cut = asyncio.get_running_loop(), asyncio.Event()
    lifeline = Lifeline(on_cut=lambda: loop.call_soon_threadsafe(cut.set))
    sockets = Sockets(str(for_scripts), hardware_socket)
    notifier = Notifier()
    runs = Runs(bridge, sockets, lambda live: lifeline.report("busy", live=live), notifier.news)
    web = uvicorn.Server(
        uvicorn.Config(
            Gate(server.application(runs, bridge), settings.own_token(), lifeline.active),
            lifespan="off",
            log_level="warning",
            access_log=False,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=_HANGUP_SECONDS,
        )
    )
    await runs.adopt()
    notifier.adopt(runs.every())
    scripts = asyncio.create_task(bridge.serve(for_scripts))
    ready = asyncio.create_task(_report_ready(lifeline, listener, str(for_scripts)))
    ending = asyncio.create_task(_end_with(cut, bridge, web))
    try:
        await web.serve(sockets=[listener])
    finally:
        await runs.close()
        for task in (scripts, ready, ending):
            task.cancel()
        await asyncio.gather(scripts, ready, ending, return_exceptions=True)
        await asyncio.to_thread(notifier.close)
        for_scripts.unlink(missing_ok=True)


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
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="runner %(levelname)s %(message)s")
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C in the box's terminal: uvicorn has ended in good order
        asyncio.run(serve(given.host, given.port, given.hardware_socket))


if __name__ == "__main__":
    main()

"""`lager python --dap`: a port of this machine for an IDE, and through the box to a paused script.

It listens on the loopback address only, and lets in only who is this user: the way from here on is his, with the box's
token. It understands nothing of what the IDE and the script say to each other.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from lager import errors, wire
from lager.client import Service
from lager.stream import Dropped, Stream
from lager_cli.app import App
from lager_cli.runs.peers import is_ours
from lager_cli.selection import user_name

HOST = "127.0.0.1"
_PART = 65536  # bytes
_RETRY = 1.0  # s
_FIRST = b"Content-Length: "  # what an IDE says (Debug Adapter Protocol, "Base protocol"); it speaks first


def serve(app: App, name: str, port: int) -> None:
    """Let IDEs attach to a paused script, until Ctrl-C or the end of the script.

    Args:
        app: The command line's.
        name: A run's id, or the name of one of its pauses.
        port: Where to listen; 0 for any that is free.

    Raises:
        LagerError: It is not paused, or cannot be debugged.
    """
    runner = app.box().runner
    target: wire.DebugTarget = runner.get(_path(name), wire.DebugTarget)
    try:
        listener = socket.create_server((HOST, port))
    except OSError as exc:
        why = os.strerror(exc.errno).lower() if exc.errno else str(exc)  # its own words repeat the address
        raise errors.UsageError(f"port {port} cannot be had: {why}", "leave --port out for any free one") from exc
    with listener, contextlib.suppress(KeyboardInterrupt):  # its normal end
        _introduce(target, listener.getsockname()[1])
        _Door(listener, runner, target).keep()


def configuration(target: wire.DebugTarget, port: int, here: Path) -> dict[str, Any]:
    """Give what an IDE needs to be told, as VS Code's launch.json has it.

    Args:
        target: The script.
        port: Where to attach.
        here: The current directory.
    """
    given = here / target.name
    local = os.path.abspath(given if given.is_dir() else given.parent) if given.exists() else "${workspaceFolder}"
    attach = {
        "name": f"Lager: {os.path.basename(target.name.rstrip('/'))} ({target.run[:8]})",
        "type": "debugpy",
        "request": "attach",
        "connect": {"host": HOST, "port": port},
        "pathMappings": [{"localRoot": local, "remoteRoot": target.root}],
        "onTerminate": "KeyboardInterrupt",
    }
    return {"version": "0.2.0", "configurations": [attach]}


def _introduce(target: wire.DebugTarget, port: int) -> None:
    """Say how to attach: what is to be pasted on standard output, all else beside it."""
    found = configuration(target, port, Path.cwd())
    pause = target.pause
    click.echo(f"{pause.name} is paused at {pause.file}:{pause.line}. Attach an IDE to {HOST}:{port};", err=True)
    click.echo("for VS Code, this is its .vscode/launch.json:", err=True)
    click.echo(json.dumps(found, indent=4))
    if found["configurations"][0]["pathMappings"][0]["localRoot"].startswith("$"):
        what = f"{target.name!r} is not here: put the folder it lies in as the localRoot."
        click.secho(f"Warning: {what}", fg="yellow", err=True)
    click.echo("Continuing in the IDE resumes the script; disconnecting leaves it paused. Ctrl-C ends this.", err=True)


class _Door:
    """Takes connections one after the other; each is carried to the box by threads of its own."""

    def __init__(self, listener: socket.socket, runner: Service, target: wire.DebugTarget) -> None:
        self._listener = listener
        self._runner = runner
        self._target = target
        self._ended, self._end = socket.socketpair()  # readable when the script has ended

    def keep(self) -> None:
        """Take connections until the script has ended."""
        _begin(self._watch)
        while self._ended not in (ready := select.select([self._listener, self._ended], [], [])[0]):
            if self._listener in ready:
                _begin(self._carry, *self._listener.accept())
        click.echo("The script has ended.", err=True)

    def _watch(self) -> None:
        """Wait for the end of the script, also when the box is away for a while."""
        pause = threading.Event()
        while True:
            with contextlib.suppress(Dropped, errors.LagerError), self._runner.connect("/runs/watch") as changes:
                while self._lives(changes.receive(wire.RunList)):
                    continue
                self._end.close()
                return
            pause.wait(_RETRY)

    def _lives(self, live: wire.RunList) -> bool:
        return any(run.id == self._target.run for run in live.runs)

    def _carry(self, ide: socket.socket, peer: tuple[str, int]) -> None:
        """Carry one connection to its end."""
        with contextlib.suppress(OSError), ide:
            if not is_ours(peer, self._listener.getsockname()):
                click.echo(f"Refused a connection from port {peer[1]}: it is another user's.", err=True)
                return
            if not _speaks_first(ide):
                click.echo(f"Refused a connection from port {peer[1]}: it is not an IDE's.", err=True)
                return
            try:
                path = f"{_path(self._target.pause.name)}?{urlencode({'by': user_name()})}"
                with self._runner.connect(path) as box:
                    _join(ide, box)
            except errors.LagerError as exc:
                click.secho(f"Error: {exc.what}.{f' Try: {exc.hint}.' if exc.hint else ''}", fg="red", err=True)


def _speaks_first(ide: socket.socket) -> bool:
    """Wait for what comes first, and leave it there; say whether it is what an IDE says.

    Of a browser, or of what looks for open ports, the script must not hear: its debugger would write of each line.
    """
    known = 0
    while known < len(_FIRST):
        ide.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, known + 1)
        first = ide.recv(len(_FIRST), socket.MSG_PEEK)
        if len(first) <= known or not _FIRST.startswith(first):
            return False
        known = len(first)
    ide.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
    return True


def _begin(work: Callable[..., None], *given: Any) -> None:
    threading.Thread(target=work, args=given, name="debugger", daemon=True).start()


def _join(ide: socket.socket, box: Stream) -> None:
    """Carry bytes both ways until either end closes.

    Raises:
        LagerError: The box says why it is over.
    """
    up = threading.Thread(target=_to_box, args=(ide, box), name="debugger to box", daemon=True)
    up.start()
    try:
        for part in _from_box(box):
            ide.sendall(part)
    finally:
        with contextlib.suppress(OSError):  # it has gone already
            ide.shutdown(socket.SHUT_RDWR)
        up.join()


def _to_box(ide: socket.socket, box: Stream) -> None:
    with contextlib.suppress(OSError, Dropped):  # then it is over; the other way notices, too
        while part := ide.recv(_PART):
            box.send_bytes(part)
    box.close()


def _from_box(box: Stream) -> Iterator[bytes]:
    with contextlib.suppress(Dropped):  # the normal end
        while True:
            part = box.receive_bytes()
            if isinstance(part, str):
                error: wire.ErrorBody = wire.from_json(part.encode(), wire.ErrorBody)
                raise error.as_error()
            yield part


def _path(name: str) -> str:
    return f"/runs/{quote(name, safe='')}/dap"

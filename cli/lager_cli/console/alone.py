"""A console without a script: a process is started for it on the box, and ends with it."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import threading
import uuid
from functools import partial

import click

from lager import errors, wire
from lager.stream import Stream
from lager_cli.app import App
from lager_cli.console import attaching
from lager_cli.console.door import Door
from lager_cli.console.parting import takes_leave
from lager_cli.console.printed import Printed
from lager_cli.console.session import Session

NAME = "lager console"  # what `lager runs` calls it
_STARTING = 60.0  # s
_ENDING = 15.0  # s; the box ends the process before
_DETACHED = 130  # exit status: the user has left with Ctrl-C


def open_console(app: App, expression: str | None) -> int:
    """Open a console in a process of its own; give the exit status.

    Args:
        app: Knows the box.
        expression: The one statement to evaluate; None for whatever is typed.

    Raises:
        LagerError: The box cannot be reached, or knows no such consoles.
    """
    from lager_cli.holder import holder
    from lager_cli.selection import user_name

    run, name, by = str(uuid.uuid4()), uuid.uuid4().hex, user_name()
    door = Door(app, run)
    request = wire.RunRequest(
        name=NAME,
        content=b"",
        args=[name],
        user=by,
        box=app.asked or "",
        kind=wire.CONSOLE,
        holder=holder(os.environ)[0],
    )
    if expression is None and sys.stdin.isatty():  # the editor takes its time to come; so does the process
        threading.Thread(target=importlib.import_module, args=("lager_cli.console.terminal",)).start()
    with takes_leave() as parting:
        session = _open(door, run, request)
        parting.end = session.leave
        with session:
            printed = Printed(partial(_stream, door, run), session.stir)
            session.beside = printed.take
            status = attaching.use(session, door, by, expression)
            was_left = not session.is_over
        if status == _DETACHED and not was_left:
            _kill(door, run)
        exited = _end(printed)
    if status == _DETACHED or was_left or session.failure:
        return session.failure or status
    return _cause(exited)


def _open(door: Door, run: str, request: wire.RunRequest) -> Session:
    """Start the process, and open its console."""
    try:
        info = _start(door, run, request)
        if info.ended is None:
            return Session(door.open, request.user, name=request.args[0])
    except (KeyboardInterrupt, SystemExit):
        _kill(door, run)
        raise
    _end(Printed(partial(_stream, door, run), lambda: None))
    raise errors.LagerError(f"the console's process has ended at once, with status {info.status}", "see above why")


def _stream(door: Door, run: str, offset: int) -> Stream:
    return door.runner.connect(f"/runs/{run}/stream?from={offset}")


def _start(door: Door, run: str, request: wire.RunRequest) -> wire.RunInfo:
    """Have the box start the process; it answers when that is there."""
    path = f"/runs/{run}"
    try:
        try:
            return door.runner.put(path, request, wire.RunInfo, timeout=_STARTING)
        except errors.ServiceUnreachable:  # the id is ours: asking twice starts it once
            return door.runner.put(path, request, wire.RunInfo, timeout=_STARTING)
    except errors.BadScript:  # it misses the script
        what = f"{door.runner.place} is too old: it has consoles only where a script is paused"
        hint = "install a newer lager there; or pause a script, and use `lager python --console ID`"
        raise errors.UsageError(what, hint) from None


def _end(printed: Printed) -> wire.Exited | None:
    """Wait for the end of the process, and show what it has printed until then; give how it ended; None for unknown."""
    for output in printed.rest(_ENDING):
        click.echo(output.data, nl=False, err=output.stream == 2)
    return printed.exited


def _cause(exited: wire.Exited | None) -> int:
    """Say how the process has ended of which nobody took leave; give its exit status."""
    if exited is None:
        click.echo("How the console's process has ended is unknown; `lager runs` lists what still runs.", err=True)
        return errors.ServiceUnreachable.exit_code
    if exited.reason == "signal":
        click.echo(f"The console's process was killed by {_signal(exited.status - 128)}.", err=True)
    elif exited.status:
        click.echo(f"The exit status of the console's process is {exited.status}.", err=True)
    return exited.status


def _signal(number: int) -> str:
    with contextlib.suppress(ValueError):  # a real-time signal has none
        return f"signal {number} ({signal.Signals(number).name})"
    return f"signal {number}"


def _kill(door: Door, run: str) -> None:
    """End a process whose statement does not stop."""
    try:
        door.runner.post(f"/runs/{run}/signal", wire.SignalRequest("SIGKILL"), wire.RunInfo)
    except errors.LagerError as error:
        click.echo(f"The console's process could not be ended: {error.what}.", err=True)
        sys.stderr.flush()

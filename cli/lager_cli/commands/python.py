"""`lager python`: run a script on a box; continue a paused one; look into it."""

from __future__ import annotations

import contextlib
import math
import os
import re
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from lager import errors
from lager_cli.app import App, box_option
from lager_cli.units import SECONDS, NumberCommand

if TYPE_CHECKING:
    from lager import wire
    from lager.client import Stream
    from lager_cli.selection import Box

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Settings of this terminal that are meant for the script, too.
_PASSED_ON = ("LAGER_BREAKPOINTS", "LAGER_BREAKPOINT_TIMEOUT")


class Variable(click.ParamType[Any]):
    """NAME=VALUE."""

    name = "variable"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Split at the first equals sign."""
        name, equals, content = str(value).partition("=")
        if not equals or not _VARIABLE.fullmatch(name):
            self.fail(f"{value!r} is not NAME=VALUE.", param, ctx)
        return name, content


@click.command(cls=NumberCommand, context_settings={"ignore_unknown_options": True})
@box_option
@click.option("--env", type=Variable(), multiple=True, metavar="NAME=VALUE", help="Set a variable for the script.")
@click.option("--timeout", type=SECONDS, default=0.0, help="Stop the script after so many seconds; 0 is never.")
@click.option("--continue", "resume", metavar="ID", help="Let a paused script go on.")
@click.option("--console", metavar="ID", help="Open a Python console in a paused script.")
@click.option("-c", "expression", metavar="EXPR", help="With --console: evaluate this one statement.")
@click.argument("script", required=False)
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def python(ctx: click.Context, /, script: str | None, args: tuple[str, ...], **options: Any) -> int:
    """Run SCRIPT, or the main.py of a folder, on a box, with ARGS. Put -- before those that look like our options.

    Ends with the script's exit status. Ctrl-C stops the script. The first characters of an ID are enough.
    """
    app = ctx.ensure_object(App)
    if any(one is not None and not one.strip() for one in (script, options["resume"], options["console"])):
        raise click.UsageError("SCRIPT or ID is empty; was a variable of the shell not set?")
    chosen = [name for name in ("resume", "console") if options[name] is not None]
    if len(chosen) + (script is not None) != 1:
        raise click.UsageError("Say one of SCRIPT, --continue ID and --console ID.")
    if options["expression"] is not None and options["console"] is None:
        raise click.UsageError("-c goes with --console ID; put -- before arguments of the script.")
    if script is None:
        return _continue(app, options["resume"]) if options["console"] is None else _console(app, options)
    if script.startswith("-"):
        raise click.NoSuchOption(script, ctx=ctx)
    return _run(app, script, list(args), options)


def _run(app: App, script: str, args: list[str], options: dict[str, Any]) -> int:
    from lager import wire
    from lager_cli.runs.keyboard import Keyboard
    from lager_cli.runs.packing import pack
    from lager_cli.runs.stream import RunStream
    from lager_cli.runs.watching import Interrupts, Watch
    from lager_cli.selection import user_name

    packed = pack(script)
    box = app.box()
    passed_on = [(name, os.environ[name]) for name in _PASSED_ON if name in os.environ]
    request = wire.RunRequest(
        name=script,
        script=packed.script,
        content=packed.content,
        args=args,
        env=[*passed_on, *options["env"]],
        box=app.asked or "",
        user=user_name(),
        timeout=options["timeout"] if math.isfinite(options["timeout"]) else 0,
    )
    run = str(uuid.uuid4())
    with Interrupts() as interrupts:
        _start(box, run, request)
        with contextlib.closing(RunStream(_Line(app, box, run).connect)) as stream:
            return Watch(stream, interrupts, Keyboard()).until_end()


def _start(box: Box, run: str, request: wire.RunRequest) -> None:
    from lager import wire

    try:
        box.runner.put(f"/runs/{run}", request, wire.RunInfo, timeout=60.0)
    except errors.ServiceUnreachable:  # the id is ours: asking twice starts it once
        box.runner.put(f"/runs/{run}", request, wire.RunInfo, timeout=60.0)


class _Line:
    """The way to a run's stream, also after its box has moved to other ports."""

    def __init__(self, app: App, box: Box, run: str) -> None:
        self._app, self._box, self._run = app, box, run

    def connect(self, offset: int) -> Stream:
        """Open the stream from `offset` on."""
        try:
            return self._box.runner.connect(f"/runs/{self._run}/stream?from={offset}")
        except errors.ServiceUnreachable:
            self._box = self._app.whereabouts(self._box)
            raise


def _continue(app: App, run: str) -> int:
    from lager import wire
    from lager_cli.selection import user_name

    path = f"/runs/{quote(run, safe='')}/continue"
    resumed: wire.Resumed = app.box().runner.post(path, wire.ContinueRequest(user_name()), wire.Resumed)
    click.echo(f"Resumed {resumed.name}")
    return 0


def _console(app: App, options: dict[str, Any]) -> int:
    import sys

    from lager_cli.console import plain
    from lager_cli.console.session import Session

    with Session(app.box().runner, options["console"]) as session:
        if options["expression"] is not None:
            return plain.one(session, options["expression"])
        click.echo("Connected to interactive console (Ctrl+D to disconnect)")
        if sys.stdin.isatty() and sys.stdout.isatty():
            from lager_cli.console import terminal

            status = terminal.run(session)
        else:
            status = plain.run(session)
        if session.farewell:
            click.echo(session.farewell, err=True)
        click.echo("Disconnected from console")
        return status

"""`lager python SCRIPT`, from what was typed to the exit status: pack it up, start it, follow it or leave."""

from __future__ import annotations

import importlib
import os
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import click

from lager import client, wire
from lager_cli import holder
from lager_cli.app import App
from lager_cli.runs.detaching import Handle, detached
from lager_cli.runs.interrupts import Interrupts
from lager_cli.runs.packing import Packed, Source, pack_source
from lager_cli.runs.starting import Way, start
from lager_cli.runs.wanted import Wanted
from lager_cli.runs.writing import Outlet, one_file, say
from lager_cli.selection import user_name

# Settings of this terminal that are meant for the script, too.
_ON_EXCEPTION = "LAGER_ON_EXCEPTION"
_PASSED_ON = ("LAGER_BREAKPOINTS", "LAGER_BREAKPOINT_TIMEOUT", _ON_EXCEPTION)
_JUNIT = "LAGER_JUNIT"


def run(app: App, source: Source, args: Sequence[str], options: Mapping[str, Any]) -> int:
    """Run something; give its exit status.

    Args:
        app: Knows the box.
        source: What to run.
        args: The script's arguments.
        options: The command line's.

    Raises:
        LagerError: It cannot be run.
    """
    for option, name in (("--add-file", "add_file"), ("--passenv", "passenv")):
        if not all(one.strip() for one in options[name]):
            raise click.UsageError(f"{option} is empty; was a variable of the shell not set?")
    wanted = Wanted.of(options)
    variables = _variables(options)
    packed = pack_source(source, options["add_file"])
    for words in packed.warnings:
        say(words)
    lock_wait = holder.lock_wait(os.environ)
    app.quiet = wanted.quiet
    way = Way(app, app.box(), str(uuid.uuid4()))
    handle = Handle(way.run, app.asked or "")
    request = _request(packed, handle, variables, {**options, "args": list(args)})
    with wanted.forwarding(way.box, way.run), Interrupts() as interrupts:
        info = start(way, request, interrupts, lock_wait, None if options["detach"] else _get_ready)
        if options["detach"]:
            return _leave(handle, info, wanted)
        from lager_cli.runs.attending import Attendance
        from lager_cli.runs.watching import Manners

        attendance = Attendance(way, wanted, Manners(handle, kept=options["keep"]), packed.name)
        status = attendance.until_end(interrupts, info)
    attendance.fetch()
    return status


def _get_ready() -> None:
    """Import what following a run needs, while the box starts it."""
    client.get_ready()
    importlib.import_module("lager_cli.runs.attending")


def _request(
    packed: Packed, handle: Handle, variables: list[tuple[str, str]], options: Mapping[str, Any]
) -> wire.RunRequest:
    who, kind = holder.holder(os.environ)
    return wire.RunRequest(
        args=options["args"],
        env=variables,
        box=handle.box,
        user=user_name(),
        timeout=options["timeout"] or 0.0,
        keep=options["keep"] or options["detach"],
        one_stream=not (options["detach"] or options["as_json"]) and one_file(),
        holder=who,
        holder_type=kind,
        at_end=options["at_end"] or "",
        **packed.fields(),
    )


def _leave(handle: Handle, info: wire.RunInfo, wanted: Wanted) -> int:
    if wanted.as_json:
        import time

        from lager_cli.runs.events import Events

        Events(Outlet(), handle.run, time.time).started(info)
    else:
        click.echo(handle.run if wanted.quiet else detached(handle))
    return 0


def _variables(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give the variables of the script; a later one wins.

    Raises:
        UsageError: One that is to be passed on is not there.
    """
    for name in options["passenv"]:
        if name not in os.environ:
            raise click.UsageError(f"--passenv {name}: there is no such variable here; set it, and export it.")
    passed_on = [(name, os.environ[name]) for name in _PASSED_ON if name in os.environ]
    on_exception = [(_ON_EXCEPTION, options["on_exception"])] if options["on_exception"] else []
    junit = []
    if options["junit"] is not None:
        from lager_cli.runs.downloads import JUNIT

        junit = [(_JUNIT, JUNIT)]
    wanted = [(name, os.environ[name]) for name in options["passenv"]]
    return [*passed_on, *on_exception, *options["env"], *wanted, *junit]

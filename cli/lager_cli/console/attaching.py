"""A console from its opening to its farewell: on a terminal, in a pipe, or for one statement."""

from __future__ import annotations

import sys

import click

from lager_cli.app import App
from lager_cli.console import plain
from lager_cli.console.commands import Commands
from lager_cli.console.door import Door
from lager_cli.console.parting import takes_leave
from lager_cli.console.session import Session


def attach(app: App, run: str, expression: str | None) -> int:
    """Open a console in a paused script; give the exit status.

    Args:
        app: Knows the box.
        run: The id of the run, or the name of one of its pauses.
        expression: The one statement to evaluate; None for whatever is typed.
    """
    from lager_cli.selection import user_name

    door, by = Door(app, run), user_name()
    with takes_leave() as parting, Session(door.open, by) as session:
        parting.end = session.leave
        return use(session, door, by, expression)


def use(session: Session, door: Door, by: str, expression: str | None) -> int:
    """Use an open console until its end; give the exit status.

    Args:
        session: The console.
        door: The way to it.
        by: Who uses it.
        expression: The one statement to evaluate; None for whatever is typed.
    """
    does = Commands(session, lambda: door.runner, by)
    if expression is not None:
        return plain.one(session, does, expression)
    click.echo(f"Connected to interactive console (Ctrl+D to {'end it' if session.alone else 'disconnect'})")
    status = _sit(session, does, door)
    if session.farewell:
        click.echo(session.farewell, err=True)
    click.echo("Console ended" if session.alone else "Disconnected from console")
    return session.failure or status


def _sit(session: Session, does: Commands, door: Door) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return plain.run(session, does)
    from lager_cli.console import terminal

    return terminal.run(session, does, door.name)

"""`lager python --snapshot ID -o FILE`: what a paused script has, in a file of this machine."""

from __future__ import annotations

from pathlib import Path

import click

from lager_cli.app import App
from lager_cli.console import plain
from lager_cli.console.commands import Commands, refuse
from lager_cli.console.door import Door
from lager_cli.console.session import Over, Session


def take(app: App, run: str, path: str | None) -> int:
    """Save the snapshot of a paused script; give the exit status.

    Args:
        app: Knows the box.
        run: The id of the run, or the name of one of its pauses.
        path: The file.
    """
    from lager_cli.selection import user_name

    if not path:
        raise click.UsageError("--snapshot wants a file: -o FILE.")
    if path == "-":
        raise click.UsageError("--snapshot writes a file, no pipe: -o FILE.")
    refuse(Path(path), "remove it, or name another file")
    door, by = Door(app, run), user_name()
    with Session(door.open, by) as session:
        try:
            return 0 if Commands(session, lambda: door.runner, by).save(Path(path), plain.show) else 1
        except Over:
            click.echo(session.farewell, err=True)
            return 1

"""`lager snapshot`: look into what was saved of a paused script, without the script and without a box."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from lager_cli.confirming import confirm

if TYPE_CHECKING:
    from lager_cli.console.session import Session
    from lager_debugbridge.opening import Opened
    from lager_debugbridge.saving import About

WARNING = "Opening a snapshot runs code of whoever made it: open only what comes from people you trust."


class SnapshotGroup(click.Group):
    """The command, which is often given a file where its own command is wanted."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command meant."""
        if args and args[0] not in self.commands and Path(args[0]).is_file():
            ctx.fail(f"There is no command {args[0]!r}. Did you mean `lager snapshot open {args[0]}`?")
        return super().resolve_command(ctx, args)


@click.group(cls=SnapshotGroup)
def snapshot() -> None:
    """Snapshots that were saved with `:save FILE` in a console, or with `lager python --snapshot ID -o FILE`."""


@snapshot.command("open")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-c", "expression", metavar="EXPR", help="Evaluate this one statement.")
@click.option("--yes", is_flag=True, help="Do not ask whether you trust it.")
def open_(file: Path, expression: str | None, yes: bool) -> int:
    """Open a console on a snapshot.

    It is the same as in the paused script, but needs no script and no box. Nets, files, locks and the like are not in
    FILE. Opening it runs code of whoever made it.
    """
    from lager_debugbridge import opening

    about = opening.about(file)
    click.secho(WARNING, fg="yellow", err=True)
    if expression is None:
        click.echo(_described(about), err=True)
        confirm("Open it?", yes)
    with tempfile.TemporaryDirectory(prefix="lager-snapshot-") as place:
        return _open(opening.Opened(file, Path(place)), expression)


def _described(about: About) -> str:
    import datetime

    when = datetime.datetime.fromtimestamp(about.time).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    count = sum(len(one.names) for one in about.modules)
    place = f"{Path(about.file).name}:{about.line} in {about.function}"
    return f"{count} names, saved {when} at {place} (Python {about.python})"


def _open(opened: Opened, expression: str | None) -> int:
    from lager_cli.console import plain
    from lager_cli.console.offline import OfflineSession
    from lager_cli.console.offlinecommands import OfflineCommands
    from lager_debugbridge.saving import missing_lines

    if expression is None:
        for line in missing_lines(opened.missing):
            click.echo(line, err=True)
        if opened.other_python:
            click.echo(f"its functions can be called only where Python is {opened.about.python}", err=True)
        if opened.absent:
            click.echo(f"not on this machine: {', '.join(sorted(opened.absent))}", err=True)
    with OfflineSession(opened) as sitting:
        does = OfflineCommands(sitting, opened.root.parent)
        session = cast("Session", sitting)  # it does all that is asked of one
        if expression is not None:
            return plain.one(session, does, expression)
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            return plain.run(session, does)
        from lager_cli.console import terminal

        return terminal.run(session, does, "snapshot")

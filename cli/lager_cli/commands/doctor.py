"""`lager doctor`: what is wrong with this machine, and with the boxes it knows."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from lager_cli.app import App, box_option, json_option

if TYPE_CHECKING:
    from lager_cli.doctor.subjects import Subject

_SEVERAL = 3  # boxes that are named while they are waited for


@click.command()
@box_option
@json_option
@click.pass_obj
def doctor(app: App) -> int:
    """Check this machine and the boxes it knows: what is wrong, and what to do. Status 1: there is a problem.

    With --box, or where there is one box only, what that box finds out about its own machine is listed, too.
    """
    from lager_cli.doctor import here, report, subjects
    from lager_cli.doctor.examining import examine

    machine, boxes = here.look()
    chosen = subjects.chosen(app.asked, boxes) if boxes is not None else []
    say, silence = _waiting()
    try:
        found = examine(chosen, say)
    finally:
        silence()
    in_full = app.asked is not None or len(found) == 1
    facts = report.facts(machine, found)
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    app.show(facts, report.words(machine, found, in_full, columns))
    return 1 if facts["problems"] else 0


def _waiting() -> tuple[Callable[[Sequence[Subject]], None], Callable[[], None]]:
    """Give what says whom is waited for, where somebody sees it, and what takes that away again."""
    if not (sys.stdout.isatty() and sys.stderr.isatty()):
        return lambda _: None, lambda: None

    def say(left: Sequence[Subject]) -> None:
        silence()
        if left:
            more = f" and {len(left) - _SEVERAL} more" if len(left) > _SEVERAL else ""
            names = ", ".join(one.name for one in left[:_SEVERAL])
            room = shutil.get_terminal_size().columns - len(more) - 15  # a line that is wrapped cannot be taken away
            click.echo(f"⠋ Checking {names[: max(room, 0)]}{more}...", nl=False, err=True)

    def silence() -> None:
        click.echo("\r\x1b[K", nl=False, err=True)

    return say, silence

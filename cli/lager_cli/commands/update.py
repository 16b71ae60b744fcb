"""`lager update`, which is `lager box update`, too: a box goes to another version, or back to the one it had."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from lager_cli.app import App, box_option, json_option
from lager_cli.confirming import yes_option
from lager_cli.machine.sshoptions import ssh_options

DUE = 10  # what `--check` ends with where there is something to do
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def command() -> click.Command:
    """Make the command: it stands in two places, and each has its own examples."""
    made: Callable[..., Any] = _update
    for add in (
        click.pass_obj,
        json_option,
        click.option("--wheel", type=_FILE, metavar="FILE", help="Go to this wheel, instead of what runs here."),
        click.option("--force", is_flag=True, help="Also while it is locked, or runs are alive or paused: they go on."),
        click.option("--verbose", "-v", is_flag=True, help="Show how the machine is, in the end."),
        click.option("--check", is_flag=True, help=f"Only see whether there is something to do: status {DUE}, else 0."),
        yes_option,
        ssh_options,
        box_option,
    ):
        made = add(made)
    return click.command("update", help=_update.__doc__)(made)


def _update(app: App, /, check: bool, verbose: bool, force: bool, yes: bool, wheel: Path | None, **way: Any) -> int:
    """Bring a box to the version that runs here; its nets and its runs stay.

    The new version is put beside the old one, and the box switches by itself, also when the connection breaks: where
    the new one is not healthy, it goes back. `lager update --wheel FILE` of an older version is the way back.
    """
    from lager_cli.machine import choosing, installing, saying, updating
    from lager_cli.machine.progress import Progress

    installing.checked_wheel(wheel)
    known = choosing.box(app.asked)
    updating.see_lock(known, force or check)
    wanted = updating.Wanted(known.name, choosing.of_box(known, **way), wheel, check, force, yes)
    outcome = updating.update(wanted, Progress())
    if not check:
        installing.renewed(known.name, outcome.version)
    lines = [saying.block(known.name, outcome.status)] if verbose else []
    lines.append(saying.updated(known.name, outcome, check=check, wheel=wheel))
    app.show(saying.update_facts(known.name, outcome, check=check), "\n".join(lines))
    return DUE if check and outcome.is_due else 0


update = command()

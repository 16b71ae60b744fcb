"""`lager uninstall`: a box becomes a machine again."""

from __future__ import annotations

from typing import Any

import click

from lager_cli.app import App, box_option, json_option
from lager_cli.confirming import yes_option
from lager_cli.machine.sshoptions import ssh_options


@click.command()
@box_option
@click.option("--ip", metavar="HOST", help="Address of a machine that you do not know as a box.")
@ssh_options
@click.option("--data", is_flag=True, help="Its data, too: nets, runs and their files, token and certificate.")
@click.option("--force", is_flag=True, help="Also while it is locked, or runs are alive: they are ended.")
@yes_option
@json_option
@click.pass_obj
def uninstall(app: App, /, ip: str | None, data: bool, force: bool, yes: bool, **way: Any) -> None:
    """Take everything of Lager off a box; its data stays, if --data does not say otherwise.

    What it keeps is used when it becomes a box again. Here, the box is forgotten.
    """
    from lager_cli.machine import choosing, removing
    from lager_cli.machine.progress import Progress

    if ip is not None and app.asked is not None:
        raise click.UsageError("--box NAME and --ip HOST exclude each other.")
    known = None if ip is not None else choosing.box(app.asked)
    target = choosing.target(choosing.host_of(ip or ""), **way) if known is None else choosing.of_box(known, **way)
    removing.see_lock(target, force)
    removing.ask(known.name if known else target.host, target, data, yes)
    removed = removing.remove(target, data, force, Progress())
    forgotten = removing.forget(target, known.name if known else "")
    named = known.name if known else target.host
    facts = {"box": named, "ip": target.host, "removed": removed, "data": data, "forgotten": forgotten}
    app.show(facts, removing.words(named, removed, data, forgotten))

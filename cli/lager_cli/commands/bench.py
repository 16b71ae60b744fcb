"""`lager bench`: the whole bench at once: its safe state, and what was done to reach it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from lager_cli.app import App, box_option, json_option

if TYPE_CHECKING:
    from lager import wire

_WITHIN = 120.0  # s; nets of one order are made safe at the same time, those of another after them


@click.group()
def bench() -> None:
    """The whole bench: put it in its safe state."""


@bench.command()
@click.argument("names", metavar="[NET]...", nargs=-1)
@click.option("--force", is_flag=True, help="Also while somebody else has the box.")
@box_option
@json_option
@click.pass_obj
def safe(app: App, names: tuple[str, ...], force: bool) -> None:
    """Put all nets that have a safe state in it, or each NET; in order, and proven by reading back.

    Nobody is asked, and ends with status 4 where a net is not known to be safe. An instrument that is away is tried
    again until it is back. `lager nets set-safe` says what a net's safe state is.
    """
    from lager import errors, wire
    from lager_cli.holder import holder
    from lager_cli.selection import user_name

    asked = wire.SafeRequest(list(names), f"lager bench safe of {user_name()}", holder(os.environ)[0], force)
    made: list[wire.MadeSafe] = app.box().bench.post("/bench/safe", asked, list[wire.MadeSafe], timeout=_WITHIN)
    if not made:
        raise errors.UsageError(
            "no net of this bench has a safe state, so nothing was done",
            "give those one that drive something, such as: lager nets set-safe supply1 --output off",
        )
    app.show(made, "\n".join(map(_line, made)))
    if any(one.state != "safe" for one in made):
        raise click.exceptions.Exit(errors.InstrumentError.exit_code)


def _line(one: wire.MadeSafe) -> str:
    if one.state == "safe":
        return f"[OK] {one.net}: {one.wanted}"
    why = one.error.what if one.error else "no more is known"
    again = " It is tried again until it is safe." if one.state == "waits" else ""
    return f"[NOT SAFE] {one.net}, {one.wanted}: {why}.{again}"


@bench.command()
@click.option("-n", "--lines", "count", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@box_option
@json_option
@click.pass_obj
def log(app: App, count: int) -> None:
    """Show when nets were put in their safe state, why, and what still waits."""
    import time

    from lager import wire

    kept: wire.SafeHistory = app.box().bench.get("/bench/safe", wire.SafeHistory)
    events = kept.log[-count:]
    lines = [
        f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(one.time))}  {one.why}: {_line(one.made)}"
        for one in events
    ]
    app.show(wire.SafeHistory(events, kept.waiting), "\n".join(lines) or "No net was put in its safe state yet.")

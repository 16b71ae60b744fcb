"""`lager gpi`: digital inputs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from lager import errors
from lager_cli.app import App, box_option, json_option
from lager_cli.units import SECONDS

if TYPE_CHECKING:
    from lager_cli.netcall import RemoteNet

LEVELS = {"low": 0, "off": 0, "0": 0, "high": 1, "on": 1, "1": 1}
NAMES = ("LOW", "HIGH")
_EVERY = 0.01  # s


@click.command()
@click.argument("net", required=False)
@click.option(
    "--wait-for",
    type=click.Choice(["high", "low", "1", "0"], case_sensitive=False),
    help="Wait until it has that level.",
)
@click.option("--timeout", type=SECONDS, metavar="TIME", help="Wait no longer than this (2.5, 500ms, 5m).")
@click.option("--scan-rate", type=click.IntRange(1), metavar="HZ", help="Look so often in a second.")
@click.option("--scans-per-read", type=click.IntRange(1), help="Accepted; every look is a read of its own.")
@click.option("--poll-interval", type=SECONDS, metavar="TIME", help="The time from one look to the next (10ms).")
@box_option
@json_option
@click.pass_context
def gpi(ctx: click.Context, /, net: str | None, wait_for: str | None, **how: float | None) -> None:
    """Read the digital input NET, or wait for a level; exit status 1 where it was not there in time.

    Without NET, the default one (`lager defaults add --gpio-net NET`), else a list of the lines.
    """
    from lager_cli.netcommands import green, meant

    _check(wait_for, how)
    app = ctx.ensure_object(App)
    line = meant(app, net, "gpio", "GPIO")
    if line is None:
        return
    if wait_for is not None:
        _wait(app, line, LEVELS[wait_for.lower()], how)
        return
    level: int = line.call("input", kind=int)
    app.show({"net": line.name, "level": level}, green(f"GPIO {line.name!r}: {NAMES[level]} ({level})"))


def _check(wait_for: str | None, how: dict[str, float | None]) -> None:
    """Refuse how to wait where nothing is waited for, and two paces at once.

    Raises:
        UsageError: It is so.
    """
    given = [f"--{name.replace('_', '-')}" for name, value in how.items() if value is not None]
    if given and wait_for is None:
        raise click.UsageError(f"{given[0]} goes with --wait-for.")
    if how["scan_rate"] is not None and how["poll_interval"] is not None:
        raise click.UsageError("--scan-rate and --poll-interval exclude each other.")


def _wait(app: App, line: RemoteNet, level: int, how: dict[str, float | None]) -> None:
    """Look until the level is there. It is looked from here: whoever presses Ctrl-C leaves nothing on the box.

    Raises:
        LagerError: It was not there in time, or cannot be read.
    """
    from lager.proxies.waiting import SystemClock, Wait, wait
    from lager_cli.netcommands import green

    every = 1 / how["scan_rate"] if how["scan_rate"] else how["poll_interval"]
    wanted = Wait(line.name, level, how["timeout"], _EVERY if every is None else every)
    if sys.stderr.isatty():
        click.echo(f"Waiting for {line.name!r} to be {NAMES[level]} (Ctrl+C to stop)...", err=True)
    try:
        took = wait(lambda: line.call("input", kind=int), wanted, SystemClock())
    except errors.LevelNotReached as exc:  # no trouble with the instrument: it is told as what it is, no
        if app.as_json:
            app.show({"net": line.name, "level": 1 - level, "reached": False, "seconds": how["timeout"]}, "")
        raise errors.LagerError(exc.what, exc.hint) from exc
    facts = {"net": line.name, "level": level, "reached": True, "seconds": took}
    app.show(facts, green(f"GPIO {line.name!r} reached level {level} in {took:.4f}s"))

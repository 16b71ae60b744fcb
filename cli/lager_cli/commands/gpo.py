"""`lager gpo`: digital outputs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import click

from lager import errors
from lager_cli.app import App, box_option, json_option
from lager_cli.commands.gpi import LEVELS, NAMES

if TYPE_CHECKING:
    from lager_cli.netcall import RemoteNet

_LOOK = 1.0  # s from one look at a held output to the next
_WORDS = [*LEVELS, "toggle"]


@click.command()
@click.argument("net", required=False)
@click.argument("level", metavar="[low|high|on|off|0|1|toggle]", required=False)
@click.option("--hold", is_flag=True, help="Stay until Ctrl-C, and say if the output loses its level.")
@box_option
@json_option
@click.option("--yes", is_flag=True, hidden=True, help="Accepted, and not needed: nothing is asked.")
@click.pass_context
def gpo(ctx: click.Context, net: str | None, level: str | None, hold: bool, yes: bool) -> None:  # noqa: ARG001
    """Set the digital output NET to a level, which stays until it is set again; or toggle it.

    Without NET, the default one (`lager defaults add --gpio-net NET`); without a level, a list of the lines.
    """
    from lager_cli.defaultnets import default_net
    from lager_cli.netcall import RemoteNet, list_nets

    app = ctx.ensure_object(App)
    if net is None:
        list_nets(app, "gpio", "GPIO")
        return
    if level is None and net.lower() in _WORDS:
        net, level = default_net("gpio") or ctx.fail(f"Say which net: lager gpo NET {net}."), net
    if level is None or level.lower() not in _WORDS:
        ctx.fail(f"Say which level: lager gpo {net} {'|'.join(_WORDS)}.")
    _set(app, RemoteNet(app, net, "gpio"), level.lower(), hold)


def _set(app: App, line: RemoteNet, level: str, hold: bool) -> None:
    from lager_cli.netcommands import green

    toggled = level == "toggle"
    now: int = line.act("toggle").value if toggled else line.act("output", level=LEVELS[level]).value
    words = f"GPIO {line.name!r} {'toggled' if toggled else 'set'} to {NAMES[now]}"
    app.show({"net": line.name, "level": now}, green(words))
    if hold:
        _hold(line, now, err=app.as_json)


def _hold(line: RemoteNet, level: int, err: bool) -> None:
    """Say that it is held, and look at it now and then until Ctrl-C, which leaves it as it is.

    Raises:
        LagerError: It has lost its level, or cannot be read.
    """
    pause, told = threading.Event(), False
    try:
        while line.call("input", kind=int) == level:
            if not told:
                click.echo("Holding output state (Ctrl+C to release)...", err=err)
                told = True
            pause.wait(_LOOK)
    except KeyboardInterrupt:
        return
    raise errors.InstrumentError(
        f"{line.name} was {NAMES[level]}, and is {NAMES[1 - level]} now",
        "somebody else has set it, or the instrument was switched off and on; set it again",
    )

"""What the commands of nets have in common: which net is meant, how a state is shown, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from lager import errors
from lager_cli.app import App
from lager_cli.netcall import NetGroup, RemoteNet, list_nets

GREEN = "bright_green"  # as released clients colour what they have done


def net_of(ctx: click.Context) -> RemoteNet:
    """Give the net of a command in a group `lager ROLE [NET] COMMAND`."""
    assert ctx.parent is not None
    group = ctx.parent.command
    assert isinstance(group, NetGroup)
    return RemoteNet(ctx.ensure_object(App), ctx.parent.params["net"], group.role)


def meant(app: App, name: str | None, role: str, label: str) -> RemoteNet | None:
    """Give the net that is meant where the name may be left out: the default one of its role.

    None where there is no such default; then the nets of that role were listed.
    """
    from lager_cli.defaultnets import default_net

    if name is None and not (name := default_net(role)):
        list_nets(app, role, label)
        return None
    return RemoteNet(app, name, role)


def green(words: str) -> str:
    """Colour what was done; where no terminal is, or nobody wants colours, it is shown without."""
    return click.style(words, fg=GREEN)


def without_command(
    ctx: click.Context, net: str | None, role: str, label: str, words: Callable[[str], str] = green
) -> None:
    """Do what `lager ROLE [NET]` does where no command follows: show the state of NET, or list the nets of the role."""
    app = ctx.ensure_object(App)
    if ctx.invoked_subcommand is not None:
        return
    if net is None:
        list_nets(app, role, label)
    else:
        show_state(app, RemoteNet(app, net, role), None, words)


def show_state(app: App, net: RemoteNet, every: float | None, words: Callable[[str], str] = green) -> None:
    """Show everything a net says of itself: once, or every so many s until Ctrl-C.

    Args:
        app: Knows the box, and how to speak.
        net: The net.
        every: The interval, s; None for once.
        words: Makes the line that is shown of the message.

    Raises:
        LagerError: It could not be read; that was shown as no value, and not as zeros.
    """
    if every is not None:
        from lager_cli import watching

        watching.watch(app, net, every, lambda facts: words(_message(net.role, facts)))
        return
    try:
        done = net.act("state")
    except errors.InstrumentError as exc:
        _unread(app, net, exc)
        raise
    app.show(done.value, words(done.message))


def _message(role: str, facts: dict[str, Any]) -> str:
    from lager.actions import battery, eload, power_supply

    words = {
        "power-supply": power_supply.state_words,
        "battery": battery.state_words,
        "eload": eload.state_words,
    }
    return words[role](facts)


def _unread(app: App, net: RemoteNet, exc: errors.InstrumentError) -> None:
    """Say that there is no state: in JSON as null, and why; for people before the error."""
    if app.as_json:
        why = {"code": exc.code, "what": exc.what, "hint": exc.hint}
        app.show({"net": net.name, "state": None, "error": why}, "")
    else:
        click.secho(f"{net.name}: n/a", fg="yellow", err=True)


def also(net: RemoteNet, method: str) -> float | None:
    """Measure what completes an answer; None, and why on standard error, where that fails: the rest stands."""
    try:
        return net.call(method, kind=float)
    except errors.InstrumentError as exc:
        click.secho(f"Note: {method} of {net.name} is n/a: {exc.what}.", fg="yellow", err=True)
        return None

"""`lager hello`: does a box answer, and which version is it?"""

from __future__ import annotations

import click

from lager_cli.app import App, box_option, json_option

_WITHIN = 10.0  # s


@click.command()
@box_option
@json_option
@click.pass_obj
def hello(app: App) -> None:
    """See whether a box answers, and which version it is."""
    from lager import wire
    from lager_cli.lockwaiting import name_of

    box = app.box()
    info: wire.BoxInfo = box.runner.get("/box", wire.BoxInfo, timeout=_WITHIN)
    name = name_of(box)
    facts = {"box": name, "ip": box.host, "version": info.version, "online": True}
    app.show(facts, words(name, box.host, info.version))


def words(name: str, host: str, version: str) -> str:
    """Say that a box answers."""
    lines = [
        "",
        f"Box: {name}",
        f"IP: {host}",
        f"Version: {version or click.style('Unknown', fg='yellow')}",
        "",
        click.style(f"{name} is online and responding!", fg="green"),
        "",
    ]
    return "\n".join(lines)

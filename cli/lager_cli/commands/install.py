"""`lager install`: a Linux machine becomes a box."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lager_cli.app import App, json_option
from lager_cli.machine.sshoptions import ssh_options

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PORT = click.IntRange(1024, 65535)  # those below are for root only
_PORTS = {"runner": "box_port", "hardware": "hardware_port", "http": "http_port"}


@click.command()
@click.option("--ip", required=True, metavar="HOST", help="Address of the machine.")
@ssh_options
@click.option("--box", "name", metavar="NAME", help="What to call the box.  [as the machine calls itself]")
@click.option("--bind", metavar="ADDR", help="The address the box listens on.  [0.0.0.0]")
@click.option("--box-port", type=_PORT, help="Its port of runs and consoles.  [5000]")
@click.option("--hardware-port", type=_PORT, help="Its port of the hardware service.  [8080]")
@click.option("--http-port", type=_PORT, help="Its port of the bench.  [9000]")
@click.option("--wheel", type=_FILE, metavar="FILE", help="Install this wheel of lager, instead of what runs here.")
@click.option("--yes", is_flag=True, help="Do not ask: trust an unknown host key, replace a box of that name.")
@json_option
@click.pass_obj
def install(app: App, /, ip: str, name: str | None, bind: str | None, yes: bool, **others: Any) -> None:
    """Set up a box on a Linux machine, over ssh: Debian, Ubuntu or Raspberry Pi OS.

    It gets a user, an environment of its own below /opt/lager, a service that systemd keeps alive, and the rules that
    let it use the instruments. Each step looks first whether it is done: run it again after an interruption, or to put
    right what was changed by hand.
    """
    from dataclasses import replace

    from lager_cli.commands.hello import words
    from lager_cli.machine import choosing, installing, saying
    from lager_cli.machine.progress import Progress

    wheel = installing.checked_wheel(others.pop("wheel"))
    asked = {name: others.pop(option) for name, option in _PORTS.items()}
    ports = {name: port for name, port in asked.items() if port is not None}
    if len(set(ports.values())) < len(ports):
        raise click.UsageError("--box-port, --hardware-port and --http-port must differ.")
    target = replace(choosing.target(choosing.host_of(ip), **others), trusting=yes)
    wanted = installing.Wanted(target, installing.checked_name(name), wheel, choosing.bound(bind), ports, yes)
    saved = installing.install(wanted, Progress())
    info = saying.answers(saved)
    facts = {"box": saved.name, "ip": saved.ip, "version": info.version, "online": True}
    app.show(facts, words(saved.name, saved.ip, info.version))

"""The options that say how a machine is reached by ssh; importing them costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_KEY = click.Path(exists=True, dir_okay=False, path_type=Path)
_PORT = click.IntRange(1, 65535)


def ssh_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--user`, `--ssh-port` and `--identity`."""
    port = ("--ssh-port", "--port", "ssh_port")
    for option in (
        click.option("--identity", "-i", type=_KEY, metavar="FILE", help="The private key to log in with."),
        click.option(*port, type=_PORT, metavar="N", help="Port of ssh there.  [22]"),
        click.option("--user", metavar="NAME", help="Who to be there: root, or one who may use sudo."),
    ):
        command = option(command)
    return command

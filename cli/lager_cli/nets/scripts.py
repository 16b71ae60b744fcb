"""`lager nets set-script`, `show-script` and `remove-script`: what a debugger is to be told, kept with its net."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from lager import errors
from lager_cli.app import App, box_option

_LARGEST = 2**20  # bytes of a script
_KEYS = {"jlink": "jlink_script", "openocd": "openocd_config"}
_WORDS = {"jlink": "J-Link script", "openocd": "OpenOCD configuration"}


def _backend_option(command: Callable[..., Any]) -> Callable[..., Any]:
    described = "Which debugger it is for."
    choice = click.Choice(tuple(_KEYS))
    return click.option("--backend", type=choice, default="jlink", show_default=True, help=described)(command)


@click.command("set-script")
@click.argument("name")
@click.argument("script_path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_backend_option
@box_option
@click.pass_obj
def set_script(app: App, name: str, script_path: Path, backend: str) -> None:
    """Keep a debugger's script with the net NAME."""
    import base64

    from lager_cli.files import content

    text = base64.b64encode(content(script_path, _LARGEST)).decode()
    place, _ = _changed(app, name, lambda record: {**record, _KEYS[backend]: text})
    click.echo(f"Saved the {_WORDS[backend]} of net '{name}' on box {place}.")


@click.command("show-script")
@click.argument("name")
@_backend_option
@box_option
@click.pass_obj
def show_script(app: App, name: str, backend: str) -> None:
    """Print the script that is kept with the net NAME, as it was."""
    import base64

    from lager_cli.nets.desk import Desk

    _, record = Desk(app).find(name)
    try:
        content = base64.b64decode(_kept(record, name, backend), validate=True)
    except ValueError as exc:
        raise errors.LagerError(f"what is kept as the {_WORDS[backend]} of {name} is no file", "set it anew") from exc
    click.echo(content, nl=False)


@click.command("remove-script")
@click.argument("name")
@_backend_option
@box_option
@click.pass_obj
def remove_script(app: App, name: str, backend: str) -> None:
    """Forget the script that is kept with the net NAME."""

    def without(record: dict[str, Any]) -> dict[str, Any]:
        _kept(record, name, backend)
        return {key: value for key, value in record.items() if key != _KEYS[backend]}

    place, _ = _changed(app, name, without)
    click.echo(f"Removed the {_WORDS[backend]} of net '{name}' on box {place}.")


def _kept(record: dict[str, Any], name: str, backend: str) -> str:
    if kept := record.get(_KEYS[backend]):
        return str(kept)
    raise errors.LagerError(
        f"no {_WORDS[backend]} is kept with {name}", f"lager nets set-script {name} FILE --backend {backend}"
    )


def _changed(app: App, name: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> tuple[str, bool]:
    from lager import wire
    from lager_cli.nets.desk import Desk

    desk = Desk(app)
    _, record = desk.find(name)
    return desk.place, desk.change(wire.SaveNets(0, [change(record)]))

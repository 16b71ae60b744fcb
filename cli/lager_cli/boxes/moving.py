"""`lager boxes export`, `import` and `add-all`: boxes to another machine, from one, and those of a tailnet."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from lager import errors
from lager_cli.confirming import confirm, yes_option

_LARGEST = 2**20  # bytes of a file of boxes
_HINT = "give a file that `lager boxes export -o FILE` has written"


@click.command("export")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Into this file.")
@click.option("--with-tokens", is_flag=True, help="With their tokens: whoever has the file has the boxes.")
def export(output: Path | None, with_tokens: bool) -> None:
    """Write the boxes you know as JSON, for another machine or a colleague: without their tokens."""
    import json

    from lager_cli.config import Config

    boxes = {name: _without_token(one.value, with_tokens) for name, one in Config().boxes.items()}
    text = json.dumps({"BOXES": boxes}, indent=2, ensure_ascii=False) + "\n"
    if output is None or str(output) == "-":
        click.echo(text, nl=False)
        return
    try:
        _write(output, text, for_owner=with_tokens)
    except OSError as exc:
        raise errors.LagerError(
            f"{output} cannot be written: {(exc.strerror or str(exc)).lower()}", "give another place with -o"
        ) from exc
    click.echo(f"Exported {_count(boxes)} to {output}")


def _write(path: Path, text: str, *, for_owner: bool) -> None:
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if for_owner else 0o666)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        if for_owner and path.is_file():
            os.fchmod(opened, 0o600)  # it may have been there before
        file.write(text)


def _without_token(value: Any, keep: bool) -> Any:
    if keep or isinstance(value, str):
        return value
    left = {key: one for key, one in value.items() if key not in ("token", "identity")}  # a key's file is of this disk
    return left["ip"] if left.keys() == {"ip"} else left


def _count(boxes: Any) -> str:
    return "1 box" if len(boxes) == 1 else f"{len(boxes)} boxes"


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--merge", is_flag=True, help="Keep the boxes that are not in FILE, too.")
@yes_option
def import_(file: Path, merge: bool, yes: bool) -> None:
    """Take over the boxes of FILE, instead of those you know; with --merge, besides."""
    from lager_cli.config import Config, editing

    new = _boxes_of(file)
    before = Config().own_boxes
    lost = [] if merge else [name for name in before if name not in new]
    if lost:
        question = f"Import {_count(new)}, and delete {', '.join(lost)}? (--merge keeps those.)"
        confirm(question, yes, destructive=True)
    elif changed := [name for name in new if name in before and before[name] != new[name]]:
        confirm(f"Import {_count(new)}, and replace {', '.join(changed)}?", yes)
    kept = {name: _with_token(one, before.get(name)).value for name, one in new.items()}
    with editing() as (saved, defaults):
        for name in lost:
            saved.pop(name, None)
        saved.update(kept)
        if defaults.get("gateway_id") in lost:
            del defaults["gateway_id"]
    click.echo(f"Imported {_count(new)} from {file}")


def _with_token(new: Any, before: Any) -> Any:
    """Give a box with the token that is known of it, if it is at the same address."""
    from dataclasses import replace

    same = before is not None and (new.ip, new.port) == (before.ip, before.port)
    if not same or new.token:
        return new
    return replace(new, token=before.token, fingerprint=new.fingerprint or before.fingerprint)


def _boxes_of(path: Path) -> dict[str, Any]:
    import json

    from lager_cli.boxes.saving import checked_name
    from lager_cli.config import SavedBox

    try:
        table = json.loads(_content(path))
    except (ValueError, RecursionError) as exc:
        raise errors.UsageError(f"{path} is not valid JSON: {exc}", _HINT) from exc
    keys = ("BOXES", "DUTS", "duts")
    boxes = next((table[key] for key in keys if key in table), table) if isinstance(table, dict) else None
    if not isinstance(boxes, dict) or not boxes:
        raise errors.UsageError(f"{path} holds no boxes", _HINT)
    return {checked_name(name): SavedBox.read(name, value, path) for name, value in boxes.items()}


def _content(path: Path) -> str:
    if str(path) == "-":
        return sys.stdin.read(_LARGEST)
    from lager_cli.files import content

    try:
        return content(path, _LARGEST, _HINT).decode()
    except UnicodeDecodeError as exc:
        raise errors.UsageError(f"{path} is not UTF-8", _HINT) from exc


@click.command("add-all")
@yes_option
def add_all(yes: bool) -> None:
    """Add the machines of your tailnet that may be boxes: those with names of 5 to 8 letters in `tailscale status`."""
    from lager_cli.boxes import tailnet
    from lager_cli.config import Config, SavedBox, editing

    found = tailnet.machines(tailnet.status())
    known = Config().boxes
    places = {one.ip for one in known.values()}
    new = {name: ip for name, ip in found.items() if name not in known and ip not in places}
    if not new:
        click.echo(f"Nothing to add: of {_count(found)} on your tailnet, all are known." if found else _NOBODY)
        return
    click.echo(f"Found {_count(new)} that can be added:")
    for name, ip in new.items():
        click.echo(f"  {name} ({ip})")
    confirm("Add them?", yes)
    with editing() as (saved, _):
        saved.update({name: SavedBox(name, ip).value for name, ip in new.items()})
    for name, ip in new.items():
        click.echo(f"Added box '{name}' with IP '{ip}'")


_NOBODY = "Nothing to add: no machine on your tailnet has a name like a box (5 to 8 letters, digits and dashes)."

"""`lager runs download`: one file of a run, into a file or a pipe."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import click

from lager_cli.app import App
from lager_cli.runs import downloads

_SILENT = 60.0  # s that the box may take for the next part


def place(path: str, output: str | None) -> Path:
    """Say where a file of a run goes.

    Args:
        path: In the run's directory.
        output: As the user wants it: a file or a folder; None for here.
    """
    name = PurePosixPath(path).name
    if output is None:
        return Path(name)
    return Path(output) / name if Path(output).is_dir() else Path(output)


def fetch(app: App, run: str, path: str, output: str | None, overwrite: bool) -> int:
    """Fetch a file; give its size, bytes.

    Raises:
        FileNotThere: The run has none of that name.
        UsageError: Something is there already.
        LagerError: It could not be fetched, or not be written.
    """
    if PurePosixPath(path).name in ("", "..") or path.endswith("/"):
        raise click.UsageError(f"{path!r} names no file.")
    if output is not None and not output.strip():
        raise click.UsageError("-o is empty; was a variable of the shell not set?")
    if output == "-":
        return _into_pipe(app, run, path)
    target = downloads.Target(path, place(path, output), overwrite)
    if not overwrite and os.path.lexists(target.file):
        raise click.UsageError(f"File {target.file} exists; please rename it or use the --allow-overwrite flag")
    downloads.fetch(app.box(), run, target)
    return target.file.stat().st_size


def _into_pipe(app: App, run: str, path: str) -> int:
    address = f"/runs/{quote(run, safe='')}/files/{quote(path)}"
    size = app.box().runner.download(address, sys.stdout.buffer.write, timeout=_SILENT)
    sys.stdout.buffer.flush()
    return size

"""Files of a run, fetched after its end into the current directory: exactly, and whole or not at all."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import click

from lager import errors
from lager_cli.selection import Box

JUNIT = ".lager-junit.xml"  # where a run leaves its report, in its own directory; it is told by LAGER_JUNIT
_SILENT = 60.0  # s that the box may take for the next part
_PATIENCE = 10.0  # s for a runner that is just being restarted


@dataclass(frozen=True)
class Target:
    """A file of the run, and where it goes.

    Attributes:
        path: In the run's own directory.
        file: On this machine.
        overwrite: Whether it may be there already.
    """

    path: str
    file: Path
    overwrite: bool


def targets(paths: Sequence[str], overwrite: bool) -> list[Target]:
    """Say where downloads go, before anything is run.

    Raises:
        UsageError: One of them cannot be written.
    """
    found: dict[str, Target] = {}
    for path in paths:
        name = PurePosixPath(path).name
        if name in ("", "..") or path.endswith("/"):
            raise click.UsageError(f"--download {path!r} names no file.")
        if name in found:
            raise click.UsageError(f"--download {found[name].path!r} and {path!r} would both be written to {name}.")
        found[name] = Target(path, Path(name), overwrite)
        _check(found[name])
    return list(found.values())


def report(file: str) -> Target:
    """Say where a JUnit report goes; one of before is overwritten, as test runners do.

    Raises:
        UsageError: It cannot be written there.
    """
    target = Target(JUNIT, Path(file), True)
    if not file.strip():
        raise click.UsageError("--junit is empty; was a variable of the shell not set?")
    if not target.file.parent.is_dir():
        raise click.UsageError(f"--junit {file!r}: there is no folder {str(target.file.parent)!r}.")
    _check(target)
    return target


def _check(target: Target) -> None:
    if target.file.is_dir():
        raise click.UsageError(f"{target.file} is a folder.")
    if not target.overwrite and os.path.lexists(target.file):
        raise click.UsageError(f"File {target.file} exists; please rename it or use the --allow-overwrite flag")


def fetch(box: Box, run: str, target: Target) -> None:
    """Fetch one file.

    Raises:
        FileNotThere: The run has none of that name.
        LagerError: It could not be fetched, or not be written.
    """
    path = f"/runs/{quote(run, safe='')}/files/{quote(target.path)}"
    try:
        with _written(target) as write:
            replace(box.runner, patience=_PATIENCE).download(path, write, timeout=_SILENT)
    except OSError as exc:
        raise errors.LagerError(f"{target.file} cannot be written: {(exc.strerror or str(exc)).lower()}") from exc


@contextlib.contextmanager
def _written(target: Target) -> Iterator[Callable[[bytes], object]]:
    """Write a file: beside its place first. A link stays one; a device, such as /dev/null, or a pipe is written into.

    Raises:
        LagerError: Somebody has made it meanwhile.
    """
    if target.overwrite and target.file.exists() and (not target.file.is_file() or _is_of_system(target.file)):
        with target.file.open("ab") as out:  # a file behind /dev/stdout has the output of before
            yield out.write
        return
    place = Path(os.path.realpath(target.file))
    draft = place.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with draft.open("xb") as out:
            yield out.write
        if not target.overwrite and os.path.lexists(target.file):  # somebody has made it since
            raise errors.LagerError(f"{target.file} exists by now", "fetch it with `lager runs download`")
        draft.replace(place)
    finally:
        with contextlib.suppress(OSError):  # it has become the file, or was never made
            draft.unlink()


def _is_of_system(file: Path) -> bool:
    return file.is_absolute() and file.parts[1:2] in (("dev",), ("proc",)) and not file.is_relative_to("/dev/shm")


def trouble(box: Box, run: str, target: Target) -> str:
    """Fetch one file; give why that failed, as people read it, or nothing."""
    try:
        fetch(box, run, target)
    except errors.FileNotThere as error:
        return f"Failed to download {target.path}: File not found ({error.what})"
    except errors.LagerError as error:
        return f"Failed to download {target.path}: {error.what}"
    return ""

"""The step `environment`: a version in a virtual environment of its own, whole or not there.

It is made under another name, tried, brought to the disk, and then renamed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lager import errors, shipped
from lager_cli.machine.onbox import keeping, programs, wheelsets
from lager_cli.machine.onbox.places import PART, Places, version_of
from lager_cli.machine.onbox.telling import Teller

# All that a box is made of, so that a library that is missing is missed here.
_TRIAL = (
    "import lager, lager_cli.start, lager_cli.box.parent, lager_hwservice.__main__, lager_hwservice.worker, "
    "lager_runner.__main__, lager_runner.supervisor, lager.tlscertificate; print(lager.__version__)"
)
_VERSIONED = re.compile(r"python3\.\d+")
_SPARE = 64 * 2**20  # bytes that stay free
_FEW_FILES = 200  # a disk that can take no more than these is full
_COMPILED = 1.5  # how much larger than its files an environment is, with Python's compiled ones
_HINT = "run the same command again: it is made anew"
# A step that is killed takes its pip along: else that one writes on, into what the next attempt makes anew.
_WITH_US = ("setpriv", "--pdeathsig", "KILL")


def environment(places: Places, teller: Teller, asked: dict[str, Any]) -> dict[str, Any]:
    """Make the environment of a version from its wheels, unless it is there and works.

    Raises:
        LagerError: It cannot be made; nothing of it is left.
    """
    name = f"{asked['version']}-{asked['hash']}"
    folder = places.environment(name)
    done = {"name": name, "dir": str(folder), "version": asked["version"]}
    if is_whole(folder) and tried(folder).said == asked["version"]:
        return {**done, "changed": False}
    wheels = wheelsets.content(places, asked["hash"])
    _check_room(places, wheels)
    part = folder.with_name(name + PART)
    _clear(part)
    try:
        _make(part, asked, wheels, teller)
        _move(part, folder)
    except OSError as exc:
        raise keeping.cannot(f"make {folder}", exc) from exc
    finally:
        _clear(part)
    _check(folder, asked["version"])
    return {**done, "changed": True}


def is_whole(folder: Path) -> bool:
    """Tell whether an environment was made to its end, and its Python is still the one it was made for."""
    python = (folder / "bin/python").resolve().name  # such as python3.11; a new Debian brings another one
    fits = (folder / "lib" / python).is_dir() or not _VERSIONED.fullmatch(python)
    return folder.suffix != PART and (folder / "bin/lager").is_file() and fits


def tried(folder: Path) -> programs.Ended:
    """Import all of an environment; it says its version."""
    return programs.ran(str(folder / "bin/python"), "-I", "-c", _TRIAL, within=120)


def carried(folder: Path, one: shipped.Shipped) -> bytes | None:
    """Give a shipped file as the version in an environment has it; None where that has none."""
    for path in folder.glob(f"lib/python3*/site-packages/lager/shipped/{one.name}"):
        return keeping.content(path)
    return None


def needed(folder: Path, one: shipped.Shipped) -> bytes:
    """Give a shipped file; as `carried`.

    Raises:
        LagerError: The version has none.
    """
    found = carried(folder, one)
    if found is None:
        raise errors.LagerError(
            f"version {version_of(folder.name)} brings no {one.name}", "take a newer version: this one is no box's"
        )
    return found


def _check_room(places: Places, wheels: Iterable[Path]) -> None:
    try:
        size = sum(part.file_size for path in wheels for part in zipfile.ZipFile(path).infolist())
    except (OSError, zipfile.BadZipFile) as exc:
        raise errors.LagerError(f"a wheel that was sent cannot be read: {exc}", "run the same command again") from exc
    wanted, free = int(size * _COMPILED) + _SPARE, shutil.disk_usage(existing(places.versions)).free
    if free < wanted:
        there, much = free // 2**20, wanted // 2**20
        raise errors.LagerError(
            f"there is no room for it: the disk of {places.versions} has {there} MiB free, and {much} MiB are needed",
            keeping.advice(errno.ENOSPC),
        )


def existing(path: Path) -> Path:
    """Give the nearest folder above that exists: its disk is the one that counts."""
    return path if path.exists() else existing(path.parent)


def _make(part: Path, asked: dict[str, Any], wheels: list[Path], teller: Teller) -> None:
    python = asked.get("python") or sys.executable
    teller.say(f"making an environment with {python}")
    part.parent.mkdir(parents=True, exist_ok=True)
    venv = (python, "-I", "-m", "venv", "--without-pip", str(part))
    ended = programs.ran(*_WITH_US, *venv)
    _see(part, ended, f"{python} could not make an environment", "is that Python whole? `apt install python3`")
    pip = [path for path in wheels if path.name.startswith("pip-")]
    if not pip:
        raise errors.LagerError("no pip came with the wheels", "this is a defect: please report it")
    teller.say(f"installing lager {asked['version']} and what it needs ({len(wheels)} packages)")
    words = [*_WITH_US, str(part / "bin/python"), "-I", f"{pip[0]}/pip", "install", "--isolated", "--no-index"]
    words += ["--no-input", "--no-cache-dir", "--disable-pip-version-check", "--no-warn-script-location", "--quiet"]
    words += ["--find-links", str(pip[0].parent), "pip", f"lager=={asked['version']}"]
    _see(part, programs.ran(*words, within=900), f"pip could not install lager {asked['version']}", _HINT)
    _check(part, asked["version"])


def _see(part: Path, ended: programs.Ended, what: str, hint: str) -> None:
    """See how a program ended; the number that the system gave it is not told, so a full disk is looked for."""
    if not ended.status:
        return
    left = os.statvfs(part.parent)
    if left.f_bavail * left.f_frsize < _SPARE // 8 or (left.f_files and left.f_favail < _FEW_FILES):
        raise errors.LagerError(f"{what}: the disk of {part.parent} is full", keeping.advice(errno.ENOSPC))
    said = "\n".join(ended.said.splitlines()[-12:])
    if ended.status < 0:
        said = f"signal {-ended.status} ended it"
    raise errors.LagerError(f"{what}: {said or f'status {ended.status}'}", hint)


def _check(folder: Path, version: str) -> None:
    trial = tried(folder)
    if trial.status or trial.said != version:
        said = "\n".join(trial.said.splitlines()[-6:])
        raise errors.LagerError(f"lager {version} was installed in {folder}, and does not work there: {said}", _HINT)


def _move(part: Path, folder: Path) -> None:
    """Give it its name. What was there under that name does not work, or was not complete."""
    for path in (part / "pyvenv.cfg", *(part / "bin").iterdir()):
        if path.is_file() and not path.is_symlink():
            text = path.read_bytes()
            path.write_bytes(text.replace(os.fsencode(part), os.fsencode(folder)))  # scripts begin with their Python
    os.sync()
    if folder.exists():
        remove(folder)
    part.rename(folder)
    keeping.settle(folder.parent)


def remove(folder: Path) -> None:
    """Remove an environment; if this is cut off, none of it is left under its name, or nothing that looks whole.

    Raises:
        LagerError: It cannot be removed.
    """
    part = folder if folder.suffix == PART else folder.with_name(f"{folder.name}.old{PART}")
    try:
        if part != folder:
            _clear(part)
            (folder / "bin/lager").unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # in some containers a folder cannot be renamed: it goes where it is
                folder.rename(part)
        _clear(part)
        _clear(folder)
    except OSError as exc:
        raise keeping.cannot(f"remove {folder}", exc) from exc


def _clear(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)

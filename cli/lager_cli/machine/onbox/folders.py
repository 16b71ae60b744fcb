"""The step `folders`: the places of a box, each with its owner and its rights."""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
from pathlib import Path
from typing import Any

from lager import errors
from lager_cli.machine.onbox import keeping
from lager_cli.machine.onbox.places import USER, Places
from lager_cli.machine.onbox.telling import Teller

BENCH = "saved_nets.json"


def folders(places: Places, teller: Teller, _: dict[str, Any]) -> dict[str, Any]:
    """Make the folders that are missing, and an empty bench.

    Raises:
        LagerError: One cannot be made.
    """
    try:
        owner = pwd.getpwnam(USER)
    except KeyError as exc:
        raise errors.LagerError(f"there is no user {USER} yet", "run the step `user` first") from exc
    config = places.config.parent
    _see_that_it_is_roots(places.product)
    _see_that_it_is_his(places, owner)
    changed = [
        _folder(places.versions, 0o755),
        _folder(places.setup, 0o700),
        _folder(places.incoming, 0o700),
        _folder(places.state, 0o700, (owner.pw_uid, owner.pw_gid)),
        # Where it is there, somebody may keep secrets in it, and has set its rights.
        not config.is_dir() and _folder(config, 0o755),
    ]
    bench = _bench(places.state, owner)
    if any(changed) or bench:
        teller.say("made the folders of the box")
    return {"changed": any(changed) or bench}


def _see_that_it_is_roots(product: Path) -> None:
    """See that nobody else can change what is there: root runs it.

    Raises:
        LagerError: Somebody can.
    """
    place = product.resolve()
    for folder in (place, *place.parents):
        with contextlib.suppress(FileNotFoundError):
            if _is_open(folder.stat()):
                raise errors.LagerError(
                    f"others than root can change what is in {folder}, and root would run what is put there",
                    f"let only root write to it: chown root: {folder}; chmod go-w {folder}",
                )


def _is_open(status: os.stat_result) -> bool:
    """Tell whether others than root can put something else in the place of what is in a folder."""
    mode = status.st_mode
    by_others = mode & stat.S_IWOTH or (mode & stat.S_IWGRP and status.st_gid != 0)
    return status.st_uid != os.geteuid() or bool(by_others and not mode & stat.S_ISVTX)


def _see_that_it_is_his(places: Places, owner: pwd.struct_passwd) -> None:
    """See that the folder of the service is no other's, and remember whether it was made for this box.

    Raises:
        LagerError: There is something of another user's in it.
    """
    state, setup = places.state, places.setup / "setup.json"
    if state.is_dir() and any(state.iterdir()):
        if state.stat().st_uid != owner.pw_uid:
            raise errors.LagerError(
                f"{state} is there already, and belongs to another user than {USER}",
                f"move it away; or, if it is a box's own from before: chown -R {USER}: {state}",
            )
    elif not keeping.noted(setup).get("state"):
        keeping.note(setup, keeping.noted(setup) | {"state": True})  # so that it is ours to remove again


def _folder(path: Path, mode: int, owner: tuple[int, int] = (0, 0)) -> bool:
    try:
        was_there = path.is_dir()
        path.mkdir(parents=True, exist_ok=True)
        status = os.lstat(path)
        if not stat.S_ISDIR(status.st_mode):
            raise errors.LagerError(f"{path} is a link, where a folder should be", "remove that link, and try again")
        right = (status.st_uid, status.st_gid) == owner and stat.S_IMODE(status.st_mode) == mode
        if not right:
            os.chown(path, *owner)
            path.chmod(mode)
    except OSError as exc:
        raise keeping.cannot(f"make the folder {path}", exc) from exc
    return not (was_there and right)


def _bench(state: Path, owner: pwd.struct_passwd) -> bool:
    """Make an empty bench file. The folder is its user's: what is there already, whatever it is, stays."""
    try:
        descriptor = os.open(state / BENCH, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return False
    except OSError as exc:
        raise keeping.cannot(f"write {state / BENCH}", exc) from exc
    with open(descriptor, "wb") as new:
        new.write(b"[]\n")
        new.flush()
        os.fchown(descriptor, owner.pw_uid, owner.pw_gid)
        os.fsync(descriptor)
    return True

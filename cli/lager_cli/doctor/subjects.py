"""Which boxes are to be looked at, and how each of them is reached. None is started for that."""

from __future__ import annotations

import functools
import ipaddress
import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lager import errors, selfcheck, settings, wire
from lager.selfcheck.place import installed_state
from lager.tlscertificate import FILE
from lager_cli import selection
from lager_cli.box import embedded
from lager_cli.config import SavedBox
from lager_cli.selection import LOCAL, Box

_SETTINGS = Path("/etc/lager/box.env")
_BIND, _PORTS = "LAGER_BOX_BIND", ("LAGER_BOX_PORT", "LAGER_BOX_HARDWARE_PORT", "LAGER_BOX_HTTP_PORT")  # in that file
_INSTALLED = "on this machine"
_NEXT = "lager box stop; the next one is new"
_ANEW = "sudo systemctl restart lager-box; where that is not enough, `lager update` it from a laptop"
_UNASKED: dict[str, Any] = {"bench": "", "version": "", "pid": 0, "embedded": False, "started": 0.0}


@dataclass(frozen=True)
class Subject:
    """A box to be looked at.

    Attributes:
        name: What to call it.
        place: Its address as one types it; empty for one of this machine.
        reach: Finds out how to speak to it; raises a LagerError where nobody can.
        machine: Where to look if it is this machine's, and does not answer; None for another machine's.
        option: What to type to mean it; empty where it has no name.
        renewal: What brings it to the version that this machine has.
    """

    name: str
    place: str
    reach: Callable[[], Box]
    machine: selfcheck.Place | None = None
    option: str = ""
    renewal: str = ""


class NotRunning(Exception):  # no error: it is started when it is needed
    """There is no private box now; the text says so."""


def chosen(asked: str | None, boxes: dict[str, SavedBox]) -> list[Subject]:
    """Give the boxes that are meant: the one that was asked for, or all.

    Raises:
        UsageError: There is none of that name.
    """
    if asked is not None:
        one = selection.choose(asked, os.environ, boxes, "")
        return [saved(one) if one.ip else own()]
    found = [saved(one) for one in boxes.values()]
    here = [one for one in boxes.values() if selection.is_loopback(one.ip)]
    info = embedded.recorded()
    if info is not None and not any(one.port in (0, info.runner) for one in here):
        found.append(own())
    if selfcheck.Place(installed_state()).set_up and not here:
        found.append(installed())
    return found


def saved(box: SavedBox) -> Subject:
    """Give a box that has an address."""
    machine = _this_machine() if selection.is_loopback(box.ip) else None
    option = f"--box {shlex.quote(box.name)}"
    renewal = f"lager update {option}" if machine is None else _ANEW if machine.set_up else _NEXT
    reach = functools.partial(selection.reach, box, os.environ, embedded.alive)
    return Subject(box.name, box.place, reach, machine, option, renewal)


def own() -> Subject:
    """Give this user's own box."""

    def reach() -> Box:
        info = embedded.alive()
        if info is not None:
            return selection.own(info)
        left = embedded.recorded()
        if left is None:
            raise NotRunning("none of yours runs; the first command that needs one starts it")
        raise errors.ServiceUnreachable(
            f"the box (process {left.pid}) runs but does not answer", f"see {settings.state_dir() / 'box.log'}"
        )

    return Subject(LOCAL, "", reach, _this_machine(), f"--box {LOCAL}", _NEXT)


def installed() -> Subject:
    """Give the box that this machine was made by `lager install`; only some may read how to speak to it."""
    state = installed_state()

    def reach() -> Box:
        try:
            facts = dict(line.partition("=")[::2] for line in _SETTINGS.read_text().splitlines())
            with open(state / "token", opener=_itself) as kept:
                token = kept.read().strip()
            host = str(ipaddress.ip_address(facts[_BIND]))
            runner, hardware, http = (int(facts[one]) for one in _PORTS)
        except OSError as exc:
            raise _closed(exc) from exc
        except (KeyError, ValueError) as exc:
            raise errors.LagerError(f"{_SETTINGS} does not say where the box listens: {exc}", selfcheck.AGAIN) from exc
        from lager import tls

        fingerprint = "" if _is_open(state) else tls.of_file(state / FILE)
        info = wire.BoxInfo(host=host, runner=runner, hardware=hardware, http=http, fingerprint=fingerprint, **_UNASKED)
        return Box("", selection.own_host(info), info.runner, token, info, info.fingerprint)

    return Subject(_INSTALLED, "", reach, selfcheck.Place(state), renewal=_ANEW)


def _is_open(state: Path) -> bool:
    """Whether that box serves clients without a token, as its `box.env` may say: then it speaks no TLS."""
    try:
        with open(state / "box.json", "rb", opener=_itself) as kept:
            info: wire.BoxInfo = wire.from_json(kept.read(), wire.BoxInfo)
    except (OSError, errors.UsageError):  # it is not running, or the file is none of a box
        return False
    return info.released


def _itself(path: str, flags: int) -> int:
    """Open a file, and none that a link leads to: scripts may put one there, and root would read what they may not."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _closed(exc: OSError) -> errors.LagerError:
    if isinstance(exc, PermissionError):
        return errors.TokenRefused(
            f"{exc.filename} is not for you to read, so this box cannot be asked", "sudo lager doctor"
        )
    return errors.LagerError(f"{exc.filename}: {(exc.strerror or str(exc)).lower()}", selfcheck.AGAIN)


def _this_machine() -> selfcheck.Place | None:
    there = selfcheck.Place(installed_state())
    if there.set_up:
        return there
    try:
        return selfcheck.Place(settings.state_dir())
    except OSError:  # which is what is found of this machine
        return None

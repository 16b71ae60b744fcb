"""Whether the box may open the instruments on its USB. Nothing is claimed, and nothing is said to them."""

from __future__ import annotations

import errno
import os
import stat

from lager.selfcheck import usbnodes
from lager.selfcheck.people import group_number
from lager.selfcheck.place import GROUP, USER, Place
from lager.wire.checks import OK, PROBLEM, UNSEEN, WARNING, Finding

_NAME = "instruments"
_ABSENT = (errno.ENOENT, errno.ENODEV, errno.ENXIO)


def access(place: Place) -> Finding:
    """See whether each instrument's node may be opened by the box's service."""
    try:
        plugged = usbnodes.instruments(place)
    except FileNotFoundError as exc:
        return Finding(_NAME, UNSEEN, f"there is no {exc.filename}: this kernel has no USB, or hides it")
    if not plugged:
        return Finding(_NAME, OK, "no USB instrument is plugged in")
    if place.serves or not place.set_up:
        return opened(plugged)
    number = group_number(place)
    if number is None:
        return Finding(_NAME, UNSEEN, f"there is no group {GROUP} to ask for", "`lager install` makes it")
    closed = {one: why for one in plugged if (why := _closed_to(one, number))}
    return _told(plugged, closed, f"may be opened by the box's user {USER}")


def opened(plugged: list[usbnodes.Node]) -> Finding:
    """See whether this process may open each of them."""
    return _told(plugged, {one: why for one in plugged if (why := _refusal(one))}, "may be opened")


def _told(plugged: list[usbnodes.Node], refused: dict[usbnodes.Node, OSError], may: str) -> Finding:
    if not refused:
        return Finding(_NAME, OK, f"{', '.join(one.name for one in plugged)}: {may}")
    words = "; ".join(f"{one.name} cannot be opened: {one.path}: {_why(exc)}" for one, exc in refused.items())
    if all(exc.errno in _ABSENT for exc in refused.values()):
        hint = "in a container, hand its USB in (--device /dev/bus/usb); else plug the instrument in again"
        return Finding(_NAME, WARNING, words, hint)
    hint = "see `udev rules`, then have them applied: sudo udevadm control --reload && sudo udevadm trigger"
    return Finding(_NAME, PROBLEM, words, hint)


def _refusal(node: usbnodes.Node) -> OSError | None:
    """Open a node as libusb does, and close it again: permission bits do not tell what a sandbox allows."""
    try:
        os.close(os.open(node.path, os.O_RDWR | os.O_CLOEXEC))
    except OSError as exc:
        return exc
    return None


def _closed_to(node: usbnodes.Node, group: int) -> OSError | None:
    """Tell by its bits whether a node is closed to a group, of which this process need not be."""
    try:
        found = node.path.stat()
    except OSError as exc:
        return exc
    if found.st_gid == group and found.st_mode & (stat.S_IRGRP | stat.S_IWGRP) == stat.S_IRGRP | stat.S_IWGRP:
        return None
    return PermissionError(errno.EACCES, f"its group {GROUP} may not read and write it")


def _why(exc: OSError) -> str:
    return (exc.strerror or str(exc)).lower()

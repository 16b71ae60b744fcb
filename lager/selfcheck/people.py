"""The user and the group that a box runs as, and whether the service is of that group."""

from __future__ import annotations

import os

from lager.selfcheck.place import AGAIN, GROUP, USER, Place
from lager.wire.checks import OK, PROBLEM, WARNING, Finding


def group(place: Place) -> Finding:
    """See that they are there."""
    number = group_number(place)
    if number is None:
        if place.set_up:
            return Finding("group", PROBLEM, f"there is no group {GROUP}, which instruments are for", AGAIN)
        return Finding(
            "group", OK, f"there is no group {GROUP}, and none is needed: this box was not set up by install"
        )
    if user_number(place) is None:
        return Finding("group", PROBLEM, f"there is a group {GROUP}, but no user {USER} to run the box", AGAIN)
    if place.serves and number not in (os.getegid(), *os.getgroups()) and os.geteuid() != 0:
        words = f"there is a group {GROUP}, and this service is not of it"
        return Finding("group", WARNING, words, "start the box again: its groups are those of when it was started")
    return Finding("group", OK, f"user and group {GROUP} are there")


def group_number(place: Place) -> int | None:
    """Give the number of the group that instruments are for; None where there is none.

    Raises:
        OSError: The machine does not say.
    """
    return _number(_entry(place, "group", GROUP))


def user_number(place: Place) -> int | None:
    """Give the number of the user that a box of `lager install` runs as; None where there is none.

    Raises:
        OSError: The machine does not say.
    """
    return _number(_entry(place, "passwd", USER))


def _number(entry: list[str]) -> int | None:
    return int(entry[2]) if len(entry) > 2 and entry[2].isdecimal() else None


def _entry(place: Place, table: str, name: str) -> list[str]:
    for line in place.file(f"/etc/{table}").read_text(errors="replace").splitlines():
        if line.startswith(f"{name}:"):
            return line.split(":")
    return []

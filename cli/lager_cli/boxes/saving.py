"""What is saved of a box: is its name one, is its address one, and does another name have it already?"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from dataclasses import replace

import click

from lager import errors
from lager_cli.config import SavedBox, is_host, split_address

LONGEST = 64  # characters of a name: more leave no room beside it


def checked_name(name: str) -> str:
    """Give the name of a box, if it can be one.

    Raises:
        UsageError: It cannot.
    """
    from lager_cli.selection import LOCAL

    name = name.strip()
    if name in ("", LOCAL):
        raise errors.UsageError(f"a box cannot be called {name!r}", "choose another name; `local` is your private box")
    if name.startswith("-") or not name.isprintable() or len(name) > LONGEST:
        raise errors.UsageError(
            f"a box cannot be called {reprlib.repr(name)}",
            f"choose a name of at most {LONGEST} visible characters, without - before it",
        )
    return name


def checked_address(text: str) -> tuple[str, int]:
    """Give the host and the port that an address names; the port is 0 where it names none.

    Raises:
        UsageError: It is no address.
    """
    host, port = split_address(text.strip())
    if not is_host(host):
        raise errors.UsageError(
            f"{text.strip()!r} is no address", "write an IP address or a host name, such as --ip 192.168.1.7"
        )
    return host, port


def in_place_of(before: SavedBox, saved: SavedBox) -> SavedBox:
    """Give what to save of a box that was known; where it has only a new certificate, its token is the old one."""
    if before.fingerprint and not saved.fingerprint:
        forgotten = ", and its token is forgotten" if before.token and not saved.token else ""
        known_then = "A certificate of it was known; from now on it is spoken to without TLS"
        click.secho(f"{known_then}{forgotten}.", fg="yellow", err=True)
    elif (before.ip, before.port) == (saved.ip, saved.port):
        user, port = saved.user or before.user, saved.ssh_port or before.ssh_port
        token = saved.token or before.token
        return replace(saved, token=token, user=user, ssh_port=port, identity=before.identity)
    return saved


def moved(before: SavedBox, after: SavedBox) -> SavedBox:
    """Give what to save of a box that was edited. At another address its token is given to nobody unproven."""
    same_place = (before.ip, before.port) == (after.ip, after.port)
    if same_place or not before.token or after.token != before.token or after.fingerprint:
        return after
    click.secho("It has another address now, so its token is forgotten: give it with --token.", fg="yellow", err=True)
    return replace(after, token="")


def same_place(saved: SavedBox, known: Mapping[str, SavedBox]) -> list[str]:
    """Give the other names of a box: those that have its address, too."""
    place = (saved.ip, saved.port)
    return [one.name for one in known.values() if one.name != saved.name and (one.ip, one.port) == place]


def duplicate(saved: SavedBox, others: list[str]) -> str:
    """Say that a box has other names already."""
    listed = "\n".join(f"  {name} ({saved.place})" for name in others)
    return f"[WARNING] Duplicate box detected!\nThe address {saved.place} is saved already, as:\n{listed}"

"""Addresses and ports of a box, in /etc/lager/box.env: written at the set-up, kept by updates."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from lager import errors
from lager_cli.machine.onbox import keeping
from lager_cli.machine.onbox.places import Places

_NAMES = {"runner": "LAGER_BOX_PORT", "hardware": "LAGER_BOX_HARDWARE_PORT", "http": "LAGER_BOX_HTTP_PORT"}
_BIND = "LAGER_BOX_BIND"
_HEAD = "# Where this box listens; kept by updates. After a change: systemctl restart lager-box\n"
_ADDRESS = re.compile(r"[0-9A-Fa-f.:]+(%[A-Za-z0-9_.-]+)?")  # Python lets any text name an interface, also line ends
_LINE = re.compile(r"^([A-Z_]+)=(.*)$", re.MULTILINE)


class Listening(NamedTuple):
    """Where a box listens."""

    bind: str = "0.0.0.0"  # the whole network: commands come from elsewhere
    runner: int = 5000
    hardware: int = 8080
    http: int = 9000

    @property
    def ports(self) -> dict[str, int]:
        """Get the ports by what they are for."""
        return {name: getattr(self, name) for name in _NAMES}

    @property
    def near(self) -> str:
        """Get the address to reach it at from the same machine."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.bind, self.bind)


def read(places: Places) -> Listening | None:
    """Give where the box listens; None where nothing says it."""
    text = keeping.content(places.config)
    if text is None:
        return None
    found = {name: value.strip().strip("\"'") for name, value in _LINE.findall(text.decode(errors="replace"))}
    try:
        ports = {name: int(found[key]) for name, key in _NAMES.items() if key in found}
    except ValueError:
        return None
    return Listening(found.get(_BIND, Listening().bind), **ports)


def write(places: Places, asked: Mapping[str, Any]) -> bool:
    """Write what is asked for, and keep what is there; gives whether that changed anything.

    Raises:
        UsageError: There can be no such address or port.
        LagerError: It cannot be written.
    """
    was = read(places) or Listening()
    ports = was.ports | {name: int(port) for name, port in (asked.get("ports") or {}).items() if name in _NAMES}
    now = Listening(asked.get("bind") or was.bind, **ports)
    check(now)
    named = {_BIND: now.bind, **{_NAMES[name]: str(port) for name, port in now.ports.items()}}
    text = (keeping.content(places.config) or _HEAD.encode()).decode(errors="replace")
    try:
        mode = places.config.stat().st_mode & 0o777  # somebody may keep secrets in it
    except OSError:
        mode = 0o644
    return keeping.write(places.config, _said(text, named).encode(), mode)


def _said(text: str, named: Mapping[str, str]) -> str:
    """Give the text with these values in it; all other lines stay as and where they are. Pure."""
    missing, lines = dict(named), []
    for line in text.splitlines(keepends=True):
        name = line.partition("=")[0]
        if name not in named:
            lines.append(line)
        elif name in missing:
            lines.append(f"{name}={missing.pop(name)}\n")
    ended = "" if not missing or not lines or lines[-1].endswith("\n") else "\n"
    return "".join(lines) + ended + "".join(f"{name}={value}\n" for name, value in missing.items())


def check(now: Listening) -> None:
    """Look whether a box can listen there.

    Raises:
        UsageError: It cannot.
    """
    try:
        if not _ADDRESS.fullmatch(now.bind):
            raise ValueError(now.bind)
        ipaddress.ip_address(now.bind)
    except ValueError as exc:
        raise errors.UsageError(
            f"a box cannot listen on {now.bind!r}",
            "give an address of that machine, or 0.0.0.0 for all of them (`lager install --bind ADDR`)",
        ) from exc
    ports = list(now.ports.values())
    if len(set(ports)) < len(ports) or not all(1024 <= port < 65536 for port in ports):
        raise errors.UsageError(
            f"a box cannot have the ports {', '.join(map(str, ports))}",
            "give three different ones from 1024 to 65535: others are for root only",
        )

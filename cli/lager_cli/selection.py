"""Which box a command is for, and how to reach it: the name given, the environment, the default, the private one."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from lager import errors, settings, wire
from lager.client import Service
from lager_cli import versions
from lager_cli.config import Config, SavedBox, split_address
from lager_cli.likeness import near

LOCAL = "local"  # the reserved name of this user's own box on this machine
RESTART = 10.0  # s a box may take to start a service again


@dataclass(frozen=True)
class Box:
    """A box that was chosen.

    Attributes:
        name: What the user calls it; empty where nobody named one.
        host: Address.
        port: The runner's port.
        token: The box's token.
        ports: Ports of the bench's interface where they are known already.
        fingerprint: Of its TLS certificate; empty for a box without TLS.
    """

    name: str
    host: str
    port: int
    token: str = field(repr=False)
    ports: wire.BoxInfo | None = None
    fingerprint: str = ""

    @property
    def runner(self) -> Service:
        """Get the runner: runs, pauses and consoles."""
        return self._at(self.port)

    @cached_property
    def bench(self) -> Service:
        """Get the bench's interface. A box with a port of its own is asked for the others."""
        return self._service(settings.HTTP_PORT, lambda info: info.http)

    @cached_property
    def hardware(self) -> Service:
        """Get the hardware service's control plane."""
        return self._service(settings.HARDWARE_PORT, lambda info: info.hardware)

    def _service(self, usual: int, port: Callable[[wire.BoxInfo], int]) -> Service:
        if self.ports is None and self.port == settings.RUNNER_PORT:
            return self._at(usual)
        info: wire.BoxInfo = self.ports or self.runner.get("/box", wire.BoxInfo)
        return self._at(port(info), RESTART)

    def _at(self, port: int, patience: float = 0.0) -> Service:
        heard = versions.listener(self.name)
        return Service(self.name, self.host, port, self.token, patience, self.fingerprint, heard)


def choose(asked: str | None, environ: Mapping[str, str], boxes: Mapping[str, SavedBox], default: str) -> SavedBox:
    """Decide which box is meant. The private one has the name `local` and no address.

    Raises:
        UsageError: No such box; or several are saved, and none was chosen.
    """
    if asked is not None and not asked.strip():
        raise errors.UsageError("--box was given without a name", _several(boxes))
    named = environ.get(settings.BOX, "").strip()
    wanted = asked or named or default
    if not wanted and not boxes:
        return SavedBox(LOCAL, "")
    if not wanted:
        raise errors.UsageError(f"no box was chosen; saved are {_listed(boxes)}", _several(boxes))
    if wanted in boxes:
        return boxes[wanted]
    if wanted == LOCAL:
        return SavedBox(LOCAL, "")
    host, port = split_address(wanted)
    if not _is_address(host):
        import shlex

        known = f"saved are {_listed(boxes)}" if boxes else "no boxes are saved"
        source = "" if asked else f" ({settings.BOX} names it)" if named else " (the default box)"
        raise errors.UsageError(
            f"there is no box {wanted!r}{source}; {known}.{near(wanted, boxes)}".removesuffix("."),
            f"add it with `lager boxes add --name {shlex.quote(wanted)} --ip IP`",
        )
    return SavedBox(wanted, host, port=port)


def reach(saved: SavedBox, environ: Mapping[str, str], alive: Callable[[], wire.BoxInfo | None]) -> Box:
    """Find out how to reach a box that has an address.

    Args:
        saved: The box.
        environ: Where LAGER_TOKEN may be.
        alive: Gives this user's own box on this machine, if it runs.

    Raises:
        TokenRefused: The box is on another machine, and its token is unknown here.
    """
    here = is_loopback(saved.ip)
    token = saved.token or environ.get(settings.TOKEN, "") or (settings.own_token() if here else "")
    if not token:
        raise errors.TokenRefused(
            f"the token of box {saved.name} ({saved.ip}) is not known here",
            f"take it from {settings.TOKEN_PLACE}, and run "
            f"`lager boxes add --name {saved.name} --ip {saved.ip} --token TOKEN`, or set LAGER_TOKEN",
        )
    info = alive() if here and not saved.port else None
    port = info.runner if info else saved.port or settings.RUNNER_PORT
    return Box(saved.name, saved.ip, port, token, info, _fingerprint(saved, info, environ))


def _fingerprint(saved: SavedBox, info: wire.BoxInfo | None, environ: Mapping[str, str]) -> str:
    if saved.fingerprint or info:
        return saved.fingerprint or (info.fingerprint if info else "")
    if not environ.get(settings.FINGERPRINT):
        return ""
    from lager import tls

    return tls.normal(environ[settings.FINGERPRINT])


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def own_host(info: wire.BoxInfo) -> str:
    """Give the address at which this user's own box is reached from this machine."""
    unspecified = ipaddress.ip_address(info.host).is_unspecified
    return ("::1" if ":" in info.host else "127.0.0.1") if unspecified else info.host


def own(info: wire.BoxInfo, name: str = "") -> Box:
    """Give this user's own box."""
    return Box(name, own_host(info), info.runner, settings.own_token(), info, info.fingerprint)


def user_name(environ: Mapping[str, str] = os.environ) -> str:
    """Give who is asking, for the messages others get."""
    name = environ.get("LAGER_USER") or Config().default_user or environ.get("USER") or _account()
    return name.encode(errors="replace").decode()  # what is no text cannot be sent


def _account() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user often has no name
        return f"uid {os.getuid()}"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return text == "localhost"
    return True


def _listed(boxes: Mapping[str, SavedBox]) -> str:
    return ", ".join(f"{box.name} ({box.ip})" for box in boxes.values())


def _several(boxes: Mapping[str, SavedBox]) -> str:
    name = next(iter(boxes), "NAME")
    return f"--box {name}, or `lager defaults add --box {name}` for always, or --box {LOCAL} for your private box"

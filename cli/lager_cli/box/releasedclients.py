"""What `lager box serve` says of released clients: whether it may serve them, and what that opens. It opens nothing."""

from __future__ import annotations

from collections.abc import Iterator

from lager import errors, settings, wire
from lager.releasedpaths import OPTION
from lager_cli.selection import is_loopback

CONSOLE = "--legacy-console"


def check(host: str, times: int, consoles: bool, secured: bool) -> None:
    """See whether released clients may be served so.

    Args:
        host: The address that the box listens on.
        times: How often it was said that they are to be served.
        consoles: Whether they are to have consoles over plain TCP.
        secured: Whether the box speaks TLS.

    Raises:
        UsageError: They may not; says why, and what to type.
    """
    if consoles and not times:
        raise errors.UsageError(f"{CONSOLE} is for released clients, which this box does not serve", f"add {OPTION}")
    if consoles and not is_loopback(host):
        raise errors.UsageError(
            f"{CONSOLE} is for loopback addresses only, and {host} is none: whoever reaches the port of such a "
            "console types Python into your script, and nobody is asked for a token",
            f"leave it out, and use `lager python --console ID`; or --bind 127.0.0.1 with {CONSOLE}",
        )
    if times and secured:
        raise errors.UsageError(
            f"{OPTION} and TLS exclude each other: released clients speak no TLS",
            f"leave one of them out; `ssh -L` protects a box on loopback, with {OPTION}",
        )
    if times == 1 and not is_loopback(host):
        raise errors.UsageError(
            f"with {OPTION} and --bind {host}, whoever reaches the ports of this box runs programs as you: "
            "released clients have no token",
            f"if that is what you want, on a network where you trust everybody, say {OPTION} twice",
        )


def words(info: wire.BoxInfo, consoles: bool) -> Iterator[str]:
    """Give the lines that say what is open; `consoles`: also over plain TCP."""
    if not info.released:
        return
    who = "any user of this machine" if is_loopback(info.host) else "anybody on the network"
    yield (
        f"WARNING: {OPTION}: released clients need no token, so {who} who reaches these ports runs programs as you, "
        "sees and stops all runs, and sets the instruments."
    )
    if consoles:
        yield (
            f"{CONSOLE}: while a script is paused with interactive=True, whoever of them connects to its port "
            "(8081 to 8090) types Python into it."
        )
    yield "Released clients have to know it by an IP address: one that knows it by a name gets `HTTP 401`."
    usual = {settings.RUNNER_PORT: info.runner, settings.HARDWARE_PORT: info.hardware, settings.HTTP_PORT: info.http}
    elsewhere = [f"{there} instead of {port}" for port, there in usual.items() if there != port]
    if elsewhere:
        yield f"They ask on fixed ports only, and this box listens on {', '.join(elsewhere)}."

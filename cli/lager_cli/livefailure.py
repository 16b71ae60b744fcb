"""Why there is no live connection to a box, in two lines: what happened, and what to do about it. Pure: it asks nobody.

The live connection is a WebSocket, whose failures say little. So the box is asked something simple (`/health`), and how
that ends tells the cases apart.
"""

from __future__ import annotations

import shlex
from typing import NamedTuple

from lager import errors


class Probe(NamedTuple):
    """How asking a box for its health ended.

    Attributes:
        status: The HTTP status of its answer; 0 where there was none.
        timed_out: Whether nothing came in time.
        refused: Whether there was no connection at all, or it was broken off.
        error: What else went wrong, in words.
    """

    status: int = 0
    timed_out: bool = False
    refused: bool = False
    error: str = ""


def failure(address: str, box: str, why: str, probe: Probe) -> errors.ServiceUnreachable:
    """Give the error of a live connection that could not be made.

    Args:
        address: The box's, with the port.
        box: Its name; empty for the private one.
        why: What became of the connection; may be empty.
        probe: How asking for its health ended.
    """
    first = f"WebSocket connection to {address} failed{f' ({why})' if why else ''}."
    return errors.ServiceUnreachable(f"{first}\nAction: {action(address, box, probe)}")


def action(address: str, box: str, probe: Probe) -> str:
    """Say what to do, after what the probe has found."""
    port, named = address.rpartition(":")[2], f" --box {shlex.quote(box)}" if box else ""
    if probe.status == 200:
        update = f"`lager update{named}` updates it" if box else "`lager box stop`; the next command starts a new one"
        return (
            f"box is reachable on :{port} but the WebSocket handshake failed: its services are up, but no live session "
            f"started. It may run an older Lager without live monitors: {update}."
        )
    if probe.status:
        restart = f"`lager ssh{named} -- sudo systemctl restart lager-box`" if box else "`lager box stop --force`"
        return (
            f"box responded HTTP {probe.status} on /health: its services are up only in part, or something else "
            f"listens there. Restart its service: {restart}, and try again."
        )
    if probe.timed_out:
        return (
            f"timed out reaching {address}. Check the network (VPN, Tailscale) between here and the box, and try "
            f"`lager hello{named}`."
        )
    if probe.refused:
        look = f"`lager ssh{named} -- systemctl status lager-box`" if box else "`lager box status`"
        return f"cannot reach {address}: nothing listens there. See that the box is on and its service runs: {look}."
    return f"HTTP probe to {address} errored ({probe.error or 'no more is known'})."

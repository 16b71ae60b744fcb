"""What `tailscale status` lists: the machines of a tailnet that could be boxes."""

from __future__ import annotations

import ipaddress
import re
import subprocess

from lager import errors

# What boxes are called; laptops and phones have longer names, and `local` is one's private box.
_NAME = re.compile(r"(?!local$)[A-Za-z0-9][A-Za-z0-9-]{4,7}", re.ASCII)
_WITHIN = 10.0  # s
_HINT = "install Tailscale and sign in (`tailscale up`), or add boxes one by one: lager boxes add"


def machines(said: str) -> dict[str, str]:
    """Give the IP address of each machine that may be a box, by its name, from what `tailscale status` says."""
    found: dict[str, str] = {}
    for line in said.splitlines():
        match line.split():
            case [ip, name, *_] if _NAME.fullmatch(name) and _is_address(ip):
                found.setdefault(name, ip)
    return found


def status() -> str:
    """Run `tailscale status`.

    Raises:
        LagerError: There is no Tailscale here, or it is not signed in.
    """
    try:
        words = ["tailscale", "status"]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_WITHIN)
    except FileNotFoundError as exc:
        raise errors.LagerError("there is no `tailscale` on this machine", _HINT) from exc
    except subprocess.TimeoutExpired as exc:
        raise errors.LagerError(f"`tailscale status` says nothing in {_WITHIN:g} s", _HINT) from exc
    if done.returncode:
        why = (done.stderr or done.stdout).strip().partition("\n")[0] or f"status {done.returncode}"
        raise errors.LagerError(f"`tailscale status` failed: {why}", _HINT)
    return done.stdout


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True

"""Why ssh did not get there: refused, no such host, no way, silence, an unknown or changed key, not let in.

ssh has one exit status for all of it. Whether the network is to blame is looked up anew, by the system's number; what
only ssh knows (keys and logins) is read from what it says, in the one language it was told to speak.
"""

from __future__ import annotations

import errno
import socket
import subprocess

from lager import errors
from lager_cli.machine.target import Target, client

_LOOK_SECONDS = 5.0
_GREETING = 1024  # bytes within which it comes
_NO_WAY = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN)
_AGAIN = "run the same command again when it is back: nothing that was done is undone, and it goes on from there"


def explained(target: Target, said: str, *, was_open: bool) -> errors.LagerError:
    """Give the error that says why ssh failed, and what to try.

    Args:
        target: Where to.
        said: What ssh said.
        was_open: Whether there was a connection until then.
    """
    cause = (None if was_open else of_words(target, said)) or network(target)
    if cause:
        return cause
    last = last_line(said)
    if was_open:
        return errors.ServiceUnreachable(
            f"the connection to {target.shown} broke off{f': {last}' if last else ''}", _AGAIN
        )
    return errors.ServiceUnreachable(
        f"ssh does not get to {target.shown}: {last or 'it does not say why'}", f"see what `{target.typed}` says"
    )


def of_words(target: Target, said: str) -> errors.LagerError | None:
    """Give the error for what only ssh can know; None where it says nothing of the kind."""
    if "REMOTE HOST IDENTIFICATION HAS CHANGED" in said or "host key has changed" in said:
        return errors.BoxNotTrusted(
            f"{target.host} shows another host key than the one ssh knows of it",
            f"if it was set up anew, forget the old key with `ssh-keygen -R {_known_as(target)}`. If it was not, "
            "somebody stands between you and it",
        )
    if "Host key verification failed" in said:
        return errors.BoxNotTrusted(
            f"ssh does not know the host key of {target.host}, and nobody has accepted it",
            f"run `{target.typed}` once and compare what it shows; `lager install --yes` takes what it shows now",
        )
    if "Permission denied" in said or "Too many authentication failures" in said:
        return errors.LoginRefused(
            f"{target.shown} does not let you in: {_denied(said)}",
            "see that user and password are right (--user), or give the file of a key it knows (--identity); "
            f"`{target.typed}` tries it by hand",
        )
    return None


def network(target: Target) -> errors.LagerError | None:
    """Look whether the network is to blame; None where somebody answers, or ssh goes by way of another machine."""
    place = _place(target)
    if place is None:
        return None
    host, port = place
    try:
        with socket.create_connection((host, port), _LOOK_SECONDS) as there:
            return None if _greets(there) else _no_ssh(host, port)
    except socket.gaierror:
        return errors.ServiceUnreachable(
            f"there is no host {host!r}", "see that the name is right, or give the IP address"
        )
    except ConnectionRefusedError:
        return errors.ServiceUnreachable(
            f"{host} port {port} refused the connection: no ssh server listens there",
            "install it there (Debian: apt install openssh-server), or name its port with --ssh-port",
        )
    except TimeoutError:
        return errors.ServiceUnreachable(
            f"{host} port {port} does not answer", f"see that the machine is on and its address is right: ping {host}"
        )
    except OSError as exc:
        if exc.errno in _NO_WAY:
            why, hint = "there is no way to", f"see that both are on the same network: ip route get {host}"
            return errors.ServiceUnreachable(f"{why} {host}: {(exc.strerror or '').lower()}", hint)
    return None


def _greets(there: socket.socket) -> bool:
    """Whether an ssh server is at the other end: it speaks first."""
    said = b""
    try:
        while len(said) < _GREETING and b"SSH-" not in said and (part := there.recv(_GREETING)):
            said += part
    except OSError:
        return False
    return b"SSH-" in said


def _no_ssh(host: str, port: int) -> errors.LagerError:
    return errors.ServiceUnreachable(
        f"{host} port {port} takes connections, but no ssh server speaks there",
        "see that the address and the port are right (--ssh-port), and that the machine is not hung or overloaded",
    )


def _place(target: Target) -> tuple[str, int] | None:
    """Give the address and port that ssh would go to by itself; None where it takes another way."""
    words = [*client(), *target.options, "-G", target.host]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=_LOOK_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    known = dict(line.partition(" ")[::2] for line in done.stdout.splitlines())
    if any(known.get(one, "none") != "none" for one in ("proxyjump", "proxycommand")):
        return None
    host, port = known.get("hostname", target.host), known.get("port", "22")
    return (host, int(port)) if port.isdecimal() else None


def _known_as(target: Target) -> str:
    return f"'[{target.host}]:{target.port}'" if target.port not in (0, 22) else target.host


def _denied(said: str) -> str:
    """Give what ssh says of a login that failed, without the name that it says before it."""
    before, denied, after = last_line(said).rpartition("Permission denied")
    return f"{denied}{after}" if denied else before or after


def last_line(said: str) -> str:
    """Give the last line of a text that says something, as part of a sentence."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1].removesuffix(".") if lines else ""

"""Is the box well? It is asked from this machine, with its own token, and must show its own certificate."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lager import errors
from lager_cli.machine.onbox import configuration, keeping, units
from lager_cli.machine.onbox.places import Places, version_of

_WITHIN = 90.0  # s for a box to come up, on a slow machine
_STEADY = 5.0  # s it must stay up: one that ends again and again is well for moments
_BETWEEN_LOOKS = 0.4  # s
_TOO_OFTEN = 3  # times that systemd has started it again
_PATIENCE = 5.0  # s for one answer
_ASKED = (("runner", "/box"), ("http", "/health"), ("hardware", "/health"))
NOT_WELL = "the box is not well: "
_ACTIVE = {
    "activating": "does not come up",
    "failed": "has failed",
    "inactive": "is stopped",
    "unknown": "cannot be seen: systemd does not answer",
}
_LARGEST = 4 * 2**20  # bytes of an answer


class Health(NamedTuple):
    """How a box is.

    Attributes:
        why: Why it is not well, in words; empty where it is.
        version: What it says it is; empty where it says nothing.
        pid: Its first process, as systemd knows it.
        name: The environment that process runs from; empty where that cannot be told.
        restarts: As in `units.Standing`.
    """

    why: str = ""
    version: str = ""
    pid: int = 0
    name: str = ""
    restarts: int = 0

    @property
    def well(self) -> bool:
        """Get whether it is well."""
        return not self.why


def look(places: Places) -> Health:
    """Ask systemd and all three ports once."""
    unit = units.standing()
    if unit.active != "active":
        return Health(
            f"the service {_ACTIVE.get(unit.active, f'is {unit.active}')}", pid=unit.pid, restarts=unit.restarts
        )
    version, name, why = "", _runs_from(unit.pid), ""
    for port, path in _ASKED:
        try:
            answer = ask(places, port, path)
        except (OSError, ValueError, http.client.HTTPException, errors.LagerError) as exc:
            return Health(_words(exc, listening(places).ports[port]), version, unit.pid, name, unit.restarts)
        if port == "runner":
            facts = answer if isinstance(answer, dict) else {}
            version = str(facts.get("version", ""))
            why = "" if facts.get("pid") == unit.pid else "another box than the service answers on its ports"
    return Health(why, version, unit.pid, name, unit.restarts)


def listening(places: Places) -> configuration.Listening:
    """Give where the box listens; as it is set up, where nothing else is said."""
    return configuration.read(places) or configuration.Listening()


def wait(places: Places, name: str, not_pid: int = 0, within: float = _WITHIN) -> Health:
    """Wait until the box is well, and stays so for some seconds.

    Args:
        places: Where it is.
        name: The environment that it must run from.
        not_pid: The process that it must not be: the one before.
        within: How long to wait, s.

    Raises:
        LagerError: It is not well, and why.
    """
    until, since, first = time.monotonic() + within, 0.0, Health("nothing was seen of it")
    begun, asked = units.standing().restarts, time.time()
    while True:
        now = judged(look(places), name, not_pid)
        begun, moment = min(begun, now.restarts), time.monotonic()  # systemd begins to count anew
        if not now.well or now.pid != first.pid:
            since, first = moment, now
        elif moment - since >= _STEADY:
            return now
        ends_again = now.restarts - begun
        if moment >= until or ends_again >= _TOO_OFTEN:
            raise errors.LagerError(told(now.why or "it does not stay up", ends_again), _hint(asked))
        time.sleep(_BETWEEN_LOOKS)  # noqa: TID251  # nothing tells when another program is well


def judged(now: Health, name: str, not_pid: int = 0) -> Health:
    """Give a health as it is seen by who expects a certain version. Pure."""
    if not now.well:
        return now
    if now.pid == not_pid:
        return now._replace(why="it was not started anew")
    if now.version != version_of(name):
        return now._replace(why=f"it says it is version {now.version}, not {version_of(name)}")
    if now.name != name:
        return now._replace(why=f"it runs from {now.name or 'an unknown place'}, not from {name}")
    return now


def told(why: str, ends_again: int) -> str:
    """Give the words for a box that is not well. Pure."""
    often = f", and ended {ends_again} times by itself" if ends_again else ""
    return f"{NOT_WELL}{why}{often}"


def _hint(since: float = 0.0) -> str:
    words = units.last_words(since)
    said = "\n" + "\n".join(f"    {line}" for line in words.splitlines()) if words else ""
    return f"look with `journalctl -u lager-box` on that machine{'; its last lines are:' + said if said else ''}"


def _runs_from(pid: int) -> str:
    """Give the environment that a process runs from; its Python names it."""
    try:
        first = Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0]
    except OSError:
        return ""
    parts = Path(os.fsdecode(first)).parts
    return parts[parts.index("versions") + 1] if "versions" in parts[:-1] else ""


def ask(places: Places, port: str, path: str) -> Any:
    """Ask the box, as its own clients do.

    Raises:
        LagerError: It has no token or certificate yet, shows another certificate, or refuses.
        OSError: It does not answer.
        ValueError: It answers nonsense.
    """
    here = listening(places)
    secret = token(places)
    if not secret or not (fingerprint(places) or is_open(places)):
        raise errors.LagerError("it has made no token and no certificate yet", _hint())
    with _connected(places, here.near, here.ports[port]) as connection:
        host = f"[{here.near}]" if ":" in here.near else here.near
        asked = f"GET {path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {secret}\r\n\r\n"
        connection.sendall(asked.encode())
        response = http.client.HTTPResponse(connection)
        response.begin()
        answer = response.read(_LARGEST)
    if response.status != 200:
        raise errors.LagerError(f"{path} on port {here.ports[port]} answers {response.status}", _hint())
    return json.loads(answer)


@contextlib.contextmanager
def _connected(places: Places, host: str, port: int) -> Iterator[socket.socket]:
    """Connect to the box, and see that it is the one, where it speaks TLS."""
    with socket.create_connection((host, port), _PATIENCE) as plain:
        if is_open(places):
            yield plain
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # known by its fingerprint, which is compared before anything is said
        with context.wrap_socket(plain) as secure:
            shown = hashlib.sha256(secure.getpeercert(binary_form=True) or b"").hexdigest()
            if shown != fingerprint(places):
                raise errors.LagerError(f"what listens on port {port} is not this box", _hint())
            yield secure


def is_open(places: Places) -> bool:
    """Whether the box that runs serves clients without a token, as its `box.env` may say: then it speaks no TLS."""
    try:
        facts = json.loads(keeping.content(places.state / "box.json") or b"{}")
    except ValueError:
        return False
    return isinstance(facts, dict) and facts.get("released") is True


def token(places: Places) -> str:
    """Give the box's token; empty while it has none."""
    return (keeping.content(places.state / "token") or b"").decode("ascii", "replace").strip()


def fingerprint(places: Places) -> str:
    """Give the fingerprint of the box's certificate; empty while it has none."""
    text = (keeping.content(places.state / "tls.pem") or b"").decode("ascii", "replace")
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    body = text.partition(begin)[2].partition(end)[0]
    with contextlib.suppress(ValueError):  # scripts may write there
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(begin + body + end)).hexdigest() if body else ""
    return ""


def _words(exc: Exception, port: int) -> str:
    if isinstance(exc, errors.LagerError):
        return exc.what
    if isinstance(exc, ConnectionRefusedError):
        return f"nobody listens on port {port}"
    if isinstance(exc, TimeoutError):
        return f"port {port} does not answer in {_PATIENCE:g} s"
    return f"port {port}: {exc or type(exc).__name__}"

"""The configuration file: the boxes a user knows, and the defaults. It holds no decision which box to use.

`~/.lager` is JSON. Files of that name from the working directory upward belong to projects: their boxes count, nearest
first, and nothing is ever written to them.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lager import errors

DIRECTORY = "LAGER_CONFIG_FILE_DIR"
FILE_NAME = "LAGER_CONFIG_FILE_NAME"

_BOXES = ("BOXES", "DUTS", "duts")  # what the key is called, then what it was called before
_DEFAULTS = ("DEFAULTS", "LAGER")
_SCOPE = re.compile(r"[A-Za-z0-9_.-]+")  # of an IPv6 address: the name of an interface, where Python takes any text
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*")


@dataclass(frozen=True)
class SavedBox:
    """A box somebody gave a name.

    Attributes:
        port: The runner's port; 0 for the usual one.
        fingerprint: SHA-256 of its TLS certificate, hexadecimal; empty for a box without TLS.
        user: Who to be on its machine, over ssh.
        ssh_port: Where its machine's ssh listens; 0 for the usual one.
        identity: File of the private key for its machine; empty for what ssh knows by itself.
    """

    name: str
    ip: str
    user: str = ""
    version: str = ""
    token: str = ""
    port: int = 0
    fingerprint: str = ""
    ssh_port: int = 0
    identity: str = ""

    @classmethod
    def read(cls, name: str, value: Any, path: Path) -> SavedBox:
        """Understand a value of BOXES: an address, or an object with an `ip`."""
        if isinstance(value, str):
            value = {"ip": value}
        if not isinstance(value, dict) or not isinstance(value.get("ip"), str) or not value["ip"].strip():
            raise errors.UsageError(
                f"box {name!r} in {path} has no address",
                f'write it as "{name}": "IP", or "{name}": {{"ip": "IP"}}',
            )
        ip, port = split_address(value["ip"])
        keys = ("user", "version", "token", "fingerprint", "identity")
        texts = {key: _text(value.get(key), f"{key} of box {name!r}", path) for key in keys}
        texts["fingerprint"] = _fingerprint(texts["fingerprint"], name, path)
        port = _port(value["port"], path) if "port" in value else port
        return cls(name=name, ip=ip, port=port, ssh_port=_port(value.get("ssh_port", 0), path), **texts)

    @property
    def place(self) -> str:
        """Get its address as one types it."""
        host = f"[{self.ip}]" if ":" in self.ip and self.port else self.ip
        return f"{host}:{self.port}" if self.port else host

    @property
    def value(self) -> str | dict[str, Any]:
        """Get what is written to the file."""
        extras = {"user": self.user, "version": self.version, "token": self.token, "port": self.port}
        extras |= {"fingerprint": self.fingerprint, "ssh_port": self.ssh_port, "identity": self.identity}
        given = {key: value for key, value in extras.items() if value}
        return {"ip": self.ip, **given} if given else self.ip


def split_address(text: str) -> tuple[str, int]:
    """Split `IP`, `IP:PORT` or `[IPv6]:PORT`; the port is 0 where none is given."""
    if text.startswith("[") and "]" in text:
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        return text, 0
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        raise errors.UsageError(f"{port!r} in {text!r} is not a port", "write it as IP:PORT, such as 192.168.1.7:5000")
    return host, int(port or 0)


def is_host(text: str) -> bool:
    """Whether a text can be an IP address or a host name; nobody is asked whether there is such a host."""
    with contextlib.suppress(ValueError):  # then it may be a name
        scope = getattr(ipaddress.ip_address(text), "scope_id", None)
        return scope is None or bool(_SCOPE.fullmatch(scope))
    return len(text) < 254 and bool(_HOST_NAME.fullmatch(text)) and not text.rpartition(".")[2].isdigit()


class Config:
    """What the files say. Reading happens once, when it is made."""

    def __init__(self) -> None:
        self.path = user_file()
        self._own = _load(self.path)
        self._projects = [_load(path) for path in _project_files(self.path)]

    @property
    def boxes(self) -> dict[str, SavedBox]:
        """Get every box by name; a project's own comes before the user's."""
        found: dict[str, SavedBox] = {}
        for table, path in [(one, path) for one, path in self._projects] + [self._own]:
            for name, value in _section(table, _BOXES, path).items():
                found.setdefault(name, SavedBox.read(name, value, path))
        return found

    @property
    def own_boxes(self) -> dict[str, SavedBox]:
        """Get the boxes of the user's own file."""
        table, path = self._own
        return {name: SavedBox.read(name, value, path) for name, value in _section(table, _BOXES, path).items()}

    @property
    def default_box(self) -> str:
        """Get the name of the box to use where none is asked for, or nothing."""
        table, path = self._own
        return _text(_section(table, _DEFAULTS, path).get("gateway_id"), "gateway_id", path)

    @property
    def defaults(self) -> dict[str, Any]:
        """Get all defaults, by their keys in the file."""
        table, path = self._own
        return _section(table, _DEFAULTS, path)

    @property
    def default_user(self) -> str:
        """Get who the user is for others, where no variable says it, or nothing."""
        table, path = self._own
        return _text(_section(table, _DEFAULTS, path).get("user"), "user", path)

    def default_net(self, key: str) -> str:
        """Get the net that a key of the defaults names (`net_power_supply`), or nothing."""
        table, path = self._own
        return _text(_section(table, _DEFAULTS, path).get(key), key, path)


@contextlib.contextmanager
def editing() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Give the user's BOXES and DEFAULTS to change; they are written when the block ends without an exception."""
    import filelock

    path = user_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{path}.lock", timeout=10, mode=0o600):
        table, _ = _load(path)
        boxes, defaults = _section(table, _BOXES, path), _section(table, _DEFAULTS, path)
        yield boxes, defaults
        for old in (*_BOXES, *_DEFAULTS):
            table.pop(old, None)
        _write(path, {"BOXES": boxes, "DEFAULTS": defaults, **table})


def user_file() -> Path:
    """Give the user's own configuration file."""
    return Path(os.environ.get(DIRECTORY) or Path.home()) / (os.environ.get(FILE_NAME) or ".lager")


def nearest(here: Path) -> tuple[dict[str, Any], Path]:
    """Give what the nearest file says, looked for from a directory upward, and its path; an empty table for none.

    Raises:
        UsageError: It cannot be understood.
    """
    name = user_file().name
    found = next((path for one in (here, *here.parents) if (path := one / name).is_file()), None)
    return ({}, here / name) if found is None else _load(found)


def _project_files(own: Path) -> Iterator[Path]:
    try:
        here = Path.cwd()
    except FileNotFoundError:  # it was deleted: then it is in no project
        return
    for folder in (here, *here.parents):
        path = folder / own.name
        if path.is_file() and path != own and folder != Path.home():
            yield path


def _load(path: Path) -> tuple[dict[str, Any], Path]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}, path
    except (OSError, UnicodeDecodeError) as exc:
        why = (exc.strerror or str(exc)).lower() if isinstance(exc, OSError) else "it is not UTF-8"
        raise errors.UsageError(f"{path} cannot be read: {why}", "mend the file, or move it away") from exc
    try:
        table = json.loads(text) if text.strip() else {}
    except json.JSONDecodeError as exc:
        raise errors.UsageError(
            f"{path} is not valid JSON: line {exc.lineno}, column {exc.colno}: {exc.msg}",
            "mend the file, or move it away",
        ) from exc
    except RecursionError as exc:
        raise errors.UsageError(f"{path} is nested too deep", "mend the file, or move it away") from exc
    if not isinstance(table, dict):
        raise errors.UsageError(f"{path} holds no JSON object", 'mend the file, or move it away; it begins {"BOXES": …')
    return table, path


def _section(table: dict[str, Any], names: tuple[str, ...], path: Path) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for name in reversed(names):
        part = table.get(name, {})
        if not isinstance(part, dict):
            raise errors.UsageError(f"{name} in {path} is not a JSON object", "mend the file, or move it away")
        merged.update(part)
    return merged


def _text(value: Any, what: str, path: Path) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise errors.UsageError(f"{what} in {path} is {value!r}, which is no text", "write it in quotes")


def _fingerprint(text: str, name: str, path: Path) -> str:
    """Give it in its one form. One that is none must not be taken for none at all: then TLS would be left out."""
    if not text:
        return ""
    from lager import tls

    try:
        return tls.normal(text)
    except errors.UsageError as exc:
        raise errors.UsageError(f"fingerprint of box {name!r} in {path}: {exc.what}", exc.hint) from exc


def _port(value: Any, path: Path) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 65536:
        return value
    raise errors.UsageError(f"{value!r} in {path} is not a port", "write a number between 1 and 65535")


def _write(path: Path, table: dict[str, Any]) -> None:
    target = path.resolve()  # a file that is a link (dotfiles in a repository) stays one
    draft = target.with_name(f"{target.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)  # of a process that was killed, or a link that somebody has put there
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL  # it holds tokens: nobody else has it open, or may open it
    with open(draft, "w", encoding="utf-8", opener=lambda name, _: os.open(name, flags, 0o600)) as out:
        json.dump(table, out, indent=2)
        out.write("\n")
        out.flush()
        os.fsync(out.fileno())
    draft.replace(target)

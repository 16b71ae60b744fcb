"""The bench file: which nets there are. Reads it, checks it, finds nets in it; knows no instrument and no process.

The file is a JSON list of net records as the released lager saves them. Keys this version has no use for are ignored.
It may be changed at any time: a change that cannot be read, for now or for good, leaves the bench as it was.
"""

from __future__ import annotations

import difflib
import json
import logging
import os
import re
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from lager import addresses, errors
from lager.nettype import NetType
from lager.wire import NetRecord

log = logging.getLogger(__name__)
# A file system may give two writes of the same moment the same time: a file this young, s, is read again.
_SETTLED = 0.1
LARGEST = 10 * 2**20  # bytes; what is larger was named by mistake
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Bench:
    """The nets of a bench, in the order of its file."""

    nets: tuple[NetRecord, ...]

    def find(self, name: str, role: str) -> NetRecord:
        """Find a net by name and role.

        Raises:
            NetNotFound: There is none of that name.
            WrongNetType: There is, but it is another kind of net.
        """
        named = [net for net in self.nets if net.name == name]
        for net in named:
            if net.role == role:
                return net
        if named:
            net = named[0]
            raise errors.WrongNetType(f"{name} is {_a(net.role)} net, not {_a(role)} net", _right_type(net))
        names = list(dict.fromkeys(net.name for net in self.nets))
        raise errors.NetNotFound(f"Invalid Net: {name}", _nearest(name, names))


class BenchFile:
    """A bench file, read anew when it has changed. For any thread.

    Args:
        path: Where it is.
        on_change: Called with each new bench, before anybody is told of it.

    Raises:
        UsageError: It cannot be read at all.
    """

    def __init__(self, path: Path, on_change: Callable[[Bench], None] = lambda _: None) -> None:
        self._path = path
        self.on_change = on_change
        self.error = ""
        self._seen = self._signature()
        self._bench = load(path)
        self._lock = threading.Lock()

    def bench(self) -> Bench:
        """Give the bench as the file has it now; as it had it last, when it is broken (`error` says so)."""
        signature = self._signature()
        if signature is None or signature != self._seen:
            with self._lock:
                self._look()
        return self._bench

    def _look(self) -> None:
        signature = self._signature()  # before it is read: what is written meanwhile makes another one
        if signature is not None and signature == self._seen:
            return  # somebody else has read it meanwhile
        try:
            bench = load(self._path)
        except errors.UsageError as exc:
            if exc.what != self.error:
                log.error("%s; the bench stays as it was", exc.what)
            self.error = exc.what
            if isinstance(exc.__cause__, OSError):
                signature = None  # it may be readable in a moment, and look no different then
        else:
            self.error = ""
            if bench != self._bench:
                log.info("the bench file %s has changed: %d nets", self._path, len(bench.nets))
                self.on_change(bench)
                self._bench = bench
        self._seen = signature

    def _signature(self) -> tuple[int, ...] | None:
        """Give what changes when the file does; None while that cannot be told."""
        try:
            now = os.stat(self._path)
        except OSError:
            return ()
        if abs(time.time() - now.st_mtime) < _SETTLED:
            return None
        return (now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino)


def load(path: Path) -> Bench:
    """Read a bench file.

    Raises:
        UsageError: It cannot be read, or is not a list of nets; says in which line.
    """
    try:
        text = _content(path).decode()
    except (OSError, UnicodeDecodeError) as exc:
        raise errors.UsageError(
            f"the bench file {path} cannot be read: {exc}", "give the path of a bench file"
        ) from exc
    nets: list[NetRecord] = []
    for line, item in _items(text, path):
        try:
            net = _record(item)
            _check(net, nets)
        except ValueError as exc:
            raise _broken(path, line, str(exc)) from exc
        except RecursionError as exc:
            raise _broken(path, line, "it is nested too deeply") from exc
        nets.append(net)
    return Bench(tuple(nets))


def _content(path: Path) -> bytes:
    """Read it; a pipe would be waited for, and a device read, for ever: OSError."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("it is no file")
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError(f"it is larger than {LARGEST // 2**20} MiB")
    return content


def _items(text: str, path: Path) -> Iterator[tuple[int, Any]]:
    """Give each item of the list with the line it begins in."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as exc:
        raise _broken(path, exc.lineno, f"{exc.msg} (column {exc.colno})") from exc
    except RecursionError as exc:
        raise _broken(path, 1, "it is nested too deeply") from exc
    except ValueError as exc:  # a number of thousands of digits
        raise _broken(path, 1, str(exc)) from exc
    if not isinstance(whole, list):
        raise _broken(path, 1, "it must be a list of nets")
    at = text.index("[") + 1
    decoder, gap = json.JSONDecoder(), re.compile(r"[\s,]*")
    for _ in whole:
        at = gap.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing at least
        item, end = decoder.raw_decode(text, at)
        yield text.count("\n", 0, at) + 1, item
        at = end


def _record(item: Any) -> NetRecord:
    """Make a record of what the file says; ValueError says what is wrong with it."""
    if not isinstance(item, dict):
        raise ValueError(f"a net must be an object with name, role and instrument, not {item!r}")
    mappings = item.get("mappings")
    mapping = next((one for one in mappings if isinstance(one, dict)), {}) if isinstance(mappings, list) else {}
    fields = {key: item[key] for key in NetRecord.__struct_fields__ if item.get(key) is not None}
    for missing in (key for key in ("name", "role", "instrument") if fields.get(key, "") == ""):
        raise ValueError(f"a net needs {_a(missing)}")
    pin = fields.get("pin", mapping.get("pin", item.get("channel")))
    fields["pin"] = "" if pin is None else str(pin)
    if mapping.get("device_override"):
        fields["address"] = mapping["device_override"]
    for key, value in fields.items():
        if isinstance(value, str) and _NO_TEXT.search(value):
            raise ValueError(f"its {key} is no text: {value!r}")
    try:
        net: NetRecord = msgspec.convert(fields, NetRecord)
        role = NetType.from_role(net.role).role
    except msgspec.ValidationError as exc:
        raise ValueError(str(exc)) from exc
    except KeyError:
        return net  # a role of another version: its net is listed, and cannot be called
    return msgspec.structs.replace(net, role=role)


def _check(net: NetRecord, before: list[NetRecord]) -> None:
    place = addresses.canonical(net.address)
    for other in before:
        if (other.name, other.role) == (net.name, net.role):
            raise ValueError(f"there is a {net.role} net {net.name} already")
        elsewhere = not place or addresses.canonical(other.address) != place
        if not elsewhere and (other.instrument, other.via) != (net.instrument, net.via):
            raise ValueError(f"{net.name} and {other.name} have the same address, but not the same instrument and via")


def _broken(path: Path, line: int, reason: str) -> errors.UsageError:
    return errors.UsageError(f"the bench file {path} is broken in line {line}: {reason}", "correct that line")


def _a(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def _right_type(net: NetRecord) -> str:
    try:
        return f"use it as {_a(net.role)} net (in a script: NetType.{NetType.from_role(net.role).name})"
    except KeyError:
        return "no type of net has that role; `lager nets` lists the nets"


def _nearest(name: str, names: list[str]) -> str:
    if not names:
        return "this bench has no nets at all; look at its bench file"
    near = difflib.get_close_matches(name, names, n=1)
    return f"{f'did you mean {near[0]}? ' if near else ''}this bench has {', '.join(names)}"

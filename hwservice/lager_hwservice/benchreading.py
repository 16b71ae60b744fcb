"""Reads the bench file, and says in which line it is broken, and why. Changes nothing.

The file is a JSON list of net records as the released lager saves them. Keys this version has no use for are ignored.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from lager import addresses, errors
from lager.nettype import NetType
from lager.wire import NetRecord
from lager_hwservice import safestates, safetylimits, whileconnected
from lager_hwservice.bench import Bench, a

LARGEST = 10 * 2**20  # bytes; what is larger was named by mistake
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def load(path: Path) -> Bench:
    """Read a bench file.

    Raises:
        UsageError: It cannot be read, or is not a list of nets; says in which line.
    """
    try:
        content = _content(path)
    except OSError as exc:
        raise errors.UsageError(
            f"the bench file {path} cannot be read: {exc}", "give the path of a bench file"
        ) from exc
    try:
        text = content.decode()
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise _broken(path, line, f"it is not UTF-8 ({exc.reason})") from exc
    understanding = Understanding()
    records: list[dict[str, Any]] = []
    for line, item in _items(text, path):
        try:
            understanding.add(item)
        except ValueError as exc:
            raise _broken(path, line, str(exc)) from exc
        except RecursionError as exc:
            raise _broken(path, line, "it is nested too deeply") from exc
        records.append(item)
    return Bench(tuple(understanding.nets), tuple(records))


class Understanding:
    """What the records of a bench file mean, one after another: none may contradict those before it.

    Attributes:
        nets: The nets so far.
    """

    def __init__(self) -> None:
        self.nets: list[NetRecord] = []
        self._known: set[tuple[str, str]] = set()
        self._first_at: dict[str, NetRecord] = {}

    def add(self, item: Any) -> None:
        """Understand the next record; ValueError says what is wrong with it."""
        net = _record(item)
        if (net.name, net.role) in self._known:
            raise ValueError(f"there is {a(net.role)} net {net.name} already")
        if place := addresses.canonical(net.address):
            other = self._first_at.setdefault(place, net)
            if (other.instrument, other.via) != (net.instrument, net.via):
                raise ValueError(
                    f"{net.name} and {other.name} have the same address, but not the same instrument and via"
                )
        self._known.add((net.name, net.role))
        self.nets.append(net)


def canonical_role(word: str) -> str:
    """Give the role a word means: `analog` is `scope`; a word of another version stays as it is."""
    try:
        return NetType.from_role(word).role
    except KeyError:
        return word


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
    end = text.index("[") + 1
    line = text.count("\n", 0, end) + 1
    decoder, gap = json.JSONDecoder(parse_float=_finite), re.compile(r"[\s,]*")
    for _ in whole:
        before, at = end, gap.match(text, end).end()  # type: ignore[union-attr]  # it matches nothing at least
        line += text.count("\n", before, at)
        try:
            item, end = decoder.raw_decode(text, at)
        except ValueError as exc:
            raise _broken(path, line, str(exc)) from exc
        yield line, item
        line += text.count("\n", at, end)


def _finite(text: str) -> float:
    """Refuse a number that would be written back as Infinity, which is no JSON."""
    if math.isinf(number := float(text)):
        raise ValueError(f"the number {text} is too large")
    return number


def _record(item: Any) -> NetRecord:
    """Make a record of what the file says; ValueError says what is wrong with it."""
    if not isinstance(item, dict):
        raise ValueError(f"a net must be an object with name, role and instrument, not {item!r}")
    mapping = first_mapping(item)
    fields = {key: item[key] for key in NetRecord.__struct_fields__ if item.get(key) is not None}
    fields["location"] = _location(mapping.get("location"))
    for missing in (key for key in ("name", "role", "instrument") if fields.get(key, "") == ""):
        raise ValueError(f"a net needs {a(missing)}")
    pin = fields.get("pin", mapping.get("pin", item.get("channel")))
    fields["pin"] = "" if pin is None else str(pin)
    if mapping.get("device_override"):
        fields["address"] = mapping["device_override"]
    for key, value in fields.items():
        if isinstance(value, str) and _NO_TEXT.search(value):
            raise ValueError(f"its {key} is no text: {value!r}")
    said = {key: fields.pop(key, None) for key in ("safety_limits", "safe", whileconnected.KEY)}
    try:
        net: NetRecord = msgspec.convert(fields, NetRecord)
    except msgspec.ValidationError as exc:
        raise ValueError(str(exc)) from exc
    # A role of another version: its net is listed, and cannot be called.
    return _safeguarded(msgspec.structs.replace(net, role=canonical_role(net.role)), said)


def _safeguarded(net: NetRecord, said: dict[str, Any]) -> NetRecord:
    """Add what its record says of its safety: limits and safe states it cannot keep are errors."""
    if all(one is None for one in said.values()):
        return net
    limits = said["safety_limits"]
    try:
        kept = safetylimits.understood({} if limits is None else limits)
        if kept is not None:
            safetylimits.suits(net.role, kept)
        safe = safestates.understood(net.role, said["safe"])
        connected = whileconnected.recorded(net.role, said[whileconnected.KEY])
        return msgspec.structs.replace(net, safety_limits=kept, safe=safe, while_connected=connected)
    except errors.UsageError as exc:
        raise ValueError(f"{net.name}: {exc.what}") from exc


def first_mapping(item: dict[str, Any]) -> dict[str, Any]:
    """Give the mapping of a record that says where its net is; an empty one where it has none."""
    mappings = item.get("mappings")
    return next((one for one in mappings if isinstance(one, dict)), {}) if isinstance(mappings, list) else {}


def _location(given: Any) -> str:
    """Give `x,y,z` as text: released clients save it so, or as a list."""
    if isinstance(given, list):
        return ",".join(str(one) for one in given)
    return given if isinstance(given, str) else ""


def _broken(path: Path, line: int, reason: str) -> errors.UsageError:
    return errors.UsageError(f"the bench file {path} is broken in line {line}: {reason}", "correct that line")

"""The simulated bench's file: its own nets, new at each start, and those that somebody has saved, which stay.

Its ports are others at each start, so a saved net follows its instrument. What a user saved over one of the bench's own
nets stays in its place, and so do the limits and the safe state that he gave one; one of the bench's own that was
deleted is there again.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from lager import replacing, wire

log = logging.getLogger(__name__)
OWN = "simulated"  # the key that marks a net of the bench's own
_SAFETY = ("safety_limits", "safe", "while_connected")  # the keys that keep people and boards from harm
_SAVED = "mappings"  # which the hardware service adds to whatever it saves


def write(path: Path, nets: Iterable[wire.NetRecord]) -> None:
    """Write the bench file; a broken one is put aside.

    Raises:
        OSError: It cannot be written; it is as it was.
    """
    with replacing.locked(path) as real:
        records = with_saved(list(nets), _records(real))
        replacing.replace(real, b"[" + b",\n ".join(json.dumps(one).encode() for one in records) + b"]\n")


def with_saved(nets: list[wire.NetRecord], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the records of the bench's nets, and those saved ones that were there before."""
    saved = [_moved(one, nets) for one in before if not one.get(OWN) or _SAVED in one]
    taken = {(one.get("name"), one.get("role")) for one in saved}
    safety = {(one.get("name"), one.get("role")): _safety(one) for one in before}
    own = [
        wire.from_json(wire.to_json(net), dict[str, Any]) | {OWN: True} | safety.get((net.name, net.role), {})
        for net in nets
    ]
    return [one for one in own if (one["name"], one["role"]) not in taken] + saved


def _safety(record: dict[str, Any]) -> dict[str, Any]:
    return {key: record[key] for key in _SAFETY if key in record}


def _moved(record: dict[str, Any], nets: list[wire.NetRecord]) -> dict[str, Any]:
    """Give a saved record with the place where its instrument is now; of two of a kind, the one of its address."""
    alike = [net for net in nets if net.instrument == record.get("instrument")]
    same = [net for net in alike if net.address == record.get("address")]
    places = {(net.address, net.via) for net in same or alike}
    if len(places) != 1:
        return record
    address, via = next(iter(places))
    return {key: value for key, value in record.items() if key != "via"} | {"address": address, **_via(via)}


def _via(via: str) -> dict[str, str]:
    return {"via": via} if via else {}


def _records(path: Path) -> list[dict[str, Any]]:
    try:
        return msgspec.convert(json.loads(path.read_bytes()), list[dict[str, Any]])
    except FileNotFoundError:
        return []
    except (ValueError, RecursionError, msgspec.ValidationError) as exc:
        aside = path.with_suffix(".broken")
        log.error("%s was broken (%s): it is kept as %s, and made anew", path, exc, aside)
        os.replace(path, aside)
        return []

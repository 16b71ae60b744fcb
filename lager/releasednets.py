"""Nets as the released interface shows and takes them, for both services: a net's record, and the name of its type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from lager import addresses, errors, wire
from lager.nettype import NetType

_NEEDED = ("name", "role", "instrument")


def short(nets: list[wire.NetRecord]) -> list[dict[str, str]]:
    """List nets in short, as `/status` does."""
    return [{"name": net.name, "type": type_name(net.role)} for net in nets]


def type_name(role: str) -> str:
    """Give the name of the NetType of a role; the role itself where it has none."""
    try:
        return NetType.from_role(role).name
    except KeyError:
        return role


def records(saved: wire.SavedNets) -> list[dict[str, Any]]:
    """List the records of the bench file, each with what the released box adds to it."""
    return [_record(net, record) for net, record in zip(saved.nets, saved.records, strict=True)]


def _record(net: wire.NetRecord, record: Mapping[str, Any]) -> dict[str, Any]:
    mapping = {"net": net.name, "pin": net.pin, "location": net.location or None, "device_override": None}
    added = {"mappings": [mapping], "scope_points": [[net.pin, net.pin]]}
    return {"address": net.address, "pin": net.pin, **added, **record, **msgspec.to_builtins(net)}


def read(body: bytes, name: str) -> dict[str, Any]:
    """Read the record of a net that is to be saved.

    Raises:
        UsageError: It is none, a field is missing, or it is of another net than its address says.
    """
    try:
        record: dict[str, Any] = wire.from_json(body, dict[str, Any])
    except errors.UsageError as exc:
        raise errors.UsageError("Invalid JSON body", "send the net's record as a JSON object") from exc
    if not all(isinstance(one := record.get(field), str) and one.strip() for field in _NEEDED):
        raise errors.UsageError("name, role, and instrument are required", "give all three, each some text")
    if record["name"] != name:
        raise errors.UsageError(
            f"the record is of {record['name']!r}, and was sent for {name!r}",
            "send it to its own name; to rename a net: POST /nets/NAME/rename",
        )
    return record


def reached(records: list[dict[str, Any]], instruments: Iterable[wire.Instrument]) -> list[dict[str, Any]]:
    """Give records with how their instruments are reached, of which released clients know nothing."""
    via = {addresses.canonical(one.address): one.via for one in instruments if one.via}
    return [_reached(record, via) for record in records]


def _reached(record: dict[str, Any], via: Mapping[str, str]) -> dict[str, Any]:
    address = record.get("address")
    there = via.get(addresses.canonical(address)) if isinstance(address, str) else None
    return {"via": there, **record} if there else record


def renamed(body: bytes, name: str, saved: wire.SavedNets) -> str:
    """Give the new name where a record is that of a net under another one: so released clients rename; else ''."""
    try:
        record: dict[str, Any] = wire.from_json(body, dict[str, Any])
    except errors.UsageError:
        return ""
    there = [(net.role, net.instrument, net.address, net.pin) for net in saved.nets if net.name == name]
    new, same = record.get("name"), tuple(record.get(key) for key in ("role", "instrument", "address", "pin"))
    return new if isinstance(new, str) and new != name and same in there else ""


def absent() -> errors.NetNotFound:
    """Say that the bench has no such net, as released clients expect it."""
    return errors.NetNotFound("Net not found", "`lager nets` lists the nets of the bench")

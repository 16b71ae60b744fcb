"""What a change makes of the records of a bench file: pure. Records keep the keys this version has no use for.

A net is known by its name and its role; a new one needs a name that no other net has, as it is typed without a role.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

from lager import addresses, errors, wire
from lager_hwservice import safestates, safetylimits, whileconnected
from lager_hwservice.benchreading import canonical_role, first_mapping

Record = dict[str, Any]
SAFETY = ("safety_limits", "safe", whileconnected.KEY)  # the keys of a record that keep people and boards from harm
LONGEST = 100  # characters of a name: more fit on no screen


def changed(records: list[Record], asked: wire.BenchChange) -> list[Record]:
    """Give the records after a change.

    Raises:
        UsageError: The name of a new net is taken, or none that a person could type or see.
    """
    if isinstance(asked, wire.DeleteNets):
        return [one for one in records if not _is_meant(one, asked)]
    if isinstance(asked, wire.RenameNet):
        return _renamed(records, asked.old, asked.new)
    if isinstance(asked, wire.SetSafety):
        return _safeguarded(records, asked)
    known = {(one["name"], _role(one)): one for one in records}
    _check_new(known, asked.nets)
    if asked.alone:
        ways = _ways(asked.nets)
        return [_as_safe_as(known.get((net.get("name"), _role(net)), {}), completed(net, ways)) for net in asked.nets]
    for net in asked.nets:
        records = _with(records, completed(net, _ways(records)))
    return records


def completed(record: Record, ways: Mapping[str, str]) -> Record:
    """Add what the released box adds on every save, and how the instrument is reached where its other nets say so.

    Args:
        record: The record.
        ways: How instruments are reached (`via`), by their places.
    """
    name, mapping = record.get("name"), first_mapping(record)
    pin = record.get("pin", mapping.get("pin", record.get("channel")))
    done = record | ({} if pin is None else {"pin": pin, "scope_points": [[pin, str(pin)]]})
    here = {"net": name, "pin": pin, "location": None, "device_override": None} | mapping | {"net": name, "pin": pin}
    more = record.get("mappings")
    done["mappings"] = [here, *more[1:]] if isinstance(more, list) else [here]
    address = record.get("address")
    via = ways.get(addresses.canonical(address), "") if isinstance(address, str) and address else ""
    return done | {"via": via} if via and "via" not in record else done


def _ways(records: list[Record]) -> dict[str, str]:
    ways: dict[str, str] = {}
    for one in records:
        if isinstance(via := one.get("via"), str):
            ways.setdefault(addresses.canonical(str(one.get("address", ""))), via)
    return ways


def _check_name(name: str) -> None:
    if not name or name != name.strip() or not name.isprintable() or len(name) > LONGEST:
        raise errors.UsageError(
            f"{reprlib.repr(name)} is no name for a net",
            f"choose one of at most {LONGEST} visible characters, without spaces around them",
        )


def _check_new(known: Mapping[tuple[str, str], Record], nets: list[Record]) -> None:
    names = {name for name, _ in known}
    for net in nets:
        if isinstance(name := net.get("name"), str):
            if name not in names:
                _check_name(name)
            _check_said(known.get((name, _role(net)), {}), net)


def _check_said(before: Record, net: Record) -> None:
    """Refuse what a record says anew and nobody would understand; what the file says already stays."""
    said = net.get(whileconnected.KEY)
    if said == before.get(whileconnected.KEY):
        return
    try:
        whileconnected.understood(_role(net), said)
    except errors.UsageError as exc:
        raise errors.UsageError(f"{net['name']}: {exc.what}", exc.hint) from exc


def _with(records: list[Record], new: Record) -> list[Record]:
    here = ((number, one) for number, one in enumerate(records) if "name" in one and one["name"] == new.get("name"))
    named = {_role(one): number for number, one in here}
    if (number := named.get(_role(new))) is not None:
        return [*records[:number], _as_safe_as(records[number], new), *records[number + 1 :]]
    if named:
        raise _taken(records[min(named.values())])
    return [*records, new]


def _renamed(records: list[Record], old: str, new: str) -> list[Record]:
    if old == new or all(one["name"] != old for one in records):
        return records
    for one in records:
        if one["name"] == new:
            raise _taken(one)
    _check_name(new)
    ways = _ways(records)
    return [completed(one | {"name": new}, ways) if one["name"] == old else one for one in records]


def _as_safe_as(old: Record, new: Record) -> Record:
    """Keep the limits and the safe state of a net that is saved again: only who means to takes them away."""
    return new | {key: old[key] for key in SAFETY if key in old and key not in new}


def _safeguarded(records: list[Record], asked: wire.SetSafety) -> list[Record]:
    if asked.key not in SAFETY:
        raise errors.UsageError(f"{asked.key!r} is no word of safety", f"use one of {', '.join(SAFETY)}")
    named = [one for one in records if one["name"] == asked.name]
    if not named:
        raise errors.NetNotFound(f"Invalid Net: {asked.name}", "`lager nets` lists those the bench has")
    if asked.key == whileconnected.KEY:  # a supply may have the same name
        named = [one for one in named if _role(one) == whileconnected.ROLE] or named
    return [_with_safety(one, asked) if any(one is meant for meant in named) else one for one in records]


def _with_safety(record: Record, asked: wire.SetSafety) -> Record:
    role, value = _role(record), asked.value
    if asked.key == SAFETY[0]:
        limits = safetylimits.understood(asked.value, strictly=True)
        if limits is not None:
            safetylimits.suits(role, limits)
    elif asked.key == whileconnected.KEY:
        value = whileconnected.kept(role, asked.value)
    else:
        safestates.understood(role, asked.value)
    # Who asks has read the others before, and somebody else may have set them since.
    if asked.only and asked.key != whileconnected.KEY:
        others = {key: one for key, one in (record.get(asked.key) or {}).items() if key not in asked.only}
        value = others | {key: one for key, one in value.items() if key in asked.only}
    rest = {key: value for key, value in record.items() if key != asked.key}
    given = {key: one for key, one in value.items() if one is not None}
    changed = rest | {asked.key: given} if given else rest
    _check_reachable(changed)
    return changed


def _check_reachable(record: Record) -> None:
    """See that a net may be brought into its safe state: what is to be so in an emergency is not refused then."""
    volts = (record.get("safe") or {}).get("voltage")
    most = (record.get("safety_limits") or {}).get("max_voltage")
    if volts is not None and most is not None and abs(volts) > most:
        raise errors.UsageError(
            f"{record['name']}: its safe state of {volts:g} V would be beyond its safety limit of {most:g} V",
            "choose another one, such as 0 V, or another limit",
        )


def _is_meant(record: Record, asked: wire.DeleteNets) -> bool:
    named = asked.name is None or record["name"] == asked.name
    return named and (not asked.role or _role(record) == canonical_role(asked.role))


def _role(record: Record) -> str:
    return canonical_role(str(record.get("role")))


def _taken(record: Record) -> errors.UsageError:
    return errors.UsageError(
        f"a net named {record['name']} already exists: {_role(record)} of the {record.get('instrument', '?')}",
        "choose another name, or delete that net first: names are unique on a bench",
    )

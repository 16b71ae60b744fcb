"""What is answered of an instrument that was asked, or could not be, by `/diagnose/visa` and `/diagnose/lan`.

The fields of released boxes keep their names; what could not be found out is null, with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lager_hwservice.diagnosis.asking import Asked
from lager_hwservice.diagnosis.lanlook import Resolved


def visa(address: str, asked: Asked) -> dict[str, Any]:
    """Answer `/diagnose/visa`."""
    probed = asked.probed
    always = {
        "address": address,
        "elapsed_ms": _milliseconds(asked),
        "via": probed.via or None,
        "expected": asked.expected or None,
        "matches": probed.matches,
    }
    if probed.skipped:
        return always | {"skipped": True, "reason": _reason(asked)}
    if not probed.error:
        return always | {"idn": probed.idn}
    return always | _failure(asked) | {"stale": probed.stale, "absent": probed.absent}


def lan(address: str, server: tuple[str, int], resolved: Resolved, way: str | None, asked: Asked) -> dict[str, Any]:
    """Answer `/diagnose/lan`, but for what could not be looked at."""
    probed = asked.probed
    failure = _failure(asked) if probed.error else dict.fromkeys(("error", "error_class", "errno", "code", "hint"))
    return {
        "address": address,
        "host": server[0],
        "port": server[1],
        "resolved": resolved.addresses or None,
        "route": way,
        "connect": probed.reached or None,
        "idn": probed.idn or None,
        "expected": asked.expected or None,
        "matches": probed.matches,
        **failure,
        "elapsed_ms": _milliseconds(asked),
        "via": probed.via or None,
        "skipped": probed.skipped,
        "reason": _reason(asked) if probed.skipped else None,
    }


def unknown_in_words(found: Mapping[str, Any]) -> dict[str, Any]:
    """Give what `/diagnose/usb` found to released clients, which show what is null as good, or end badly."""
    why: Mapping[str, str] = found["could_not_look"]
    unread: dict[str, Any] = {}
    if found["dmesg_tail"] is None:
        unread["dmesg_tail"] = f"(dmesg unavailable: {why.get('messages', 'nobody could look')})"
    if found["lsof"] is None:
        unread["lsof"] = [
            {"command": f"(not known: {why.get('holders', 'nobody could look')})", "pid": "?", "user": ""}
        ]
    return {**found, **unread}


def _failure(asked: Asked) -> dict[str, Any]:
    probed = asked.probed
    return {
        "error": " ".join(probed.error.split()),
        "error_class": probed.kind,
        "errno": probed.errno or None,
        "code": probed.code,
        "hint": probed.hint,
    }


def _milliseconds(asked: Asked) -> int:
    return round(asked.probed.elapsed * 1000)


def _reason(asked: Asked) -> str:
    probed = asked.probed
    who = f"a call of {probed.busy_with}" if probed.busy_with else "somebody's call"
    return f"in use: {who} has been going on for {probed.busy_for:.1f} s"

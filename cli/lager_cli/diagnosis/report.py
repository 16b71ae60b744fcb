"""What a diagnosis looks like: as text with sections, and as facts for `--json`."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import click

from lager import diagnosis
from lager.diagnosis import Facts, Lan, Usb, Verdict, Visa
from lager_cli.diagnosis import asking
from lager_cli.diagnosis.asking import Asked, Section
from lager_cli.output import cells

NONE = "—"
MISSING = "endpoint not on this box (pre-0.20 image)"
Fields = list[tuple[str, str]]
_LABEL = re.compile(r"   \S[^:]{0,20}: +|Next: |Classification: | +")
_WORD = re.compile(r"\s*(?:`[^`]*`|\S)+")


class _Part(NamedTuple):
    """A part of the report.

    Attributes:
        title: Its title.
        endpoint: Whose answer it shows.
        width: Of the names of its fields.
    """

    title: str
    endpoint: str
    width: int
    fields: Callable[[Facts], Fields]


def words(box: str, asked: Asked) -> str:
    """Say all of it.

    Args:
        box: What to call the box.
        asked: What it has said.
    """
    lines = [*head(box, asked.facts), *sections(asked), "", *classification(asked.verdict)]
    if sys.stdout.isatty():
        columns = shutil.get_terminal_size().columns
        lines = [wrapped(one, columns) for line in lines for one in line.split("\n")]
    return "\n".join(lines)


def wrapped(line: str, columns: int) -> str:
    """Break a line between words, for a terminal; never within a `command`, which is copied as one."""
    beginning = _LABEL.match(line)
    indent = " " * (beginning.end() if beginning else 0)
    lines = [""]
    for word in _WORD.findall(line):
        longer = f"{lines[-1]}{word}"
        if lines[-1].strip() and cells(click.unstyle(longer)) > columns:
            lines.append(f"{indent}{word.lstrip()}")
        else:
            lines[-1] = longer
    return "\n".join(lines)


def head(box: str, facts: Facts) -> list[str]:
    """Say which net it is about."""
    return ["", f"lager diagnose — {box} → {facts.net}", f"  NetType: {facts.role}    address: {facts.address}"]


def classification(verdict: Verdict) -> list[str]:
    """Say what is wrong, and what to do next."""
    first = f"Classification: {click.style(verdict.headline, fg=verdict.colour)}"
    return [first, *(f"{'     ' if number else 'Next:'} {step}" for number, step in enumerate(verdict.steps))]


def facts(box: str, asked: Asked) -> dict[str, Any]:
    """Give all of it for `--json`: the answers as they came."""
    verdict = asked.verdict
    return {
        "box": box,
        "net": asked.facts.net,
        "role": asked.facts.role,
        "address": asked.facts.address,
        **{name: _answer(section) for name, section in asked.sections.items()},
        "classification": {
            "name": verdict.name,
            "status": verdict.status,
            "headline": verdict.headline,
            "steps": list(verdict.steps),
        },
    }


def _answer(section: Section) -> dict[str, Any]:
    if section.missing:
        return {"unavailable": MISSING}
    return section.answer if section.answer is not None else {"transport_error": section.trouble}


def sections(asked: Asked) -> list[str]:
    """Show what the endpoints have said, each with all its fields."""
    lines: list[str] = []
    for part in _PARTS:
        if part.endpoint in asked.sections:
            lines += ["", click.style(f"== {part.title} ==", bold=True)]
            lines += _shown(part, asked.sections[part.endpoint], asked.facts)
    return lines


def _shown(part: _Part, section: Section, known: Facts) -> list[str]:
    if section.missing:
        return [click.style(f"   {MISSING}", fg="yellow")]
    if section.trouble:
        return [click.style(f"   transport error: {section.trouble}", fg="red")]
    return [f"   {f'{label}:':<{part.width}} {value}" for label, value in part.fields(known)]


def _usb(known: Facts) -> Fields:
    usb = known.usb
    unlooked = usb.could_not_look or {}
    return [
        ("enumerated", _unknown(unlooked, "sysfs", "None") if usb.enumerated is None else str(usb.enumerated)),
        ("sysfs", usb.sysfs_path or NONE),
        ("device", usb.device_path or NONE),
        ("usb-tmc class", _class(usb)),
        ("usbtmc kmod", _module(usb)),
        ("lsof", _holders(known)),
        *_remarkable(usb),
        ("dmesg tail", _messages(usb)),
    ]


def _remarkable(usb: Usb) -> Fields:
    """Give what is shown only where it says something."""
    error = [("error", usb.error)] if usb.error else []
    driver = [("driver", usb.driver)] if usb.driver and usb.driver != "usbfs" else []
    refused = [("authorized", "no")] if usb.authorized is False else []
    others = usb.interfaces if usb.is_usbtmc is False else None
    interfaces = [("interfaces", ", ".join(others))] if others else []
    same = [("same kind", ", ".join(usb.same_kind))] if usb.same_kind and usb.enumerated is False else []
    return [*error, *driver, *refused, *interfaces, *same]


def _unknown(unlooked: dict[str, str], what: str, otherwise: str = NONE) -> str:
    return f"could not look: {unlooked[what]}" if what in unlooked else otherwise


def _class(usb: Usb) -> str:
    if usb.is_usbtmc is None:  # of what is not there, there is nothing to say
        return _unknown(usb.could_not_look or {}, "sysfs") if usb.enumerated else NONE
    return "yes" if usb.is_usbtmc else "no"


def _module(usb: Usb) -> str:
    if usb.usbtmc_loaded is None:
        return _unknown(usb.could_not_look or {}, "modules")
    return "LOADED (problem)" if usb.usbtmc_loaded else "not loaded (good)"


def _holders(known: Facts) -> str:
    usb = known.usb
    trouble = (usb.could_not_look or {}).get("holders", "")
    if usb.lsof is None:
        return f"could not look: {trouble}" if trouble else NONE
    # While a diagnosis is made, the worker may have it open for just that: shown is only who keeps it.
    own = [f"the box's own worker({one.pid})" for one in usb.own if known.dispatcher.cached_session]
    listed = ", ".join([*map(str, usb.rivals), *own]) if usb.rivals else " but ".join(["no holders", *own])
    hidden = f"{usb.hidden} processes could not be looked into" if usb.hidden else ""
    besides = "; ".join(one for one in (hidden, trouble) if one)
    return f"{listed} ({besides})" if besides else listed


def _messages(usb: Usb) -> str:
    if usb.dmesg_tail is None:
        return _unknown(usb.could_not_look or {}, "messages")
    return usb.dmesg_tail.rstrip("\n") or "(empty)"


def _visa(visa: Visa) -> Fields:
    skipped = (visa.reason or "yes") if visa.skipped else NONE
    expected = [("expected", visa.expected)] if visa.matches is False and visa.expected else []
    return [
        ("idn", (visa.idn or "").strip() or NONE),
        *expected,
        ("elapsed", "? ms" if visa.elapsed_ms is None else f"{visa.elapsed_ms:.0f} ms"),
        ("error", visa.error or NONE),
        ("error_class", visa.error_class or NONE),
        ("skipped", skipped),
    ]


def _lan(lan: Lan) -> Fields:
    unlooked = lan.could_not_look or {}
    asked_open = "— (its open session was asked)" if lan.via == "worker" else _unknown(unlooked, "connect")
    return [
        ("host", lan.host or NONE),
        ("port", str(lan.port) if lan.port else NONE),
        ("resolved", ", ".join(lan.resolved or ()) or _unknown(unlooked, "resolved")),
        ("route", lan.route or _unknown(unlooked, "route")),
        ("connect", lan.connect or asked_open),
    ]


def _dispatcher(known: diagnosis.Dispatcher) -> Fields:
    drivers = [f"{one.device_name}({one.driver_class})" for one in known.cached_drivers or ()]
    error = [("error", known.error)] if known.error else []
    unanswered = [("no answer from", f"the worker of {', '.join(known.unanswered)}")] if known.unanswered else []
    return [
        ("cached_session", str(known.cached_session)),
        ("cached_drivers", ", ".join(drivers) or NONE),
        ("shared_pool", f"{known.shared_pool_size} entry/entries"),
        *error,
        *unanswered,
    ]


_PARTS = (
    _Part("USB (host-side)", asking.USB, 13, _usb),
    _Part("VISA (instrument-side)", asking.VISA, 12, lambda known: _visa(known.visa)),
    _Part("Network (host-side)", asking.LAN, 12, lambda known: _lan(known.lan)),
    _Part("VISA (instrument-side)", asking.LAN, 12, lambda known: _visa(known.lan)),
    _Part("Dispatcher (hw_service in-process)", asking.DISPATCHER, 16, lambda known: _dispatcher(known.dispatcher)),
)

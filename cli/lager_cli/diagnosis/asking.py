"""Asks a box what it knows of a net: all endpoints at once, each for as long as a person waits."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec

from lager import diagnosis, errors, httprequest, wire
from lager_cli.diagnosis.choosing import Chosen, command, reading
from lager_cli.selection import Box

if TYPE_CHECKING:
    from lager.client import Service

NETS_WITHIN, WITHIN = 5.0, 8.0  # s
USB, VISA, LAN, DISPATCHER = "usb", "visa", "lan", "dispatcher"
_KINDS: dict[str, Any] = {
    USB: diagnosis.Usb,
    VISA: diagnosis.Visa,
    LAN: diagnosis.Lan,
    DISPATCHER: diagnosis.Dispatcher,
}


@dataclass(frozen=True)
class Section:
    """What came of asking one endpoint.

    Attributes:
        answer: Its answer; None where there is none.
        missing: Whether the box has no such endpoint.
        trouble: Why there is no answer; empty where there is one.
    """

    answer: dict[str, Any] | None = None
    missing: bool = False
    trouble: str = ""


@dataclass(frozen=True)
class Asked:
    """What came of asking all of them.

    Attributes:
        sections: By endpoint.
        facts: What they say.
    """

    sections: dict[str, Section]
    facts: diagnosis.Facts

    @property
    def trouble(self) -> str:
        """Get why the box does not answer; nothing where any part of it does."""
        troubles = [one.trouble for one in self.sections.values()]
        return troubles[0] if all(troubles) else ""

    @property
    def verdict(self) -> diagnosis.Verdict:
        """Get what they mean."""
        if not self.trouble:
            return diagnosis.classify(self.facts)
        step = f"see whether the box answers: {self.facts.lager('hello')}."
        return diagnosis.Verdict("unclear", "red", f"UNCLEAR — {self.trouble}.", (step,))


def nets(box: Box, typed: str) -> list[wire.NetRecord]:
    """Get the nets of a box.

    Args:
        box: The box.
        typed: What to type for it.

    Raises:
        ServiceUnreachable: It does not answer; the hint has the command that checks it.
        LagerError: As the box answers.
    """
    try:
        found: list[wire.NetRecord] = box.bench.get("/nets/list", list[wire.NetRecord], timeout=NETS_WITHIN)
    except errors.ServiceUnreachable as exc:
        checking = command("hello", box=typed)
        raise errors.ServiceUnreachable(exc.what, f"{exc.hint}; {checking} checks it") from exc
    return found


def ask(box: Box, chosen: Chosen) -> Asked:
    """Ask for all that is known of a net. An endpoint that is late or broken costs its section only."""
    net = chosen.net
    asked = (LAN, DISPATCHER) if diagnosis.on_network(net.address) else (USB, VISA, DISPATCHER)
    found: dict[str, Section] = {}
    threads = [
        threading.Thread(target=_ask, args=(box, name, net.address, found), name=f"diagnose-{name}", daemon=True)
        for name in asked
    ]
    until = time.monotonic() + WITHIN
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    sections = {name: found.get(name) or Section(trouble=f"no answer in {WITHIN:g} s") for name in asked}
    return _understood(box, chosen, sections)


def answered(box: Box, chosen: Chosen) -> Asked:
    """Ask for all that is known of a net.

    Raises:
        ServiceUnreachable: There is no answer any more, of any part.
    """
    asked = ask(box, chosen)
    if asked.trouble:
        raise errors.ServiceUnreachable(asked.trouble, f"{command('hello', box=chosen.typed)} checks it")
    return asked


def _ask(box: Box, name: str, address: str, found: dict[str, Section]) -> None:
    try:
        service = replace(_service(box, name), patience=0.0)  # the nets were got: what does not listen is of interest
        answer = service.answer(f"/diagnose/{name}?{urlencode({'address': address})}", timeout=WITHIN)
    except errors.LagerError as exc:
        found[name] = Section(trouble=exc.what)
        return
    found[name] = _section(answer)


def _service(box: Box, name: str) -> Service:
    return box.hardware if name == DISPATCHER else box.bench


def _section(answer: httprequest.Answer) -> Section:
    if answer.status == 404:
        return Section(missing=True)
    try:
        body = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = None
    if isinstance(body, dict):
        said = {"error": body.get("what") or f"HTTP status {answer.status}"} if answer.status >= 400 else {}
        return Section({**said, **body})
    return Section(trouble=f"what answers does not speak as a box does (HTTP status {answer.status})")


def _understood(box: Box, chosen: Chosen, sections: dict[str, Section]) -> Asked:
    net, known = chosen.net, dict[str, Any]()
    for name, section in sections.items():
        if section.answer is None:
            continue
        try:
            known[name] = diagnosis.read(_KINDS[name], section.answer)
        except errors.UsageError as exc:
            sections[name] = Section(trouble=exc.what)
    facts = diagnosis.Facts(
        net=net.name,
        role=net.role,
        address=net.address,
        channel=net.pin,
        instrument=net.instrument,
        box=box.name,
        typed=chosen.typed,
        others=chosen.others,
        command=reading(net),
        unserved=tuple(name for name, section in sections.items() if section.missing),
        **known,
    )
    return Asked(sections, facts)

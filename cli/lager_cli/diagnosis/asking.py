"""Asks a box what it knows of a net: all endpoints at once, each for as long as a person waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec

from lager import diagnosis, errors, httprequest, wire
from lager_cli.diagnosis.choosing import Chosen, command, reading
from lager_cli.diagnosis.choosing import chosen as choose
from lager_cli.selection import Box

if TYPE_CHECKING:
    from lager.client import Service

NETS_WITHIN, WITHIN = 5.0, 8.0  # s
PATIENCE = 10.0  # s that the instrument may take for its answer
PATIENT_WITHIN = PATIENCE + 7.0  # s for the box to say what came of it: a call that is under way is waited for, too
STILL = 2.0  # s without an answer, after which it is said that it is waited for
USB, VISA, LAN, DISPATCHER = "usb", "visa", "lan", "dispatcher"
_PATIENT = (VISA, LAN)  # the endpoints that ask the instrument itself
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
        lost: Why the net could not be asked about any more: it is not among those of the box, or has no address.
    """

    sections: dict[str, Section]
    facts: diagnosis.Facts
    lost: errors.LagerError | None = None

    @property
    def trouble(self) -> str:
        """Get why the box does not answer; nothing where any part of it does."""
        troubles = [one.trouble for one in self.sections.values()]
        return troubles[0] if troubles and all(troubles) else ""

    @property
    def verdict(self) -> diagnosis.Verdict:
        """Get what they mean."""
        if self.lost is not None:
            return diagnosis.Verdict("unclear", "yellow", f"UNCLEAR — {self.lost.what}.", (self.lost.hint,))
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


def ask(box: Box, chosen: Chosen, waiting: Callable[[str], None] | None = None) -> Asked:
    """Ask for all that is known of a net. An endpoint that is late or broken costs its section only.

    Args:
        box: The box.
        chosen: The net.
        waiting: Is told when the instrument takes long, and that it is waited for.
    """
    net = chosen.net
    asked = (LAN, DISPATCHER) if diagnosis.on_network(net.address) else (USB, VISA, DISPATCHER)
    found: dict[str, Section] = {}
    threads = [
        threading.Thread(target=_ask, args=(box, name, net.address, found), name=f"diagnose-{name}", daemon=True)
        for name in asked
    ]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    if waiting is not None:
        _join(threads, begun + STILL)
        if any(name in _PATIENT and name not in found for name in asked):
            waiting(f"no answer of {net.name} in {STILL:g} s; it is waited for, up to {PATIENCE:g} s")
    for name, thread in zip(asked, threads, strict=True):
        _join([thread], begun + _within(name))
    sections = {name: found.get(name) or Section(trouble=f"no answer in {_within(name):g} s") for name in asked}
    return _understood(box, chosen, sections)


def _within(name: str) -> float:
    """Give how long an endpoint may take, s."""
    return PATIENT_WITHIN if name in _PATIENT else WITHIN


def _join(threads: list[threading.Thread], until: float) -> None:
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def follow(box: Box, chosen: Chosen) -> tuple[Chosen, Asked]:
    """Ask for all that is known of a net as it is now: somebody may have given it another address, or taken it away.

    Returns:
        The net as it is now, and what is known of it. Of a box that does not say which nets it has, the net as it was.
    """
    try:
        now = _now(box, chosen)
    except (errors.NetNotFound, errors.UsageError) as exc:
        return chosen, replace(_understood(box, chosen, {}), lost=exc)
    return now, ask(box, now)


def _now(box: Box, chosen: Chosen) -> Chosen:
    """Find the net as it is now; as it was where the box does not list its nets: its other answers say why.

    Raises:
        NetNotFound: There is none of that name and role any more.
        UsageError: It has no address any more, or several.
    """
    try:
        bench = replace(box.bench, patience=0.0)
        listed: list[wire.NetRecord] = bench.get("/nets/list", list[wire.NetRecord], timeout=NETS_WITHIN)
    except errors.LagerError:
        return chosen
    return choose(listed, chosen.net.name, chosen.role, chosen.typed)


def answered(box: Box, chosen: Chosen, waiting: Callable[[str], None] | None = None) -> Asked:
    """Ask for all that is known of a net.

    Args:
        box: The box.
        chosen: The net.
        waiting: Is told when the instrument takes long, and that it is waited for.

    Raises:
        ServiceUnreachable: There is no answer any more, of any part.
    """
    asked = ask(box, chosen, waiting)
    if asked.trouble:
        raise errors.ServiceUnreachable(asked.trouble, f"{command('hello', box=chosen.typed)} checks it")
    return asked


def _ask(box: Box, name: str, address: str, found: dict[str, Section]) -> None:
    try:
        service = replace(_service(box, name), patience=0.0)  # the nets were got: what does not listen is of interest
        query = urlencode({"address": address} | ({"within": f"{PATIENCE:g}"} if name in _PATIENT else {}))
        answer = service.answer(f"/diagnose/{name}?{query}", timeout=_within(name))
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

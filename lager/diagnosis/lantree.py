"""What is wrong with an instrument on a network: the rows of one table, of which the first that fits says it.

From the outside in: its name, the way to it, its port, its answer.
"""

from __future__ import annotations

import re
import shlex

from lager.diagnosis.facts import Facts
from lager.diagnosis.verdict import RED, YELLOW, Row, Verdict, healthy, in_use, unclear, wrong_instrument


def no_name(facts: Facts) -> Verdict | None:
    """Its name is known to nobody, or nobody could be asked for it."""
    lan = facts.lan
    if lan.host is None or lan.resolved or lan.connect or lan.idn or lan.skipped or lan.via == "worker":
        return None
    why = (lan.could_not_look or {}).get("resolved", "")
    numbered = re.sub(re.escape(lan.host), "IP", facts.address, flags=re.IGNORECASE)
    steps = (
        f"see that it is spelt right in the net's address: {facts.lager('nets', 'show', shlex.quote(facts.net))};",
        f"ask the box's names again: {facts.there(f'getent hosts {shlex.quote(lan.host)}')};",
        f"or give the net its IP address: {facts.readdressed(numbered)}.",
    )
    headline = f"NAME: the box cannot resolve {lan.host}{f': {why}' if why else ''}."
    return Verdict("name", RED, headline, steps)


def no_route(facts: Facts) -> Verdict | None:
    """The box has no way to it, or nobody has that address."""
    lan = facts.lan
    if lan.connect != "unreachable":
        return None
    address = (lan.resolved or [lan.host or "?"])[0]
    if lan.route is None:
        return Verdict(
            "route",
            RED,
            f"ROUTE: the box has no way to {address}.",
            (
                f"see the box's networks: {facts.there(f'ip route get {address}')};",
                "its cable or its VPN may be off, or the instrument is in another network.",
            ),
        )
    return Verdict(
        "route",
        RED,
        f"ROUTE: nobody has the address {address} on the box's network ({lan.route}).",
        (
            "see that the instrument is switched on, and its network cable;",
            "see on its own screen which address it has: it may have got another one (DHCP).",
        ),
    )


def refused(facts: Facts) -> Verdict | None:
    """Somebody is there, and nothing listens at that port."""
    if facts.lan.connect != "refused":
        return None
    steps = (
        "see in the instrument's own settings that its network interface (LXI, socket, Modbus) is on, and its port;",
        "it may take one connection only: end other programs that have it.",
    )
    return Verdict("refused", RED, f"REFUSED: nothing listens at {facts.lan.place}.", steps)


def silent_port(facts: Facts) -> Verdict | None:
    """Neither yes nor no came."""
    if facts.lan.connect != "timeout":
        return None
    host = facts.lan.host or "it"
    steps = (
        f"see that it is switched on, and has that address: {facts.there(f'ping -c 3 {shlex.quote(host)}')};",
        "a firewall on the way that drops the port looks the same.",
    )
    return Verdict("silent-port", RED, f"SILENT PORT: no answer from {facts.lan.place}, neither yes nor no.", steps)


def silent(facts: Facts) -> Verdict | None:
    """It takes the connection, and does not say who it is."""
    if facts.lan.error_class != "timeout":
        return None
    steps = (
        "it may speak to one connection only: end other programs and PCs that have it;",
        f"switch it off and on at the mains, then ask again: {facts.again}.",
    )
    return Verdict("silent", RED, f"SILENT: {facts.lan.place} takes the connection, and does not answer.", steps)


def another(facts: Facts) -> Verdict | None:
    """Another instrument has that address."""
    if not facts.lan.idn or facts.lan.matches is not False:
        return None
    return wrong_instrument(facts, facts.lan.idn, facts.lan.expected)


def answers(facts: Facts) -> Verdict | None:
    """It has said who it is."""
    return healthy(facts, facts.lan) if facts.lan.idn else None


def busy(facts: Facts) -> Verdict | None:
    """Somebody has it, so it was not asked; or it said so itself."""
    if facts.lan.skipped:
        return in_use(facts, facts.lan.reason)
    if facts.lan.error_class != "busy":
        return None
    steps = (
        f"see what runs on the box: {facts.lager('runs')};",
        "end other programs and PCs that have it: many instruments take one connection only.",
    )
    return Verdict("busy", YELLOW, f"BUSY: somebody else has {facts.lan.place}.", steps)


def rest(facts: Facts) -> Verdict:
    """Nothing of that."""
    return unclear(facts, facts.lan, facts.lan.could_not_look)


ROWS: tuple[Row, ...] = (no_name, no_route, refused, silent_port, silent, another, answers, busy, rest)

"""How a diagnosis ends: its name, what to say, what to do next, and the exit status of `lager diagnose`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from lager.diagnosis.facts import Facts, Visa
from lager.times import REPLY_WITHIN

RED, YELLOW, GREEN = "red", "yellow", "green"
HEALTHY = "healthy"
_SLOW = 2.0  # s
STATUSES = {
    HEALTHY: 0,
    "usbtmc-loaded": 10,
    "claimed": 11,
    "busy": 12,
    "disappeared": 13,
    "stale": 14,
    "wedged": 15,
    "not-enumerated": 16,
    "not-usbtmc": 17,
    "unclear": 18,
    "no-access": 19,
    "name": 20,
    "route": 21,
    "refused": 22,
    "silent-port": 23,
    "silent": 24,
    "wrong-instrument": 25,
}


class Verdict(NamedTuple):
    """What is wrong.

    Attributes:
        name: One of `STATUSES`.
        colour: In which it is said.
        headline: What is wrong, in one line.
        steps: What to do, the first thing first.
    """

    name: str
    colour: str
    headline: str
    steps: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        """Get the exit status that says it."""
        return STATUSES[self.name]


Row = Callable[[Facts], Verdict | None]


def first(rows: Sequence[Row], facts: Facts) -> Verdict:
    """Give the verdict of the first row that has one; the last row always has."""
    for row in rows:
        if (verdict := row(facts)) is not None:
            return verdict
    raise AssertionError("the last row of a tree has a verdict of everything")


def wrong_instrument(facts: Facts, found: str | None, expected: str | None) -> Verdict:
    """Something answers at the address, and it is another kind of instrument than the net is for."""
    return Verdict(
        "wrong-instrument",
        RED,
        f"WRONG INSTRUMENT: the net is for a {expected}, and what answers is {found}.",
        (
            f"see which instrument is at that address: {facts.lager('instruments')};",
            f"give the net the right address: {facts.readdressed('ADDRESS')}.",
        ),
    )


def in_use(facts: Facts, reason: str | None) -> Verdict:
    """It was not asked, so as not to disturb who uses it: nothing is known of its health."""
    why = (reason or "somebody uses it").removeprefix("in use: ").rstrip(".")
    return Verdict(
        "busy",
        YELLOW,
        f"IN USE: it was not asked: {why}.",
        (
            f"see what runs on the box: {facts.lager('runs')};",
            f"when that call has ended, ask again: {facts.again};",
            "one that goes on for long may be getting no answer: end what uses it, then ask again.",
        ),
    )


def healthy(facts: Facts, said: Visa) -> Verdict:
    """It has answered, just now. A slow answer is an answer, but for commands it may come too late."""
    idn, took = (said.idn or "").strip(), (said.elapsed_ms or 0.0) / 1000
    if took <= _SLOW:
        return Verdict(HEALTHY, GREEN, f"HEALTHY — IDN: {idn}")
    late = ": this one comes too late for it" if took > REPLY_WITHIN else ""
    steps = (
        f"a command waits {REPLY_WITHIN:g} s for each answer{late};",
        "see whether it is busy: with a long measurement, its own screen, another program;",
        f"then ask again: {facts.again}.",
    )
    return Verdict(HEALTHY, YELLOW, f"HEALTHY, BUT SLOW — it took {took:.1f} s to answer. IDN: {idn}", steps)


def unclear(facts: Facts, said: Visa, unlooked: dict[str, str] | None) -> Verdict:
    """No row says it: give what the instrument's own error says."""
    newer = facts.lager("update") if facts.box else "`lager box stop`, and ask again"
    steps = (
        f"{said.hint};" if said.error and said.hint else "",
        f"update it: {newer};" if facts.unserved else "",
        f"it could not look at {', '.join(unlooked)}, for the reasons above;" if unlooked else "",
        f"see the sections above, and check the box: {facts.lager('doctor')}.",
    )
    unknown = "the box is older, and cannot say all of it" if facts.unserved else "no rule fits what was found"
    what = said.error.partition(" (")[0].rstrip(".") if said.error else unknown
    return Verdict("unclear", YELLOW, f"UNCLEAR — {what}.", tuple(one for one in steps if one))

"""What a check of a box's machine finds."""

from __future__ import annotations

from msgspec import Struct

# States of a finding. Only a problem is one: of a warning, and of what could not be looked at, a user is told.
OK, WARNING, PROBLEM, UNSEEN = "ok", "warning", "problem", "could not look"


class Finding(Struct, frozen=True):
    """What one check found.

    Attributes:
        name: What was checked, in a word or two.
        state: `ok`, `warning`, `problem` or `could not look`.
        words: What is so; why, where it could not be looked at.
        hint: What to do; empty where there is nothing to be done.
    """

    name: str
    state: str
    words: str
    hint: str = ""


class SelfCheck(Struct, frozen=True, kw_only=True):
    """What a box finds out about its own machine; reply of `GET :9000/selfcheck`.

    Attributes:
        host: The machine's name.
        user: As whom the service runs: what it may do, is what the box may do.
        version: Lager's.
        now: The machine's clock, Unix time, s.
    """

    host: str
    user: str
    version: str
    now: float
    findings: list[Finding]

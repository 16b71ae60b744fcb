"""What a checkup comes to."""

from __future__ import annotations

from msgspec import Struct

from lager import wire
from lager.checkup.examination import Examined, Reading
from lager.checkup.rules import Check, checks


class Report(Struct, frozen=True, kw_only=True):
    """All of a checkup.

    Attributes:
        net: The net.
        identity: What its instrument says it is; empty where that is not known.
        readings: What was read, and what could not be.
        checks: What was checked.
        unasked: What was not asked: there was nothing to ask for, or too many before it had failed.
        passed: Whether everything could be read and every rule holds.
    """

    net: wire.NetRecord
    identity: str
    readings: list[Reading]
    checks: list[Check]
    unasked: list[str]
    passed: bool

    @classmethod
    def of(cls, net: wire.NetRecord, identity: str, found: Examined) -> Report:
        """Judge what was read."""
        checked = checks(net.role, found.values)
        failed = any(one.error for one in found.readings) or any(one.wrong for one in checked)
        return cls(
            net=net,
            identity=identity,
            readings=found.readings,
            checks=checked,
            unasked=found.unasked,
            passed=not failed,
        )

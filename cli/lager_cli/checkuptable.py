"""How a checkup of a net looks on a screen: what was read, what was checked, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from lager import checkup, errors
from lager.checkup.questions import AGAIN
from lager_cli.output import table

_WIDEST = 60  # characters of a value
_TO_MICRO = ("V", "A", "W")  # units in which what is smaller is noise


def words(report: checkup.Report) -> str:
    """Lay out a report."""
    net = report.net
    where = f"{net.name}: {net.role}, channel {net.pin} of the {net.instrument} [{net.address}]"
    read = table(["Read", "Value", "Unit", "Time"], [row for one in report.readings for row in _rows(one)])
    checked = [[one.rule, "FAILED" if one.wrong else "ok"] for one in report.checks]
    said = [f"It says it is: {report.identity}"] if report.identity else []
    return "\n".join([where, *said, "", read, "", table(["Check", "Result"], checked), "", *_verdict(report)])


def _rows(one: checkup.Reading) -> Iterator[list[str]]:
    took = f"{one.seconds * 1000:.0f} ms"
    unit = one.units.get("", "")
    if one.error is not None:
        yield [one.name, "FAILED", "", took]
    elif not isinstance(one.value, Struct):
        yield [one.name, _shown(one.value, unit), unit, took]
    elif one.name == AGAIN:
        yield [one.name, "read", "", took]
    else:
        yield [one.name, "", "", took]
        for name, value in asdict(one.value).items():
            unit = one.units.get(name, "")
            yield [f"  {name}", _shown(value, unit), unit, ""]


def _shown(value: Any, unit: str) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{(round(value, 6) if unit in _TO_MICRO else value) + 0.0:.6g}"
    if isinstance(value, bytes | list):
        return f"{len(value)} of them"
    text = str(value) or "-"
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


def _verdict(report: checkup.Report) -> Iterator[str]:
    reads, checks = _counted(len(report.readings), "read"), _counted(len(report.checks), "check")
    if report.passed:
        yield f"PASSED: {report.net.name}, {reads}, {checks}."
        return
    failed = [f"  {one.name}: {one.error.what}" for one in report.readings if one.error]
    failed += [f"  {one.rule}: {one.wrong}" for one in report.checks if one.wrong]
    yield f"FAILED: {report.net.name}, {len(failed)} of {reads} and {checks}:"
    yield from failed
    if report.unasked:
        yield f"  not asked: {', '.join(report.unasked)}"
    yield f"Try: {_hint(report)}"


def _hint(report: checkup.Report) -> str:
    """Say what to try: what the errors say, where the instrument is not even understood wrongly."""
    reasons = [one.error for one in report.readings if one.error]
    odd = any(one.code == errors.InstrumentError.code for one in reasons) or any(one.wrong for one in report.checks)
    if reasons and not odd:
        return f"{reasons[0].hint}."
    return (
        "compare with the instrument's own display. Where that is right, the driver does not understand this "
        "firmware: report the above."
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"

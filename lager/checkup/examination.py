"""Asks a net its questions one after another, and keeps what came of each, with the time it took."""

from __future__ import annotations

import inspect
import reprlib
import time
import typing
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from lager import errors, roles
from lager.checkup.questions import Question, calls, questions
from lager.roles.units import unit_of, units_of
from lager.wire import ErrorBody

Ask = Callable[[str, Sequence[Any]], Any]
# After one of these the next question would end the same way.
_FUTILE = (
    errors.NetNotFound,
    errors.ServiceUnreachable,
    errors.TokenRefused,
    errors.InstrumentBusy,
    errors.InstrumentGone,
    errors.RoleConflict,
)
_IN_A_ROW = 3  # failures after which the others are not asked: each may take as long as the box waits


class Reading(Struct, frozen=True, kw_only=True):
    """One question and its answer.

    Attributes:
        name: What was asked, as `lager.checkup.questions` names it.
        args: With which arguments.
        value: The answer, as the contract has it; None where there is none.
        units: The answer's unit under `""`, or those of its attributes by their names, as far as they have one.
        seconds: How long it took, s.
        error: Why there is no answer.
    """

    name: str
    args: list[Any] = []
    value: Any = None
    units: dict[str, str] = {}
    seconds: float = 0.0
    error: ErrorBody | None = None


class Examined(Struct, frozen=True, kw_only=True):
    """All that was read.

    Attributes:
        readings: In the order they were taken.
        unasked: What was not asked: there was nothing to ask, or too many before it had failed.
    """

    readings: list[Reading]
    unasked: list[str] = []

    @property
    def values(self) -> dict[str, Any]:
        """Get the answers by what was asked."""
        return {one.name: one.value for one in self.readings if one.error is None}


def examine(role: str, ask: Ask, clock: Callable[[], float] = time.monotonic) -> Examined:
    """Ask everything that the role lets one ask.

    Args:
        role: The net's role.
        ask: Makes a call (method, arguments); gives plain JSON data, or raises a LagerError.
        clock: Gives a time that only grows, s.

    Raises:
        LagerError: What the instrument cannot be asked for at all: it is gone, in use, or the box is away.
    """
    taken: list[Reading] = []
    unasked: list[str] = []
    for name in questions(role):
        asked = calls(role, name, {one.name: one.value for one in taken if one.error is None})
        last = taken[-_IN_A_ROW:]
        if not asked or (len(last) == _IN_A_ROW and all(one.error for one in last)):
            unasked.append(name)
            continue
        taken += [_read(role, one, ask, clock) for one in asked]
    return Examined(readings=taken, unasked=unasked)


def _read(role: str, question: Question, ask: Ask, clock: Callable[[], float]) -> Reading:
    name, method, args, unit = question
    promised = vars(roles.CONTRACTS[role])[method]
    kind = typing.get_type_hints(promised)["return"]
    begun = clock()
    try:
        answer = ask(method, args)
        value = msgspec.convert(answer, kind)
    except _FUTILE:
        raise
    except errors.LagerError as exc:
        return Reading(name=name, args=[*args], seconds=clock() - begun, error=ErrorBody.of(exc))
    except msgspec.ValidationError as exc:
        odd = errors.InstrumentError(f"the answer {reprlib.repr(answer)} is none: {str(exc).lower()}", "ask again")
        return Reading(name=name, args=[*args], seconds=clock() - begun, error=ErrorBody.of(odd))
    units = {"": unit} if unit else _units(promised, kind)
    return Reading(name=name, args=[*args], value=value, units=units, seconds=clock() - begun)


def _units(method: Any, kind: Any) -> dict[str, str]:
    if isinstance(kind, type) and issubclass(kind, Struct):
        return units_of(kind)
    unit = unit_of(inspect.getdoc(method) or "")
    return {"": unit} if unit and kind in (float, list[float]) else {}

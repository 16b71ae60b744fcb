"""Which calls there are: a table made from the contracts of `lager.roles`, and the check of a call's arguments.

A name that came over the wire is looked up here and nowhere else, so nothing but a contract's methods can be called.
"""

from __future__ import annotations

import inspect
import math
import operator
import reprlib
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from lager import errors, roles


@dataclass(frozen=True)
class Parameter:
    """One argument a method takes; `kind` is its type."""

    name: str
    kind: Any
    required: bool

    def accept(self, value: Any) -> Any:
        """Check a value and give it as the type the contract says; ValueError says what is wrong."""
        try:
            taken = msgspec.convert(value, self.kind)
        except msgspec.ValidationError as exc:
            raise ValueError(f"{self.name} cannot be {reprlib.repr(value)}: {str(exc).lower()}") from exc
        if isinstance(taken, float) and not math.isfinite(taken):
            raise ValueError(f"{self.name} cannot be {value!r}: expected a finite number")
        return taken


@dataclass(frozen=True)
class Method:
    """One call of a contract."""

    role: str
    name: str
    parameters: tuple[Parameter, ...]
    bind: Callable[[Any], Callable[..., Any]]

    def arguments(self, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
        """Check the arguments and give them by position, without those left out at the end.

        Raises:
            UsageError: Too many, too few, unknown, of a wrong type, or not finite.
        """
        try:
            return self._arguments(args, kwargs)
        except ValueError as exc:
            raise errors.UsageError(f"{self.name}: {exc}", f"call it as {self.form}") from exc

    def _arguments(self, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
        if len(args) > len(self.parameters):
            raise ValueError(f"{len(args)} arguments are too many")
        given = dict(zip((one.name for one in self.parameters), args, strict=False))
        for name, value in kwargs.items():
            if name in given or all(name != one.name for one in self.parameters):
                raise ValueError(f"there is no argument {name}, or it was given twice")
            given[name] = value
        taken = []
        for one in self.parameters:
            if one.required and one.name not in given:
                raise ValueError(f"{one.name} is missing")
            taken.append(one.accept(given[one.name]) if one.name in given else None)
        while taken and taken[-1] is None:  # None is what an optional argument is when it was left out
            taken.pop()
        return taken

    def call(self, channel: Any, args: Sequence[Any]) -> Any:
        """Call it on a driver's channel."""
        return self.bind(channel)(*args)

    @property
    def form(self) -> str:
        """Get how it is called, for people."""
        names = [one.name if one.required else f"[{one.name}]" for one in self.parameters]
        return f"{self.name}({', '.join(names)})"


def _method(role: str, name: str, function: Any) -> Method:
    hints = typing.get_type_hints(function)
    taken = list(inspect.signature(function).parameters.values())[1:]  # the first is self
    parameters = tuple(Parameter(one.name, hints[one.name], one.default is inspect.Parameter.empty) for one in taken)
    return Method(role, name, parameters, operator.attrgetter(name))


TABLE: dict[str, dict[str, Method]] = {
    role: {name: _method(role, name, vars(contract)[name]) for name in sorted(roles.methods(role))}
    for role, contract in roles.CONTRACTS.items()
}


def calls_of(role: str) -> dict[str, Method]:
    """Give the calls of a role.

    Raises:
        UsageError: No net of that role can be called.
    """
    if role not in TABLE:
        raise errors.UsageError(f"{role} nets cannot be called by this version", "`lager nets` lists the nets")
    return TABLE[role]


def find(role: str, name: str) -> Method:
    """Find a call.

    Raises:
        UsageError: Nets of that role have no such call, or no net of that role can be called.
    """
    calls = calls_of(role)
    if name not in calls:
        raise errors.UsageError(f"nets of type {role} have no call {name}", f"it has {', '.join(calls)}")
    return calls[name]

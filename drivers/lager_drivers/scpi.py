"""The building blocks of SCPI drivers: declare what the manual's table says, and read it as one.

Knows how values look on the wire and what the error queue is for. It does not know any instrument, opens nothing, waits
for nothing, and never gives a value in place of one it could not read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, overload

from lager.errors import InstrumentError, InstrumentRefused, OutOfRange
from lager_drivers.blocks import BadBlock
from lager_drivers.device import NotSent

T = TypeVar("T")

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-z%]*)")
_NOT_A_NUMBER = 9.9e37  # SCPI-99 7.2.1: infinity and "not a number" are answered as 9.9E+37 and 9.91E+37
_POWER_ON = 128  # PON, bit 7 of the standard event status register
_MOST_ERRORS = 32  # deeper than any queue known: an instrument that still has some is answering something else


class Transport(Protocol):
    """What a driver needs of a cable. Terminators are the transport's affair."""

    def write(self, command: str) -> None:
        """Send a command that has no answer."""

    def query(self, command: str, within: float | None = None) -> str:
        """Send a command and give its answer, waiting for it up to `within` s; None for as long as the cable does."""

    def query_block(self, command: str) -> bytes:
        """Send a command and give what its answer, a definite-length block (IEEE 488.2, 8.7.9), holds.

        Raises:
            BadBlock: The answer is no such block.
        """


@dataclass(frozen=True)
class Kind(Generic[T]):
    """How one sort of value looks on the wire, and the unit people read. `parse` raises ValueError."""

    unit: str
    parse: Callable[[str], T]
    render: Callable[[T], str]


def quantity(reply: str, unit: str) -> float:
    """Find the value with `unit` in a reply such as `3.3`, `3.3 V` or `+1.5E-01A,+3.3E+00V,+3.4E+05s`.

    Raises:
        ValueError: There is none, there are several, or it is no finite number.
    """
    fields = [_QUANTITY.fullmatch(field.strip()) for field in reply.split(",")]
    wanted = [field for field in fields if field is not None and field[2] == unit]
    if len(fields) == 1 and fields[0] is not None and not fields[0][2]:
        wanted = [fields[0]]
    if len(wanted) != 1:
        raise ValueError(f"not one value in {unit}")
    value = float(wanted[0][1])
    if not math.isfinite(value) or abs(value) >= _NOT_A_NUMBER:
        raise ValueError("the instrument has no reading")
    return value + 0.0  # never -0.0, which E36300 supplies answer without a load


def fixed(value: float) -> str:
    """Write a number without an exponent: some firmware refuses `1e-3` (DP832, for a current)."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def number(unit: str) -> Kind[float]:
    """Make the kind of a number with a unit."""
    return Kind(unit, lambda reply: quantity(reply, unit), fixed)


def word(unit: str, values: Mapping[str, T]) -> Kind[T]:
    """Make the kind of a value written as one of some words; the first word of a value is the one that is sent."""
    words: dict[T, str] = {}
    for text, value in values.items():
        words.setdefault(value, text)

    def parse(reply: str) -> T:
        try:
            return values[reply.strip().upper()]
        except KeyError:
            raise ValueError(f"expected one of {', '.join(values)}") from None

    return Kind(unit, parse, words.__getitem__)


def _readable(reply: str) -> str:
    if not (reply.isascii() and reply.isprintable()):
        raise ValueError("no readable text")
    return reply.strip().strip('"')


VOLTS = number("V")
AMPS = number("A")
WATTS = number("W")
OHMS = number("Ohm")
PERCENT = number("%")
AMP_HOURS = number("Ah")
SWITCH: Kind[bool] = word("on/off", {"ON": True, "OFF": False, "1": True, "0": False})
FLAG: Kind[bool] = word("yes/no", {"YES": True, "NO": False, "1": True, "0": False})
BITS: Kind[int] = Kind("bits", int, str)
TEXT: Kind[str] = Kind("text", _readable, str)


class Dialog:
    """One instrument's conversation: its cable, and what is known of its error queue.

    The error queue is asked after every set. What a set is blamed for must be its own: so the queue is emptied before
    the first set of a session, and again after anything that went wrong. In between it is known to be empty (each set
    leaves it so, and a query that was answered adds nothing), and a set costs one write and one query. `*CLS` would
    empty it too, but it also wipes status others may be watching, and opening must send queries only.

    Args:
        transport: The cable.
        hints: What to try, by the instrument's own error code.
        empty: Empties the queue of an instrument whose firmware may give the same error for ever, without a look at it.
    """

    def __init__(
        self,
        transport: Transport,
        hints: Mapping[int, str] | None = None,
        empty: Callable[[], None] = lambda: None,
    ) -> None:
        self._transport = transport
        self._hints = hints or {}
        self._empty = empty
        self._clean = False

    def query(self, command: str, within: float | None = None) -> str:
        """Ask; `within` is how long the answer may take, s, where that is longer than usual."""
        clean, self._clean = self._clean, False
        transport = self._transport
        try:
            reply = (transport.query(command) if within is None else transport.query(command, within)).strip()
        except NotSent:
            self._clean = clean
            raise
        self._clean = clean
        return reply

    def ask(self, command: str, kind: Kind[T], within: float | None = None) -> T:
        """Ask, and understand the answer; `within` as for `query`.

        Raises:
            InstrumentError: The answer is not what that command is answered with.
        """
        reply = self.query(command, within)
        try:
            return kind.parse(reply)
        except ValueError as exc:
            self._clean = False
            raise InstrumentError(
                f"the instrument answered {command} with {reply!r}: {exc}",
                "ask again; if it stays, look at the instrument's display and switch it off and on",
            ) from exc

    def ask_block(self, command: str) -> bytes:
        """Ask for a block of bytes.

        Raises:
            InstrumentError: The answer is no definite-length block.
        """
        clean, self._clean = self._clean, False
        try:
            block = self._transport.query_block(command)
        except BadBlock as exc:
            raise InstrumentError(
                f"the instrument answered {command} with no block of data: {exc}", "ask again"
            ) from exc
        self._clean = clean
        return block

    def send(self, *commands: str, settle: Callable[[], None] | None = None, at_once: bool = False) -> None:
        """Send commands, then ask whether they were taken; `settle` is called before that question.

        Those that must go out `at_once` (switching off) are sent before anything is asked, and once more where an error
        followed: it may be an older one, or another link's. So they must be such as may be sent twice.

        Raises:
            InstrumentRefused: The instrument put an error into its queue.
        """
        if not (self._clean or at_once):
            self._drain()
        self._clean = False
        for command in commands:
            self._transport.write(command)
        if settle is not None:
            settle()
        found = self._drain()
        if found and at_once:
            self.send(*commands, settle=settle)
        elif found:
            code, text = found[0]
            raise InstrumentRefused(
                f'the instrument refused {"; ".join(commands)}: {code},"{text}"',
                self._hints.get(code, "`lager nets` names the instrument; its manual explains the code"),
            )

    def _drain(self) -> list[tuple[int, str]]:
        """Empty the error queue, and give what was in it, oldest first."""
        found: list[tuple[int, str]] = []
        for _ in range(_MOST_ERRORS):
            error = self.ask(":SYST:ERR?", _ERROR)
            if error[0] == 0:
                self._clean = True
                return found
            if error in found[-1:]:
                self._empty()
            found.append(error)
        raise InstrumentError(
            f"the instrument's error queue does not end; first came {found[0][0]}", "switch the instrument off and on"
        )


def power_on_seen(dialog: Dialog) -> bool:
    """Ask the standard event status register whether the power came on (IEEE 488.2 11.5.1.1); that clears it.

    Raises:
        InstrumentError: The answer is no number.
    """
    return bool(dialog.ask("*ESR?", BITS) & _POWER_ON)


def _parse_error(reply: str) -> tuple[int, str]:
    code, _, text = reply.partition(",")
    return int(code), text.strip().strip('"')


_ERROR: Kind[tuple[int, str]] = Kind("code", _parse_error, str)


class Node:
    """An instrument, or a channel of one: whatever commands are sent to. `names` fill the commands' `{}`."""

    def __init__(self, dialog: Dialog, **names: object) -> None:
        self._dialog = dialog
        self._names = names

    def send(
        self, *commands: str, value: str = "", settle: Callable[[], None] | None = None, at_once: bool = False
    ) -> None:
        """Send commands, and have them checked, after `settle` where the instrument needs a rest; see `Dialog.send`.

        Raises:
            InstrumentRefused: The instrument put an error into its queue.
        """
        written = [command.format(value=value, **self._names) for command in commands]
        self._dialog.send(*written, settle=settle, at_once=at_once)

    def ask(self, command: str, kind: Kind[T]) -> T:
        """Ask for a value.

        Raises:
            InstrumentError: The answer makes no sense.
        """
        return self._dialog.ask(command.format(**self._names), kind)


Declared = TypeVar("Declared", bound="Measure[Any]")


class Measure(Generic[T]):
    """A value the instrument reports and nobody sets."""

    def __init__(self, query: str, kind: Kind[T], doc: str) -> None:
        self.query, self.kind = query, kind
        self.name = ""
        self.__doc__ = f"{doc} ({kind.unit})"

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self: Declared, node: None, owner: Any) -> Declared: ...
    @overload
    def __get__(self, node: Node, owner: Any) -> T: ...
    def __get__(self, node: Node | None, owner: Any) -> Measure[T] | T:
        return self if node is None else node.ask(self.query, self.kind)


class Control(Measure[T]):
    """A value the instrument both reports and accepts. `within` gives what it accepts; outside nothing is sent."""

    def __init__(
        self,
        query: str,
        command: str,
        kind: Kind[T],
        doc: str,
        within: Callable[[Any], tuple[float, float]] | None = None,
    ) -> None:
        super().__init__(query, kind, doc)
        self.command, self.within = command, within

    def check(self, node: Node, value: T) -> None:
        """Raise OutOfRange for a value that this node does not accept."""
        if self.within is not None:
            low, high = self.within(node)
            if not low <= value <= high:  # type: ignore[operator]  # only numbers have `within`
                unit = self.kind.unit
                raise OutOfRange(
                    f"{self.name.replace('_', ' ')} {value:g} {unit} is outside {low:g}..{high:g} {unit}",
                    f"choose a value from {low:g} to {high:g} {unit}",
                )

    def __set__(self, node: Node, value: T) -> None:
        self.check(node, value)
        node.send(self.command, value=self.kind.render(value))


def never_above(value: float, level: float, *, reach: bool) -> None:
    """Refuse a voltage that over-voltage protection would answer by switching off.

    Args:
        value: The setpoint that is asked for, V.
        level: The protection's level, V.
        reach: Whether a setpoint that equals the level is all right.

    Raises:
        OutOfRange: It is above the level.
    """
    if value * level <= 0 or abs(value) < abs(level) or (reach and value == level):
        return  # of the other sign: whether it can be set at all is the range's affair
    raise OutOfRange(
        f"voltage {value:g} V is {'above' if reach else 'not below'} the over-voltage protection level of {level:g} V",
        "choose a lower voltage, or raise the protection level first",
    )

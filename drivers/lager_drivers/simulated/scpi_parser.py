"""What the simulated SCPI instruments share: finding a command by its header, and the error queue.

Headers match in their short or full form and nothing between, in any case, with optional parts, as in the manuals:
`[:SOURce[1]]:VOLTage[:LEVel]`. A bad command ends its message: what stands before it has been done.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lager_drivers.simulated.event_status import EventStatus

_QUEUE = 20  # errors kept
_BASES = {"#B": 2, "#Q": 8, "#H": 16}
_QUOTE = re.compile("[\"']")
_TOKEN = re.compile(r"([A-Za-z*]+)|(\d+)|(<n>)|(.)")

Ask = Callable[[list[str]], str]
Do = Callable[[list[str]], None]


class ScpiError(Exception):
    """A command the instrument refuses, by the code it puts into its queue."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code, self.text = code, text


def undefined_header() -> ScpiError:
    """Make the error for a command that does not exist."""
    return ScpiError(-113, "Undefined header")


def out_of_range() -> ScpiError:
    """Make the error for a value outside what can be set."""
    return ScpiError(-222, "Data out of range")


@dataclass(frozen=True)
class Command:
    """One command: its pattern, and what answers or does it. A `<n>` of the pattern comes first in the arguments."""

    pattern: str
    ask: Ask | None = None
    do: Do | None = None


def compile_header(pattern: str) -> re.Pattern[str]:
    """Make a regular expression of a manual's notation."""
    parts = []
    for mnemonic, digits, numeric, sign in _TOKEN.findall(pattern):
        if mnemonic:
            short = "".join(letter for letter in mnemonic if not letter.islower())
            parts.append(f"(?:{re.escape(mnemonic.upper())}|{re.escape(short)})")
        else:
            parts.append(r"(\d+)" if numeric else {"[": "(?:", "]": ")?"}.get(sign, digits or re.escape(sign)))
    return re.compile("".join(parts))


def split(text: str, separator: str) -> list[str]:
    """Split, but not inside quotes; pieces are stripped."""
    if not _QUOTE.search(text):
        return [piece.strip() for piece in text.split(separator)]  # the other way takes minutes for a long message
    return [piece.strip() for piece in re.split(rf"""{separator}(?=(?:[^"']|"[^"]*"|'[^']*')*$)""", text)]


def as_number(text: str) -> float:
    """Read a numeric parameter."""
    try:
        return float(text)
    except ValueError:
        raise ScpiError(-104, "Data type error") from None


def as_bits(text: str) -> int:
    """Read a register's value: decimal, or digits behind `#B`, `#Q` or `#H`."""
    base = _BASES.get(text[:2].upper())
    try:
        return round(float(text)) if base is None else int(text[2:], base)
    except (ValueError, OverflowError):
        raise ScpiError(-104, "Data type error") from None


def as_switch(text: str) -> bool:
    """Read ON, OFF, 1 or 0."""
    found = {"ON": True, "1": True, "OFF": False, "0": False}.get(text.upper())
    if found is None:
        raise ScpiError(-141, "Invalid character data")
    return found


class Setting:
    """A number that can be set: its range, its value after power-on, and how it is answered.

    Args:
        low: Least value.
        high: Greatest value.
        default: Value after power-on and reset.
        form: How it is answered, such as `{:.3f}`.
    """

    def __init__(self, low: float, high: float, default: float, form: str = "{:g}") -> None:
        self.low, self.high, self.default, self._form = low, high, default, form
        self.value = default

    def ask(self, arguments: list[str]) -> str:
        """Answer the value, or an end of the range."""
        return self._form.format(self._named(arguments[0]) if arguments else self.value)

    def do(self, arguments: list[str]) -> None:
        """Take a value; outside the range the old one stays."""
        self.value = self.taken(arguments)

    def taken(self, arguments: list[str]) -> float:
        """Read the value that is asked for, without taking it."""
        if len(arguments) != 1:
            raise ScpiError(-109, "Missing parameter")
        value = self._named(arguments[0])
        if not self.low <= value <= self.high:
            raise out_of_range()
        return value

    def _named(self, text: str) -> float:
        ends = {"MIN": self.low, "MAX": self.high, "DEF": self.default}
        ends |= {"MINIMUM": self.low, "MAXIMUM": self.high, "DEFAULT": self.default}
        return ends[text.upper()] if text.upper() in ends else as_number(text)

    def reset(self) -> None:
        """Go back to the default."""
        self.value = self.default


class Interpreter:
    """Takes program messages apart, finds their commands, and keeps the error queue and the event status.

    Args:
        commands: All there are, but for those two's own, which they may replace.
        before: Called with each header before its command, to refuse it by a ScpiError.
        cleared: Called by `*CLS`, for status the instrument keeps itself.
        no_error: How an empty queue is told.
    """

    def __init__(
        self,
        commands: Iterable[Command],
        before: Callable[[str], None] = lambda _: None,
        cleared: Callable[[], None] = lambda: None,
        no_error: str = '0,"No error"',
    ) -> None:
        own = (
            Command(":SYSTem:ERRor[:NEXT]", ask=lambda _: self._next_error()),
            Command("*CLS", do=lambda _: self._clear()),
            Command("*OPC", ask=lambda _: "1", do=lambda _: self.status.completed()),
            Command("*STB", ask=lambda _: str((4 if self.errors else 0) | self.status.summary)),
            Command("*ESR", ask=lambda _: self.status.read()),
            Command("*ESE", ask=lambda _: str(self.status.enabled), do=self._enable),
        )
        self._commands = [(compile_header(one.pattern), one) for one in (*commands, *own)]
        self._before, self._cleared, self._no_error = before, cleared, no_error
        self.errors: deque[ScpiError] = deque()
        self.status = EventStatus()

    def power_on(self) -> None:
        """Lose what is not kept without power; the event status tells of it."""
        self.errors.clear()
        self.status = EventStatus()

    def handle(self, line: str) -> str | None:
        """Do one program message; give its answers, None where there are none."""
        answers: list[str] = []
        path = ""
        for unit in split(line.strip(), ";"):
            if not unit:
                continue
            try:
                path, answer = self._unit(unit, path)
            except ScpiError as error:
                self._failed(error)
                break
            if answer is not None:
                answers.append(answer)
        return ";".join(answers) if answers else None

    def _failed(self, error: ScpiError) -> None:
        """Queue an error; a full queue says of its last that there were more (SCPI-99, 21.8.1)."""
        if len(self.errors) >= _QUEUE:
            self.errors[-1] = ScpiError(-350, "Queue overflow")
        else:
            self.errors.append(error)
        self.status.failed(error.code)

    def _unit(self, unit: str, path: str) -> tuple[str, str | None]:
        header, _, rest = unit.partition(" ")
        if "(" in header:  # a channel list without a space before it
            raise ScpiError(-103, "Invalid separator")
        arguments = split(rest, ",") if rest.strip() else []
        asked = header.endswith("?")
        name, command, suffixes = self._find(header.rstrip("?").upper(), path)
        self._before(name)
        action = command.ask if asked else command.do
        if action is None:
            raise undefined_header()
        answer = action([*suffixes, *arguments])
        return path if name.startswith("*") else name.rpartition(":")[0], answer

    def _find(self, header: str, path: str) -> tuple[str, Command, list[str]]:
        """Find a header from the root, or, without a leading colon, from where the command before it was."""
        absolute = header.startswith((":", "*"))
        for name in (header,) if absolute else (f"{path}:{header}", f":{header}"):
            for pattern, command in self._commands:
                if (match := pattern.fullmatch(name)) is not None:
                    return name, command, [one for one in match.groups() if one is not None]
        raise undefined_header()

    def _clear(self) -> None:
        self.errors.clear()
        self.status.clear()
        self._cleared()

    def _enable(self, arguments: list[str]) -> None:
        if len(arguments) != 1:
            raise ScpiError(-109, "Missing parameter")
        bits = as_bits(arguments[0])
        if not 0 <= bits <= 255:
            raise out_of_range()
        self.status.enabled = bits

    def _next_error(self) -> str:
        if not self.errors:
            return self._no_error
        error = self.errors.popleft()
        return f'{error.code},"{error.text}"'

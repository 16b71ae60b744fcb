"""The model memory of a simulated 2281S: nine slots that survive a power cycle, what is written before it is saved.

A query tells what is saved; the number of points counts what is not saved, too (both as met in the field).
"""

from __future__ import annotations

from lager_drivers.keithley_2281s.simulated_curve import POINTS, Curve, filled, ordered
from lager_drivers.keithley_2281s.simulated_habits import Habits
from lager_drivers.simulated.scpi_parser import Command, ScpiError, as_number, out_of_range, split

SLOTS = range(1, 10)
_LONGEST = 2048  # characters of a string parameter (manual 7-30)
_COARSE = 11
_NAMES = {"VOC": "VOC", "RES": "RESistance"}


class ModelMemory:
    """The slots.

    Args:
        habits: What differs.
    """

    def __init__(self, habits: Habits) -> None:
        self._short = ScpiError(habits.short_model, "Model length is not enough")
        self._three_letters = habits.three_letters
        self._written: dict[tuple[int, str], list[float]] = {}
        self._stick: dict[str, Curve] = {}
        self.saved: dict[int, Curve] = {}

    def power_off(self) -> None:
        """Lose what was not saved."""
        self._written.clear()

    def save(self, slot: int, curve: Curve) -> None:
        """Keep a model in a slot."""
        self.saved[slot] = curve
        for name in _NAMES:
            self._written.pop((slot, name), None)

    def commands(self) -> list[Command]:
        """Give its commands; none is tied to a function."""
        root = ":BATTery[1]:MODel"
        # The field: :APP and :INT are refused, though the manual's capitals say so; its example writes :APPE
        append, internal = (":APPend", ":INTernal") if self._three_letters else (":APPEnd", ":INTErnal")
        return [
            *(one for name in _NAMES for one in self._element(f"{root}<n>:{_NAMES[name]}", name, append)),
            Command(f"{root}<n>:ROW<n>", ask=self._ask_row, do=self._set_row),
            Command(f"{root}:SAVE{internal}", do=self._save_written),
            Command(f"{root}:SAVE:USB", do=self._to_stick),
            Command(f"{root}:LOAD:USB", do=self._from_stick),
        ]

    def _element(self, root: str, name: str, append: str) -> list[Command]:
        def value(arguments: list[str]) -> str:
            curve = self.saved.get(_slot(arguments))
            values = (0.0,) * POINTS if curve is None else curve[0 if name == "VOC" else 1]
            return ",".join(f"{one:+.6E}" for one in values)

        def replace(arguments: list[str]) -> None:
            self._write(_slot(arguments), name, _numbers(arguments))

        def add(arguments: list[str]) -> None:
            slot = _slot(arguments)
            self._write(slot, name, [*self._written.get((slot, name), []), *_numbers(arguments)])

        def simplify(arguments: list[str]) -> None:
            values = _numbers(arguments)
            if len(values) < _COARSE:
                raise self._short
            if len(values) > _COARSE:
                raise _too_long()
            self._write(_slot(arguments), name, filled(values))

        def count(arguments: list[str]) -> str:
            slot = _slot(arguments)
            saved = POINTS if slot in self.saved else 0
            return str(len(self._written.get((slot, name), ())) or saved)

        return [
            Command(root, ask=value, do=replace),
            Command(f"{root}{append}", do=add),
            Command(f"{root}:SIMPlify", do=simplify),
            Command(f"{root}:STEPs", ask=count),
        ]

    def _write(self, slot: int, name: str, values: list[float]) -> None:
        if len(values) > POINTS:
            raise _too_long()
        if not ordered(name, values):
            raise _bad_data()
        self._written[slot, name] = values

    def _ask_row(self, arguments: list[str]) -> str:
        curve, row = self.saved.get(_slot(arguments)), _row(arguments)
        volts, ohms = (0.0, 0.0) if curve is None else (curve.voc[row], curve.resistance[row])
        return f"{volts:+.6E},{ohms:+.6E}"

    def _set_row(self, arguments: list[str]) -> None:
        """Take one line: over the one that is there, or behind the last one."""
        slot, row, values = _slot(arguments), _row(arguments), _numbers(arguments)
        if len(values) != len(_NAMES):
            raise ScpiError(-109, "Missing parameter")
        curve = self.saved.get(slot)
        for index, name in enumerate(_NAMES):
            kept = self._written.get((slot, name), [] if curve is None else list(curve[index]))
            if row > len(kept):
                raise self._short
            self._written[slot, name] = [*kept[:row], values[index], *kept[row + 1 :]]

    def _save_written(self, arguments: list[str]) -> None:
        slot = _slot(arguments)
        found = [self._written.get((slot, name), []) for name in _NAMES]
        if any(len(values) < POINTS for values in found):
            raise self._short
        if not all(ordered(name, values) for name, values in zip(_NAMES, found, strict=True)):
            raise _bad_data()
        self.save(slot, Curve(*map(tuple, found)))

    def _to_stick(self, arguments: list[str]) -> None:
        slot = _slot(arguments)
        if slot not in self.saved:
            raise ScpiError(-200, "Execution error")
        self._stick[_file(arguments)] = self.saved[slot]

    def _from_stick(self, arguments: list[str]) -> None:
        slot, name = _slot(arguments), _file(arguments)
        if name not in self._stick:
            raise ScpiError(-256, "File name not found")
        self.save(slot, self._stick[name])


def _too_long() -> ScpiError:
    return ScpiError(702, "Model length is too long")


def _bad_data() -> ScpiError:
    return ScpiError(710, "Illegal model data setting")


def _slot(arguments: list[str]) -> int:
    number = as_number(arguments[0]) if arguments else 0
    if number not in SLOTS:
        raise out_of_range()
    return int(number)


def _row(arguments: list[str]) -> int:
    row = int(arguments[1])
    if not 0 <= row < POINTS:
        raise out_of_range()
    return row


def _string(text: str) -> str:
    if len(text) < 2 or text[0] not in "\"'" or text[-1] != text[0]:
        raise ScpiError(-104, "Data type error")
    if len(text) - 2 > _LONGEST:
        raise ScpiError(-223, "Too much data")
    return text[1:-1]


def _numbers(arguments: list[str]) -> list[float]:
    """Read the last parameter: numbers in a string."""
    return [as_number(one) for one in split(_string(arguments[-1]), ",")]


def _file(arguments: list[str]) -> str:
    """Read a file's name; the instrument adds the `.csv`."""
    if len(arguments) != 2:
        raise ScpiError(-109, "Missing parameter")
    return f"{_string(arguments[1])}.csv"

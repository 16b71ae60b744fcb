"""The electronic load contract, once for all loads: what a user is promised, whichever the maker.

A driver declares its input's values as its manual's table has them (`LoadInput`). Here are the promises: out of range
is refused before anything is sent; what a setpoint's method gives was read back; a range changes only while the input
is off; nothing is switched on but by `enable`, and `disable` goes out first. Knows no command.

A setpoint may have two ranges. The one that is active stays as long as it holds what is asked for: changing it puts the
level somewhere else for a moment, which a live circuit must not see.
"""

from __future__ import annotations

from typing import NamedTuple

from lager.errors import InstrumentRefused, OutOfRange, UsageError
from lager.roles import ELoadState
from lager_drivers.scpi import Control, Measure, Node

MODES = {"CC": "CC", "CV": "CV", "CR": "CR", "CW": "CW", "CP": "CW"}


class Span(NamedTuple):
    """A range of settings, its ends included."""

    least: float
    most: float


class Setpoint:
    """How one setpoint is set.

    Args:
        level: What sets and gets it.
        spans: Its ranges, low one first.
        choice: What chooses between them, by their highest level.
        held: A level that all of its ranges hold: it is put there before the range is changed.
    """

    def __init__(
        self, level: Control[float], *spans: Span, choice: Control[float] | None = None, held: float = 0.0
    ) -> None:
        self.level, self.spans, self.choice, self.held = level, spans, choice, held


class LoadInput(Node):
    """An input, for a driver to declare; commands that set values are sent as they are declared."""

    ch = 1
    mode: Control[str]  # CC, CV, CR or CW; NONE while none of them is
    enabled: Control[bool]
    current: Control[float]
    voltage: Control[float]
    resistance: Control[float]
    power: Control[float]
    measured_voltage: Measure[float]
    measured_current: Measure[float]
    measured_power: Measure[float]

    def setpoint(self, level: Control[float]) -> Setpoint:
        """Give how a level is set."""
        raise NotImplementedError

    def own_program(self) -> str:
        """Name what drives the input instead of the setpoints, such as a list; empty for nothing."""
        return ""

    def status(self) -> tuple[bool, bool, str]:
        """Get whether it is on, whether it holds its setpoint, and which protection has switched it off."""
        raise NotImplementedError


class ELoadChannel:
    """One input, as the electronic load contract has it."""

    def __init__(self, node: LoadInput) -> None:
        self._input = node

    def mode(self, mode: str | None = None) -> str:
        """Get what is kept constant, after choosing it if one is given; `NONE` while a test of its own drives it.

        Raises:
            UsageError: There is no such mode.
            InstrumentRefused: It goes on with a program of its own.
        """
        if mode is not None:
            if mode.upper() not in MODES:
                raise UsageError(f"there is no mode {mode!r}", f"choose one of {', '.join(MODES)}")
            self._input.mode = MODES[mode.upper()]
            self._needs_setpoints()
            return self._input.mode
        return self._mode()

    def current(self, amps: float | None = None) -> float:
        """Get the setpoint of `CC`, A, after setting it if a value is given."""
        return self._setpoint(type(self._input).current, amps)

    def voltage(self, volts: float | None = None) -> float:
        """Get the setpoint of `CV`, V, after setting it if a value is given."""
        return self._setpoint(type(self._input).voltage, volts)

    def resistance(self, ohms: float | None = None) -> float:
        """Get the setpoint of `CR`, ohm, after setting it if a value is given."""
        return self._setpoint(type(self._input).resistance, ohms)

    def power(self, watts: float | None = None) -> float:
        """Get the setpoint of `CW`, W, after setting it if a value is given."""
        return self._setpoint(type(self._input).power, watts)

    def measured_voltage(self) -> float:
        """Measure the voltage at the terminals, V."""
        return self._input.measured_voltage

    def measured_current(self) -> float:
        """Measure the current drawn, A."""
        return self._input.measured_current

    def measured_power(self) -> float:
        """Measure the power drawn, W."""
        return self._input.measured_power

    def enable(self) -> None:
        """Switch the input on.

        Raises:
            InstrumentRefused: It would start a program of its own; nothing was switched.
        """
        self._needs_setpoints()
        self._input.enabled = True

    def disable(self) -> None:
        """Switch the input off: that goes out first, whatever the instrument's error queue holds."""
        switch = type(self._input).enabled
        self._input.send(switch.command, value=switch.kind.render(False), at_once=True)

    def output_is_enabled(self) -> bool:
        """Get whether the input is on."""
        return self._input.enabled

    def state(self) -> ELoadState:
        """Read everything at once."""
        node = self._input
        enabled, regulated, tripped = node.status()
        return ELoadState(
            channel=node.ch,
            enabled=enabled,
            mode=self._mode(),
            current_set=node.current,
            voltage_set=node.voltage,
            resistance_set=node.resistance,
            power_set=node.power,
            voltage=node.measured_voltage,
            current=node.measured_current,
            power=node.measured_power,
            regulated=enabled and regulated,
            tripped=tripped,
        )

    def _mode(self) -> str:
        """Get the mode; what it is told to keep constant is not what it does while a program drives it."""
        return "NONE" if self._input.own_program() else self._input.mode

    def _needs_setpoints(self) -> None:
        if program := self._input.own_program():
            raise InstrumentRefused(
                f"the load runs its own {program} function, whatever the setpoints are",
                "choose a mode, such as mode('CC'); some firmware leaves it only when it is switched off and on",
            )

    def _setpoint(self, level: Control[float], value: float | None) -> float:
        """Set if a value is given, and read.

        Raises:
            OutOfRange: It is outside all ranges, or outside the active one with the input on.
            InstrumentRefused: The instrument kept another value, without a word.
        """
        if value is None:
            return level.__get__(self._input, LoadInput)
        setpoint, unit = self._input.setpoint(level), level.kind.unit
        _check(setpoint, value)
        self._input.send(*self._commands(setpoint, value))
        kept = level.__get__(self._input, LoadInput)
        if abs(kept - value) > 0.01 + 0.01 * abs(value):  # more than the digits of any load
            raise InstrumentRefused(
                f"the load was set to {value:g} {unit}, and keeps {kept:g} {unit}",
                "choose a value inside the range that is active; its display shows it",
            )
        return kept

    def _commands(self, setpoint: Setpoint, value: float) -> list[str]:
        """Find what sets a value: its level, and before that its range, where it needs the one that is not active."""
        level, choice = setpoint.level, setpoint.choice
        setting = level.command.format(value=level.kind.render(value))
        if choice is None:
            return [setting]
        low, high = setpoint.spans[0], setpoint.spans[-1]
        active, other = (low, high) if choice.__get__(self._input, LoadInput) <= low.most else (high, low)
        if active.least <= value <= active.most:
            return [setting]
        if self._input.enabled:
            unit = level.kind.unit
            raise OutOfRange(
                f"{level.name} {value:g} {unit} is outside the active range, {active.least:g}..{active.most:g} {unit}",
                "disable() first: the range changes only while the input is off",
            )
        held, chosen = level.kind.render(setpoint.held), choice.kind.render(other.most)
        return [level.command.format(value=held), choice.command.format(value=chosen), setting]


def _check(setpoint: Setpoint, value: float) -> None:
    name, unit = setpoint.level.name.capitalize(), setpoint.level.kind.unit
    least, most = setpoint.spans[0].least, setpoint.spans[-1].most
    hint = f"choose {least:g} to {most:g} {unit}"
    if value < 0:
        raise OutOfRange(f"{name} must be non-negative, not {value:g} {unit}", hint)
    if not least <= value <= most:
        raise OutOfRange(f"{name} {value:g} {unit} is outside {least:g}..{most:g} {unit}", hint)

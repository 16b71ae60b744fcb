"""The types of trigger of a script's oscilloscope, one class each; `scope_trigger.py` holds them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lager.proxies.scope_trigger_parts import (
    AnySlope,
    Lines,
    OneLevel,
    Polarity,
    Slopes,
    Timed,
    Times,
    TwoLevels,
)

if TYPE_CHECKING:
    from lager.proxies.scope import Scope


class EdgeTrigger(OneLevel, AnySlope):
    """On an edge."""

    name = "edge"


class PulseTrigger(OneLevel, Polarity, Timed):
    """On a pulse by its width."""

    name = "pulse"

    def set_trigger_on_pulse_greater_than_width(self, seconds: float) -> None:
        """Trigger on pulses that are longer, s."""
        self._greater(seconds)

    def set_trigger_on_pulse_less_than_width(self, seconds: float) -> None:
        """Trigger on pulses that are shorter, s."""
        self._less(seconds)

    def set_trigger_on_pulse_less_than_greater_than(self, lower: float, upper: float) -> None:
        """Trigger on pulses whose width is between two limits, s."""
        self._range("between", lower, upper)


class SlopeTrigger(TwoLevels, Slopes, Times):
    """On an edge by the time it takes between two levels."""

    name = "slope"


class VideoTrigger(OneLevel, Polarity):
    """On a line or field of a video signal."""

    name = "video"

    def set_standard(self, standard: str) -> None:
        """Set the standard: `PAL`, `NTSC`, `480P`, `576P`, `720P60`, `1080P60`, `1080I50`, ..."""
        self._set("standard", standard)

    def get_standard(self) -> str:
        """Get the standard."""
        return self._word("standard")

    def set_trigger_on_line(self, line: int) -> None:
        """Trigger on one line."""
        self._setup(mode="line", line=self._amount(line))

    def set_trigger_on_all_lines(self) -> None:
        """Trigger on every line."""
        self._set("mode", "all_lines")

    def set_trigger_on_odd_field(self) -> None:
        """Trigger on odd fields."""
        self._set("mode", "odd_field")

    def set_trigger_on_even_field(self) -> None:
        """Trigger on even fields."""
        self._set("mode", "even_field")


class PatternTrigger(Lines):
    """On a pattern of levels over several lines."""

    name = "pattern"


class DurationTrigger(Lines, Times):
    """On a pattern by how long it lasts."""

    name = "duration"

    def set_trigger_on_outside(self, lower: float, upper: float) -> None:
        """Trigger when it lasts a time outside two limits, s."""
        self._range("outside", lower, upper)


class TimeoutTrigger(OneLevel, AnySlope):
    """When nothing happens for a time after an edge."""

    name = "timeout"

    def set_time(self, seconds: float) -> None:
        """Set that time, s."""
        self._set("time", seconds)

    def get_time(self) -> float:
        """Get that time, s."""
        return self._number("time")


class RuntTrigger(TwoLevels, Polarity, Times):
    """On a pulse that reaches one level and not the other."""

    name = "runt"

    def set_trigger_on_any_width(self) -> None:
        """Trigger whatever the width."""
        self._set("when", "any")


class WindowTrigger(TwoLevels, AnySlope):
    """On leaving or entering a range of voltage."""

    name = "window"

    def set_trigger_on_exit(self) -> None:
        """Trigger when the signal leaves the range."""
        self._set("position", "exit")

    def set_trigger_on_enter(self) -> None:
        """Trigger when the signal enters the range."""
        self._set("position", "enter")

    def set_trigger_on_time(self, seconds: float) -> None:
        """Trigger when the signal has been in the range for a time, s."""
        self._setup(position="time", time=self._amount(seconds))

    def get_position(self) -> str:
        """Get `exit`, `enter` or `time`."""
        return self._word("position")


class DelayTrigger(Times):
    """On the time between edges of two sources."""

    name = "delay"

    def set_sources(self, net_a: Scope | str, net_b: Scope | str) -> None:
        """Set from whose edge to whose it is measured."""
        self._setup(source_a=self._scope.source_of(net_a), source_b=self._scope.source_of(net_b))

    def set_slopes(self, slope_a: str, slope_b: str) -> None:
        """Set the edges: `rising` or `falling`."""
        self._setup(slope_a=slope_a, slope_b=slope_b)

    def set_levels(self, level_a: float, level_b: float) -> None:
        """Set the level of each source, V."""
        self._setup(level_a=self._amount(level_a), level_b=self._amount(level_b))

    def set_trigger_on_outside(self, lower: float, upper: float) -> None:
        """Trigger when it takes a time outside two limits, s."""
        self._range("outside", lower, upper)


class SetupHoldTrigger(Slopes):
    """On data that changes too close to a clock's edge."""

    name = "setup_hold"

    def set_source(self, net_data: Scope | str, net_clock: Scope | str) -> None:
        """Set where data and clock are."""
        self._setup(data_source=self._scope.source_of(net_data), clock_source=self._scope.source_of(net_clock))

    def set_levels(self, data: float, clock: float) -> None:
        """Set the level of each, V."""
        self._setup(data_level=self._amount(data), clock_level=self._amount(clock))

    def set_data(self, level: str) -> None:
        """Set which data counts: `high` or `low`."""
        self._set("pattern", level)

    def set_trigger_on_setup(self, seconds: float) -> None:
        """Trigger when data was not there for so long before the clock, s."""
        self._setup(violation="setup", setup_time=self._amount(seconds))

    def set_trigger_on_hold(self, seconds: float) -> None:
        """Trigger when data does not stay for so long after the clock, s."""
        self._setup(violation="hold", hold_time=self._amount(seconds))

    def set_trigger_on_setup_or_hold(self, setup: float, hold: float) -> None:
        """Trigger on either, s."""
        self._setup(violation="both", setup_time=self._amount(setup), hold_time=self._amount(hold))


class NthEdgeTrigger(OneLevel, Slopes):
    """On one of the edges after a time of rest."""

    name = "nth_edge"

    def set_idle(self, seconds: float) -> None:
        """Set how long the rest must be, s."""
        self._set("idle", seconds)

    def set_edge(self, number: int) -> None:
        """Set which edge, from 1 to 65535: a count."""
        self._set("edge", number)

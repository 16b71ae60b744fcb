"""What a script's oscilloscope can measure: a method for each, so that an editor completes them.

Each gives None only where the instrument itself says that it cannot measure that on the trace it shows: less than a
period, no edge. After a change of scale that can be so until the next capture. `display` leaves the measurement on the
instrument's screen; `measurement_cursor` has its cursors show what is measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lager.proxies.scope import Scope


class Measurement:
    """Measurements of a channel's trace."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __repr__(self) -> str:
        return f"<Measurement {self._scope.name}>"

    def voltage_max(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the highest voltage, V."""
        return self._of_one("voltage_max", display, measurement_cursor)

    def voltage_min(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the lowest voltage, V."""
        return self._of_one("voltage_min", display, measurement_cursor)

    def voltage_peak_to_peak(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure from the lowest to the highest voltage, V."""
        return self._of_one("voltage_peak_to_peak", display, measurement_cursor)

    def voltage_flat_top(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the flat top of pulses, V."""
        return self._of_one("voltage_flat_top", display, measurement_cursor)

    def voltage_flat_base(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the flat base of pulses, V."""
        return self._of_one("voltage_flat_base", display, measurement_cursor)

    def voltage_flat_amplitude(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure from the flat base to the flat top, V."""
        return self._of_one("voltage_flat_amplitude", display, measurement_cursor)

    def voltage_average(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the mean voltage, V."""
        return self._of_one("voltage_average", display, measurement_cursor)

    def voltage_rms(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the root mean square, V."""
        return self._of_one("voltage_rms", display, measurement_cursor)

    def voltage_overshoot(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure how far the trace goes beyond its flat levels after an edge, as a ratio of the amplitude."""
        return self._of_one("voltage_overshoot", display, measurement_cursor)

    def voltage_preshoot(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure how far the trace goes beyond its flat levels before an edge, as a ratio of the amplitude."""
        return self._of_one("voltage_preshoot", display, measurement_cursor)

    def waveform_area(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the area under the whole trace, V*s."""
        return self._of_one("waveform_area", display, measurement_cursor)

    def waveform_period_area(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the area under the first period, V*s."""
        return self._of_one("waveform_period_area", display, measurement_cursor)

    def period(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the period, s."""
        return self._of_one("period", display, measurement_cursor)

    def frequency(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the frequency, Hz."""
        return self._of_one("frequency", display, measurement_cursor)

    def rise_time(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the time from the lower to the upper threshold, s."""
        return self._of_one("rise_time", display, measurement_cursor)

    def fall_time(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the time from the upper to the lower threshold, s."""
        return self._of_one("fall_time", display, measurement_cursor)

    def pulse_width_positive(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure how long a pulse is above the middle, s."""
        return self._of_one("pulse_width_positive", display, measurement_cursor)

    def pulse_width_negative(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure how long a pulse is below the middle, s."""
        return self._of_one("pulse_width_negative", display, measurement_cursor)

    def duty_cycle_positive(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the part of the period above the middle, as a ratio."""
        return self._of_one("duty_cycle_positive", display, measurement_cursor)

    def duty_cycle_negative(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the part of the period below the middle, as a ratio."""
        return self._of_one("duty_cycle_negative", display, measurement_cursor)

    def time_at_voltage_max(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure when the highest voltage is first reached, s from the trigger."""
        return self._of_one("time_at_voltage_max", display, measurement_cursor)

    def time_at_voltage_min(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure when the lowest voltage is first reached, s from the trigger."""
        return self._of_one("time_at_voltage_min", display, measurement_cursor)

    def positive_slew_rate(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the slope of rising edges, V/s."""
        return self._of_one("positive_slew_rate", display, measurement_cursor)

    def negative_slew_rate(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the slope of falling edges, V/s."""
        return self._of_one("negative_slew_rate", display, measurement_cursor)

    def voltage_threshold_upper(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the upper threshold, V."""
        return self._of_one("voltage_threshold_upper", display, measurement_cursor)

    def voltage_threshold_mid(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the middle threshold, V."""
        return self._of_one("voltage_threshold_mid", display, measurement_cursor)

    def voltage_threshold_lower(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the lower threshold, V."""
        return self._of_one("voltage_threshold_lower", display, measurement_cursor)

    def variance(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the variance, V*V."""
        return self._of_one("variance", display, measurement_cursor)

    def voltage_rms_period(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure the root mean square of the first period, V."""
        return self._of_one("voltage_rms_period", display, measurement_cursor)

    def positive_pulse_count(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure how many pulses go up: a count."""
        return self._of_one("positive_pulse_count", display, measurement_cursor)

    def negative_pulse_count(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure how many pulses go down: a count."""
        return self._of_one("negative_pulse_count", display, measurement_cursor)

    def positive_edge_count(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure how many edges rise: a count."""
        return self._of_one("positive_edge_count", display, measurement_cursor)

    def negative_edge_count(self, *, display: bool = False, measurement_cursor: bool = False) -> float | None:
        """Measure how many edges fall: a count."""
        return self._of_one("negative_edge_count", display, measurement_cursor)

    def delay_rising_rising_edge(
        self, other: Scope | str | None = None, *, display: bool = False, measurement_cursor: bool = False
    ) -> float | None:
        """Measure the time, s, from a rising edge here to a rising one of `other`, a scope net or its name."""
        return self._of_two("delay_rising_rising_edge", other, display, measurement_cursor)

    def delay_rising_falling_edge(
        self, other: Scope | str | None = None, *, display: bool = False, measurement_cursor: bool = False
    ) -> float | None:
        """Measure the time, s, from a rising edge here to a falling one of `other`, a scope net or its name."""
        return self._of_two("delay_rising_falling_edge", other, display, measurement_cursor)

    def delay_falling_rising_edge(
        self, other: Scope | str | None = None, *, display: bool = False, measurement_cursor: bool = False
    ) -> float | None:
        """Measure the time, s, from a falling edge here to a rising one of `other`, a scope net or its name."""
        return self._of_two("delay_falling_rising_edge", other, display, measurement_cursor)

    def delay_falling_falling_edge(
        self, other: Scope | str | None = None, *, display: bool = False, measurement_cursor: bool = False
    ) -> float | None:
        """Measure the time, s, from a falling edge here to a falling one of `other`, a scope net or its name."""
        return self._of_two("delay_falling_falling_edge", other, display, measurement_cursor)

    def phase_rising_rising_edge(
        self, other: Scope | str | None = None, *, display: bool = False, measurement_cursor: bool = False
    ) -> float | None:
        """Measure the phase, degrees, from a rising edge here to a rising one of `other`, a scope net or its name."""
        return self._of_two("phase_rising_rising_edge", other, display, measurement_cursor)

    def phase_rising_falling_edge(
        self, other: Scope | str | None = None, *, display: bool = False, measurement_cursor: bool = False
    ) -> float | None:
        """Measure the phase, degrees, from a rising edge here to a falling one of `other`, a scope net or its name."""
        return self._of_two("phase_rising_falling_edge", other, display, measurement_cursor)

    def phase_falling_rising_edge(
        self, other: Scope | str | None = None, *, display: bool = False, measurement_cursor: bool = False
    ) -> float | None:
        """Measure the phase, degrees, from a falling edge here to a rising one of `other`, a scope net or its name."""
        return self._of_two("phase_falling_rising_edge", other, display, measurement_cursor)

    def phase_falling_falling_edge(
        self, other: Scope | str | None = None, *, display: bool = False, measurement_cursor: bool = False
    ) -> float | None:
        """Measure the phase, degrees, from a falling edge here to a falling one of `other`, a scope net or its name."""
        return self._of_two("phase_falling_falling_edge", other, display, measurement_cursor)

    def _of_one(self, item: str, display: bool, cursor: bool) -> float | None:
        return self._of_two(item, None, display, cursor)

    def _of_two(self, item: str, other: Scope | str | None, display: bool, cursor: bool) -> float | None:
        source = None if other is None else self._scope.source_of(other)
        if display:
            self._scope.show_measurement(item, source)
        if cursor:
            self._scope.cursor_mode("measure")
        return self._scope.measure(item, source)

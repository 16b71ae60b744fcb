"""What one channel of an oscilloscope can do. Units are V and s; words are lower case but for `AC`, `DC` and `GND`.

Timebase, trigger, cursors and memory belong to the whole instrument: every channel's net reaches the same ones. What is
asked about a measurement or a trace names its channel, so nothing here depends on what was called before.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from lager.roles.fields import Fields
from lager.roles.reading import reads, reads_when_bare


class ScopeState(Fields, frozen=True, kw_only=True):
    """Everything an oscilloscope's channel says of itself, all of it read in one go.

    Attributes:
        channel: Which channel of the instrument.
        enabled: Whether it is shown.
        status: What the capture is doing: `running`, `waiting`, `triggered`, `auto` or `stopped`.
        volts_per_div: V.
        volt_offset: V.
        coupling: `AC`, `DC` or `GND`.
        probe: Attenuation of the probe: 10 for a 10x one.
        bandwidth_limit: Hz; 0 where there is none.
        time_per_div: s.
        time_offset: s.
        trigger_type: `edge`, `pulse` and so on.
        trigger_sweep: `auto`, `normal` or `single`.
        sample_rate: 1/s.
        memory_depth: How many points of each channel are kept.
    """

    channel: int
    enabled: bool
    status: str
    volts_per_div: float
    volt_offset: float
    coupling: str
    probe: float
    bandwidth_limit: float
    time_per_div: float
    time_offset: float
    trigger_type: str
    trigger_sweep: str
    sample_rate: float
    memory_depth: int


class ScopeCursors(Fields, frozen=True, kw_only=True):
    """Where the cursors are.

    Attributes:
        a_x: Cursor A on the screen, 0 (left) to 999.
        a_y: Cursor A on the screen, 0 (bottom) to 479.
        b_x: Cursor B on the screen, 0 (left) to 999.
        b_y: Cursor B on the screen, 0 (bottom) to 479.
        a_seconds: Cursor A's time from the trigger, s.
        a_volts: Cursor A's level, V.
        b_seconds: Cursor B's time from the trigger, s.
        b_volts: Cursor B's level, V.
    """

    a_x: int
    a_y: int
    b_x: int
    b_y: int
    a_seconds: float
    a_volts: float
    b_seconds: float
    b_volts: float


class Waveform(msgspec.Struct, frozen=True, kw_only=True):
    """A trace, or a piece of one, as the instrument has it, and what makes volts and seconds of it.

    Point n of the trace, counted from 1, is at `x_origin + (n - 1 - x_reference) * x_increment`, and its code is
    `(code - y_origin - y_reference) * y_increment`.

    Attributes:
        channel: Which channel of the instrument.
        source: `screen` or `memory`.
        start: Which point of the trace the first code is, from 1.
        total: How many points the whole trace has.
        codes: One byte for each point.
        x_increment: From one point to the next, s.
        x_origin: Of the trace's first point, from the trigger, s; of later pieces the firmware may give their own.
        x_reference: Points.
        y_increment: From one code to the next, V.
        y_origin: Codes.
        y_reference: Codes.
        capture: Changes when a capture is started, by any caller of this box: pieces with the same one fit together.
    """

    channel: int
    source: str
    start: int
    total: int
    codes: bytes
    x_increment: float
    x_origin: float
    x_reference: float
    y_increment: float
    y_origin: float
    y_reference: float
    capture: int


class Scope(Protocol):
    """A channel of an oscilloscope. A setting's method gets it, after setting it if a value is given."""

    def enable(self) -> None:
        """Show the channel."""

    def disable(self) -> None:
        """Hide the channel; it is then not captured."""

    @reads
    def output_is_enabled(self) -> bool:
        """Get whether the channel is shown."""

    def start_capture(self) -> None:
        """Capture again and again."""

    def stop_capture(self) -> None:
        """Stop capturing; the last capture stays."""

    def start_single_capture(self) -> None:
        """Wait for the trigger, capture once, and stop."""

    def force_trigger(self) -> None:
        """Trigger now, whatever the signal."""

    def autoscale(self) -> None:
        """Have the instrument choose scales and trigger for the signals it sees. Takes up to 15 s."""

    @reads
    def measure(self, item: str, other: str | None = None) -> float | None:
        """Measure the trace on the screen; None only where the instrument says that it cannot be measured there.

        Args:
            item: What, such as `voltage_peak_to_peak`; in V, s, Hz, V*s, V/s, degrees, or a ratio.
            other: For delays and phases, the second source: `CHAN2`, `D0`, `MATH1`.
        """

    def show_measurement(self, item: str, other: str | None = None) -> None:
        """Show a measurement on the instrument's screen, until `clear_measurements`."""

    def clear_measurements(self) -> None:
        """Take all measurements off the instrument's screen."""

    @reads_when_bare
    def volts_per_div(self, volts: float | None = None) -> float:
        """Get the vertical scale, V, after setting it if a value is given."""

    @reads_when_bare
    def volt_offset(self, volts: float | None = None) -> float:
        """Get the vertical offset, V, after setting it if a value is given."""

    @reads_when_bare
    def time_per_div(self, seconds: float | None = None) -> float:
        """Get the horizontal scale, s, after setting it if a value is given."""

    @reads_when_bare
    def time_offset(self, seconds: float | None = None) -> float:
        """Get the time of the screen's centre from the trigger, s, after setting it if a value is given."""

    @reads_when_bare
    def coupling(self, coupling: str | None = None) -> str:
        """Get the input's coupling, `AC`, `DC` or `GND`, after setting it if one is given."""

    @reads_when_bare
    def probe(self, ratio: float | None = None) -> float:
        """Get the probe's attenuation, 10 for a 10x one, after setting it if one is given; scales change with it."""

    @reads_when_bare
    def bandwidth_limit(self, hertz: float | None = None) -> float:
        """Get the bandwidth limit, Hz, 0 for none, after setting it if one is given."""

    @reads_when_bare
    def memory_depth(self, points: int | None = None) -> int:
        """Get how many points are kept, after setting it if a number is given: 0 lets the instrument choose."""

    @reads
    def trigger_get(self, parameter: str) -> float | str:
        """Get a parameter of the trigger: `type`, `sweep`, `status`, `edge.level`, `pulse.upper`; V or s, or a word."""

    def trigger_set(self, parameter: str, value: float | str) -> None:
        """Set a parameter of the trigger, V or s, or a word. Setting those of a type does not select the type."""

    def trigger_setup(self, settings: dict[str, float | str]) -> None:
        """Set parameters of the trigger, V or s, or words, in that order; none where one of them cannot be so."""

    @reads_when_bare
    def cursor_mode(self, mode: str | None = None) -> str:
        """Get the cursors' mode, `off`, `manual`, `track`, `xy` or `measure`, after setting it if one is given."""

    @reads
    def cursors(self) -> ScopeCursors:
        """Read where the manual cursors are.

        Raises:
            UsageError: The cursors' mode is not `manual`.
        """

    def move_cursor(self, cursor: str, x: int | None = None, y: int | None = None) -> None:
        """Show the manual cursors on this channel, and put one of them somewhere.

        Args:
            cursor: `A` or `B`.
            x: On the screen, 0 (left) to 999; where it is, if none is given.
            y: On the screen, 0 (bottom) to 479; where it is, if none is given.
        """

    @reads
    def download(self, source: str, start: int | None = None, stop: int | None = None) -> Waveform:
        """Read the trace. What it selects for that (source, mode, range) only counts for the next download.

        Args:
            source: `screen` for what is shown, 1000 points; `memory` for all that was captured, while it is stopped.
            start: The first point wanted from the memory, from 1; 1 if none is given.
            stop: The last one, at most 250000 points in one call; as many as that if none is given.

        Raises:
            UsageError: The channel is hidden; or it is to be the memory, and the scope is running.
        """

    @reads
    def state(self) -> ScopeState:
        """Read everything at once."""

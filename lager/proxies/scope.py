"""A script's oscilloscope channel: the calls of the contract, and beside them what people think in.

`scope.measurement.frequency()`, `scope.trace_settings`, `scope.trigger_settings.edge`, `scope.cursor`, and `waveform`,
which is the only one that needs numpy. Their modules are imported with the first scope a script gets.
"""

from __future__ import annotations

import re
import reprlib
from typing import TYPE_CHECKING

from lager import errors, roles, wire
from lager.proxies import numbers
from lager.proxies.proxy import Bench, Proxy
from lager.proxies.released import without_teardown
from lager.proxies.waiting import Clock, SystemClock

if TYPE_CHECKING:
    from lager.proxies.scope_cursor import Cursor
    from lager.proxies.scope_measurement import Measurement
    from lager.proxies.scope_trace import Trace
    from lager.proxies.scope_trigger import TriggerSettings

_LINE = re.compile(r"CHAN[1-4]|D(\d|1[0-5])|MATH[1-4]|AC")  # sources that need not be nets


class Scope(Proxy):
    """A channel of an oscilloscope. A setting's method gets it, after setting it if a value is given.

    Attributes:
        measurement: What can be measured on the trace: a method for each.
        trace_settings: Scales and offsets.
        trigger_settings: The trigger, for all channels of the instrument.
        cursor: The cursors on the instrument's screen.
    """

    measurement: Measurement
    trace_settings: TraceSettings
    trigger_settings: TriggerSettings
    cursor: Cursor

    _clock: Clock = SystemClock()

    def __init__(self, net: wire.NetRecord, hardware: Bench) -> None:
        super().__init__(net, hardware)
        from lager.proxies.scope_cursor import Cursor
        from lager.proxies.scope_measurement import Measurement
        from lager.proxies.scope_trigger import TriggerSettings

        self.measurement = Measurement(self)
        self.trace_settings = TraceSettings(self)
        self.trigger_settings = TriggerSettings(self)
        self.cursor = Cursor(self)

    def enable(self) -> None:
        """Show the channel."""
        self._do("enable")

    @without_teardown
    def disable(self) -> None:
        """Hide the channel; it is then not captured."""
        self._do("disable")

    def output_is_enabled(self) -> bool:
        """Get whether the channel is shown."""
        return self._ask(bool, "output_is_enabled")

    def start_capture(self) -> None:
        """Capture again and again."""
        self._do("start_capture")

    def stop_capture(self) -> None:
        """Stop capturing; the last capture stays."""
        self._do("stop_capture")

    def start_single_capture(self) -> None:
        """Wait for the trigger, capture once, and stop."""
        self._do("start_single_capture")

    def wait_for_capture(self, timeout: float = 10.0, poll_interval: float = 0.05) -> None:
        """Wait until a single capture has been made: many short looks, so that others have the instrument in between.

        Args:
            timeout: s.
            poll_interval: Between two looks, s.

        Raises:
            NothingCaptured: No trigger came in time.
        """
        within = numbers.at_least_0(self.name, "timeout", timeout)
        every = numbers.at_least_0(self.name, "poll_interval", poll_interval)
        until = self._clock.now() + within
        while (status := self.trigger_get("status")) != "stopped":
            if self._clock.now() >= until:
                raise errors.NothingCaptured(
                    f"{self.name}: nothing was captured within {within:g} s, the scope is {status}",
                    "look at the trigger's source and level; start_single_capture() first; force_trigger() ends a wait",
                )
            self._clock.sleep(every)

    def force_trigger(self) -> None:
        """Trigger now, whatever the signal."""
        self._do("force_trigger")

    def autoscale(self) -> None:
        """Have the instrument choose scales and trigger for the signals it sees. Takes up to 15 s."""
        self._do("autoscale")

    def measure(self, item: str, other: str | None = None) -> float | None:
        """Measure the trace on the screen; None only where the instrument says that it cannot be measured there.

        Args:
            item: What, such as `voltage_peak_to_peak`; in V, s, Hz, V*s, V/s, degrees, or a ratio.
            other: For delays and phases, the second source: `CHAN2`, `D0`, `MATH1`.
        """
        return self._ask(float | None, "measure", item, *([] if other is None else [other]))

    def show_measurement(self, item: str, other: str | None = None) -> None:
        """Show a measurement on the instrument's screen, until `clear_measurements`."""
        self._do("show_measurement", item, *([] if other is None else [other]))

    def clear_measurements(self) -> None:
        """Take all measurements off the instrument's screen."""
        self._do("clear_measurements")

    def volts_per_div(self, volts: float | None = None) -> float:
        """Get the vertical scale, V, after setting it if a value is given."""
        return self._parameter("volts_per_div", volts)

    def volt_offset(self, volts: float | None = None) -> float:
        """Get the vertical offset, V, after setting it if a value is given."""
        return self._parameter("volt_offset", volts)

    def time_per_div(self, seconds: float | None = None) -> float:
        """Get the horizontal scale, s, after setting it if a value is given."""
        return self._parameter("time_per_div", seconds)

    def time_offset(self, seconds: float | None = None) -> float:
        """Get the time of the screen's centre from the trigger, s, after setting it if a value is given."""
        return self._parameter("time_offset", seconds)

    def coupling(self, coupling: str | None = None) -> str:
        """Get the input's coupling, `AC`, `DC` or `GND`, after setting it if one is given."""
        return self._ask(str, "coupling", *([] if coupling is None else [coupling]))

    def probe(self, ratio: float | None = None) -> float:
        """Get the probe's attenuation, 10 for a 10x one, after setting it if one is given; scales change with it."""
        return self._parameter("probe", ratio)

    def bandwidth_limit(self, hertz: float | None = None) -> float:
        """Get the bandwidth limit, Hz, 0 for none, after setting it if one is given."""
        return self._parameter("bandwidth_limit", hertz)

    def memory_depth(self, points: int | None = None) -> int:
        """Get how many points are kept, after setting it if a number is given: 0 lets the instrument choose."""
        return self._ask(int, "memory_depth", *([] if points is None else [numbers.whole(self.name, points)]))

    def trigger_get(self, parameter: str) -> float | str:
        """Get a parameter of the trigger: `type`, `sweep`, `status`, `edge.level`, `pulse.upper`; V or s, or a word."""
        return self._ask(float | str, "trigger_get", parameter)

    def trigger_set(self, parameter: str, value: float | str) -> None:
        """Set a parameter of the trigger, V or s, or a word. Setting those of a type does not select the type."""
        self._do("trigger_set", parameter, value if isinstance(value, str) else self._number(value))

    def trigger_setup(self, settings: dict[str, float | str]) -> None:
        """Set parameters of the trigger, V or s, or words, in that order; none where one of them cannot be so."""
        if not isinstance(settings, dict):
            raise errors.UsageError(
                f"{self.name}: {reprlib.repr(settings)} are no settings", "give them by name: {'edge.level': 1.65}"
            )
        given = {name: one if isinstance(one, str) else self._number(one) for name, one in settings.items()}
        self._do("trigger_setup", given)

    def cursor_mode(self, mode: str | None = None) -> str:
        """Get the cursors' mode, `off`, `manual`, `track`, `xy` or `measure`, after setting it if one is given."""
        return self._ask(str, "cursor_mode", *([] if mode is None else [mode]))

    def cursors(self) -> roles.ScopeCursors:
        """Read where the manual cursors are.

        Raises:
            UsageError: The cursors' mode is not `manual`.
        """
        return self._ask(roles.ScopeCursors, "cursors")

    def move_cursor(self, cursor: str, x: int | None = None, y: int | None = None) -> None:
        """Show the manual cursors on this channel, and put one of them somewhere.

        Args:
            cursor: `A` or `B`.
            x: On the screen, 0 (left) to 999; where it is, if none is given.
            y: On the screen, 0 (bottom) to 479; where it is, if none is given.
        """
        self._do("move_cursor", cursor, *(None if one is None else numbers.whole(self.name, one) for one in (x, y)))

    def download(self, source: str, start: int | None = None, stop: int | None = None) -> roles.Waveform:
        """Read the trace. What it selects for that (source, mode, range) only counts for the next download.

        Args:
            source: `screen` for what is shown, 1000 points; `memory` for all that was captured, while it is stopped.
            start: The first point wanted from the memory, from 1; 1 if none is given.
            stop: The last one, at most 250000 points in one call; as many as that if none is given.

        Raises:
            UsageError: The channel is hidden; or it is to be the memory, and the scope is running.
        """
        return self._ask(roles.Waveform, "download", source, start, stop)

    def waveform(self, source: str = "screen") -> Trace:
        """Read the trace as arrays of time (s) and volts (V); needs numpy.

        Args:
            source: `screen` for what is shown, 1000 points; `memory` for all that was captured, in pieces, while it is
                stopped. 1 million points take some 1 s; the most there can be, minutes.

        Raises:
            UsageError: The channel is hidden; or it is to be the memory, and the scope is running.
            InstrumentError: The capture became another one between two pieces.
        """
        from lager.proxies.scope_trace import read

        return read(self, source)

    def state(self) -> roles.ScopeState:
        """Read everything at once."""
        return self._ask(roles.ScopeState, "state")

    def source_of(self, net: Scope | str) -> str:
        """Name another channel of this instrument as triggers and measurements name their sources.

        Args:
            net: A scope net, or its name; or a line of the instrument that is no net: `CHAN2`, `D0`, `AC`.

        Raises:
            UsageError: It is a channel of another instrument, or no net of a scope at all.
            NetNotFound: The bench has no such net.
        """
        if isinstance(net, Scope):
            name, address, channel = net.name, net.address, str(net.channel)
        elif not isinstance(net, str):
            raise errors.UsageError(
                f"{self.name}: {reprlib.repr(net)} is no source", "give a scope net, its name, or a line such as `D0`"
            )
        elif _LINE.fullmatch(net):
            return net
        else:
            record = self._hardware.net(net, self.type.role)
            name, address, channel = record.name, record.address, record.pin
        if address != self.address:
            raise errors.UsageError(
                f"{name} is on another instrument than {self.name}", "give a channel of the same scope"
            )
        return f"CHAN{channel}"


class TraceSettings:
    """Scales and offsets of a channel. Those of time are the same for all channels of the instrument."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __repr__(self) -> str:
        return f"<TraceSettings {self._scope.name}>"

    def set_volts_per_div(self, volts: float) -> None:
        """Set the vertical scale, V."""
        self._scope.volts_per_div(volts)

    def get_volts_per_div(self) -> float:
        """Get the vertical scale, V."""
        return self._scope.volts_per_div()

    def set_volt_offset(self, volts: float) -> None:
        """Set the vertical offset, V."""
        self._scope.volt_offset(volts)

    def get_volt_offset(self) -> float:
        """Get the vertical offset, V."""
        return self._scope.volt_offset()

    def set_time_per_div(self, seconds: float) -> None:
        """Set the horizontal scale, s."""
        self._scope.time_per_div(seconds)

    def get_time_per_div(self) -> float:
        """Get the horizontal scale, s."""
        return self._scope.time_per_div()

    def set_time_offset(self, seconds: float) -> None:
        """Set the time of the screen's centre from the trigger, s."""
        self._scope.time_offset(seconds)

    def get_time_offset(self) -> float:
        """Get the time of the screen's centre from the trigger, s."""
        return self._scope.time_offset()

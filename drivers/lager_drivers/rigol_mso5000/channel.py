"""One channel of an MSO5000, as the scope contract has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lager.errors import OutOfRange, UsageError
from lager.roles import ScopeCursors, ScopeState, Waveform
from lager_drivers.rigol_mso5000.measurements import BETWEEN, ITEMS
from lager_drivers.rigol_mso5000.models import DEPTHS
from lager_drivers.rigol_mso5000.settings import AUTO, BANDWIDTH, Channel, Cursor, Whole
from lager_drivers.rigol_mso5000.trigger import Trigger, written_source
from lager_drivers.rigol_mso5000.values import POINTS, confirm, short
from lager_drivers.scpi import Kind

if TYPE_CHECKING:
    from lager_drivers.rigol_mso5000.instrument import MSO5000

_NOT_MEASURABLE = 9e36  # and more: others' drivers compare with this, the scope says 9.9E37
_TOP = 479  # pixel row at the bottom of the screen; the contract counts upwards


def _measured(reply: str) -> float | None:
    value = float(reply)
    if value != value:
        raise ValueError("expected a number")
    return None if abs(value) >= _NOT_MEASURABLE else value


MEASURED: Kind[float | None] = Kind("V, s, Hz, degrees or a ratio", _measured, str)


class ScopeChannel:
    """One channel."""

    def __init__(self, scope: MSO5000, channel: Channel) -> None:
        self._scope, self._channel = scope, channel
        self._dialog = scope.dialog
        self._trigger = Trigger(scope.dialog, scope.whole, channel)

    def enable(self) -> None:
        """Show the channel."""
        self._channel.shown = True

    def disable(self) -> None:
        """Hide the channel; it is then not captured."""
        self._channel.shown = False

    def output_is_enabled(self) -> bool:
        """Get whether the channel is shown."""
        return self._channel.shown

    def start_capture(self) -> None:
        """Capture again and again."""
        self._scope.capture(":RUN")

    def stop_capture(self) -> None:
        """Stop capturing; the last capture stays."""
        self._dialog.send(":STOP")

    def start_single_capture(self) -> None:
        """Wait for the trigger, capture once, and stop."""
        self._scope.capture(":SING")

    def force_trigger(self) -> None:
        """Trigger now, whatever the signal."""
        self._scope.capture(":TFOR")

    def autoscale(self) -> None:
        """Have the scope choose scales and trigger; returns when it has ended, up to 15 s later."""
        self._scope.capture(":AUT", settle=self._scope.wait_until_done)

    def measure(self, item: str, other: str | None = None) -> float | None:
        """Measure the trace on the screen, in V, s, Hz, V*s, V/s, degrees or a ratio; None where the scope cannot."""
        return self._dialog.ask(f":MEAS:ITEM? {self._item(item, other)}", MEASURED)

    def show_measurement(self, item: str, other: str | None = None) -> None:
        """Show a measurement on the scope's screen."""
        self._dialog.send(f":MEAS:ITEM {self._item(item, other)}")

    def clear_measurements(self) -> None:
        """Take all measurements off the scope's screen."""
        self._dialog.send(":MEAS:CLE ALL")

    def volts_per_div(self, volts: float | None = None) -> float:
        """Get the vertical scale, V, after setting it if a value is given."""
        return self._channel.volts_per_div if volts is None else Channel.volts_per_div.put(self._channel, volts)

    def volt_offset(self, volts: float | None = None) -> float:
        """Get the vertical offset, V, after setting it if a value is given."""
        return self._channel.volt_offset if volts is None else Channel.volt_offset.put(self._channel, volts)

    def time_per_div(self, seconds: float | None = None) -> float:
        """Get the horizontal scale, s, after setting it if a value is given."""
        whole = self._scope.whole
        return whole.time_per_div if seconds is None else Whole.time_per_div.put(whole, seconds)

    def time_offset(self, seconds: float | None = None) -> float:
        """Get the time of the screen's centre from the trigger, s, after setting it if a value is given."""
        whole = self._scope.whole
        return whole.time_offset if seconds is None else Whole.time_offset.put(whole, seconds)

    def coupling(self, coupling: str | None = None) -> str:
        """Get the input's coupling, after setting it if one is given."""
        return self._channel.coupling if coupling is None else Channel.coupling.put(self._channel, coupling)

    def probe(self, ratio: float | None = None) -> float:
        """Get the probe's attenuation, after setting it if one is given."""
        return self._channel.probe if ratio is None else self._channel.put_probe(ratio)

    def bandwidth_limit(self, hertz: float | None = None) -> float:
        """Get the bandwidth limit, Hz, 0 for none, after setting it if one is given.

        Raises:
            OutOfRange: This model has no such limit.
        """
        if hertz is None:
            return self._channel.bandwidth_limit
        limits = (0.0, *self._scope.whole.model.limits)
        if hertz not in limits:
            has = ", ".join(f"{limit / 1e6:g} MHz" for limit in limits[1:])
            raise OutOfRange(
                f"this scope has no bandwidth limit of {hertz / 1e6:g} MHz", f"it has {has}, or 0 for none"
            )
        self._channel.bandwidth_limit = hertz
        found = self._channel.bandwidth_limit
        return confirm(f"bandwidth limit {BANDWIDTH.render(hertz)}", "Hz", hertz, found, 0.0)

    def memory_depth(self, points: int | None = None) -> int:
        """Get how many points are kept, after setting it if a number is given: 0 lets the scope choose.

        Raises:
            UsageError: The scope is stopped: then it would not take it.
        """
        whole = self._scope.whole
        if points is None:
            return whole.memory_depth()
        if points not in (AUTO, *DEPTHS):
            known = ", ".join(map(str, (AUTO, *DEPTHS)))
            raise OutOfRange(
                f"this scope has no memory depth of {points:g} points", f"it has {known}; 0 lets it choose"
            )
        if whole.status == "stopped":
            raise UsageError("the memory depth cannot be changed while the scope is stopped", "start it first")
        whole.memory_setting = points
        found = whole.memory_depth()
        return found if points == AUTO else round(confirm("memory depth", POINTS, points, found, 0.0))

    def trigger_get(self, parameter: str) -> float | str:
        """Get a parameter of the trigger, V or s, or a word."""
        return self._trigger.get(parameter)

    def trigger_set(self, parameter: str, value: float | str) -> None:
        """Set a parameter of the trigger, V or s, or a word.

        Raises:
            OutOfRange: A number outside what the scope can have: of a level, outside its source's screen.
            UsageError: There is no such parameter, or it cannot be that.
            InstrumentRefused: The scope has something else then.
        """
        self._trigger.set({parameter: value})

    def trigger_setup(self, settings: dict[str, float | str]) -> None:
        """Set parameters of the trigger, V or s, or words, in that order; raises as `trigger_set` does.

        Where it is out of range, or cannot be, none is sent.
        """
        self._trigger.set(settings)

    def cursor_mode(self, mode: str | None = None) -> str:
        """Get the cursors' mode, after setting it if one is given."""
        whole = self._scope.whole
        return whole.cursor_mode if mode is None else Whole.cursor_mode.put(whole, mode)

    def cursors(self) -> ScopeCursors:
        """Read where the manual cursors are: pixels, s and V."""
        if (mode := self._scope.whole.cursor_mode) != "manual":
            raise UsageError(f"the cursors' mode is {mode}", "put cursor A or B somewhere: that shows them")
        a, b = (Cursor(self._dialog, c=name) for name in "AB")
        return ScopeCursors(
            a_x=a.x,
            a_y=_TOP - a.y,
            b_x=b.x,
            b_y=_TOP - b.y,
            a_seconds=a.seconds,
            a_volts=a.volts,
            b_seconds=b.seconds,
            b_volts=b.volts,
        )

    def move_cursor(self, cursor: str, x: int | None = None, y: int | None = None) -> None:
        """Show the manual cursors on this channel, and put one of them somewhere; pixels, from the bottom left."""
        if cursor not in ("A", "B"):
            raise UsageError(f"there is no cursor {cursor!r}", "choose `A` or `B`")
        one, row = Cursor(self._dialog, c=cursor), None if y is None else _TOP - y
        if x is not None:
            Cursor.x.check(one, x)
        if row is not None:
            Cursor.y.check(one, row)
        Whole.cursor_mode.put(self._scope.whole, "manual")
        self._dialog.send(f":CURS:MAN:SOUR CHAN{self._channel.ch}")
        if x is not None:
            one.x = x
        if row is not None:
            one.y = row

    def download(self, source: str, start: int | None = None, stop: int | None = None) -> Waveform:
        """Read the trace, from the `screen` or the `memory`: codes, and what makes s and V of them."""
        return self._scope.downloads.read(self._channel, source, start, stop)

    def state(self) -> ScopeState:
        """Read everything at once: V, s, Hz."""
        channel, whole = self._channel, self._scope.whole
        return ScopeState(
            channel=channel.ch,
            enabled=channel.shown,
            status=whole.status,
            volts_per_div=channel.volts_per_div,
            volt_offset=channel.volt_offset,
            coupling=channel.coupling,
            probe=channel.probe,
            bandwidth_limit=channel.bandwidth_limit,
            time_per_div=whole.time_per_div,
            time_offset=whole.time_offset,
            trigger_type=whole.trigger_type,
            trigger_sweep=whole.trigger_sweep,
            sample_rate=whole.sample_rate,
            memory_depth=whole.memory_depth(),
        )

    def _item(self, item: str, other: str | None) -> str:
        """Write an item of measurement with its sources."""
        own = f"CHAN{self._channel.ch}"
        if item in ITEMS and other is None:
            return f"{short(ITEMS[item])},{own}"
        if item in BETWEEN and other is not None:
            return f"{short(BETWEEN[item])},{own},{written_source(other, self._scope.whole.model)}"
        if item in ITEMS or item in BETWEEN:
            needs = "two sources: name the other one" if item in BETWEEN else "one source"
            raise UsageError(f"{item} is measured on {needs}", "give a second source for delays and phases only")
        raise UsageError(f"there is no measurement {item!r}", f"there are {', '.join([*ITEMS, *BETWEEN])}")

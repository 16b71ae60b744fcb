"""What is set on an MSO5000, but for its trigger: of a channel, and of the whole scope, as the command tables have it.

Ranges hold for the probe and the scale of the moment, so both are asked before a value is accepted.
"""

from __future__ import annotations

from lager.errors import OutOfRange
from lager_drivers.rigol_mso5000.models import SLOWEST, Model
from lager_drivers.rigol_mso5000.triggers import STATES, SWEEPS, TYPES
from lager_drivers.rigol_mso5000.values import Chosen, Rounded, choice, number
from lager_drivers.scpi import SWITCH, Control, Dialog, Kind, Measure, Node, quantity

_VOLTS, _SECONDS, _RATIO, _RATE = number("V"), number("s"), number("x"), number("Sa/s")
_DECADES = range(-4, 5)
_PROBES = tuple(float(f"{step}e{decade}") for decade in _DECADES for step in (1, 2, 5))
# Offset that a channel can have, by its scale, both in V at a 1x probe; beyond the last it is the last
_OFFSETS = ((0.0505, 1.0), (0.2605, 30.0), (float("inf"), 100.0))
_UNITS = {"K": 1e3, "M": 1e6}
AUTO = 0  # as a memory depth: the scope chooses


def _bandwidth(reply: str) -> float:
    text = reply.strip().upper()
    if text == "OFF":
        return 0.0
    if text[-1:] != "M":
        raise ValueError("expected OFF, 20M, 100M or 200M")
    return float(text[:-1]) * 1e6


def _depth(reply: str) -> int:
    """Read `AUTO`, `10k`, `1M` or, as some firmware has it, `1.0000E+03`."""
    text = reply.strip().upper()
    if text == "AUTO":
        return AUTO
    if text[-1:] in _UNITS:
        return round(float(text[:-1]) * _UNITS[text[-1]])
    return round(quantity(text, "pts"))


def _render_depth(points: int) -> str:
    if not points:
        return "AUTO"
    return f"{points // 1_000_000}M" if points >= 1_000_000 else f"{points // 1000}k"  # the words of the guide's list


COUPLING = choice("word", {"DC": "DC", "AC": "AC", "GND": "GND"})
BANDWIDTH: Kind[float] = Kind("Hz", _bandwidth, lambda hertz: f"{hertz / 1e6:g}M" if hertz else "OFF")
DEPTH: Kind[int] = Kind("points", _depth, _render_depth)
CURSORS = choice("word", {"off": "OFF", "manual": "MANual", "track": "TRACk", "xy": "XY", "measure": "MEASure"})
_PIXELS: Kind[int] = Kind("pixels", lambda reply: round(quantity(reply, "")), str)


def _scales(channel: Channel) -> tuple[float, float]:
    probe = channel.probe
    return 500e-6 * probe, 10.0 * probe


def _offsets(channel: Channel) -> tuple[float, float]:
    probe, scale = channel.probe, channel.volts_per_div
    limit = next(limit for below, limit in _OFFSETS if scale / probe <= below) * probe
    return -limit, limit


class Channel(Node):
    """One analog channel."""

    def __init__(self, dialog: Dialog, ch: int) -> None:
        super().__init__(dialog, ch=ch)
        self.ch = ch

    shown = Control(":CHAN{ch}:DISP?", ":CHAN{ch}:DISP {value}", SWITCH, "Control whether the channel is shown")
    coupling = Chosen(":CHAN{ch}:COUP", COUPLING, "Control the coupling")
    bandwidth_limit = Control(":CHAN{ch}:BWL?", ":CHAN{ch}:BWL {value}", BANDWIDTH, "Control the bandwidth limit")
    # In full: some firmware does not answer the short form of this one (field report)
    probe = Rounded(":CHANnel{ch}:PROBe", _RATIO, "Control the probe's attenuation")
    volts_per_div = Rounded(":CHAN{ch}:SCAL", _VOLTS, "Control the scale", _scales)
    volt_offset = Rounded(
        ":CHAN{ch}:OFFS", _VOLTS, "Control the offset", _offsets, lambda channel: channel.volts_per_div / 20
    )

    def screen(self) -> tuple[float, float]:
        """Give the least and the greatest level a trigger can have on it, V (Programming Guide, trigger levels)."""
        scale, offset = self.volts_per_div, self.volt_offset
        return -5 * scale - offset, 5 * scale - offset

    def put_probe(self, ratio: float) -> float:
        """Set the attenuation, and give it.

        Raises:
            OutOfRange: There is no such probe.
        """
        if ratio not in _PROBES:
            raise OutOfRange(
                f"a probe of {ratio:g}x is none the scope knows", "choose 1, 2 or 5 times a power of ten up to 50000"
            )
        return Channel.probe.put(self, ratio)


def _speeds(scope: Whole) -> tuple[float, float]:
    return scope.model.fastest, SLOWEST


def _delays(_: Whole) -> tuple[float, float]:
    """Give the largest there can be at all: what the scope takes depends on its memory, and is read back."""
    return -10 * SLOWEST, 10 * SLOWEST


class Whole(Node):
    """The scope itself."""

    def __init__(self, dialog: Dialog, model: Model) -> None:
        super().__init__(dialog)
        self.model = model

    time_per_div = Rounded(":TIM:MAIN:SCAL", _SECONDS, "Control the timebase", _speeds)
    time_offset = Rounded(
        ":TIM:MAIN:OFFS", _SECONDS, "Control the horizontal offset", _delays, lambda scope: scope.time_per_div / 50
    )
    status = Measure(":TRIG:STAT?", STATES, "Get what the capture is doing")
    trigger_type = Measure(":TRIG:MODE?", TYPES, "Get the type of trigger")
    trigger_sweep = Measure(":TRIG:SWE?", SWEEPS, "Get the trigger's sweep")
    sample_rate = Measure(":ACQ:SRAT?", _RATE, "Get the sample rate")
    memory_setting = Control(":ACQ:MDEP?", ":ACQ:MDEP {value}", DEPTH, "Control the memory depth")
    cursor_mode = Chosen(":CURS:MODE", CURSORS, "Control the cursors' mode")

    def memory_depth(self) -> int:
        """Get how many points of each channel are kept: where the scope chooses, what rate and screen make of it."""
        depth = self.memory_setting
        return depth if depth != AUTO else round(self.sample_rate * self.time_per_div * 10)


class Cursor(Node):
    """One of the two manual cursors; `c` is `A` or `B`. Pixels count from the left, and from the top."""

    x = Control(":CURS:MAN:C{c}X?", ":CURS:MAN:C{c}X {value}", _PIXELS, "Control the column", lambda _: (0, 999))
    y = Control(":CURS:MAN:C{c}Y?", ":CURS:MAN:C{c}Y {value}", _PIXELS, "Control the row", lambda _: (0, 479))
    seconds = Measure(":CURS:MAN:{c}XV?", _SECONDS, "Get its time from the trigger")
    volts = Measure(":CURS:MAN:{c}YV?", _VOLTS, "Get its level")

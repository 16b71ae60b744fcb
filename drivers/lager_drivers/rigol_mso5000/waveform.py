"""The download of a trace from an MSO5000: one for each call, all of its selections made anew.

The scope has one set of registers for it (source, mode, range), shared by all links; so each download sets every one of
them, and checks what comes against the preamble: a trace of another channel or range is an error, never an answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from lager.errors import ChannelHidden, InstrumentError, StillCapturing, UsageError
from lager.roles import Waveform
from lager_drivers.rigol_mso5000.settings import Channel, Whole
from lager_drivers.scpi import Dialog, Kind, quantity

POINTS = 1000  # on the screen: 10 divisions of 100 (Programming Guide)
PIECE = 250_000  # points in one call: as others' drivers have it, and some 0.2 s by USB
_ASKED = 5  # times, until a preamble makes sense: now and then its xincrement is 0 (others' drivers skip those)
_PAUSE = 0.1  # s between the traces of two channels: without, the firmware may freeze (field report)
_BYTES = 0  # the format field of the preamble
_MODES = {"screen": ("NORM", 0), "memory": ("RAW", 2)}


class Preamble(NamedTuple):
    """What the scope says of the trace it is about to send; seconds and volts."""

    form: int
    mode: int
    points: int
    averages: int
    x_increment: float
    x_origin: float
    x_reference: float
    y_increment: float
    y_origin: float
    y_reference: float


def _preamble(reply: str) -> Preamble:
    fields = [quantity(field, "") for field in reply.split(",")]
    if len(fields) != len(Preamble._fields):
        raise ValueError(f"expected {len(Preamble._fields)} numbers")
    form, mode, points, averages = (round(field) for field in fields[:4])
    return Preamble(form, mode, points, averages, *fields[4:])


PREAMBLE: Kind[Preamble] = Kind("preamble", _preamble, str)


class Range(NamedTuple):
    """Which points are wanted, counted from 1, and how many the whole trace has."""

    start: int
    stop: int
    total: int


class Downloads:
    """The waveform registers of one scope.

    Args:
        dialog: The scope's conversation.
        whole: The scope.
        clock: Monotonic time, s.
        sleep: Waits, s.
    """

    def __init__(
        self, dialog: Dialog, whole: Whole, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._dialog, self._whole = dialog, whole
        self._clock, self._sleep = clock, sleep
        self._last = 0, 0.0  # channel, and when its download ended
        self.captures = 0

    def read(self, channel: Channel, source: str, start: int | None, stop: int | None) -> Waveform:
        """Read the trace of a channel, or a piece of it; as `Scope.download`."""
        if source not in _MODES:
            raise UsageError(f"there is no waveform source {source!r}", "choose `screen` or `memory`")
        wanted = self._wanted(channel, source, start, stop)
        mode, expected = _MODES[source]
        self._rest(channel.ch)
        # The range is opened first, so that neither end is ever on the wrong side of the other's old value
        marks = [":WAV:STAR 1", f":WAV:STOP {wanted.stop}", f":WAV:STAR {wanted.start}"]
        self._dialog.send(
            f":WAV:SOUR CHAN{channel.ch}", f":WAV:MODE {mode}", ":WAV:FORM BYTE", *marks[: 3 if wanted.start > 1 else 2]
        )
        preamble = self._preamble(expected)
        if source == "memory":
            self._refuse_zoomed(preamble)
        # Asked for too soon after a trigger, data would be announced and never come: *WAI first (others' drivers)
        self._dialog.send("*WAI")
        codes = self._dialog.ask_block(":WAV:DATA?")
        self._last = channel.ch, self._clock()
        if not preamble.points:
            raise InstrumentError(
                f"the scope has no trace of channel {channel.ch}: nothing was captured while it was shown",
                "capture again, then read it",
            )
        count = preamble.points if source == "screen" else wanted.stop - wanted.start + 1
        if not 0 < count <= len(codes):  # more may come than was asked for (field report); its first are what was
            raise InstrumentError(
                f"the scope sent {len(codes)} points of CHAN{channel.ch}, not {count}",
                "call again; change no setting of the scope meanwhile",
            )
        total = count if source == "screen" else wanted.total
        return self._waveform(channel.ch, source, preamble, codes[:count], wanted._replace(total=total))

    def _wanted(self, channel: Channel, source: str, start: int | None, stop: int | None) -> Range:
        if not channel.shown:
            raise ChannelHidden(
                f"channel {channel.ch} is hidden, and so has no trace", "enable() it, and capture again"
            )
        if source == "screen":
            if start is not None or stop is not None:
                raise UsageError("the screen is read as a whole", "leave out start and stop, or read the `memory`")
            return Range(1, POINTS, POINTS)
        status = self._whole.status
        if status != "stopped":
            raise StillCapturing(
                f"the memory can be read only while the scope is stopped, and it is {status}",
                "stop_capture() first; or start_single_capture(), and wait until its trigger has come",
            )
        total = self._whole.memory_depth()
        first = 1 if start is None else start
        last = min(total, first + PIECE - 1) if stop is None else stop
        if not 1 <= first <= last <= min(total, first + PIECE - 1):
            raise UsageError(
                f"points {first} to {last} are not in the memory, or are too many for one call",
                f"it has points 1 to {total}; ask for at most {PIECE} at once",
            )
        return Range(first, last, total)

    def _rest(self, channel: int) -> None:
        last, ended = self._last
        if last not in (0, channel):
            self._sleep(max(0.0, ended + _PAUSE - self._clock()))

    def _preamble(self, mode: int) -> Preamble:
        for _ in range(_ASKED):
            preamble = self._dialog.ask(":WAV:PRE?", PREAMBLE)
            if (preamble.form, preamble.mode) == (_BYTES, mode) and preamble.x_increment > 0 < preamble.y_increment:
                return preamble
        raise InstrumentError(
            f"the scope does not say how its trace is to be read: {','.join(f'{field:g}' for field in preamble)}",
            "see that nobody else uses it over another link, then call again",
        )

    def _refuse_zoomed(self, preamble: Preamble) -> None:
        """Refuse a memory whose depth is not known: the scope tells the one that its present timebase would have."""
        rate = self._whole.sample_rate
        if not math.isclose(preamble.x_increment * rate, 1.0, rel_tol=0.01):
            raise UsageError(
                "the timebase, or which channels are shown, was changed since the capture "
                f"({1 / preamble.x_increment:g} points per second then, {rate:g} now): the memory's length is unknown",
                "set that back to what it was, or capture again",
            )

    def _waveform(self, channel: int, source: str, preamble: Preamble, codes: bytes, part: Range) -> Waveform:
        return Waveform(
            channel=channel,
            source=source,
            start=part.start,
            total=part.total,
            codes=codes,
            x_increment=preamble.x_increment,
            x_origin=preamble.x_origin,
            x_reference=preamble.x_reference,
            y_increment=preamble.y_increment,
            y_origin=preamble.y_origin,
            y_reference=preamble.y_reference,
            capture=self.captures,
        )

"""The :WAVeform commands of a simulated MSO5000: which points are read, in which form, and what scales them.

`STARt` and `STOP` say which points; `POINts` moves `STOP`. `XORigin` is the time of the first point there is, of the
screen or of the memory, wherever `STARt` is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from lager_drivers.blocks import block
from lager_drivers.rigol_mso5000.simulated_acquisition import Record
from lager_drivers.rigol_mso5000.simulated_input import Front
from lager_drivers.rigol_mso5000.simulated_settings import Number, Setting, Word, commands, real
from lager_drivers.rigol_mso5000.simulated_timebase import POINTS, View
from lager_drivers.rigol_mso5000.simulated_trigger_settings import ANALOG, DIGITAL
from lager_drivers.simulated.scpi_parser import Command, ScpiError

if TYPE_CHECKING:
    from lager_drivers.rigol_mso5000 import simulated_samples as samples

_REFERENCE = 128  # code of the middle of the screen
_PER_DIVISION = 25  # codes
_FORMATS, _TYPES = ("BYTE", "WORD", "ASC"), ("NORM", "MAX", "RAW")
_NO_FRONT = Front((), 0.0, "GND", 1.0, 0.0, 0.0, 0.0)


class _Points(NamedTuple):
    """How many points there are, when the first one is, and what is between two; s."""

    number: int
    first: float
    step: float


class Waveform:
    """The waveform subsystem.

    Args:
        record: Brings the acquisition up to now, and gives its record.
        running: Gives whether it runs.
        view: Gives what is on the screen.
        depth: Gives the memory's depth now.
        form: Writes numbers.
        raw_running: What the memory is read as while it runs: "empty", an empty block; "silent", no answer.
    """

    def __init__(
        self,
        record: Callable[[], Record | None],
        running: Callable[[], bool],
        view: Callable[[], View],
        depth: Callable[[], int],
        form: Callable[[float], str] = real,
        *,
        raw_running: str = "empty",
    ) -> None:
        self._record, self._running, self._view, self._depth = record, running, view, depth
        self._form, self._raw_running = form, raw_running
        self.source = Word(f"{ANALOG} {DIGITAL} MATH1 MATH2 MATH3 MATH4")
        self.mode = Word("NORMal MAXimum RAW")
        self.format = Word("WORD BYTE ASCii", "BYTE")
        self.start = Number(1, self._numbers, _whole, round)
        self.stop = Number(POINTS, self._numbers, _whole, round)

    def commands(self) -> list[Command]:
        """Make the commands."""
        settings: dict[str, Setting] = {
            "SOURce": self.source,
            "FORMat": self.format,
            "STARt": self.start,
            "STOP": self.stop,
        }
        return [
            *commands(":WAVeform", settings),
            Command(":WAVeform:XINCrement", lambda _: self._form(self._points().step)),
            Command(":WAVeform:XORigin", lambda _: self._form(self._points().first)),
            Command(":WAVeform:XREFerence", lambda _: "0"),
            Command(":WAVeform:YINCrement", lambda _: self._form(self._front().scale / _PER_DIVISION)),
            Command(":WAVeform:YORigin", lambda _: str(self._origin())),
            Command(":WAVeform:YREFerence", lambda _: str(_REFERENCE)),
            Command(":WAVeform:PREamble", lambda _: self._preamble()),
            Command(":WAVeform:MODE", self.mode.ask, self._choose),
            Command(":WAVeform:POINts", lambda _: str(max(0, self._asked()[1])), self._set_points),
            Command(":WAVeform:DATA", lambda _: self._data()),
        ]

    def reset(self) -> None:
        """Go back to what *RST makes of it."""
        for setting in (self.source, self.mode, self.format, self.start, self.stop):
            setting.reset()

    def _choose(self, arguments: list[str]) -> None:
        self.mode.do(arguments)
        most = self._numbers()[1]
        self.start.value, self.stop.value = min(self.start.value, most), min(self.stop.value, most)

    def _set_points(self, arguments: list[str]) -> None:
        points = Number(POINTS, self._numbers, _whole, round)
        points.do(arguments)
        self.stop.value = min(self.start.value + points.value - 1, self._numbers()[1])

    def _of_memory(self) -> bool:
        """Get whether the memory is meant, and not the screen."""
        return self.mode.value == "RAW" or (self.mode.value == "MAX" and not self._running())

    def _numbers(self) -> tuple[float, float]:
        return 1, self._memory_depth() if self._of_memory() else POINTS

    def _memory_depth(self) -> int:
        record = self._record()
        return self._depth() if record is None or self._running() else record.window.depth

    def _front(self) -> Front:
        record = self._record()
        return _NO_FRONT if record is None else record.fronts.get(self.source.value, _NO_FRONT)

    def _origin(self) -> int:
        front = self._front()
        return round(front.offset / (front.scale / _PER_DIVISION))

    def _points(self) -> _Points:
        record, view = self._record(), self._view()
        if record is None or self.source.value not in record.fronts:
            return _Points(0, view.start, view.scale / 100)
        if self._of_memory():
            return _Points(record.window.depth, record.window.start, 1 / record.window.rate)
        from lager_drivers.rigol_mso5000 import simulated_samples as samples  # numpy: 0.1 s, once

        first, codes = samples.screen(record, self.source.value, view)
        return _Points(len(codes), first, view.scale / 100)

    def _asked(self) -> tuple[int, int]:
        """Give the first point that is asked for (from 0), and how many will come."""
        start, stop = int(self.start.value), int(self.stop.value)
        return start - 1, max(0, min(stop, self._points().number) - start + 1)

    def _preamble(self) -> str:
        record, points = self._record(), self._points()
        fields = [
            _FORMATS.index(self.format.value),
            _TYPES.index(self.mode.value),
            self._asked()[1],
            1 if record is None else record.averages,
            self._form(points.step),
            self._form(points.first),
            "0.000000",  # as a field trace has it
            self._form(self._front().scale / _PER_DIVISION),
            self._origin(),
            _REFERENCE,
        ]
        return ",".join(map(str, fields))

    def _data(self) -> str:
        record, channel = self._record(), self.source.value
        first, count = self._asked()
        if self.mode.value == "RAW" and self._running():
            if self._raw_running == "silent":
                raise ScpiError(-200, "Execution error")
            count = 0
        if record is None or channel not in record.fronts or not count:
            return block(b"").decode("latin-1")
        from lager_drivers.rigol_mso5000 import simulated_samples as samples

        if self._of_memory():
            codes = samples.memory(record, channel, first, count)
        else:
            codes = samples.screen(record, channel, self._view())[1][first : first + count]
        return block(self._encoded(record.fronts[channel], codes)).decode("latin-1")

    def _encoded(self, front: Front, codes: samples.Codes) -> bytes:
        if self.format.value == "BYTE":
            return codes.tobytes()
        if self.format.value == "WORD":
            return codes.astype("<u2").tobytes()
        from lager_drivers.rigol_mso5000.simulated_samples import volts

        return "".join(f"{level:.6E}," for level in volts(front, codes).tolist()).encode("ascii")


def _whole(value: float) -> str:
    return f"{value:.0f}"

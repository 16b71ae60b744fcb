"""The screen of a simulated MSO5000: cursors, and its picture. Points are pixels of the area with the grid: 1000 x 480.

Imports numpy when the picture is asked for, not before.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from lager_drivers.rigol_mso5000.simulated_acquisition import Record
from lager_drivers.rigol_mso5000.simulated_settings import Setting, Word, commands, real, whole
from lager_drivers.rigol_mso5000.simulated_timebase import View
from lager_drivers.rigol_mso5000.simulated_trigger_settings import ANALOG
from lager_drivers.simulated.scpi_parser import Ask, Command

_WIDTH, _HEIGHT = 1024, 600  # pixels of the picture
_LEFT, _TOP = 12, 60  # where the grid begins in it
_ACROSS, _DOWN = 100, 60  # pixels of a division
_MIDDLE_X, _MIDDLE_Y = 500, 240
_COLOURS = {"CHAN1": (0, 255, 255), "CHAN2": (255, 255, 0), "CHAN3": (255, 0, 255), "CHAN4": (255, 128, 0)}  # BGR
_GRID = (70, 70, 70)


class Cursors:
    """The manual cursors.

    Args:
        view: Gives what is on the screen.
        vertical: Gives scale (V/div) and offset (V) of a channel.
        form: Writes numbers.
    """

    def __init__(
        self,
        view: Callable[[], View],
        vertical: Callable[[str], tuple[float, float]],
        form: Callable[[float], str] = real,
    ) -> None:
        self._view, self._vertical, self._form = view, vertical, form
        self._source = Word(f"{ANALOG} MATH1 MATH2 MATH3 MATH4 LA NONE")
        self._ax, self._bx = whole(400, 0, 999), whole(600, 0, 999)
        self._ay, self._by = whole(180, 0, 479), whole(300, 0, 479)
        self._mode = Word("OFF MANual TRACk XY MEASure")
        self._settings: dict[str, Setting] = {
            "MODE": self._mode,
            "MANual:TYPE": Word("TIME AMPLitude"),
            "MANual:SOURce": self._source,
            "MANual:TUNit": Word("SECond HZ DEGRee PERCent"),
            "MANual:VUNit": Word("SOURce PERCent"),
            "MANual:CAX": self._ax,
            "MANual:CBX": self._bx,
            "MANual:CAY": self._ay,
            "MANual:CBY": self._by,
        }

    def commands(self) -> list[Command]:
        """Make the commands."""
        values: dict[str, Callable[[], float]] = {
            "AXValue": lambda: self._seconds(self._ax.value),
            "BXValue": lambda: self._seconds(self._bx.value),
            "AYValue": lambda: self._volts(self._ay.value),
            "BYValue": lambda: self._volts(self._by.value),
            "XDELta": self._across,
            "YDELta": lambda: self._volts(self._by.value) - self._volts(self._ay.value),
            "IXDELta": lambda: 1 / self._across() if self._across() else 9.9e37,
        }
        return [
            *commands(":CURSor", self._settings),
            *(Command(f":CURSor:MANual:{name}", self._answering(value)) for name, value in values.items()),
        ]

    def _answering(self, value: Callable[[], float]) -> Ask:
        return lambda _: self._form(value())

    def reset(self) -> None:
        """Go back to what *RST makes of it."""
        for setting in self._settings.values():
            setting.reset()

    def _across(self) -> float:
        return self._seconds(self._bx.value) - self._seconds(self._ax.value)

    def _seconds(self, pixel: float) -> float:
        view = self._view()
        return view.start + pixel / _ACROSS * view.scale

    def _volts(self, pixel: float) -> float:
        """Give the voltage at a pixel, counted from the top of the screen."""
        scale, offset = self._vertical(self._source.value)
        return (_MIDDLE_Y - pixel) / _DOWN * scale - offset


def picture(record: Record | None, view: View) -> bytes:
    """Draw the screen, a bitmap of 24 bits a pixel: the grid, and the channels that are on."""
    import numpy as np

    from lager_drivers.rigol_mso5000 import simulated_samples as samples

    pixels = np.zeros((_HEIGHT, _WIDTH, 3), np.uint8)
    grid = pixels[_TOP : _TOP + 8 * _DOWN + 1, _LEFT : _LEFT + 10 * _ACROSS + 1]
    grid[::_DOWN, ::4] = _GRID
    grid[::4, ::_ACROSS] = _GRID
    for channel in record.fronts if record is not None else ():
        assert record is not None
        first, codes = samples.screen(record, channel, view)
        column = round((first - view.start) / view.scale * _ACROSS)
        rows = _MIDDLE_Y - (codes.astype(int) - samples.REFERENCE) * _DOWN // samples.PER_DIVISION
        for number, row in enumerate(np.clip(rows, 0, 8 * _DOWN).tolist()):
            before = int(np.clip(rows[max(0, number - 1)], 0, 8 * _DOWN))
            grid[min(row, before) : max(row, before) + 1, column + number] = _COLOURS[channel]
    body = pixels[::-1].tobytes()  # a bitmap begins with its lowest line
    size = 54 + len(body)
    return (
        struct.pack("<2sIHHIIiiHHIIiiII", b"BM", size, 0, 0, 54, 40, _WIDTH, _HEIGHT, 1, 24, 0, len(body), 0, 0, 0, 0)
        + body
    )

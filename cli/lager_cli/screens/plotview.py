"""A plot of one reading, as large as there is room."""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget

from lager_cli.screens.picture import Plotted
from lager_cli.screens.plot import Frame, draw, span
from lager_cli.screens.trace import Trace


class PlotView(Widget):
    """Draws a trace whenever it is told the time.

    Args:
        what: The reading.
        trace: Where it is found.
    """

    def __init__(self, what: Plotted, trace: Trace) -> None:
        super().__init__(classes="plot")
        self._what, self._trace, self._now = what, trace, 0.0

    def show(self, now: float) -> None:
        """Draw it as it is at a time of the trace's clock, s."""
        self._now = now
        self.refresh()

    def render(self) -> Text:
        """Give the picture."""
        frame = Frame(f"{self._what.name}, {self._what.unit}", *self.size)
        seconds = span(self._trace.began, self._now)
        return Text("\n".join(draw(self._trace.values(self._what.key), frame, self._now, seconds)), no_wrap=True)

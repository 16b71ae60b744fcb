"""Traces as pictures: in a terminal with letters; as PNG with matplotlib, which the installation need not have."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import numpy as np

from lager import errors
from lager_cli.scope.quantities import scaled

if TYPE_CHECKING:
    import numpy.typing as npt

_WIDTH, _HEIGHT = 64, 11  # characters; with the labels it fits 80 columns
_MOST = 8000  # points drawn: of more, the lowest and the highest of each column, so that no spike is lost


def check() -> None:
    """See that plots can be drawn.

    Raises:
        LagerError: matplotlib is not installed, or is broken.
    """
    try:
        for part in ("matplotlib.backends.backend_agg", "matplotlib.figure"):  # what `draw` uses
            importlib.import_module(part)
    except ImportError as exc:
        absent = isinstance(exc, ModuleNotFoundError) and str(exc.name).partition(".")[0] == "matplotlib"
        why = "is not installed here" if absent else f"cannot be imported here: {exc}"
        raise errors.LagerError(
            f"a plot needs matplotlib, which {why}", "`pip install 'lager[plot]'`; or write .csv or .npy"
        ) from exc


def envelope(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], columns: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give where each column begins, and the lowest and highest of it."""
    starts = np.linspace(0, len(x), min(columns, len(x)), endpoint=False).astype(int)
    return x[starts], np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)


def lines(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> list[str]:
    """Draw a trace with letters."""
    _, lows, highs = envelope(x, y, _WIDTH)
    lows[:-1], highs[:-1] = np.minimum(lows[:-1], highs[1:]), np.maximum(highs[:-1], lows[1:])  # edges have no gaps
    bottom, top = float(lows.min()), float(highs.max())
    span = (top - bottom) or 1.0
    at_low, at_high = (np.rint((each - bottom) / span * (_HEIGHT - 1)).astype(int) for each in (lows, highs))
    if top == bottom:
        at_low = at_high = np.full(len(lows), _HEIGHT // 2)
    labels = (
        {_HEIGHT - 1: scaled(top, "V", 3), 0: scaled(bottom, "V", 3)}
        if top > bottom
        else {_HEIGHT // 2: scaled(top, "V", 3)}
    )
    drawn = []
    for row in reversed(range(_HEIGHT)):
        cells = "".join("*" if low <= row <= high else " " for low, high in zip(at_low, at_high, strict=True))
        drawn.append(f"{labels.get(row, ''):>9} |{cells}".rstrip())
    start, end = scaled(float(x[0]), "s", 3), scaled(float(x[-1]), "s", 3)
    return [*drawn, f"{'':9} +{'-' * len(lows)}", f"{'':11}{start}{end:>{max(1, len(lows) - len(start))}}"]


def draw(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], file: str, names: tuple[str, str, str]) -> None:
    """Draw a trace into a PNG; `names` are its title and the units of x and y."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter

    title, across, up = names
    figure = Figure(figsize=(10, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    if len(x) > _MOST:
        left, low, high = envelope(x, y, _MOST // 2)
        axes.plot(np.repeat(left, 2), np.column_stack((low, high)).ravel(), linewidth=0.8)
    else:
        axes.plot(x, y, linewidth=1.0)
    axes.set_title(title)
    axes.xaxis.set_major_formatter(EngFormatter(across))
    axes.yaxis.set_major_formatter(EngFormatter(up))
    axes.margins(x=0)
    axes.grid(visible=True, alpha=0.3)
    figure.savefig(file, dpi=100)

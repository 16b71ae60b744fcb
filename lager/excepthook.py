"""The released names for how a script's tracebacks are shown; a run shows them so from its start, without these.

What does it is beside the script's Python (`lager_runner/startup`); without a run these are Python's own.
"""

from __future__ import annotations

import sys
from types import TracebackType


def lager_excepthook(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
    """Show an exception that nobody caught, with files named as the user names them."""
    ours = sys.modules.get("lager_tracebacks")
    (ours.show if ours else sys.__excepthook__)(kind, error, at)


def install_excepthook() -> None:
    """Show uncaught exceptions so from now on."""
    sys.excepthook = lager_excepthook


def restore_excepthook() -> None:
    """Show uncaught exceptions as Python does."""
    sys.excepthook = sys.__excepthook__

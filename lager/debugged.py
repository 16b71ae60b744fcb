"""The way from a pause to an IDE's debugger, which is imported when one attaches.

Which module that is, the runner says (LAGER_DEBUGGER). What it does with the thread is there.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from lager import wire


def is_attached() -> bool:
    """Say whether an IDE is attached to this process: then a pause that begins is shown to it, too."""
    debugger = sys.modules.get(os.environ.get("LAGER_DEBUGGER", ""))
    return debugger is not None and bool(debugger.has_ide())


def let_in(ask: wire.OpenDebugger, frame: FrameType, held: Any, send: Callable[[object], None]) -> None:
    """Have the debugger do what an IDE wants of a paused thread; in that thread.

    Args:
        ask: What it wants.
        frame: Where the thread is paused.
        held: The pause, as the debugger sees it.
        send: Takes what is for the box.
    """
    try:
        debugger = importlib.import_module(os.environ["LAGER_DEBUGGER"])
    except (ImportError, KeyError) as exc:
        hint = "install the whole of lager where the script runs"
        error = wire.ErrorBody("no-console", f"this script cannot be debugged: {exc!r}", hint)
        send(wire.DebuggerRefused(ask.token, error))
    else:
        debugger.serve(ask, frame, held, send)


def let_go() -> None:
    """Send an IDE away, if one is attached: what its debugger traces, an abort does not get out of."""
    debugger = sys.modules.get(os.environ.get("LAGER_DEBUGGER", ""))
    if debugger is not None:
        debugger.let_go()


def nobody() -> None:
    """Wake nobody: no debugger holds the thread."""

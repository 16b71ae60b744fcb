"""Whose code a frame runs: the user's, a library's, the standard library's, or Lager's own.

Known by the file's place, once for each file. Nothing is stopped or decided here.
"""

from __future__ import annotations

import os
from types import FrameType

from lager.breakpoint import OURS

USER, LIBRARY, STANDARD, LAGER = "user", "library", "standard", "lager"

# The last two lie in `lager_runner/startup`, and work at every import of a script.
_LAGER = OURS | {"lager_cli", "lager_drivers", "lager_hwservice", "lager_finder", "lager_tracebacks"}
_INSTALLED = ("/site-packages/", "/dist-packages/")
_STANDARD = os.path.dirname(os.path.realpath(os.__file__)) + os.sep
_root = os.path.realpath(os.environ["LAGER_RUN_DIR_ROOT"]) + os.sep if os.environ.get("LAGER_RUN_DIR_ROOT") else ""
known: dict[str, str] = {}  # by file name; for those who must not make a call


def owner(frame: FrameType) -> str:
    """Say whose code this is: USER, LIBRARY, STANDARD or LAGER."""
    name = frame.f_code.co_filename
    try:
        return known[name]
    except KeyError:
        if name.startswith("<"):
            return _of_no_file(name, frame)
        found = known[name] = _of_file(name, frame)
        return found


def innermost_of_user(frame: FrameType | None) -> FrameType | None:
    """Find the user's frame that is nearest: this one, or one that called it."""
    while frame is not None and owner(frame) != USER:
        frame = frame.f_back
    return frame


def _of_file(name: str, frame: FrameType) -> str:
    if _module(frame).partition(".")[0] in _LAGER:
        return LAGER
    path = os.path.realpath(name)
    if _root and path.startswith(_root):
        return LIBRARY if any(one in path[len(_root) - 1 :] for one in _INSTALLED) else USER
    if any(one in path for one in _INSTALLED):
        return LIBRARY
    return STANDARD if path.startswith(_STANDARD) else USER


def _of_no_file(name: str, frame: FrameType) -> str:
    """Judge code that was made from text: it belongs to who runs it, but for methods that were generated."""
    if _module(frame).partition(".")[0] in _LAGER:
        return LAGER
    if name.startswith("<frozen "):
        return STANDARD
    if frame.f_code.co_name.startswith(("__", "<lambda>")):
        return LIBRARY
    caller = frame.f_back
    while caller is not None and caller.f_code.co_filename.startswith("<"):
        caller = caller.f_back
    return USER if caller is None or owner(caller) == USER else LIBRARY


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))

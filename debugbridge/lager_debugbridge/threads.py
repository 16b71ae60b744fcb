"""The threads of the script: where each of them is just now. It only looks; none of them is stopped."""

from __future__ import annotations

import linecache
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from lager import owners
from lager_debugbridge.frames import place

OURS = "lager-"  # how the names of Lager's own threads begin
LISTED = 200


def listed(paused: int) -> Iterator[str]:
    """Describe every thread, the paused one first.

    Args:
        paused: The thread that is paused, by its ident.
    """
    there = [one for one in threading.enumerate() if not one.name.startswith(OURS)]
    there.sort(key=lambda one: (one.ident != paused, one is not threading.main_thread()))
    places = _places()
    for one in there[:LISTED]:
        mark, state = (">", "paused, ") if one.ident == paused else (" ", "")
        kind = " (daemon)" if one.daemon else ""
        yield f"{mark} {one.name}{kind}: {state}{places.get(one.ident or 0, 'just beginning, or ending')}"
    if len(there) > LISTED:
        yield f"  ... and {len(there) - LISTED} more"


def _places() -> dict[int, str]:
    frames = sys._current_frames()  # noqa: SLF001  # there is no other way to another thread's frame
    try:
        return {ident: _where(frame) for ident, frame in frames.items()}
    finally:
        frames.clear()  # this frame is one of them: else they would all be kept until a collection


def _where(frame: FrameType) -> str:
    users = owners.innermost_of_user(frame)
    if users is None:
        return f"in {frame.f_code.co_name}, {place(frame)}"
    text = f"{place(users)} in {users.f_code.co_name}"
    code = linecache.getline(users.f_code.co_filename, users.f_lineno).strip()
    return f"{text}: {code}" if code else text

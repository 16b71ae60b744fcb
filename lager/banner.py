"""What a pause writes on the script's stderr: its banner, its end, and the place it names.

The words are those of the released product, to the byte, where it has any. Nothing is decided here.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lager.pausefacts import Asked, Ending, Place

ON_ONE_LINE = {n: repr(chr(n))[1:-1] for n in (*range(32), *range(127, 160), 0x2028, 0x2029)}  # for str.translate
RELEASED = "LAGER_RELEASED_CLIENT"  # set where a client of the released interface has started the script
screen: Any = None  # where to write instead of sys.stderr: set by pytest's plugin, as pytest captures stderr


def banner(
    name: str, asked: Asked, place: Place, label: str | None, left: float | None = None, door: bool = False
) -> str:
    """Say where the script stands, and what to type.

    Args:
        name: What the box calls the pause.
        asked: The pause, as it was asked for.
        place: Where it is.
        label: What it is called.
        left: After how long the run is ended, paused or not, s; None for never.
        door: Whether a client of the released interface gets a console on it, too.
    """
    titled = f' "{label}"' if label else ""
    chosen = os.environ.get("LAGER_BOX")
    box = f" --box {chosen}" if chosen else ""
    inspects = asked.interactive and (door or not os.environ.get(RELEASED))
    end = "abort" if asked.on_timeout == "abort" else "resume"
    lines = [
        f"=== lager breakpoint{titled} at {place.file}:{place.line}  (id {name})",
        f"    resume: press Enter here, or `lager python --continue {name}{box}`",
        *([f"    inspect: `lager python --console {name}{box}`"] if inspects else []),
        "    no auto-resume" if asked.seconds is None else f"    auto-{end} in {asked.timeout}s",
        *([] if left is None else [f"    the run's timeout ends it in {left:.0f}s"]),
    ]
    return "\n".join(lines) + "\n"


def ended(asked: Asked, ending: Ending) -> str:
    """Say how a pause ended, and what was changed on the way."""
    by = f", by {one_line(ending.by)}" if ending.by else ""
    lines = [f"=== {'' if one.startswith('value ') else 'set '}{one}{by}" for one in ending.done]
    if ending.reason == "aborted":
        lines.append(f"=== {why_aborted(asked, ending)}")
    else:
        lines.append(f"=== auto-resumed after {asked.timeout}s" if ending.reason == "timed out" else "=== resumed")
    return "\n".join(lines) + "\n"


def why_aborted(asked: Asked, ending: Ending) -> str:
    """Say who aborted the script, or that time did."""
    if ending.by:
        return f"aborted by {one_line(ending.by)}"
    return "aborted" if asked.seconds is None else f"aborted after {asked.timeout}s"


def shown_file(path: str) -> str:
    """Name a file as its user knows it: relative to the script's directory when below it, else its last part."""
    root = os.environ.get("LAGER_RUN_DIR_ROOT")
    shown = os.path.basename(path)
    # Of `exec` there is a name and no file; where the current directory was deleted, that cannot be resolved.
    with contextlib.suppress(OSError, ValueError):
        below = os.path.relpath(os.path.realpath(path), os.path.realpath(root)) if root else os.pardir
        if not below.startswith(os.pardir):
            shown = below
    return one_line(shown)


def one_line(text: str) -> str:
    """Write line ends and control characters out, so that a text stays on its line."""
    return text.translate(ON_ONE_LINE)


def plain(text: str) -> str:
    """Make text that can be sent: a file name may hold bytes that are no characters."""
    return text.encode("utf-8", "backslashreplace").decode()


def say(text: str) -> None:
    """Write to the script's stderr at once."""
    # A stderr that is closed, broken, missing, or no text stream at all is no reason to disturb the script.
    with contextlib.suppress(Exception):
        if sys.stdout is not None:
            sys.stdout.flush()  # a line that has begun
    with contextlib.suppress(Exception):
        shown = screen or sys.stderr
        shown.write(text)
        shown.flush()

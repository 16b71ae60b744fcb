"""`lager.pause()`: stop the calling thread here until somebody lets it go on.

This room reads the environment, finds the user's line and says what is going on. How a thread waits is in
`lager.paused`, which is imported at the first real pause only: a disabled one must cost next to nothing.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

DEFAULT_TIMEOUT = 300  # s
OFF = frozenset(("0", "off", "false", "no"))
ON_ONE_LINE = {n: repr(chr(n))[1:-1] for n in (*range(32), *range(127, 160), 0x2028, 0x2029)}  # for str.translate
OURS = frozenset(("lager", "lager_debugbridge", "lager_runner", "sitecustomize"))  # never a user's own frame


Around = Callable[[], contextlib.AbstractContextManager[object]]
around: Around = contextlib.nullcontext  # what surrounds a pause: pytest's plugin puts its captured output aside


def pause(
    label: str | None = None,
    *,
    timeout: float | None = None,
    interactive: bool = False,
    when: Any = True,
    every: int = 1,
    on_timeout: str = "resume",
) -> Any:
    """Stop here until Enter, `lager python --continue`, or the timeout. Other threads run on.

    Raises nothing but `lager.Aborted`, and that only when somebody aborts the script here.

    Args:
        label: What the banner calls this place.
        timeout: After how long the script goes on by itself, s; 0 or less waits for ever. Where None is given,
            the environment's LAGER_BREAKPOINT_TIMEOUT counts, else 300.
        interactive: Whether `lager python --console` may look inside.
        when: Pause only if this is true; or a function without arguments, and what it gives.
        every: Pause only each so many times that this line is come to (and `when` is true).
        on_timeout: What happens at the timeout: `resume`, or `abort`.

    Returns:
        What `--continue ID --value EXPRESSION` says, else None.
    """
    if os.environ.get("LAGER_BREAKPOINTS", "").strip().lower() in OFF:
        return
    try:
        _pause(label, timeout, interactive)
    except Exception as exc:  # noqa: BLE001  # the promise of this function: it never breaks the script
        _say(f"lager.pause(): breakpoint error ({_described(exc)}); continuing\n")


async def apause(label: str | None = None, **options: Any) -> Any:
    """Do the same in a coroutine, without stopping its event loop."""
    raise NotImplementedError


def _pause(label: str | None, timeout: float | None, interactive: bool) -> None:
    if not _may_pause():
        return
    frame = _user_frame()
    if frame is None:
        _say("lager.pause(): no code of the script calls it; skipping breakpoint\n")
        return
    stop_at(frame, label, timeout, interactive)


def _may_pause() -> bool:
    """Whether this process runs under Lager, and this is no statement of a console."""
    if not os.environ.get("LAGER_PROCESS_ID"):
        _say("lager.pause(): not running under `lager python`; skipping breakpoint\n")
        return False
    from lager.evaluation import evaluating

    if evaluating.get():
        _say("lager.pause(): called from a console; skipping breakpoint\n")
        return False
    return True


def stop_at(
    frame: FrameType, label: str | None, timeout: float | None = None, interactive: bool = True, kind: str = "pause"
) -> Any:
    """Pause the calling thread with `frame` as the place that is shown and looked into; what `pause` says goes here.

    Args:
        frame: The user's frame: one that runs, or one that has ended by an exception.
        label: What the banner calls it.
        timeout: As of `pause`, s.
        interactive: As of `pause`.
        kind: What made it pause (`lager.wire.Hit`).
    """
    from lager import paused

    seconds = resolve_timeout(timeout)
    forever = not seconds_to_wait(seconds)
    place = paused.Place(shown_file(frame.f_code.co_filename), frame.f_lineno, frame.f_code.co_name)
    titled = str(label).translate(ON_ONE_LINE) if label else None
    run = os.environ["LAGER_PROCESS_ID"]
    here = paused.Pause(run, titled, place, seconds_to_wait(seconds), bool(interactive))
    with around():
        try:
            name = here.announce()
            _say(banner(name, here.label, place, None if forever else seconds, bool(interactive)))
            reason = here.wait(frame)
            here.close_consoles(reason)
            _say(f"=== auto-resumed after {seconds}s\n" if reason == "timed out" else "=== resumed\n")
        finally:
            here.over()


def banner(name: str, label: str | None, place: Any, seconds: float | None, interactive: bool) -> str:
    """Say where the script stands, and what to type; `seconds` is None where it waits for ever."""
    titled = f' "{label}"' if label else ""
    chosen = os.environ.get("LAGER_BOX")
    box = f" --box {chosen}" if chosen else ""
    lines = [
        f"=== lager breakpoint{titled} at {place.file}:{place.line}  (id {name})",
        f"    resume: press Enter here, or `lager python --continue {name}{box}`",
        *([f"    inspect: `lager python --console {name}{box}`"] if interactive else []),
        "    no auto-resume" if seconds is None else f"    auto-resume in {seconds}s",
    ]
    return "\n".join(lines) + "\n"


def resolve_timeout(argument: Any) -> float:
    """Choose the timeout, s: the argument, else the environment's, else 300; what is unusable is said on stderr."""
    env = os.environ.get("LAGER_BREAKPOINT_TIMEOUT", "").strip()
    sources = [("timeout", argument, argument is not None), ("LAGER_BREAKPOINT_TIMEOUT", env, bool(env))]
    unusable = []
    chosen: float | None = None
    for source, given, there in sources:
        if there and chosen is None and (chosen := _number(given)) is None:
            unusable.append(f"{source} {given!r:.80}")
    seconds = DEFAULT_TIMEOUT if chosen is None else chosen
    if unusable:
        shown = f"{seconds}s" if seconds_to_wait(seconds) else "no auto-resume"
        _say(f"lager.pause(): {' and '.join(unusable)} is not a number of seconds; using {shown}\n")
    return seconds


def seconds_to_wait(seconds: float) -> float | None:
    """Give how long to wait, s; None for ever: for 0, less, infinity, and what no clock can count."""
    try:
        exact = float(seconds)
    except OverflowError:
        return None
    return exact if 0 < exact < 1e12 else None


def _number(given: Any) -> float | None:
    """Read a number, and keep its type for display; None for what is none."""
    if isinstance(given, bool):
        return None
    if isinstance(given, str):
        for kind in (int, float):
            with contextlib.suppress(ValueError):  # not of that kind
                return _usable(kind(given))
        return None
    if isinstance(given, int | float):
        return _usable(given)
    try:
        return _usable(float(given))
    except (TypeError, ValueError, OverflowError):
        return None


def _usable(number: float) -> float | None:
    return number if number == number else None  # only nan differs from itself


def _user_frame() -> FrameType | None:
    """Find the caller's own frame, by module: how deep it lies differs between pause() and breakpoint()."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # `inspect` takes longer to import than all of lager
    while frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] in OURS:
        frame = frame.f_back
    return frame


def shown_file(path: str) -> str:
    """Name a file as its user knows it: relative to the script's directory when below it, else its last part."""
    root = os.environ.get("LAGER_RUN_DIR_ROOT")
    shown = os.path.basename(path)
    # Of `exec` there is a name and no file; where the current directory was deleted, that cannot be resolved.
    with contextlib.suppress(OSError, ValueError):
        below = os.path.relpath(os.path.realpath(path), os.path.realpath(root)) if root else os.pardir
        if not below.startswith(os.pardir):
            shown = below
    return shown.translate(ON_ONE_LINE)


def _say(text: str) -> None:
    # A stderr that is closed, broken, missing, or no text stream at all is no reason to disturb the script.
    with contextlib.suppress(Exception):
        sys.stderr.write(text)
        sys.stderr.flush()


def _described(exc: Exception) -> str:
    with contextlib.suppress(Exception):  # a __str__ of the script's that fails itself
        return str(exc)
    return type(exc).__name__

"""`lager.pause()`: stop the calling thread here until somebody lets it go on.

This room reads the environment, finds the user's line, and says what cannot be. How a thread waits is in
`lager.paused`, which is imported at the first real pause only: a disabled one must cost next to nothing.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Coroutine
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

from lager.aborting import abort, is_of_a_handler
from lager.banner import one_line, say, why_aborted
from lager.conditions import due
from lager.evaluation import evaluating, running_loop

if TYPE_CHECKING:
    from lager.pausefacts import Asked

DEFAULT_TIMEOUT = 300  # s
OFF = frozenset(("0", "off", "false", "no"))
OURS = frozenset(("lager", "lager_debugbridge", "lager_runner", "sitecustomize"))  # never a user's own frame
STOPS_THE_LOOP = "lager.pause(): it stops the whole event loop; `await lager.apause(...)` stops this task only\n"

Around = Callable[[], contextlib.AbstractContextManager[object]]
_warned = False  # of what `pause` does to an event loop
around: Around = contextlib.nullcontext  # what surrounds a pause: pytest's plugin stops the clocks of its tests


def pause(  # noqa: PLR0913  # scripts give what they want by name
    label: str | None = None,
    *,
    timeout: float | None = None,
    interactive: bool = False,
    when: Any = True,
    every: int = 1,
    on_timeout: str = "resume",
    hold: bool = False,
    safe: bool = False,
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
        hold: Whether the run keeps the box's lock meanwhile: then others can change nothing on the bench.
        safe: Whether the nets that the script has changed are brought into their safe state first. They stay so: what
            the script wants of them afterwards, it sets again.

    Returns:
        What `--continue ID --value EXPRESSION` says, else None.
    """
    if _switched_off() or not _wanted(when, every):
        return None
    frame = _allowed_frame("pause")
    if frame is None:
        return None
    _warn_of_a_running_loop()
    value, error = _stop(
        frame, lambda: _ask(label, timeout, interactive, "pause", on_timeout, hold)._replace(safe=bool(safe))
    )
    if error is None:
        return value
    try:
        raise error.with_traceback(None)  # whoever reads the traceback looks for his own lines, not for ours
    finally:
        del error


def apause(  # noqa: PLR0913  # as `pause`
    label: str | None = None,
    *,
    timeout: float | None = None,
    interactive: bool = False,
    when: Any = True,
    every: int = 1,
    on_timeout: str = "resume",
    hold: bool = False,
    safe: bool = False,
) -> Coroutine[Any, Any, Any]:
    """Stop the calling coroutine only: `await lager.apause(...)`. The event loop and its other tasks run on.

    The arguments, what it returns and what it raises are those of `pause`. The line it shows is the one that calls it.
    """
    frame = None if _switched_off() or not _wanted(when, every) else _allowed_frame("apause")
    if frame is None:
        return _no_pause()
    return _apause(
        frame,
        frame.f_lineno,
        lambda: _ask(label, timeout, interactive, "pause", on_timeout, hold)._replace(safe=bool(safe)),
    )


def stop_at(
    where: FrameType | TracebackType,
    label: str | None,
    timeout: float | None = None,
    interactive: bool = True,
    kind: str = "pause",
    on_timeout: str = "resume",
) -> Any:
    """Pause the calling thread with `where` as the place that is shown and looked into, as `pause` does.

    It raises what `pause` raises. Outside of Lager, and in a console's statement, it does nothing.

    Args:
        where: The user's frame that runs; or of one that has ended by an exception its part of the traceback, which
            knows the line.
        label: What the banner calls it.
        timeout: As of `pause`, s.
        interactive: As of `pause`.
        kind: What made it pause (`lager.wire.Hit`).
        on_timeout: As of `pause`.
    """
    if not os.environ.get("LAGER_PROCESS_ID") or evaluating.get():
        return None
    value, error = _stop(where, lambda: _ask(label, timeout, interactive, kind, on_timeout, False))
    if error is None:
        return value
    try:
        raise error.with_traceback(None)
    finally:
        del error


async def _no_pause() -> None:
    """Give what `await` takes, where there is no pause."""


def _switched_off() -> bool:
    return os.environ.get("LAGER_BREAKPOINTS", "").strip().lower() in OFF


def _wanted(when: Any, every: Any) -> bool:
    return (when is True and every == 1) or due(when, every, _user_frame, say)


def _allowed_frame(name: str) -> FrameType | None:
    """Give the user's frame, if this process runs under Lager, and this is no statement of a console."""
    if not os.environ.get("LAGER_PROCESS_ID"):
        say(f"lager.{name}(): not running under `lager python`; skipping breakpoint\n")
    elif evaluating.get():
        say(f"lager.{name}(): called from a console; skipping breakpoint\n")
    elif (frame := _user_frame()) is None:
        say(f"lager.{name}(): no code of the script calls it; skipping breakpoint\n")
    else:
        return frame
    return None


def _stop(where: FrameType | TracebackType, ask: Callable[[], Asked]) -> tuple[Any, BaseException | None]:
    """Pause, and give what `pause` returns, and what it raises: never a defect of ours."""
    asked: Asked | None = None
    try:
        from lager import paused

        asked = ask()
        with around():
            if asked.safe:
                _make_safe()
            ending = paused.stop(where, asked)
        if ending.reason == "aborted":
            abort(why_aborted(asked, ending))
    except Exception as exc:  # noqa: BLE001  # the promise of `pause`: it never breaks the script
        if asked and is_of_a_handler(exc):
            return None, exc
        say(f"lager.pause(): breakpoint error ({_described(exc)}); continuing\n")
        return None, None
    except BaseException as exc:  # noqa: BLE001  # raised by who called us
        return None, exc
    return ending.value, None


async def _apause(frame: FrameType, line: int, ask: Callable[[], Asked]) -> Any:
    """Do in a coroutine what `_stop` does in a thread."""
    if running_loop() is None:
        say("lager.apause(): no asyncio event loop runs here; skipping breakpoint\n")
        return None
    asked: Asked | None = None
    error: BaseException
    try:
        from lager import asyncpause

        asked = ask()._replace(line=line)
        with around():
            if asked.safe:
                await asyncpause.aside(_make_safe)
            ending = await asyncpause.stop(frame, asked)
        if ending.reason == "aborted":
            abort(why_aborted(asked, ending))
    except Exception as exc:  # noqa: BLE001  # as in `_stop`
        if not (asked and is_of_a_handler(exc)):
            say(f"lager.apause(): breakpoint error ({_described(exc)}); continuing\n")
            return None
        error = exc
    except BaseException as exc:  # noqa: BLE001  # raised below
        error = exc
    else:
        return ending.value
    try:
        raise error.with_traceback(None)
    finally:
        del error


def _make_safe() -> None:
    from lager import safely

    safely.make_safe()


_apause.__qualname__ = "apause"  # what Python says of a coroutine that was never awaited


def _ask(label: Any, timeout: Any, interactive: Any, kind: str, on_timeout: Any, hold: Any) -> Asked:
    """Read what a pause was given; what is unusable is said on stderr."""
    from lager import pausefacts

    seconds = resolve_timeout(timeout)
    end = on_timeout if on_timeout in ("resume", "abort") else "resume"
    if end != on_timeout:
        say(f"lager.pause(): on_timeout {on_timeout!r:.80} is neither 'resume' nor 'abort'; using 'resume'\n")
    titled = one_line(str(label)) if label else None
    return pausefacts.Asked(titled, seconds, seconds_to_wait(seconds), bool(interactive), kind, end, bool(hold))


def _warn_of_a_running_loop() -> None:
    """Say once what `pause` does to an event loop."""
    global _warned  # once in a process
    if not _warned and running_loop() is not None:
        _warned = True
        say(STOPS_THE_LOOP)


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
        say(f"lager.pause(): {' and '.join(unusable)} is not a number of seconds; using {shown}\n")
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


def _described(exc: BaseException) -> str:
    """Give an error's text; one of the script's may fail itself."""
    with contextlib.suppress(Exception):
        return str(exc)
    return type(exc).__name__

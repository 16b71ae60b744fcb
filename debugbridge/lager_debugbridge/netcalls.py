"""The calls on nets that a console's statement makes: what is under way, and what may have changed an instrument."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from lager import errors
from lager_debugbridge import showing

ARGUMENTS = 80  # characters of an argument
CLEANING_SECONDS = 10.0  # for which calls of a statement that was told to stop are let be
NEXT_SECONDS = 1.0  # after such a call, in which the next one is awaited: a `finally:` may have several


class Call:
    """One call on a net, as people read it, and since when."""

    def __init__(self, net: str, method: str, args: Sequence[Any]) -> None:
        shown = ", ".join(showing.line(one, showing.plain, ARGUMENTS) for one in args)
        self.text = f"{net}.{method}({shown})"
        self.since = time.monotonic()


class Calls:
    """Watches the calls on nets that a statement makes (`lager.evaluation.Watching`).

    Args:
        tell: Is told of what may have changed an instrument.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self.under_way: list[Call] = []
        self._last = (0.0, 0.0)  # when the last call that is over began, and ended

    def cleans_up(self, told: float) -> bool:
        """Say whether a call is under way, or was just now, that began after its statement was told to stop.

        It may be one of its `finally:` blocks, which makes the bench safe.

        Args:
            told: When, on the monotonic clock, s.
        """
        now = time.monotonic()
        if told <= now - CLEANING_SECONDS:
            return False
        since, ended = self._last
        return (since > told and ended > now - NEXT_SECONDS) or any(call.since > told for call in list(self.under_way))

    def begin(self, net: str, method: str, args: Sequence[Any]) -> Call:
        """Know of a call that is about to be made."""
        call = Call(net, method, args)
        self.under_way.append(call)
        return call

    def end(self, call: Call, reads: bool, error: BaseException | None) -> None:
        """Tell of what may have changed the instrument; of what did not end well, how it ended."""
        self._last = call.since, time.monotonic()
        self.under_way.remove(call)
        if reads or isinstance(error, errors.UsageError | errors.NetNotFound):
            return
        text = call.text if error is None else f"{call.text}: {type(error).__name__}"
        self._tell(text)

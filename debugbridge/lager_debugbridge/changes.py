"""A release with changes: what `--continue ID --set NAME=EXPRESSION --value EXPRESSION` asks of a paused frame.

Everything is evaluated in the paused thread, in the frame itself, as it is before any change. Then all is set, or
nothing. An expression has a limited time, and a `pause()` in it does not pause; what it prints goes to stderr.
"""

from __future__ import annotations

import contextlib
import contextvars
import reprlib
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Any

from lager import aborting, errors
from lager.banner import one_line
from lager.errors import ChangeRefused
from lager_debugbridge.insisting import Interrupted
from lager_debugbridge.interrupts import Interrupts
from lager_debugbridge.output import Sink, routing, sink
from lager_debugbridge.variables import NOTHING, Variables

LIMIT_SECONDS = 10.0  # for all expressions of a change together
AGAIN_SECONDS = 0.4  # between attempts to stop what does not stop
TEXT_LIMIT = 120  # characters of a value, and of an expression
STAYS = "it stays paused, and nothing was changed; correct the expression"
QUOTES = f"{STAYS} (a text needs quotes that the shell leaves to it: \"'good'\")"


class Change:
    """One release with changes.

    Args:
        frame: The paused frame, of this thread.
        sets: Names, and the expressions of their values.
        value: The expression of what `pause()` gives; None for None.
        evaluating: Set meanwhile, so that a `pause()` in an expression does not pause.
        limit: How long the expressions may take, s.
    """

    def __init__(
        self,
        frame: FrameType,
        sets: Sequence[tuple[str, str]],
        value: str | None,
        evaluating: contextvars.ContextVar[bool],
        limit: float = LIMIT_SECONDS,
    ) -> None:
        self._variables = Variables(frame)
        self._sets = sets
        self._value = value
        self._evaluating = evaluating
        self._limit = limit
        self._interrupts = Interrupts()
        self._over = threading.Event()
        self._late = False
        self._at = ""  # what is being evaluated
        self._values: dict[str, Any] = {}
        self._given: Any = None
        self._done: list[str] = []
        self._failure = ""
        self._hint = STAYS

    def carry_out(self) -> tuple[list[str], Any]:
        """Evaluate, then set everything; give what was done, as people read it, and the value.

        Raises:
            ChangeRefused: Nothing was set.
        """
        names = [name for name, _ in self._sets]
        for name in names:
            self._variables.check(name)
            if names.count(name) > 1:
                raise ChangeRefused(f"{name} is to be set twice", "set it once")
        if self._guarded():
            late = f"took more than {self._limit:g} s, and was stopped" if self._late else "was stopped"
            raise ChangeRefused(f"{self._at}: {late}", STAYS)
        if self._failure:
            raise ChangeRefused(f"{self._at}: {self._failure}", self._hint)
        self._variables.set(self._values)
        return self._done, self._given

    def drop(self) -> None:
        """Let go of the frame and of all values: somebody who wants to stop this may still hold it for a moment."""
        self._variables.drop()
        self._values = {}
        self._given = None

    def stop(self) -> None:
        """Stop the evaluation; in any thread."""
        self._interrupts.stop(self)

    def _guarded(self) -> bool:
        """Evaluate everything; say whether that was stopped."""
        printed: list[str] = []
        context = contextvars.copy_context()
        context.run(sink.set, Sink(lambda _, text: printed.append(text)))
        context.run(self._evaluating.set, True)
        watch = threading.Thread(target=self._watch, name="lager-change", daemon=True)
        routing.begin()
        self._interrupts.install()
        watch.start()
        try:
            return self._interrupts.guarded(self, lambda: context.run(self._evaluate))
        finally:
            self._over.set()
            watch.join()
            self._interrupts.restore()
            routing.end()
            if printed:
                with contextlib.suppress(OSError, ValueError, AttributeError):  # a stderr that is closed or none
                    sys.stderr.write("".join(printed))

    def _watch(self) -> None:
        wait = self._limit
        while not self._over.wait(wait):
            self._interrupts.stop(self, insisting=self._late)
            self._late = True
            wait = AGAIN_SECONDS

    def _evaluate(self) -> None:
        """Evaluate everything, and write what is to be done; what the user's expressions raise is kept as a text."""
        try:
            for name, source in self._sets:
                self._at = f"{name} = {_cut(source)}"
                value = self._values[name] = self._variables.expression(source)()
                before = self._variables.value(name)
                was = "not set" if before is NOTHING else shown(before)
                self._done.append(f"{name} = {shown(value)} (was {was})")
            if self._value is not None:
                self._at = f"value {_cut(self._value)}"
                self._given = self._variables.expression(self._value)()
                self._done.append(f"value {shown(self._given)}")
        except Interrupted:
            raise
        except BaseException as exc:  # whatever the user's expression raises is the answer
            if aborting.strikes(exc):
                raise
            self._failure = _described(exc)
            self._hint = QUOTES if isinstance(exc, NameError | SyntaxError) else STAYS


class _Repr(reprlib.Repr):
    """Python's own bounded repr, with room for what people measure."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = TEXT_LIMIT
        self.maxlevel = 3


def shown(value: Any) -> str:
    """Write a value on one line, and not much of it; its own `repr` may fail."""
    text = f"<{type(value).__name__} whose repr fails>"
    with contextlib.suppress(Exception):  # of the script's own classes
        text = _Repr().repr(value)
    return _cut(text)


def _cut(text: str) -> str:
    text = one_line(" ".join(line.strip() for line in text.strip().splitlines()))
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= TEXT_LIMIT else f"{text[: TEXT_LIMIT - 3]}..."


def _described(exc: BaseException) -> str:
    name = type(exc).__name__
    text = ""
    with contextlib.suppress(Exception):  # of the script's own classes
        text = (
            exc.what if isinstance(exc, errors.LagerError) else (exc.msg if isinstance(exc, SyntaxError) else str(exc))
        )
    return f"{name}: {_cut(text)}" if text else name

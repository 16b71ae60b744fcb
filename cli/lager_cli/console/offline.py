"""A console on a snapshot that was taken home: no box, no script; statements are evaluated in this very process."""

from __future__ import annotations

import contextvars
import os
import signal
import uuid
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType

from lager import wire
from lager.evaluation import evaluating
from lager_cli.console.session import Over
from lager_debugbridge import commandlist
from lager_debugbridge.evaluator import Evaluator
from lager_debugbridge.opening import Opened

ELSEWHERE = (":continue", ":abort", ":save")  # commands that need the script

Show = Callable[[wire.ConsoleOutput], None]
Answered = Callable[[wire.Completions | wire.Explained], None]


class OfflineSession:
    """A console on an open snapshot, as `Session` is one on a paused script.

    Args:
        opened: The snapshot.
    """

    def __init__(self, opened: Opened) -> None:
        about = opened.about
        self._opened = opened
        self._console = uuid.uuid4().hex
        self._statement = self._request = 0
        self._show: Show = lambda _: None
        self._result: wire.ConsoleResult | None = None
        self._answer: wire.Completions | wire.Explained | None = None
        self.on_closed: Callable[[], None] = lambda: None
        self.on_change: Callable[[], None] = lambda: None
        self.alone = False
        self.wrote: list[str] = []
        self.cut = ""
        self.is_over = False
        self.farewell = self.trouble = ""
        self._wake, self._woken = os.pipe()
        pause = wire.PauseInfo(
            number=1,
            name="snapshot",
            label=None,
            file=Path(about.file).name,
            line=about.line,
            function=about.function,
            thread="MainThread",
            since=about.time,
            timeout=0.0,
            interactive=True,
        )
        listed = [one for one in commandlist.LISTED if one[0].split()[0] not in ELSEWHERE]
        self.ready = wire.ConsoleReady("snapshot", pause, 0, listed)
        self._before = signal.signal(signal.SIGINT, self._on_sigint)
        self._busy = False
        self._evaluator = Evaluator(opened.frame, self._take, str(opened.root), evaluating, about.line)
        self._evaluator.open(self._console)
        self._stops = signal.getsignal(signal.SIGINT)  # the evaluator's

    def __enter__(self) -> OfflineSession:
        """Give the session itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the console."""
        self.on_closed = self.on_change = lambda: None
        self._evaluator.finish("exit")
        self._opened.close()
        signal.signal(signal.SIGINT, self._before)
        os.close(self._wake)
        os.close(self._woken)

    def fileno(self) -> int:
        """Give the descriptor that is readable once the console is closed."""
        return self._wake

    def evaluate(self, source: str, show: Show) -> bool:
        """Evaluate a statement and show what it writes; give whether it ended without an exception.

        Raises:
            Over: The statement has ended the console.
        """
        if self.is_over:
            raise Over
        self._statement += 1
        self._show, self._result, self.cut = show, None, ""
        self._busy = True
        before = signal.signal(signal.SIGINT, self._stops)  # at the prompt, the editor may have another
        try:
            self._evaluator.evaluate(wire.Evaluate(self._statement, source, self._console))
        finally:
            self._busy = False
            signal.signal(signal.SIGINT, before)
        if self._result is None:
            raise Over
        self.cut = self._result.file
        return self._result.ok

    def ask(self, kind: type[wire.Complete] | type[wire.Explain], source: str, cursor: int, answered: Answered) -> bool:
        """Ask what could stand at `cursor` in `source`, or what does; `answered` is told at once."""
        self._request += 1
        if kind is wire.Complete:
            self._evaluator.complete(wire.Complete(self._request, source, cursor, self._console))
        else:
            self._evaluator.explain(wire.Explain(self._request, source, cursor, self._console))
        answer, self._answer = self._answer, None
        if answer is not None:
            answered(answer)
        return answer is not None

    def await_end(self, seconds: float) -> bool:  # noqa: ARG002  # as `Session` has it
        """Give whether the console is closed."""
        return self.is_over

    def _take(self, message: object) -> None:
        """Take what the evaluator has to say."""
        if isinstance(message, wire.ConsoleOutput):
            # In no context: in the statement's own, what is shown here would be taken for what it prints.
            contextvars.Context().run(self._show, message)
        elif isinstance(message, wire.ConsoleResult):
            self._result = message
        elif isinstance(message, wire.Completions | wire.Explained):
            self._answer = message
        elif isinstance(message, wire.ConsoleClosed):
            self._end(message)

    def _end(self, closed: wire.ConsoleClosed) -> None:
        if closed.error is not None:
            self.farewell = f"The console is closed: {closed.error.what}."
        self.is_over = True
        os.write(self._woken, b"x")
        self.on_closed()

    def _on_sigint(self, number: int, frame: FrameType | None) -> None:
        """Have Ctrl-C at the prompt as ever; the evaluator has seen to a statement that runs."""
        if not self._busy:
            signal.default_int_handler(number, frame)

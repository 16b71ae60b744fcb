"""The process of `lager console`: a Python with one console, and no script.

It is paused from the beginning, as far as the box knows, so that all of a paused script's machinery serves it; but it
says nothing of that, nothing in it is held up, and it ends with its console. The runner starts it (`spawn.CONSOLE`),
with the console's name for its only argument.
"""

from __future__ import annotations

import ast
import builtins
import os
import sys
import threading
import time
import types
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty
from typing import TYPE_CHECKING, Any

from lager import wire
from lager.evaluation import evaluating
from lager.paused import Pause
from lager.pausefacts import Asked, Ending

if TYPE_CHECKING:
    from lager_debugbridge.evaluator import Evaluator

COMING_SECONDS = 120.0  # for its console to be opened, as its client may have died before; and for a box that has gone
ENDING_SECONDS = 3.0  # for what its statements have left running, from when on the console is over
PLACE = "<console>"
ABORTED = 130  # exit status


class Alone(Pause):
    """The pause of a process that has nothing to do but to serve a console.

    Args:
        frame: Whose names its statements run in.
        console: The console that it is for; others may look in, too.
        coming: How long that one may take to be opened, and a box that has gone to be there again, s.
    """

    def __init__(self, frame: types.FrameType, console: str, coming: float) -> None:
        super().__init__(frame, Asked(None, 0, None, True, wire.CONSOLE, "resume"), 1)
        self._console = console
        self._until = time.monotonic() + coming
        self._coming = coming
        self._away: threading.Timer | None = None  # runs while there is no box
        self._came = False
        self._made: Evaluator | None = None
        self.gone = threading.Event()  # nobody waits for a statement that still runs

    def begin(self) -> None:
        """Tell the box."""
        self._link.start()

    @property
    def code(self) -> Any:
        """Get what was given to `exit`, or what else the process is to end with."""
        if self._ending and self._ending.reason == "aborted":
            return ABORTED
        return self._made.code if self._made else None

    def wait(self, frame: types.FrameType) -> Ending:
        """Serve consoles until the one that this is for is over."""
        while self._ending is None:
            left = None if self._came else max(0.0, self._until - time.monotonic())
            try:
                message = self._inbox.get(timeout=left)
            except Empty:
                self.end("left")
            else:
                self.serve(message, frame)
        return self._ending

    def take(self, message: wire.ToScript) -> bool:
        """Take a message of the box; in the link's thread."""
        if isinstance(message, wire.Announced) and self._away:
            self._away.cancel()
            self._away = None
        if isinstance(message, wire.CloseConsole) and message.console == self._console:
            self._forsake()
            return True
        pressing = super().take(message)
        if self._ending:
            self.gone.set()
        return pressing

    def lost(self) -> None:
        """Wait for the next box, as a script does; but not for ever."""
        super().lost()
        if self._away is None:
            self._away = threading.Timer(self._coming, self._forsake)
            self._away.daemon = True
            self._away.start()

    def _forsake(self) -> None:
        self.end("left")
        self.gone.set()

    def _serve(self, message: wire.ToScript, frame: types.FrameType) -> None:
        self._came |= isinstance(message, wire.OpenConsole) and message.console == self._console
        super()._serve(message, frame)

    def _evaluator(self, frame: types.FrameType) -> Evaluator:
        from lager_debugbridge.evaluator import Evaluator

        root = os.environ.get("LAGER_RUN_DIR_ROOT", "")
        self._made = Evaluator(frame, self._link.send, root, evaluating, 1)
        self._made.live = self._console
        os.register_at_fork(after_in_child=self._made.forked)
        return self._made


@contextmanager
def prompt() -> Iterator[types.FrameType]:
    """Make this process look like Python's own prompt; give the frame that stands for it."""
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    sys.argv = [""]
    # A coroutine that never runs has a frame with these names and nothing that has called it.
    code = compile(ast.parse("await None", mode="eval"), PLACE, "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    waiting = eval(code.replace(co_name="<module>"), vars(module), vars(module))
    try:
        yield waiting.cr_frame
    finally:
        waiting.close()


def furnish(names: dict[str, Any]) -> None:
    """Import lager's names, and what evaluates statements."""
    exec("import lager\nfrom lager import *", names)
    vars(builtins)["input"] = no_input


def no_input(_prompt: object = "") -> str:
    """Stand for `input`."""
    raise EOFError("a console cannot answer input(): all it reads are statements")


def main(coming: float = COMING_SECONDS) -> None:
    """Serve a console, and end with it.

    Args:
        coming: How long it may take to be opened, s.
    """
    console = sys.argv[1]
    with prompt() as frame:
        here = Alone(frame, console, coming)
        threading.Thread(target=_end_with, args=(here,), name="lager-console-end", daemon=True).start()
        try:
            here.begin()
            furnish(frame.f_globals)  # while the box and its client open the console
            ending = here.wait(frame)
            here.close_consoles(ending.reason)
        except KeyboardInterrupt:  # somebody ends the run
            raise SystemExit(ABORTED) from None
        finally:
            here.over()
            here.gone.set()
    raise SystemExit(here.code)


def _end_with(here: Alone) -> None:
    """End the process where its end is held up, by a statement that does not stop, or by threads that go on."""
    here.gone.wait()
    time.sleep(ENDING_SECONDS)  # noqa: TID251  # what ends in time takes this thread along
    code = here.code
    os._exit(code if isinstance(code, int) else int(code is not None))

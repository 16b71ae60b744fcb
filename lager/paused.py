"""A paused thread: it waits, woken by a queue, and evaluates what consoles and releases ask for, itself.

The box is spoken to by another thread (`lager.pauselink`). What evaluates is imported when it is first needed; which
module that is, the runner says (LAGER_EVALUATOR).
"""

from __future__ import annotations

import importlib
import itertools
import os
import sys
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import FrameType, TracebackType
from typing import cast

from lager import debugged, errors, wire
from lager.banner import banner, ended, one_line, plain, say, shown_file
from lager.collecting import kept_off
from lager.evaluation import evaluating, thread_name
from lager.evaluators import Change, Consoles
from lager.pausefacts import Asked, Ending, Place
from lager.pauselink import PauseLink

ANNOUNCE_SECONDS = 2.0  # how long a banner waits for the box to name the pause
FLUSH_SECONDS = 1.0  # how long going on waits for the last words to be sent
INSTALL = "install the whole of lager where the script runs"
OPTIMIZED = 0x1  # of a code object: its variables are fixed (inspect.CO_OPTIMIZED)
OWN_REFERENCES = 3  # to a frame's copy of its variables: the frame's, a local variable's, and getrefcount's own


class _Process:
    """What the pauses of one process share: their count, and the highest number a box gave one of them."""

    def __init__(self) -> None:
        self.keys = itertools.count(1)
        self.seen = 0


_process = _Process()


def stop(where: FrameType | TracebackType, asked: Asked) -> Ending:
    """Pause this thread: say where, wait, and say how it ended."""
    frame, line = (where.tb_frame, where.tb_lineno) if isinstance(where, TracebackType) else (where, where.f_lineno)
    here = Pause(frame, asked, line)
    try:
        here.announce()
        say(here.banner())
        ending = here.wait(frame)
        here.close_consoles(ending.reason)
        say(ended(asked, ending))
    finally:
        here.over()
        here.let_go_of(frame)
    return ending


class Pause:
    """One pause of the calling thread: announce it, wait, and call `over` whatever happens.

    Args:
        frame: Where it is; it is not kept.
        asked: What was asked for.
        line: Where in the frame; the one it is at if None.
    """

    stops_thread = True  # and not only a coroutine

    def __init__(self, frame: FrameType, asked: Asked, line: int | None = None) -> None:
        self._asked = asked
        self._place = Place(
            shown_file(frame.f_code.co_filename), line or asked.line or frame.f_lineno, frame.f_code.co_name
        )
        self._pid = os.getpid()
        self._key = f"{self._pid}-{next(_process.keys)}"
        self._inbox: SimpleQueue[wire.ToScript | None] = SimpleQueue()
        self._consoles: Consoles | None = None
        self._gone: set[str] = set()  # consoles that have gone: they may, before they are open
        self._change: Change | None = None  # that runs
        self._waiting_change: wire.Release | None = None  # that has not begun
        self._looked = False  # into the frame
        self._interrupt: wire.Interrupt | None = None  # the last one: it may come before its statement begins
        self._ending: Ending | None = None
        self._teller: threading.Thread | None = None
        self._held = ""  # why the thread does not go on, as the box knows
        self.woken: Callable[[], None] = debugged.nobody  # called when something has come, for who holds the thread
        if debugged.is_attached():
            self._inbox.put(wire.OpenDebugger(self._key, ""))
        self._link = PauseLink(os.environ.get("LAGER_RUN_SOCKET", ""), self._hit(), self)

    def _hit(self) -> wire.Hit:
        asked, place = self._asked, self._place
        return wire.Hit(
            run=os.environ["LAGER_PROCESS_ID"],
            key=self._key,
            pid=self._pid,
            label=None if asked.label is None else plain(asked.label),
            file=plain(place.file),
            line=place.line,
            function=plain(place.function),
            thread=plain(thread_name()),
            timeout=asked.seconds or 0.0,
            left=asked.seconds,
            interactive=asked.interactive,
            seen=_process.seen,
            since=time.time(),
            kind=asked.kind,
            on_timeout=asked.on_timeout,
            hold=asked.hold,
            main=self.stops_thread and threading.current_thread() is threading.main_thread(),
        )

    def announce(self) -> None:
        """Tell the box, and wait a moment for the name it has for this pause."""
        self._link.start()
        self._link.named.wait(ANNOUNCE_SECONDS)

    def banner(self) -> str:
        """Say what people read of this pause: with the run's id for its name if the box does not answer."""
        _process.seen = max(_process.seen, self._link.number)
        name = self._link.name_given or os.environ["LAGER_PROCESS_ID"]
        label = one_line(self._link.label) if self._link.label else self._asked.label
        return banner(name, self._asked, self._place, label, self._link.left, self._link.door)

    def wait(self, frame: FrameType) -> Ending:
        """Wait until this thread may go on, and serve consoles meanwhile."""
        while self._ending is None:
            self.serve(self._inbox.get(), frame)
        return self._ending

    def serve(self, message: wire.ToScript | None, frame: FrameType) -> None:
        """Do what a message asks for, in the paused thread."""
        if message is not None and self._ending is None:
            self._looked = True
            self._serve(message, frame)
        if os.getpid() != self._pid:
            os._exit(0)  # a child forked by a console's statement: it must not go on as a second script

    def serve_waiting(self, frame: FrameType) -> bool:
        """Serve what has come, for a debugger that holds the thread; say whether it may go on."""
        while self._ending is None:
            try:
                message = self._inbox.get_nowait()
            except Empty:
                return False
            self.serve(message, frame)
        return True

    def over(self, patience: float = FLUSH_SECONDS) -> None:
        """Say the last word to the box; the consoles are closed before, also when an exception ends the pause.

        Args:
            patience: How long to wait until it is sent, s.
        """
        ending = self._ending or Ending("interrupted")
        try:
            self.close_consoles(ending.reason)
        finally:
            self._link.finish(wire.Released(self._key, ending.reason, list(ending.done)), patience)

    def close_consoles(self, reason: str) -> None:
        """End every console; a statement that still runs was stopped before."""
        consoles, self._consoles = self._consoles, None
        if consoles is not None:
            consoles.finish(reason if reason in wire.PAUSE_ENDS else "script ended")
        if self._teller:
            self._teller.join(FLUSH_SECONDS)

    def let_go_of(self, frame: FrameType) -> None:
        """Drop the copy of its variables that a Python before 3.13 makes in a frame for whoever looks at them.

        It would keep alive what the script deletes later. Where the script itself has asked for it, it stays. Where a
        trace function runs on behalf of the frame, Python is going to write it back: then it must be up to date.
        """
        if self._asked.kind in ("pause", "failure"):
            if self._looked:
                drop_copy(frame)
        elif sys.version_info < (3, 13) and frame.f_code.co_flags & OPTIMIZED:
            _ = frame.f_locals

    # Called in the link's thread --------------------------------------------------------------------------------------

    def take(self, message: wire.ToScript) -> bool:
        """Take a message of the box; say whether to `press` for it."""
        consoles = self._consoles
        match message:
            case wire.Release(key=key):
                return key == self._key and self._release(message)
            case wire.Waits(key=key):
                return key == self._key and self._tell_held_up(message.why)
            case wire.Interrupt():
                self._interrupted(message)
                return False
            case wire.Complete() if consoles:
                consoles.complete(message)
                return False
            case wire.Explain() if consoles:
                consoles.explain(message)
                return False
            case wire.Evaluate() if consoles:
                consoles.queued(message)
            case wire.CloseConsole(console):
                self._close(console)
        self._put(message)
        return False

    def _interrupted(self, message: wire.Interrupt) -> None:
        if self._consoles is None:
            self._interrupt = message
        if consoles := self._consoles:  # as it is by now
            consoles.interrupt(message)

    def _close(self, console: str) -> None:
        self._gone.add(console)
        if self._consoles:  # as it is by now
            self._consoles.stop(console)

    def _release(self, release: wire.Release) -> bool:
        if release.sets or release.value is not None:
            self._waiting_change = release
            self._put(release)
            self.press()
        else:
            self.end(release.reason, release.by)
        return True

    def end(self, reason: str, by: str = "") -> None:
        """Let the thread go on; the first reason counts. Again and again until it does: stop what it is running."""
        if self._ending is None:
            aborted = reason == "timed out" and self._asked.on_timeout == "abort"
            self._ending = Ending("aborted" if aborted else reason, by)
            self._put(None)
        self.press()

    def press(self) -> bool:
        """Stop what holds up a release: a console's statement, or a change when it is too late for one.

        Returns:
            Whether to do so again.
        """
        if (consoles := self._consoles) and (self._ending or self._waiting_change):
            consoles.stop()
            if (held := consoles.stuck()) and not self._held:
                self._held = held
                self._link.send(wire.Held(self._key, held))
                self._tell_held_up(held)
        if (change := self._change) and self._ending:
            change.stop()
        return bool(self._ending or self._waiting_change)

    def _tell_held_up(self, why: str) -> bool:
        line = f"=== released, but not going on yet: {one_line(why)}\n"
        self._teller = threading.Thread(target=say, args=[line], daemon=True)
        self._teller.start()  # apart: what does not stop may hold the stream
        return False

    def changing(self) -> bool:
        """Say whether a change is asked for or being made: it has its own limit of time."""
        return self._ending is None and (self._change is not None or self._waiting_change is not None)

    def news(self) -> None:
        """Know that the link has a name, or has sent its last word."""

    def lost(self) -> None:
        """Keep the consoles: the box went away, but everybody who looked may come back to the next one."""
        self._held = ""  # which that one does not know

    def consoles(self) -> list[wire.HeldConsole]:
        """Tell the next box of the consoles."""
        return self._consoles.held() if self._consoles else []

    def _put(self, message: wire.ToScript | None) -> None:
        self._inbox.put(message)
        self.woken()

    # ------------------------------------------------------------------------------------------------------------------

    def _serve(self, message: wire.ToScript, frame: FrameType) -> None:
        if isinstance(message, wire.OpenConsole):
            with kept_off():
                self._open(message, frame)
        elif isinstance(message, wire.Release):
            self._carry_out(message, frame)
        elif isinstance(message, wire.OpenDebugger):
            debugged.let_in(message, frame, self, self._link.send)
        elif self._consoles is not None:
            self._pass_on(message, self._consoles)

    def _open(self, opened: wire.OpenConsole, frame: FrameType) -> None:
        if self._consoles is None:
            try:
                self._consoles = self._evaluator(frame)
            except (ImportError, KeyError) as exc:
                error = wire.ErrorBody("no-console", f"this script cannot have a console: {exc!r}", INSTALL)
                self._link.send(wire.ConsoleClosed("error", error, opened.console))
                return
        if opened.console not in self._gone:
            self._consoles.open(opened.console, opened.by)

    def _evaluator(self, frame: FrameType) -> Consoles:
        evaluator = importlib.import_module(os.environ["LAGER_EVALUATOR"])
        root = os.environ.get("LAGER_RUN_DIR_ROOT", "")
        made = evaluator.Evaluator(frame, self._link.send, root, evaluating, self._place.line)
        return cast("Consoles", made)

    def _carry_out(self, release: wire.Release, frame: FrameType) -> None:
        """Make the changes of a release, and end the pause; or say why not."""
        try:
            evaluator = importlib.import_module(os.environ["LAGER_EVALUATOR"])
            self._change = cast("Change", evaluator.Change(frame, release.sets, release.value, evaluating))
            self._waiting_change = None
            done, value = self._change.carry_out()
        except (ImportError, KeyError) as exc:
            declined = wire.ErrorBody("change-refused", f"this script cannot be changed: {exc!r}", INSTALL)
        except errors.ChangeRefused as exc:
            declined = wire.ErrorBody.of(exc)
        else:
            reason, by = (self._ending.reason, self._ending.by) if self._ending else (release.reason, release.by)
            self._ending = Ending(reason, by, tuple(done), value)
            return
        finally:
            change, self._change, self._waiting_change = self._change, None, None
            if change is not None:
                change.drop()
        self._link.send(wire.Declined(self._key, declined))

    def _pass_on(self, message: wire.ToScript, consoles: Consoles) -> None:
        match message:
            case wire.CloseConsole(console):
                consoles.close(console)
            case wire.Evaluate():
                self._interrupt_early(consoles)
                consoles.evaluate(message)
            case wire.Complete():
                consoles.complete(message)
            case wire.Explain():
                consoles.explain(message)

    def _interrupt_early(self, consoles: Consoles) -> None:
        if self._interrupt:
            consoles.interrupt(self._interrupt)


def drop_copy(frame: FrameType) -> None:
    """Empty the copy of a frame's variables that was made to look at them, unless the script itself has it."""
    if sys.version_info >= (3, 13) or not frame.f_code.co_flags & OPTIMIZED:
        return
    copy = frame.f_locals
    if sys.getrefcount(copy) == OWN_REFERENCES:
        copy.clear()

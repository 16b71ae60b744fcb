"""The supervisor's loop: what a script says into the log, signals to the script, and its exit status onto the disk.

It lives in the supervisor's process, which has one thread, and knows the time; it only ties the rooms together that
know the rest: `capture` the pipes, `watchers` who asks for something, `ending` the steps of an end, `script` the
processes. Of what it writes itself, each line begins with `=== lager: `.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import time
from typing import Any

from lager_runner import outputlog
from lager_runner.capture import Capture
from lager_runner.ending import LADDER, Ending, Graces
from lager_runner.exitfile import ExitFile
from lager_runner.logwriter import LogWriter
from lager_runner.script import Script
from lager_runner.watchers import Request, Watchers

QUIET_SECONDS = 0.5  # how long output may still come from what the script has left behind
DRAIN_SECONDS = 5.0  # the same, where it never is quiet,
DRAIN_BYTES = 1 << 24  # and where it is loud; what the script itself has said is within the first of them
FLOOD_READS = 32  # with no pause between them, after which a script's output is a flood
GATHER_SECONDS = 0.002  # for which a flood is let gather, where a read has emptied its pipe: a read, a write and three
# wake-ups for each line of it would cost more than the script itself
LOOK_SECONDS = 0.5  # how often it is looked whether a script that is being ended makes progress
MACHINE = "the machine"  # who ends a run whose supervisor gets a SIGTERM
_LONGEST_WAIT = 86400.0  # s; epoll_wait(2) counts milliseconds in an int


class Recorder:
    """Attends one script.

    Args:
        run_dir: The run's directory.
        child: The script's process id, which is its group's, too.
        pipes: Reading ends of its output, by stream; the output channel is one of them.
        control: The listening control socket's descriptor.
    """

    def __init__(self, run_dir: str, child: int, pipes: dict[int, int], control: int) -> None:
        started = time.monotonic()
        with open(os.path.join(run_dir, "spec.json"), "rb") as file:
            spec = json.load(file)
        self._limit = float(spec["timeout"])
        self._graces = Graces(*spec.get("graces", Graces()))
        self._exit_file = ExitFile(run_dir)
        self._script = Script(child)
        self._ending = Ending(started + self._limit if self._limit > 0 else None, self._graces)
        self._ended: float | None = None  # when the script has
        self._last_sign = started  # of life
        self._dense, self._emptied = 0, False  # reads with no pause between them; whether the last emptied its pipe
        self._since_end = 0  # bytes read since the script ended
        self._look_at: float | None = None  # when to look for progress
        self._outcome: dict[str, Any] | None = None
        self._selector = selectors.DefaultSelector()
        notes = outputlog.STDERR if outputlog.STDERR in pipes else outputlog.STDOUT
        self._log = LogWriter(os.path.join(run_dir, "output.log"), int(spec.get("output_limit", 0)), notes)
        self._watchers = Watchers(self._selector, control, self._facts, self._obey, self._hold)
        self._capture = Capture(self._selector, self._log, self._heard)
        for stream, pipe in pipes.items():
            self._capture.open(stream, pipe)
        if (asked := float(spec.get("asked_timeout", 0))) > self._limit:
            self._say(f"this box allows {self._limit:.10g} s at most; the timeout of {asked:.10g} s was lowered")
        self._listen_for_signals()

    def record(self) -> None:
        """Attend the script until it has ended and all its output is kept."""
        while not self._over():
            for key, _ in self._selector.select(self._patience()):
                key.data()
            self._keep_time()
            if self._dense > FLOOD_READS and self._emptied:
                time.sleep(GATHER_SECONDS)  # noqa: TID251  # nothing tells that a pipe has gathered some bytes
        self._finish()

    def _listen_for_signals(self) -> None:
        """Hear of ended processes; take SIGTERM (the machine shuts down) for a request to end in good order."""
        bell, button = socket.socketpair()
        bell.setblocking(False)
        button.setblocking(False)
        signal.set_wakeup_fd(button.detach(), warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)  # it only has to ring
        self._selector.register(bell, selectors.EVENT_READ, lambda: self._rung(bell.recv(4096)))
        self._rung(b"")  # for who has ended before

    def _rung(self, numbers: bytes) -> None:
        """Take signals that came to this process."""
        if signal.SIGTERM in numbers:
            self._end(signal.SIGINT, MACHINE, "")
        self._script.reap()
        if self._ended is None and self._script.status is not None:
            self._ended = self._last_sign = time.monotonic()

    # What comes in ----------------------------------------------------------------------------------------------------

    def _heard(self, size: int, grown: bool) -> None:
        if size:
            self._gauge(size)
            self._progress()
        if self._ended is not None:
            self._since_end += size
        if grown:
            self._watchers.wake()

    def _gauge(self, size: int) -> None:
        pause = time.monotonic() - self._last_sign
        self._dense = self._dense + 1 if pause < 2 * GATHER_SECONDS else 0
        self._emptied = size < outputlog.LARGEST // 2

    def _progress(self) -> None:
        self._last_sign = time.monotonic()
        self._ending.progress(self._last_sign)

    def _say(self, words: str) -> None:
        self._capture.say(f"=== lager: {words}\n")

    def _facts(self) -> dict[str, Any]:
        return {
            "script": self._script.pid,
            "supervisor": os.getpid(),
            "ends": self._ending.limit(),
            "did": self._ending.did,
            "lost": self._log.lost,
            "outcome": self._outcome,
        }

    def _obey(self, request: Request) -> None:
        if request.pause:
            self._script.ask_to_pause()
        if request.say:
            self._say(request.say)
        if request.end is not None:
            self._end(**request.end)
        elif request.signal and not (request.signal == signal.SIGINT and self._ending.finishing):
            self._script.signal(request.signal)
            self._ending.sent(time.monotonic(), request.signal, request.by)
            self._watchers.tell()

    def _end(self, step: int, by: str, why: str) -> None:
        if self._settled:
            return
        first = not self._ending.begun
        step = step if step in LADDER else signal.SIGINT
        if self._ending.end(time.monotonic(), by or why, step) and first and why:
            self._say(f"stopping the run: {why}")
        self._keep_time()  # at once: the next request may be for the next step

    def _hold(self, hold: bool) -> None:
        if hold:
            self._ending.hold(time.monotonic())
        else:
            self._ending.go_on(time.monotonic())
        self._watchers.tell()

    # Time -------------------------------------------------------------------------------------------------------------

    @property
    def _settled(self) -> bool:
        """Say whether the script has ended by itself: nothing ends it any more."""
        return self._ended is not None and not self._ending.begun

    def _patience(self) -> float | None:
        """Say for how long there is nothing to do, s; None where that is not known."""
        due = None if self._settled else self._ending.deadline
        moments = [moment for moment in (due, self._look_at, self._over_at()) if moment is not None]
        return min(max(0.0, min(moments) - time.monotonic()), _LONGEST_WAIT) if moments else None

    def _keep_time(self) -> None:
        if self._settled:
            return
        now = time.monotonic()
        while (number := self._ending.due(now)) is not None:
            if self._ending.timed_out and self._ending.finishing:
                self._say(f"the run's timeout of {self._limit:.10g}s is over; stopping it")
            if number:
                self._script.signal(number)
                self._script.signal(signal.SIGCONT)  # who was stopped could not take it
            self._look_at = now
            self._watchers.tell()
        if self._look_at is not None and now >= self._look_at:
            going = not (self._script.alone or self._ending.killed)
            self._look_at = now + min(LOOK_SECONDS, self._graces.idle / 4) if going else None
            if going and self._script.has_worked():
                self._progress()

    def _over_at(self) -> float | None:
        """Say when no more is waited for what the script has left behind; None while the script lives."""
        if self._ended is None:
            return None
        if self._ending.begun:  # they, too, were interrupted, and may have something to clean up
            return min(self._last_sign + self._graces.terminate, self._ended + self._graces.total)
        return min(self._last_sign + QUIET_SECONDS, self._ended + DRAIN_SECONDS)

    def _over(self) -> bool:
        over_at = self._over_at()
        if over_at is None:
            return False
        silent = not self._capture.talkative and not self._ending.begun
        too_much = self._since_end > DRAIN_BYTES or self._ending.killed
        return self._script.alone or silent or too_much or time.monotonic() >= over_at

    # The end ----------------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        if immortal := self._script.kill():
            self._say(f"these processes of the run cannot be killed: {', '.join(map(str, immortal))}")
        self._capture.close()
        code = self._script.status or 0
        status, reason = (code, "exit") if code >= 0 else (128 - code, "signal")
        if self._ending.timed_out:
            status, reason = 124, "timeout"
        elif self._ending.did and self._ending.stopped:
            reason = "stopped"
        self._outcome = {
            "status": status,
            "reason": reason,
            "ended": time.time(),
            "missing": self._log.missing,
            "lost": self._log.lost,
            "did": self._ending.did,
        }
        try:
            self._exit_file.write(self._outcome)
        except OSError:  # the disk fails, or somebody has removed the directory
            self._watchers.tell()  # then who watches knows it at least
            raise

"""Starts worker processes, and keeps one in reserve: a spare has imported all it needs, and waits to be told for what.

One for the service, whatever the number of instruments, so the memory it takes is bounded. Whoever must be replaced
takes it; another is started a moment later. Knows no instrument and no socket.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from lager import settings
from lager_hwservice.assignment import SPARE, Assignment

log = logging.getLogger(__name__)
_AFTERWARDS = 0.1  # s between the taking of a spare and the start of the next: the one that was taken comes first
_END_WITHIN = 4.0  # s
_SHORT_LIFE, _SHORT_SERVICE = 2.0, 0.3  # s: of a process that never came to serve, and of one that did
_FREE_RESTARTS = 3  # a process may die young this often before its restart waits
_ITS_CPU_TIME = 2  # of the clocks Linux has for each process (clock_getcpuclockid(3))

Process = subprocess.Popen[bytes]


def restart_delay(young_deaths: int, was_ready: bool = False) -> float:
    """Decide how long to wait, s, before a process is started again.

    Args:
        young_deaths: After so many short lives in a row.
        was_ready: Whether the last one had come as far as serving: then somebody may be killing them.
    """
    over = young_deaths - _FREE_RESTARTS
    return 0.0 if over <= 0 else min(0.1 * 2.0 ** min(over, 10), 0.4 if was_ready else 5.0)


class Youth:
    """Counts the short lives in a row.

    Args:
        clock: Monotonic time, s.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._deaths = 0
        self._began = 0.0

    def begin(self) -> None:
        """Note that a process starts."""
        self._began = self._clock()

    def end(self, was_ready: bool = False) -> float:
        """Note that it has ended, and give how long the next one has to wait, s; `was_ready` as in `restart_delay`."""
        short = _SHORT_SERVICE if was_ready else _SHORT_LIFE
        self._deaths = self._deaths + 1 if self._clock() - self._began < short else 0
        return restart_delay(self._deaths, was_ready)


class Starter:
    """Starts workers; the spare is its own.

    Args:
        folder: Where the processes are started: not in the user's directory, because with -m, a file of theirs named
            like a library would be imported instead.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._spare: Process | None = None
        self._ending = threading.Event()
        self._wanted = threading.Event()
        self._taken = os.eventfd(0, os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._keep, name="spare", daemon=True)
        self._thread.start()

    def start(self, given: Assignment) -> Process:
        """Give a process that serves an instrument, or is about to: the spare, or one that starts now."""
        spare = self._take()
        if spare is not None and spare.stdin is not None:
            with contextlib.suppress(OSError):  # it has died just now
                spare.stdin.write(msgspec.json.encode(given) + b"\n")
                spare.stdin.flush()
                return spare
            end(spare)
        return self._run(given.words())

    def want_spare(self) -> None:
        """Have a spare from now on: the workers that were needed at once are started."""
        self._wanted.set()

    def facts(self) -> list[dict[str, Any]]:
        """Describe the spare, for `GET /workers`; nothing where there is none."""
        with self._lock:
            spare = self._spare
            if spare is None:
                return []
            return [{"address": "", "instrument": "", "pid": spare.pid, "ready": False, "spare": True}]

    def close(self) -> None:
        """End the spare."""
        self._ending.set()
        self._wanted.set()
        spare = self._take()
        if spare is not None:
            end(spare)
        self._thread.join(_END_WITHIN)

    def _take(self) -> Process | None:
        """Take the spare, warm or about to be: it is ahead of any that would be started now."""
        with self._lock:
            spare, self._spare = self._spare, None
            if spare is None:
                return None
            os.eventfd_write(self._taken, 1)
        if spare.poll() is None:
            return spare
        end(spare)
        return None

    def _run(self, words: list[str]) -> Process:
        settings.private(self._folder)  # it may have been removed
        command = [sys.executable, "-m", "lager_hwservice.worker", *words]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self._folder)

    def _keep(self) -> None:
        youth = Youth()
        delay = 0.0
        self._wanted.wait()
        while not self._ending.wait(delay):
            youth.begin()
            try:
                spare = self._run([SPARE])
            except OSError as exc:  # no memory, no process, no folder: workers are then started without a spare
                log.warning("no spare worker can be started: %s", exc)
                delay = max(1.0, youth.end())
                continue
            delay = _AFTERWARDS if self._offer(spare) else self._died(spare, youth)

    def _died(self, spare: Process, youth: Youth) -> float:
        end(spare)
        if not self._ending.is_set():
            log.warning("a spare worker ended (%s)", spare.returncode)
        return youth.end()

    def _offer(self, spare: Process) -> bool:
        """Offer a spare until it is taken (True), or dead. It says a line when it is warm, and nothing else."""
        with self._lock:
            if self._ending.is_set():
                return False
            self._spare = spare
        said = spare.stdout.fileno() if spare.stdout else -1
        waiting = select.poll()
        waiting.register(self._taken, select.POLLIN)
        waiting.register(said, select.POLLIN)
        while True:
            ready = {number for number, _ in waiting.poll()}
            with self._lock:
                if self._taken in ready:
                    os.eventfd_read(self._taken)
                    return True
                if self._spare is not spare:  # taken just now; the next look tells
                    continue
                if not os.read(said, 4096):
                    self._spare = None
                    return False


def end(process: Process) -> None:
    """Cut a process' lifeline, and wait until it has ended; kill it when it does not."""
    with process:
        cut(process)
        try:
            process.wait(_END_WITHIN)
        except subprocess.TimeoutExpired:
            log.warning("worker process %d did not end: killed", process.pid)
            process.kill()


def cut(process: Process) -> None:
    """Cut a process' lifeline: it lets go of its instrument, and ends."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):  # it has ended by itself
            process.stdin.close()


def effort(process: Process) -> float:
    """Look how much of the processor's time a process has used so far, s; 0 for one that has ended.

    Who starts slowly on a busy machine uses some all the time; who was stopped, or waits for ever, does not.
    """
    if process.poll() is not None:
        return 0.0
    try:
        return time.clock_gettime(~process.pid << 3 | _ITS_CPU_TIME)
    except OSError:  # it has ended just now
        return 0.0

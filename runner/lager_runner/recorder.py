"""The supervisor's loop: pipes into the log, signals to the script, and its exit status onto the disk.

It waits for nobody: a watcher that does not read misses a wake-up, never output. It lives in the supervisor's process,
which has one thread.

On the control socket a watcher gets a line end whenever the log has grown, and the end of the connection when the run
has ended (`exit.json` is there by then); before the first line end, `{"script": PID}` says which process the script is.
It may send lines:

* `{"signal": N, "once": bool}`: `once` is for stop requests, of which a second interrupt must not cut the script's
  `finally:` short;
* `{"pause": true}` asks the script itself, and no child of it, to pause;
* `{"hold": bool}`: the time limit waits while any watcher holds it, and runs again when the last lets go, or is gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import signal
import socket
import time
from typing import Any

from lager_runner import outputlog
from lager_runner.ending import Ending
from lager_runner.logwriter import LogWriter

QUIET_SECONDS = 0.5  # how long output may still come from what the script has left behind
DRAIN_SECONDS = 5.0  # the same, where it never is quiet,
DRAIN_BYTES = 1 << 24  # and where it is loud; what the script itself has said is within the first of them
_PIPE_BYTES = 1 << 20  # so that a script is not slowed by a disk that pauses for breath
_F_SETPIPE_SZ = 1031  # Linux; fcntl has the name from Python 3.10 on some builds only
_EXIT_FILE_BYTES = 256  # reserved at the start: the status must find room on a full disk
_REQUEST_BYTES = 65536
_LONGEST_WAIT = 86400.0  # s; epoll_wait(2) counts milliseconds in an int


class Recorder:
    """Attends one script.

    Args:
        run_dir: The run's directory.
        child: The script's process id, which is its group's, too. It is reaped last, so the id stays its own.
        pipes: Reading ends of its stdout and stderr.
        control: The listening control socket's descriptor.
    """

    def __init__(self, run_dir: str, child: int, pipes: tuple[int, int], control: int) -> None:
        started = time.monotonic()
        with open(os.path.join(run_dir, "spec.json"), "rb") as file:
            self._limit = float(json.load(file)["timeout"])
        self._exit_file = os.path.join(run_dir, "exit.json")
        self._draft = self._reserve()
        self._child = child
        self._selector = selectors.DefaultSelector()
        self._tails = {outputlog.STDOUT: b"", outputlog.STDERR: b""}
        self._log = LogWriter(os.path.join(run_dir, "output.log"))
        self._ending = Ending(started + self._limit if self._limit > 0 else None)
        self._ended: float | None = None
        self._last_output = started
        self._since_end = 0  # bytes read since the script ended
        self._watchers: dict[socket.socket, bytearray] = {}
        self._holders: set[socket.socket] = set()  # the watchers for whom the time limit waits
        self._pipes: dict[int, int] = {}
        for stream, pipe in zip(self._tails, pipes, strict=True):
            self._open_pipe(stream, pipe)
        self._listener = socket.socket(fileno=control)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._script = os.pidfd_open(child)
        self._selector.register(self._script, selectors.EVENT_READ, self._script_ended)
        self._listen_for_sigterm()

    def record(self) -> None:
        """Attend the script until it has ended and all its output is kept."""
        while not self._over():
            for key, _ in self._selector.select(self._patience()):
                key.data()
            self._keep_time()
        self._finish()

    def _reserve(self) -> int:
        draft = os.open(self._exit_file + ".draft", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with contextlib.suppress(OSError):  # the disk is full already; by the end it may not be
            os.write(draft, b" " * _EXIT_FILE_BYTES)
        return draft

    def _open_pipe(self, stream: int, pipe: int) -> None:
        os.set_blocking(pipe, False)
        with contextlib.suppress(OSError):  # a user may have only so much; then it stays as it is
            fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)
        self._pipes[stream] = pipe
        self._selector.register(pipe, selectors.EVENT_READ, lambda: self._read(stream))

    def _listen_for_sigterm(self) -> None:
        """Take SIGTERM (the machine shuts down) for a request to end the script in good order."""
        bell, button = socket.socketpair()
        bell.setblocking(False)
        button.setblocking(False)
        signal.set_wakeup_fd(button.detach(), warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, lambda *_: self._ending.begin(time.monotonic()))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._selector.register(bell, selectors.EVENT_READ, lambda: bell.recv(4096))

    # Output -----------------------------------------------------------------------------------------------------------

    def _read(self, stream: int) -> bool:
        """Take what the pipe has; False when it has nothing now."""
        try:
            data = os.read(self._pipes[stream], outputlog.LARGEST - 3)
        except BlockingIOError:
            return False
        self._last_output = time.monotonic()
        if not data:
            self._close_pipe(stream)
            return False
        if self._ended is not None:
            self._since_end += len(data)
        data = self._tails[stream] + data
        cut = outputlog.whole(data)
        self._tails[stream] = data[cut:]
        self._append(stream, data[:cut])
        return True

    def _close_pipe(self, stream: int) -> None:
        self._append(stream, self._tails[stream])
        self._tails[stream] = b""
        pipe = self._pipes.pop(stream)
        self._selector.unregister(pipe)
        os.close(pipe)

    def _append(self, stream: int, data: bytes) -> None:
        if self._log.append(stream, data):
            for watcher in list(self._watchers):
                self._wake(watcher)

    def _wake(self, watcher: socket.socket) -> None:
        try:
            watcher.send(b"\n")
        except BlockingIOError:
            return  # it has wake-ups enough that it did not take yet
        except OSError:
            self._drop(watcher)

    # Watchers ---------------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        try:
            watcher, _ = self._listener.accept()
        except OSError:
            return  # it went away before its turn
        watcher.setblocking(False)
        self._watchers[watcher] = bytearray()
        self._selector.register(watcher, selectors.EVENT_READ, lambda: self._hear(watcher))
        with contextlib.suppress(OSError):  # it has gone again; that is seen where it is heard
            watcher.send(json.dumps({"script": self._child}).encode())
        self._wake(watcher)  # for what was written between its connecting and now

    def _drop(self, watcher: socket.socket) -> None:
        if self._watchers.pop(watcher, None) is not None:
            self._hold(watcher, False)
            self._selector.unregister(watcher)
            watcher.close()

    def _hear(self, watcher: socket.socket) -> None:
        heard = self._watchers.get(watcher)
        if heard is None:
            return  # dropped a moment ago
        try:
            part = watcher.recv(_REQUEST_BYTES)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        heard += part
        *lines, rest = heard.split(b"\n")
        heard[:] = rest
        for line in lines:
            self._obey(watcher, bytes(line))
        if not part or len(rest) > _REQUEST_BYTES:
            self._drop(watcher)

    def _obey(self, watcher: socket.socket, line: bytes) -> None:
        try:
            request: dict[str, Any] = json.loads(line)
            number, once = int(request.get("signal", 0)), bool(request.get("once"))
            pause, hold = bool(request.get("pause")), request.get("hold")
        except (ValueError, AttributeError, TypeError):
            return  # from a newer runner: what this supervisor does not know, it cannot do
        if number and not (once and number == signal.SIGINT and self._ending.interrupted):
            self._signal(number)
        if pause:
            self._ask_to_pause()
        if hold is not None:
            self._hold(watcher, bool(hold))

    def _hold(self, watcher: socket.socket, hold: bool) -> None:
        before = bool(self._holders)
        if hold:
            self._holders.add(watcher)
        else:
            self._holders.discard(watcher)
        if self._holders and not before:
            self._ending.hold(time.monotonic())
        elif before and not self._holders:
            self._ending.go_on(time.monotonic())

    # The script -------------------------------------------------------------------------------------------------------

    def _signal(self, number: int) -> None:
        if number == signal.SIGINT:
            self._ending.interrupted = True
        # The group's leader is not reaped before the end, so nobody else can have got this number.
        with contextlib.suppress(ProcessLookupError):  # all of the group are gone
            os.killpg(self._child, number)

    def _ask_to_pause(self) -> None:
        # It is ignored by what does not know it. The script is not reaped before the end, so the number is its own.
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGURG)

    def _script_ended(self) -> None:
        self._ended = self._last_output = time.monotonic()
        self._selector.unregister(self._script)

    def _patience(self) -> float | None:
        moments = [] if self._ending.deadline is None else [self._ending.deadline]
        if self._ended is not None:
            if self._since_end > DRAIN_BYTES:
                return 0.0
            moments = [min(self._last_output + QUIET_SECONDS, self._ended + DRAIN_SECONDS)]
        return min(max(0.0, min(moments) - time.monotonic()), _LONGEST_WAIT) if moments else None

    def _keep_time(self) -> None:
        if self._ended is not None:
            return
        while (number := self._ending.due(time.monotonic())) is not None:
            if self._ending.timed_out and number in (0, signal.SIGINT):
                self._say(f"=== lager: the run's timeout of {self._limit:g}s is over; stopping it\n")
            if number:
                self._signal(number)

    def _say(self, line: str) -> None:
        self._append(outputlog.STDERR, line.encode())

    def _over(self) -> bool:
        return self._ended is not None and (not self._pipes or not self._patience())

    # The end ----------------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        self._signal(signal.SIGKILL)  # what the script has left behind in its group
        for stream in list(self._pipes):
            for _ in range(2 * _PIPE_BYTES // outputlog.LARGEST):
                if not self._read(stream):
                    break
            if stream in self._pipes:
                self._close_pipe(stream)
        self._log.mark_gap()
        _, status = os.waitpid(self._child, 0)
        self._write_exit(os.waitstatus_to_exitcode(status))

    def _write_exit(self, code: int) -> None:
        status, reason = (code, "exit") if code >= 0 else (128 - code, "signal")
        if self._ending.timed_out:
            status, reason = 124, "timeout"
        outcome = {"status": status, "reason": reason, "ended": time.time(), "missing": self._log.missing}
        os.pwrite(self._draft, json.dumps(outcome).encode().ljust(_EXIT_FILE_BYTES), 0)
        os.rename(self._exit_file + ".draft", self._exit_file)

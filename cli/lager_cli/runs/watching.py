"""Following a run from the terminal it was started in: its output, Enter, Ctrl-C, its exit status."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import select
import signal
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO

import click

from lager import errors, wire
from lager_cli.runs.keyboard import Keyboard
from lager_cli.runs.stream import Message, RunStream
from lager_cli.selection import user_name

_LADDER = ("SIGINT", "SIGTERM", "SIGKILL")
_BANNER = b"=== lager breakpoint"
_NAMED = re.compile(rb"^=== lager breakpoint[^\n]*  \(id ([^\s)]+)\)", re.MULTILINE)
_LATER = 1.0  # s until it is looked again whether this process is in the foreground


class Interrupts:
    """Ctrl-C and its like as something to wait on, from `with` to its end; nothing is interrupted by them."""

    def __enter__(self) -> Interrupts:
        """Take the signals over."""
        self._wake, self._woken = os.pipe()
        for end in (self._wake, self._woken):
            os.set_blocking(end, False)
        self._wakeup = signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        self._before = {one: signal.signal(one, lambda *_: None) for one in caught}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back."""
        signal.set_wakeup_fd(self._wakeup)
        for one, handler in self._before.items():
            signal.signal(one, handler)
        os.close(self._wake)
        os.close(self._woken)

    def fileno(self) -> int:
        """Give the descriptor that is readable when signals have come."""
        return self._wake

    def count(self) -> int:
        """Give how many signals have come since; not those that were only passing (SIGCHLD, SIGWINCH)."""
        try:
            return sum(number in self._before for number in os.read(self._wake, 64))
        except BlockingIOError:
            return 0


class Watch:
    """One run, watched to its end."""

    def __init__(self, stream: RunStream, interrupts: Interrupts, keyboard: Keyboard) -> None:
        self._stream, self._interrupts, self._keyboard = stream, interrupts, keyboard
        self._pauses: dict[int, wire.PauseInfo] = {}
        self._asked: set[int] = set()  # pauses we have asked to continue
        self._stops = 0
        self._unread: set[int] = set()  # streams nobody reads any more
        self._banner = b""  # the end of what was shown since the last pause, to see a banner in
        self._shown = b""  # the end of all that was shown, to see whose banner is the lowest

    def until_end(self) -> int:
        """Follow the run; give its exit status.

        Raises:
            LagerError: The box cannot go on with the stream, or contact is lost.
        """
        while True:
            ready = self._wait()
            if self._interrupts in ready:
                for _ in range(self._interrupts.count()):
                    self._stop()
            if self._stream in ready:
                for message in self._stream.messages():
                    status = self._take(message)
                    if status is not None:
                        return status
            if self._pauses and self._keyboard.pressed():
                self._enter()

    def _wait(self) -> list[object]:
        sources: list[RunStream | Interrupts | Keyboard] = [self._stream, self._interrupts]
        timeout = None
        if self._pauses and self._keyboard.present:
            if self._keyboard.ours:
                sources.append(self._keyboard)
            else:
                timeout = _LATER
        return list(select.select(sources, [], [], timeout)[0])

    def _take(self, message: Message) -> int | None:
        if isinstance(message, wire.Output):
            self._look_for_banner(message.data)
            self._shown = (self._shown + message.data)[-4096:]
            self._write(message)
        elif isinstance(message, wire.PauseBegan):
            if not self._pauses:
                self._forget_keys()
            self._pauses.setdefault(message.pause.number, message.pause)  # as its banner names it, if it is told anew
        elif isinstance(message, wire.PauseEnded):
            self._banner = b""
            self._pauses.pop(message.number, None)
            self._asked.discard(message.number)
        elif isinstance(message, wire.Exited):
            return _explain(message)
        elif isinstance(message, wire.StreamFailed):
            raise message.error.as_error()
        else:
            raise message
        return None

    def _look_for_banner(self, data: bytes) -> None:
        """Note what was typed before a banner. One that comes before the news of its pause may be answered at once."""
        if self._pauses or _BANNER in self._banner:
            return
        self._keyboard.mark()
        self._banner = (self._banner + data)[-4096:]

    def _forget_keys(self) -> None:
        """Forget what was typed before the banner of the pause that begins: it was no answer to it."""
        if _BANNER not in self._banner:  # it is still to come, so whatever was typed until now was before it
            self._keyboard.mark()
        self._banner = b""
        self._keyboard.discard()

    def _write(self, output: wire.Output) -> None:
        if output.stream in self._unread:
            return
        out: BinaryIO = sys.stderr.buffer if output.stream == 2 else sys.stdout.buffer
        try:
            out.write(output.data)
            out.flush()
        except OSError as exc:  # its reader has gone (`| head`), or the terminal has: the script is told to stop
            self._unread = {1, 2}  # what a script says while it is being stopped is of no more use, either
            _forget(out)
            gone = exc.errno in (errno.EPIPE, errno.EIO)
            if not gone:
                _say(f"Error: the output cannot be written: {(exc.strerror or str(exc)).lower()}.")
            if not self._stops:
                self._stop(quietly=gone)

    def _enter(self) -> None:
        """Resume the pause whose banner is the lowest on the screen; one that was asked for before comes last."""
        waiting = self._from_top_to_bottom()
        lowest = next((one for one in reversed(waiting) if one not in self._asked), waiting[-1])
        self._asked.add(lowest)
        self._stream.send(wire.Continue(lowest, user_name()))

    def _from_top_to_bottom(self) -> list[int]:
        """Give the open pauses by their banners: two threads may have theirs in another order than their pauses."""
        numbers = {pause.name.encode(): number for number, pause in self._pauses.items()}
        shown = [numbers[name] for name in _NAMED.findall(self._shown) if name in numbers]
        return sorted(
            self._pauses, key=lambda one: shown[::-1].index(one) if one in shown else len(shown), reverse=True
        )

    def _stop(self, quietly: bool = False) -> None:
        name = _LADDER[min(self._stops, len(_LADDER) - 1)]
        self._stops += 1
        self._stream.send(wire.Stop(name))
        if quietly:
            return
        again = f"; once more sends {_LADDER[self._stops]}" if self._stops < len(_LADDER) else ""
        start = "\n" if sys.stderr.isatty() else ""
        _say(f"{start}Stopping the script ({name}){again}. Waiting for its end.")


def _say(words: str) -> None:
    with contextlib.suppress(OSError):  # a terminal that has gone reads nothing
        click.echo(words, err=True)


def _forget(out: BinaryIO) -> None:
    """Point a stream nowhere, so that the flush at exit finds no broken pipe."""
    with _nowhere() as nowhere:
        os.dup2(nowhere, out.fileno())
    with contextlib.suppress(OSError):
        out.flush()


@contextlib.contextmanager
def _nowhere() -> Iterator[int]:
    descriptor = os.open(os.devnull, os.O_WRONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _explain(end: wire.Exited) -> int:
    if end.reason == "timeout":
        killed = end.status == 128 + signal.SIGKILL
        text = "Script forcibly killed due to timeout." if killed else "Script terminated due to timeout."
        click.secho(text, fg="red", err=True)
    elif end.reason == "lost":
        raise errors.LagerError(
            "the run ended, but its exit status is lost: the process that kept it was killed",
            "run it again; what it wrote until then is above",
        )
    return end.status

"""A connection to a machine: the OpenSSH client as a process, and one connection of it for all that is asked.

Passwords and unknown host keys are asked for by ssh itself, at the terminal.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

from lager.banner import ON_ONE_LINE
from lager_cli.machine import sshtroubles
from lager_cli.machine.target import Target, client

FAILED = 255  # what ssh ends with when it could not do its own part
_OPEN_SECONDS = 10  # until a machine answers at all
_KEPT_SECONDS = 30  # that the connection is kept when nothing uses it, where nobody could end it
_END_SECONDS = 5.0
_PART = 1 << 16  # bytes
# What the user's own configuration may ask for, and is of no use here: the box gets no key of the user's agent.
_ALONE = ("ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes", "RemoteCommand=none", "PermitLocalCommand=no")
_CONTROL = {code: words for code, words in ON_ONE_LINE.items() if chr(code) not in "\n\t"}
_LONGEST_FOLDER = 60  # characters: the path of a unix socket has 108, and ssh adds some


@dataclass(frozen=True)
class Done:
    """What came of a command.

    Attributes:
        status: Its exit status.
        out: What it wrote, as text.
        err: What it said.
    """

    status: int
    out: str
    err: str


class Link:
    """One connection to a machine.

    Args:
        target: The machine.
        folder: A private folder for the connection's socket.
    """

    def __init__(self, target: Target, folder: Path) -> None:
        self.target = target
        alone = [word for option in _ALONE for word in ("-o", option)]
        self._words = [*client(), *target.options, *alone, "-o", f"ControlPath={folder}/c"]
        self._socket = folder / "c"

    def open(self) -> None:
        """Connect. Whatever ssh has to ask, it asks at the terminal.

        Raises:
            LagerError: It could not, and why.
        """
        alive = ["-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"]
        master = ["-o", "ControlMaster=yes", "-o", f"ControlPersist={_KEPT_SECONDS}"]
        bounds = ["-o", f"ConnectTimeout={_OPEN_SECONDS}", "-o", "NumberOfPasswordPrompts=3"]
        done = self._call([*self._words, *alive, *master, *bounds, "-T", self.target.host, "true"])
        if done.status == FAILED:
            raise sshtroubles.explained(self.target, done.err, was_open=False)

    def run(
        self,
        command: str,
        given: bytes = b"",
        sent: IO[bytes] | None = None,
        heard: Callable[[str], None] | None = None,
    ) -> Done:
        """Run a command there.

        Args:
            command: For the user's shell there.
            given: What it reads first.
            sent: A file that it reads after that.
            heard: Called with each line that it writes; then no line is kept.

        Raises:
            ServiceUnreachable: The connection broke off.
        """
        words = [*self._words, "-o", "ControlMaster=no", "-o", "BatchMode=yes", "-T", self.target.host, "--", command]
        done = self._call(words, given, sent, heard, apart=True)
        if done.status == FAILED:
            raise sshtroubles.explained(self.target, done.err, was_open=True)
        return done

    def close(self) -> None:
        """End the connection."""
        if self._socket.exists():
            words = [*self._words, "-O", "exit", self.target.host]
            with contextlib.suppress(OSError, subprocess.SubprocessError):  # it ends by itself after a while
                subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=_END_SECONDS, check=False)

    def _call(
        self,
        words: list[str],
        given: bytes = b"",
        sent: IO[bytes] | None = None,
        heard: Callable[[str], None] | None = None,
        *,
        apart: bool = False,
    ) -> Done:
        """Run ssh. One that is `apart` asks nobody; it does not hear a Ctrl-C, which is for this process to judge."""
        env = os.environ | {"LC_ALL": "C"}  # what ssh says of itself is read
        with (
            tempfile.TemporaryFile() as said,
            subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=env,
                start_new_session=apart,
            ) as process,
        ):
            assert process.stdin is not None
            assert process.stdout is not None
            threading.Thread(target=_feed, args=(process.stdin, given, sent), daemon=True).start()
            try:
                lines = _lines(process.stdout, heard)
                status = process.wait()
            except BaseException:
                process.kill()
                raise
            said.seek(0)
            return Done(status, lines, harmless(said.read().decode(errors="replace")))


def harmless(text: str) -> str:
    """Write out what a terminal would do, and not show: a machine's words are shown, and do nothing else here."""
    return text.replace("\r\n", "\n").translate(_CONTROL)


def _feed(into: IO[bytes], given: bytes, sent: IO[bytes] | None) -> None:
    """Write what a command reads; it need not read it."""
    with contextlib.suppress(OSError, ValueError):
        into.write(given)
        while sent is not None and (part := sent.read(_PART)):
            into.write(part)
    with contextlib.suppress(OSError, ValueError):
        into.close()


def _lines(out: IO[bytes], heard: Callable[[str], None] | None) -> str:
    if heard is None:
        return harmless(out.read().decode(errors="replace"))
    for line in out:
        heard(line.decode(errors="replace").rstrip("\n"))
    return ""


@contextlib.contextmanager
def linked(target: Target) -> Iterator[Link]:
    """Give a connection to a machine; it ends with the block.

    Raises:
        LagerError: There is none, and why.
    """
    parent = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="lager-ssh-", dir=parent if len(parent) < _LONGEST_FOLDER else "/tmp"))
    link = Link(target, folder)
    try:
        with _ended_tidily():
            link.open()
            yield link
    finally:
        try:
            link.close()
        finally:  # Ctrl-C once more
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _ended_tidily() -> Iterator[None]:
    """Have who ends this process, or closes its terminal, end it as any error would: with its connection."""

    def end(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    deadly = [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) == signal.SIG_DFL]  # not by nohup
    for number in deadly:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in deadly:
            signal.signal(number, signal.SIG_DFL)

"""The console without a terminal: lines in, text out, with Python's own prompts."""

from __future__ import annotations

import ast
import codeop
import os
import re
import select
import sys
import warnings

import click

from lager import wire
from lager_cli.console import commands
from lager_cli.console.session import Detached, Over, Session

PROMPT, MORE = ">>> ", "... "
_CONTINUES = re.compile(r"\s|#|(else|elif|except|finally)\b")
_AHEAD = 0.1  # s that a program on the other side of a pipe has for its next line, if that belongs to a block
_CODE = re.compile(rb"^[^\S\n]*[^\s#].*", re.MULTILINE)
_BOM = b"\xef\xbb\xbf"
_DETACHED = 130  # exit status: the user has left with Ctrl-C


def show(output: wire.ConsoleOutput) -> None:
    """Write what a statement wrote, to the same stream."""
    click.echo(output.text, nl=False, err=output.stream == 2)


def one(session: Session, does: commands.Commands, source: str) -> int:
    """Evaluate one statement; give the exit status."""
    try:
        return 0 if does.carry_out(source, show) else 1
    except Detached:
        click.echo(session.farewell, err=True)
        return _DETACHED
    except Over:
        if not session.farewell:  # the statement was exit()
            return 0
        click.echo(session.farewell, err=True)
        return session.failure or (0 if does.ended else 1)


def run(session: Session, does: commands.Commands) -> int:
    """Evaluate what stands on standard input until its end; give the exit status."""
    lines = _Lines(session)
    try:
        while (source := _statement(lines)) is not None:
            if source.strip():
                does.carry_out(source, show)
    except Detached:
        click.echo()
        return _DETACHED
    except Over:
        click.echo()
        if lines.left or session.failure:
            return session.failure or 1
        return 0 if does.ended or sys.stdin.isatty() or not session.farewell else 1  # no farewell: exit() was entered
    click.echo()
    return 0


def _statement(lines: _Lines) -> str | None:
    """Read until a statement is whole; None at the end of the input."""
    source: list[str] = []
    while True:
        click.echo(MORE if source else PROMPT, nl=False)
        sys.stdout.flush()
        try:
            line = lines.next()
        except KeyboardInterrupt:
            if not sys.stdin.isatty():
                raise
            click.echo("\nKeyboardInterrupt")
            source.clear()
            continue
        if line is None:
            return "\n".join(source) if source else None
        if source and line and not goes_on(line) and is_whole("\n".join([*source, ""])):
            lines.put_back(line)  # a block of a file need not end with an empty line
            return "\n".join([*source, ""])
        source.append(line)
        if is_whole("\n".join(source)) and not (source[1:] and not line.strip() and goes_on(lines.ahead())):
            return "\n".join(source)


def is_whole(source: str) -> bool:
    """Whether a statement can be sent: it is complete, or so wrong that no further line would mend it."""
    if commands.is_command(source):
        return True
    compiler = codeop.CommandCompiler()
    compiler.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the box says it, where the statement is evaluated
            return compiler(source) is not None
    except (SyntaxError, ValueError, OverflowError):
        return True


def goes_on(line: str) -> bool:
    """Whether a line belongs to the block before it, also after an empty line, as in a file."""
    return _CONTINUES.match(line) is not None


class _Lines:
    """Lines of standard input, waited for together with the end of the console."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._fd = sys.stdin.fileno()
        self._buffer = b""
        self._begun = self._ended = False

    @property
    def left(self) -> bool:
        """Get whether lines have come that were not taken."""
        return bool(self._buffer)

    def next(self) -> str | None:
        """Wait for the next line; None at the end.

        Raises:
            Over: The console is closed.
        """
        while b"\n" not in self._buffer and not self._ended:
            ready, _, _ = select.select([self._fd, self._session], [], [])
            if self._session in ready:
                raise Over
            self._read()
        if not self._buffer:
            return None
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.removesuffix(b"\r").decode(errors="replace")

    def put_back(self, line: str) -> None:
        """Have a line once more, as the next one."""
        self._buffer = line.encode() + b"\n" + self._buffer

    def ahead(self) -> str:
        """Give the next line with code in it, if it has come already; nobody is waited for who types."""
        while True:
            found = _CODE.search(self._buffer)
            if found and (self._ended or found.end() < len(self._buffer)):
                return found[0].decode(errors="replace")
            if self._ended or sys.stdin.isatty() or not select.select([self._fd], [], [], _AHEAD)[0]:
                return ""
            self._read()

    def _read(self) -> None:
        part = os.read(self._fd, 65536)
        self._ended = not part
        if not self._begun:
            part = part.removeprefix(_BOM)
        self._begun = True
        self._buffer += part

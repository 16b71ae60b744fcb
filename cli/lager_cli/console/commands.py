"""The console's commands that are carried out at this end, because they need the user's disk, or his name at the box.

All other commands are statements: the script carries them out.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from lager import errors, wire
from lager.client import Service
from lager_cli.console.session import Over, Session

_GOING = 10.0  # s for a released script to close its consoles
_FETCHING = 60.0  # s for which nothing of a file may come

Show = Callable[[wire.ConsoleOutput], None]

# What `:help` lists of this end's.
OURS = (
    (":help", "list the commands"),
    (":save FILE", "save the snapshot on your disk; `lager snapshot open` it"),
    (":full FILE", "save all of the last value or output on your disk"),
    ("%run FILE", "run a Python file of your disk in this console"),
    (":continue", "let the script go on; the console ends"),
    (":abort", "end the script; what it has to clean up is done"),
)
_ELSE = (
    "`:save -f FILE` and `:full -f FILE` replace a file that is there.",
    "Everything else is Python, evaluated in a snapshot of the script:",
    "changes do not reach the script, calls on nets do.",
    "Ctrl-C stops a statement. Ctrl-D leaves the console; the script stays paused.",
)
# The same of a console that has a process to itself: there is no script.
_OURS_ALONE = {
    "%run FILE": ("%run FILE [ARGS]", "run a Python file of your disk in this console"),
    ":continue": (":continue", "end the console, as Ctrl-D does"),
    ":abort": (":abort", "end the console; exit status 130"),
}
_OF_SCRIPTS = (":up [N]", ":down [N]", ":frame [N]", ":where", ":source", ":shared")
_ELSE_ALONE = (
    *_ELSE[:1],
    "Everything else is Python, in a process of this console on the box. `pause()` does nothing here.",
    "Ctrl-C stops a statement. Ctrl-D ends the console and its process.",
)
# What people type who come from a debugger, or an editor.
_MEANT = {
    **{word: f"`:{word}`" for word in ("frame", "threads", "source", "shared", "full", "deadline", "save", "abort")},
    **dict.fromkeys(("c", "cont", "continue", ":c", ":cont", ":resume"), "`:continue`"),
    **dict.fromkeys(("w", "where", "bt", ":w", ":bt", ":stack"), "`:where`"),
    **dict.fromkeys(("u", "up"), "`:up`"),
    **dict.fromkeys(("d", "down"), "`:down`"),
    **dict.fromkeys(("l", "ll", "list", ":list"), "`:source`"),
    **dict.fromkeys(("h", ":h", ":?"), "`:help`"),
    **dict.fromkeys(("q", ":q", ":q!", ":quit", ":exit", ":wq", ":x"), "Ctrl-D, which leaves the console"),
    **dict.fromkeys(("run", ":run"), "`%run FILE`"),
}
_ASKS_FOR_DOCS = re.compile(r"\?{1,2}([\w.]+)|([\w.]+)\?{1,2}")
_REPLACE = "-f"
_FILES = (":save", ":full", "%run")  # whose argument is a file of this machine


def is_command(source: str) -> bool:
    """Say whether a statement is no Python, but a command."""
    return source.lstrip().startswith((":", "%run"))


def wants_file(source: str) -> str | None:
    """Give the beginning of the file's name that is being typed; None where no file is wanted."""
    word, blank, rest = source.lstrip().partition(" ")
    if not blank or word not in _FILES:
        return None
    return rest.lstrip().removeprefix(f"{_REPLACE} ").lstrip()


def meant(source: str) -> str:
    """Give what was meant by that which is neither Python nor a command; empty where nobody knows."""
    word, *more = source.split(maxsplit=2) or [""]
    if word in _MEANT and len(more) < 2:  # an argument at most
        return f"did you mean {_MEANT[word]}?"
    found = _ASKS_FOR_DOCS.fullmatch(source.strip())
    return f"`help({found[1] or found[2]})` prints docs, F1 shows them." if found else ""


class Commands:
    """What is typed into a console: commands of this end are carried out, everything else is evaluated.

    Args:
        session: The console.
        runner: Gives the box's runner.
        by: Who gives the commands.
    """

    def __init__(self, session: Session, runner: Callable[[], Service], by: str) -> None:
        self._session, self._runner, self._by = session, runner, by
        self.ended = False  # whether the console ended by a command of this one: then that is no failure
        self._does = {
            ":help": self._help,
            ":save": self._save,
            ":full": self._full,
            ":continue": self._continue,
            ":abort": self._abort,
            "%run": self._run,
        }

    @property
    def listed(self) -> list[tuple[str, str]]:
        """Get all commands there are: with arguments, and what each does."""
        ours = {command for command, _ in OURS}
        theirs = [one for one in self._session.ready.commands if one[0] not in ours]
        if self._session.alone:
            left = [one for one in theirs if one[0] not in _OF_SCRIPTS]
            return [*left, *(_OURS_ALONE.get(command, (command, what)) for command, what in OURS)]
        return [*theirs, *OURS]

    @property
    def _notes(self) -> tuple[str, ...]:
        """Get what `:help` says besides."""
        return _ELSE_ALONE if self._session.alone else _ELSE

    def carry_out(self, source: str, show: Show) -> bool:
        """Do what was typed; give whether that went well.

        Raises:
            Over: The console closed before it was done.
        """
        word, _, rest = source.strip().partition(" ")
        does = self._does.get(word)
        if does is None or (word == ":full" and not rest.strip()):
            return self._evaluate(source, show)
        try:
            return does(rest.strip(), show)
        except errors.LagerError as error:
            hint = f"Try: {error.hint}.\n" if error.hint else ""
            _tell(show, f"{error.what}.\n{hint}", stream=2)
        except OSError as error:
            _tell(show, f"{error.filename or word}: {(error.strerror or str(error)).lower()}.\n", stream=2)
        return False

    def _evaluate(self, source: str, show: Show) -> bool:
        ok = self._session.evaluate(source, show)
        if not ok and (hint := meant(source)):
            _tell(show, f"[{hint}]\n", stream=2)
        return ok

    def _help(self, rest: str, show: Show) -> bool:
        _none(":help", rest)
        width = max(len(command) for command, _ in self.listed)
        lines = [f"  {command:{width}}  {what}" for command, what in self.listed]
        _tell(show, "\n".join([*lines, *self._notes, ""]))
        return True

    def _continue(self, rest: str, _: Show) -> bool:
        _none(":continue", rest)
        self._ask("continue", wire.ContinueRequest(self._by))
        return self._ended()

    def _abort(self, rest: str, _: Show) -> bool:
        _none(":abort", rest)
        self._ask("abort", wire.AbortRequest(self._by))
        return self._ended()

    def _ask(self, what: str, request: wire.ContinueRequest | wire.AbortRequest) -> None:
        self._runner().post(f"/runs/{self._pause}/{what}", request, wire.Resumed)

    def _ended(self) -> bool:
        self.ended = True
        if self._session.await_end(_GOING):
            raise Over
        return True

    def _save(self, rest: str, show: Show) -> bool:
        return self.save(_target(":save", rest), show)

    def save(self, path: Path, show: Show) -> bool:
        """Take the snapshot home: the script saves it in the run's directory, and it is fetched from there."""
        name = f"snapshot-{uuid.uuid4().hex}"
        if not self._session.evaluate(f":save {name}", show):
            return False
        with _written(path) as file:
            size = self._fetch(name, file)
        _tell(show, f"{size} bytes written to {path}\n")
        return True

    def _full(self, rest: str, show: Show) -> bool:
        path = _target(":full", rest)
        shown: list[bytes] = []
        if not self._session.cut and not self._session.evaluate(":full", _into(shown, show)):
            return False
        with _written(path) as file:
            size = self._fetch(self._session.cut, file) if self._session.cut else file.write(b"".join(shown))
        _tell(show, f"{size} bytes written to {path}\n")
        return True

    def _fetch(self, name: str, file: BinaryIO) -> int:
        where = f"/runs/{quote(self._session.ready.run, safe='')}/console-files/{quote(name, safe='')}"
        return self._runner().download(where, file.write, timeout=_FETCHING)

    def _run(self, rest: str, show: Show) -> bool:
        path, arguments = self._file_to_run(rest)
        source = path.read_bytes()
        try:
            text = source.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise errors.UsageError(f"{path} is no text in UTF-8", "name a Python file") from None
        given = f" -- {shlex.join(arguments)}" if arguments else ""
        return self._session.evaluate(f"%run {path}{given}\n{text}", show)

    def _file_to_run(self, rest: str) -> tuple[Path, list[str]]:
        """Take the file's name, which may have blanks in it, apart from the arguments."""
        whole = _file("%run", rest)
        if whole.exists():
            return whole, []
        try:
            name, *arguments = shlex.split(rest)
        except ValueError:
            return whole, []  # no words, then: a name, and there is no such file
        path = Path(name).expanduser()
        if arguments and path.exists() and not self._session.alone:
            what = "here a file cannot be given arguments: they would be the paused script's, too"
            raise errors.UsageError(what, "set what it needs before; `lager console` takes arguments")
        return (path, arguments) if path.exists() else (whole, [])

    @property
    def _pause(self) -> str:
        """Get the name by which only this very pause is meant, whatever else is paused by then."""
        return f"{quote(self._session.ready.run, safe='')}.{self._session.ready.pause.number}"


def _into(shown: list[bytes], show: Show) -> Show:
    """Give what collects the output of a statement, and shows what it says besides."""

    def take(output: wire.ConsoleOutput) -> None:
        if output.stream == 1:
            shown.append(output.text.encode("utf-8", "surrogateescape"))
        else:
            show(output)

    return take


def _tell(show: Show, text: str, stream: int = 1) -> None:
    show(wire.ConsoleOutput(0, stream, text))


def _none(command: str, rest: str) -> None:
    if rest:
        raise errors.UsageError(f"{command} takes nothing, and {rest!r} was given", f"type {command} alone")


def _target(command: str, rest: str) -> Path:
    """Give the file that a command is to write, whose user may have said that it replaces one."""
    option, _, name = rest.partition(" ")
    if option.startswith("-") and option != _REPLACE:
        raise errors.UsageError(f"{command} has no option {option}", f"`./{option}` is a file of that name")
    path = _file(command, name.lstrip() if option == _REPLACE else rest)
    refuse(path, "" if option == _REPLACE else f"`{command} {_REPLACE} {path}` replaces it")
    return path


def refuse(path: Path, instead: str) -> None:
    """Refuse a file that cannot be written, before there is much to write.

    Args:
        path: The file.
        instead: What to do where it exists; empty where it is to be replaced.

    Raises:
        UsageError: It cannot be written there, or it exists.
    """
    if path.is_dir():
        raise errors.UsageError(f"{path} is a folder", "name a file in it")
    if not path.parent.is_dir():
        raise errors.UsageError(f"there is no folder {path.parent}", "make it, or name another")
    if instead and path.is_file():
        raise errors.UsageError(f"{path} exists already", instead)


def _file(command: str, rest: str) -> Path:
    if not rest:
        raise errors.UsageError(f"{command} wants a file's name", f"type {command} FILE")
    quoted = len(rest) > 1 and rest[0] == rest[-1] and rest[0] in "'\""
    return Path(rest[1:-1] if quoted else rest).expanduser()


@contextlib.contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    """Write a file whole, or leave what is there.

    Raises:
        LagerError: It cannot be written.
    """
    try:
        with _draft_of(path) as file:
            yield file
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise errors.LagerError(f"{path} cannot be written: {why}", "name another file, or make room for it") from error


@contextlib.contextmanager
def _draft_of(path: Path) -> Iterator[BinaryIO]:
    if path.exists() and not path.is_file():  # a pipe, a terminal
        with path.open("wb") as there:
            yield there
        return
    import tempfile  # which takes its time

    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise

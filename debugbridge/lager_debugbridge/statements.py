"""A console's text, made ready to run, and its errors, made ready to show. Evaluates nothing."""

from __future__ import annotations

import ast
import linecache
import os
import shlex
import traceback
from collections.abc import Iterator
from types import CodeType, TracebackType
from typing import Any

from lager import errors
from lager_debugbridge import kinship, looking

COROUTINE = 0x80  # of a code object (inspect.CO_COROUTINE)
SHOWN_FILE = "<console>"
FRAMES = 2000  # of a traceback, that are shown of its beginning, and of its end: more of them take half a minute
RUN_FILE = "%run "  # and a file's name: what comes in the lines after it is that file's content; values are not shown
ARGUMENTS = " -- "  # between that name and the arguments, which are quoted as in a shell
LAGER_FOLDER = os.path.join(os.path.dirname(os.path.abspath(errors.__file__)), "")
OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))


class Statement:
    """One top-level statement of a console's text.

    Attributes:
        code: Compiled so that a value is displayed.
        globals: Names a `global` at the top level declares; there, it would do nothing in Python.
        class_names: Names that class bodies in it read.
        awaits: It is a coroutine, because of an `await` at its top level.
    """

    def __init__(self, node: ast.stmt, filename: str, shows: bool = True, copies: bool = True) -> None:
        self.globals = set(node.names) if isinstance(node, ast.Global) else set()
        body = ast.Pass(lineno=node.lineno, col_offset=0) if self.globals else node
        bodies = (one for one in ast.walk(node) if isinstance(one, ast.ClassDef))
        self.class_names = {name.id for body in bodies for name in ast.walk(body) if isinstance(name, ast.Name)}
        parts = [ast.fix_missing_locations(kinship.rewrite(looking.rewrite(body)) if copies else body)]
        whole, mode = (ast.Interactive(parts), "single") if shows else (ast.Module(parts, []), "exec")
        self.code: CodeType = compile(whole, filename, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        self.awaits = bool(self.code.co_flags & COROUTINE)


def parse(source: str, filename: str, copies: bool = True) -> list[Statement]:
    """Split and compile a text; its lines are kept for tracebacks until `forget`.

    Args:
        source: The text.
        filename: A name for it.
        copies: Whether the names it reads are copied: then it matters which of them it only looks into.

    Raises:
        SyntaxError: It is no Python.
        ValueError: It holds a null character.
    """
    named = file_name(source)
    if named:
        source = source.partition("\n")[2]
    text = source if source.endswith("\n") else source + "\n"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    tree = ast.parse(text, named or SHOWN_FILE)
    return [Statement(node, filename, not named, copies) for node in tree.body]


def file_name(source: str) -> str:
    """Give the name of the user's file that a text is, where its first line says so; empty for what was typed."""
    first = source.partition("\n")[0]
    return first[len(RUN_FILE) :].partition(ARGUMENTS)[0].strip() if first.startswith(RUN_FILE) else ""


def arguments(source: str) -> list[str]:
    """Give the arguments for a user's file, which stand behind its name."""
    first = source.partition("\n")[0]
    return shlex.split(first.partition(ARGUMENTS)[2]) if first.startswith(RUN_FILE) else []


def forget(filenames: list[str]) -> None:
    """Drop the kept lines of texts."""
    for name in filenames:
        linecache.cache.pop(name, None)


def describe(error: BaseException, filename: str) -> str:
    """Write a traceback as the user would expect it: from his statement on, which is `<console>`."""
    tb = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename != filename:
        tb = tb.tb_next
    shown = traceback.TracebackException(type(error), error, tb, limit=FRAMES, compact=True)
    left_out, last = _rest(tb)
    shown.stack.extend(traceback.StackSummary.extract(traceback.walk_tb(last)))
    ours = LAGER_FOLDER if isinstance(error, errors.LagerError) else None  # it has words for it
    marker = SHOWN_FILE.replace(">", " ")  # and a number: a text that was typed
    for one in _chain(shown):
        # Not the console's own frames: how a value came to be copied or shown is nothing the user wrote.
        one.stack[:] = [entry for entry in one.stack if not _is_in(entry.filename, ours)]
        for entry in one.stack:
            _ = entry.line  # looked up now, by the name under which the lines are kept
            if entry.filename.startswith(marker):
                entry.filename = SHOWN_FILE
        named: Any = getattr(one, "filename", None)
        if named and str(named).startswith(marker):
            one.filename = SHOWN_FILE
    note = f"[{left_out} frames in the middle of this traceback are left out]\n" if left_out else ""
    return note + "".join(shown.format())


def _is_in(filename: str, ours: str | None) -> bool:
    return os.path.dirname(filename) == OWN_FOLDER or (ours is not None and filename.startswith(ours))


def _rest(tb: TracebackType | None) -> tuple[int, TracebackType | None]:
    """Give what comes after the first frames of a traceback: how many are left out, and the part with the last ones."""
    parts = []
    while tb is not None:
        parts.append(tb)
        tb = tb.tb_next
    rest = len(parts) - FRAMES
    return max(0, rest - FRAMES), parts[-min(rest, FRAMES)] if rest > 0 else None


def _chain(shown: traceback.TracebackException) -> Iterator[traceback.TracebackException]:
    waiting = [shown]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += [
            more for more in (one.__cause__, one.__context__, *(getattr(one, "exceptions", None) or ())) if more
        ]

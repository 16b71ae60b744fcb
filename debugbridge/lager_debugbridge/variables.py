"""The variables of a paused frame: read by expressions, and set by a release.

What can be set is what an assignment in that frame could mean. The variables of a function are fixed when it is
compiled; a module, a class body and what `exec` runs have a namespace, which takes new names. From Python 3.13 on, a
frame's locals write through (PEP 667). Before, they are a copy, and the C API writes one name of it back.
"""

from __future__ import annotations

import ast
import ctypes
import difflib
import keyword
import sys
from collections.abc import Callable, Mapping, MutableMapping
from types import CodeType, FrameType, FunctionType
from typing import Any, cast

from lager.errors import ChangeRefused

FILENAME = "<expression>"
OPTIMIZED = 0x1  # of a code object: its variables are fixed (inspect.CO_OPTIMIZED)
LISTED = 8  # names that a refusal lists
NOTHING: Any = object()  # instead of the value of what has none


class Variables:
    """What expressions in a frame see, and what can be set there.

    Args:
        frame: A frame of this thread.
    """

    def __init__(self, frame: FrameType) -> None:
        code = frame.f_code
        self._now: FrameType | None = frame
        self._function = code.co_name
        self._fixed = bool(code.co_flags & OPTIMIZED)
        own = (*code.co_varnames, *code.co_cellvars, *code.co_freevars) if self._fixed else ()
        self._own = {name for name in own if name.isidentifier()}  # a comprehension's `.0` is none
        # Outside of functions, Python 3.12 and later run a comprehension in the frame around it. Meanwhile `f_locals`
        # is made anew each time, and what is written to it is lost.
        self._inlined = not self._fixed and frame.f_locals is not frame.f_locals
        if self._inlined:
            self._function = "a comprehension"

    @property
    def _frame(self) -> FrameType:
        assert self._now is not None, "dropped"
        return self._now

    def drop(self) -> None:
        """Let go of the frame."""
        self._now = None

    def value(self, name: str) -> Any:
        """Give a variable's value, as `where` finds it; NOTHING if it has none."""
        return _get(self._where(name), name)

    def check(self, name: str) -> None:
        """Make sure that a name can be set.

        Raises:
            ChangeRefused: It cannot, and why.
        """
        if not name.isidentifier() or keyword.iskeyword(name):
            raise ChangeRefused(f'"{name}" is no name of a variable', "write it as NAME=EXPRESSION")
        if not _runs(self._frame):
            what = f"{self._function} has ended: nothing reads its variables any more"
            raise ChangeRefused(what, "let it go on without changes")
        code = self._frame.f_code
        if self._inlined and name in (*code.co_varnames, *code.co_cellvars):
            what = f"this Python cannot set {name}, which a comprehension outside of a function has"
            raise ChangeRefused(what, "set what it is made from, or pause at another line")
        if (self._fixed or self._inlined) and name not in self._own and name not in self._frame.f_globals:
            where = self._function if self._inlined else f"{self._function}()"
            raise ChangeRefused(f'there is no variable "{name}" in {where}', self._near(name))

    def expression(self, source: str) -> Callable[[], Any]:
        """Compile an expression, so that also its comprehensions and lambdas see the variables of the frame.

        They are the free variables of the function this gives. So nothing it makes keeps the frame.

        Raises:
            SyntaxError: It is no expression.
            ValueError: It holds a null character.
            ChangeRefused: It uses a variable that this Python cannot read.
        """
        tree = ast.parse(source.strip(), FILENAME, mode="eval")
        compile(tree, FILENAME, "eval", dont_inherit=True)  # refuses what belongs into a function, such as `yield`
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        values = {name: _get(self._frame.f_locals, name) for name in used & self._own}
        if not self._fixed and self._frame.f_locals is not self._frame.f_globals:
            self._check_readable(used)
            there = {name: _get(self._frame.f_locals, name) for name in used}
            values = {name: value for name, value in there.items() if value is not NOTHING}
        around = FunctionType(_nested(tree, values), self._frame.f_globals)
        return cast("Callable[[], Any]", around(*values.values()))

    def _check_readable(self, names: set[str]) -> None:
        # Python 3.13.0 dies of reading a variable of a comprehension here that another one has as a cell.
        hidden = names & set(self._frame.f_code.co_cellvars) if self._inlined and sys.version_info >= (3, 13) else ()
        for name in hidden:
            what = f"this Python cannot read {name}, which a comprehension outside of a function has"
            raise ChangeRefused(what, "use what it is made from, or pause at another line")

    def set(self, changes: Mapping[str, Any]) -> None:
        """Set all of them, or none; each was checked.

        Raises:
            ChangeRefused: The namespace of a class or of `exec` is one that refuses it.
        """
        write_through(self._frame, {name: value for name, value in changes.items() if name in self._own})
        before: list[tuple[MutableMapping[str, Any], str, Any]] = []
        try:
            for name in [name for name in changes if name not in self._own]:
                where = self._where(name)
                before.append((where, name, _get(where, name)))
                where[name] = changes[name]
        except (LookupError, TypeError, ValueError, AttributeError) as exc:
            for where, name, value in before[:-1]:
                _put_back(where, name, value)
            what = f"the namespace of {self._function} does not take {before[-1][1]}: {type(exc).__name__}"
            raise ChangeRefused(what, "set what it takes") from None

    def _where(self, name: str) -> MutableMapping[str, Any]:
        """Give the mapping in which a name is, or would be set."""
        if self._inlined or (self._fixed and name not in self._own):
            return self._frame.f_globals
        return cast("MutableMapping[str, Any]", self._frame.f_locals)

    def _near(self, name: str) -> str:
        names = sorted(self._own)
        near = difflib.get_close_matches(name, names) or difflib.get_close_matches(name, self._frame.f_globals)
        reason = "a function's variables are fixed when it is compiled"
        if near:
            return f"did you mean {' or '.join(near)}? ({reason})"
        listed = ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")
        return f"it has {listed} ({reason})" if names else f"it has none; set a global ({reason})"


def write_through(frame: FrameType, changes: Mapping[str, Any]) -> None:
    """Set variables of a function's frame."""
    if sys.version_info >= (3, 13):
        frame.f_locals.update(changes)
        return
    copy = frame.f_locals
    kept = dict(copy)
    copy.clear()  # what is not in it is not written: another thread may have changed it since the copy was made
    copy.update(changes)
    ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
    copy.clear()
    copy.update(kept)
    _ = frame.f_locals  # brings the copy up to date: a trace function that returns writes all of it back


def _nested(tree: ast.Expression, names: Mapping[str, Any]) -> CodeType:
    """Compile a function of `names` that gives a function of the expression. What has no value is unset in it."""
    deleted = [f"    del {name}\n" for name, value in names.items() if value is NOTHING]
    around = ast.parse(f"def frame({', '.join(names)}):\n{''.join(deleted)}    return lambda: None\n", FILENAME)
    given = cast("ast.Return", cast("ast.FunctionDef", around.body[0]).body[-1])
    cast("ast.Lambda", given.value).body = tree.body
    compiled = compile(ast.fix_missing_locations(around), FILENAME, "exec", dont_inherit=True)
    return next(one for one in compiled.co_consts if isinstance(one, CodeType))


def _runs(frame: FrameType) -> bool:
    """Say whether a frame is on this thread's stack."""
    below: FrameType | None = sys._getframe()  # noqa: SLF001  # the only way to one's own frame
    while below is not None and below is not frame:
        below = below.f_back
    return below is not None


def _get(names: Mapping[str, Any], name: str) -> Any:
    try:
        return names[name]
    except KeyError:
        return NOTHING


def _put_back(names: MutableMapping[str, Any], name: str, value: Any) -> None:
    if value is NOTHING:
        del names[name]
    else:
        names[name] = value

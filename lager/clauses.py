"""What source says about exceptions: which of its lines stand under which `except`, `with` and `finally`.

Read from the syntax tree (library reference, `ast`; language reference 8.4 and 8.5), once for each file, as that is
the same in every Python; the tables that 3.11 and later keep in the code do not say which types a clause names.
Nothing is evaluated here.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Sequence
from types import CodeType
from typing import Any, NamedTuple

_Function = (ast.FunctionDef, ast.AsyncFunctionDef)
_Starred: Any = getattr(ast, "TryStar", ())  # Python 3.11 has them, 3.10 does not


class Clause(NamedTuple):
    """One `except`.

    Attributes:
        types: What it names; None where it names nothing, and takes all.
        reraises: Whether it lets the same exception go on, whatever happens in it.
    """

    types: ast.expr | None
    reraises: bool


class Manager(NamedTuple):
    """One item of a `with`: what is entered, and the name after `as`."""

    expression: ast.expr
    target: str | None


class Block(NamedTuple):
    """Lines that something watches over: from the first to the last, with both.

    Attributes:
        clauses: Those of a `try`.
        starred: Whether they are `except*`.
        managers: Those of a `with`, the one that is left first in front.
        swallows: Whether a `finally` leaves by `return`, `break`, `continue` or `raise`, and not with that exception.
    """

    first: int
    last: int
    clauses: tuple[Clause, ...] = ()
    starred: bool = False
    managers: tuple[Manager, ...] = ()
    swallows: bool = False


class Scope(NamedTuple):
    """One function, class or module.

    Attributes:
        blocks: The inner ones before those around them.
        yields: The lines where it may stand while others run.
        answers: Whether it may return something that is true, or raise by itself.
    """

    blocks: tuple[Block, ...]
    yields: tuple[int, ...]
    answers: bool


class Source(NamedTuple):
    """One file.

    Attributes:
        scopes: By name and first line, as code objects have them.
        probes: Ranges of lines that call `hasattr`, or `getattr` with a default, or match attributes of a class.
    """

    scopes: dict[tuple[str, int], Scope]
    probes: tuple[tuple[int, int], ...]


PLAIN = Scope((), (), False)
_sources: dict[str, Source | None] = {}


def scope_of(code: CodeType, namespace: dict[str, Any]) -> Scope | None:
    """Give what is known of this code; None if its source is not there.

    Args:
        code: Of a function, a class or a module.
        namespace: The globals there, which say where it was loaded from.
    """
    if code.co_name.startswith("<") and code.co_name != "<module>":
        return PLAIN  # a lambda or a comprehension: nothing in it can catch
    source = _source(code.co_filename, namespace)
    if source is None:
        return None
    line = 0 if code.co_name == "<module>" else code.co_firstlineno
    return source.scopes.get((code.co_name, line))


def probes(code: CodeType, namespace: dict[str, Any], line: int) -> bool:
    """Say whether an AttributeError is asked for on that line, and goes no further."""
    source = _source(code.co_filename, namespace)
    return source is not None and any(first <= line <= last for first, last in source.probes)


def _source(filename: str, namespace: dict[str, Any]) -> Source | None:
    if filename not in _sources:
        _sources[filename] = _read(filename, namespace)
    return _sources[filename]


def _read(filename: str, namespace: dict[str, Any]) -> Source | None:
    path = str(namespace.get("__file__", "")) if filename.startswith("<frozen ") else filename
    text = "".join(linecache.getlines(path, namespace))
    if not text:
        return None
    reader = _Reader()
    try:
        reader.read(ast.parse(text, path))
    except (SyntaxError, ValueError, RecursionError):
        return None  # it is not what was run, or nested too deeply for what is left of the stack
    return Source(reader.scopes, tuple(reader.probes))


class _Open:
    """A scope that is being read."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.yields: list[int] = []
        self.answers = False

    def closed(self) -> Scope:
        return Scope(tuple(self.blocks), tuple(self.yields), self.answers)


class _Reader(ast.NodeVisitor):
    """Goes through a file once."""

    def __init__(self) -> None:
        self.scopes: dict[tuple[str, int], Scope] = {}
        self.probes: list[tuple[int, int]] = []
        self._open = _Open()

    def read(self, tree: ast.Module) -> None:
        """Read the module's own lines, and with them all that is defined in it."""
        self.generic_visit(tree)
        self.scopes["<module>", 0] = self._open.closed()

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        """Read a definition; its decorators, defaults and bases belong to the scope around it."""
        for name, value in ast.iter_fields(node):
            if name != "body":
                self._visit_all(value)
        around, self._open = self._open, _Open()
        self._visit_all(node.body)
        scope, self._open = self._open.closed(), around
        for line in (node.lineno, *(one.lineno for one in node.decorator_list)):
            self.scopes[node.name, line] = scope

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef  # noqa: N815  # ast's own names

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Read a lambda, whose `yield` is not the function's around it."""
        around, self._open = self._open, _Open()
        self.generic_visit(node)
        self._open = around

    def visit_Try(self, node: ast.Try) -> None:
        """Read what stands inside first: that catches first."""
        self.generic_visit(node)
        clauses = tuple(Clause(one.type, _reraises(one)) for one in node.handlers)
        if clauses:
            self._open.blocks.append(Block(node.lineno, _last(node.body), clauses, starred=isinstance(node, _Starred)))
        if _leaves(node.finalbody):
            before = _last([*node.body, *node.handlers, *node.orelse])
            self._open.blocks.append(Block(node.lineno, before, swallows=True))

    visit_TryStar = visit_Try  # noqa: N815  # ast's own name

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        """Read a `with`: its body is watched over, and the making of what it enters by what it has entered before."""
        self.generic_visit(node)
        managers = tuple(Manager(one.context_expr, _name(one.optional_vars)) for one in reversed(node.items))
        self._open.blocks.append(Block(_first(node.body), _last(node.body), managers=managers))
        made = _last([one.context_expr for one in node.items])
        self._open.blocks.append(Block(node.lineno, made, managers=managers[1:]))

    visit_AsyncWith = visit_With  # noqa: N815  # ast's own name

    def visit_Yield(self, node: ast.Yield) -> None:
        """Note where a generator stands."""
        self._open.yields.append(node.lineno)
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        """Note whether it says yes: an `__exit__` that does so swallows."""
        constant = node.value is None or (isinstance(node.value, ast.Constant) and not node.value.value)
        self._open.answers = self._open.answers or not constant
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Note who puts another exception in the place of the one that comes: an `__exit__` may."""
        self._open.answers = self._open.answers or node.exc is not None
        self.generic_visit(node)

    def visit_match_case(self, node: ast.match_case) -> None:
        """Note who asks for attributes: a pattern takes one that is not there for another shape."""
        if any(isinstance(one, ast.MatchClass) for one in ast.walk(node.pattern)):
            self.probes.append((node.pattern.lineno, node.pattern.end_lineno))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Note who asks whether there is an attribute."""
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        if called == "hasattr" or (called == "getattr" and len(node.args) > 2):
            self.probes.append((node.lineno, node.end_lineno or node.lineno))
        self.generic_visit(node)

    def _visit_all(self, value: Any) -> None:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, ast.AST):
                self.visit(one)


def _reraises(handler: ast.ExceptHandler) -> bool:
    """Say whether its last word is a bare `raise` (or that of its own name), and nothing leaves it before."""
    last = handler.body[-1]
    if not isinstance(last, ast.Raise) or last.cause is not None:
        return False
    same = last.exc is None or (isinstance(last.exc, ast.Name) and last.exc.id == handler.name)
    others = (ast.Return, ast.Break, ast.Continue, ast.Raise)
    return same and not any(isinstance(one, others) for one in _inside(handler.body) if one is not last)


def _leaves(body: list[ast.stmt]) -> bool:
    """Say whether a `finally` may leave by itself; a loop of its own it may leave without meaning more."""
    return any(isinstance(one, ast.Return | ast.Raise) for one in _inside(body)) or any(
        isinstance(one, ast.Break | ast.Continue) for one in _inside(body, loops=False)
    )


def _inside(body: list[ast.stmt], loops: bool = True) -> Iterator[ast.AST]:
    """Give every node of these statements, without what is defined in them (and without loops)."""
    stop = (*_Function, ast.ClassDef, ast.Lambda, *(() if loops else (ast.For, ast.AsyncFor, ast.While)))
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if not isinstance(node, stop):
            yield node
            waiting.extend(ast.iter_child_nodes(node))


def _first(body: list[ast.stmt]) -> int:
    decorators: list[ast.expr] = getattr(body[0], "decorator_list", [])
    return min([body[0].lineno, *(one.lineno for one in decorators)])


def _last(body: Sequence[ast.stmt | ast.expr | ast.excepthandler]) -> int:
    return max(one.end_lineno or one.lineno for one in body)


def _name(target: ast.expr | None) -> str | None:
    return target.id if isinstance(target, ast.Name) else None

"""Whether an exception that comes to a frame is caught there: by an `except`, by what a `with` entered, by a `finally`.

Names are looked up, and nothing else is evaluated: no property, no `__getattr__`, no `__subclasscheck__` runs. What
cannot be known counts as catching, so that no script is stopped for an exception that it deals with: types that are
made by a call, a clause that raises again only sometimes, a manager that comes from who knows where, code without
source. But what is written in C, and what the standard library has, swallows nothing (library reference, `contextlib`,
names all that does). No frame is kept, and nothing is stopped here.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import opcode
import sys
from collections.abc import Callable, Mapping
from types import (
    BuiltinFunctionType,
    CodeType,
    FrameType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from lager import clauses

UNKNOWN: Any = object()
GROUP: Any = getattr(builtins, "BaseExceptionGroup", ())  # Python 3.11 has them, 3.10 does not
DEPTH = 4  # generators that are made of others; deeper ones are unknown
_OPTIMIZED = 1  # CO_OPTIMIZED (library reference, `inspect`): this code has variables of its own
_SETUPS = {opcode.opmap[one] for one in ("SETUP_FINALLY", "SETUP_WITH", "SETUP_ASYNC_WITH") if one in opcode.opmap}
_IMPORTS = ("<frozen importlib", "<frozen zipimport", "<frozen runpy")  # what fails in an import leaves it as it was
_SWALLOWING = {
    ("contextlib", "suppress"),
    ("contextlib", "ExitStack"),
    ("contextlib", "AsyncExitStack"),
    ("contextlib", "_GeneratorContextManager"),
    ("contextlib", "_AsyncGeneratorContextManager"),
    ("unittest.case", "_AssertRaisesContext"),
    ("unittest.mock", "MagicMock"),  # it does what it was told
    ("unittest.mock", "AsyncMock"),
    ("asyncio.taskgroups", "TaskGroup"),  # it raises another: a group
}
_IN_C = {BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType}
_EXPECTING = {"raises", "assertRaises", "assertRaisesRegex"}  # of pytest, and of unittest
# Special methods whose callers in C take these for an answer: "no such item", "not iterable".
_ANSWERS = (LookupError, AttributeError, TypeError, NotImplementedError)
_PLAIN_METHODS = {
    "__init__",
    "__new__",
    "__call__",
    "__enter__",
    "__exit__",
    "__aenter__",
    "__aexit__",
    "__post_init__",
}


class Names:
    """What a name means somewhere in the source.

    Args:
        code: Where.
        namespace: The globals there.
        own: Gives the variables of the function, or of the class.
    """

    def __init__(self, code: CodeType, namespace: Mapping[str, Any], own: Callable[[], Mapping[str, Any]]) -> None:
        self._code = code
        self._namespace = namespace
        self._own = own

    def value(self, name: str) -> Any:
        """Look a name up; UNKNOWN where it has no value."""
        code = self._code
        if not code.co_flags & _OPTIMIZED:
            found = self._own().get(name, UNKNOWN)
            if found is not UNKNOWN:
                return found
        elif name in code.co_varnames or name in code.co_cellvars or name in code.co_freevars:
            return self._own().get(name, UNKNOWN)
        return self._namespace.get(name, vars(builtins).get(name, UNKNOWN))

    def meant_by(self, node: ast.expr | None) -> Any:
        """Give the value of a name, of an attribute, or of a tuple of them; UNKNOWN for all that must be evaluated."""
        if isinstance(node, ast.Name):
            return self.value(node.id)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Tuple):
            return tuple(self.meant_by(one) for one in node.elts)
        if isinstance(node, ast.Constant):
            return node.value
        return UNKNOWN

    def _attribute(self, node: ast.Attribute) -> Any:
        if not isinstance(node.value, ast.Call):
            return _attribute(self.meant_by(node.value), node.attr)
        kind = self.meant_by(node.value.func)  # of a new object the class is known
        return _of_class(kind, node.attr) if issubclass(type(kind), type) else UNKNOWN


def catches(frame: FrameType, error: BaseException, depth: int = 0) -> bool:
    """Say whether the frame, where it stands now, catches this exception."""
    code = frame.f_code
    if not _has_handlers(code) or code.co_filename.startswith(_IMPORTS):
        return False
    scope = clauses.scope_of(code, frame.f_globals)
    if scope is None:
        return True
    names = Names(code, frame.f_globals, lambda: frame.f_locals)
    line: int | None = frame.f_lineno
    if line is None:  # in code that stands on no line, as at the end of a `with`
        return bool(scope.blocks)
    return _caught(scope, line, names, error, depth)


def is_an_answer(frame: FrameType, error: BaseException) -> bool:
    """Say whether the frame's caller may be C that takes the exception for an answer, and lets it go no further.

    That cannot be seen: it is known by the names of special methods, and by the source of the line that called.
    """
    name = frame.f_code.co_name
    if name.startswith("__") and name.endswith("__"):
        return name == "__del__" or (name not in _PLAIN_METHODS and issubclass(type(error), _ANSWERS))
    caller = frame.f_back
    if caller is None or not issubclass(type(error), AttributeError):
        return False
    if clauses.probes(caller.f_code, caller.f_globals, caller.f_lineno or 0):
        return True
    first = frame.f_locals.get(frame.f_code.co_varnames[0]) if frame.f_code.co_argcount else None
    return any("__getattr__" in vars(one) for one in type(first).__mro__)  # which a failing property goes on to


def _has_handlers(code: CodeType) -> bool:
    if sys.version_info >= (3, 11):
        return bool(code.co_exceptiontable)
    return not _SETUPS.isdisjoint(code.co_code[::2])


def _caught(scope: clauses.Scope, line: int, names: Names, error: BaseException, depth: int) -> bool:
    around = (block for block in scope.blocks if block.first <= line <= block.last)
    return any(_stops(block, names, error, depth) for block in around)


def _stops(block: clauses.Block, names: Names, error: BaseException, depth: int) -> bool:
    if block.swallows:
        return True
    for clause in block.clauses:
        value = BaseException if clause.types is None else names.meant_by(clause.types)
        if covers(value, error, block.starred):
            if not clause.reraises:
                return True
            if value is not UNKNOWN:
                return False
    return any(_swallows(one, names, error, depth) for one in block.managers)


def covers(value: Any, error: BaseException, starred: bool = False) -> bool:
    """Say whether an `except` of this value takes the exception; an `except*` takes a group if it takes any of it."""
    if starred and issubclass(type(error), GROUP):
        return any(covers(value, one, starred) for one in error.exceptions)  # type: ignore[attr-defined]
    if value is UNKNOWN:
        return True
    if type(value) is tuple:
        return any(covers(one, error) for one in value)
    return any(one is value for one in type(error).__mro__)  # as Python does it, without __subclasscheck__


def _attribute(base: Any, name: str) -> Any:
    """Look an attribute up where it is kept, without running anything."""
    if base is UNKNOWN:
        return UNKNOWN
    if issubclass(type(base), ModuleType):
        return vars(base).get(name, UNKNOWN)
    if issubclass(type(base), type):
        return _of_class(base, name)
    own = _own(base)
    return own[name] if name in own else _of_class(type(base), name)


def _of_class(kind: type, name: str) -> Any:
    for one in kind.__mro__:
        if name in vars(one):
            found = vars(one)[name]
            if type(found) in (staticmethod, classmethod):
                return found.__func__
            return UNKNOWN if hasattr(type(found), "__set__") else found  # a property
    return UNKNOWN


def _own(base: Any) -> Mapping[str, Any]:
    try:
        own = object.__getattribute__(base, "__dict__")
    except AttributeError:
        return {}
    return own if type(own) is dict else {}


# What a `with` entered ------------------------------------------------------------------------------------------------


def _swallows(manager: clauses.Manager, names: Names, error: BaseException, depth: int) -> bool:
    call = manager.expression
    if not isinstance(call, ast.Call):
        return _object_swallows(names.meant_by(call), error, depth)
    maker = names.meant_by(call.func)
    named = _named(maker)
    if named == ("contextlib", "_recreate_cm"):
        return _decorator_swallows(names.value("self"), error, depth)
    if named == ("contextlib", "suppress") and not call.keywords:
        return any(covers(names.meant_by(one), error) for one in call.args)
    if named[1] in _EXPECTING and named[0].partition(".")[0] in ("_pytest", "unittest"):
        return covers(names.meant_by(call.args[0] if call.args else None), error)
    entered = names.value(manager.target) if manager.target else UNKNOWN
    if entered is not UNKNOWN and issubclass(type(maker), type) and issubclass(maker, _Stacks):
        return _object_swallows(entered, error, depth)
    made = _made_by(maker, error, depth)
    if made is None:  # a manager mostly gives itself
        return not _is_manager(type(entered)) or _object_swallows(entered, error, depth)
    return made


_Stacks = (contextlib.ExitStack, contextlib.AsyncExitStack)


def _made_by(maker: Any, error: BaseException, depth: int) -> bool | None:
    """Say whether what this makes swallows; None if that cannot be known."""
    if issubclass(type(maker), type):
        return _class_swallows(maker)
    if type(maker) in _IN_C:
        return False
    if type(maker) is MethodType:
        maker = maker.__func__
    if type(maker) is not FunctionType:
        return None
    behind = vars(maker).get("__wrapped__")
    if type(behind) is FunctionType and maker.__code__.co_filename == contextlib.__file__:
        return _generator_catches(behind, error, depth + 1)
    if _is_standard(_named(maker)[0]):
        return False
    return _promised_swallows(maker)


def _promised_swallows(maker: FunctionType) -> bool | None:
    """Say whether what a function says it returns swallows; None if it says nothing of use."""
    promised: Any = maker.__annotations__.get("return")
    if isinstance(promised, str) and promised.isidentifier():
        promised = maker.__globals__.get(promised)
    if not issubclass(type(promised), type) or not _is_manager(promised):
        return None
    return any(_class_swallows(one) for one in _with_subclasses(promised))


def _decorator_swallows(value: Any, error: BaseException, depth: int) -> bool:
    """Say whether a manager that decorates a function swallows what that raises: each call has a generator anew."""
    made_of = _own(value).get("func")
    if type(made_of) is FunctionType:
        return _generator_catches(made_of, error, depth + 1)
    return _object_swallows(value, error, depth)


def _generator_catches(function: FunctionType, error: BaseException, depth: int) -> bool:
    """Say whether a generator that was made a manager catches what is thrown into it where it yields."""
    if depth > DEPTH:
        return True
    code = function.__code__
    scope = clauses.scope_of(code, function.__globals__)
    if scope is None:
        return _has_handlers(code)
    closed: dict[str, Any] = {}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # it has no value yet
            closed[name] = cell.cell_contents
    names = Names(code, function.__globals__, lambda: closed)
    return any(_caught(scope, line, names, error, depth) for line in scope.yields)


def _object_swallows(value: Any, error: BaseException, depth: int) -> bool:
    kind, own = type(value), _own(value)
    if value is UNKNOWN:
        return True
    if issubclass(kind, contextlib.suppress):
        return covers(own.get("_exceptions", UNKNOWN), error)
    if issubclass(kind, _Stacks):
        return any(_callback_swallows(one[1], error, depth) for one in own.get("_exit_callbacks", ((False, None),)))
    if "gen" in own and _named(kind)[0] == "contextlib":
        frame = getattr(own["gen"], "gi_frame", None) or getattr(own["gen"], "ag_frame", None)
        return frame is not None and (depth > DEPTH or catches(frame, error, depth + 1))
    if _named(kind) == ("unittest.case", "_AssertRaisesContext"):
        return covers(own.get("expected", UNKNOWN), error)
    return _class_swallows(kind)


def _callback_swallows(callback: Any, error: BaseException, depth: int) -> bool:
    """Say whether one that an ExitStack will call swallows: the exit of a manager may, a `callback()` cannot."""
    if type(callback) is MethodType:
        return _object_swallows(callback.__self__, error, depth)
    return type(callback) is not FunctionType or "__wrapped__" not in vars(callback)


def _class_swallows(kind: type) -> bool:
    leave = _of_class(kind, "__exit__")
    leave = _of_class(kind, "__aexit__") if leave is UNKNOWN else leave
    if leave is UNKNOWN:
        return True
    home = next(one for one in kind.__mro__ if not {"__exit__", "__aexit__"}.isdisjoint(vars(one)))
    if _is_standard(home.__module__):
        return (home.__module__, home.__name__) in _SWALLOWING
    if type(leave) is not FunctionType:
        return type(leave) not in _IN_C
    scope = clauses.scope_of(leave.__code__, leave.__globals__)
    return scope is None or scope is clauses.PLAIN or scope.answers


def _with_subclasses(kind: type) -> set[type]:
    """Give a class, and all that is known to be made of it: a promise may be kept by any of them."""
    found = {kind}
    subclasses: list[type] = type.__subclasses__(kind)
    for one in subclasses:
        found |= _with_subclasses(one)
    return found


def _is_manager(kind: type) -> bool:
    return any(not {"__exit__", "__aexit__"}.isdisjoint(vars(one)) for one in kind.__mro__)


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _named(maker: Any) -> tuple[str, str]:
    if issubclass(type(maker), type) or type(maker) is FunctionType:
        return str(maker.__module__), maker.__name__
    return "", ""

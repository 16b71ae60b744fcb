"""`isinstance` and `except` where the copy of a class meets an instance of the script's own class, which is shared.

A script's thread is shared, and its class is copied: to Python, they have nothing to do with each other. Here the copy
of a class stands for both. Only what a console's text, or a function of the script, asks by name is answered so.
"""

from __future__ import annotations

import ast
import builtins
import functools
import types
from collections.abc import Callable, Iterator
from typing import Any

CAUGHT = "\1except"  # a name that a text cannot have

_Original = Callable[[Any], Any]


def names(original: _Original) -> dict[str, Any]:
    """Give the builtins that know of it.

    Args:
        original: Gives the class of the script that a class is the copy of, or None.
    """

    @functools.wraps(builtins.isinstance)
    def is_instance(value: Any, kinds: Any, /) -> bool:
        return isinstance(value, kinds) or any(type.__instancecheck__(one, value) for one in _all(kinds, original))

    @functools.wraps(builtins.issubclass)
    def is_subclass(cls: Any, kinds: Any, /) -> bool:
        return issubclass(cls, kinds) or any(type.__subclasscheck__(one, cls) for one in _all(kinds, original))

    def caught(kinds: Any) -> Any:
        own = tuple(_all(kinds, original))
        return (*(kinds if isinstance(kinds, tuple) else (kinds,)), *own) if own else kinds

    return {"isinstance": is_instance, "issubclass": is_subclass, CAUGHT: caught}


def rewrite(node: ast.stmt) -> ast.stmt:
    """Have each `except` of a statement catch the script's own exceptions, too."""
    for one in ast.walk(node):
        if isinstance(one, ast.ExceptHandler) and one.type is not None:
            call = ast.Call(ast.Name(CAUGHT, ast.Load()), [one.type], [])
            ast.copy_location(call.func, one.type)
            one.type = ast.copy_location(call, one.type)
    return node


def _all(kinds: Any, original: _Original) -> Iterator[Any]:
    """Give the script's own classes behind what may be a class, or many in a tuple or a union."""
    if isinstance(kinds, tuple):
        for one in kinds:
            yield from _all(one, original)
    elif isinstance(kinds, types.UnionType):
        yield from _all(kinds.__args__, original)
    elif isinstance(kinds, type) and (found := original(kinds)) is not None:
        yield found

"""How something can be called, as people read it, without running anything of anybody's.

Only functions of Python, builtin ones and classes are asked, and only for what lies in them: no `__getattr__`, no
property, and no `repr` of a default or an annotation that is not plain.
"""

from __future__ import annotations

import functools
import inspect
import types
import typing
from typing import Any

from lager_debugbridge import lookup
from lager_debugbridge.showing import line, plain

WRAPPED = 20  # decorators around a function
DEEPEST = 4  # types in types
DEFAULT_LIMIT = 40  # characters of a default
_BUILTIN = (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, types.MethodWrapperType)
_NEVER = (object, type)  # whose `__init__` says nothing


class _Text:
    """Stands for a value in a signature, and is written as it should be read."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def signature(value: Any, bound: bool) -> inspect.Signature | None:
    """Give the signature of a value; None where it has none, or something would have to run to know it.

    Args:
        value: What is called.
        bound: Whether its first parameter is given already, as of a method of an instance.
    """
    if type(value) in (classmethod, staticmethod):
        return signature(value.__func__, type(value) is classmethod)
    if type(value) is types.MethodType:
        return signature(value.__func__, True)
    if type(value) is functools.partial:
        return _of_partial(value)
    if lookup.is_class(value):
        return _of_class(value)
    found = _of_function(value)
    if found is None and type(value) not in (types.FunctionType, *_BUILTIN):
        called = lookup.of_classes(value, "__call__")
        return signature(called, True) if type(called) is types.FunctionType else None
    return _without_first(found) if found is not None and bound else found


def named(value: inspect.Signature, name: str) -> str:
    """Write a signature with the name of what is called."""
    return f"{name}{value}"


def parameter(value: inspect.Signature, position: int, keyword: str) -> int:
    """Give which parameter an argument is for, from 0; -1 for none."""
    kinds = [one.kind for one in value.parameters.values()]
    if keyword:
        names = list(value.parameters)
        if keyword in names:
            return names.index(keyword)
        return kinds.index(inspect.Parameter.VAR_KEYWORD) if inspect.Parameter.VAR_KEYWORD in kinds else -1
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if position < len(kinds) and kinds[position] in by_place:
        return position
    return kinds.index(inspect.Parameter.VAR_POSITIONAL) if inspect.Parameter.VAR_POSITIONAL in kinds else -1


def keywords(value: inspect.Signature) -> list[str]:
    """Name the parameters that can be given by name."""
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [name for name, one in value.parameters.items() if one.kind in kinds]


def _of_function(value: Any) -> inspect.Signature | None:
    """Give the signature of a function, also through decorators that say what they wrap."""
    for _ in range(WRAPPED):
        inside = lookup.own(value).get("__wrapped__")
        if inside is None or type(value) not in (types.FunctionType, _CACHED):
            break
        value = inside
    if type(value) is types.FunctionType and "__signature__" not in value.__dict__:
        return _readable(inspect.Signature.from_callable(value, follow_wrapped=False))
    if type(value) in _BUILTIN:
        try:
            return _readable(inspect.signature(value))
        except (ValueError, TypeError):  # not every builtin says it
            return None
    return None


def _of_class(cls: type) -> inspect.Signature | None:
    for name in ("__init__", "__new__"):
        there = lookup.of_classes(cls, name)
        if type(there) is staticmethod:
            there = there.__func__
        if type(there) is types.FunctionType:
            return signature(there, True)
    if cls not in _NEVER and type(cls) is type and cls.__module__ == "builtins":
        try:
            return _readable(inspect.signature(cls))
        except (ValueError, TypeError):
            return None
    return inspect.Signature() if lookup.of_classes(cls, "__init__") is object.__init__ else None


def _of_partial(value: functools.partial[Any]) -> inspect.Signature | None:
    found = signature(value.func, False)
    if found is None:
        return None
    there = list(found.parameters.values())[len(value.args) :]
    return found.replace(parameters=[one for one in there if one.name not in value.keywords])


def _without_first(value: inspect.Signature) -> inspect.Signature:
    there = list(value.parameters.values())
    if there and there[0].kind is not inspect.Parameter.VAR_POSITIONAL:
        there = there[1:]
    return value.replace(parameters=there)


def _readable(value: inspect.Signature) -> inspect.Signature:
    """Replace what would have to be asked for its `repr`."""
    there = [
        one.replace(default=_default(one.default), annotation=_annotation(one.annotation))
        for one in value.parameters.values()
    ]
    return value.replace(parameters=there, return_annotation=_annotation(value.return_annotation))


def _default(value: Any) -> Any:
    return value if value is inspect.Parameter.empty else _Text(line(value, plain, DEFAULT_LIMIT))


def _annotation(value: Any) -> Any:
    return value if value is inspect.Parameter.empty else _Text(_type_text(value, 0))


def _type_text(value: Any, depth: int) -> str:
    """Write an annotation: `float`, `list[int]`, `int | None`."""
    if value is None or value is type(None):
        return "None"
    if type(value) is str:
        return value
    if type(value) is type and value.__module__ == "builtins":
        return value.__name__
    if lookup.is_class(value) and type(value) is not types.GenericAlias:
        return str(type.__dict__["__name__"].__get__(value))
    return _alias_text(value, depth)


def _alias_text(value: Any, depth: int) -> str:
    """Write what stands for a type: `list[int]`, `int | None`, `Any`."""
    origin = typing.get_origin(value) if type(value).__module__ in ("types", "typing") else None
    if origin is None or depth > DEEPEST:
        return str(getattr(value, "__name__", "...")) if type(value).__module__ == "typing" else "..."
    if origin is typing.Literal:
        return f"Literal[{', '.join(line(one, plain, DEFAULT_LIMIT) for one in typing.get_args(value))}]"
    inside = [_type_text(one, depth + 1) for one in typing.get_args(value)]
    if origin in (typing.Union, types.UnionType):
        return " | ".join(inside)
    return inside[0] if origin is typing.Annotated else f"{_type_text(origin, depth + 1)}[{', '.join(inside)}]"


_CACHED = type(functools.lru_cache(lambda: None))

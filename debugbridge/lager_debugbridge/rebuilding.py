"""What a snapshot's file calls to make things anew when it is opened: the other end of `pickling`."""

from __future__ import annotations

import functools
import pickle  # noqa: TID251  # as `dill` in `opening`, which has said so to the user
import types
from enum import Enum
from typing import Any, TypeVar

from lager_debugbridge import arraycopies, errorcopies
from lager_debugbridge.classcopies import HOOK, MAKERS, without_hooks


def function(code: types.CodeType, names: Any, name: str, closure: tuple[types.CellType, ...] | None) -> Any:
    """Make a function that looks into these names."""
    known = vars(names) if isinstance(names, types.ModuleType) else names
    return types.FunctionType(code, known, name, None, closure if code.co_freevars else None)


def fill_function(made: types.FunctionType, state: tuple[Any, ...]) -> None:
    """Give a function the rest of what it had."""
    made.__defaults__, made.__kwdefaults__, facts, annotations, attributes = state
    made.__qualname__, made.__module__, made.__doc__ = facts
    made.__annotations__ = annotations
    vars(made).update(attributes)


def cell() -> types.CellType:
    """Make a cell that is filled later."""
    return types.CellType()


def fill_cell(made: types.CellType, state: tuple[Any]) -> None:
    """Put in what it holds."""
    made.cell_contents = state[0]


def script_class(meta: Any, name: str, bases: tuple[type, ...], start: dict[str, Any]) -> type:
    """Make a class without running what the script does at each new class."""
    maker = next(one for one in meta.__mro__ if one in MAKERS)
    hooked = (one for base in bases for one in base.__mro__ if HOOK in vars(one) and _has_own_hook(one))
    with without_hooks(hooked):
        made: type = maker.__new__(meta, name, bases, start)
    return made


def fill_class(made: type, attributes: dict[str, Any]) -> None:
    """Give a class what it had."""
    for name, value in attributes.items():
        type.__setattr__(made, name, value)


def instance(cls: type) -> Any:
    """Make an instance without running its class' code."""
    return object.__new__(cls)


def fill_instance(made: Any, state: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Give an instance its attributes."""
    attributes, slots = state
    for name, value in (*attributes.items(), *slots.items()):
        object.__setattr__(made, name, value)


def fill_error(made: BaseException, state: tuple[dict[str, Any], dict[str, Any], dict[str, Any]]) -> None:
    """Give an exception what it had."""
    parts, attributes, slots = state
    for name, value in parts.items():
        errorcopies.put(made, name, value)
    for name, value in (*attributes.items(), *slots.items()):
        object.__setattr__(made, name, value)


def unpacked(packed: bytes) -> Any:
    """Make many numbers or texts."""
    return pickle.loads(packed)


def array_view(owner: Any, offset: int, *layout: Any) -> Any:
    """Make a view of an array."""
    return arraycopies.view(owner, offset, *layout)


def seal(made: Any, writeable: bool) -> None:
    """Say whether an array can be written to."""
    made.flags.writeable = writeable and made.flags.writeable


def cached(below: Any, parameters: dict[str, Any]) -> Any:
    """Make a function with an empty cache."""
    return functools.lru_cache(**parameters)(below)


def cached_property(below: Any, name: str | None) -> Any:
    """Make a property that is computed once."""
    made: Any = functools.cached_property(below)
    made.attrname = name
    return made


def type_variable(name: str, constraints: tuple[Any, ...], bound: Any, covariant: bool, contravariant: bool) -> Any:
    """Make a type variable."""
    make: Any = TypeVar
    return make(name, *constraints, bound=bound, covariant=covariant, contravariant=contravariant)


def parts_of_enumeration(cls: type[Enum]) -> tuple[Any, ...]:
    """Give what an enumeration is made of."""
    members = {name: one.value for name, one in cls.__members__.items()}
    skipped = {*members, "__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__new__", "__members__"}
    methods = {
        name: one
        for name, one in vars(cls).items()
        if name not in skipped and isinstance(one, types.FunctionType | property | classmethod | staticmethod)
    }
    return cls.__name__, cls.__bases__, members, methods, cls.__module__


def enumeration(
    name: str, bases: tuple[type, ...], members: dict[str, Any], methods: dict[str, Any], module: str
) -> type:
    """Make an enumeration: its members, and its methods."""
    names: Any = type(Enum).__prepare__(name, bases)
    for part in (members, {key: one for key, one in methods.items() if not hasattr(Enum, key)}):
        for key, value in part.items():
            names[key] = value
    names["__module__"] = module
    return type(bases[-1])(name, bases, names)


def _has_own_hook(cls: type) -> bool:
    return cls.__module__ not in ("builtins", "typing")

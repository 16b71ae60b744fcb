"""Which enumerations of a script are copied: those through which a console could change what the script sees.

All others are shared, with their members: there, `thread.state is State.IDLE` is true, as it is in the script.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from enum import Enum, EnumMeta
from opcode import opmap
from typing import Any, Protocol

ATOMS = frozenset((type(None), bool, int, float, complex, str, bytes))
MEMBERS = (object, int, float, complex, str, bytes)  # what a member is made of, for us to make one
_SETS = frozenset((opmap["STORE_GLOBAL"], opmap["DELETE_GLOBAL"]))


class World(Protocol):
    """What belongs to the script."""

    def is_script(self, names: Any) -> bool:
        """Say whether these are the names of a module of the script."""

    def is_script_class(self, cls: type) -> bool:
        """Say whether the script defined that class."""


class Enumerations:
    """Knows the enumerations of a script, for one snapshot.

    Args:
        world: What belongs to the script.
        shares: Whether a value is handed out as it is.
    """

    def __init__(self, world: World, shares: Callable[[Any], bool]) -> None:
        self._world, self._shares = world, shares
        self._known: dict[type, bool] = {}

    def is_copied(self, cls: type) -> bool:
        """Say whether an enumeration of the script is copied, and so its members."""
        if cls not in self._known:
            self._known[cls] = False  # where it leads back to itself
            makeable = getattr(cls, "_member_type_", None) in MEMBERS and type(cls) is EnumMeta
            self._known[cls] = makeable and not all(self._is_fixed(one) for one in self._parts(cls))
        return self._known[cls]

    def drop(self) -> None:
        """Forget everything."""
        self._known.clear()

    def _parts(self, cls: Any) -> Iterator[Any]:
        for base in cls.__mro__:
            if self._world.is_script_class(base):
                yield from (one for name, one in list(vars(base).items()) if name not in _OF_EVERY_ONE)
        for member in dict.values(vars(cls)["_member_map_"]):
            yield from vars(member).values()

    def _is_fixed(self, value: Any) -> bool:
        """Say whether a value is the same, whatever is done with it."""
        cls = type(value)
        if cls in ATOMS or isinstance(value, Enum | types.GetSetDescriptorType | types.MemberDescriptorType):
            return cls in ATOMS or not isinstance(value, Enum) or not self._is_ours(cls)
        if cls in (tuple, frozenset):
            return all(map(self._is_fixed, value))
        if isinstance(value, type):
            return not self._is_ours(value)
        if isinstance(value, staticmethod | classmethod):
            return self._is_fixed(value.__func__)
        if isinstance(value, property | types.DynamicClassAttribute):
            return all(map(self._is_fixed, (value.fget, value.fset, value.fdel)))
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, types.ModuleType):
            return not self._world.is_script(vars(value))
        return isinstance(value, types.BuiltinFunctionType | types.WrapperDescriptorType) or self._shares(value)

    def _is_ours(self, cls: type) -> bool:
        return self._world.is_script_class(cls) and (not issubclass(cls, Enum) or self.is_copied(cls))

    def _function(self, function: types.FunctionType) -> bool:
        names = function.__globals__
        if not self._world.is_script(names):
            return True
        cells = [cell.cell_contents for cell in function.__closure__ or ()]
        given = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values(), *vars(function).values()]
        codes = list(_codes(function.__code__))
        if any(_SETS.intersection(code.co_code[::2]) for code in codes):
            return False
        read = [names[name] for code in codes for name in code.co_names if name in names]
        return all(map(self._is_fixed, (*cells, *given, *read)))


def equal(known: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """Make what compares a copied member: what is shared may hold the script's own.

    Args:
        known: Gives the copy that was made of a value, or None.
    """

    def __eq__(self: Any, other: Any) -> Any:  # noqa: N807  # it is put into a class
        return True if self is other or known(other) is self else NotImplemented

    return __eq__


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


_OF_EVERY_ONE = frozenset(
    (
        *("_member_map_", "_value2member_map_", "_member_names_", "_unhashable_values_", "_hashable_values_"),
        *("__dict__", "__weakref__", "__members__", "_unhashable_values_map_", "__annotations__", "__doc__"),
        *("__static_attributes__", "__firstlineno__", "_abc_impl"),
    )
)

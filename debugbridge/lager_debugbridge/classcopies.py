"""How a class of the script is made anew, without running any code of the script."""

from __future__ import annotations

import contextlib
import types
from abc import ABCMeta
from collections.abc import Iterable, Iterator
from enum import Enum, EnumMeta
from opcode import opmap
from typing import Any, Generic, Protocol

from lager_debugbridge import enumcopies

CLASS_START = ("__slots__", "__module__", "__qualname__", "__doc__", "__orig_bases__", "__class__")  # a property
CLASS_OWN = frozenset((*CLASS_START, "__dict__", "__weakref__", "_abc_impl"))  # what a new class has by itself
MAKERS: tuple[Any, ...] = (type, ABCMeta, type(Protocol))  # what makes classes and keeps no list of them
HOOK = "__init_subclass__"


class Copier(Protocol):
    """What copies for one snapshot."""

    def copy(self, value: Any) -> Any:
        """Give the copy of a value, or the value itself where it is shared."""

    def known(self, value: Any) -> Any:
        """Give the copy that was made of a value already, or None."""

    def remember(self, value: Any, copied: Any) -> Any:
        """Take note of a copy before what is in it is copied."""

    def shares(self, value: Any) -> bool:
        """Say whether a value is handed out as it is."""


class World(Protocol):
    """What belongs to the script."""

    def is_script(self, names: Any) -> bool:
        """Say whether these are the names of a module of the script."""

    def is_script_class(self, cls: type) -> bool:
        """Say whether the script defined that class."""


class Classes:
    """Copies the classes of a script for one snapshot."""

    def __init__(self, copier: Copier, world: World) -> None:
        self._copy, self._known, self._remember = copier.copy, copier.known, copier.remember
        self._is_ours = world.is_script_class
        self._copies: dict[int, tuple[type, type]] = {}  # by id: the copy, and what it is the copy of
        self.enumerations = enumcopies.Enumerations(world, copier.shares)

    def copy(self, cls: type) -> type:
        """Give the copy of a class of the script; itself where what makes it would have to be asked."""
        maker = next((one for one in type.mro(type(cls)) if not self._is_ours(one)), type)
        if maker not in MAKERS and not (maker is EnumMeta and self.enumerations.is_copied(cls)):
            return cls
        meta = self._copy(type(cls))
        bases = tuple(self._copy(base) for base in cls.__bases__)
        if (known := self._known(cls)) is not None:
            return known  # type: ignore[no-any-return]
        hooked = [one for base in bases for one in base.__mro__ if HOOK in vars(one) and not _is_plain(one)]
        if any(id(one) not in self._copies and one is not Protocol for one in hooked):
            return cls
        with without_hooks(one for one in hooked if id(one) in self._copies):
            start = {name: vars(cls)[name] for name in CLASS_START if name in vars(cls)}
            make = type if maker is EnumMeta else maker  # which would ask for members
            made: type = make.__new__(meta, cls.__name__, bases, start)
        self._copies[id(made)] = made, cls
        self._remember(cls, made)
        if maker is EnumMeta and getattr(cls, "__eq__", None) is object.__eq__:
            type.__setattr__(made, "__eq__", enumcopies.equal(self._known))
        for name, value in list(vars(cls).items()):
            if name not in CLASS_OWN and not isinstance(value, types.MemberDescriptorType | types.GetSetDescriptorType):
                type.__setattr__(made, name, self._copy(value))
        return made

    def drop(self) -> None:
        """Forget everything."""
        self._copies.clear()
        self.enumerations.drop()

    def original(self, cls: type) -> type | None:
        """Give the class of the script that a class is the copy of, or None."""
        return self._copies.get(id(cls), (None, None))[1]


def _is_plain(cls: type) -> bool:
    """Say whether what a class does at each new one below it is nothing."""
    return cls in (object, Generic, Enum) or cls.__module__ == "enum"


@contextlib.contextmanager
def without_hooks(classes: Iterable[type]) -> Iterator[None]:
    """Keep copied classes from running what the script does at each new class below them."""
    hooks = [(cls, vars(cls)[HOOK]) for cls in dict.fromkeys(classes)]
    for cls, _ in hooks:
        type.__delattr__(cls, HOOK)
    try:
        yield
    finally:
        for cls, hook in hooks:
            type.__setattr__(cls, HOOK, hook)


def touch(code: types.CodeType, names: Any) -> None:
    """Copy now what bytecode reads or deletes past `__missing__`: class bodies, and `del` of a global."""
    if not code.co_flags & _OPTIMIZED or _DELETE_GLOBAL in code.co_code[::2]:
        for name in code.co_names:
            names.get(name)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            touch(constant, names)


_OPTIMIZED = 0x1  # inspect.CO_OPTIMIZED: a function's body, not a class's
_DELETE_GLOBAL = opmap["DELETE_GLOBAL"]

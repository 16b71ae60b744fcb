"""How exceptions are copied: what is in them, and what they were raised from. Their traceback is the script's own."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator
from typing import Any, Protocol

ELSEWHERE = frozenset(("__dict__", "__traceback__", "characters_written"))


class World(Protocol):
    """What belongs to the script."""

    def is_script_class(self, cls: type) -> bool:
        """Say whether the script defined that class."""


class Copier(Protocol):
    """What copies for one snapshot."""

    def copy(self, value: Any) -> Any:
        """Give the copy of a value, or the value itself where it is shared."""


def is_plain(cls: type, world: World) -> bool:
    """Say whether an exception is nothing but its arguments and attributes: a library's may hold a connection."""
    return all(base.__module__ == "builtins" or world.is_script_class(base) for base in cls.__mro__)


def empty(cls: type, *group: Any) -> BaseException:
    """Make an exception without running what the script does at each new one; a group has to know what is in it."""
    made: BaseException = _maker(cls).__new__(cls, *group)
    return made


def group(value: Any) -> tuple[Any, ...]:
    """Give the message of a group of exceptions, and those; nothing of any other."""
    maker = _maker(type(value))
    if "exceptions" not in vars(maker) and not any("exceptions" in vars(base) for base in maker.__mro__):
        return ()
    of: Any = next(vars(base) for base in maker.__mro__ if "exceptions" in vars(base))
    return of["message"].__get__(value), list(of["exceptions"].__get__(value))


def fill(copier: Copier, value: BaseException, made: BaseException) -> None:
    """Give a copy what the exception has."""
    for name, one in parts(value):
        put(made, name, copier.copy(one))
    put(made, "__traceback__", vars(BaseException)["__traceback__"].__get__(value))


def parts(value: BaseException) -> Iterator[tuple[str, Any]]:
    """Give what is in an exception besides its own attributes and its traceback, past what its class makes of that."""
    for cls in _maker(type(value)).__mro__:
        for name, slot in vars(cls).items():
            kept = isinstance(slot, types.MemberDescriptorType | types.GetSetDescriptorType) and name not in ELSEWHERE
            with contextlib.suppress(AttributeError):  # it has no value
                if kept and (one := slot.__get__(value)) is not None:
                    yield name, one


def put(made: BaseException, name: str, value: Any) -> None:
    """Give an exception one of its parts."""
    slot: Any = next(vars(cls)[name] for cls in _maker(type(made)).__mro__ if name in vars(cls))
    with contextlib.suppress(AttributeError, TypeError):  # it cannot be set
        slot.__set__(made, value)


def _maker(cls: type) -> Any:
    return next(base for base in cls.__mro__ if base.__module__ == "builtins")

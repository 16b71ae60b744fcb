"""How what a console sees is pickled: with dill, but for what dill would reach out to, or would invent.

Names of a module stay names: a function is saved without the module it looks into. Handles are left out, and a hole is
left where they were, because a lock or a file that is made anew is not the one that was there.
"""

from __future__ import annotations

import functools
import io
import os
import pickle  # noqa: TID251  # as `dill` below: it writes
import sys
import types
from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple, NewType, TypeVar

import dill  # noqa: TID251  # snapshots are saved here

from lager_debugbridge import arraycopies, errorcopies, rebuilding
from lager_debugbridge.classcopies import CLASS_OWN, CLASS_START, MAKERS
from lager_debugbridge.copiers import ATOMS, HANDLE_SIGNS, OWN_HANDLE_SIGNS, is_handle, own_names, own_slots
from lager_debugbridge.modulecopies import SnapshotModule
from lager_debugbridge.namespace import Namespace
from lager_debugbridge.snapshot import Snapshot

dill.extend(False)  # importing it has changed what `pickle` does in the whole process

Memo = dict[int, tuple[int, Any]]
PLAIN = frozenset((*ATOMS, list, dict, tuple, set, frozenset, bytearray))
IN_MEMORY = (io.StringIO, io.BytesIO)
MANY = 10_000  # items that are worth it to be saved at once
NETS = "lager.proxies"
PARTS = (  # modules whose things are parts of the process that has them
    *("threading", "_thread", "queue", "_queue", "asyncio", "_asyncio", "multiprocessing", "concurrent", "socket"),
    *("_socket", "select", "selectors", "subprocess", "contextvars"),
)
RUNNING = (types.FrameType, types.TracebackType, types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
_Setter = Callable[[Any, Any], None]
_Reduced = tuple[Any, tuple[Any, ...], Any, None, None, _Setter]


class LeftOut(NamedTuple):
    """What a hole was left for; `whole` if it is all that there was."""

    what: str
    why: str
    whole: bool


class Saver(dill.Pickler):  # type: ignore[misc]  # dill has no types
    """Pickles one name.

    Args:
        file: Takes the bytes.
        memo: Of all names.
        snapshot: What the names are of.
        key: Gives the key of a namespace, and has it saved, too.
    """

    def __init__(self, file: io.BytesIO, memo: Memo, snapshot: Snapshot, key: Callable[[Namespace], str]) -> None:
        super().__init__(file, protocol=4, byref=False, recurse=False)
        self.memo = memo
        self.left_out: list[LeftOut] = []
        self._snapshot = snapshot
        self._key = key
        self._first = True

    def put(self, idx: int) -> bytes:
        """Number what is saved: a name that cannot be read again must not shift the numbers of others."""
        return b"r" + idx.to_bytes(4, "little")  # LONG_BINPUT

    def memoize(self, obj: Any) -> None:
        """Take note of what was saved."""
        if id(obj) not in self.memo:
            self.memo[id(obj)] = len(self.memo), obj
            self.write(self.put(self.memo[id(obj)][0]))

    def persistent_id(self, obj: Any) -> Any:
        """Give a name for what is not saved by its content."""
        cls, first = type(obj), self._first
        self._first = False
        if cls in PLAIN:
            return None
        if issubclass(cls, Namespace):
            return "names", self._key(obj)
        if issubclass(cls, types.ModuleType):
            return self._module(obj)
        why = _why_not(cls, self._snapshot.is_script_class(cls))
        if why:
            self.left_out.append(LeftOut(cls.__name__, why, first))
            return "left out", cls.__name__, why
        return None

    def reducer_override(self, obj: Any) -> Any:
        """Say how something is made anew, where that is ours to say."""
        cls = type(obj)
        if cls in PLAIN:
            return _packed(obj) if cls in (list, dict) and len(obj) >= MANY else NotImplemented
        if (reduce := _REDUCED.get(cls)) is not None:
            return reduce(obj)
        if cls is types.FunctionType:
            return self._function(obj)
        if issubclass(cls, type):
            return self._class(obj) if self._snapshot.is_script_class(obj) else NotImplemented
        if issubclass(cls, BaseException) and errorcopies.is_plain(cls, self._snapshot):
            state = dict(errorcopies.parts(obj)), own_names(obj), own_slots(obj)
            return errorcopies.empty, (cls, *errorcopies.group(obj)), state, None, None, rebuilding.fill_error
        if (cls.__module__, cls.__name__) == ("numpy", "ndarray"):
            return _array_view(obj)
        if self._snapshot.is_script_class(cls) and self._snapshot.copier.is_plain(cls):
            return rebuilding.instance, (cls,), (own_names(obj), own_slots(obj)), None, None, rebuilding.fill_instance
        return NotImplemented

    def _module(self, module: types.ModuleType) -> tuple[str, str]:
        if isinstance(module, SnapshotModule):
            return "module", self._key(object.__getattribute__(module, "_lager_namespace"))
        if self._snapshot.is_script(vars(module)):
            return "module", self._key(self._snapshot.of_module(vars(module)))
        return "import", module.__name__

    def _function(self, function: types.FunctionType) -> Any:
        names: Any = function.__globals__
        ours = isinstance(names, Namespace) or self._snapshot.is_script(names)
        if not ours and _is_found(function):
            return NotImplemented
        if ours and not isinstance(names, Namespace):
            names = self._snapshot.of_module(names)
        elif not ours:
            module = sys.modules.get(names.get("__name__"))
            names = module if module is not None and vars(module) is names else names
        made = (function.__code__, names, function.__name__, function.__closure__)
        facts = (function.__qualname__, function.__module__, function.__doc__)
        state = (function.__defaults__, function.__kwdefaults__, facts, function.__annotations__, vars(function))
        return rebuilding.function, made, state, None, None, rebuilding.fill_function

    def _class(self, cls: type) -> Any:
        if issubclass(cls, Enum):
            return rebuilding.enumeration, rebuilding.parts_of_enumeration(cls)
        if next((one for one in type(cls).__mro__ if not self._snapshot.is_script_class(one)), type) not in MAKERS:
            return NotImplemented
        own = vars(cls)
        start = {name: own[name] for name in CLASS_START if name in own}
        shown = types.MemberDescriptorType | types.GetSetDescriptorType
        rest = {name: one for name, one in own.items() if name not in CLASS_OWN and not isinstance(one, shown)}
        made = (type(cls), cls.__name__, cls.__bases__, start)
        return rebuilding.script_class, made, rest, None, None, rebuilding.fill_class


def _packed(value: Any) -> Any:
    """Say how many numbers or texts are made anew: all at once, which takes a hundredth of the time."""
    if not ATOMS.issuperset(map(type, value)):
        return NotImplemented
    if type(value) is dict and not ATOMS.issuperset(map(type, value.values())):
        return NotImplemented
    return rebuilding.unpacked, (pickle.dumps(value, 4),)


def _array_view(value: Any) -> Any:
    """Say how a view of an array is made anew on that array."""
    found = arraycopies.place(value) if value.size else None
    if found is None or type(found[0]).__name__ != "ndarray":
        return NotImplemented
    owner, offset = found
    try:
        again = arraycopies.view(owner, offset, value.dtype, value.shape, value.strides)
    except (TypeError, ValueError):
        again = None
    if again is None:
        return NotImplemented
    made = owner, offset, value.dtype, value.shape, value.strides
    return rebuilding.array_view, made, value.flags.writeable, None, None, rebuilding.seal


def _cell(cell: types.CellType) -> Any:
    try:
        content = (cell.cell_contents,)
    except ValueError:  # empty so far
        return types.CellType, ()
    return rebuilding.cell, (), content, None, None, rebuilding.fill_cell


def _cached(value: Any) -> Any:
    return rebuilding.cached, (value.__wrapped__, value.cache_parameters())


def _cached_property(value: Any) -> Any:
    return rebuilding.cached_property, (value.func, value.attrname)


@functools.lru_cache
def _cached_example() -> None:
    """Have the type of every cached function."""


def _type_variable(value: Any) -> Any:
    facts = value.__bound__, value.__covariant__, value.__contravariant__
    return rebuilding.type_variable, (value.__name__, value.__constraints__, *facts)


_REDUCED: dict[type, Callable[[Any], Any]] = {
    TypeVar: _type_variable,  # by itself, it is no more than a name in a module
    NewType: lambda value: (NewType, (value.__name__, value.__supertype__)),
    types.CellType: _cell,
    type(_cached_example): _cached,
    functools.cached_property: _cached_property,
}


def _is_found(function: types.FunctionType) -> bool:
    """Say whether a function of a library is found again by its name."""
    there: Any = sys.modules.get(function.__module__ or "")
    for name in function.__qualname__.split("."):
        there = getattr(there, name, None)
    return there is function


def _why_not(cls: type, ours: bool) -> str:
    """Say why what is of this class has no place in a file; empty if it has."""
    module = cls.__module__ if isinstance(cls.__module__, str) else ""
    if issubclass(cls, type | BaseException) or cls in IN_MEMORY:
        return ""
    if module.startswith(NETS):
        return "a net is on the bench"
    if module.partition(".")[0] in PARTS and not ours:
        return "it is a part of the running script"
    if issubclass(cls, RUNNING):
        return "it is a part of what runs"
    if cls is memoryview:
        return "it is a view of memory"
    if not issubclass(cls, os.PathLike) and is_handle(cls, OWN_HANDLE_SIGNS if ours else HANDLE_SIGNS):
        return "it is a handle of something outside of the script"
    return ""

"""How each kind of value is copied for a snapshot. What has no rule here is shared."""

from __future__ import annotations

import array
import contextlib
import dataclasses
import enum
import functools
import types
from abc import ABC, ABCMeta
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, UserString, defaultdict, deque
from collections.abc import Callable
from enum import Enum
from typing import Any, Generic, Protocol

from lager_debugbridge import arraycopies, classcopies, errorcopies, librarycopies, room
from lager_debugbridge.classcopies import touch

HANDLE_SIGNS = frozenset(("__del__", "close", "__enter__", "__aenter__", "fileno", "shutdown", "disconnect", "release"))
# Of a script's own class only these: its `close` is about a handle inside it, which is shared, whatever else it holds.
OWN_HANDLE_SIGNS = frozenset(("__del__", "fileno"))
SAFE_BASES = (object, ABC, Generic, Protocol)  # of a class whose instances are nothing but their attributes
WRAPPERS = (ChainMap, UserDict, UserList, UserString, types.SimpleNamespace)  # nothing but their attributes
WRAPPER_NAMES = frozenset((("argparse", "Namespace"),))  # the same, of modules that we need not import
CONTAINERS = (OrderedDict, defaultdict, Counter, dict, list, set, frozenset, tuple, deque, bytearray, array.array)
ATOMS = frozenset((type(None), bool, int, float, complex, str, bytes))
VALUES = (int, float, complex, str, bytes)  # of which the script may have its own kinds
DEEPEST = 20  # containers in containers that are copied by recursion
PART = 1 << 16  # elements that are looked at in one go: between parts, a statement can be stopped
MANY = 1 << 16  # copies after which it is looked whether there is room for more
_Rule = Callable[[Any], Any]
_Step = Callable[[], Any]


@functools.lru_cache
def _cached_example() -> None:
    """Have the type of every cached function."""


class World(Protocol):
    """What belongs to the script, and where its names are.

    Attributes:
        instead: Makes what stands for a few values, by their id.
    """

    instead: dict[int, Callable[[], Any]]

    def of_module(self, names: dict[str, Any]) -> Any:
        """Give the snapshot of a module's names."""

    def is_script(self, names: Any) -> bool:
        """Say whether these are the names of a module of the script."""

    def is_script_class(self, cls: type) -> bool:
        """Say whether the script defined that class."""

    def module(self, module: types.ModuleType) -> types.ModuleType:
        """Give a module as the console sees it."""


class Copier:
    """Copies values for one snapshot; the same value always has the same copy."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._memo: dict[int, tuple[Any, Any]] = {}  # by id: the value, kept so that its id stays its own; and its copy
        self._depth = 0
        self._fills: list[_Step] = []  # put off, because the recursion went too deep
        self._classes = classcopies.Classes(self, world)
        self._puts: list[_Step] = []  # put off, because hashing a key runs the script's code on what must be whole
        self._rules: dict[type, _Rule] = {
            types.FunctionType: self._function,
            types.MethodType: self._method,
            types.BuiltinMethodType: self._builtin_method,
            types.ModuleType: self._world.module,
            types.CellType: self._cell,
            functools.partial: self._partial,
            type(_cached_example): self._cached,
            staticmethod: lambda value: staticmethod(self.copy(value.__func__)),
            classmethod: lambda value: classmethod(self.copy(value.__func__)),
            property: self._property,
            types.DynamicClassAttribute: self._dynamic,
            getattr(enum, "property", property): self._dynamic if hasattr(enum, "property") else self._property,
            type: self._class,
            ABCMeta: self._class,
            **{base: functools.partial(self._container, base) for base in CONTAINERS},
            **librarycopies.rules(self),
        }

    def take(self, value: Any) -> Any:
        """Copy a value, or nothing of it: a copy that was interrupted must not be found later, half done."""
        known, fills, puts, depth = len(self._memo), len(self._fills), len(self._puts), self._depth
        try:
            copied = self.copy(value)
            while len(self._fills) > fills:
                self._fills.pop()()
            while len(self._puts) > puts:
                self._puts.pop(puts)()
        except BaseException:
            while len(self._memo) > known:
                self._memo.popitem()
            del self._fills[fills:], self._puts[puts:]
            raise
        finally:
            self._depth = depth
        return copied

    def copy(self, value: Any) -> Any:
        """Give the snapshot's value for a value of the script: a copy, or the value itself where it is shared."""
        if type(value) in ATOMS:
            return value
        known = self._memo.get(id(value))
        if known is not None:
            return known[1]
        instead = self._world.instead.get(id(value))
        if instead is not None:
            return instead()
        rule = self._rules.get(type(value)) or self._rule(value)
        if rule is None:
            return value
        self._depth += 1  # where an exception leaves it too high, `take` mends it
        copied = rule(value)
        self._depth -= 1
        if not len(self._memo) % MANY:
            room.check_many()
        return self.remember(value, copied)

    def shares(self, value: Any) -> bool:
        """Say whether a value is handed out as it is, because a copy would be wrong. Nothing is copied for this."""
        return type(value) not in ATOMS and type(value) not in self._rules and self._rule(value) is None

    def drop(self) -> None:
        """Forget everything."""
        self._memo.clear()
        self._classes.drop()

    def original(self, cls: type) -> type | None:
        """Give the class of the script that a class is the copy of, or None."""
        return self._classes.original(cls)

    def known(self, value: Any) -> Any:
        """Give the copy that was made of a value already, or None."""
        return self._memo.get(id(value), (None, None))[1]

    def room(self, value: Any) -> None:
        """Make sure that there is room for a copy of what a value itself takes, without what is in it.

        Raises:
            MemoryError: There is not.
        """
        cls: Any = type(value)
        size = getattr(value, "nbytes", 0) if cls.__name__ == "ndarray" else cls.__sizeof__(value)
        if size >= room.ASKED:
            room.check(size, f"this {cls.__name__}")

    def remember(self, value: Any, copied: Any) -> Any:
        """Take note of a copy; one that is not whole yet, where a cycle may lead back to it."""
        # Where a cycle led back here, the copy made on the way is the one that others hold already.
        return self._memo.setdefault(id(value), (value, copied))[1]

    def _rule(self, value: Any) -> _Rule | None:
        cls = type(value)
        if issubclass(cls, type):
            return self._class
        if (found := arraycopies.rule(self, cls)) is not None:
            return found
        if (cls.__module__, cls.__qualname__) == ("random", "Random"):
            return librarycopies.random_numbers
        return self._rule_of_instance(cls)

    def _rule_of_instance(self, cls: type) -> _Rule | None:
        ours = self._world.is_script_class(cls)
        if issubclass(cls, BaseException):
            return self._error if errorcopies.is_plain(cls, self._world) else None
        if is_handle(cls, OWN_HANDLE_SIGNS if ours else HANDLE_SIGNS):
            return None
        base = next((one for one in CONTAINERS if issubclass(cls, one)), None)
        if base is not None:
            named = base is tuple and hasattr(cls, "_fields")
            return functools.partial(self._container, base) if ours or named else None
        if issubclass(cls, Enum) and not (ours and self._classes.enumerations.is_copied(cls)):
            return None
        if ours and issubclass(cls, VALUES):
            return self._value
        if issubclass(cls, Enum):
            return self._instance
        if ours or _is_wrapper(cls) or dataclasses.is_dataclass(cls):
            return self._instance if self.is_plain(cls) else None
        return None

    def is_plain(self, cls: type) -> bool:
        """Say whether instances are nothing but attributes: not so below a library's class, such as a Thread."""
        if _is_wrapper(cls):
            return True
        if issubclass(cls, Enum | BaseException | type):
            return False  # members and classes are told apart by identity; exceptions are made in a way of their own
        return all(
            base in SAFE_BASES or dataclasses.is_dataclass(base) or self._world.is_script_class(base)
            for base in cls.__mro__
        )

    # Containers -------------------------------------------------------------------------------------------------------

    def _container(self, base: Any, value: Any) -> Any:
        cls = self.copy(type(value)) if type(value) is not base else base
        if base.__sizeof__(value) >= room.ASKED:
            room.check(base.__sizeof__(value), f"this {type(value).__name__} of {base.__len__(value)}")
        if base is tuple or base is frozenset:
            made: Any = base.__new__(cls, [self.copy(one) for one in base.__iter__(value)])
            made = self.remember(value, made)
        else:
            made = self.remember(value, _empty(base, cls, value))
            if base in (bytearray, array.array):
                base.extend(made, value)
            else:
                self._now_or_later(functools.partial(self._fill, base, made, value))
        return made if cls is base else self.attributes(value, made)

    def _now_or_later(self, step: _Step) -> None:
        """Fill a copy that is remembered already; put off in what is nested deeper than Python may recurse."""
        if self._depth > DEEPEST:
            self._fills.append(step)
        else:
            step()

    def _fill(self, base: Any, made: Any, value: Any) -> None:
        if issubclass(base, dict):
            if base is defaultdict:
                made.default_factory = self.copy(value.default_factory)
            put = OrderedDict.__setitem__ if base is OrderedDict else dict.__setitem__
            pairs = [(self.copy(key), self.copy(item)) for key, item in list(base.items(value))]
            self.put([key for key, _ in pairs], lambda: [put(made, key, item) for key, item in pairs])
        elif base is set:
            items = [self.copy(one) for one in list(set.__iter__(value))]
            self.put(items, lambda: set.update(made, items))
        elif base is list:
            self._extend(made, value)
        else:
            base.extend(made, [self.copy(one) for one in list(base.__iter__(value))])

    def _extend(self, made: Any, value: Any) -> None:
        """Copy a list part by part: of one that fills the memory, there must be no third copy on the way."""
        begin = 0
        while part := list.__getitem__(value, slice(begin, begin + PART)):
            begin += len(part)
            plain = ATOMS.issuperset(map(type, part))
            list.extend(made, part if plain else [self.copy(one) for one in part])

    def put(self, keys: list[Any], step: _Step) -> None:
        """Put in what is hashed; an object of the script may not be whole before all is copied."""
        if all(type(key) in ATOMS for key in keys):
            step()
        else:
            self._puts.append(step)

    # Instances and classes --------------------------------------------------------------------------------------------

    def _instance(self, value: Any) -> Any:
        cls = self.copy(type(value))
        made = self.remember(value, cls.__new__(cls) if _is_wrapper(cls) else object.__new__(cls))
        self._now_or_later(functools.partial(self.attributes, value, made))
        return made

    def _value(self, value: Any) -> Any:
        """Copy an instance of a kind of number or text that the script has made."""
        base: Any = next(one for one in VALUES if isinstance(value, one))
        bare = base.__getitem__(value, slice(None)) if base in (str, bytes) else base.__pos__(value)
        made = self.remember(value, base.__new__(self.copy(type(value)), bare))
        return self.attributes(value, made)

    def attributes(self, value: Any, made: Any) -> Any:
        """Copy what a value has as an instance of its class, into its copy."""
        names = own_names(value)
        copied = own_names(made) if names else {}
        for name, one in list(names.items()):
            copied[name] = self.copy(one)
        for name, one in own_slots(value).items():
            object.__setattr__(made, name, self.copy(one))
        return made

    def _error(self, value: BaseException) -> BaseException:
        made = self.remember(
            value, errorcopies.empty(self.copy(type(value)), *map(self.copy, errorcopies.group(value)))
        )
        self._now_or_later(functools.partial(errorcopies.fill, self, value, made))
        return self.attributes(value, made)  # type: ignore[no-any-return]

    def _class(self, cls: type) -> type:
        """Make a class of the same content; shared where a new one would not be as good."""
        if not self._world.is_script_class(cls) or is_handle(cls, OWN_HANDLE_SIGNS):
            return cls
        return self._classes.copy(cls)

    # Functions --------------------------------------------------------------------------------------------------------

    def _function(self, function: types.FunctionType) -> types.FunctionType:
        ours = self._world.is_script(function.__globals__)
        closure = function.__closure__ or ()
        if not ours and not any(self._changes(cell) for cell in closure):
            return function  # a library's, and nothing of the script's in it, as a decorator's wrapper would have
        cells = tuple(self.copy(cell) for cell in closure)
        if (known := self.known(function)) is not None:
            return known  # type: ignore[no-any-return]
        names = self._world.of_module(function.__globals__) if ours else function.__globals__
        made = types.FunctionType(function.__code__, names, function.__name__, None, cells or None)
        self.remember(function, made)
        if ours:
            touch(function.__code__, names)
        made.__defaults__ = self.copy(function.__defaults__)
        made.__kwdefaults__ = self.copy(function.__kwdefaults__)
        made.__qualname__, made.__module__ = function.__qualname__, function.__module__
        made.__doc__, made.__annotations__ = function.__doc__, self.copy(function.__annotations__)
        for name, value in list(vars(function).items()):
            vars(made)[name] = self.copy(value)
        return made

    def _changes(self, cell: types.CellType) -> bool:
        try:
            content = cell.cell_contents
        except ValueError:  # empty so far
            return False
        return self.copy(content) is not content

    def _cell(self, cell: types.CellType) -> types.CellType:
        made: types.CellType = self.remember(cell, types.CellType())
        with contextlib.suppress(ValueError):  # empty so far: so is the copy
            made.cell_contents = self.copy(cell.cell_contents)
        return made

    def _method(self, method: types.MethodType) -> types.MethodType:
        owner = self.copy(method.__self__)
        return method if owner is method.__self__ else types.MethodType(self.copy(method.__func__), owner)

    def _builtin_method(self, method: types.BuiltinMethodType) -> Any:
        owner = method.__self__
        if owner is None or isinstance(owner, types.ModuleType):
            return method
        copied = self.copy(owner)
        return method if copied is owner else getattr(copied, method.__name__)

    def _partial(self, value: functools.partial[Any]) -> Any:
        named = {name: self.copy(one) for name, one in value.keywords.items()}
        return functools.partial(self.copy(value.func), *map(self.copy, value.args), **named)

    def _cached(self, value: Any) -> Any:
        function = self.copy(value.__wrapped__)
        if function is value.__wrapped__:
            return value
        return functools.lru_cache(**value.cache_parameters())(function)

    def _dynamic(self, value: Any) -> Any:
        made = self.remember(value, object.__new__(type(value)))
        vars(made).update({name: self.copy(one) for name, one in vars(value).items()})
        return made

    def _property(self, value: property) -> property:
        return property(self.copy(value.fget), self.copy(value.fset), self.copy(value.fdel), value.__doc__)


def _empty(base: Any, cls: Any, value: Any) -> Any:
    if base is array.array:
        return array.array.__new__(cls, value.typecode)
    made = base.__new__(cls)
    if base is deque:
        deque.__init__(made, (), value.maxlen)
    return made


def own_names(value: Any) -> dict[str, Any]:
    """Give an instance's own attributes, past whatever its class overrides; empty where it can have none."""
    for cls in type(value).__mro__:
        found = vars(cls).get("__dict__")
        if isinstance(found, types.GetSetDescriptorType | types.MemberDescriptorType):
            names: dict[str, Any] = found.__get__(value)
            return names
    return {}


def own_slots(value: Any) -> dict[str, Any]:
    """Give what is in an instance's slots; an empty one is not there."""
    found: dict[str, Any] = {}
    for cls in type(value).__mro__:
        for name, slot in list(vars(cls).items()) if "__slots__" in vars(cls) else ():
            if isinstance(slot, types.MemberDescriptorType):
                with contextlib.suppress(AttributeError):  # an empty one
                    found.setdefault(name, slot.__get__(value))
    return found


def is_handle(cls: type, signs: frozenset[str]) -> bool:
    """Say whether instances of a class stand for something outside."""
    return any(signs.intersection(vars(one)) for one in cls.__mro__[:-1])


def _is_wrapper(cls: type) -> bool:
    return cls in WRAPPERS or (cls.__module__, cls.__qualname__) in WRAPPER_NAMES

"""The names a console sees: a dict whose missing entries are copied from the script when first touched.

A dict subclass serves as globals of `exec` and of functions: names that are not in it go through `__missing__`.
Statements that bypass our methods (STORE_GLOBAL, DELETE_GLOBAL) find a plain dict and do the right thing with it,
because a name is copied once only: what was deleted after that stays deleted.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lager_debugbridge import looking

PRESET = ("__name__", "__package__", "__spec__", "__loader__", "__file__", "__path__")  # read past `__missing__`
_NOTHING: Any = object()


class Namespace(dict[str, Any]):
    """The snapshot of one module's names.

    Args:
        source: The script's own names; never written.
        copy: Copies a value on first touch.
        builtins: What statements and functions here find as builtins.
    """

    def __init__(self, source: Mapping[str, Any], copy: Callable[[Any], Any], builtins: dict[str, Any]) -> None:
        super().__init__({name: source[name] for name in PRESET if name in source})
        super().__setitem__("__builtins__", builtins)
        self.builtins = builtins
        self._source = source
        self.copier = copy
        self._given = set(super().keys())  # names the source has nothing more to say about

    @property
    def scope(self) -> dict[str, Any]:
        """Get what statements run in."""
        return self

    def __missing__(self, name: str) -> Any:
        if type(name) is str and looking.MARK in name:
            return self._look(*name.split(looking.MARK))
        if name in self._given or name not in self._source:
            raise KeyError(name)
        value = self.copier(self._source[name])
        self._given.add(name)
        super().__setitem__(name, value)
        return value

    def _look(self, name: str, reader: str) -> Any:
        """Give what a statement only looks into, without copying all of it."""
        if reader and (reader in self or type(self.builtins.get(reader)) is not types.BuiltinFunctionType):
            reader = ""  # the script, or the console, has a function of that name
        elif name in self:
            copier = getattr(self.copier, "__self__", None)
            if copier is not None and self.is_untouched(name):
                return looking.at(self.peek(name), reader, copier, lambda: self[name])
        try:
            return self[name] if name in self else self.builtins[name]
        except KeyError:
            raise NameError(f"name {name!r} is not defined", name=name) from None

    def is_untouched(self, name: str) -> bool:
        """Say whether a name that is here is the script's own, and was not copied so far."""
        return not super().__contains__(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._given.add(name)
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self._given.add(name)
        super().pop(name, None)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (name not in self._given and name in self._source)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def keys(self) -> Any:
        """Give every name, touched or not."""
        return dict.fromkeys(self._names()).keys()

    def values(self) -> Any:
        """Give every value; this touches all."""
        return [self[name] for name in self._names()]

    def items(self) -> Any:
        """Give every pair; this touches all."""
        return [(name, self[name]) for name in self._names()]

    def get(self, name: str, default: Any = None) -> Any:
        """Give a value, or the default."""
        try:
            return self[name]
        except KeyError:
            return default

    def pop(self, name: str, default: Any = _NOTHING) -> Any:
        """Take a value away."""
        value = self.get(name, _NOTHING)
        if value is not _NOTHING:
            del self[name]
            return value
        if default is _NOTHING:
            raise KeyError(name)
        return default

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Give a value; set it first where there is none."""
        if name not in self:
            self[name] = default
        return self[name]

    def update(self, *others: Any, **more: Any) -> None:
        """Set many."""
        for name, value in dict(*others, **more).items():
            self[name] = value

    def peek(self, name: str) -> Any:
        """Give a value without touching it: the copy where there is one, else the script's own. For looking only.

        Raises:
            KeyError: There is none.
        """
        if super().__contains__(name):
            return super().__getitem__(name)
        if name in self._given:
            raise KeyError(name)
        return self._source[name]

    def made(self) -> list[str]:
        """Name what was touched or made here."""
        return [name for name in dict.keys(self) if isinstance(name, str)]

    def own(self) -> list[str]:
        """Name what is here, without what lies behind it."""
        return self._names()

    def drop(self) -> None:
        """Forget every name, and the script's own."""
        self._source = {}
        dict.clear(self)

    def declare(self, names: set[str]) -> None:
        """Take names that a `global` declares; here all names are."""

    def prepare(self, class_names: set[str]) -> None:
        """Before a statement: touch the names its class bodies read, which they do past `__missing__`."""
        for name in class_names:
            self.get(name)

    def settle(self) -> None:
        """After a statement: nothing to do, globals and locals are the same here."""

    def _names(self) -> list[str]:
        untouched = [name for name in list(self._source) if name not in self._given]
        return [*super().keys(), *untouched]


class FrameNamespace(Namespace):
    """The snapshot of a paused function: its locals first, then its module's names.

    One namespace serves as globals and locals, so that comprehensions and lambdas see the locals. What a statement
    assigns is its own, unless it is a global of the module or declared so: then the module's functions see it, too.
    """

    def __init__(self, local: Mapping[str, Any], module: Namespace) -> None:
        super().__init__(local, module.copier, module["__builtins__"])
        for name in PRESET:
            if dict.__contains__(module, name):
                super().__setitem__(name, module[name])
        self._local = local
        self._module = module
        self._mine = set(dict.keys(self))
        self._declared: set[str] = set()  # by a `global` at the top level
        self._mirrors: dict[str, Any] = {}

    def __missing__(self, name: str) -> Any:
        if type(name) is str and looking.MARK in name:
            return self._look(*name.split(looking.MARK))
        try:
            value = super().__missing__(name)
        except KeyError:
            return self._module[name]
        self._mine.add(name)
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self._declared or (not self._owns(name) and name in self._module):
            self._module[name] = value
            return
        self._mine.add(name)
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        if self._owns(name):
            super().__delitem__(name)
            self._mine.discard(name)
        else:
            del self._module[name]

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._module

    def peek(self, name: str) -> Any:
        """Give a value without touching it."""
        try:
            return super().peek(name)
        except KeyError:
            return self._module.peek(name)

    def own(self) -> list[str]:
        """Name what the frame has, and not what its module has."""
        return [name for name in super()._names() if name not in PRESET and name != "__builtins__"]

    def declare(self, names: set[str]) -> None:
        """Take names that a `global` declares: from now on, assigning them sets the module's."""
        self._declared |= {name for name in names if not self._owns(name)}

    def drop(self) -> None:
        """Forget every name, and the script's own."""
        super().drop()
        self._local = {}

    def prepare(self, class_names: set[str]) -> None:
        """Before a statement: put names where its class bodies look for them."""
        for name in class_names:
            value = self.get(name, _NOTHING)
            if value is not _NOTHING and not dict.__contains__(self, name):
                self._mirrors[name] = value
                dict.__setitem__(self, name, value)

    def settle(self) -> None:
        """After a statement: hand what `global` inside functions has set to the module."""
        for name, value in self._mirrors.items():
            if dict.get(self, name, _NOTHING) is value:
                dict.pop(self, name)
        self._mirrors.clear()
        for name in [name for name in dict.keys(self) if name not in self._mine]:
            value = dict.pop(self, name)
            if name in self._local:
                self[name] = value
            else:
                self._module[name] = value

    def is_untouched(self, name: str) -> bool:
        """Say so of the frame's names, and of the module's behind them."""
        own = name in self._local and name not in self._given
        return super().is_untouched(name) and (own or self._module.is_untouched(name))

    def _owns(self, name: str) -> bool:
        return dict.__contains__(self, name) or (name in self._local and name not in self._given)

    def _names(self) -> list[str]:
        mine = dict.fromkeys(super()._names())
        return [*mine, *(name for name in self._module if name not in mine)]

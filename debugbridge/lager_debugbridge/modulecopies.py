"""Modules as a console sees them: the script's own as snapshots, also through `sys.modules` and `importlib`."""

from __future__ import annotations

import functools
import importlib
import sys
import types
from collections.abc import Callable
from typing import Any

from lager_debugbridge.namespace import Namespace

_See = Callable[[types.ModuleType], types.ModuleType]


class SnapshotModule(types.ModuleType):
    """A module of the script, as the console sees it."""

    def __init__(self, name: str, doc: str | None, namespace: Namespace) -> None:
        super().__init__(name, doc)
        object.__setattr__(self, "_lager_namespace", namespace)

    def __getattribute__(self, name: str) -> Any:
        if name in ("_lager_namespace", "__class__"):
            return object.__getattribute__(self, name)
        namespace = object.__getattribute__(self, "_lager_namespace")
        if name == "__dict__":
            return namespace
        try:
            return namespace[name]
        except KeyError:
            return super().__getattribute__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._lager_namespace[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self._lager_namespace[name]
        except KeyError:
            raise AttributeError(name) from None

    def __dir__(self) -> list[str]:
        return sorted(self._lager_namespace)


class StandIn(types.ModuleType):
    """A module of the library that hands out modules of the script; but for that, it is the module itself."""

    def __init__(self, module: types.ModuleType, instead: dict[str, Callable[[], Any]]) -> None:
        super().__init__(module.__name__, module.__doc__)
        vars(self).update(_lager_module=module, _lager_instead=instead)

    def __getattr__(self, name: str) -> Any:
        own = vars(self)
        return own["_lager_instead"][name]() if name in own["_lager_instead"] else getattr(own["_lager_module"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(vars(self)["_lager_module"], name, value)

    def __delattr__(self, name: str) -> None:
        delattr(vars(self)["_lager_module"], name)

    def __dir__(self) -> list[str]:
        return dir(vars(self)["_lager_module"])


class Imported(dict[str, types.ModuleType]):
    """`sys.modules`, as the console sees it; what is imported later is found, too."""

    def __init__(self, see: _See) -> None:
        super().__init__({name: see(one) for name, one in list(sys.modules.items())})
        self._see = see

    def __missing__(self, name: str) -> types.ModuleType:
        return self._see(sys.modules[name])


def instead(see: _See) -> dict[int, Callable[[], Any]]:
    """Give what stands for the script's ways to its own modules, by their id; each is made when it is first met.

    Args:
        see: Gives a module as the console sees it.
    """

    @functools.cache
    def imported() -> Imported:
        return Imported(see)

    @functools.wraps(importlib.import_module)
    def import_module(name: str, package: str | None = None) -> types.ModuleType:
        return see(importlib.import_module(name, package))

    def of(module: types.ModuleType, name: str, make: Callable[[], Any]) -> Callable[[], StandIn]:
        return functools.cache(lambda: StandIn(module, {name: make}))

    return {
        id(sys.modules): imported,
        id(importlib.import_module): lambda: import_module,
        id(sys): of(sys, "modules", imported),
        id(importlib): of(importlib, "import_module", lambda: import_module),
    }

"""What a console gets instead of the script's own values: copies of plain data, made when first touched.

Copied: containers, arrays, dataclasses, instances and classes of the script, and its functions, which get the snapshot
as their globals. Shared: everything else (nets, sockets, files, locks, threads, what libraries made), because two
copies of a handle would be wrong. One memo keeps aliases aliases. Nothing here is printed, sent or evaluated.
"""

from __future__ import annotations

import builtins
import os
import sys
import types
from collections.abc import Mapping
from typing import Any

from lager_debugbridge import copiers
from lager_debugbridge.namespace import FrameNamespace, Namespace


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


class Snapshot:
    """A paused frame's world, for one console.

    Args:
        frame: The paused frame; only its names are kept.
        root: The script's directory: what is defined in files below it is the script's.
        extra: Added to the builtins of what runs here.
    """

    def __init__(self, frame: types.FrameType, root: str, extra: Mapping[str, Any] | None = None) -> None:
        self._root = os.path.join(os.path.realpath(root), "") if root else ""
        self._paused = frame.f_globals
        self._ours: dict[str, bool] = {}  # by file
        self._namespaces: dict[int, Namespace] = {}  # by the module's dict
        self._modules: dict[int, SnapshotModule] = {}
        self.builtins = {**vars(builtins), **(extra or {}), "__import__": self._import}
        self.copier = copiers.Copier(self)
        module = self.of_module(frame.f_globals)
        is_module = frame.f_locals is frame.f_globals or frame.f_code.co_name == "<module>"
        self.names: Namespace = module if is_module else FrameNamespace(dict(frame.f_locals), module)

    def of_module(self, names: dict[str, Any]) -> Namespace:
        """Give the snapshot of a module's names."""
        if id(names) not in self._namespaces:
            self._namespaces[id(names)] = Namespace(names, self.copier.take, self.builtins)
        return self._namespaces[id(names)]

    def is_script(self, names: Mapping[str, Any]) -> bool:
        """Say whether these are the names of a module of the script."""
        return names is self._paused or self._below_root(names.get("__file__"))

    def is_script_class(self, cls: type) -> bool:
        """Say whether a class was defined by the script."""
        module = sys.modules.get(getattr(cls, "__module__", "") or "")
        if module is None:
            return bool(cls.__module__ == self._paused.get("__name__"))
        return self.is_script(module.__dict__)

    def module(self, module: types.ModuleType) -> types.ModuleType:
        """Give a module as the console sees it: the script's own as a snapshot, others as they are."""
        if isinstance(module, SnapshotModule) or not self.is_script(module.__dict__):
            return module
        if id(module) not in self._modules:
            names = self.of_module(module.__dict__)
            self._modules[id(module)] = SnapshotModule(module.__name__, module.__doc__, names)
        return self._modules[id(module)]

    def drop(self) -> None:
        """Let go of everything at once: what lies in cycles would keep instruments alive until a collection."""
        self.copier.drop()
        for names in (*self._namespaces.values(), self.names):
            names.drop()

    def _import(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(builtins.__import__(*args, **kwargs))

    def _below_root(self, file: object) -> bool:
        if not self._root or not isinstance(file, str):
            return False
        if file not in self._ours:
            path = os.path.realpath(file)
            installed = "site-packages" in path[len(self._root) :].split(os.sep)
            self._ours[file] = path.startswith(self._root) and not installed
        return self._ours[file]

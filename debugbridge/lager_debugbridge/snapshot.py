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
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lager_debugbridge import copiers, kinship, modulecopies
from lager_debugbridge.modulecopies import SnapshotModule
from lager_debugbridge.namespace import FrameNamespace, Namespace


class Place(NamedTuple):
    """Where a frame is."""

    file: str
    line: int
    function: str


OPTIMIZED = 0x1  # of a code object: its variables are fixed (inspect.CO_OPTIMIZED)


class Snapshot:
    """A paused frame's world, for one console.

    Args:
        frame: The paused frame; only its names are kept.
        root: The script's directory: what is defined in files below it is the script's.
        extra: Added to the builtins of what runs here.

    Attributes:
        root: Its real path, with a slash at the end; empty for none.
        paused: The script's own names of the module that the frame is in.
        place: Where the frame is.
    """

    def __init__(self, frame: types.FrameType, root: str, extra: Mapping[str, Any] | None = None) -> None:
        self.root = os.path.join(os.path.realpath(root), "") if root else ""
        self.paused = frame.f_globals
        self.place = Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        self._ours: dict[str, bool] = {}  # by file
        self._namespaces: dict[int, Namespace] = {}  # by the module's dict
        self._modules: dict[int, SnapshotModule] = {}
        self.builtins = {**vars(builtins), **(extra or {}), "__import__": self._import}
        self.instead = modulecopies.instead(self.module)
        self.copier = copiers.Copier(self)
        self.builtins |= kinship.names(self.copier.original)
        self.names: Namespace = self.of_frame(frame)
        self._at_drop: list[Callable[[], None]] = []

    def of_frame(self, frame: types.FrameType) -> Namespace:
        """Give the snapshot of a frame's names: its module's, or its own before those."""
        module = self.of_module(frame.f_globals)
        local = local_names(frame)
        return module if local is None else FrameNamespace(local, module)

    def of_module(self, names: dict[str, Any]) -> Namespace:
        """Give the snapshot of a module's names."""
        if id(names) not in self._namespaces:
            self._namespaces[id(names)] = Namespace(names, self.copier.take, self.builtins)
        return self._namespaces[id(names)]

    def is_script(self, names: Mapping[str, Any]) -> bool:
        """Say whether these are the names of a module of the script."""
        return names is self.paused or self._below_root(names.get("__file__"))

    def is_script_class(self, cls: type) -> bool:
        """Say whether a class was defined by the script."""
        module = sys.modules.get(getattr(cls, "__module__", "") or "")
        if module is None:
            return bool(cls.__module__ == self.paused.get("__name__"))
        return self.is_script(module.__dict__)

    def module(self, module: types.ModuleType) -> types.ModuleType:
        """Give a module as the console sees it: the script's own as a snapshot, others as they are."""
        if id(module) in self.instead:
            return self.instead[id(module)]()  # type: ignore[no-any-return]
        if not isinstance(module, types.ModuleType) or isinstance(module, SnapshotModule | modulecopies.StandIn):
            return module
        if not self.is_script(module.__dict__):
            return module
        if id(module) not in self._modules:
            names = self.of_module(module.__dict__)
            self._modules[id(module)] = SnapshotModule(module.__name__, module.__doc__, names)
        return self._modules[id(module)]

    def at_drop(self, does: Callable[[], None]) -> None:
        """Have something done when the console has gone."""
        self._at_drop.append(does)

    def drop(self) -> None:
        """Let go of everything at once: what lies in cycles would keep instruments alive until a collection."""
        self.copier.drop()
        for names in (*self._namespaces.values(), self.names):
            names.drop()
        while self._at_drop:
            self._at_drop.pop()()

    def _import(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(builtins.__import__(*args, **kwargs))

    def _below_root(self, file: object) -> bool:
        if not self.root or not isinstance(file, str):
            return False
        if file not in self._ours:
            path = os.path.realpath(file)
            installed = "site-packages" in path[len(self.root) :].split(os.sep)
            self._ours[file] = path.startswith(self.root) and not installed
        return self._ours[file]


def local_names(frame: types.FrameType) -> dict[str, Any] | None:
    """Give the names that a frame has by itself, with their values; None for a module's.

    From Python 3.12 on, a comprehension runs in the frame around it. Outside of functions, its variables are then
    hidden in that frame: `f_locals`, made anew at each look, has them, and maybe nothing else.
    """
    there = frame.f_locals
    if there is frame.f_globals:
        return None
    if frame.f_code.co_flags & OPTIMIZED or there is frame.f_locals:
        return dict(there)
    code = frame.f_code
    # Python 3.13.0 dies of reading such a variable that is also one of the frame's cells.
    cells = set(code.co_cellvars)
    hidden = set(code.co_varnames) - cells if sys.version_info >= (3, 13) else {*code.co_varnames, *cells}
    around = {} if code.co_name == "<module>" else {name: there[name] for name in there}
    return {**around, **{name: there[name] for name in hidden if name.isidentifier() and name in there}}

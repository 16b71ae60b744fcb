"""What a run's Python does when something is imported: Lager is the box's own, and tracebacks name files as users do.

`sitecustomize` puts it first among the finders, in a run. It imports nothing that Python has not loaded by then.
"""

import os
import sys
from _frozen_importlib_external import PathFinder

import lager_tracebacks  # type: ignore[import-not-found]  # beside this file

TYPE_CHECKING = False  # typing's own takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any

_OURS = frozenset(("lager", "lager_debugbridge"))  # what a script uses of Lager, itself or at a pause


class Finder:
    """Finds what is not to be as ever; else it says nothing.

    Args:
        root: The run's own directory, with a slash at its end.
        tracebacks: Whether they name files as users do.
    """

    def __init__(self, root: str, tracebacks: bool) -> None:
        self._root = root
        self._tracebacks = tracebacks

    def find_spec(self, name: str, _path: "Any" = None, target: "Any" = None) -> "Any":
        """Find Lager, though a folder of that name lies beside the script; look on when `traceback` is imported."""
        if name in _OURS:
            return PathFinder.find_spec(name, [one for one in sys.path if not self._is_inside(one)], target)
        if name == "traceback" and self._tracebacks:
            return self._traceback()
        return None

    def _is_inside(self, entry: str) -> bool:
        return (os.path.realpath(entry) + "/").startswith(self._root)

    def _traceback(self) -> "Any":
        found: Any = PathFinder.find_spec("traceback")
        if found is not None and not self._is_inside(os.path.dirname(found.origin or "")):
            load, shorten = found.loader.exec_module, lager_tracebacks.Shortening(self._root).begin

            def exec_module(module: "Any") -> None:
                load(module)
                shorten(module)

            found.loader.exec_module = exec_module
        return found


class Absent:
    """Asked for what nobody has found: says of rooms that only the released Lager has what to import instead."""

    @staticmethod
    def find_spec(name: str, _path: "Any" = None, _target: "Any" = None) -> None:
        """Refuse such a room; say nothing of anything else."""
        if not name.startswith("lager."):
            return
        from lager.absentrooms import ROOMS, refusal

        if name.split(".")[1] in ROOMS:
            raise refusal(name)


def install(root: str, tracebacks: bool) -> None:
    """Begin.

    Args:
        root: The run's own directory.
        tracebacks: Whether they name files as users do.
    """
    root = os.path.realpath(root) + "/"
    sys.meta_path.insert(0, Finder(root, tracebacks))
    sys.meta_path.append(Absent())
    if tracebacks:
        lager_tracebacks.install()
        if "traceback" in sys.modules:
            lager_tracebacks.Shortening(root).begin(sys.modules["traceback"])

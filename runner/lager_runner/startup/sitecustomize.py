"""Imported by every Python that a run starts, before the script: it makes `breakpoint()` a pause of Lager.

It imports nothing of Lager until a breakpoint is hit, and must not be noticed otherwise: the environment's own
sitecustomize, which this one hides, is imported as if this were not here.
"""

import os
import sys

TYPE_CHECKING = False  # typing's own takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any


def _breakpoint(*args: object, **kwargs: object) -> object:
    """Pause, unless the user chose something else with PYTHONBREAKPOINT (looked at in every call, as by Python)."""
    chosen = os.environ.get("PYTHONBREAKPOINT")
    if chosen == "0":
        return None
    if chosen:
        return sys.__breakpointhook__(*args, **kwargs)
    try:
        from lager.breakpoint import pause
    except ImportError:  # another Python, which has no Lager
        return sys.__breakpointhook__(*args, **kwargs)
    options: dict[str, Any] = {"label": args[0] if args else None, "interactive": True}
    options.update(kwargs)
    pause(**options)
    return None


def _import_the_next() -> None:
    """Import the sitecustomize that Python would have found without this one."""
    ours = os.path.dirname(os.path.abspath(__file__))
    path, this = sys.path[:], sys.modules.pop("sitecustomize", None)
    sys.path[:] = [entry for entry in path if os.path.abspath(entry) != ours]
    try:
        __import__("sitecustomize")
    except ImportError as exc:
        if exc.name != "sitecustomize":
            raise
    finally:
        added = [entry for entry in sys.path if entry not in path]
        sys.path[:] = added + path
        if this is not None:
            sys.modules.setdefault("sitecustomize", this)


# Where a debugger was chosen from the start, Python's own hook stays: a debugger stops in the frame that calls it, and
# through ours that would be a line of this file.
if os.environ.get("PYTHONBREAKPOINT", "") in ("", "0"):
    sys.breakpointhook = _breakpoint
_import_the_next()

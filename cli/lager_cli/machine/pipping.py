"""pip, as a program: of this Python, or the one that Python carries for making environments."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from lager import errors


def pip() -> list[str]:
    """Give the words that start pip.

    Raises:
        LagerError: This Python has none.
    """
    own = importlib.util.find_spec("pip")
    if own and own.origin:  # by its folder: with `-m`, a pip.py in the working directory would be taken for it
        return [sys.executable, str(Path(own.origin).parent)]
    carried = importlib.util.find_spec("ensurepip")
    folder = Path(carried.origin).parent / "_bundled" if carried and carried.origin else None
    found = sorted(folder.glob("pip-*.whl")) if folder else []
    if found:
        return [sys.executable, f"{found[-1]}/pip"]
    raise errors.LagerError(
        "this Python has no pip, and what a box needs is fetched with it",
        f"install it (Debian: apt install python3-pip; elsewhere: {sys.executable} -m ensurepip)",
    )

"""How a run has ended, onto the disk: its room is reserved at the start, for the disk may be full by then."""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any

_BYTES = 4096


class ExitFile:
    """The file `exit.json` of a run, which is there only when all of it is.

    Args:
        run_dir: The run's directory.
    """

    def __init__(self, run_dir: str) -> None:
        self._path = os.path.join(run_dir, "exit.json")
        self._draft = os.open(f"{self._path}.draft", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with contextlib.suppress(OSError):  # the disk is full already; by the end it may not be
            os.write(self._draft, b" " * _BYTES)

    def write(self, outcome: dict[str, Any]) -> None:
        """Say how the run has ended."""
        os.pwrite(self._draft, json.dumps(outcome).encode().ljust(_BYTES), 0)
        os.rename(f"{self._path}.draft", self._path)

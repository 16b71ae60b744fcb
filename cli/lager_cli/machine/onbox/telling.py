"""What a step says to whoever runs it: lines of JSON on its standard output. Who does not listen, stops nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any


def to_stdout(line: dict[str, Any]) -> bool:
    """Write a line; gives whether somebody may read it."""
    try:
        os.write(1, json.dumps(line).encode() + b"\n")
    except OSError:  # the connection is gone, the step goes on
        return False
    return True


class Teller:
    """Says what happens, and keeps what is not as it should be.

    Args:
        write: Takes a line.
    """

    def __init__(self, write: Callable[[dict[str, Any]], object] = to_stdout) -> None:
        self.write = write
        self.warnings: list[str] = []
        self.also: dict[str, Any] = {}  # goes with a failure: facts for programs

    def say(self, words: str) -> None:
        """Say what is being done."""
        self.write({"say": words})

    def warn(self, words: str) -> None:
        """Say what is not as it should be, where the step goes on all the same."""
        self.warnings.append(words)
        self.write({"warn": words})

"""Marks the calls of a contract that change nothing, neither on the instrument nor at its terminals.

Only these may ever be sent twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
_MARK = "__lager_reads__"
_ALWAYS, _WHEN_BARE = "always", "when bare"


def reads(method: F) -> F:
    """Mark a call that only reads."""
    setattr(method, _MARK, _ALWAYS)
    return method


def reads_when_bare(method: F) -> F:
    """Mark a call that only reads where it is called without arguments."""
    setattr(method, _MARK, _WHEN_BARE)
    return method


def only_reads(method: Any, *, bare: bool) -> bool:
    """Tell whether a call of that method changes nothing; `bare` where it has no arguments."""
    mark = getattr(method, _MARK, "")
    return bool(mark == _ALWAYS or (mark == _WHEN_BARE and bare))

"""The keys that could stand at the cursor, behind a `[`: found in a dict as it lies there, without running anything."""

from __future__ import annotations

import ast
import itertools
import re
from typing import Any

from lager_debugbridge import lookup
from lager_debugbridge.namespace import Namespace

LOOKED_AT = 100_000  # keys
LISTED = 500
_NAME = r"[^\W\d]\w*"
_TEXT = r"'[^'\\\n]*'|\"[^\"\\\n]*\""
_STEP = re.compile(rf"\.({_NAME})|\[({_TEXT}|\d+)\]")
_OPEN = re.compile(
    rf"(?<![\w.)\]'\"])(?P<first>{_NAME})(?P<steps>(?:\.{_NAME}|\[(?:{_TEXT}|\d+)\])*)"
    r"\[(?P<begun>'[^'\\\n]*|\"[^\"\\\n]*|)\Z"
)


def keys(before: str, after: str, names: Namespace) -> tuple[list[str], int] | None:
    """Give the keys that fit, and how many characters they replace; None where no key of a known dict is wanted.

    Args:
        before: What stands before the cursor.
        after: What stands after it.
        names: What the console sees.
    """
    found = _OPEN.search(before)
    if found is None:
        return None
    value = _reached(found["first"], found["steps"], names)
    if not issubclass(type(value), dict):
        return None
    quote, typed = found["begun"][:1], found["begun"][1:]
    written = (_written(key, quote) for key in itertools.islice(dict.__iter__(value), LOOKED_AT))
    fitting = (one for one in written if one is not None and one.startswith(typed))
    end = "" if after.startswith(quote) else quote
    return [f"{one}{end}" for one in itertools.islice(fitting, LISTED)], len(typed)


def _reached(first: str, steps: str, names: Namespace) -> Any:
    value = lookup.resolve([first], names)
    for name, key in _STEP.findall(steps):
        value = lookup.stored(value, name) if name else _item(value, ast.literal_eval(key))
    return value


def _item(value: Any, key: str | int) -> Any:
    """Give what a container holds, past what its class makes of that."""
    if issubclass(type(value), dict):
        return dict.get(value, key, lookup.UNKNOWN)
    for base in (list, tuple):
        if issubclass(type(value), base) and type(key) is int and key < base.__len__(value):
            return base.__getitem__(value, key)
    return lookup.UNKNOWN


def _written(key: Any, quote: str) -> str | None:
    """Write a key as it is typed: behind its quote, if that stands there already; None for what is not typed."""
    if type(key) is int and not quote:
        return repr(key)
    if type(key) is not str:
        return None
    if not quote:
        return repr(key)
    inside = repr(f"\"'{key}")[4:-1]  # with both in it, it is in single quotes
    return inside if quote == "'" else inside.replace("\\'", "'").replace('"', '\\"')

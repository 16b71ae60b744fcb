"""What a pytest on the box tells the one that a user started: lines of JSON in Raw records of the output channel.

Both ends need it. What `lager.output` writes for the user himself has other records there.
"""

from __future__ import annotations

import json
from typing import Any

MODULE = "lager.testing"  # what the box runs: `python -m`
SETTINGS = ".lager-pytest.json"  # beside the tests: `folder` to stand in, `path` (look for modules there?), `cache`
SHOWN = "lager.shown"  # in a report: its text is how something looks that is no text
CACHE = ".pytest_cache"
_MARK = b"lager.testing "

Event = dict[str, Any]


def encode(kind: str, /, **what: Any) -> bytes:
    """Give the bytes of an event. What JSON does not have is told as text."""
    return _MARK + json.dumps({"event": kind, **what}, default=str).encode()


def decode(record: object) -> Event | None:
    """Give the event that a record's value holds; None where it is something of the user's own."""
    if not isinstance(record, bytes) or not record.startswith(_MARK):
        return None
    event = json.loads(record[len(_MARK) :])
    return event if isinstance(event, dict) else None

"""What whoever set up a box has written down for its scripts: its id, and secrets such as passwords of other systems.

Both may stand in /etc/lager, for all users of the machine, and in the box's state directory, which comes first:
`box_id` is a line of text, `org_secrets.json` an object of texts. Nothing is ever written there.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
from collections.abc import Sequence
from pathlib import Path

from lager import settings

UNKNOWN = "unknown"
_MACHINE = Path("/etc/lager")
_NAME = re.compile(r"\w+", re.ASCII)
_log = logging.getLogger(__name__)


def places() -> list[Path]:
    """Give the directories, the one that counts most at first."""
    return [settings.state_dir(), _MACHINE]


def box_id(where: Sequence[Path]) -> str:
    """Give the box's id; `unknown` where it has none."""
    for folder in where:
        with contextlib.suppress(OSError, UnicodeDecodeError):  # not there, or not for us
            if text := (folder / "box_id").read_text().strip():
                return text
    return UNKNOWN


def secrets(where: Sequence[Path]) -> dict[str, str]:
    """Give the secrets by name. A file that cannot be used is told of in the log: scripts will miss what it has."""
    found: dict[str, str] = {}
    for folder in reversed(where):
        path = folder / "org_secrets.json"
        try:
            table = json.loads(path.read_bytes())
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as exc:
            _log.warning("%s cannot be read, so scripts get none of its secrets: %s", path, type(exc).__name__)
            continue
        found.update(_usable(table, path))
    return found


def _usable(table: object, path: Path) -> dict[str, str]:
    if not isinstance(table, dict):
        _log.warning("%s holds no object, so scripts get none of its secrets", path)
        return {}
    usable = {name: one for name, one in table.items() if isinstance(one, str) and "\0" not in one}
    usable = {name: one for name, one in usable.items() if _NAME.fullmatch(name)}
    if len(usable) < len(table):
        _log.warning("%s: %d secrets have no usable name, or are no text", path, len(table) - len(usable))
    return usable

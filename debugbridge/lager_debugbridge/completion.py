"""What could stand at the cursor: names, attributes, keys and arguments, looked up without running anybody's code.

It runs in the link's thread, and only looks (`lager_debugbridge.lookup`). Commands are completed, too.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from lager_debugbridge import commandlist, explaining, itemkeys, lookup
from lager_debugbridge.namespace import Namespace

LIMIT = 500  # names
LONGEST = 1000  # characters of a dotted name
_PATH = re.compile(r"(?:(?<![\w.)\]'\"])((?:[^\W\d]\w*\.)*))?([^\W\d]\w*)?$")
_COMMAND = re.compile(r"\s*(:\w*)$")


def complete(source: str, cursor: int, names: Namespace) -> tuple[list[str], int]:
    """Give the names that fit before `cursor`, and how many characters they replace."""
    command = _COMMAND.match(source[: min(cursor, LONGEST)])
    if command is not None:
        typed = command.group(1)
        usages = (usage.partition(" ")[0] for usage, _ in commandlist.LISTED)
        return sorted({one for one in usages if one.startswith(typed)}), len(typed)
    line = source[max(0, cursor - LONGEST) : cursor].rpartition("\n")[2]
    if (keys := itemkeys.keys(line, source[cursor : cursor + 1], names)) is not None:
        return keys
    found = _PATH.search(line)
    if found is None:
        return [], 0
    path, prefix = found.group(1), found.group(2) or ""
    if path is None:
        return [], 0  # after a call or an index: it would have to be evaluated
    offered = lookup.attributes(lookup.resolve(path[:-1].split("."), names)) if path else _names(names)
    fitting = {
        name
        for name in offered
        if name.startswith(prefix) and (prefix or not name.startswith("_")) and name.isidentifier()
    }
    first = [] if path else [one for one in explaining.keywords(source, cursor, names) if one.startswith(prefix)]
    return [*first, *sorted(fitting)][:LIMIT], len(prefix)


def _names(names: Namespace) -> Iterable[str]:
    return [*(name for name in names if isinstance(name, str)), *names.builtins, *keyword.kwlist]

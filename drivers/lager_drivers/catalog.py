"""The instruments there are, by the names the bench file uses.

Each folder of this package that has `INSTRUMENTS` adds its own (`entry.Entry`), and so does every installed package
with an entry point of the group `lager.instruments`: an `Entry`, or several. A name that is taken stays with whom it
is: ours come first. A driver is imported by the process that has the instrument, too, which has no numpy.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import importlib.metadata
import logging
import pkgutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import lager_drivers
from lager.errors import UsageError
from lager_drivers.entry import Entry

log = logging.getLogger(__name__)
ENTRY_POINTS = "lager.instruments"


def _own() -> tuple[Entry, ...]:
    folders = sorted(one.name for one in pkgutil.iter_modules(lager_drivers.__path__) if one.ispkg)
    modules = [importlib.import_module(f"{lager_drivers.__name__}.{name}") for name in folders]
    return tuple(entry for module in modules for entry in getattr(module, "INSTRUMENTS", ()))


CATALOG: tuple[Entry, ...] = _own()


@functools.cache
def installed() -> tuple[Entry, ...]:
    """Give the instruments of other packages; one that cannot be loaded is reported in the log, and left out."""
    return tuple(entry for point in importlib.metadata.entry_points(group=ENTRY_POINTS) for entry in _loaded(point))


def _loaded(point: importlib.metadata.EntryPoint) -> tuple[Entry, ...]:
    """Load somebody else's module: it may raise anything, and call `sys.exit()`; so a thread of its own takes that."""
    with ThreadPoolExecutor(1, "catalog") as thread:
        loading = thread.submit(_entries, point)
    if (trouble := loading.exception()) is not None:
        log.error("the instruments of %s (%s) cannot be used", point.name, point.value, exc_info=trouble)
        return ()
    return loading.result()


def _entries(point: importlib.metadata.EntryPoint) -> tuple[Entry, ...]:
    given = point.load()
    entries = (given,) if isinstance(given, Entry) else tuple(given)
    if not all(isinstance(one, Entry) for one in entries):
        raise TypeError(f"{point.value} gives {given!r}, not lager_drivers.entry.Entry")
    return entries


def every() -> tuple[Entry, ...]:
    """Give all instruments, ours first."""
    return (*CATALOG, *installed())


def find(name: str) -> Entry:
    """Find an instrument by its name or an alias; capitals do not count.

    Raises:
        UsageError: There is none of that name.
    """
    wanted = name.lower()
    entry = _words(CATALOG).get(wanted)
    if entry is not None:
        return entry  # without a look at what is installed, which takes longer than all the rest
    known = _words(every())
    if (entry := known.get(wanted)) is not None:
        return entry
    close = difflib.get_close_matches(wanted, known, n=1)
    meant = f"did you mean {known[close[0]].name}? " if close else ""
    raise UsageError(
        f"no driver for an instrument called {name!r}",
        f"{meant}known instruments: {', '.join(one.name for one in every())}",
    )


def _words(entries: Iterable[Entry]) -> dict[str, Entry]:
    words: dict[str, Entry] = {}
    for entry in entries:
        for word in (entry.name, *entry.aliases):
            words.setdefault(word.lower(), entry)
    return words

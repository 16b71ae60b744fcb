"""`lager runs prune`: what would go, said before it goes."""

from __future__ import annotations

from lager import wire
from lager_cli.app import App
from lager_cli.confirming import confirm
from lager_cli.measures import size_words
from lager_cli.selection import Box

_PATIENCE = 120.0  # s: removing large directories takes its time


def prune(app: App, asked: wire.PruneRequest, yes: bool) -> None:
    """Remove runs that have ended, after asking where something is removed that the box would keep."""
    box = app.box()
    if not (yes or asked.dry) and (asked.all or asked.older is not None):
        found = _ask(box, wire.PruneRequest(asked.older, asked.all, dry=True))
        if found.runs and not app.as_json:
            confirm(f"Remove {_runs(found)} ({size_words(found.size)})? Their output cannot be shown any more.", yes)
    found = _ask(box, asked)
    if not found.runs:
        app.show(found, "Nothing to remove.")
    elif asked.dry:
        listed = "\n".join(f"  {run}" for run in found.runs)
        app.show(found, f"Would remove {_runs(found)} ({size_words(found.size)}):\n{listed}")
    else:
        app.show(found, f"Removed {_runs(found)} ({size_words(found.size)}).")


def _ask(box: Box, asked: wire.PruneRequest) -> wire.Pruned:
    return box.runner.post("/runs/prune", asked, wire.Pruned, timeout=_PATIENCE)


def _runs(found: wire.Pruned) -> str:
    return f"{len(found.runs)} run{'' if len(found.runs) == 1 else 's'}"

"""The line that a CI system shows for a pause: a warning at the line of the script. Pure: it prints nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from lager import wire

_YELLOW, _PLAIN = "\x1b[0;33m", "\x1b[0;m"


def annotation(pause: wire.PauseInfo, source: Path, environ: Mapping[str, str], now: float) -> str:
    """Give the line.

    Args:
        pause: The pause.
        source: What was run: a script, or the folder that was sent.
        environ: The environment, which says what system this is.
        now: Unix time, s.
    """
    folder = source if source.is_dir() else source.parent
    file = folder / pause.file
    where = _from_root(file, environ) if file.is_file() else pause.file
    label = f' "{pause.label}"' if pause.label else ""
    words = f"The script is paused{label}; {_lasts(pause, now)}: lager python --continue {pause.name}"
    if environ.get("GITHUB_ACTIONS"):
        title = _property(f"paused{label}")
        return f"::warning file={_property(where)},line={pause.line},title={title}::{_data(words)}"
    words = " ".join(f"WARNING: {where}:{pause.line}: {words}".split())
    return f"{_YELLOW}{words}{_PLAIN}" if environ.get("GITLAB_CI") else words  # as GitLab's runner has its own


def _lasts(pause: wire.PauseInfo, now: float) -> str:
    if pause.until is None:
        return "it waits for ever. To go on"
    what = "goes on by itself" if pause.on_timeout == "resume" else "is aborted"
    return f"it {what} in {max(pause.until - now, 0):.0f} s. To go on before"


def _from_root(file: Path, environ: Mapping[str, str]) -> str:
    """Give a path from the root of the checkout, as the systems want it."""
    root = environ.get("GITHUB_WORKSPACE") or environ.get("CI_PROJECT_DIR")
    return os.path.relpath(file, root or ".")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

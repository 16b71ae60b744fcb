"""The lines typed into a screen: gone through with the arrow keys, and kept in a file that only the user can read."""

from __future__ import annotations

from pathlib import Path

from lager import settings

KEPT = 500  # lines


class Typed:
    """Lines that were typed, the oldest first, and where in them somebody looks."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = len(lines)
        self._draft = ""

    def add(self, line: str) -> bool:
        """Take a line that was entered; give whether it is one to be kept: no blank one, and not the last again."""
        new = bool(line.strip()) and line not in self._lines[-1:]
        if new:
            self._lines.append(line)
        self._at, self._draft = len(self._lines), ""
        return new

    def older(self, now: str) -> str:
        """Give the line before; `now` is what stands there, to come back to."""
        if self._at == len(self._lines):
            self._draft = now
        self._at = max(self._at - 1, 0)
        return self._lines[self._at] if self._lines else now

    def newer(self, now: str) -> str:
        """Give the line after; after the last one, what had been begun."""
        if self._at >= len(self._lines):
            return now
        self._at += 1
        return self._lines[self._at] if self._at < len(self._lines) else self._draft


def file_of(kind: str) -> Path:
    """Give the file for one kind of screen; its folder is there."""
    return settings.private(settings.state_dir() / "screen-history") / kind


def load(path: Path) -> list[str]:
    """Read the lines of a file; none where there is no such file, or it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # what was typed before is a comfort, and no reason to refuse the screen
        return []
    return [line for line in text.splitlines() if line.strip()][-KEPT:]


def save(path: Path, line: str) -> None:
    """Add a line to a file; where it cannot be written the line is known until the screen is closed."""
    lines = [*load(path), line][-KEPT:]
    try:
        draft = path.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text("".join(f"{one}\n" for one in lines), encoding="utf-8")
        draft.replace(path)
    except OSError:
        return

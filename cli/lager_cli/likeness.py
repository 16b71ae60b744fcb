"""What somebody perhaps meant: the known words that are like the one he typed."""

from __future__ import annotations

from collections.abc import Iterable


def near(word: str, known: Iterable[str]) -> str:
    """Give a sentence with the words that were perhaps meant, or nothing."""
    import difflib

    # Capitals are often wrong, and never meant: they do not make two words unlike.
    spelt = {one.lower(): one for one in known}
    found = [spelt[one] for one in difflib.get_close_matches(word.lower(), list(spelt), n=3, cutoff=0.5)]
    return f" Did you mean {' or '.join(found)}?" if found else ""

"""What somebody perhaps meant: the known words that are like the one he typed."""

from __future__ import annotations

from collections.abc import Iterable

_ENOUGH = 0.65  # of 1.0, to be like it at all
_AS_GOOD = 0.1  # less like it than the best, and still to be named


def near(word: str, known: Iterable[str]) -> str:
    """Give a sentence with the words that were perhaps meant, or nothing."""
    typed = word.lower()  # capitals are often wrong, and never meant: they do not make two words unlike
    like = {one: _likeness(one.lower(), typed) for one in known}
    best = max(like.values(), default=0.0)
    least = max(_ENOUGH, best - _AS_GOOD)
    found = sorted((one for one in like if like[one] >= least), key=lambda one: -like[one])[:3]
    return f" Did you mean {' or '.join(found)}?" if found else ""


def _likeness(one: str, typed: str) -> float:
    """Say how like they are, from 0 to 1: letters in common, or the beginning of a word, for the word."""
    from difflib import SequenceMatcher

    alike = SequenceMatcher(None, one, typed).ratio()
    return max(alike, _ENOUGH) if len(typed) > 1 and one.startswith(typed) else alike

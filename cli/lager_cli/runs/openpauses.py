"""The open pauses of a run that is followed, and which of them an Enter means: the one whose banner is the lowest."""

from __future__ import annotations

import re

from lager import wire
from lager_cli.runs.keyboard import Keyboard

_BANNER = b"=== lager breakpoint"
_NAMED = re.compile(rb"^=== lager breakpoint[^\n]*  \(id ([^\s)]+)\)", re.MULTILINE)
_ANNOUNCED = re.compile(rb"^=== lager breakpoint[^\n]*(?:\n    [^\n]*)*\n?\Z", re.MULTILINE)
_KEPT = 4096  # bytes of output in which a banner is looked for


class OpenPauses:
    """Told what is shown, and which pauses begin and end."""

    def __init__(self, keyboard: Keyboard) -> None:
        self._keyboard = keyboard
        self._pauses: dict[int, wire.PauseInfo] = {}
        self._asked: set[int] = set()  # pauses we have asked to continue
        self._banner = b""  # the end of what was shown since the last pause, to see a banner in
        self._shown = b""  # the end of all that was shown, to see whose banner is the lowest

    def __bool__(self) -> bool:
        """Whether any is open."""
        return bool(self._pauses)

    @property
    def announced(self) -> bool:
        """Get whether the last that was shown is the banner of a pause that is not known of yet."""
        return not self._pauses and _BANNER in self._shown and bool(_ANNOUNCED.search(self._shown))

    def shown(self, data: bytes) -> None:
        """Know of output. A banner that comes before the news of its pause may be answered at once."""
        if not self._pauses and _BANNER not in self._banner:
            self._keyboard.mark()
            self._banner = (self._banner + data)[-_KEPT:]
        self._shown = (self._shown + data)[-_KEPT:]

    def began(self, pause: wire.PauseInfo) -> bool:
        """Know of a pause; say whether that is news."""
        if not self._pauses:
            self._forget_keys()
        new = pause.number not in self._pauses
        self._pauses.setdefault(pause.number, pause)  # as its banner names it, if it is told anew
        return new

    def ended(self, number: int) -> None:
        """Know of the end of a pause."""
        self._banner = b""
        self._pauses.pop(number, None)
        self._asked.discard(number)

    def lowest(self) -> int:
        """Give the pause whose banner is the lowest on the screen; one that was asked for before comes last."""
        waiting = self._from_top_to_bottom()
        lowest = next((one for one in reversed(waiting) if one not in self._asked), waiting[-1])
        self._asked.add(lowest)
        return lowest

    def _forget_keys(self) -> None:
        """Forget what was typed before the banner of the pause that begins: it was no answer to it."""
        if _BANNER not in self._banner:  # it is still to come, so whatever was typed until now was before it
            self._keyboard.mark()
        self._banner = b""
        self._keyboard.discard()

    def _from_top_to_bottom(self) -> list[int]:
        """Give the open pauses by their banners: two threads may have theirs in another order than their pauses."""
        numbers = {pause.name.encode(): number for number, pause in self._pauses.items()}
        shown = [numbers[name] for name in _NAMED.findall(self._shown) if name in numbers]
        return sorted(
            self._pauses, key=lambda one: shown[::-1].index(one) if one in shown else len(shown), reverse=True
        )

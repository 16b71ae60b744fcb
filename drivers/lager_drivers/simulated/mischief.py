"""What goes wrong at one place where a simulated instrument is plugged in. Pure: those who carry bytes ask it.

How each fault shows on a wire is told where that wire is served: `usbtmc.py`, `usbport.py` and `usbip.py` for USB,
`modbus.py` for TCP.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields


@dataclass
class Mischief:
    """The faults that are on.

    Attributes:
        held: Another process has the instrument.
        wedged: It takes commands, and answers none.
        dead: It answers nothing at all.
        stalls: How many more times it halts its endpoints.
        garbles: How many more of its answers are spoilt.
        delay: How long each answer takes, s.
        kept_back: Answers that are ready do not go out; for tests of what crosses what.
        spoilt: How many answers it has spoilt.
    """

    held: bool = False
    wedged: bool = False
    dead: bool = False
    stalls: int = 0
    garbles: int = 0
    delay: float = 0.0
    kept_back: bool = False
    spoilt: int = 0

    def spoil(self, answer: bytes, ways: Sequence[Callable[[bytes], bytes]]) -> bytes:
        """Give an answer as it goes out: itself, or spoilt in one of the ways, in turn."""
        if not self.garbles:
            return answer
        self.garbles -= 1
        self.spoilt += 1
        return ways[(self.spoilt - 1) % len(ways)](answer)

    def clear(self) -> None:
        """End all of them."""
        for one in fields(self):
            setattr(self, one.name, one.default)

    def plugged_in(self) -> None:
        """End what a plug that is put in anew ends: all but how slow the instrument is."""
        delay = self.delay
        self.clear()
        self.delay = delay

    def words(self) -> list[str]:
        """Tell people what is on."""
        found = [name for name in ("held", "wedged", "dead") if getattr(self, name)]
        found += [f"stall {self.stalls}"] * bool(self.stalls)
        found += [f"delay {self.delay:g} s"] * bool(self.delay)
        found += [f"garble {self.garbles}"] * bool(self.garbles)
        return found

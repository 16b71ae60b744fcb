"""Statements that wait for one of another console: all of a pause share its thread. Who waits is told for whom.

`add`, `take_back` and `tell` come in other threads than `begins`: what becomes of a statement is decided by who takes
it out of `_waiting`, at once.
"""

from __future__ import annotations

from collections.abc import Callable

from lager import wire

NAME_SHOWN = 8  # characters of a console's name, which its client makes up
SOURCE_SHOWN = 60  # characters of a statement
STOPPED = "KeyboardInterrupt\n"
BACK = f"{STOPPED}[taken back: it waited for another console's statement, and had not begun]\n"
_Key = tuple[str, int]  # console and number of a statement


class Queue:
    """What waits at one pause.

    Args:
        send: Takes what is for the box.
    """

    def __init__(self, send: Callable[[object], None]) -> None:
        self._send = send
        self._waiting: dict[_Key, object] = {}  # None for each
        self._told: dict[_Key, str] = {}  # last
        self._taken: set[_Key] = set()

    def add(self, message: wire.Evaluate) -> None:
        """Know of a statement that has come."""
        self._waiting[message.console, message.statement] = None

    def begins(self, message: wire.Evaluate) -> bool:
        """Take out a statement whose turn it is; give whether it is still wanted."""
        key = message.console, message.statement
        waited = self._pop(key)
        if not waited and key in self._taken:
            self._taken.discard(key)
            return False
        return True

    def take_back(self, message: wire.Interrupt, said: str) -> bool:
        """Take out a statement that has not begun, and say so, once; give whether there was one."""
        key = message.console, message.statement
        if key in self._taken:
            return True
        self._taken.add(key)  # before: `begins` must find it
        if not self._pop(key):
            self._taken.discard(key)
            return False
        self._send(wire.ConsoleOutput(message.statement, 2, said, message.console))
        self._send(wire.ConsoleResult(message.statement, False, message.console))
        return True

    def forget(self, console: str) -> None:
        """Forget what a console has asked for, which is gone."""
        for key in [key for key in list(self._waiting) if key[0] == console]:
            self._pop(key)

    def tell(self, of: str, what: str) -> None:
        """Tell everybody who waits what he waits for, once; but not the console whose statement it is."""
        for key in list(self._waiting):
            if key[0] != of and self._told.get(key) != what:
                self._told[key] = what
                self._send(wire.ConsoleOutput(key[1], 2, f"[{what}; Ctrl-C takes yours back]\n", key[0]))

    def _pop(self, key: _Key) -> bool:
        self._told.pop(key, None)
        return self._waiting.pop(key, self) is None


def whose(by: str, console: str) -> str:
    """Say whose statement it is."""
    return f"{by or 'somebody'}'s statement (console {console[:NAME_SHOWN]})"


def begun(source: str) -> str:
    """Give the beginning of a statement, on one line."""
    first, *others = source.strip().splitlines() or [""]
    return f"{first[:SOURCE_SHOWN]}{' ...' if others or len(first) > SOURCE_SHOWN else ''}"

"""Registers of a simulated T7 as blocks of one sort each, and the rules for their counts. Knows no block's meaning.

A register of 32 bits takes an even count from an even start; a refused read or write is a Modbus exception with the
device's own code.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lager_drivers.labjack_t7 import codes
from lager_drivers.modbus import ModbusFault

ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE = 2, 3, 4
_TEXT_WORDS = 25  # 50 bytes

Read = Callable[[int], Sequence[int]]
Write = Callable[[int, Sequence[int]], None]
Check = Callable[[Sequence[int]], None]  # raises ModbusFault at words that cannot be written


class Piece(NamedTuple):
    """What of a block a request means.

    Attributes:
        number: Which of its registers.
        words: How many words.
    """

    number: int
    words: int


@dataclass(frozen=True)
class Block:
    """Registers of one sort, one after the other; `read` and `write` are given the number of the one meant.

    Attributes:
        words: In each of them.
    """

    start: int
    count: int
    words: int
    read: Read | None = None
    write: Write | None = None

    @property
    def end(self) -> int:
        """Get the first address after it."""
        return self.start + self.count * self.words

    def piece(self, address: int, left: int) -> Piece:
        """Find which register is meant.

        Raises:
            ModbusFault: It begins within one, or ends there.
        """
        number, inside = divmod(address - self.start, self.words)
        if inside:
            raise ModbusFault(ILLEGAL_VALUE, codes.WRONG_COUNT)
        if left < self.words:
            raise ModbusFault(ILLEGAL_VALUE, codes.ODD_COUNT if left % 2 else codes.WRONG_COUNT)
        return Piece(number, self.words)


@dataclass(frozen=True)
class Text(Block):
    """One text of up to 49 characters and a NUL, which may be read and written in part, from its start."""

    count: int = 1
    words: int = _TEXT_WORDS

    def piece(self, address: int, left: int) -> Piece:
        """Find how much is meant."""
        if address != self.start:
            raise ModbusFault(ILLEGAL_VALUE, codes.WRONG_COUNT)
        return Piece(0, min(left, self.words))


class Registers:
    """All blocks, by address."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = sorted(blocks, key=lambda block: block.start)
        self._starts = [block.start for block in self._blocks]

    def read(self, address: int, count: int) -> list[int]:
        """Read, each register at its turn.

        Raises:
            ModbusFault: As the device would answer.
        """
        words: list[int] = []
        while len(words) < count:
            block, piece = self._find(address + len(words), count - len(words))
            if block.read is None:
                raise ModbusFault(ILLEGAL_ADDRESS)
            words += block.read(piece.number)[: piece.words]
        return words

    def write(self, address: int, words: Sequence[int]) -> None:
        """Write; what is before a refused register is written.

        Raises:
            ModbusFault: As the device would answer.
        """
        done = 0
        while done < len(words):
            block, piece = self._find(address + done, len(words) - done)
            if block.write is None:
                raise ModbusFault(ILLEGAL_ADDRESS)
            block.write(piece.number, words[done : done + piece.words])
            done += piece.words

    def _find(self, address: int, left: int) -> tuple[Block, Piece]:
        at = bisect.bisect_right(self._starts, address) - 1
        if at < 0 or address >= self._blocks[at].end:
            raise ModbusFault(ILLEGAL_ADDRESS)
        return self._blocks[at], self._blocks[at].piece(address, left)


def fixed(address: int, words: Sequence[int]) -> Block:
    """Make a register that always reads the same."""
    return Block(address, 1, len(words), lambda _: words)


def _anything(_words: Sequence[int]) -> None:
    """Take whatever is written."""


class Kept:
    """Registers that keep what is written, until `reset`.

    Args:
        defaults: Their words, by address.
    """

    def __init__(self, defaults: Mapping[int, Sequence[int]]) -> None:
        self._defaults = {address: list(words) for address, words in defaults.items()}
        self.reset()

    def reset(self) -> None:
        """Go back to the defaults."""
        self._words = dict(self._defaults)

    def __getitem__(self, address: int) -> Sequence[int]:
        """Give one register's words."""
        return self._words[address]

    def put(self, address: int, words: Sequence[int]) -> None:
        """Change one register, asking nobody."""
        self._words[address] = list(words)

    def blocks(self, first: Callable[[int], None] = lambda _: None) -> list[Block]:
        """Give all as blocks; `first` refuses addresses that cannot be written now."""
        return [self.block(address, first=first) for address in self._defaults]

    def block(self, address: int, check: Check = _anything, first: Callable[[int], None] = lambda _: None) -> Block:
        """Give one as a block; `check` refuses words that cannot be written."""

        def write(_: int, words: Sequence[int]) -> None:
            first(address)
            check(words)
            self.put(address, words)

        return Block(address, 1, len(self._defaults[address]), lambda _: self._words[address], write)

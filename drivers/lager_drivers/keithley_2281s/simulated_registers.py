"""The status of a simulated 2281S: three trees of registers and the status byte above them (manual, appendix D).

In each tree an instrument summary register shows in bit 1 of the instrument register, and that one in bit 13 of the
register on top. What may show is enabled by nobody at power-on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lager_drivers.simulated.questionable import Register
from lager_drivers.simulated.scpi_parser import Command, Interpreter, ScpiError, as_bits, out_of_range

_SUM1, _ISUM = 1 << 1, 1 << 13
_ROOTS = {"MEASurement": 1, "QUEStionable": 8, "OPERation": 128}  # and their bits of the status byte (2280S, D-8)
_ERRORS, _REQUEST = 4, 64


class Tree:
    """One tree.

    Args:
        condition: Gives the condition of the instrument summary.
    """

    def __init__(self, condition: Callable[[], int]) -> None:
        self._condition = condition
        self.top, self._instrument, self._sum = Register(), Register(), Register()

    def follow(self) -> None:
        """Note how things are."""
        self._sum.now(self._condition())
        self._instrument.now(_SUM1 * self._sum.summary)
        self.top.now(_ISUM * self._instrument.summary)

    def clear(self) -> None:
        """Forget all events."""
        for register in (self.top, self._instrument, self._sum):
            register.event = 0

    def preset(self) -> None:
        """Let nothing show."""
        for register in (self.top, self._instrument, self._sum):
            register.enabled = 0

    def commands(self, root: str) -> list[Command]:
        """Give its commands."""
        return [
            *self.top.commands(root),
            *self._instrument.commands(f"{root}:INSTrument"),
            *self._sum.commands(f"{root}:INSTrument:ISUMmary[1]"),
        ]


class Registers:
    """All of them.

    Args:
        conditions: What gives the condition of each tree: measurement, questionable, operation.
    """

    def __init__(self, conditions: Mapping[str, Callable[[], int]]) -> None:
        self._trees = {name: Tree(conditions[name]) for name in _ROOTS}
        self._requests = 0

    def follow(self) -> None:
        """Note how things are."""
        for tree in self._trees.values():
            tree.follow()

    def clear(self) -> None:
        """Forget all events, as `*CLS` does."""
        for tree in self._trees.values():
            tree.clear()

    def power_on(self) -> None:
        """Lose what is not kept without power."""
        self._requests = 0
        for tree in self._trees.values():
            tree.preset()
        self.clear()

    def commands(self, interpreter: Callable[[], Interpreter]) -> list[Command]:
        """Give their commands; what the interpreter knows shows in the status byte, too."""

        def byte(_: list[str]) -> str:
            bits = interpreter().status.summary | (_ERRORS if interpreter().errors else 0)
            bits |= sum(bit for name, bit in _ROOTS.items() if self._trees[name].top.summary)
            return str(bits | (_REQUEST if bits & self._requests else 0))

        def request(arguments: list[str]) -> None:
            if len(arguments) != 1:
                raise ScpiError(-109, "Missing parameter")
            bits = as_bits(arguments[0])
            if not 0 <= bits <= 255:
                raise out_of_range()
            self._requests = bits & ~_REQUEST

        def preset(_: list[str]) -> None:
            for tree in self._trees.values():
                tree.preset()

        return [
            *(one for name, tree in self._trees.items() for one in tree.commands(f":STATus:{name}")),
            Command(":STATus:PRESet", do=preset),
            Command("*STB", ask=byte),
            Command("*SRE", ask=lambda _: str(self._requests), do=request),
        ]

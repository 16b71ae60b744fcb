"""The questionable status of a simulated supply with several outputs: three registers, each summing up the one below.

`:STATus:QUEStionable` sums up `:INSTrument` (bit 13), that one its outputs' `:ISUMmary<n>` (bit n). An event register
keeps what was set since it was last read; it shows above only what its enable register lets through; the topmost shows
in the status byte (bit 3), and that asks for service by what `*SRE` lets through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lager_drivers.simulated.scpi_parser import Command, Interpreter, ScpiError, as_bits, out_of_range

_INSTRUMENT = 1 << 13
_REGULATION = 0b11  # CC and CV, of an output's condition
_QUESTIONABLE, _ERRORS, _REQUEST = 8, 4, 64  # of the status byte


class Register:
    """A condition, the events that were, and which of them show above."""

    def __init__(self) -> None:
        self.condition = self.event = self.enabled = 0

    def now(self, condition: int) -> None:
        """Note the condition; what it has that it had not is an event."""
        self.event |= condition & ~self.condition
        self.condition = condition

    @property
    def summary(self) -> bool:
        """Get whether it shows above."""
        return bool(self.event & self.enabled)

    def commands(self, root: str) -> list[Command]:
        """Give its commands."""
        return [
            Command(f"{root}[:EVENt]", ask=lambda _: self._read()),
            Command(f"{root}:CONDition", ask=lambda _: str(self.condition)),
            Command(f"{root}:ENABle", ask=lambda _: str(self.enabled), do=self._enable),
        ]

    def _read(self) -> str:
        event, self.event = self.event, 0
        return str(event)

    def _enable(self, arguments: list[str]) -> None:
        if len(arguments) != 1:
            raise ScpiError(-109, "Missing parameter")
        bits = as_bits(arguments[0])
        if not 0 <= bits < 1 << 16:
            raise out_of_range()
        self.enabled = bits


class Questionable:
    """The tree.

    Args:
        outputs: What gives the condition of each output, first output first.
        alone: Whether the topmost register has what the one output regulates itself.
    """

    def __init__(self, outputs: Sequence[Callable[[], int]], *, alone: bool = False) -> None:
        self._outputs, self._alone = outputs, alone
        self._requests = 0
        self.top, self.instrument = Register(), Register()
        self.sums = [Register() for _ in outputs]

    def follow(self) -> None:
        """Note what the outputs are doing."""
        for register, condition in zip(self.sums, self._outputs, strict=True):
            register.now(condition())
        self.instrument.now(sum(one.summary << number for number, one in enumerate(self.sums, start=1)))
        own = self._outputs[0]() & _REGULATION if self._alone else 0
        self.top.now(_INSTRUMENT * self.instrument.summary | own)

    def clear(self) -> None:
        """Forget all events, as `*CLS` does."""
        for register in (self.top, self.instrument, *self.sums):
            register.event = 0

    def preset(self) -> None:
        """Let nothing through, as `:STATus:PRESet` and a loss of power do."""
        for register in (self.top, self.instrument, *self.sums):
            register.enabled = 0

    def power_on(self) -> None:
        """Lose what is not kept without power."""
        self._requests = 0
        self.clear()
        self.preset()

    def commands(self, interpreter: Callable[[], Interpreter]) -> list[Command]:
        """Give the commands of all registers; what the interpreter knows shows in the status byte, too."""

        def byte(_: list[str]) -> str:
            known = interpreter()
            bits = known.status.summary | _ERRORS * bool(known.errors) | _QUESTIONABLE * self.top.summary
            return str(bits | _REQUEST * bool(bits & self._requests))

        return [
            *self._registers(),
            Command("*STB", ask=byte),
            Command("*SRE", lambda _: str(self._requests), self._request),
        ]

    def _request(self, arguments: list[str]) -> None:
        if len(arguments) != 1:
            raise ScpiError(-109, "Missing parameter")
        bits = as_bits(arguments[0])
        if not 0 <= bits < 1 << 8:
            raise out_of_range()
        self._requests = bits & ~_REQUEST

    def _registers(self) -> list[Command]:
        root = ":STATus:QUEStionable"
        commands = [*self.top.commands(root), *self.instrument.commands(f"{root}:INSTrument")]
        for number, register in enumerate(self.sums, start=1):
            commands += register.commands(f"{root}:INSTrument:ISUMmary{number}")
        return [*commands, Command(":STATus:PRESet", do=lambda _: self.preset())]

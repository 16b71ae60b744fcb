"""A simulated LabJack T7: its registers, worked out when they are read. Knows no TCP.

Not confirmed by LabJack's pages: noise by resolution index and range, where the spans of the lower ranges end, the
threshold of a line, versions and factory addresses, and what its parts' own texts say of themselves.

Its parts: `simulated_inputs`, `simulated_features` (thermocouples), `simulated_outputs`, `simulated_system`. Options:

* `pro`: a T7-Pro: resolution index up to 12, WiFi and the rest installed. False.
* `thermocouples`: the types of what is at its inputs, `{ AIN9 = "J" }`; all others are of type K.
* `out_of_range`: what a thermocouple out of its range is: `value` (-9999) or `error` (2584). `value`.
* `sockets`: how many connections it serves at once; another is closed. 0, for any number; the device serves 2, which
  would make every test that looks at it beside the box's own connection wait for a place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lager_drivers.labjack_t7 import registers as at
from lager_drivers.labjack_t7.registerblocks import Block, Registers
from lager_drivers.labjack_t7.simulated_features import SimulatedFeatures
from lager_drivers.labjack_t7.simulated_inputs import SimulatedInputs
from lager_drivers.labjack_t7.simulated_outputs import SimulatedDacs, SimulatedLines
from lager_drivers.labjack_t7.simulated_system import SimulatedSystem
from lager_drivers.labjack_t7.thermocouples import KINDS
from lager_drivers.modbus import ModbusFault, Unanswered
from lager_drivers.simulated.simulation import Simulation

_DEFAULTS: dict[str, Any] = {"pro": False, "thermocouples": {}, "out_of_range": "value", "sockets": 0}
_LAST_ERROR_FRAME, _LAST_ERROR_TRANSACTION = 55002, 55003


def simulate(simulation: Simulation) -> SimulatedT7:
    """Simulate one.

    Raises:
        ValueError: An option is none it has, or has a value that makes no sense; or so does the serial number.
    """
    return SimulatedT7(simulation)


class SimulatedT7:
    """A T7.

    Args:
        simulation: What is to be simulated.

    Attributes:
        sockets: How many connections it serves at once; 0 for any number.
    """

    def __init__(self, simulation: Simulation) -> None:
        options = _checked(simulation.options)
        self.sockets = int(options["sockets"])
        self._circuit = simulation.wiring.circuit
        self._system = SimulatedSystem(
            _number(simulation.serial), simulation.clock, options, self._reboot, self._restore_pins
        )
        self._inputs = SimulatedInputs(simulation, self._system.analog_powered)
        self._features = SimulatedFeatures(self._inputs, options["out_of_range"] == "error")
        self._dacs = SimulatedDacs(simulation.wiring)
        self._lines = SimulatedLines(simulation.wiring, simulation.clock)
        parts = (self._system, self._inputs, self._features, self._dacs, self._lines)
        self._registers = Registers([*(block for part in parts for block in part.blocks()), *self._errors()])
        self._restore_pins()
        self._last = (0, 0, 0)

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power."""
        self._system.reset()
        self._restore_pins()
        self._last = (0, 0, 0)

    def _restore_pins(self) -> None:
        for part in (self._inputs, self._features, self._dacs, self._lines):
            part.reset()

    def _reboot(self) -> None:
        self.power_cycle()
        raise Unanswered("the T7 starts again")

    def read(self, address: int, count: int) -> list[int]:
        """Read registers.

        Raises:
            ModbusFault: As the device would answer.
        """
        self._circuit.settle()
        if count == 1 and address in (at.TEST, at.TEST + 1):
            return [self._registers.read(at.TEST, 2)[address - at.TEST]]  # it alone may be read by halves
        try:
            return self._registers.read(address, count)
        except ModbusFault as fault:
            self.refused(fault, 0, 0)
            raise

    def write(self, address: int, words: Sequence[int]) -> None:
        """Write registers; those before a refused one are written.

        Raises:
            ModbusFault: As the device would answer.
            Unanswered: It starts again.
        """
        self._circuit.settle()
        try:
            self._registers.write(address, words)
        except ModbusFault as fault:
            self.refused(fault, 0, 0)
            raise
        finally:
            self._circuit.settle()

    def refused(self, fault: ModbusFault, frame: int, transaction: int) -> None:
        """Remember what was refused: the device's own code, in which frame of a message, and in which message."""
        self._last = (fault.detail, frame, transaction)

    def _errors(self) -> list[Block]:
        addresses = (at.LAST_ERROR, _LAST_ERROR_FRAME, _LAST_ERROR_TRANSACTION)
        return [self._last_error(address, place) for place, address in enumerate(addresses)]

    def _last_error(self, address: int, place: int) -> Block:
        return Block(address, 1, 1, lambda _: [self._last[place]])


def _number(serial: str) -> int:
    """Give a serial number as the number it is in the register (60028, 32 bits)."""
    if not serial.isascii() or not serial.isdigit() or int(serial) >= 1 << 32:
        raise ValueError(f"a LabJack T7's serial number is a number of 32 bits, not {serial!r}")
    return int(serial)


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(given) - set(_DEFAULTS):
        raise ValueError(f"a simulated LabJack_T7 has no option {', '.join(sorted(unknown))}")
    options = _DEFAULTS | dict(given)
    if options["out_of_range"] not in ("value", "error"):
        raise ValueError(f"out_of_range is value or error, not {options['out_of_range']!r}")
    if not isinstance(options["thermocouples"], Mapping):
        raise ValueError("thermocouples is a table, such as { AIN9 = 'J' }")
    for pin, letter in options["thermocouples"].items():
        if pin not in at.AIN_PINS or letter not in KINDS:
            raise ValueError(f"thermocouples has {pin} = {letter!r}; such as AIN9 = 'J' is meant")
    return options

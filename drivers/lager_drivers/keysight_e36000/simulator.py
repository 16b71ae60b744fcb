"""A simulated Keysight E36233A, E36311A, E36312A or E36313A. Knows no USB.

Not simulated: lists, data log, triggers, digital port, coupling of outputs, slew rates, LXI, display, the E3631A
persona, `*PSC`, `*OPT?` and `*LRN?`.

Not confirmed by pages of the guides that were seen: the code for an output there is not (-224), bits 2 and 3 of a
condition, 50 ms as the usual delay of OCP, that pairing switches off, how many digits numbers have, ten memories, and
of the E36233A its protection levels (110 %), its limit after power-on (1 A), and that 200 W lower its limit.

Where sources disagree, or a bench wants it otherwise, its description decides by an option:

* `settling`: s, until a new voltage is there within 1 %; 0. The data sheet has 0.08.
* `restores`: whether clearing a trip gives an output its state back (True, as older families), or leaves it off.
* `tripped_reads_on`: whether `OUTP?` goes on saying 1 of an output that has tripped (False).
* `ovp_conflict`: whether a setpoint above the protection level is refused (-221), and does not trip (False).
* `ovp_low`: V, the lowest protection level of an E36300: 0.5 (read from a unit), or about 1.5.
* `ovp_switch`: whether an E36300, whose OVP always acts, takes `VOLT:PROT:STAT` (False: -113).
* `digits`: decimals of a number: 8, or 5.
"""

from __future__ import annotations

from lager_drivers.keysight_e36000.ratings import USB_PRODUCTS
from lager_drivers.keysight_e36000.simulated_commands import only, readings, switching, values
from lager_drivers.keysight_e36000.simulated_outputs import Outputs
from lager_drivers.simulated.questionable import Questionable
from lager_drivers.simulated.scpi_parser import Command, Interpreter, ScpiError, as_number, out_of_range
from lager_drivers.simulated.simulation import Simulation

_FIRMWARE = {"E36233A": "1.1.1-1.0.3-1.01"}  # as seen; of the E36300 series: 2.1.0-1.0.4-1.12
_MEMORIES = 10


def _no_trigger(_: list[str]) -> None:
    raise ScpiError(-211, "Trigger ignored")  # nothing waits for one


def simulate(simulation: Simulation) -> SimulatedE36000:
    """Simulate one."""
    return SimulatedE36000(simulation)


class SimulatedE36000:
    """One of the series.

    Args:
        simulation: What is to be simulated.
    """

    vendor = 0x2A8D

    def __init__(self, simulation: Simulation) -> None:
        model = simulation.model.removeprefix("KEYSIGHT_")
        self.product = USB_PRODUCTS[model]
        self.strings = ("Keysight Technologies", model, simulation.serial)
        firmware = _FIRMWARE.get(model, "2.1.0-1.0.4-1.12")
        self._idn = f"Keysight Technologies,{model},{simulation.serial},{firmware}"
        self._circuit = simulation.wiring.circuit
        self._memories: dict[int, list[dict[str, float]]] = {}
        self.outputs = Outputs(simulation, model)
        self._status = Questionable([output.condition for output in self.outputs.all])
        commands = [
            *self._system(),
            *self._selection(),
            *self._status.commands(lambda: self._interpreter),
            *switching(self.outputs),
            *values(self.outputs, bool(simulation.options.get("ovp_switch", False))),
            *readings(self.outputs, self._circuit.noisy),
        ]
        self._interpreter = Interpreter(commands, lambda _: self._circuit.settle(), self._status.clear, '+0,"No error"')
        self._circuit.follow(self._follow)

    def handle(self, line: str) -> str | None:
        """Do one program message; give its answer, without line end, None where there is none."""
        self._circuit.settle()
        answer = self._interpreter.handle(line)
        self._circuit.settle()
        return answer

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power."""
        self.outputs.reset()
        self._interpreter.power_on()
        self._status.power_on()

    def _follow(self) -> None:
        self.outputs.follow()
        self._status.follow()

    def _system(self) -> list[Command]:
        return [
            Command("*IDN", ask=lambda _: self._idn),
            Command("*RST", do=lambda _: self.outputs.reset()),
            Command("*TST", ask=lambda _: "0"),
            Command("*WAI", do=lambda _: None),
            Command("*TRG", do=_no_trigger),
            Command("*SAV", do=self._save),
            Command("*RCL", do=self._recall),
            Command(":SYSTem:VERSion", ask=lambda _: "1999.0"),
            *(
                Command(f":SYSTem:{word}", do=lambda _: None)
                for word in ("LOCal", "REMote", "RWLock", "BEEPer[:IMMediate]")
            ),
        ]

    def _selection(self) -> list[Command]:
        return [
            Command(":INSTrument[:SELect]", ask=self._selected, do=self._select),
            Command(":INSTrument:NSELect", ask=lambda _: str(self.outputs.selected), do=self._select_number),
            Command(":APPLy", ask=self._applied, do=self._apply),
        ]

    def _memory(self, arguments: list[str]) -> int:
        number = as_number(arguments[0]) if len(arguments) == 1 else -1
        if number not in range(_MEMORIES):
            raise out_of_range()
        return int(number)

    def _save(self, arguments: list[str]) -> None:
        kept = [{name: one.value for name, one in output.settings.items()} for output in self.outputs.all]
        self._memories[self._memory(arguments)] = kept

    def _recall(self, arguments: list[str]) -> None:
        kept = self._memories.get(self._memory(arguments))
        self.outputs.reset()
        for output, remembered in zip(self.outputs.all, kept or [], strict=False):
            for name, value in remembered.items():
                output.settings[name].value = value

    def _selected(self, _: list[str]) -> str:
        return self.outputs.words(self.outputs.numbered(self.outputs.selected))[0]

    def _select(self, arguments: list[str]) -> None:
        self.outputs.selected = self.outputs.called(only(arguments)).number

    def _select_number(self, arguments: list[str]) -> None:
        self.outputs.selected = self.outputs.numbered(int(as_number(only(arguments)))).number

    def _applied(self, arguments: list[str]) -> str:
        output = self.outputs.called(arguments[0]) if arguments else self.outputs.numbered(self.outputs.selected)
        return f'"{output.settings["voltage"].value:.6f},{output.settings["current"].value:.6f}"'

    def _apply(self, arguments: list[str]) -> None:
        if not arguments:
            raise ScpiError(-109, "Missing parameter")
        output = self.outputs.called(arguments[0])
        self.outputs.selected = output.number
        pairs = list(zip(("voltage", "current"), arguments[1:], strict=False))
        for name, value in pairs:
            output.settings[name].taken([value])  # one that is refused leaves both
        for name, value in pairs:
            self.outputs.set(output, name, [value])

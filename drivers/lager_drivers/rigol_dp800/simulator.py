"""A simulated Rigol DP800: what it answers, and what it does to the circuit. Knows no USB.

Not simulated: timer, delayer, recorder, analyzer, monitor, trigger (options, but on A models), `:SYST:POWE`,
`:SYST:BRIG`, `:SYST:SELF`, `*OPT?`.

Not confirmed by pages of the guide that were seen: `*TST?`'s words, that a DP811's range is refused while its output is
on (-221), that outputs without sense or tracking answer NONE, the code for an exponent in a current (-104), the queue's
twenty places, the DP831's USB product.

Where sources disagree, the bench's description decides by an option:

* `off_mode`: what `:OUTP:MODE?` says of an output that is off, `UR` (a bench's log) or `CV`.
* `on_after_trip`: what `:OUTP ON` does before a trip is cleared: `refused` (-200), or `ignored`.
* `apply_label`: whether `:APPL?` says the rating (`CH1:30V/3A,...`, newer firmware), or only the channel (False).
* `settling`: s, until a new voltage is there within 1 %; 0. The data sheet has up to 0.11 (loaded).
"""

from __future__ import annotations

from lager_drivers.rigol_dp800.ratings import USB_PRODUCTS
from lager_drivers.rigol_dp800.simulated_channels import Channels, as_word, only_switch
from lager_drivers.rigol_dp800.simulated_commands import outputs, readings, setpoints
from lager_drivers.simulated.questionable import Questionable
from lager_drivers.simulated.scpi_parser import Command, Interpreter, ScpiError, as_number, out_of_range
from lager_drivers.simulated.simulation import Simulation

_MEMORIES = 10
_CONDITION = ":STATus:QUEStionable:CONDition"  # models with one output only (guide 2-98)


def simulate(simulation: Simulation) -> SimulatedDP800:
    """Simulate one."""
    return SimulatedDP800(simulation)


class SimulatedDP800:
    """A DP800.

    Args:
        simulation: What is to be simulated.
    """

    vendor = 0x1AB1

    def __init__(self, simulation: Simulation) -> None:
        serial, model = simulation.serial, simulation.model.removeprefix("Rigol_")
        self.product = USB_PRODUCTS[model]
        self.strings = ("Rigol Technologies. ", "DP800 Serials", serial)
        self._idn = f"RIGOL TECHNOLOGIES,{model}A,{serial},00.01.14"
        self._circuit = simulation.wiring.circuit
        self._label = bool(simulation.options.get("apply_label", True))
        self._memories: dict[int, list[list[float]]] = {}
        self.channels = Channels(simulation, model)
        alone = len(self.channels.all) == 1
        self._status = Questionable([channel.condition for channel in self.channels.all], alone=alone)
        self._switches = {"OTP": True, "BEEPer[:STATe]": True, "KLOCk": False}
        ignore_trip = simulation.options.get("on_after_trip", "refused") == "ignored"
        commands = [
            *self._system(),
            *self._selection(),
            *(one for one in self._status.commands(lambda: self._interpreter) if alone or one.pattern != _CONDITION),
            *setpoints(self.channels),
            *outputs(self.channels, str(simulation.options.get("off_mode", "UR")), ignore_trip),
            *readings(self.channels, self._circuit.noisy),
        ]
        self._interpreter = Interpreter(commands, lambda _: self._circuit.settle(), self._status.clear)
        self._circuit.follow(self._follow)

    def handle(self, line: str) -> str | None:
        """Do one program message; give its answer, without line end, None where there is none."""
        self._circuit.settle()
        answer = self._interpreter.handle(line)
        self._circuit.settle()
        return answer

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power."""
        self.channels.reset()
        self._interpreter.power_on()
        self._status.power_on()

    def _follow(self) -> None:
        self.channels.follow()
        self._status.follow()

    def _system(self) -> list[Command]:
        def switch(name: str) -> Command:
            def do(arguments: list[str]) -> None:
                self._switches[name] = only_switch(arguments)

            return Command(f":SYSTem:{name}", ask=lambda _: as_word(self._switches[name]), do=do)

        return [
            Command("*IDN", ask=lambda _: self._idn),
            Command("*RST", do=lambda _: self.channels.reset()),
            Command("*TST", ask=lambda _: "TopBoard:PASS,BottomBoard:PASS,Fan:PASS"),
            Command("*SAV", do=self._save),
            Command("*RCL", do=self._recall),
            Command("*WAI", do=lambda _: None),
            Command(":SYSTem:VERSion", ask=lambda _: "1999.0"),
            Command(":SYSTem:BEEPer:IMMediate", do=lambda _: None),
            *(switch(name) for name in self._switches),
            *(Command(f":SYSTem:{word}", do=lambda _: None) for word in ("REMote", "LOCal", "RWLock")),
            Command(":SYSTem:ONOFFSync", ask=lambda _: as_word(self.channels.together), do=self._go_together),
            Command(":SYSTem:TRACKMode", ask=lambda _: self.channels.track_mode, do=self._track),
        ]

    def _go_together(self, arguments: list[str]) -> None:
        self.channels.together = only_switch(arguments)

    def _track(self, arguments: list[str]) -> None:
        words = {"SYNC": "SYNC", "INDE": "INDE", "INDEPENDENT": "INDE"}
        if len(arguments) != 1 or arguments[0].upper() not in words:
            raise ScpiError(-141, "Invalid character data")
        self.channels.track_mode = words[arguments[0].upper()]

    def _memory(self, arguments: list[str]) -> int:
        number = as_number(arguments[0]) if len(arguments) == 1 else 0
        if number not in range(1, _MEMORIES + 1):
            raise out_of_range()
        return int(number)

    def _save(self, arguments: list[str]) -> None:
        self._memories[self._memory(arguments)] = [channel.kept() for channel in self.channels.all]

    def _recall(self, arguments: list[str]) -> None:
        number = self._memory(arguments)
        if number not in self._memories:
            raise ScpiError(-200, "Execution error")
        for channel, kept in zip(self.channels.all, self._memories[number], strict=True):
            channel.recall(kept)

    def _selection(self) -> list[Command]:
        return [
            Command(":INSTrument:NSELect", ask=lambda _: str(self.channels.selected), do=self._select),
            Command(":INSTrument[:SELect]", ask=lambda _: f"CH{self.channels.selected}", do=self._select),
            Command(":APPLy", ask=self._applied, do=self._apply),
        ]

    def _select(self, arguments: list[str]) -> None:
        channel, rest = self.channels.named(arguments)
        if rest:
            if not rest[0].isdigit() or rest[0] == "0":
                raise out_of_range()
            channel = self.channels.numbered(int(rest[0]))
        self.channels.selected = channel.number

    def _apply(self, arguments: list[str]) -> None:
        channel, values = self.channels.named(arguments)
        self.channels.selected = channel.number
        pairs = list(zip(("voltage", "current"), values, strict=False))
        for name, value in pairs:
            channel.setting(name).taken([value])  # one that is refused leaves both
        for name, value in pairs:
            self.channels.set(channel, name, [value])

    def _applied(self, arguments: list[str]) -> str:
        channel, rest = self.channels.named(arguments)
        what = rest[0].upper()[:4] if rest else ""
        if what in ("VOLT", "CURR"):
            return channel.setting("voltage" if what == "VOLT" else "current").ask([])
        rating = channel.rating
        label = f":{rating.volts:g}V/{rating.amps:g}A" if self._label else ""
        return f"CH{channel.number}{label},{channel.voltage.ask([])},{channel.current.ask([])}"

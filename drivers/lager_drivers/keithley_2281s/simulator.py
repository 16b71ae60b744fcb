"""A simulated Keithley 2281S-20-6, as firmware 01.08b behaves. Knows no USB.

Power supply and battery simulator drive the same rail, whichever function is live. A command of the other function gets
error 700 and no answer.
"""

from __future__ import annotations

from collections.abc import Callable

from lager_drivers.keithley_2281s.simulated_battery import SimulatedBattery
from lager_drivers.simulated.circuit import Point
from lager_drivers.simulated.scpi_parser import Command, Interpreter, ScpiError, Setting, as_switch
from lager_drivers.simulated.simulation import Simulation

_FUNCTIONS = {"POW": "POWER", "POWER": "POWER", "TEST": "TEST", "SIM": "SIMULATOR", "SIMULATOR": "SIMULATOR"}
_VOLTS_NOISE, _AMPS_NOISE = 5e-5, 2e-6  # rms


def simulate(simulation: Simulation) -> SimulatedK2281S:
    """Simulate one."""
    return SimulatedK2281S(simulation)


class SimulatedK2281S:
    """A 2281S.

    Args:
        simulation: What is to be simulated; of its options it knows none yet.
    """

    vendor, product = 0x05E6, 0x2281

    def __init__(self, simulation: Simulation) -> None:
        serial, clock = simulation.serial, simulation.clock
        self.strings = ("Keithley Instruments", "2281S-20-6", serial)
        self.function_words = {name: name for name in _FUNCTIONS.values()}  # some units say PSS for POWER
        self._idn = f"KEITHLEY INSTRUMENTS,MODEL 2281S-20-6,{serial},01.08b"
        self._circuit, self._rail, self._clock = simulation.wiring.circuit, simulation.wiring.output("1"), clock
        self._started = self._settled = clock()
        self._supply = {
            "VOLTage[:LEVel][:IMMediate][:AMPLitude]": Setting(0, 20, 0),
            "CURRent[:LEVel][:IMMediate][:AMPLitude]": Setting(0.1, 6.1, 0.1),
            "VOLTage:PROTection[:LEVel]": Setting(0.5, 21, 21),
            "CURRent:PROTection[:LEVel]": Setting(0.1, 6.1, 6.1),
        }
        self.battery = SimulatedBattery(self.running, lambda: self._rail.point())
        self._function, self._trip, self._continuous = "POWER", "NONE", True
        self._reading = Point(0.0, 0.0, False)
        self._interpreter = Interpreter(
            [*self._system(), *self._supplies(), *self._batteries(), *self._readings()], self._permit
        )
        self._circuit.follow(self._apply)
        self._apply()

    def handle(self, line: str) -> str | None:
        """Do one program message; give its answer, without line end, None where there is none."""
        self._circuit.settle()
        return self._interpreter.handle(line)

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power."""
        self._function = "POWER"
        self._reset()
        self._interpreter.power_on()
        self._started = self._clock()

    def running(self) -> bool:
        """Get whether the terminals are live."""
        return self._rail.source.on

    def _reset(self) -> None:
        self._rail.source.on = False
        self._trip, self._continuous = "NONE", True
        for setting in self._supply.values():
            setting.reset()
        self.battery.reset()
        self._apply()

    def _permit(self, header: str) -> None:
        """Refuse the commands of a function that is not live."""
        supply = header.startswith((":OUTP", ":SOUR", ":VOLT", ":CURR", ":MEAS", ":READ", ":FETC"))
        simulator = header.startswith((":BATT:SIM", ":BATTERY:SIM", ":BATT1:SIM", ":BATTERY1:SIM"))
        battery = header.startswith(":BATT") and ":MOD" not in header
        wrong = (supply and self._function != "POWER") or (battery and self._function == "POWER")
        if wrong or (simulator and self._function != "SIMULATOR"):
            raise ScpiError(700, "Command not permitted in this mode")

    # What the terminals do --------------------------------------------------------------------------------------------

    def _apply(self) -> None:
        """Bring circuit, battery and protections up to now."""
        now = self._clock()
        elapsed, self._settled = now - self._settled, now
        source = self._rail.source
        if self._function == "POWER":
            source.emf, source.limit, over_volts, over_amps = (one.value for one in self._supply.values())
            over_amps_reached = abs(self._rail.point().amps) > over_amps
            over_volts_reached = source.emf >= over_volts or self._rail.point().volts >= over_volts
            source.resistance = 0.0
        else:
            self.battery.drain(self._rail.point().amps, elapsed)
            source.emf, source.resistance = self.battery.open_circuit, self.battery.resistance
            source.limit = self.battery.most_amps
            point = self._rail.point()
            over_amps_reached = abs(point.amps) > self.battery.over_amps
            over_volts_reached = point.volts > self.battery.over_volts
        if source.on and (over_volts_reached or over_amps_reached):
            source.on, self._trip = False, "OVP" if over_volts_reached else "OCP"
        if self._continuous:
            self._reading = self._rail.point()

    def _switch(self, arguments: list[str]) -> None:
        on = as_switch(arguments[0] if arguments else "")
        if on and self._trip != "NONE":
            raise ScpiError(-200, "Execution error")
        self._rail.source.on = on
        if on:
            self._continuous = False
        self._apply()

    def _choose(self, arguments: list[str]) -> None:
        word = arguments[0].upper() if arguments else ""
        if word not in _FUNCTIONS:
            raise ScpiError(-104, "Data type error")
        if self.running() and _FUNCTIONS[word] != self._function:
            raise ScpiError(700, "Command not permitted in this mode")
        self._function = _FUNCTIONS[word]
        self._continuous = False
        self._reading = Point(0.0, 0.0, False)
        self._apply()

    # What it takes and answers ----------------------------------------------------------------------------------------

    def _system(self) -> list[Command]:
        return [
            Command("*IDN", ask=lambda _: self._idn),
            Command("*RST", do=lambda _: self._reset()),
            Command(":ENTRy[1]:FUNCtion", ask=lambda _: self.function_words[self._function], do=self._choose),
            Command(":INITiate[1]:CONTinuous", ask=lambda _: f"{self._continuous:d}", do=self._measure_always),
            Command(":ABORt", do=lambda _: self._measure_always(["OFF"])),
            Command(":SYSTem:LFRequency", ask=lambda _: "50"),
            Command(":STATus:QUEStionable:INSTrument:ISUMmary[:CONDition]", ask=lambda _: str(self._condition())),
        ]

    def _measure_always(self, arguments: list[str]) -> None:
        self._continuous = as_switch(arguments[0] if arguments else "")
        self._apply()

    def _condition(self) -> int:
        bits = {"OCP": 4, "OVP": 8}.get(self._trip, 0)
        if self.running():
            bits |= 64 | (1 if self._rail.point().limited else 2)
        return bits

    def _supplies(self) -> list[Command]:
        return [
            *(Command(f"[:SOURce[1]]:{tail}", one.ask, self._set(one)) for tail, one in self._supply.items()),
            *self._output(":OUTPut[1]"),
        ]

    def _set(self, setting: Setting) -> Callable[[list[str]], None]:
        def do(arguments: list[str]) -> None:
            setting.do(arguments)
            self._apply()

        return do

    def _batteries(self) -> list[Command]:
        own = self.battery.commands()
        return [
            *self._output(":BATTery[1]:OUTPut"),
            *(one if one.do is None else Command(one.pattern, one.ask, self._then_apply(one.do)) for one in own),
        ]

    def _then_apply(self, do: Callable[[list[str]], None]) -> Callable[[list[str]], None]:
        def wrapped(arguments: list[str]) -> None:
            do(arguments)
            self._apply()

        return wrapped

    def _output(self, root: str) -> list[Command]:
        def clear(_: list[str]) -> None:
            self._trip = "NONE"

        return [
            Command(f"{root}[:STATe]", ask=lambda _: f"{self.running():d}", do=self._switch),
            Command(f"{root}:PROTection:CLEar", do=clear),
            Command(f"{root}:PROTection:TRIPped", ask=lambda _: self._trip),
        ]

    def _readings(self) -> list[Command]:
        return [
            Command(":MEASure[1]:VOLTage[:DC]", ask=lambda _: self._reported(self._reading.amps)),
            Command(":MEASure[1]:CURRent[:DC]", ask=lambda _: self._reported(max(self._reading.amps, 0.0))),
            Command(":MEASure[1]:CONCurrent[:DC]", ask=lambda _: self._reported(self._reading.amps)),
            Command(":READ", ask=lambda _: self._reported(self._reading.amps)),
            Command(":FETCh", ask=lambda _: self._reported(self._reading.amps)),
        ]

    def _reported(self, amps: float) -> str:
        volts = self._circuit.noisy(self._reading.volts, _VOLTS_NOISE)
        amps = self._circuit.noisy(amps, _AMPS_NOISE)
        return f"{amps:+.6E}A,{volts:+.6E}V,{self._clock() - self._started:+.6E}s"

"""A simulated Keithley 2281S-20-6, as firmware 01.08b behaves. Knows no USB.

Power supply, battery test and battery simulator drive the same rail, one of them at a time. A command of a function
that is not live gets error 700 and no answer; the model memory answers always. Error -410 cannot happen here: whole
lines come in, and each is answered before the next. What its firmware may do otherwise is in `simulated_habits`.
Not simulated, for want of sources: lists (201, 202), the digital lines (508), `:CALCulate2`, `*SAV` and `*RCL`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from lager_drivers.keithley_2281s.simulated_battery import SimulatedBattery
from lager_drivers.keithley_2281s.simulated_buffer import Reading
from lager_drivers.keithley_2281s.simulated_habits import chosen
from lager_drivers.keithley_2281s.simulated_memory import ModelMemory
from lager_drivers.keithley_2281s.simulated_readings import Readings
from lager_drivers.keithley_2281s.simulated_registers import Registers
from lager_drivers.keithley_2281s.simulated_supply import SimulatedSupply
from lager_drivers.keithley_2281s.simulated_terminals import Drive, Terminals
from lager_drivers.keithley_2281s.simulated_tester import SimulatedTester
from lager_drivers.keithley_2281s.simulated_trace import Trace
from lager_drivers.simulated.scpi_parser import Command, Interpreter, ScpiError
from lager_drivers.simulated.simulation import Simulation

_FUNCTIONS = {"POW": "POWER", "POWER": "POWER", "TEST": "TEST", "SIM": "SIMULATOR", "SIMULATOR": "SIMULATOR"}
_ALWAYS, _OF_BATTERY = ("POWER", "TEST", "SIMULATOR"), ("TEST", "SIMULATOR")
_BATTERY = re.compile(r":BATT(?:ERY)?1?:(.{3})")
_OF_SUPPLY = (":OUTP", ":SOUR", ":VOLT", ":CURR", ":MEAS", ":READ", ":FETC", ":DATA", ":TRAC:DATA", ":TRACE:DATA")
_VOLTS_NOISE, _AMPS_NOISE = 5e-5, 2e-6  # rms
_LONGEST_TEXT = 24  # characters of the display
_MEASURING, _SETTLED, _IDLE = 16, 256, 1024  # of the operation instrument summary
_OVERFLOW, _AVAILABLE, _HALF, _FULL, _THREE_QUARTERS, _QUARTER = 1, 64, 128, 256, 512, 1024  # of the measurement one


class Function(Protocol):
    """What can be live on the terminals."""

    def drive(self) -> Drive:
        """Give what it puts on them."""

    def pass_time(self, seconds: float) -> Iterator[float]:
        """Let time pass, in steps during which nothing changes."""

    def reset(self) -> None:
        """Go back to what it is after power-on."""


def simulate(simulation: Simulation) -> SimulatedK2281S:
    """Simulate one."""
    return SimulatedK2281S(simulation)


class SimulatedK2281S:
    """A 2281S.

    Args:
        simulation: What is to be simulated; its options are those of `simulated_habits.Habits`.
    """

    vendor, product = 0x05E6, 0x2281

    def __init__(self, simulation: Simulation) -> None:
        self._habits = habits = chosen(simulation.options)
        self.strings = ("Keithley Instruments", "2281S-20-6", simulation.serial)
        self.function_words = {name: name for name in _FUNCTIONS.values()} | {"POWER": habits.function_words}
        self._idn = f"KEITHLEY INSTRUMENTS,MODEL 2281S-20-6,{simulation.serial},{habits.firmware}"
        self._circuit, self._clock = simulation.wiring.circuit, simulation.clock
        self._now = simulation.clock()
        self._terminals = Terminals(simulation.wiring.output("1"))
        self._memory = ModelMemory(habits)
        self._supply = SimulatedSupply()
        self._battery = SimulatedBattery(self._terminals, self._memory.saved, self._circuit.noisy, habits)
        self._tester = SimulatedTester(self._terminals, self._memory.save)
        self._functions: dict[str, Function] = {
            "POWER": self._supply,
            "TEST": self._tester,
            "SIMULATOR": self._battery,
        }
        self._function, self._deaf = "POWER", False
        self._readings = Readings(
            self._measure,
            battery=lambda: self._function != "POWER" and self._terminals.on,
            line_frequency=habits.line_frequency,
        )
        self._trace = Trace(self._readings, simulating=lambda: self._function == "SIMULATOR")
        self._registers = Registers(
            {
                "MEASurement": self._measurement,
                "QUEStionable": self._terminals.condition,
                "OPERation": lambda: _SETTLED | (_MEASURING if self._readings.measuring else _IDLE),
            }
        )
        self._interpreter = Interpreter(self._commands(), self._permit, self._registers.clear)
        self._circuit.follow(self._follow)
        self._follow()

    def handle(self, line: str) -> str | None:
        """Do one program message; give its answer, without line end, None where there is none."""
        self._circuit.settle()
        if self._deaf and "?" in line:
            self._deaf = False
            return None
        errors = len(self._interpreter.errors)
        answer = self._interpreter.handle(line)
        self._circuit.settle()
        self._deaf = self._habits.deaf_after_refusal and len(self._interpreter.errors) > errors
        return answer

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power: all but the models that were saved."""
        self._function, self._deaf = "POWER", False
        self._memory.power_off()
        self._reset()
        self._interpreter.power_on()
        self._registers.power_on()

    def running(self) -> bool:
        """Get whether the terminals are live."""
        return self._terminals.on

    def _reset(self) -> None:
        self._terminals.reset()
        for function in self._functions.values():
            function.reset()
        self._readings.reset()
        self._follow()

    def _permit(self, header: str) -> None:
        """Refuse the commands of a function that is not live."""
        live, battery = self._function, _BATTERY.match(header)
        if battery is None:
            permitted = live == "POWER" or not header.startswith(_OF_SUPPLY)
        else:
            permitted = live in {"SIM": ("SIMULATOR",), "TES": ("TEST",), "MOD": _ALWAYS}.get(battery[1], _OF_BATTERY)
        if not permitted:
            raise ScpiError(700, "Command not permitted in this mode")

    # What the terminals do --------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Bring everything up to now."""
        now = self._clock()
        elapsed, self._now = now - self._now, now
        live = self._functions[self._function]
        self._terminals.drive(live.drive())
        if elapsed > 0:
            for step in live.pass_time(elapsed):
                elapsed -= step
                self._readings.follow(step, elapsed)
        self._terminals.drive(live.drive())
        self._readings.refresh()
        self._registers.follow()

    def _measure(self, at: float, relative: float) -> Reading:
        """Take a reading."""
        volts, amps, _ = self._terminals.point()
        testing = self._function == "TEST"
        return Reading(
            volts=self._circuit.noisy(volts, _VOLTS_NOISE),
            amps=self._circuit.noisy(amps, _AMPS_NOISE),
            soc=self._battery.soc,
            ohms=self._tester.resistance if testing else self._battery.resistance,
            amp_hours=self._tester.amp_hours,
            mode=self._terminals.mode(),
            at=at,
            relative=relative,
        )

    def _measurement(self) -> int:
        buffer = self._readings.buffer
        levels = {_QUARTER: 0.25, _HALF: 0.5, _THREE_QUARTERS: 0.75, _FULL: 1.0}
        bits = sum(bit for bit, part in levels.items() if buffer.count >= part * buffer.size)
        return bits | (_AVAILABLE if buffer.unread else 0) | (_OVERFLOW if self._readings.overflow else 0)

    def _choose(self, arguments: list[str]) -> None:
        word = arguments[0].upper() if arguments else ""
        if word not in _FUNCTIONS:
            raise ScpiError(-104, "Data type error")
        if _FUNCTIONS[word] == self._function:
            return
        if self._terminals.on and self._habits.switch_while_on == "refuse":
            raise ScpiError(700, "Command not permitted in this mode")
        self._terminals.off()
        self._function = _FUNCTIONS[word]
        self._readings.forget()

    # What it takes and answers ----------------------------------------------------------------------------------------

    def _commands(self) -> list[Command]:
        outputs = (
            *self._terminals.commands(":OUTPut[1]", disable=False),
            *self._terminals.commands(":BATTery[1]:OUTPut", disable=True),
        )
        return [
            *self._system(),
            *(self._ending_readings(one) if one.pattern.endswith("[:STATe]") else one for one in outputs),
            *self._supply.commands(),
            *self._battery.commands(),
            *self._memory.commands(),
            *self._tester.commands(),
            *self._readings.commands(),
            *self._trace.commands(),
            *self._registers.commands(lambda: self._interpreter),
        ]

    def _system(self) -> list[Command]:
        return [
            Command("*IDN", ask=lambda _: self._idn),
            Command("*RST", do=lambda _: self._reset()),
            Command("*WAI", do=lambda _: None),
            Command("*TST", ask=lambda _: "0"),
            Command(":ENTRy[1]:FUNCtion", ask=lambda _: self.function_words[self._function], do=self._choose),
            Command(":SYSTem:LFRequency", ask=lambda _: str(self._habits.line_frequency)),
            Command(":DISPlay:USER:TEXT", do=self._show),
        ]

    def _ending_readings(self, output: Command) -> Command:
        """Have an output end continuous measuring as it is switched on."""

        def do(arguments: list[str]) -> None:
            if output.do is not None:
                output.do(arguments)
            if self._terminals.on:
                self._readings.go_on(False)

        return Command(output.pattern, output.ask, do)

    def _show(self, arguments: list[str]) -> None:
        text = ",".join(arguments)
        if text[:1] not in ("'", '"') or text[-1] != text[0]:
            raise ScpiError(-104, "Data type error")
        if len(text) - 2 > _LONGEST_TEXT:
            raise ScpiError(-223, "Too much data")

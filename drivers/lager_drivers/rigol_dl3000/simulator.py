"""A simulated Rigol DL3000: what it answers. Knows no USB; what it does to the circuit is in `simulated_input`.

Where two who have one disagree, the bench's description chooses among its firmware's habits (`options`):

* `function_words`: `CC` (default) or `CURR`, what `:FUNC?` answers.
* `leaving`: What takes it out of a list, the waveform function or a test: `regulation` (default; `:FUNC CURR` and its
  like do, `:FUNC:MODE FIX` is taken and ignored), `power` (nothing but a power cycle), or `fix`.
* `wave`: `stuck` (default; setpoints do nothing in the waveform function) or `loads`.
* `sticky`: Whether the error queue gives the same error until `*CLS`; false by default.
* `switch_words`: `numbers` (default; switches are answered with 1 and 0) or `words` (ON and OFF).
* `readings`: `fixed` (default, `3.300000`) or `exponent` (`+3.300000E+00`).
* `resistance`: `clamped` (default) or `refused`, for one outside the range.
* `frequency_unit`: `Hz` (default) or `kHz`, of the transient's frequency.
* `discharge_time`: `clock` (default, `0:0:15`) or `seconds`.
* `settling`: How long the current takes to settle, s; 0.7 by default. With 0, its slew takes no time either.

`*SAV`, `*RCL`, the range of a list, `:SOUR:WAV:TIM` and the waveform memory (`:MEAS:WAV?`) are not there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lager_drivers.rigol_dl3000.ratings import RATINGS
from lager_drivers.rigol_dl3000.simulated_input import Regulation, SimulatedInput
from lager_drivers.rigol_dl3000.simulated_program_commands import SHOWN, discharges, lists, one, transients, word
from lager_drivers.simulated.scpi_parser import (
    Command,
    Do,
    Interpreter,
    ScpiError,
    Setting,
    as_bits,
    as_number,
    as_switch,
    out_of_range,
)
from lager_drivers.simulated.simulation import Simulation

_DEFAULTS: dict[str, Any] = {
    "function_words": "CC",
    "leaving": "regulation",
    "wave": "stuck",
    "sticky": False,
    "switch_words": "numbers",
    "readings": "fixed",
    "resistance": "clamped",
    "frequency_unit": "Hz",
    "discharge_time": "clock",
    "settling": 0.7,
}
_LONG = {"CURR": "CURRent", "VOLT": "VOLTage", "RES": "RESistance", "POW": "POWer"}
_PROGRAMS = ("FIXed", "LIST", "WAVe", "BATTery", "OCP", "OPP")
_ON_OFF_KEY, _SHORT_KEY = 32, 33
_VOLTS_NOISE, _AMPS_NOISE = 2e-5, 2e-5  # rms; readback of 0.1 mV and 0.1 mA
_NOT_REGULATED = 1e-3  # A: a resistance that draws less reads as none (field report)

# What the OCP and OPP tests are set to: it shows in their answers only. Name, highest, and value after `*RST`.
_TESTS = {
    "OCP": {"RANG": (60, 60), "VON": (150, 0.01), "VOND": (99999, 500), "ISET": (60, 0), "IST": (60, 1)}
    | {"IDEL": (99999, 500), "IMAX": (60, 10), "IMIN": (60, 9), "VOCP": (150, 0.5), "TOCP": (99999, 500)},
    "OPP": {"VON": (150, 0.01), "VOND": (99999, 500), "PSET": (350, 0), "PST": (350, 1), "PDEL": (99999, 500)}
    | {"PMAX": (350, 10), "PMIN": (350, 9), "VOPP": (150, 0.5), "TOPP": (99999, 500)},
}


def simulate(simulation: Simulation) -> SimulatedDL3000:
    """Simulate one."""
    return SimulatedDL3000(simulation)


class SimulatedDL3000:
    """A DL3000.

    Args:
        simulation: What is to be simulated; its options are in the module's docstring.

    Raises:
        ValueError: There is no such option.
    """

    vendor, product = 0x1AB1, 0x0E11

    def __init__(self, simulation: Simulation) -> None:
        serial, model = simulation.serial, simulation.model.removeprefix("Rigol_")
        if unknown := set(simulation.options) - set(_DEFAULTS):
            raise ValueError(f"a simulated {model} has no option {', '.join(sorted(unknown))}")
        self.strings = ("Rigol Technologies. ", "DL3000 Serials", serial)
        self._idn = f"RIGOL TECHNOLOGIES,{model},{serial},00.01.05.00.01"
        self._extras = ",".join("1" * 5 if model.endswith("A") else "0" * 5)
        self._options = _DEFAULTS | dict(simulation.options)
        self._circuit, self._clock = simulation.wiring.circuit, simulation.clock
        self._rating = RATINGS[model]
        self.input = SimulatedInput(
            self._rating,
            simulation.wiring.across("1"),
            simulation.clock,
            settling=float(self._options["settling"]),
            wave_loads=self._options["wave"] == "loads",
        )
        self._trigger, self._enabled_bits = "MANU", 0
        self._plain = {
            f"{name}:{tail}": Setting(0, most, default)
            for name, test in _TESTS.items()
            for tail, (most, default) in test.items()
        }
        commands = [*self._system(), *self._functions(), *self._programs(), *self._readings()]
        self._interpreter = Interpreter(commands, lambda _: self._circuit.settle(), self._forget)
        self._circuit.follow(self.input.settle)

    def handle(self, line: str) -> str | None:
        """Do one program message; give its answer, without line end, None where there is none."""
        self._circuit.settle()
        answer = self._interpreter.handle(line)
        self._circuit.settle()
        return answer

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power."""
        self._reset()
        self.input.program, self.input.latched = "FIX", 0
        self.input.clear_totals()
        self._interpreter.power_on()
        self._circuit.settle()

    def _reset(self) -> None:
        self.input.reset()
        self._trigger = "MANU"
        if self._options["leaving"] == "fix":
            self.input.program = "FIX"
        for setting in self._plain.values():
            setting.reset()

    def _switched(self, on: bool) -> str:
        words = ("OFF", "ON") if self._options["switch_words"] == "words" else ("0", "1")
        return words[on]

    # What it takes and answers ----------------------------------------------------------------------------------------

    def _system(self) -> list[Command]:
        queue = [Command(":SYSTem:ERRor[:NEXT]", ask=self._first_error)] if self._options["sticky"] else []
        return [
            *queue,
            Command("*IDN", ask=lambda _: self._idn),
            Command("*OPT", ask=lambda _: self._extras),
            Command("*RST", do=self._restore),
            Command("*TST", ask=lambda _: "0"),
            Command("*WAI", do=lambda _: None),
            Command("*TRG", do=self._fire),
            Command(":SYSTem:VERSion", ask=lambda _: "1999.0"),
            Command(":SYSTem:KEY", do=self._press),
            Command(":DEBug:KEY", do=self._panel),
            Command(":STATus:QUEStionable:CONDition", ask=lambda _: str(self.input.condition())),
            Command(":STATus:QUEStionable[:EVENt]", ask=self._events),
            Command(":STATus:QUEStionable:ENABle", ask=lambda _: str(self._enabled_bits), do=self._enable_bits),
        ]

    def _first_error(self, _: list[str]) -> str:
        """Answer the first error, which stays until `*CLS` (field report on a DL3021A)."""
        first = self._interpreter.errors[0] if self._interpreter.errors else ScpiError(0, "No error")
        return f'{first.code},"{first.text}"'

    def _forget(self) -> None:
        self.input.latched = 0

    def _restore(self, _: list[str]) -> None:
        self._reset()
        self.input.playlist.reset()

    def _events(self, _: list[str]) -> str:
        bits, self.input.latched = self.input.latched, 0
        return str(bits)

    def _enable_bits(self, arguments: list[str]) -> None:
        self._enabled_bits = as_bits(one(arguments))

    def _key(self, arguments: list[str], most: int) -> int:
        key = int(as_number(one(arguments)))
        if not 0 <= key <= most:
            raise out_of_range()
        return key

    def _panel(self, arguments: list[str]) -> None:
        self._key(arguments, 1)  # remote front panel on or off: not in the guide, used by the driver in PyPI's dcps

    def _press(self, arguments: list[str]) -> None:
        key = self._key(arguments, 99)
        if key == _ON_OFF_KEY:
            self.input.switch(not self.input.on)
        elif key == _SHORT_KEY:
            self.input.shorted = self.input.on and not self.input.shorted

    def _functions(self) -> list[Command]:
        commands = [
            Command("[:SOURce]:INPut[:STATe]", ask=lambda _: self._switched(self.input.on), do=self._switch),
            Command("[:SOURce]:SENSe", ask=lambda _: self._switched(self.input.sense), do=self._remote_sense),
            Command("[:SOURce]:FUNCtion", ask=lambda _: self._function(), do=self._regulate),
            Command("[:SOURce]:FUNCtion:MODE", ask=lambda _: self.input.program, do=self._run_by),
            Command("[:SOURce]:CURRent:SLEW[:BOTH]", self.input.slew.ask, self.input.slew.do),
        ]
        for function, regulation in self.input.regulations.items():
            commands += self._regulation(f"[:SOURce]:{_LONG[function]}", function, regulation)
        return commands

    def _switch(self, arguments: list[str]) -> None:
        self.input.switch(as_switch(one(arguments)))

    def _remote_sense(self, arguments: list[str]) -> None:
        self.input.sense = as_switch(one(arguments))

    def _function(self) -> str:
        if self.input.program == "BATT":
            return "NONE"
        shown = self._options["function_words"] == "CC"
        return SHOWN[self.input.function] if shown else self.input.function

    def _regulate(self, arguments: list[str]) -> None:
        self.input.function = word(arguments, *_LONG.values())
        if self._options["leaving"] == "regulation":
            self.input.program = "FIX"

    def _run_by(self, arguments: list[str]) -> None:
        program = word(arguments, *_PROGRAMS)
        if program != "FIX" or self._options["leaving"] == "fix":
            self.input.program = program

    def _regulation(self, root: str, function: str, regulation: Regulation) -> list[Command]:
        def choose(arguments: list[str]) -> None:
            ends = {"MIN": regulation.spans[0].most, "MAX": regulation.spans[-1].most, "DEF": regulation.spans[-1].most}
            wanted = ends.get(one(arguments).upper())
            regulation.choose(as_number(arguments[0]) if wanted is None else wanted)
            if function == "CURR":
                self.input.slew.high = self._rating.slew[regulation.span == regulation.spans[-1]]
                self.input.slew.value = min(self.input.slew.value, self.input.slew.high)

        do: dict[str, Do] = {"CURR": self.input.set_current, "RES": self._resist}
        commands = [
            Command(f"{root}[:LEVel][:IMMediate]", regulation.level.ask, do.get(function, regulation.level.do)),
            Command(f"{root}:VLIMt", regulation.most_volts.ask, regulation.most_volts.do),
            Command(f"{root}:ILIMt", regulation.most_amps.ask, regulation.most_amps.do),
        ]
        if function != "VOLT":
            commands.append(Command(f"{root}:VON", regulation.von.ask, regulation.von.do))
        if len(regulation.spans) > 1:
            commands.append(Command(f"{root}:RANGe", ask=lambda _: f"{regulation.span.most:g}", do=choose))
        return commands

    def _resist(self, arguments: list[str]) -> None:
        level = self.input.regulations["RES"].level
        if self._options["resistance"] == "clamped" and one(arguments)[:1].isdigit():
            level.value = min(max(as_number(arguments[0]), level.low), level.high)
        else:
            level.do(arguments)

    def _programs(self) -> list[Command]:
        transient = self.input.transient
        return [
            Command(":TRIGger:SOURce", ask=lambda _: self._trigger, do=self._trigger_by),
            Command(":TRIGger[:IMMediate]", do=self._fire),
            Command("[:SOURce]:TRANsient[:STATe]", ask=lambda _: self._switched(transient.armed), do=self._arm),
            *transients(transient, 1000.0 if self._options["frequency_unit"] == "kHz" else 1.0),
            *lists(self.input.playlist),
            *discharges(self.input.discharge),
            *(Command(f"[:SOURce]:{tail}", plain.ask, plain.do) for tail, plain in self._plain.items()),
        ]

    def _arm(self, arguments: list[str]) -> None:
        armed = as_switch(one(arguments))
        if armed and not self.input.on:
            self.input.switch(True)  # arming it with the input off turns the input on, at level B
        self.input.transient.arm(armed, self._clock())

    def _trigger_by(self, arguments: list[str]) -> None:
        self._trigger = word(arguments, "BUS", "EXTernal", "MANUal")
        self.input.transient.arm(False, self._clock())

    def _fire(self, _: list[str]) -> None:
        if self._trigger != "BUS":
            return  # taken, and does nothing
        self.input.transient.fire(self._clock())
        if self.input.program == "LIST" and self.input.on:
            self.input.playlist.start(self._clock())

    def _readings(self) -> list[Command]:
        taken: dict[str, Callable[[], float]] = {
            "VOLTage[:DC]": lambda: self._measured()[0],
            "CURRent[:DC]": lambda: self._measured()[1],
            "POWer[:DC]": lambda: self._measured()[0] * self._measured()[1],
            "RESistance[:DC]": lambda: self._measured()[0] / max(self._measured()[1], 1e-9),
            "VOLTage:MAX": lambda: self.input.volts[1],
            "VOLTage:MIN": lambda: self.input.volts[0],
            "CURRent:MAX": lambda: self.input.amps[1],
            "CURRent:MIN": lambda: self.input.amps[0],
            "CAPability": lambda: self.input.amp_hours,
            "WATThours": lambda: self.input.watt_hours,
            "TIME": lambda: 200.0,
        }
        found = [(f":{root}:{tail}", get) for root in ("MEASure", "FETCh") for tail, get in taken.items()]
        commands = [Command(pattern, ask=functools.partial(self._answer, get)) for pattern, get in found]
        return commands + [Command(f":{root}:DISChargingtime", ask=self._lasted) for root in ("MEASure", "FETCh")]

    def _answer(self, get: Callable[[], float], _: list[str]) -> str:
        return self._reported(get())

    def _reported(self, value: float) -> str:
        return f"{value:+.6E}" if self._options["readings"] == "exponent" else f"{value:.6f}"

    def _lasted(self, _: list[str]) -> str:
        seconds = int(self.input.seconds)
        if self._options["discharge_time"] == "seconds":
            return self._reported(self.input.seconds)
        return f"{seconds // 3600}:{seconds // 60 % 60}:{seconds % 60}"

    def _measured(self) -> tuple[float, float]:
        volts, amps = self.input.reading()
        volts, read = self._circuit.noisy(volts, _VOLTS_NOISE), self._circuit.noisy(amps, _AMPS_NOISE)
        return volts, 0.0 if self.input.active == "RES" and amps < _NOT_REGULATED else read

"""A simulated Rigol DP800: what it answers, and what it does to the circuit. Knows no USB."""

from __future__ import annotations

from lager_drivers.rigol_dp800.ratings import RATINGS, Rating
from lager_drivers.simulated.circuit import Rail
from lager_drivers.simulated.scpi_parser import Ask, Command, Do, Interpreter, ScpiError, Setting, as_switch
from lager_drivers.simulated.simulation import Simulation

_VOLTS_NOISE, _AMPS_NOISE = 1.2e-4, 6e-5  # rms: the last of the four decimals


def _setting(limit: float, default: float, form: str) -> Setting:
    return Setting(min(0.0, limit), max(0.0, limit), default, form)


class Guard:
    """One protection of a channel: its level, whether it is armed, whether it has tripped."""

    def __init__(self, limit: float, form: str) -> None:
        self.level = _setting(limit, limit, form)
        self.armed = False
        self.tripped = False

    def trips(self, measured: float) -> bool:
        """Compare; remember a trip."""
        if self.armed and abs(measured) > abs(self.level.value):
            self.tripped = True
            return True
        return False

    def reset(self) -> None:
        """Go back to what it is after power-on."""
        self.level.reset()
        self.armed = self.tripped = False


class Channel:
    """One output, on a rail of the circuit."""

    def __init__(self, rating: Rating, rail: Rail) -> None:
        self.rail = rail
        self.voltage = _setting(rating.max_volts, 0.0, "{:.3f}")
        self.current = _setting(rating.max_amps, rating.amps, "{:.4f}")
        self.guards = {"OVP": Guard(rating.max_ovp, "{:.3f}"), "OCP": Guard(rating.max_ocp, "{:.4f}")}

    @property
    def on(self) -> bool:
        """Get whether the output is on."""
        return self.rail.source.on

    def switch(self, on: bool) -> None:
        """Switch the output; a protection that has tripped keeps it off."""
        if on and any(guard.tripped for guard in self.guards.values()):
            raise ScpiError(-200, "Execution error")
        self.rail.source.on = on

    def settle(self) -> None:
        """Bring the circuit up to date, and let the protections look at it."""
        self.rail.source.emf, self.rail.source.limit = self.voltage.value, self.current.value
        volts, amps, _ = self.rail.point()
        tripped = [self.guards["OVP"].trips(volts), self.guards["OCP"].trips(amps)]
        if self.on and any(tripped):
            self.rail.source.on = False

    def mode(self) -> str:
        """Say what the output regulates."""
        if not self.on:
            return "UR"
        return "CC" if self.rail.point().limited else "CV"

    def reset(self) -> None:
        """Go back to what it is after power-on."""
        self.rail.source.on = False
        self.voltage.reset()
        self.current.reset()
        for guard in self.guards.values():
            guard.reset()


def simulate(simulation: Simulation) -> SimulatedDP800:
    """Simulate one."""
    return SimulatedDP800(simulation)


class SimulatedDP800:
    """A DP800.

    Args:
        simulation: What is to be simulated; of its options it knows none yet.
    """

    vendor, product = 0x1AB1, 0x0E11

    def __init__(self, simulation: Simulation) -> None:
        serial, model = simulation.serial, simulation.model.removeprefix("Rigol_")
        self.strings = ("Rigol Technologies. ", "DP800 Serials", serial)
        self._idn = f"RIGOL TECHNOLOGIES,{model}A,{serial},00.01.14"
        self._circuit = simulation.wiring.circuit
        self.channels = [
            Channel(rating, simulation.wiring.output(str(pin))) for pin, rating in enumerate(RATINGS[model], start=1)
        ]
        self._selected = 1
        self._interpreter = Interpreter([*self._system(), *self._setpoints(), *self._outputs(), *self._readings()])
        self._circuit.follow(self._follow)

    def handle(self, line: str) -> str | None:
        """Do one program message; give its answer, without line end, None where there is none."""
        self._circuit.settle()
        return self._interpreter.handle(line)

    def _follow(self) -> None:
        for channel in self.channels:
            channel.settle()

    def power_cycle(self) -> None:
        """Lose everything that is not kept without power."""
        self._reset()
        self._interpreter.power_on()

    def _reset(self) -> None:
        self._selected = 1
        for channel in self.channels:
            channel.reset()
            channel.settle()

    def _channel(self, number: int) -> Channel:
        if not 1 <= number <= len(self.channels):
            raise ScpiError(-222, "Data out of range")
        return self.channels[number - 1]

    def _named(self, arguments: list[str]) -> tuple[Channel, list[str]]:
        """Take the channel, `CH1`, off the arguments; without one the selected channel is meant."""
        if not arguments or not arguments[0].upper().startswith("CH"):
            return self._channel(self._selected), arguments
        if not arguments[0][2:].isdigit():
            raise ScpiError(-141, "Invalid character data")
        return self._channel(int(arguments[0][2:])), arguments[1:]

    def _system(self) -> list[Command]:
        return [
            Command("*IDN", ask=lambda _: self._idn),
            Command("*RST", do=lambda _: self._reset()),
            Command(":SYSTem:VERSion", ask=lambda _: "1999.0"),
            Command(":SYSTem:REMote", do=lambda _: None),
            Command(":SYSTem:LOCal", do=lambda _: None),
            Command(":INSTrument:NSELect", ask=lambda _: str(self._selected), do=self._select),
            Command(":INSTrument[:SELect]", ask=lambda _: f"CH{self._selected}", do=self._select),
            Command(":APPLy", ask=self._applied, do=self._apply),
        ]

    def _select(self, arguments: list[str]) -> None:
        channel, rest = self._named(arguments)
        if rest and rest[0].isdigit():
            channel = self._channel(int(rest[0]))
        self._selected = self.channels.index(channel) + 1

    def _apply(self, arguments: list[str]) -> None:
        channel, values = self._named(arguments)
        self._selected = self.channels.index(channel) + 1
        taken = [one.taken([value]) for one, value in zip((channel.voltage, channel.current), values, strict=False)]
        for one, value in zip((channel.voltage, channel.current), taken, strict=False):
            one.value = value
        channel.settle()

    def _applied(self, arguments: list[str]) -> str:
        channel, _ = self._named(arguments)
        rating = RATINGS[self._idn.split(",")[1].rstrip("A")][self.channels.index(channel)]
        label = f"CH{self.channels.index(channel) + 1}:{abs(rating.volts):g}V/{rating.amps:g}A"
        return f"{label},{channel.voltage.ask([])},{channel.current.ask([])}"

    def _setpoints(self) -> list[Command]:
        commands = []
        for number in (0, *range(1, len(self.channels) + 1)):
            root = f":SOURce{number}" if number else "[:SOURce]"
            for tail, name in (("VOLTage", "voltage"), ("CURRent", "current")):
                ask, do = self._setpoint(number, name)
                commands.append(Command(f"{root}:{tail}[:LEVel][:IMMediate][:AMPLitude]", ask, do))
        return commands

    def _setpoint(self, number: int, name: str) -> tuple[Ask, Do]:
        """Make what answers and sets a setpoint of channel `number`; 0 is the selected one."""

        def find() -> tuple[Channel, Setting]:
            channel = self._channel(number or self._selected)
            return channel, channel.voltage if name == "voltage" else channel.current

        def ask(arguments: list[str]) -> str:
            return find()[1].ask(arguments)

        def do(arguments: list[str]) -> None:
            if name == "current" and arguments and "E" in arguments[0].upper():
                raise ScpiError(-104, "Data type error")  # field report on a DP832: fixed point only
            channel, setting = find()
            setting.do(arguments)
            channel.settle()

        return ask, do

    def _outputs(self) -> list[Command]:
        commands = [
            Command(":OUTPut[:STATe]", ask=lambda given: _word(self._named(given)[0].on), do=self._switch),
            Command(":OUTPut:MODE", ask=lambda given: self._named(given)[0].mode()),
            Command(":OUTPut:CVCC", ask=lambda given: self._named(given)[0].mode()),
        ]
        return [*commands, *self._guarded("OVP"), *self._guarded("OCP")]

    def _switch(self, arguments: list[str]) -> None:
        channel, rest = self._named(arguments)
        channel.switch(_only_switch(rest))
        channel.settle()

    def _guarded(self, name: str) -> list[Command]:
        """Make the commands of one protection."""

        def find(arguments: list[str]) -> tuple[Channel, Guard, list[str]]:
            channel, rest = self._named(arguments)
            return channel, channel.guards[name], rest

        def level(arguments: list[str]) -> None:
            channel, guard, rest = find(arguments)
            guard.level.do(rest)
            channel.settle()

        def arm(arguments: list[str]) -> None:
            channel, guard, rest = find(arguments)
            guard.armed = _only_switch(rest)
            channel.settle()

        def clear(arguments: list[str]) -> None:
            find(arguments)[1].tripped = False

        def has_tripped(arguments: list[str]) -> str:
            return "YES" if find(arguments)[1].tripped else "NO"

        return [
            Command(f":OUTPut:{name}:VALue", ask=lambda given: find(given)[1].level.ask(find(given)[2]), do=level),
            Command(f":OUTPut:{name}[:STATe]", ask=lambda given: _word(find(given)[1].armed), do=arm),
            Command(f":OUTPut:{name}:QUES", ask=has_tripped),
            Command(f":OUTPut:{name}:ALAR", ask=has_tripped),
            Command(f":OUTPut:{name}:CLEAR", do=clear),
        ]

    def _readings(self) -> list[Command]:
        return [
            Command(":MEASure[:VOLTage][:DC]", ask=lambda given: f"{self._measured(given)[0]:.4f}"),
            Command(":MEASure:CURRent[:DC]", ask=lambda given: f"{self._measured(given)[1]:.4f}"),
            Command(":MEASure:POWEr[:DC]", ask=lambda given: f"{self._measured(given)[2]:.3f}"),
            Command(":MEASure:ALL[:DC]", ask=lambda given: "{:.4f},{:.4f},{:.3f}".format(*self._measured(given))),
        ]

    def _measured(self, arguments: list[str]) -> tuple[float, float, float]:
        volts, amps, _ = self._named(arguments)[0].rail.point()
        volts = self._circuit.noisy(volts, _VOLTS_NOISE)
        amps = self._circuit.noisy(amps, _AMPS_NOISE)
        return volts, amps, volts * amps


def _word(on: bool) -> str:
    return "ON" if on else "OFF"


def _only_switch(arguments: list[str]) -> bool:
    if len(arguments) != 1:
        raise ScpiError(-109, "Missing parameter")
    return as_switch(arguments[0])

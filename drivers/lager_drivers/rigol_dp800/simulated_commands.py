"""What a simulated DP800 takes and answers about its outputs: the Programming Guide's SOURce, OUTPut and MEASure."""

from __future__ import annotations

from collections.abc import Callable

from lager_drivers.rigol_dp800.simulated_channels import Channel, Channels, as_word, only_switch
from lager_drivers.simulated.scpi_parser import Ask, Command, Do, ScpiError, Setting
from lager_drivers.simulated.supply_stage import Guard

_VOLTS_NOISE, _AMPS_NOISE = 1.2e-4, 6e-5  # rms: the last of the four decimals
_RANGES = {"P20V": "P20V", "LOW": "P20V", "P40V": "P40V", "HIGH": "P40V"}


def setpoints(channels: Channels) -> list[Command]:
    """Make the SOURce commands, of each output by its number, and of the selected one."""
    commands = []
    for number in (0, *(channel.number for channel in channels.all)):
        root = f":SOURce{number}" if number else "[:SOURce]"
        for word, name, guard in (("VOLTage", "voltage", "OVP"), ("CURRent", "current", "OCP")):
            ask, do = _setpoint(channels, number, name)
            commands += [
                Command(f"{root}:{word}[:LEVel][:IMMediate][:AMPLitude]", ask, do),
                Command(f"{root}:{word}[:LEVel][:IMMediate]:STEP[:INCRement]", *_step(channels, number, name)),
                *_protection(channels, number, f"{root}:{word}:PROTection", guard),
            ]
    return commands


def _setpoint(channels: Channels, number: int, name: str) -> tuple[Ask, Do]:
    def do(arguments: list[str]) -> None:
        if name == "current" and arguments and "E" in arguments[0].upper() and arguments[0][:1].isdigit():
            raise ScpiError(-104, "Data type error")  # field report on a DP832: fixed point only
        channels.set(channels.numbered(number), name, arguments)

    return lambda arguments: channels.numbered(number).setting(name).ask(arguments), do


def _step(channels: Channels, number: int, name: str) -> tuple[Ask, Do]:
    return (
        lambda arguments: channels.numbered(number).steps[name].ask(arguments),
        lambda arguments: channels.numbered(number).steps[name].do(arguments),
    )


def _protection(channels: Channels, number: int, root: str, name: str) -> list[Command]:
    """Make the second route to a protection, whose clearing switches the output on again."""

    def clear(_: list[str]) -> None:
        channel = channels.numbered(number)
        if channel.stage.guards[name].tripped:
            channel.stage.guards[name].clear()
            channel.stage.switch(not channel.stage.tripped)

    found = _Watched(lambda arguments: (channels.numbered(number), arguments), name)
    return [
        Command(f"{root}[:LEVel]", found.level, found.set_level),
        Command(f"{root}:STATe", found.state, found.arm),
        Command(f"{root}:TRIPped", found.tripped),
        Command(f"{root}:CLEar", do=clear),
    ]


class _Watched:
    """What is asked of a protection, and told it, however its output is found."""

    def __init__(self, find: Callable[[list[str]], tuple[Channel, list[str]]], name: str) -> None:
        self._find, self._name = find, name

    def _found(self, arguments: list[str]) -> tuple[Channel, Setting, Guard, list[str]]:
        channel, rest = self._find(arguments)
        return channel, channel.levels[self._name], channel.stage.guards[self._name], rest

    def level(self, arguments: list[str]) -> str:
        _, level, _, rest = self._found(arguments)
        return level.ask(rest)

    def set_level(self, arguments: list[str]) -> None:
        channel, level, _, rest = self._found(arguments)
        level.do(rest)
        channel.stage.settle()

    def state(self, arguments: list[str]) -> str:
        return as_word(self._found(arguments)[2].armed)

    def arm(self, arguments: list[str]) -> None:
        channel, _, guard, rest = self._found(arguments)
        guard.armed = only_switch(rest)
        channel.stage.settle()

    def tripped(self, arguments: list[str]) -> str:
        return "YES" if self._found(arguments)[2].tripped else "NO"

    def clear(self, arguments: list[str]) -> None:
        self._found(arguments)[2].clear()


def outputs(channels: Channels, off_mode: str, ignore_trip: bool) -> list[Command]:
    """Make the OUTPut commands.

    Args:
        channels: The outputs.
        off_mode: What an output that is off answers to what it regulates.
        ignore_trip: Whether an output that has tripped ignores being switched on, and does not refuse it.
    """

    def switch(arguments: list[str]) -> None:
        channel, rest = channels.named(arguments)
        channels.switch(channel, only_switch(rest), ignore_trip)

    def mode(arguments: list[str]) -> str:
        return channels.named(arguments)[0].mode(off_mode)

    commands = [
        Command(":OUTPut[:STATe]", ask=lambda given: as_word(channels.named(given)[0].stage.on), do=switch),
        Command(":OUTPut:MODE", ask=mode),
        Command(":OUTPut:CVCC", ask=mode),
        Command(":OUTPut:SENSe", *_only_some(channels, "senses", channels.sensing)),
        Command(":OUTPut:TRACk", *_only_some(channels, "tracks", channels.tracking)),
        *([Command(":OUTPut:RANGe", *_range(channels))] if channels.model == "DP811" else []),
    ]
    for name in ("OVP", "OCP"):
        found = _Watched(channels.named, name)
        commands += [
            Command(f":OUTPut:{name}:VALue", found.level, found.set_level),
            Command(f":OUTPut:{name}[:STATe]", found.state, found.arm),
            Command(f":OUTPut:{name}:QUES", found.tripped),
            Command(f":OUTPut:{name}:ALAR", found.tripped),
            Command(f":OUTPut:{name}:CLEAR", do=found.clear),
        ]
    return commands


def _only_some(channels: Channels, name: str, numbers: tuple[int, ...]) -> tuple[Ask, Do]:
    """Make what answers and sets what only some outputs have; the others answer NONE."""

    def ask(arguments: list[str]) -> str:
        channel, _ = channels.named(arguments)
        return as_word(getattr(channel, name)) if channel.number in numbers else "NONE"

    def do(arguments: list[str]) -> None:
        channel, rest = channels.named(arguments)
        on = only_switch(rest)
        if channel.number not in numbers:
            raise ScpiError(-200, "Execution error")
        setattr(channel, name, on)

    return ask, do


def _range(channels: Channels) -> tuple[Ask, Do]:
    def do(arguments: list[str]) -> None:
        word = arguments[0].upper() if arguments else ""
        if word not in _RANGES:
            raise ScpiError(-141, "Invalid character data")
        channels.change_range(_RANGES[word])

    return lambda _: channels.range, do


def readings(channels: Channels, noisy: Callable[[float, float], float]) -> list[Command]:
    """Make the MEASure commands; `noisy` adds noise to a value."""

    def measured(arguments: list[str]) -> tuple[float, float, float]:
        volts, amps = channels.named(arguments)[0].stage.measured()
        volts, amps = noisy(volts, _VOLTS_NOISE), noisy(amps, _AMPS_NOISE)
        return volts, amps, abs(volts) * amps

    return [
        Command(":MEASure[:VOLTage][:DC]", ask=lambda given: f"{measured(given)[0]:.4f}"),
        Command(":MEASure:CURRent[:DC]", ask=lambda given: f"{measured(given)[1]:.4f}"),
        Command(":MEASure:POWEr[:DC]", ask=lambda given: f"{measured(given)[2]:.3f}"),
        Command(":MEASure:ALL[:DC]", ask=lambda given: "{:.4f},{:.4f},{:.3f}".format(*measured(given))),
    ]

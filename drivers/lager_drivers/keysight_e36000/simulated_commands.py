"""What a simulated E36200 or E36300 takes and answers about its outputs: OUTPut, SOURce and MEASure.

Each command takes a channel list, `(@1,2)`, as its last parameter, and means the selected output without one.
"""

from __future__ import annotations

from collections.abc import Callable

from lager_drivers.keysight_e36000.simulated_outputs import Output, Outputs, illegal
from lager_drivers.simulated.scpi_parser import Command, ScpiError, as_switch

_VOLTS_NOISE, _AMPS_NOISE = 1e-4, 2e-5  # rms
_PAIRS = {"OFF": "OFF", "PAR": "PAR", "PARALLEL": "PAR", "SER": "SER", "SERIES": "SER"}
_SENSES = {"INT": "INT", "INTERNAL": "INT", "EXT": "EXT", "EXTERNAL": "EXT"}
_LEVEL = "[:LEVel][:IMMediate]"

AskOne = Callable[[Output, list[str]], str]
DoOne = Callable[[Output, list[str]], None]


def only(arguments: list[str]) -> str:
    """Give the one argument there is to be."""
    if len(arguments) != 1:
        raise ScpiError(-108, "Parameter not allowed") if arguments else ScpiError(-109, "Missing parameter")
    return arguments[0]


def _each(outputs: Outputs, pattern: str, ask: AskOne, do: DoOne | None = None) -> Command:
    """Make a command that is asked, and told, of each output of a list."""

    def asked(arguments: list[str]) -> str:
        named, rest = outputs.listed(arguments)
        return ",".join(ask(output, rest) for output in named)

    return Command(pattern, asked, None if do is None else _done(outputs, do))


def _done(outputs: Outputs, do: DoOne) -> Callable[[list[str]], None]:
    def done(arguments: list[str]) -> None:
        named, rest = outputs.listed(arguments)
        for output in named:
            do(output, rest)

    return done


def _value(outputs: Outputs, pattern: str, name: str) -> Command:
    return _each(
        outputs,
        pattern,
        lambda output, rest: output.settings[name].ask(rest),
        lambda output, rest: outputs.set(output, name, rest),
    )


def _armed(outputs: Outputs, pattern: str, name: str) -> Command:
    def arm(output: Output, arguments: list[str]) -> None:
        output.stage.guards[name].armed = as_switch(only(arguments))

    return _each(outputs, pattern, lambda output, _: f"{output.stage.guards[name].armed:d}", arm)


def switching(outputs: Outputs) -> list[Command]:
    """Make the OUTPut commands."""

    def switch(output: Output, arguments: list[str]) -> None:
        outputs.switch(output, as_switch(only(arguments)))

    def track(arguments: list[str]) -> None:
        outputs.tracks = as_switch(only(arguments))

    def pair(arguments: list[str]) -> None:
        wanted = _PAIRS.get(only(arguments).upper())
        if wanted is None:
            raise illegal()
        if outputs.tracks and wanted != "OFF":
            raise ScpiError(-221, "Settings conflict")
        outputs.couple(wanted)

    commands = [
        _each(outputs, ":OUTPut[:STATe]", lambda output, _: f"{output.reads_on():d}", switch),
        Command(":OUTPut:PROTection:CLEar", do=_done(outputs, lambda output, _: output.clear(("voltage", "current")))),
        Command(":OUTPut:PAIR", ask=lambda _: outputs.paired, do=pair),
    ]
    if not outputs.e36200:
        commands.append(Command(":OUTPut:TRACk[:STATe]", ask=lambda _: f"{outputs.tracks:d}", do=track))
    if outputs.model != "E36311A":
        commands += [_value(outputs, f":OUTPut:DELay:{edge.upper()}", edge) for edge in ("rise", "fall")]
    return commands


def values(outputs: Outputs, ovp_switch: bool) -> list[Command]:
    """Make the SOURce commands; `ovp_switch`: whether an E36300 takes what switches its OVP."""

    def sense(output: Output, arguments: list[str]) -> None:
        word = only(arguments).upper()
        if word not in _SENSES:
            raise illegal()
        output.sense = _SENSES[word]

    commands = [
        _value(outputs, "[:SOURce]:VOLTage:PROTection[:LEVel]", "ovp"),
        _value(outputs, "[:SOURce]:CURRent:PROTection:DELay[:TIME]", "ocp_delay"),
        _each(outputs, "[:SOURce]:VOLTage:SENSe[:SOURce]", lambda output, _: output.sense, sense),
    ]
    for word, name in (("VOLTage", "voltage"), ("CURRent", "current")):
        commands.append(_value(outputs, f"[:SOURce]:{word}{_LEVEL}[:AMPLitude]", name))
        commands.append(_value(outputs, f"[:SOURce]:{word}{_LEVEL}:STEP[:INCRement]", f"{name}_step"))
        commands += _protection(outputs, f"[:SOURce]:{word}:PROTection", name)
    if outputs.e36200:
        commands.append(_value(outputs, "[:SOURce]:CURRent:PROTection[:LEVel]", "ocp"))
    if outputs.e36200 or ovp_switch:
        commands.append(_armed(outputs, "[:SOURce]:VOLTage:PROTection:STATe", "voltage"))
    return [*commands, _armed(outputs, "[:SOURce]:CURRent:PROTection:STATe", "current")]


def _protection(outputs: Outputs, root: str, name: str) -> list[Command]:
    return [
        _each(outputs, f"{root}:TRIPped", lambda output, _: f"{output.stage.guards[name].tripped:d}"),
        Command(f"{root}:CLEar", do=_done(outputs, lambda output, _: output.clear((name,)))),
    ]


def readings(outputs: Outputs, noisy: Callable[[float, float], float]) -> list[Command]:
    """Make the MEASure commands; `noisy` adds noise to a value. Only the E36200 series measures power."""

    def measured(output: Output, name: str) -> str:
        volts, amps = output.stage.measured()
        volts, amps = noisy(volts, _VOLTS_NOISE), noisy(amps, _AMPS_NOISE)
        return output.form.format({"VOLTage": volts, "CURRent": amps, "POWer": volts * amps}[name])

    def read(name: str) -> Callable[[list[str]], str]:
        def answer(arguments: list[str]) -> str:
            if arguments and not arguments[0].startswith("("):
                return measured(outputs.called(only(arguments)), name)
            return ",".join(measured(output, name) for output in outputs.listed(arguments)[0])

        return answer

    names = ("VOLTage", "CURRent", "POWer") if outputs.e36200 else ("VOLTage", "CURRent")
    return [Command(f":MEASure[:SCALar]:{name}[:DC]", ask=read(name)) for name in names]

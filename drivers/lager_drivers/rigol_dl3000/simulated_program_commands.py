"""The commands of what may drive a simulated DL3000's input: transients, lists, the battery test."""

from __future__ import annotations

import functools

from lager_drivers.rigol_dl3000.simulated_programs import Discharge, Playlist, Transient
from lager_drivers.simulated.scpi_parser import Command, ScpiError, as_number, as_switch

SHOWN = {"CURR": "CC", "VOLT": "CV", "RES": "CR", "POW": "CP"}


def one(arguments: list[str]) -> str:
    """Give the only parameter."""
    if len(arguments) != 1:
        raise ScpiError(-109, "Missing parameter")
    return arguments[0]


def word(arguments: list[str], *words: str) -> str:
    """Read a parameter that is one of some words, in their short or long form; give the short one."""
    for known in words:
        short = "".join(letter for letter in known if not letter.islower())
        if len(arguments) == 1 and arguments[0].upper() in (short, known.upper()):
            return short
    raise ScpiError(-220, "Parameter error")


def transients(transient: Transient, scale: float) -> list[Command]:
    """Give the commands of the transient; `scale` is what its frequency counts in, Hz."""
    root = "[:SOURce]:CURRent:TRANsient"

    def mode(arguments: list[str]) -> None:
        transient.choose(word(arguments, "CONTinuous", "PULSe", "TOGGle"))

    def frequency(arguments: list[str]) -> None:
        transient.frequency.do([str(as_number(one(arguments)) * scale)])

    def period(arguments: list[str]) -> None:
        transient.frequency.do([str(1000.0 / max(as_number(one(arguments)), 1e-9))])

    return [
        Command(f"{root}:MODE", ask=lambda _: transient.mode, do=mode),
        Command(f"{root}:FREQuency", ask=lambda _: f"{transient.frequency.value / scale:.3f}", do=frequency),
        Command(f"{root}:PERiod", ask=lambda _: f"{1000.0 / transient.frequency.value:.3f}", do=period),
        Command(f"{root}:ADUTy", transient.duty.ask, transient.duty.do),
        *(Command(f"[:SOURce]:CURRent:SLEW:{name}", each.ask, each.do) for name, each in transient.slews.items()),
        *(Command(f"{root}:{side}LEVel", each.ask, each.do) for side, each in transient.levels.items()),
        *(Command(f"{root}:{side}WIDth", each.ask, each.do) for side, each in transient.widths.items()),
    ]


def lists(playlist: Playlist) -> list[Command]:
    """Give the commands of the list."""
    root = "[:SOURce]:LIST"

    def mode(arguments: list[str]) -> None:
        shown = word(arguments, *SHOWN.values())
        playlist.function = next(function for function, known in SHOWN.items() if known == shown)

    def end(arguments: list[str]) -> None:
        playlist.ends_off = word(arguments, "OFF", "LAST") == "OFF"

    return [
        Command(f"{root}:MODE", ask=lambda _: SHOWN[playlist.function], do=mode),
        Command(f"{root}:END", ask=lambda _: "OFF" if playlist.ends_off else "LAST", do=end),
        Command(f"{root}:STEP", playlist.steps.ask, playlist.steps.do),
        Command(f"{root}:COUNt", playlist.count.ask, playlist.count.do),
        *(
            Command(f"{root}:{name}", functools.partial(playlist.ask, name), functools.partial(playlist.do, name))
            for name in ("LEVel", "WIDth", "SLEW")
        ),
    ]


def discharges(discharge: Discharge) -> list[Command]:
    """Give the commands of the battery test."""
    root = "[:SOURce]:BATTary"  # so the guide spells it, 2-37
    settings = {":RANGe": discharge.range, "[:LEVel][:IMMediate]": discharge.level, ":VON": discharge.von}
    settings |= {f":{name}": each for name, each in discharge.stops.items()}
    return [
        *(Command(f"{root}{tail}", each.ask, each.do) for tail, each in settings.items()),
        *(_stop(discharge, f"{root}:{name}", name) for name in discharge.enabled),
    ]


def _stop(discharge: Discharge, pattern: str, name: str) -> Command:
    def do(arguments: list[str]) -> None:
        discharge.enabled[name] = as_switch(one(arguments))

    return Command(pattern, ask=lambda _: f"{discharge.enabled[name]:d}", do=do)

"""The outputs of a simulated E36200 or E36300: settings, protections, pairing, and what a channel list names."""

from __future__ import annotations

import re
from typing import Any

from lager_drivers.keysight_e36000.ratings import RATINGS, Rating
from lager_drivers.simulated.scpi_parser import ScpiError, Setting, split
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.supply_stage import Guard, Stage

_CC, _CV, _OV, _OC = 1, 2, 4, 8  # bits of ISUMmary:CONDition?
_LIST = re.compile(r"\(@([\d:, ]*)\)$")
_DOUBLED = {"OFF": (), "SER": ("voltage", "ovp"), "PAR": ("current", "ocp")}  # what a pair has twice
_OCP_DELAY = 0.05  # s, after *RST


def illegal() -> ScpiError:
    """Make the error for a word or a channel there is not."""
    return ScpiError(-224, "Illegal parameter value")


def _setting(ends: tuple[float, float], default: float, form: str) -> Setting:
    return Setting(*ends, default, form)


class Output:
    """One output.

    Args:
        number: Its number.
        rating: What it can do.
        simulation: Whose output it is.
    """

    def __init__(self, number: int, rating: Rating, simulation: Simulation) -> None:
        options = simulation.options
        form = self.form = f"{{:+.{int(options.get('digits', 8))}E}}"
        ranges, self.rating, self.number = rating.ranges, rating, number
        e36200 = rating.watts > 0
        levels = sorted(abs(level) for level in ranges.ovp)
        self.settings = {
            "voltage": _setting(ranges.volts, 0.0, form),
            "current": _setting(ranges.amps, rating.amps if not e36200 else 1.0, form),
            "ovp": _setting((0.0 if e36200 else float(options.get("ovp_low", levels[0])), levels[1]), levels[1], form),
            "ocp": _setting((0.0, ranges.ocp[1]), ranges.ocp[1], form),
            "ocp_delay": _setting((0.0, 0.255), _OCP_DELAY, form),
            "voltage_step": _setting((0.001, levels[1]), 0.01, form),
            "current_step": _setting((0.001, ranges.amps[1]), 0.001, form),
            "rise": _setting((0.0, 3600.0), 0.0, form),
            "fall": _setting((0.0, 3600.0), 0.0, form),
        }
        volts, amps = self.settings["voltage"], self.settings["current"]
        rail, clock = simulation.wiring.output(str(number)), simulation.clock
        self.stage = Stage(rail, volts, amps, clock, float(options.get("settling", 0.0)))
        self.stage.watts = rating.watts
        too_much = self._above_level if e36200 else self._limited
        self.stage.guards = {
            "voltage": Guard(lambda point: abs(point.volts) > self.settings["ovp"].value),
            "current": Guard(too_much, lambda: self.settings["ocp_delay"].value),
        }
        self._restores = bool(options.get("restores", True))
        self._reads_on = bool(options.get("tripped_reads_on", False))
        self._conflict = bool(options.get("ovp_conflict", False))
        self.reset()

    def _limited(self, _: Any) -> bool:
        return self.stage.regulates() == "CC"

    def _above_level(self, _: Any) -> bool:
        return abs(self.stage.measured()[1]) > self.settings["ocp"].value

    def reset(self) -> None:
        """Go back to what it is after power-on."""
        self.wanted = False  # on, but for a trip
        self.sense = "INT"
        for setting in self.settings.values():
            setting.reset()
        for name, guard in self.stage.guards.items():
            guard.armed = name == "voltage"
        self.stage.reset()

    def set(self, name: str, arguments: list[str]) -> None:
        """Set a value; `UP` and `DOWN` by its step."""
        setting, word = self.settings[name], arguments[0].upper() if arguments else ""
        step = self.settings.get(f"{name}_step")
        if step is not None and word in ("UP", "DOWN"):
            arguments = [repr(setting.value + (step.value if word == "UP" else -step.value))]
        value = setting.taken(arguments)
        if self._conflict and name == "voltage" and abs(value) > self.settings["ovp"].value:
            raise ScpiError(-221, "Settings conflict")
        setting.value = value
        self.stage.settle()

    def switch(self, on: bool) -> None:
        """Switch the output; a protection that has tripped keeps it off."""
        self.wanted = on
        self.stage.switch(on and not self.stage.tripped)

    def reads_on(self) -> bool:
        """Tell what `OUTP?` says."""
        return self.wanted if self._reads_on else self.stage.on

    def clear(self, names: tuple[str, ...]) -> None:
        """Clear trips; the state before comes back."""
        tripped = self.stage.tripped
        for name in names:
            self.stage.guards[name].clear()
        if tripped and not self.stage.tripped:
            self.switch(self.wanted and self._restores)

    def condition(self) -> int:
        """Give its summary register's condition."""
        bits = {"CC": _CC, "CV": _CV, "": 0}[self.stage.regulates()]
        return bits | _OV * self.stage.guards["voltage"].tripped | _OC * self.stage.guards["current"].tripped


class Outputs:
    """All outputs, and the one that is selected, for all links.

    Args:
        simulation: Whose outputs they are.
        model: `E36312A`.
    """

    def __init__(self, simulation: Simulation, model: str) -> None:
        self.model, self.e36200 = model, model.startswith("E362")
        self.all = [Output(number, rating, simulation) for number, rating in enumerate(RATINGS[model], start=1)]
        self.pair = (1, 2) if self.e36200 else (2, 3)  # the first is the one that is set for both
        self.paired = "OFF"
        self.reset()

    def reset(self) -> None:
        """Go back to what they are after power-on."""
        self.selected, self.tracks = 1, False
        self.couple("OFF")
        for output in self.all:
            output.reset()

    def words(self, output: Output) -> tuple[str, ...]:
        """Give an output's names; the first is how it is answered."""
        volts = output.rating.volts
        alias, numbered = f"{'P' if volts > 0 else 'N'}{abs(volts):g}V", f"CH{output.number}"
        shown = (alias, numbered) if self.model == "E36311A" else (numbered, alias)
        return (*shown, f"OUTP{output.number}", f"OUTPUT{output.number}")

    def called(self, word: str) -> Output:
        """Find an output by name."""
        for output in self.all:
            if word.upper() in self.words(output):
                return output
        raise illegal()

    def numbered(self, number: int) -> Output:
        """Find an output by number."""
        if not 1 <= number <= len(self.all):
            raise illegal()
        return self.all[number - 1]

    def listed(self, arguments: list[str]) -> tuple[list[Output], list[str]]:
        """Take the channel list off the arguments; without one the selected output is meant."""
        text = ",".join(arguments)
        found = _LIST.search(text)
        if found is None:
            return [self.numbered(self.selected)], arguments
        rest = text[: found.start()].rstrip(", ")
        outputs = [self.numbered(number) for part in found[1].split(",") for number in _numbers(part)]
        return outputs, split(rest, ",") if rest else []

    def set(self, output: Output, name: str, arguments: list[str]) -> None:
        """Set a value of an output, and of the one that tracks it; one that follows in a pair takes the other's."""
        first, second = (self.numbered(number) for number in self.pair)
        if self.paired != "OFF" and output is second:
            output = first
        output.set(name, arguments)
        if self.tracks and name == "voltage" and output.number in self.pair:
            other = second if output is first else first
            same_side = other.rating.volts * output.rating.volts > 0
            value = output.settings[name].value if same_side else -output.settings[name].value
            other.set(name, [repr(value)])

    def switch(self, output: Output, on: bool) -> None:
        """Switch an output; a pair is switched by its first."""
        first, second = (self.numbered(number) for number in self.pair)
        (first if self.paired != "OFF" and output is second else output).switch(on)

    def couple(self, wanted: str) -> None:
        """Pair two outputs, or part them: in series the first has both voltages, in parallel both currents."""
        first, second = (self.numbered(number) for number in self.pair)
        for output in (first, second):
            output.switch(False)
        for mode, by in ((self.paired, 0.5), (wanted, 2.0)):
            for name in _DOUBLED[mode]:
                setting = first.settings[name]
                setting.high *= by
                setting.value = min(setting.value, setting.high)
        for name in ("ovp", "ocp"):
            first.settings[name].default = first.settings[name].high
        self.paired = wanted

    def follow(self) -> None:
        """Bring all up to now."""
        for output in self.all:
            output.stage.settle()


def _numbers(part: str) -> range:
    """Read `2`, or `1:3`."""
    first, _, last = part.strip().partition(":")
    if not first.isdigit() or (last and not last.isdigit()):
        raise ScpiError(-170, "Expression error")
    return range(int(first), int(last or first) + 1)

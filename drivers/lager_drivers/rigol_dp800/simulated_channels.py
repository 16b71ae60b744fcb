"""The outputs of a simulated DP800: their settings, protections and ranges, and which one a command means."""

from __future__ import annotations

from collections.abc import Sequence

from lager_drivers.rigol_dp800.ratings import DP811_AMPS, DP811_RANGES, RATINGS, SENSING, TRACKING, Rating
from lager_drivers.simulated.scpi_parser import ScpiError, Setting, as_switch, out_of_range
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.supply_stage import Guard, Stage

_CC, _CV, _OVP, _OCP = 1, 2, 4, 8  # bits of the instrument summary register (guide 2-98)


def as_word(on: bool) -> str:
    """Write a switch as the DP800 does."""
    return "ON" if on else "OFF"


def only_switch(arguments: Sequence[str]) -> bool:
    """Read the one argument that is left, a switch."""
    if len(arguments) != 1:
        raise ScpiError(-109, "Missing parameter")
    return as_switch(arguments[0])


def _setting(limit: float, default: float, form: str) -> Setting:
    return Setting(min(0.0, limit), max(0.0, limit), default, form)


class Channel:
    """One output.

    Args:
        number: Its number.
        rating: What it can do.
        simulation: Whose output it is.
    """

    def __init__(self, number: int, rating: Rating, simulation: Simulation) -> None:
        self.number = number
        self.voltage = _setting(rating.max_volts, 0.0, "{:.3f}")
        self.current = _setting(rating.max_amps, rating.amps, "{:.4f}")
        self.steps = {"voltage": Setting(0.001, 10, 0.01, "{:.3f}"), "current": Setting(0.001, 10, 0.1, "{:.4f}")}
        self.levels = {
            "OVP": _setting(rating.max_ovp, rating.max_ovp, "{:.3f}"),
            "OCP": _setting(rating.max_ocp, rating.max_ocp, "{:.4f}"),
        }
        rail = simulation.wiring.output(str(number))
        settling = float(simulation.options.get("settling", 0.0))
        self.stage = Stage(rail, self.voltage, self.current, simulation.clock, settling)
        self.stage.guards = {
            "OVP": Guard(lambda point: abs(point.volts) > abs(self.levels["OVP"].value)),
            "OCP": Guard(lambda point: abs(point.amps) > self.levels["OCP"].value),
        }
        self.rate(rating)
        self.reset()

    def rate(self, rating: Rating) -> None:
        """Take another range: what is set stays where that range has it."""
        self.rating = rating
        mosts = (rating.max_volts, rating.max_amps, rating.max_ovp, rating.max_ocp)
        for setting, most in zip((self.voltage, self.current, *self.levels.values()), mosts, strict=True):
            setting.low, setting.high = min(0.0, most), max(0.0, most)
            setting.value = min(max(setting.value, setting.low), setting.high)
        for name, most in zip(("OVP", "OCP"), mosts[2:], strict=True):
            self.levels[name].default = most

    def setting(self, name: str) -> Setting:
        """Give its setpoint or its limit."""
        return self.voltage if name == "voltage" else self.current

    def switch(self, on: bool, ignore_trip: bool) -> None:
        """Switch the output; a protection that has tripped keeps it off."""
        if on and self.stage.tripped:
            if ignore_trip:
                return
            raise ScpiError(-200, "Execution error")
        self.stage.switch(on)

    def mode(self, off: str) -> str:
        """Say what the output regulates."""
        return self.stage.regulates() or off

    def condition(self) -> int:
        """Give its summary register's condition."""
        bits = {"CC": _CC, "CV": _CV, "": 0}[self.stage.regulates()]
        return bits | _OVP * self.stage.guards["OVP"].tripped | _OCP * self.stage.guards["OCP"].tripped

    def reset(self) -> None:
        """Go back to what it is after power-on."""
        for setting in (*self.levels.values(), *self.steps.values()):
            setting.reset()
        for guard in self.stage.guards.values():
            guard.armed = False
        self.tracks = self.senses = False
        self.stage.reset()

    def kept(self) -> list[float]:
        """Give what `*SAV` keeps."""
        armed = [float(guard.armed) for guard in self.stage.guards.values()]
        return [self.voltage.value, self.current.value, *(one.value for one in self.levels.values()), *armed]

    def recall(self, kept: list[float]) -> None:
        """Take what was kept; the output is off then."""
        self.stage.switch(False)
        for setting, value in zip((self.voltage, self.current, *self.levels.values()), kept[:4], strict=True):
            setting.value = value
        for guard, armed in zip(self.stage.guards.values(), kept[4:], strict=True):
            guard.armed = bool(armed)
        self.stage.settle()


class Channels:
    """All outputs, and the one that is selected, for all links.

    Args:
        simulation: Whose outputs they are.
        model: `DP821`, without the A.
    """

    def __init__(self, simulation: Simulation, model: str) -> None:
        self.model = model
        ratings = [DP811_RANGES["P20V"]] if model == "DP811" else RATINGS[model]
        self.all = [Channel(number, rating, simulation) for number, rating in enumerate(ratings, start=1)]
        if model == "DP811":
            self.all[0].current.default = DP811_AMPS
        self.tracking, self.sensing = TRACKING.get(model, ()), SENSING.get(model, ())
        self.reset()

    def reset(self) -> None:
        """Go back to what they are after power-on."""
        self.selected = 1
        self.range = "P20V"
        self.track_mode, self.together = "SYNC", False
        if self.model == "DP811":
            self.all[0].rate(DP811_RANGES["P20V"])
        for channel in self.all:
            channel.reset()

    def numbered(self, number: int) -> Channel:
        """Give an output; 0 is the selected one."""
        if not 0 <= number <= len(self.all):
            raise out_of_range()
        return self.all[(number or self.selected) - 1]

    def named(self, arguments: list[str]) -> tuple[Channel, list[str]]:
        """Take the output, `CH1` or `P30V`, off the arguments; without one the selected output is meant."""
        word = arguments[0].upper() if arguments else ""
        for channel in self.all:
            volts = channel.rating.volts
            if word == f"{'P' if volts > 0 else 'N'}{abs(volts):g}V":
                return channel, arguments[1:]
        if not word.startswith("CH"):
            return self.numbered(0), arguments
        if not word[2:].isdigit():
            raise ScpiError(-141, "Invalid character data")
        if word == "CH0":
            raise out_of_range()
        return self.numbered(int(word[2:])), arguments[1:]

    def set(self, channel: Channel, name: str, arguments: list[str]) -> None:
        """Set a setpoint, `UP` and `DOWN` by its step, too; outputs that track follow the voltage."""
        setting, word = channel.setting(name), arguments[0].upper() if arguments else ""
        if word in ("UP", "DOWN"):
            step = channel.steps[name].value
            arguments = [repr(setting.value + (step if word == "UP" else -step))]
        setting.do(arguments)
        for other in self.all if name == "voltage" else ():
            follows = other.tracks or (self.track_mode == "SYNC" and channel.tracks)
            if other is not channel and {channel.number, other.number} == {*self.tracking} and follows:
                other.voltage.value = setting.value if other.rating.volts * channel.rating.volts > 0 else -setting.value
                other.stage.settle()
        channel.stage.settle()

    def switch(self, channel: Channel, on: bool, ignore_trip: bool) -> None:
        """Switch an output, or all where they go together."""
        for one in self.all if self.together else (channel,):
            one.switch(on, ignore_trip)

    def change_range(self, name: str) -> None:
        """Take the DP811's other range; only while its output is off."""
        if self.all[0].stage.on:
            raise ScpiError(-221, "Settings conflict")
        self.range = name
        self.all[0].rate(DP811_RANGES[name])
        self.all[0].stage.settle()

    def follow(self) -> None:
        """Bring all up to now; a trip switches all off where they go together."""
        for channel in self.all:
            channel.stage.settle()
        if self.together and any(channel.stage.tripped for channel in self.all):
            for channel in self.all:
                channel.stage.switch(False)

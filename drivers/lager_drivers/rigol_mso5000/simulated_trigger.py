"""The trigger of a simulated MSO5000: its settings, and where in time it fires.

Works for edge, pulse, slope, pattern, duration, timeout, runt, window, delay, setup/hold, nth edge and RS232. The other
types (video, IIC, SPI, CAN, LIN, FlexRay, IIS, M1553) are stored and never fire. The trigger sees no noise and has no
hysteresis; its coupling is stored, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from lager_drivers.rigol_mso5000 import simulated_events as events
from lager_drivers.rigol_mso5000.simulated_input import Edge, Front, Stretch
from lager_drivers.rigol_mso5000.simulated_settings import Number, Setting, Switch, Word, between, commands, only, real
from lager_drivers.rigol_mso5000.simulated_trigger_settings import MODES, TREES, settings
from lager_drivers.simulated.scpi_parser import Command

Fronts = dict[str, Front]  # by the name of the channel, CHAN1

_OPEN = Front((), 0.0, "GND", 1.0, 0.0, 0.0, 0.0)  # a digital channel, the mains: nothing is ever there
_PERIODS = 3  # of a signal that are looked through
_MOST_PERIODS = 4000  # the same for the faster one of two


class Trigger:
    """The trigger.

    Args:
        bounds: Gives the range of a level on a source, V.
        licences: The bus decoders that can be switched to.
        form: Writes numbers.
    """

    def __init__(
        self,
        bounds: Callable[[str], tuple[float, float]],
        licences: Collection[str],
        form: Callable[[float], str] = real,
    ) -> None:
        self._licences = licences
        self.mode = Word(MODES)
        self.sweep = Word("AUTO NORMal SINGle")
        self.holdoff = Number(8e-9, between(8e-9, 10.0), form)
        self.coupling = Word("DC AC LFReject HFReject")
        self.types = settings(bounds, form)
        self._general: dict[str, Setting] = {
            "SWEep": self.sweep,
            "HOLDoff": self.holdoff,
            "COUPling": self.coupling,
            "NREJect": Switch(),
        }

    def commands(self) -> list[Command]:
        """Make its commands, but for the status."""
        found = [Command(":TRIGger:MODE", self.mode.ask, self._choose), *commands(":TRIGger", self._general)]
        for name, tree in self.types.items():
            found += commands(f":TRIGger:{name}", tree)
        return found

    def _choose(self, arguments: list[str]) -> None:
        wanted = self.mode.read(only(arguments))
        if _LICENCES.get(wanted, "") in {"", *self._licences}:
            self.mode.value = wanted  # without its licence a decoder cannot be chosen, and nothing tells

    def reset(self) -> None:
        """Go back to what *RST makes of it."""
        for setting in (self.mode, *self._general.values()):
            setting.reset()
        for tree in self.types.values():
            for setting in tree.values():
                setting.reset()

    def fires(
        self, fronts: Fronts, origin: float, between: tuple[float, float], since: float, *, newest: bool
    ) -> float:
        """Find when it fires.

        Args:
            fronts: The channels.
            origin: What times are offsets from, s on the clock.
            between: Offsets between which it is looked for, s.
            since: Offset before which changes of what is wired do not count, s.
            newest: Whether the last time is wanted, not the first.

        Returns:
            The offset, s; NaN for never.
        """
        found = _Search(self.types, fronts, Stretch(origin, *between, since, newest, 0.0)).run(self.mode.value)
        inside = self._held_off([at for at in sorted(found) if between[0] <= at <= between[1]])
        if not inside:
            return float("nan")
        return inside[-1] if newest else inside[0]

    def _held_off(self, times: list[float]) -> list[float]:
        """Leave out what comes too early after the one before."""
        found: list[float] = []
        for at in times:
            if not found or at - found[-1] >= self.holdoff.value:
                found.append(at)
        return found


class _Search:
    """One search."""

    def __init__(self, types: dict[str, dict[str, Any]], fronts: Fronts, where: Stretch) -> None:
        self._types, self._fronts, self._where = types, fronts, where

    def run(self, mode: str) -> list[float]:
        """Give when a type of trigger fires."""
        search = _SEARCHES.get(mode)
        if search is None:
            return []
        self._tree: dict[str, Any] = self._types[TREES[mode]]
        return search(self)

    def word(self, key: str) -> str:
        """Give a word that was set."""
        return str(self._tree[key].value)

    def number(self, key: str) -> float:
        """Give a number that was set."""
        return float(self._tree[key].value)

    def limits(self, when: str = "WHEN", upper: str = "TUPPer", lower: str = "TLOWer") -> events.Limits:
        """Give the limits of a time."""
        return events.Limits(self.word(when), self.number(lower), self.number(upper))

    def edges(self, level: float | str = "LEVel", source: str = "SOURce", among: tuple[str, ...] = ()) -> list[Edge]:
        """Find the edges of a source at a level; `among` are the sources that are looked at together."""
        name = self.word(source) if source in self._tree else source
        volts = self.number(level) if isinstance(level, str) else level
        return self._front(name).edges(volts, self._where._replace(most=self._most(among or (name,))))

    def _front(self, name: str) -> Front:
        return self._fronts.get(name, _OPEN)

    def _most(self, names: tuple[str, ...]) -> float:
        periods = [period for period in (self._front(name).period for name in names) if period]
        return min(_PERIODS * max(periods), _MOST_PERIODS * min(periods)) if periods else 0.0

    def edge(self) -> list[float]:
        """Search for edges."""
        return [edge.at for edge in events.chosen(self.edges(), self.word("SLOPe"))]

    def pulse(self) -> list[float]:
        """Search for pulses."""
        return events.pulses(self.edges(), self.word("POLarity"), self.limits("WHEN", "UWIDth", "LWIDth"))

    def slope(self) -> list[float]:
        """Search for slopes."""
        return events.slopes(self.edges("BLEVel"), self.edges("ALEVel"), self.word("SLOPe"), self.limits())

    def timeout(self) -> list[float]:
        """Search for silence."""
        return events.timeouts(self.edges(), self.word("SLOPe"), self.number("TIME"))

    def runt(self) -> list[float]:
        """Search for pulses that are too low."""
        limits = self.limits("WHEN", "WUPPer", "WLOWer")
        return events.runts(self.edges("BLEVel"), self.edges("ALEVel"), self.word("POLarity"), limits)

    def window(self) -> list[float]:
        """Search for what enters or leaves a window."""
        lower, upper = self.edges("BLEVel"), self.edges("ALEVel")
        found = events.windows(lower, upper, self.word("POSition"), self.number("TIME"))
        return [edge.at for edge in events.chosen(found, self.word("SLOPe"))]

    def nth(self) -> list[float]:
        """Search for the nth edge."""
        return events.nth_edges(self.edges(), self.word("SLOPe"), self.number("IDLE"), int(self.number("EDGE")))

    def delay(self) -> list[float]:
        """Search for delays between two channels."""
        both = (self.word("SA"), self.word("SB"))
        first = events.chosen(self.edges("ALEVel", "SA", both), self.word("SLOPA"))
        second = events.chosen(self.edges("BLEVel", "SB", both), self.word("SLOPB"))
        return events.delays(first, second, self.limits("TYPE"))

    def setup_hold(self) -> list[float]:
        """Search for data that changes too near to its clock."""
        both, kind = (self.word("DSRC"), self.word("CSRC")), self.word("TYPE")
        clock = events.chosen(self.edges("CLEVel", "CSRC", both), self.word("SLOPe"))
        setup = None if kind == "HOLD" else self.number("STIMe")
        hold = None if kind == "SET" else self.number("HTIMe")
        return events.violations(self.edges("DLEVel", "DSRC", both), clock, setup, hold)

    def pattern(self) -> list[float]:
        """Search for where a pattern begins."""
        return [start for start, _ in self._patterns("PATTern")]

    def duration(self) -> list[float]:
        """Search for where a pattern ends that lasted as long as wanted."""
        limits = self.limits()
        return [end for start, end in self._patterns("TYPE") if limits.meet(end - start)]

    def _patterns(self, key: str) -> list[tuple[float, float]]:
        levels, names = self._tree["LEVel"], ("CHAN1", "CHAN2", "CHAN3", "CHAN4")
        wanted = [(name, sign) for name, sign in zip(names, self._tree[key].value, strict=False) if sign != "X"]
        among = tuple(name for name, _ in wanted)
        lines = []
        for name, sign in wanted:
            found = self.edges(levels.of(name), name, among)
            lines.append(events.Line(sign, self._high(name, levels.of(name), found), found))
        return events.patterns(lines)

    def _high(self, name: str, level: float, edges: list[Edge]) -> bool:
        if edges:
            return not edges[0].rising
        return self._front(name).extremes()[0] >= level

    def serial(self) -> list[float]:
        """Search for frames of a serial line."""
        extra = 1 + (self.word("PARity") != "NONE") + float(self.word("STOP"))
        width = int(self.number("WIDTh"))
        found = events.frames(self.edges(), 1.0 / self.number("BAUD"), width, width + int(extra))
        match self.word("WHEN"):
            case "STAR":
                return [frame.start for frame in found]
            case "DATA":
                return [frame.start for frame in found if frame.data == int(self.number("DATA"))]
            case "ERR":
                return [frame.start for frame in found if not frame.stopped]
        return []


_LICENCES = {
    "RS232": "COMP",
    "IIC": "EMBD",
    "SPI": "EMBD",
    "CAN": "AUTO",
    "LIN": "AUTO",
    "FLEX": "FLEX",
    "IIS": "AUDIO",
    "M1553": "AERO",
}
_SEARCHES: dict[str, Callable[[_Search], list[float]]] = {
    "EDGE": _Search.edge,
    "PULS": _Search.pulse,
    "SLOP": _Search.slope,
    "PATT": _Search.pattern,
    "DUR": _Search.duration,
    "TIM": _Search.timeout,
    "RUNT": _Search.runt,
    "WIND": _Search.window,
    "DEL": _Search.delay,
    "SET": _Search.setup_hold,
    "NEDG": _Search.nth,
    "RS232": _Search.serial,
}

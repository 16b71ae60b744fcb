"""Who is wired to what, out of a bench's description: terminals are looked up, and no wire leads to nowhere. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lager_drivers.entry import Entry
from lager_drivers.simulated.circuit import Probe, Wires
from lager_drivers.simulated.described import Celsius, InputTable, RailTable
from lager_drivers.simulated.tables import Table, listed, meant

_OUTPUTS, _LOADS, _INPUTS = ("power-supply", "battery"), ("eload",), ("adc", "scope")
_DRIVERS, _LINES, _THERMOCOUPLES = ("dac",), ("gpio",), ("thermocouple",)


class Terminals:
    """The terminals of a bench, `INSTRUMENT.PIN`.

    Args:
        entries: What the catalog says of each instrument, by the name the description gives it.
    """

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self.entries = entries

    def split(self, table: Table, key: str, terminal: str) -> tuple[str, str]:
        """Take a terminal apart, which is written at a key of a table (or is that key).

        Raises:
            UsageError: It is written in another way, or there is no such instrument.
        """
        instrument, dot, pin = terminal.partition(".")
        if not dot or not pin:
            raise table.wrong(key, f"{terminal!r} is no terminal", self._written(table, key, terminal))
        if instrument not in self.entries:
            known = f"{meant(instrument, self.entries)}instruments: {listed(self.entries)}"
            raise table.wrong(key, f"there is no instrument {instrument!r}", known)
        return instrument, pin

    def _written(self, table: Table, key: str, terminal: str) -> str:
        """Say how a terminal is written; a key without its quotes, `daq.AIN0 = ...`, is a table `daq` to TOML."""
        inner = table.keys_in(key) if key == terminal in self.entries else []
        if inner:
            return f'write "{terminal}.{inner[0]}" in quotes'
        return f"write INSTRUMENT.PIN, such as {next(iter(self.entries))}.1"

    def check(self, table: Table, key: str, terminal: str, roles: Collection[str], word: str) -> str:
        """Give a terminal, if it is one of these roles; `word` is what people call them.

        Raises:
            UsageError: It is no such terminal.
        """
        instrument, pin = self.split(table, key, terminal)
        entry = self.entries[instrument]
        pins = [one for role, some in entry.roles.items() if role in roles for one in some]
        if not pins:
            raise table.wrong(key, f"a {entry.name} has no {word}", f"those that have: {self._having(roles)}")
        if pin not in pins:
            known = listed(dict.fromkeys(f"{instrument}.{one}" for one in pins))
            raise table.wrong(key, f"{instrument} has no {word} {pin!r}", f"{meant(pin, pins)}there are {known}")
        return terminal

    def _having(self, roles: Collection[str]) -> str:
        return listed(name for name, entry in self.entries.items() if set(roles) & set(entry.roles))


def wires(whole: Table, terminals: Terminals, rails: Mapping[str, RailTable], signals: Collection[str]) -> Wires:
    """Read all wires.

    Raises:
        UsageError: One is wrong; names the place, and what is right.
    """
    outputs, loads = _on_rails(whole.table("rails"), terminals, rails)
    temperatures = _temperatures(whole.table("temperatures"), terminals)
    probes = _inputs(whole.table("inputs"), terminals, rails, signals)
    for terminal in probes:
        if terminal in temperatures:
            there = whole.table("inputs")
            raise there.wrong(terminal, "there is a thermocouple, too, in [temperatures]", "wire it to one of them")
    return Wires(outputs, loads, probes, _ties(whole.table("ties"), terminals), temperatures)


def _on_rails(
    section: Table, terminals: Terminals, rails: Mapping[str, RailTable]
) -> tuple[dict[str, str], dict[str, str]]:
    """Give the rail of each output, and that of each electronic load."""
    outputs: dict[str, str] = {}
    loads: dict[str, str] = {}
    for name, said in rails.items():
        table = section.table(name)
        if said.source:
            terminals.check(table, "source", said.source, _OUTPUTS, "output")
            _once(table, "source", outputs, said.source, name, "drives")
        for load in said.eloads:
            terminals.check(table, "eloads", load, _LOADS, "electronic load")
            _once(table, "eloads", loads, load, name, "is across")
    return outputs, loads


def _once(table: Table, key: str, found: dict[str, str], terminal: str, rail: str, does: str) -> None:
    if terminal in found:
        raise table.wrong(key, f"{terminal} {does} rail {found[terminal]} already", "a terminal is on one rail")
    found[terminal] = rail


def _inputs(section: Table, terminals: Terminals, rails: Collection[str], signals: Collection[str]) -> dict[str, Probe]:
    found = {}
    for terminal, _ in section:
        terminals.check(section, terminal, terminal, _INPUTS, "analog input")
        table = section.table(terminal)
        said = table.read(InputTable)
        if said.node not in rails and said.node not in signals:
            if "." not in said.node:
                known = f"{meant(said.node, [*rails, *signals])}rails: {listed(rails)}; signals: {listed(signals)}"
                raise table.wrong("from", f"there is no rail or signal {said.node!r}", known)
            terminals.check(table, "from", said.node, _DRIVERS, "analog output (others are wired by their rail)")
        found[terminal] = Probe(said.node, said.part)
    return found


def _ties(section: Table, terminals: Terminals) -> dict[str, str]:
    found: dict[str, str] = {}
    for one, _ in section:
        terminals.split(section, one, one)
        other = section.value(one, str)
        ends = [terminals.check(section, one, end, _LINES, "digital line") for end in (one, other)]
        if one == other or one.partition(".")[0] != other.partition(".")[0]:
            raise section.wrong(one, f"it cannot be tied to {other}", "tie two lines of one instrument")
        for end in ends:
            if end in found:
                raise section.wrong(one, f"{end} is tied to {found[end]} already", "tie a line to one other")
        found |= {one: other, other: one}
    return found


def _temperatures(section: Table, terminals: Terminals) -> dict[str, float]:
    return {
        terminals.check(section, terminal, terminal, _THERMOCOUPLES, "thermocouple input"): section.value(
            terminal, Celsius
        )
        for terminal, _ in section
    }

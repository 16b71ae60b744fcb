"""The description of a simulated bench: which instruments there are, under which nets, and how they are wired. Pure.

It is a TOML file; `default_bench.toml` beside this one shows all of it, with comments. It is read strictly: whatever it
says that nobody understands is an error that names the place and what would be right. It loads no simulator.
"""

from __future__ import annotations

import errno
import random
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lager.errors import UsageError
from lager_drivers import catalog
from lager_drivers.entry import Entry
from lager_drivers.simulated.circuit import Circuit, Wires
from lager_drivers.simulated.described import InstrumentTable, NetTable, RailTable
from lager_drivers.simulated.signals import Signal, signal
from lager_drivers.simulated.tables import Table, listed, meant, parse
from lager_drivers.simulated.terminals import Terminals, wires

DEFAULT = Path(__file__).with_name("default_bench.toml")
LARGEST = 1 << 20  # bytes; what is larger was named by mistake
_SECTIONS = ("instruments", "nets", "rails", "inputs", "signals", "ties", "temperatures")


@dataclass(frozen=True)
class Instrument:
    """An instrument to simulate.

    Attributes:
        name: What the description calls it.
        entry: What the catalog says of its model.
        lan: Whether it is on the network, with a raw SCPI socket, instead of USB.
        options: For its simulator.
        place: Where in the file it is, for errors.
    """

    name: str
    entry: Entry
    serial: str
    place: Table
    lan: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def way(self) -> str:
        """Get how it is reached: `usb`, `scpi` (a raw socket) or `modbus`."""
        if self.entry.link == "modbus":
            return "modbus"
        return "scpi" if self.lan else "usb"


@dataclass(frozen=True)
class Net:
    """A net: one channel of one instrument."""

    name: str
    role: str
    instrument: str
    pin: str
    description: str = ""


@dataclass(frozen=True)
class Description:
    """A simulated bench.

    Attributes:
        instruments: By the names the description gives them.
        rails: By name.
        wires: Who is wired to what.
    """

    instruments: Mapping[str, Instrument]
    nets: tuple[Net, ...]
    rails: Mapping[str, RailTable]
    signals: Mapping[str, Signal]
    wires: Wires

    def circuit(self, rng: random.Random) -> Circuit:
        """Make the circuit; `rng` is where its noise comes from."""
        rails = {name: one.rail() for name, one in self.rails.items()}
        return Circuit(rng, rails, self.signals, self.wires)


def load(path: Path = DEFAULT) -> Description:
    """Read a description.

    Raises:
        UsageError: It cannot be read, or is wrong; names the file, the place in it, and what is right.
    """
    try:
        content = _content(path)
        if len(content) > LARGEST:
            raise UsageError(f"{path}: no description of a bench is larger than 1 MiB", _BEGIN)
        text = content.decode("utf-8-sig")  # some editors begin a file with a mark, which is no TOML
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is no UTF-8 text"
        raise UsageError(f"{path}: the description of the bench cannot be read: {reason}", _BEGIN) from exc
    return understood(parse(text, str(path)))


def _content(path: Path) -> bytes:
    """Read a file; nothing that may wait for its writer, and is empty for whoever reads it next."""
    if stat.S_ISFIFO(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no file but a pipe, and a box reads it more than once")
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


_BEGIN = "`lager sim describe > mine.toml` writes one to begin with"


def understood(whole: Table) -> Description:
    """Understand a description.

    Raises:
        UsageError: It is wrong; names the place in it, and what is right.
    """
    whole.refuse_others(_SECTIONS)
    instruments = _instruments(whole.table("instruments"))
    if not instruments:
        raise whole.wrong("instruments", "a bench has at least one instrument", _BEGIN)
    terminals = Terminals({name: one.entry for name, one in instruments.items()})
    rails = _rails(whole.table("rails"))
    signals = _signals(whole.table("signals"), rails)
    return Description(
        instruments,
        _nets(whole.table("nets"), terminals),
        rails,
        signals,
        wires(whole, terminals, rails, signals),
    )


def _instruments(section: Table) -> dict[str, Instrument]:
    found: dict[str, Instrument] = {}
    serials: dict[str, str] = {}
    for name, _ in section:
        table = section.table(name)
        _check_name(section, name)
        said = table.read(InstrumentTable)
        entry = _entry(table, said.model)
        if said.lan and entry.link == "modbus":
            raise table.wrong("lan", f"a {entry.name} is on the network anyway, by Modbus TCP", "leave it out")
        if (other := serials.setdefault(said.serial, name)) != name:
            raise table.wrong("serial", f"{other} has the serial number {said.serial!r}, too", "give each its own")
        found[name] = Instrument(name, entry, said.serial, table, said.lan, said.options)
    return found


def _entry(table: Table, model: str) -> Entry:
    try:
        entry = catalog.find(model)
    except UsageError as exc:
        raise table.wrong("model", exc.what, exc.hint) from exc
    if not entry.simulator:
        simulated = listed(one.name for one in catalog.every() if one.simulator)
        raise table.wrong("model", f"nothing simulates a {entry.name}", f"those that are simulated: {simulated}")
    return entry


def _rails(section: Table) -> dict[str, RailTable]:
    found = {}
    for name, _ in section:
        _check_name(section, name)
        found[name] = section.table(name).read(RailTable)
    return found


def _signals(section: Table, rails: Mapping[str, RailTable]) -> dict[str, Signal]:
    found = {}
    for name, _ in section:
        table = section.table(name)
        _check_name(section, name)
        if name in rails:
            raise section.wrong(name, "a rail is called so, too", "give each a name of its own")
        try:
            found[name] = signal(dict(table))
        except ValueError as exc:
            raise table.wrong("", str(exc), "default_bench.toml (`lager sim describe`) shows signals") from exc
        if found[name].of and found[name].of not in rails:
            raise table.wrong("of", f"there is no rail {found[name].of!r}", f"rails: {listed(rails)}")
    return found


def _nets(section: Table, terminals: Terminals) -> tuple[Net, ...]:
    found = []
    for name, _ in section:
        table = section.table(name)
        if not name.strip() or name != name.strip() or not name.isprintable():
            raise section.wrong(name, "this is no name of a net", "use a word, such as supply1")
        said = table.read(NetTable)
        instrument, pin = terminals.split(table, "at", said.at)
        roles = terminals.entries[instrument].roles
        role = "scope" if said.role == "analog" else said.role
        if role not in roles:
            model = terminals.entries[instrument].name
            raise table.wrong(
                "role", f"a {model} has no {said.role} channels", f"{meant(role, roles)}it can be {listed(roles)}"
            )
        plain = pin.partition("-")[0] if role == "thermocouple" else pin  # AIN8-J: AIN8, of type J
        if plain not in roles[role]:
            raise table.wrong(
                "at", f"{instrument} has no {role} pin {pin!r}", f"its {role} pins: {listed(roles[role])}"
            )
        found.append(Net(name, role, instrument, pin, said.description))
    return tuple(found)


def _check_name(section: Table, name: str) -> None:
    """Refuse a name that could not stand in a terminal's."""
    if not name.isascii() or not name.replace("_", "").replace("-", "").isalnum():
        raise section.wrong(name, "this is no name here", "use letters, digits, _ and -, such as supply_5V")

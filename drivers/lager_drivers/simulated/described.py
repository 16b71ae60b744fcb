"""What may stand in the tables of a bench's description, and within which bounds. Pure."""

from __future__ import annotations

import math
from typing import Annotated, Any

from msgspec import Meta, Struct

from lager_drivers.simulated.circuit import Rail

_MOST = 1e9  # no voltage, current or resistance on a bench is larger
_Volts = Annotated[float, Meta(ge=-_MOST, le=_MOST, description="a number of volts")]
_Amps = Annotated[float, Meta(ge=0, le=_MOST, description="a number of amperes from 0 on")]
_Ohms = Annotated[float, Meta(gt=0, description="a number of ohms greater than 0; leave it out for no load")]
_Part = Annotated[float, Meta(gt=0, le=_MOST, description="the part that is left, greater than 0, such as 0.5")]
_Serial = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]+$", description='letters and digits in quotes, as "4381218"')]
_Terminal = Annotated[str, Meta(description='a terminal, INSTRUMENT.PIN in quotes, such as "psu.1"')]
_Source = Annotated[str, Meta(description='one terminal, INSTRUMENT.PIN in quotes, such as "psu.1"')]

Celsius = Annotated[float, Meta(ge=-273.15, le=3000, description="a temperature in °C, such as 23.5")]


class InstrumentTable(Struct, frozen=True):
    """An instrument.

    Attributes:
        model: The catalog's name, or an alias.
        serial: As it is printed on the back.
        lan: Whether it is on the network, with a raw SCPI socket, instead of USB.
        options: For its simulator, whose docstring lists them.
    """

    model: str
    serial: _Serial
    lan: bool = False
    options: dict[str, Any] = {}


class NetTable(Struct, frozen=True):
    """A net.

    Attributes:
        at: The terminal.
    """

    role: str
    at: _Terminal
    description: str = ""


class RailTable(Struct, frozen=True):
    """A rail.

    Attributes:
        source: The output that drives it; empty for none.
        load: ohm.
        back_emf: What pushes back from behind the load, V.
        sink: The most current its source takes then, A.
        eloads: The electronic loads across it.
    """

    source: _Source = ""
    load: _Ohms = math.inf
    back_emf: _Volts = 0.0
    sink: _Amps = 1.0
    eloads: tuple[str, ...] = ()

    def rail(self) -> Rail:
        """Make the rail."""
        return Rail(self.load, back_emf=self.back_emf, sink=self.sink)


class InputTable(Struct, frozen=True, rename={"node": "from"}):
    """What an input sees.

    Attributes:
        node: A rail, a signal, or the terminal of an analog output.
        part: What a divider leaves of it.
    """

    node: str
    part: _Part = 1.0

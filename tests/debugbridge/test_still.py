"""Values in `:locals`: shown by what lies in them; nothing of theirs runs, whatever they have to run."""

import collections
import datetime
import enum
import pathlib
import types

import numpy
import pytest

from lager_debugbridge import still

ALARMS = """
import dataclasses, collections, typing
import sys
ran = []
def alarm(*args, **more):
    ran.append(sys._getframe(1).f_code.co_name)
    raise RuntimeError("code of the script's ran")
class Descriptor:
    __get__ = alarm
class Meta(type):
    __getattribute__ = __getattr__ = __instancecheck__ = __subclasscheck__ = __repr__ = __eq__ = alarm
    __name__ = __module__ = property(alarm)
class Meter(metaclass=Meta):
    volts = property(alarm)
    amps = Descriptor()
    __getattribute__ = __getattr__ = __repr__ = __str__ = __format__ = __len__ = __iter__ = __eq__ = alarm
    __class__ = property(alarm)
    __hash__ = object.__hash__
meter = object.__new__(Meter)
object.__setattr__(meter, "limit", 5)
@dataclasses.dataclass
class Reading:
    volts: float
    raw: list
    source: object = None
    kind: typing.ClassVar[str] = "dc"
@dataclasses.dataclass
class Computed:
    volts: float = 1.0
    here: int = 1
Computed.volts = property(alarm, lambda self, value: None)
class Slotted:
    __slots__ = ("a", "b")
    __repr__ = alarm
slotted = Slotted()
slotted.a = [meter]
class Rows(list):
    __repr__ = __iter__ = __len__ = __getitem__ = alarm
class Table(dict):
    __repr__ = __iter__ = __len__ = items = keys = alarm
class Text(str):
    __repr__ = __str__ = __len__ = __getitem__ = alarm
class Odd(Exception):
    __repr__ = __str__ = alarm
def locals_of():
    reading, computed = Reading(3.3, [1, meter], meter), Computed()
    rows, table, text, odd = Rows([1, meter]), Table(a=meter), Text("hi"), Odd("no", meter)
    many, row = {"m": meter, "s": slotted}, collections.deque([meter], 4)
    del ran[:]
    here()
locals_of()
"""


def test_locals_run_nothing(stop):
    module, bench = stop(ALARMS)
    assert bench.run(":locals").splitlines() == [
        "reading = Reading(volts=3.3, raw=[1, <Meter limit=5>], source=<Meter limit=5>)",
        "computed = <Computed here=1>",
        "rows = Rows([1, <Meter>])",
        "table = Table({'a': <Meter>})",
        "text = Text('hi')",
        "odd = Odd('no', <Meter>)",
        "many = {'m': <Meter limit=5>, 's': <Slotted a=[<Meter>]>}",
        "row = deque([<Meter limit=5>], maxlen=4)",
    ]
    assert bench.complete("meter.").names == ["amps", "limit", "volts"]
    bench.run(":up")
    assert {"meter = <Meter limit=5>", "slotted = <Slotted a=[<Meter>]>"} <= set(bench.run(":locals").splitlines())
    assert module.ran == []


Pair = collections.namedtuple("Pair", "a b")
Mode = enum.Enum("Mode", "ON OFF")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Mode.ON, "<Mode.ON>"),
        (Pair(1, [2]), "Pair((1, [2]))"),
        (collections.OrderedDict(a=1), "OrderedDict({'a': 1})"),
        (types.SimpleNamespace(a=1, b="x" * 200), f"<SimpleNamespace a=1, b='{'x' * 59}... (str of 200 characters)>"),
        (datetime.timedelta(1), "datetime.timedelta(days=1)"),
        (pathlib.Path("/a"), "PosixPath('/a')"),
        (numpy.arange(3), "array([0, 1, 2])"),
        (numpy.float64(2.5), repr(numpy.float64(2.5))),
        (numpy.array([object()]), "<ndarray>"),
        (object(), "<object>"),
        ([None, ..., 1j], "[None, Ellipsis, 1j]"),
        (ValueError(), "ValueError()"),
    ],
    ids=lambda one: one if isinstance(one, str) else type(one).__name__,
)
def test_other_values(value, shown):
    assert still.line(value, 300) == shown

"""How values are shown: exactly as Python does, and only the beginning of what is large."""

import array
import collections
import dataclasses
import time
from collections import OrderedDict, defaultdict, deque

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lager_debugbridge import showing

ATOMS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=5))
KEYS = st.one_of(st.integers(), st.text(max_size=5), st.tuples(st.booleans()), st.frozensets(st.integers(), max_size=2))
DATA = st.recursive(
    ATOMS,
    lambda inside: st.one_of(
        st.lists(inside, max_size=4),
        st.lists(inside, max_size=3).map(tuple),
        st.dictionaries(KEYS, inside, max_size=4),
        st.sets(KEYS, max_size=4),
        st.lists(inside, max_size=3).map(deque),
        st.lists(inside, max_size=3).map(lambda items: deque(items, 9)),
        st.dictionaries(KEYS, inside, max_size=3).map(lambda items: defaultdict(list, items)),
    ),
    max_leaves=12,
)


@dataclasses.dataclass
class Reading:
    volts: float
    raw: list
    hidden: int = dataclasses.field(default=1, repr=False)


@dataclasses.dataclass
class Own:
    volts: float

    def __repr__(self):
        return f"{self.volts} V"


class Bag(list):
    pass


class Box(list):
    def __repr__(self):
        return "a box"


Pair = collections.namedtuple("Pair", "a b")


@given(DATA)
def test_plain_data_is_shown_as_python_does(value):
    assert showing.shown(value, 10**6) == repr(value)
    whole = []
    showing.write_all(value, whole.append)
    assert "".join(whole) == repr(value) + "\n"


@pytest.mark.parametrize(
    "value",
    [
        Reading(3.3, [1, Reading(0, [])]),
        Own(5),
        [Own(5)],
        Bag([1, 2]),
        Box([1]),
        Pair([1], 2),
        OrderedDict(a=[1]),
        collections.Counter("aab"),
        array.array("d", [1.5, 2]),
        array.array("d"),
        frozenset(),
        set(),
        bytearray(b"ab"),
        range(3),
        numpy.arange(3),
        type,
        ...,
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_values_show_themselves(value):
    assert showing.shown(value) == repr(value)


def test_what_holds_itself():
    loop, table, row = [1], {}, deque()
    loop.append((loop,))
    table["me"] = table
    row.append(row)
    assert showing.shown(loop) == repr(loop)
    assert showing.shown(table) == repr(table)
    assert showing.shown(row) == "deque([...])"
    deep = inner = []
    for _ in range(5000):
        inner.append([])
        inner = inner[0]
    assert showing.shown(deep).endswith("]")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (list(range(100_000)), "list of 100000 items"),
        (dict.fromkeys(range(100_000)), "dict of 100000 items"),
        ({"only": "x" * 100_000}, "dict of 1 items"),
        ("x" * 100_000, "str of 100000 characters"),
        (b"x" * 100_000, "bytes of 100000 bytes"),
        (Reading(1, list(range(100_000))), "Reading"),
        ([Own(1)] * 100_000, "list of 100000 items"),
        (array.array("d", bytes(800_000)), "array of 100000 items"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 99 else type(value).__name__,
)
def test_of_what_is_large_its_beginning_its_type_and_its_length(value, said):
    shown, note = showing.shown(value).split("\n")
    assert shown.endswith("...")
    assert repr(value).startswith(shown[:-3])
    assert len(shown) == showing.VALUE_LIMIT + 3
    assert note == f"[{said}; this is its beginning, `:full` shows all of it]"


def test_a_large_array_says_its_shape():
    value = numpy.zeros((2000, 3))
    shown = showing.shown(value)
    assert shown == f"{value!r}\n[ndarray of shape (2000, 3), float64; `:full` shows all of it]"
    whole = []
    showing.write_all(value, whole.append)
    assert "".join(whole).count("0.") == 6000


def test_only_what_is_shown_is_looked_at():
    class Counted:
        asked = 0

        def __repr__(self):
            Counted.asked += 1
            return "counted"

    begun = time.process_time()
    showing.shown([list(range(5_000_000)), Counted()])
    assert time.process_time() - begun < 1
    showing.shown([Counted()] * 1_000_000)
    assert Counted.asked < showing.VALUE_LIMIT


def test_a_line_is_one_line_and_never_fails():
    class Bad:
        def __repr__(self):
            raise ValueError

    class Lines:
        def __repr__(self):
            return "a\n  b"

    assert showing.line(Bad()) == "<Bad whose repr fails>"
    assert showing.line([Bad(), 1], showing.plain) == "[<Bad>, 1]"
    assert showing.line(Lines()) == "a b"
    assert showing.line([0] * 1000, limit=7) == "[0, 0,... (list of 1000 items)"

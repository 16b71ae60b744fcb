"""Statements on a snapshot of a paused frame, in this process."""

import sys
import weakref

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lager import wire
from lager_debugbridge.showing import VALUE_LIMIT


def test_values_are_shown_as_at_the_prompt(stop):
    _, bench = stop("readings = {'adc1': 3.3}\nhere()")
    assert bench.run("readings") == "{'adc1': 3.3}\n"
    assert bench.sent[-1] == wire.ConsoleResult(1, True, "c")
    assert bench.run("_['adc1'] + 1") == "4.3\n"
    assert bench.run("None") == ""
    assert bench.run("print('hi')") == "hi\n"
    assert bench.run("for i in range(2):\n    i\n") == "0\n1\n"
    assert bench.run("import math; math.sqrt(16)") == "4.0\n"
    assert bench.run("def double(x):\n    return 2 * x\ndouble(21)") == "42\n"


def test_changes_never_reach_the_script(stop):
    module, bench = stop(
        """
        readings = {"adc1": 3.3}
        log = [readings]
        count = 0
        def bump():
            global count
            count += 1
            log.append(count)
            return count
        here()
        """
    )
    assert bench.run("readings['adc1'] = 0; log[0]") == "{'adc1': 0}\n"
    assert bench.run("bump(); bump()") == "1\n2\n"
    assert bench.run("count") == "2\n"
    assert bench.run("log") == "[{'adc1': 0}, 1, 2]\n"
    bench.run("del count")
    assert "NameError" in bench.run("count")
    assert (module.readings, module.log, module.count) == ({"adc1": 3.3}, [{"adc1": 3.3}], 0)


def test_a_function_frame_is_one_namespace(stop):
    module, bench = stop(
        """
        total = 10
        factor = 2
        def scale(x):
            return x * factor
        def step(values):
            extra = [1]
            def add(n):
                extra.append(n)
                return extra
            here()
            return values, extra
        result = step([1, 2, 3])
        """
    )
    assert bench.run("[v * factor for v in values]") == "[2, 4, 6]\n"
    assert bench.run("(lambda: (values, total))()") == "([1, 2, 3], 10)\n"
    assert bench.run("add(5) is extra, extra") == "(True, [1, 5])\n"
    assert bench.run("factor = 5\nscale(2)") == "10\n"
    assert bench.run("global fresh\nfresh = 1\nglobals()['fresh']") == "1\n"
    assert bench.run("def f():\n    global factor\n    factor = 7\nf()\nscale(1), factor") == "(7, 7)\n"
    assert bench.run("class A:\n    n = factor\n    v = values\nA.n, A.v") == "(7, [1, 2, 3])\n"
    bench.run("del extra")
    assert "NameError" in bench.run("extra")
    assert bench.run("'values' in dir(), 'scale' in globals()") == "(True, True)\n"
    assert module.result == ([1, 2, 3], [1])
    assert (module.factor, hasattr(module, "fresh")) == (2, False)


def test_classes_and_instances_of_the_script_are_copied(stop):
    module, bench = stop(
        """
        import dataclasses, enum, threading, collections, functools, abc
        made = []
        class Base(abc.ABC):
            @abc.abstractmethod
            def volts(self): ...
        class Cell(Base):
            count = 0
            def __init__(self, v):
                super().__init__()
                self.v = v
                Cell.count += 1
                made.append(self)
            def volts(self):
                return self.v
            def raise_by(self, d):
                self.v += d
                made.append(d)
                return self
            @property
            def twice(self):
                return 2 * self.v
            @classmethod
            def new(cls):
                return cls(0)
        @dataclasses.dataclass
        class Point:
            x: int
            tags: list = dataclasses.field(default_factory=list)
        @dataclasses.dataclass(frozen=True)
        class Fixed:
            x: int
        class Slotted:
            __slots__ = ("a", "b")
            def __init__(self):
                self.a = [1]
        class Mode(enum.Enum):
            ON = 1
        class Port:
            opened = True
            def close(self): self.opened = False
            def __del__(self): pass
        class Worker(threading.Thread):
            pass
        class Bag(list):
            pass
        Pair = collections.namedtuple("Pair", "a b")
        @functools.lru_cache
        def cached(x):
            made.append(x)
            return x
        cell = Cell(3); cell.me = cell
        point = Point(1); fixed = Fixed(2); slotted = Slotted(); mode = Mode.ON; port = Port(); worker = Worker()
        bag = Bag([[1]]); bag.note = []
        pair = Pair([1], 2); lock = threading.Lock()
        push = made.append
        part = functools.partial(push, 9)
        dq = collections.deque([[1]], 3); od = collections.OrderedDict(a=[1]); dd = collections.defaultdict(list)
        ct = collections.Counter("aab")
        here()
        """
    )
    assert bench.run("cell.raise_by(1).v, cell.twice, cell.me is cell, made[0] is cell") == "(4, 8, True, True)\n"
    assert bench.run("Cell.count, Cell.new().volts(), Cell.count, cell.__class__ is Cell") == "(1, 0, 2, True)\n"
    assert bench.run("isinstance(cell, Base), isinstance(Cell.new(), Cell)") == "(True, True)\n"
    assert bench.run("point.x = 5; point.tags.append(1); point") == "Point(x=5, tags=[1])\n"
    assert bench.run("point == Point(5, [1]), fixed, fixed == Fixed(2)") == "(True, Fixed(x=2), True)\n"
    assert bench.run("slotted.a.append(2); slotted.b = 1; slotted.a") == "[1, 2]\n"
    assert bench.run("mode is Mode.ON, Mode(1) is mode") == "(True, True)\n"
    assert bench.run("bag.append(1); bag.note.append(1); bag[0].append(2); bag, bag.note, type(bag) is Bag") == (
        "([[1, 2], 1], [1], True)\n"
    )
    assert bench.run("pair.a.append(2); pair, type(pair) is Pair") == "(Pair(a=[1, 2], b=2), True)\n"
    assert bench.run("n = len(made); push(1); part(); cached(77); len(made) - n") == "77\n3\n"
    assert bench.run("dq.append(1); dq[0].append(1); dq") == "deque([[1, 1], 1], maxlen=3)\n"
    assert (
        bench.run("od['a'].append(2); dd['z'].append(1); ct['z'] += 1; list(od), dict(dd)") == "(['a'], {'z': [1]})\n"
    )
    for name in ("port", "worker", "lock"):
        bench.run(f"got = {name}")
        assert bench.evaluator._consoles["c"].snapshot.names["got"] is getattr(module, name)
    assert (module.cell.v, module.Cell.count, len(module.made)) == (3, 1, 1)
    assert (module.point, module.slotted.a, hasattr(module.slotted, "b")) == (module.Point(1), [1], False)
    assert (module.bag, module.bag.note, module.pair) == ([[1]], [], ([1], 2))
    assert (list(module.dq), dict(module.od), dict(module.dd)) == ([[1]], {"a": [1]}, {})
    assert "z" not in module.ct


def test_modules_of_the_script_are_snapshots_too(stop):
    module, bench = stop(
        "import helper\nfrom helper import table\nhere()",
        helper="""
        import json
        table = {"a": 1}
        limit = 1
        def over(x):
            return x > limit
        def wrapped(f):
            import functools
            @functools.wraps(f)
            def inner(*a):
                return f(*a)
            return inner
        @wrapped
        def note(x):
            table[x] = 1
        """,
    )
    assert bench.run("helper.limit = 10; helper.over(5)") == "False\n"
    assert bench.run("import helper as h; h is helper, h.table is table") == "(True, True)\n"
    assert (
        bench.run("from helper import table as t; t['b'] = 2; helper.note('c'); table") == "{'a': 1, 'b': 2, 'c': 1}\n"
    )
    assert bench.run("import json; helper.json is json, type(helper).__name__") == "(True, 'SnapshotModule')\n"
    assert (module.helper.limit, module.table) == (1, {"a": 1})
    assert bench.run("del helper.limit; hasattr(helper, 'limit'), 'over' in dir(helper)") == "(False, True)\n"


def test_errors_are_shown_and_the_console_lives_on(stop):
    _, bench = stop("def fail(x):\n    return 1 / x\nhere()")
    text = bench.run("a = 1\nfail(0)")
    lines = text.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1] == '  File "<console>", line 2, in <module>'
    assert lines[2].strip() == "fail(0)"
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert "return 1 / x" in text
    assert "lager_debugbridge" not in text
    assert bench.sent[-1].ok is False
    assert bench.run("a") == "1\n"
    text = bench.run("1 +")
    assert text.startswith('  File "<console>", line 1')
    assert "SyntaxError" in text
    assert "'return' outside function" in bench.run("return 1")
    assert 'File "<console>", line 1' in bench.run("return 1")
    assert bench.run("raise KeyboardInterrupt").endswith("KeyboardInterrupt\n")
    assert "null" in bench.run("a\0b")
    assert "EOFError" in bench.run("input()")
    assert "\\udcff" in bench.run("print('\\udcff')")


def test_exit_ends_this_console_only(stop):
    _, bench = stop("x = 1\nhere()")
    bench.evaluator.open("d")
    bench.run("exit()")
    assert bench.sent == [wire.ConsoleClosed("exit", None, "c")]
    assert bench.run("x", "d") == "1\n"
    assert bench.run("x") == ""
    assert not sys.stdin.closed


def test_consoles_have_snapshots_of_their_own(stop):
    module, bench = stop("x = [1]\nhere()")
    bench.evaluator.open("d")
    bench.run("x.append(2)")
    assert bench.run("x", "d") == "[1]\n"
    assert module.x == [1]


def test_large_values_are_bounded(stop):
    _, bench = stop("x = list(range(100000))\nhere()")
    text = bench.run("x")
    assert len(text) < VALUE_LIMIT + 200
    assert text.endswith("...\n[list of 100000 items; this is its beginning, `:full` shows all of it]\n")
    assert len(bench.run("print('y' * 3_000_000)")) < 1_100_000


def test_streams_and_hooks_are_put_back(stop, capsys):
    before = sys.stdout, sys.stderr, sys.displayhook
    _, bench = stop("x = 1\nhere()")
    assert sys.stdout is not before[0]
    bench.run("print('to the console')")
    print("to the script")
    bench.evaluator.finish("resumed")
    assert (sys.stdout, sys.stderr, sys.displayhook) == before
    assert capsys.readouterr().out == "to the script\n"


def test_an_error_that_lager_says_in_words_comes_without_the_way_through_lager(stop):
    _, bench = stop("here()")
    said = bench.run("from lager import Net, NetType\nNet.get('adc1', type=NetType.ADC).input()").splitlines()
    assert (said[0], said[1].strip()) == ("Traceback (most recent call last):", 'File "<console>", line 2, in <module>')
    assert sum(line.strip().startswith("File ") for line in said) == 1
    assert said[-2].startswith("lager.errors.")
    assert said[-1].startswith("  Try: ")


def test_a_statement_takes_no_stream_from_the_script(stop, capsys):
    _, bench = stop("here()")
    said = bench.run("import io, sys; sys.stdout = sys.stderr = io.StringIO(); print('dropped')")
    assert said.startswith("[sys.stdout and sys.stderr put back: ")
    assert bench.run("print('here again')") == "here again\n"
    print("to the script")
    bench.evaluator.finish("resumed")
    assert capsys.readouterr().out == "to the script\n"


def test_who_is_printing_at_the_end_still_has_where_to(stop, capsys):
    _, bench = stop("here()")
    print_now = weakref.WeakMethod(sys.stdout.write)  # as Python's own `print` has it: with no reference
    bench.evaluator.finish("resumed")
    print_now()("late\n")
    assert capsys.readouterr().out == "late\n"


def test_attaching_touches_nothing(stop):
    _, bench = stop(
        "class Loud:\n    def __copy__(self): 1/0\n    def __deepcopy__(self, m): 1/0\nbig = [Loud()] * 10\nhere()"
    )
    assert not bench.evaluator._consoles["c"].snapshot.copier._memo


def test_numpy_arrays_are_copied(stop):
    pytest.importorskip("numpy")
    module, bench = stop("import numpy as np\na = np.zeros(3)\nb = np.array([[1], None], dtype=object)\nhere()")
    assert bench.run("a[0] = 1; b[0].append(2); a.tolist(), b.tolist()") == "([1.0, 0.0, 0.0], [[1, 2], None])\n"
    assert (module.a.tolist(), module.b[0]) == ([0, 0, 0], [1])


def test_completion_runs_nothing(stop):
    _, bench = stop(
        """
        class Net:
            unit = "V"
            def __init__(self): self.pin = 1
            @property
            def voltage(self): raise RuntimeError("talked to the instrument")
            def __getattr__(self, name): raise RuntimeError("ran")
            def __dir__(self): raise RuntimeError("ran")
        supply = Net()
        import os
        limits = {"vcc": 1, "vdd": {"it's": 2}, 7: 3, "a b": 4, ("x",): 5}
        class Odd(dict):
            def __iter__(self): raise RuntimeError("ran")
            keys = __iter__
        odd = Odd(inside=1)
        def step(local_value):
            here()
        step(1)
        """
    )
    assert bench.complete("suppl").names == ["supply"]
    assert bench.complete("print(supply.").names == ["pin", "unit", "voltage"]
    assert bench.complete("supply.vo").replaces == 2
    assert bench.complete("supply.voltage.").names == []
    assert "join" in bench.complete("os.path.jo").names
    assert bench.complete("local_v").names == ["local_value"]
    assert bench.complete("whil").names == ["while"]
    assert bench.complete("f().x").names == []
    assert bench.complete("supply.unit.upp").names == ["upper"]
    assert bench.complete("print(limits[").names == ["'vcc'", "'vdd'", "7", "'a b'"]
    assert (bench.complete("limits['v").names, bench.complete("limits['v").replaces) == (["vcc'", "vdd'"], 1)
    assert (bench.complete('limits["a ').names, bench.complete('limits["a ').replaces) == (['a b"'], 2)
    assert bench.complete('limits["vdd"]["').names == ["it's\""]
    assert bench.complete("limits['vdd']['").names == ["it\\'s'"]
    assert bench.complete("odd['").names == ["inside'"]
    assert bench.complete("supply['").names == bench.complete("nosuch['").names == []
    assert bench.complete("[su").names == ["sum", "super", "supply"]


PLAIN = st.recursive(
    st.integers() | st.text(max_size=3) | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        | st.tuples(inner, inner)
        | st.builds(bytearray, st.binary(max_size=3))
        | st.sets(st.integers(), max_size=3)
    ),
    max_leaves=12,
)
MUTATE = """
def wreck(value):
    if isinstance(value, list):
        for one in value: wreck(one)
        value.append(0); value.reverse(); value *= 2
    elif isinstance(value, dict):
        for one in list(value.values()): wreck(one)
        value["new"] = 1
        value.pop(next(iter(value)))
    elif isinstance(value, tuple):
        for one in value: wreck(one)
    elif isinstance(value, set):
        value.add(object())
    elif isinstance(value, bytearray):
        value += b"x"
"""
STATEMENTS = [
    "wreck(data)",
    "data = None",
    "del data",
    "touch()",
    "other = data; wreck(other)",
    "cell()",
    "alias.append(1)",
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=PLAIN, chosen=st.lists(st.sampled_from(STATEMENTS), max_size=6), nested=st.booleans())
def test_no_statement_changes_what_the_script_sees(stop, data, chosen, nested):
    source = f"""
data = {data!r}
alias = [data]
def touch():
    global data, added
    added = data
    alias.clear()
    data = 1
def frame():
    kept = alias
    def cell():
        nonlocal kept
        kept.append(2)
        kept = None
    here()
"""
    module, bench = stop(source + ("frame()\n" if nested else "cell = touch\nhere()\n"))
    before = repr((module.data, module.alias))
    names = set(vars(module))
    assert bench.run("alias[0] is data") == "True\n"
    bench.run(MUTATE)
    for statement in chosen:
        bench.run(statement)
    assert repr((module.data, module.alias)) == before
    assert set(vars(module)) == names
    bench.evaluator.finish("resumed")


def test_a_rig_of_the_script_with_a_handle_inside(stop):
    module, bench = stop(
        """
        import threading
        class Rig:
            results = {"total": 0}
            def __init__(self): self.lock, self.log = threading.Lock(), []
            def __enter__(self): return self
            def __exit__(self, *args): self.close()
            def close(self): self.log.append("closed")
        rig = Rig()
        here()
        """
    )
    assert bench.run("rig.results['total'] = 9; rig.log.append(1); rig.close(); rig.log") == "[1, 'closed']\n"
    assert (module.rig.results, module.rig.log) == ({"total": 0}, [])
    bench.run("rig.lock.acquire()")
    assert module.rig.lock.locked(), "a handle is shared"

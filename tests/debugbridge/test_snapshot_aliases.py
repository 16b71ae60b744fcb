"""What is one thing in the script is one thing in its snapshot, whatever name or view leads to it."""

import sys
import types

import pytest

from lager_debugbridge import sharing
from lager_debugbridge.snapshot import Snapshot

NAME = "script_with_aliases"
SCRIPT = """
import array, collections, contextlib, datetime, enum, functools, logging, pathlib, queue, re, threading
import numpy as np
total = 0
a = np.arange(12)
v, w, step, back = a[1:], a[1:][2:], a[::3], a[::-1]
grid = np.arange(12.0).reshape(3, 4)
cols, block, reshaped, wide = grid.T, grid[1:, ::2], grid.reshape(4, 3), np.broadcast_to(grid, (2, 3, 4))
fortran = np.asfortranarray(np.arange(6).reshape(2, 3))
column = fortran[:, 1]
days = np.arange("2026-01-01", "2026-01-05", dtype="M8[D]")
day = days[2:]
rec = np.zeros(3, [("n", "i4"), ("o", "O"), ("in", [("x", "f8")])])
rec["o"][1] = [1]
row, numbers, objects, some, inner = rec[1], rec["n"], rec["o"], rec[1:], rec["in"]["x"]
plain = np.zeros(3, [("n", "i2"), ("when", "M8[s]")])
first = plain[1]
things = np.array([[1], {"a": 1}, None], dtype=object)
thing = things[1:]
frozen = a[:3]
frozen.flags.writeable = False
sealed = np.arange(3)
before = sealed[1:]
sealed.flags.writeable = False
class Trace(np.ndarray):
    made = []
    def __array_finalize__(self, there):
        Trace.made.append(1)
trace = np.arange(4).view(Trace)
trace.note = [1]
part = trace[1:]
made = len(Trace.made)
table = np.rec.array([(1, 2.0), (3, 4.0)], dtype=[("p", "i4"), ("q", "f8")])
flat = a.flat
next(flat)
raw, nums = bytearray(b"abcdefgh"), array.array("i", [1, 2, 3, 4])
mem, odd, rev, typed = memoryview(raw)[2:], memoryview(raw)[1::2], memoryview(nums)[::-1], memoryview(raw).cast("H")
over, through = np.frombuffer(raw, "u2"), np.asarray(memoryview(nums)[1:])
seen = memoryview(a)[3:]
strided = memoryview(step)[1:]
one = two = [1]
ring = [one]; ring.append(ring)
book = {"k": one}
keys, values = book.keys(), book.values()
it = iter(one)
class Node:
    __slots__ = ("kept", "__weakref__")
    def __init__(self): self.kept = one
    def add(self, x): self.kept.append(x); return self
class Leaf(Node):
    def add(self, x):
        global total
        total += 1
        return super().add(x)
leaf = Leaf()
add, bound = leaf.add, functools.partial(leaf.add, 5)
def pair():
    count = []
    def put(x, kept=one): count.append(x); kept.append(x); return count
    def get(): return count
    return put, get
put, get = pair()
@functools.lru_cache
def cached(x): one.append(x); return one
MISSING, when, where, sizes = object(), datetime.datetime(2026, 1, 1), pathlib.Path('x'), slice(1, 2)
number, word = np.float64(3), re.compile('x')
class Nothing: pass
NOTHING = Nothing()
def given(x=MISSING, y=NOTHING): return x is MISSING, y is NOTHING
class Mode(enum.Enum):
    ON = 1
mode = Mode.ON
class Fault(ValueError):
    count = []
    def __init__(self, what, where):
        global total
        total += 1
        Fault.count.append(1)
        super().__init__(what)
        self.where = where
error = Fault("hot", one)
error.__cause__ = cause = KeyError(one)
missing = OSError(2, "none", "file")
undecoded = UnicodeDecodeError("utf-8", b"x", 0, 1, "odd")
class Custom:
    def __init__(self): self.kept = one
    def __copy__(self): raise RuntimeError
    def __deepcopy__(self, memo): raise RuntimeError
    def __reduce_ex__(self, protocol): raise RuntimeError
    def __getstate__(self): raise RuntimeError
    def __setattr__(self, name, value):
        global total
        total += 1
        object.__setattr__(self, name, value)
custom = Custom()
touched = total
class Text(str): pass
text = Text("t")
text.one = one
class Kind(type):
    def __call__(cls, *args):
        global total
        total += 1
        return type.__call__(cls, *args)
class Kept(metaclass=Kind): pass
class Fields(collections.namedtuple("Fields", "x y")):
    extra = []
fields = Fields(one, 2)
def numbers_of():
    yield from one
gen, lock, log, jobs = numbers_of(), threading.Lock(), logging.getLogger("x"), queue.Queue()
stack = contextlib.ExitStack()
look()
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    """Run the script; give its module, and what makes a snapshot of it."""
    path = tmp_path_factory.mktemp("aliases") / "script.py"
    path.write_text(SCRIPT)
    module = sys.modules[NAME] = types.ModuleType(NAME)
    module.__file__ = str(path)
    frames = []
    module.look = lambda: frames.append(sys._getframe(1))
    exec(compile(SCRIPT, str(path), "exec"), vars(module))
    yield module, lambda: Snapshot(frames[0], str(path.parent))
    del sys.modules[NAME]


# Seen in the console: (what is done, what is true then, what is still true in the script).
ARRAYS = [
    ("a[1] = 9", "v[0] == 9 and v.base is a", "v[0] == 1"),
    ("v[2] = 9", "a[3] == w[0] == back[8] == step[1] == 9", "a[3] == w[0] == 3"),
    ("back[0] = 7", "a[11] == 7 and a.tolist()[::-1] == back.tolist()", "a[11] == 11"),
    ("cols[3, 2] = -1", "grid[2, 3] == reshaped[3, 2] == wide[1, 2, 3] == -1", "grid[2, 3] == 11"),
    ("block[:] = 0", "grid[1:, ::2].sum() == 0 and grid[0].sum() == 6", "grid[1, 0] == 4"),
    ("grid[0, 0] = 5", "wide[1, 0, 0] == 5 and not wide.flags.writeable", "wide[0, 0, 0] == 0"),
    ("column[:] = 8", "fortran[:, 1].tolist() == [8, 8] and fortran.flags.f_contiguous", "fortran[0, 1] == 1"),
    ("day[0] = '2020-01-01'", "str(days[2]) == '2020-01-01'", "str(days[2]) == '2026-01-03'"),
    ("row['n'] = 5", "numbers[1] == rec['n'][1] == some['n'][0] == 5", "numbers[1] == 0"),
    (
        "objects[1].append(2); objects[2] = 'x'",
        "rec['o'].tolist() == [0, [1, 2], 'x']",
        "objects.tolist() == [0, [1], 0]",
    ),
    ("inner[1] = 3", "rec['in']['x'][1] == row['in']['x'] == 3", "row['in']['x'] == 0"),
    ("first['n'] = 3; plain['n'][0] = 1", "plain['n'].tolist() == [1, 3, 0]", "plain['n'].tolist() == [0, 0, 0]"),
    ("thing[0]['b'] = 2; thing[1] = 4", "things[2] == 4 and things[1] == {'a': 1, 'b': 2}", "things[2] is None"),
    ("a[0] = 9", "frozen[0] == 9 and not frozen.flags.writeable", "frozen[0] == 0"),
    ("before[0] = 9", "sealed[1] == 9 and not sealed.flags.writeable", "sealed[1] == 1"),
    ("part[0] = 9; part.tolist()", "trace[1] == 9 and type(part) is type(trace) is Trace", "trace[1] == 1"),
    ("trace.note.append(2)", "trace.note == [1, 2]", "trace.note == [1] and len(Trace.made) == made"),
    ("table.p[0] = 9", "table['p'][0] == 9 and type(table) is np.recarray", "table.p[0] == 1"),
    ("flat[5] = -5; flat[0]", "a[5] == -5 and flat.index in (0, 1)", "a[5] == 5 and flat.index == 1"),
    ("a.sort(); a[:] = 0", "v.sum() == w.sum() == 0", "v.sum() == 66"),
    ("np.add(a, 1, out=a)", "v[0] == 2", "v[0] == 1"),
]
MEMORY = [
    ("mem[0] = 120", "raw[2] == 120 and odd.tolist()[0] == raw[1]", "raw == b'abcdefgh'"),
    ("odd[1] = 122", "raw == b'abczefgh' and typed[1] == over[1]", "raw == b'abcdefgh'"),
    ("rev[0] = 9", "nums[3] == 9 == through[2]", "nums[3] == 4"),
    ("typed[0] = 0x7a7a", "raw[:2] == b'zz' == over[:1].tobytes()", "raw[:2] == b'ab'"),
    ("through[0] = 7", "nums[1] == 7 == rev[2]", "nums[1] == 2"),
    ("seen[0] = 33", "a[3] == 33 == v[2]", "a[3] == 3"),
    ("strided[0] = 33", "a[3] == step[1] == 33", "a[3] == 3"),
    ("raw[0] = 1", "over[0] & 255 == 1", "raw[0] == 97"),
]
OBJECTS = [
    ("one.append(2)", "two is one and ring[0] is one and ring[1] is ring and book['k'] is one", "one == [1]"),
    ("book['new'] = 1", "list(keys) == ['k', 'new'] and list(values)[0] is one", "list(keys) == ['k']"),
    ("one.append(2)", "it.__length_hint__() == 2", "it.__length_hint__() == 1"),
    ("add(3); bound()", "leaf.kept == [1, 3, 5] and total == touched + 2 and add.__self__ is leaf", "one == [1]"),
    ("put(4)", "get() == [4] and one == [1, 4] and put(5) is get()", "get() == [] and one == [1]"),
    (
        "cached(2)",
        "one == [1, 2] and cached(2) is one and cached.cache_info().hits == 1",
        "not cached.cache_info().misses",
    ),
    ("given()", "given() == (True, True) and isinstance(NOTHING, Nothing)", "given() == (True, True)"),
    ("mode", "mode is Mode.ON and Mode(1) is mode", "mode is Mode.ON"),
    ("error.where.append(2); error.args = ()", "one == [1, 2]", "one == [1] and error.args == ('hot',)"),
    ("error.__cause__.args[0].append(2)", "error.__cause__ is cause and one == [1, 2]", "one == [1]"),
    (
        "error.add_note('x') if hasattr(error, 'add_note') else None",
        "str(error) == 'hot'",
        "vars(error) == {'where': one}",
    ),
    ("Fault('x', 1); Fault.extra = 1", "Fault.count == [1, 1] and isinstance(error, Fault)", "Fault.count == [1]"),
    ("missing.filename = 'other'", "str(missing) == \"[Errno 2] none: 'other'\"", "missing.filename == 'file'"),
    ("undecoded.start = 1", "(undecoded.object, undecoded.end) == (b'x', 1)", "undecoded.start == 0"),
    ("custom.kept.append(2)", "custom.kept is one and total == touched", "total == touched and one == [1]"),
    ("text.one.append(2)", "text.one is one and text == 't' and type(text) is Text", "one == [1]"),
    ("Kept()", "total == touched + 1 and type(Kept) is Kind", "total == touched"),
    (
        "fields.x.append(2); Fields.extra.append(1)",
        "fields.x is one and fields._replace(y=1).x is one",
        "Fields.extra == []",
    ),
]


@pytest.mark.parametrize(("does", "seen", "kept"), [*ARRAYS, *MEMORY, *OBJECTS])
def test_it_is_one_thing_in_the_snapshot_and_another_in_the_script(script, does, seen, kept):
    module, look = script
    for touch in ("", seen + "\n"):  # whichever name is touched first
        snapshot = look()
        exec(f"{touch}{does}\nfound = {seen}", snapshot.names)
        assert snapshot.names["found"]
        assert eval(kept, vars(module))
        snapshot.drop()


def test_tables_of_pandas_are_copied(script):
    pandas = pytest.importorskip("pandas")
    module, look = script
    module.frame = pandas.DataFrame({"u": [1, 2], "o": [[1], {}], "t": ["a", "b"]})
    module.series = pandas.Series([[1]], dtype=object)
    snapshot = look()
    exec("frame.loc[0, 'u'] = 9; frame['o'][0].append(2); series[0].append(2); frame['new'] = 1", snapshot.names)
    names = snapshot.names
    assert (names["frame"]["u"][0], names["frame"]["o"][0], names["series"][0]) == (9, [1, 2], [1, 2])
    assert (module.frame["u"][0], module.frame["o"][0], module.series[0], list(module.frame)) == (1, [1], [1], [*"uot"])
    del module.frame, module.series
    snapshot.drop()


def test_what_is_shared_is_told_and_what_cannot_change_is_not(script):
    module, look = script
    snapshot = look()
    shares = snapshot.copier.shares
    told = list(
        sharing.shared(
            [(name, one) for name, one in vars(module).items() if name not in ("look", "__builtins__")], shares
        )
    )
    assert told == [
        "gen: generator",
        "lock: lock",
        "log: Logger",
        "jobs: Queue",
        "stack: ExitStack",
    ]
    assert snapshot.names["gen"] is module.gen
    snapshot.drop()

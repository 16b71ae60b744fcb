"""A script full of plain data, statements over it, and a picture of everything it sees. No test."""

import array
import collections
import functools
import io
import itertools
import random
import re
import types
import weakref

import numpy as np
from hypothesis import strategies as st

NAME, HELPER_NAME = "promised_script_of_a_user", "promised_helper_of_a_user"
HELPER = """
table = {"a": [1], "b": {"c": 2}}
count = 0
def note(key):
    global count
    count += 1
    table.setdefault("noted", []).append(key)
    return table
class Shelf:
    books = []
    def put(self, book):
        self.books.append(book)
"""
SCRIPT = """
import array, collections, dataclasses, functools, io, itertools, random, types, typing, weakref, abc
import numpy as np
import HELPER as helper
from HELPER import table, Shelf
T = typing.TypeVar("T")
total = 0
made = []
class Meta(type):
    kinds = []
    def __new__(cls, *args):
        one = type.__new__(cls, *args)
        Meta.kinds.append(one.__name__)
        return one
class Base:
    kinds = []
    def __init_subclass__(cls, **more):
        Base.kinds.append(cls.__name__)
class Node(Base):
    made = []
    def __init__(self, value=0):
        super().__init__()
        self.value, self.links = value, []
        Node.made.append(value)
        made.append(self)
    def link(self, other):
        global total
        total += 1
        self.links.append(other)
        return self
    @property
    def first(self):
        made.append("first")
        return self.links[0]
    @first.setter
    def first(self, value):
        self.links.insert(0, value)
    @functools.cached_property
    def calc(self):
        global total
        total += 5
        return total
    @classmethod
    def new(cls):
        cls.made.append(0)
        return cls(1)
    @staticmethod
    def note(what=[]):
        what.append(1)
        return what
    def __eq__(self, other):
        return isinstance(other, Node) and self.value == other.value
    def __hash__(self):
        return 7
    def __iadd__(self, other):
        self.links += [other]
        return self
class Stack(typing.Generic[T]):
    kept = {"sizes": []}
    def __init__(self): self.items = []
    def push(self, one):
        self.items.append(one)
        self.kept["sizes"].append(len(self.items))
        return self
class Registered(metaclass=Meta):
    log = []
class Shape(abc.ABC):
    sides = [0]
    @abc.abstractmethod
    def area(self): ...
class Square(Shape):
    def area(self):
        Shape.sides[0] += 1
        return Shape.sides
@dataclasses.dataclass
class Point:
    x: int = 0
    tags: list = dataclasses.field(default_factory=list)
    inner: object = None
@dataclasses.dataclass(frozen=True)
class Fixed:
    values: list
class Slotted:
    __slots__ = ("a", "b")
    def __init__(self): self.a = [1]
class Bag(list):
    pass
class Book(dict):
    def __missing__(self, key):
        self[key] = made
        return made
class Volts(float):
    unit = ["V"]
Pair = collections.namedtuple("Pair", "a b")
data = DATA0
other = DATA1
alias = [data, other, table]
nested = {"list": [data, [1, 2, [3]]], "dict": {"x": {"y": other}}, "tuple": ([1], {"z": [2]}), "set": {1, 2}}
point, fixed, slotted, bag, book = Point(1, ["t"], data), Fixed([data]), Slotted(), Bag([[1], 2]), Book(k=[1])
bag.note = [1]
node, stack, volts, square = Node(3).link(Node(4)), Stack().push(1), Volts(3.3), Square()
node.link(node)
pair = Pair([1], {"b": 2})
dq, od = collections.deque([[1], 2, 3], 5), collections.OrderedDict(a=[1], b=2)
dd, ct = collections.defaultdict(list, a=[1]), collections.Counter("aab")
chain = collections.ChainMap({"a": [1]}, table)
simple = types.SimpleNamespace(x=[1], y=2)
raw, nums = bytearray(b"abc"), array.array("i", [3, 1, 2])
mem = memoryview(raw)[1:]
arr, grid = np.arange(6), np.arange(6.0).reshape(2, 3)
view, cols = arr[2:], grid.T
objs = np.array([[1], {"a": 1}, None], dtype=object)
rec = np.zeros(2, [("n", "i4"), ("o", "O")])
rec["o"][0] = [1]
row = rec[0]
ro, keys, items = types.MappingProxyType(nested), table.keys(), nested.items()
ref, proxy = weakref.ref(point), weakref.proxy(node)
weak = weakref.WeakValueDictionary(p=point)
text, octets = io.StringIO("some text"), io.BytesIO(b"octets")
rng, dice = random.Random(1), np.random.default_rng(1)
it, counter, cycle = iter([[1], [2], [3]]), itertools.count(3), itertools.cycle([[1], [2]])
def bump(by=1, *, seen=[0]):
    global total, fresh
    total += by
    fresh = [by]
    seen.append(by)
    made.append(total)
    return total
bump.calls = [0]
def forget():
    global total
    del total
def swap():
    global data, other
    data, other = other, data
    alias.reverse()
def make(start):
    count, log = start, []
    def step(by=1):
        nonlocal count, log
        count += by
        log.append(count)
        if count > 5:
            log = []
        return log
    return step
step = make(0)
@functools.lru_cache
def cached(key):
    made.append(key)
    return made
@functools.singledispatch
def kind(one): made.append("any"); return made
@kind.register
def _(one: int):
    global total
    total += one
    return made
kind(1); cached(1)
push, part = made.append, functools.partial(made.append, 9)
link = node.link
def wreck(value):
    if isinstance(value, list):
        value.append(0); value.reverse(); value *= 2
    elif isinstance(value, dict):
        value["new"] = 1; value.pop(next(iter(value)))
    elif isinstance(value, set):
        value.add("new")
    elif isinstance(value, bytearray):
        value += b"x"
    elif isinstance(value, np.ndarray):
        value[...] = 9 if value.dtype != object else None
    elif hasattr(value, "__dict__"):
        vars(value)["wrecked"] = [value]
    return value
def drive(extra):
    local, kept = [data, extra], extra
    def inner():
        nonlocal kept
        kept = local.pop() if local else []
        made.append(kept)
        return kept
    HERE
    return local, kept
"""
# Not those that never end: one `list(counter)` takes all the memory there is.
NAMES = re.findall(
    r"\w+",
    """data other alias nested point fixed slotted bag book node stack volts square pair dq od dd
ct chain simple raw nums mem arr grid view cols objs rec row ro keys items weak text octets rng dice it
table made total helper push part link local kept inner step Node Stack Point Shape Registered Volts Base""",
)


def _apart(text):
    return re.split(r"(?<=[\w)\]]) ", text.replace("\n", " "))


METHODS = """append({v}) extend({v}) insert(0, {v}) pop() pop(0) pop("a") remove(1) clear() reverse() sort()
sort(key=str) sort(key=wreck) update({v}) update(a={v}) setdefault("a", {v}) popitem() add({v}) discard(1)
rotate(1) appendleft({v}) fill(7) resize((1,)) partition(1) write("x") write(b"x") truncate(1) seek(0)
read() shuffle({v}) random() __setitem__(0, {v}) __delitem__(0) __iadd__({v}) push({v}) link({v}) area()
new() note() put({v}) move_to_end("b") subtract("a") intersection_update({v}) __init__()
__setattr__("x", {v}) setflags(write=False) byteswap(True)"""
METHODS = _apart(METHODS)
CALLS = """bump() bump({v}) forget() swap() step() step(7) make(1)() cached(1) cached(2) kind(1) kind("a") push({v})
part() link({v}) inner() wreck({v}) wreck({p}) next(it) next(counter) next(cycle) list(it) Node() Node.new()
Stack().push({v}) ref().tags.append(1) proxy.link({v}) Node.note() helper.note({v}) setattr({v}, "x", {v})
delattr({v}, "x") list(map(wreck, alias)) [*map(bump, range(3))] np.copyto(arr, 3) np.add(arr, 1, out=arr)
np.random.default_rng().shuffle(arr) rng.shuffle(made) {p}.sort() vars({v}).clear()
vars(Node).get("made").append(1) type({v}).kinds.append(1) sorted(made, key=wreck) bump.calls.append(1)
bump.__kwdefaults__["seen"].append(1) bump.__globals__.update(total=5) Node.note.__defaults__[0].append(2)
step.__closure__[0].cell_contents square.area() node.calc globals().pop("made") exec("total = 5")
eval("made.append(3)") Point.__init__(point, 5) object.__setattr__(fixed, "values", 1)
dict.update(table, a=1) Base.kinds.clear()"""
CALLS = _apart(CALLS)
WHOLE = r"""global total\ntotal = 9
def f():\n    global total, made\n    total = made = None\nf()
def f():\n    global total\n    total = 1\n    del total\nf()
def f(x=made):\n    x.append(1)\n    return [y for y in x]\nf()
class Mine(Node):\n    extra = made\n    made.append(total)\nMine(1).link(2)
class Mine(Stack):\n    kept = Stack.kept\nMine().push(1)
class Mine(Registered): pass
for one in alias:\n    wreck(one)
for data in [1, 2]: pass
for point.x in range(3): made.append(point.x)
with text: text.write("x")
try:\n    1 / 0\nexcept ZeroDivisionError as total:\n    made.append(1)
[one.append(1) for one in (alias, made, bag)]
[made := [one] for one in alias]
{key: table.pop(key) for key in list(table)}
[nested["list"][0] for nested["list"] in [[1]]]
(lambda: made.append(total))()
import HELPER\nHELPER.table.clear()
from HELPER import *\ntable["x"] = count
from HELPER import Shelf as S\nS().put(1)
import HELPER as helper\nhelper.count = 9\ndel helper.table
a, *b = alias\nb.append(a)\na, alias[0] = alias[0], b
x = y = made\nx += y
arr[arr > 1] = 0
arr.shape = (2, 3)
objs[0].append(1)\nobjs[1]["a"] = 2
rec["n"] = 5\nrec["o"][0].append(1)
row["n"] = 5\nrow["o"].append(1)
view[:] = 9\ncols *= 2
mem[0] = 120
slotted.a.append(1)\nslotted.b = 1\ndel slotted.a
Node.link = bump\nNode.extra = []
del Node.made
Stack.__init__.__defaults__ = (1,)
Meta.kinds.append(1)\nRegistered.log += [1]
volts.note = 1\nVolts.unit.append(1)
type(point).y = []\npoint.__class__.x = 5
point.__dict__["x"] = 9\npoint.__dict__.update(z=1)
simple.x += [1]\nsimple.y += 1
while total is not None and len(made) < 30:\n    made.append(1)
match table:\n    case {"a": found}:\n        found.append(1)
globals()["total"] = 5\nglobals().update(made=1)
locals()["total"] = 5"""
WHOLE = [one.replace("\\n", "\n").replace("HELPER", HELPER_NAME) for one in WHOLE.split("\n")]
SMALL = st.integers(-3, 9) | st.sampled_from(["", "a", "b"]) | st.booleans() | st.none()
PLAIN = st.recursive(
    SMALL,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", 0]), inner, max_size=3)
        | st.tuples(inner, inner)
        | st.builds(bytearray, st.binary(max_size=3))
        | st.sets(st.integers(0, 4), max_size=3)
    ),
    max_leaves=8,
)
NAME_OF = st.sampled_from(NAMES)
STEP = st.sampled_from(
    [
        "[0]",
        "[-1]",
        "[1:]",
        "[:]",
        '["a"]',
        '["x"]',
        '["list"]',
        '["dict"]',
        ".tags",
        ".x",
        ".items",
        ".links",
        ".value",
        *(".kept", ".made", ".table", ".inner", ".values", ".__dict__", ".maps", ".T", ".calls", ".log", ".__class__"),
    ]
)
PATH = st.one_of(
    NAME_OF,
    NAME_OF,
    st.builds("{}{}".format, NAME_OF, STEP),
    st.builds("{}{}{}".format, NAME_OF, STEP, STEP),
)
VALUE = st.one_of(PATH, PATH, PLAIN.map(repr), PATH.map("[{}]".format), PATH.map("[*{}]".format))
PLACE = st.one_of(PATH, PATH, NAME_OF, st.just("new"))


def _filled(template, value, path):
    return template.replace("{v}", value).replace("{p}", path)


SIMPLE = st.one_of(
    st.builds("{} = {}".format, PLACE, VALUE),
    st.builds("{}, *{} = {}".format, PLACE, PLACE, VALUE),
    st.builds("{} {} {}".format, PLACE, st.sampled_from(["+=", "-=", "|=", "&=", "^=", "//="]), VALUE),
    st.builds("{} *= 2".format, PLACE),
    st.builds("del {}".format, PLACE),
    st.builds(
        lambda path, method, value: f"{path}.{_filled(method, value, path)}", PATH, st.sampled_from(METHODS), VALUE
    ),
    st.builds(_filled, st.sampled_from(CALLS), VALUE, PATH),
)
STATEMENT = st.one_of(
    SIMPLE,
    SIMPLE,
    SIMPLE,
    st.sampled_from(WHOLE),
    st.builds("for one in {}:\n    {}\n    break\n".format, VALUE, SIMPLE),
    st.builds("def f(x={}):\n    {}\nf()".format, VALUE, SIMPLE),
    st.builds("def f():\n    global total, made, data, alias\n    {}\nf()".format, SIMPLE),
    st.builds("class Mine(Node):\n    {}\n".format, SIMPLE),
    st.builds("[{} for one in range(2)]".format, st.builds(_filled, st.sampled_from(CALLS), VALUE, PATH)),
    st.builds("try:\n    {}\nfinally:\n    {}\n".format, SIMPLE, SIMPLE),
)


def module(name, path, source):
    """Run a module of the script; it is not in sys.modules yet."""
    made = types.ModuleType(name)
    made.__file__ = str(path)
    return made, compile(source, str(path), "exec")


class Picture:
    """What a script sees: everything that its names lead to, and which of it is the same thing."""

    def __init__(self, *roots):
        self.kept, self.seen, self._waiting = {}, [], list(roots)
        while self._waiting:
            one = self._waiting.pop()
            if id(one) not in self.kept:
                self.kept[id(one)] = one
                self.seen.append((id(one), type(one).__name__, *self._of(one)))

    def __eq__(self, other):
        return self.seen == other.seen

    def __hash__(self):
        raise TypeError("a picture changes")

    def differs(self, other):
        """Tell the first difference."""
        for mine, theirs in zip(self.seen, other.seen, strict=False):
            if mine != theirs:
                return f"{self.kept[mine[0]]!r:.200}: {mine[1:]!r:.300} became {theirs[1:]!r:.300}"
        return f"{len(self.seen)} things became {len(other.seen)}"

    def _of(self, one):
        """Give what is directly in a thing: values themselves, everything else by its id."""
        if isinstance(one, type):
            inside = [*one.__bases__, *_pairs(vars(one)), type(one)] if _ours(one.__module__) else []
        elif isinstance(one, types.ModuleType):
            inside = _pairs(vars(one)) if _ours(one.__name__) else []
        elif isinstance(one, types.FunctionType):
            inside = _function(one) if _ours(one.__module__) or one.__closure__ else []
        else:
            inside = self._value(one)
        return [self._token(part) for part in inside]

    def _value(self, one):
        for kinds, parts in PARTS:
            if isinstance(one, kinds):
                return [*parts(one), *_attributes(one)]
        return _attributes(one) if _ours(type(one).__module__) else []

    def _token(self, part):
        if isinstance(part, int | float | str | bytes | None) and type(part).__module__ == "builtins":
            return repr(part)
        self._waiting.append(part)
        return id(part)


def _ours(name):
    return name in (NAME, HELPER_NAME)


def _pairs(names):
    hidden = ("__builtins__", "__warningregistry__", "_abc_impl", "__weakref__", "__dict__")
    return [part for name, one in list(names.items()) if name not in hidden for part in (name, one)]


def _function(one):
    cells = [cell.cell_contents for cell in one.__closure__ or ()]
    attributes = [vars(one), one.__annotations__] if _ours(one.__module__) else []
    return [one.__code__, one.__defaults__, one.__kwdefaults__, *cells, *attributes]


def _attributes(one):
    if isinstance(one, type(weak_example)):
        return []
    slots = [
        value
        for cls in type(one).__mro__
        if _ours(cls.__module__)
        for name in cls.__dict__.get("__slots__", ())
        for value in (name, getattr(one, name, "empty"))
    ]
    return [*slots, *_pairs(getattr(one, "__dict__", {}))]


weak_example = weakref.WeakValueDictionary()
PARTS = [
    (weakref.WeakValueDictionary, lambda one: _pairs(dict(one))),
    (weakref.ref, lambda one: [one()]),
    (collections.OrderedDict, _pairs),
    (collections.defaultdict, lambda one: [one.default_factory, *_pairs(one)]),
    (collections.ChainMap, lambda one: one.maps),
    (types.SimpleNamespace, lambda one: []),
    (types.MappingProxyType, _pairs),
    (dict, lambda one: _pairs(dict(dict.items(one)))),
    (collections.deque, lambda one: [one.maxlen, *one]),
    (list | tuple, lambda one: list(type(one).__mro__[-2].__iter__(one))),
    (set | frozenset, list),
    (array.array, lambda one: [one.tobytes()]),
    (bytearray, lambda one: [bytes(one)]),
    (memoryview, lambda one: [one.tobytes(), one.obj]),
    (np.ndarray, lambda one: [str(one.dtype), str(one.shape), str(one.flags), *_cells(one)]),
    (np.void, lambda one: [one["n"].tobytes(), one["o"]]),
    (io.StringIO, lambda one: [one.getvalue(), one.tell()]),
    (io.BytesIO, lambda one: [one.getvalue(), one.tell()]),
    (random.Random, lambda one: [repr(one.getstate())]),
    (np.random.Generator, lambda one: [repr(one.bit_generator.state)]),
    (functools.partial, lambda one: [one.func, *one.args, *_pairs(one.keywords)]),
    (types.MethodType, lambda one: [one.__func__, one.__self__]),
    (types.BuiltinMethodType, lambda one: [one.__self__]),
    (staticmethod | classmethod, lambda one: [one.__func__]),
    (property, lambda one: [one.fget, one.fset]),
    (functools.cached_property, lambda one: [one.func]),
    (type(functools.lru_cache(print)), lambda one: [repr(one.cache_info()), one.__wrapped__]),
    (type(iter([])), lambda one: [repr(one.__length_hint__())]),
    (type({}.keys()), list),
    (type({}.items()), lambda one: _pairs(dict(one))),
    (itertools.count, lambda one: [repr(one)]),
]


def _cells(one):
    if one.dtype.names:
        return [part for name in one.dtype.names for part in _cells(one[name])]
    return list(one.flat) if one.dtype.hasobject else [one.tobytes()]

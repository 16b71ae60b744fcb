"""A script full of plain data, with a module of its own. No test."""

import types

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
import abc, array, collections, contextlib, dataclasses, functools, importlib, io, itertools, operator, random, sys
import types, typing, weakref
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
class Other_(Base):
    def link(self, other):
        made.append(other)
        return self
class Limited:
    def __init__(self): self.log = []
    def __set_name__(self, owner, name): self.name = "_" + name
    def __get__(self, one, owner=None):
        self.log.append("get")
        return self if one is None else vars(one).get(self.name, 0)
    def __set__(self, one, value):
        self.log.append(value)
        Guard.seen.append(value)
        vars(one)[self.name] = value
    def __delete__(self, one): vars(one).pop(self.name, None)
class Guard:
    level, seen = Limited(), []
class Fault(ValueError):
    count = []
    def __init__(self, what, where):
        global total
        total = 1
        super().__init__(what)
        self.where = where
@dataclasses.dataclass(slots=True)
class Measured:
    name: str
    volts: list = dataclasses.field(default_factory=list)
Pair = collections.namedtuple("Pair", "a b")
data = [1, *DATA0]
other = {"a": [1], **DATA1}
marks, settings, queue, spare = {1, "a"}, {"a": 1}, collections.deque([1, 2, 3]), bytearray(b"spare")
alias = [data, other, table]
nested = {"list": [data, [1, 2, [3]]], "dict": {"x": {"y": other}}, "tuple": ([1], {"z": [2]}), "set": {1, 2}}
nested["deep"] = [data]
point, fixed, slotted, bag, book = Point(1, ["t"], data), Fixed([data]), Slotted(), Bag([[1], 2]), Book(k=[1])
bag.note = [1]
guard, error, measured = Guard(), Fault([1], [2]), Measured("m", [data])
guard.level, error.__cause__ = 1, KeyError(data)
node, stack, volts, square = Node(3).link(Node(4)), Stack().push(1), Volts(3.3), Square()
node.link(node)
pair = Pair([1], {"b": 2})
dq, od = collections.deque([[1], 2, 3], 5), collections.OrderedDict(a=[1], b=2)
dd, ct = collections.defaultdict(list, a=[1]), collections.Counter("aab")
chain = collections.ChainMap({"a": [1]}, table)
simple, users, userd = types.SimpleNamespace(x=[1], y=2), collections.UserList([[1]]), collections.UserDict(a=[1])
raw, nums = bytearray(b"abc"), array.array("i", [3, 1, 2])
mem = memoryview(raw)[1:]
arr, grid = np.arange(6), np.arange(6.0).reshape(2, 3)
view, cols, every, reverse, block = arr[2:], grid.T, arr[::2], arr[::-1], grid[:, 1:]
objs = np.array([[1], {"a": 1}, None], dtype=object)
rec = np.zeros(2, [("n", "i4"), ("o", "O")])
rec["o"][0] = [1]
row, field = rec[0], rec["n"]
ro, keys, items = types.MappingProxyType(nested), table.keys(), nested.items()
ref, proxy = weakref.ref(point), weakref.proxy(node)
weak, weakset = weakref.WeakValueDictionary(p=point), weakref.WeakSet([node])
text, octets = io.StringIO("some text"), io.BytesIO(b"octets")
rng, dice = random.Random(1), np.random.default_rng(1)
keys_at = iter(list(nested))
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
def make_two():
    log = []
    def put(x): log.append(x); return log
    def get(): return log
    return put, get
recorded, counted = make_two()
def set_fresh(value):
    global fresh
    fresh = value
    globals()["fresher"] = [value]
def set_zero():
    global total
    total = 0
def total_of(): return min(len(made), 2)
def defaults(x, into=made, *, named={"n": [1]}):
    into.append(x)
    named["n"].append(x)
    return into
def keeps(kept=data):
    kept += [1]
    return kept
def adder(by):
    def add():
        global total
        total = by
        made.append(by)
        return lambda: made.append(total)
    return add
def generated(count):
    for one in range(count):
        made.append(one)
        yield made
def fail(what):
    made.append(what)
    raise ValueError(what)
@contextlib.contextmanager
def context():
    made.append("in")
    try: yield made
    finally: made.append("out")
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


def module(name, path, source):
    """Run a module of the script; it is not in sys.modules yet."""
    made = types.ModuleType(name)
    made.__file__ = str(path)
    return made, compile(source, str(path), "exec")

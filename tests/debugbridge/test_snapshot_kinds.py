"""Enumerations, and classes whose instances are shared: what is copied, and how both are known to be the same."""

import contextvars
import sys
import types

import pytest

from lager import wire
from lager_debugbridge import completion
from lager_debugbridge.evaluator import Evaluator
from lager_debugbridge.snapshot import Snapshot

NAME = "script_with_kinds"
SCRIPT = """
import collections, enum, itertools, queue, sys, threading, weakref
log, count = [], 0
class State(enum.Enum):
    IDLE = "idle"
    BUSY = "busy"
    @property
    def label(self): return self.value.title()
class Mode(enum.Enum):
    A = [1]
    B = {"k": [2]}
    def poke(self): self.value.append(9); return self
class Noted(enum.IntEnum):
    ONE = 1
    TWO = 2
    def note(self): log.append(self)
class Counted(enum.Flag):
    R = 1
    W = 2
    @classmethod
    def bump(cls):
        global count
        count += 1
class Text(str, enum.Enum):
    P = "p"
    Q = "q"
Text.P.notes = []
both, by = Counted.R | Counted.W, {Noted.ONE: [1], Mode.A: [2], Text.P: [3]}
class Lost(Exception):
    pass
class Worker(threading.Thread):
    def __init__(self):
        super().__init__()
        self.state, self.mode = State.BUSY, Mode.A
    def fail(self): raise Lost("gone")
class Quick(Worker): pass
worker = Quick()
first, second = itertools.tee([[1], [2], [3]]); next(first)
calls = iter(lambda: log.append(1), 1)
class Owner:
    def __init__(self): self.seen = []
    def see(self): return self.seen
owner = Owner(); method = weakref.WeakMethod(owner.see)
group = ExceptionGroup("some", [Lost("x")]) if sys.version_info >= (3, 11) else None
frame = sys._getframe()
def seen():
    members = [(one, dict(vars(one))) for kind in (State, Mode, Noted, Counted, Text) for one in kind]
    rest = list(vars(Mode)), list(vars(Noted)), dict(Mode._value2member_map_), by, owner.seen, log, count
    return repr((members, rest, group and vars(group.exceptions[0])))
"""
SAFE = [
    "Mode.A.value.append(1)",
    "Mode.A.poke(); [one.value.clear() for one in Mode]",
    "vars(Mode.B)['_value_']['k'].append(1); Mode['A']._value_ = 5; Mode.fresh = 1",
    "Noted.ONE.note(); Noted(2).x = 1; Noted.table = {}; by[Noted.ONE].append(1)",
    "Counted.bump(); Counted(3).extra = []",
    "Text.P.notes.append(1); Text('q').x = 1",
    "next(first).append(5); second.__next__().append(6); next(calls)",
    "method()().append(1); owner.seen.append(2)",
    "group and group.exceptions[0].args and setattr(group.exceptions[0], 'x', 1)",
]
TRUE = [
    "State.IDLE is State('idle') and worker.state is State.BUSY and State.BUSY.label == 'Busy'",
    "Mode.A is Mode['A'] is list(Mode)[0] and isinstance(Mode.A, Mode) and by[Mode.A] == [2]",
    "worker.mode == Mode.A and Mode.A == worker.mode and worker.mode != Mode.B and worker.mode in (Mode.A,)",
    "Noted(1) is Noted.ONE and Noted.TWO + 1 == 3 and by[Noted.ONE] == [1] and repr(Noted.ONE) == '<Noted.ONE: 1>'",
    "both is Counted.R | Counted.W and Counted.R in both and Counted(2) is Counted.W and len(Mode) == 2",
    "Text.P == 'p' and Text('p') is Text.P and Text.P.upper() == 'P' and by[Text.P] == [3] and Text.Q.name == 'Q'",
    "isinstance(worker, Quick) and isinstance(worker, (int, Worker)) and isinstance(worker, int | Worker)",
    "not isinstance(worker, Owner) and issubclass(type(worker), Worker) and not issubclass(int, Worker)",
    "[*map(list.__len__, second)] == [1, 1, 1] and list(first) == [[2], [3]]",
    "group is None or (isinstance(group, Exception) and group.exceptions[0] is group.exceptions[0])",
]
CAUGHT = [
    "try:\n    worker.fail()\nexcept Lost as error:\n    ok = str(error) == 'gone'",
    "try:\n    worker.fail()\nexcept (ValueError, Lost):\n    ok = True",
    "def tried():\n    try:\n        worker.fail()\n    except KeyError: return False\n    except Lost: return True",
]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Run the script; give its module, and what evaluates statements on a fresh snapshot: whether all went well."""
    folder = tmp_path_factory.mktemp("kinds")
    module = sys.modules[NAME] = types.ModuleType(NAME)
    module.__file__ = str(folder / "script.py")
    exec(compile(SCRIPT, module.__file__, "exec"), vars(module))

    def evaluate(*statements):
        sent = []
        evaluating = contextvars.ContextVar("evaluating", default=False)
        evaluator = Evaluator(module.frame, sent.append, str(folder), evaluating)
        evaluator.open("c")
        for number, statement in enumerate(statements):
            evaluator.evaluate(wire.Evaluate(number + 1, statement, "c"))
        evaluator.finish("resumed")
        assert [one.ok for one in sent if isinstance(one, wire.ConsoleResult)] == [True] * len(statements), sent

    yield module, evaluate
    del sys.modules[NAME]


def test_what_can_change_is_a_copy(world):
    module, evaluate = world
    before = module.seen()
    for statement in SAFE:
        evaluate(statement)
        assert module.seen() == before, statement
    evaluate("assert next(first) == [2]")
    assert next(module.first) == [2], "the script's own is where it was"
    module.first, module.second = module.itertools.tee([[1], [2], [3]])
    next(module.first)


def test_what_is_the_same_in_the_script_is_so_here(world):
    _, evaluate = world
    evaluate(*(f"assert {one}" for one in TRUE))


def test_what_a_shared_thing_raises_is_caught(world):
    _, evaluate = world
    evaluate(CAUGHT[0], "assert ok", CAUGHT[1], CAUGHT[2], "assert tried()")
    evaluate("try:\n    int('x')\nexcept ValueError as error: pass", "try:\n    1 / 0\nexcept: pass")


def test_only_what_can_be_typed_is_completed(world):
    module, _ = world
    vars(module)["no name"] = 1
    snapshot = Snapshot(module.frame, "")
    assert all(name.isidentifier() for name in completion.complete("", 0, snapshot.names)[0])
    snapshot.drop()
    del vars(module)["no name"]

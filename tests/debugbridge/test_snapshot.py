"""What a snapshot costs before anything is touched, and which names it finds where."""

import sys
import tracemalloc
import types

import pytest

from lager_debugbridge.snapshot import Snapshot

BIG = 2 * 1024 * 1024  # elements: 16 MiB of a list
NAME = "script_that_is_looked_at"


@pytest.fixture
def stop(tmp_path):
    """Run a script; give its module, and a snapshot made where it calls `look()`."""
    found = []

    def load(source):
        path = tmp_path / "script.py"
        path.write_text(source)
        module = sys.modules[NAME] = types.ModuleType(NAME)
        module.__file__ = str(path)
        module.look = lambda: found.append(Snapshot(sys._getframe(1), str(tmp_path)))
        exec(compile(source, str(path), "exec"), vars(module))
        return module, found[-1]

    yield load
    for one in found:
        one.drop()
    del sys.modules[NAME]


@pytest.mark.parametrize("where", ["look()", "def f(held):\n    look()\nf(big)"])
def test_attaching_to_a_big_list_takes_no_memory_until_it_is_touched(stop, where):
    module, _ = stop(f"big = [None] * {BIG}\nbag = [big]\nlook()")
    frame = None

    def look():
        nonlocal frame
        frame = sys._getframe(1)

    module.look = look
    exec(compile(where, module.__file__, "exec"), vars(module))
    tracemalloc.start()
    try:
        snapshot = Snapshot(frame, "")
        exec("one = 1 + 1", snapshot.names)
        assert "big" in snapshot.names
        assert len(snapshot.names.peek("big")) == BIG
        assert tracemalloc.get_traced_memory()[1] < 100_000
        exec("big.append(1)", snapshot.names)
        touched = tracemalloc.get_traced_memory()[1]
        assert 8 * BIG < touched < 8 * BIG * 1.3, "one copy, and not a second one on the way to it"
        assert snapshot.names["bag"][0] is snapshot.names["big"]
    finally:
        tracemalloc.stop()
    assert len(module.big) == BIG
    snapshot.drop()


COMPREHENSIONS = {
    "module": "outer = 5\nfound = [look() or one for one in [[1]]]",
    "captured": "outer = 5\nfound = [(look(), one)[1] for one in [[1]]]",
    "function": "outer = 5\ndef f(held):\n    return [look() or one for one in [[1]]]\nfound = f([2])",
    "class": "outer = 5\nclass A:\n    inner = 3\n    found = [look() or one for one in [[1]]]\nfound = A.found",
    "nested": "outer = 5\nfound = [[look() or one for two in [2]][0] for one in [[1]]]",
    "dictionary": "outer = 5\nfound = [*{2: look() or one for one in [[1]]}.values()]",
}


@pytest.mark.parametrize("source", COMPREHENSIONS.values(), ids=COMPREHENSIONS)
def test_the_variables_of_a_comprehension_are_seen_and_are_copies(stop, source):
    module, snapshot = stop(source)
    exec("one.append(outer); seen = one", snapshot.names)
    assert snapshot.names["seen"] == [1, 5]
    assert module.found in ([[1]], [1])
    assert not hasattr(module, "seen")


def test_names_given_to_exec_are_seen(stop):
    _, snapshot = stop("outer = 5\nexec('look()', globals(), {'one': [1]})")
    assert (snapshot.names["one"], snapshot.names["outer"]) == ([1], 5)


CLASSES = """
import abc, argparse, typing
T = typing.TypeVar("T")
total = 0
class Base:
    made = []
    def __init_subclass__(cls): Base.made.append(cls.__name__)
class Child(Base):
    def bump(self):
        global total
        total += 1
        return super().__init__()
class Kind(type):
    made = []
    def __new__(cls, *args):
        Kind.made.append(args[0])
        return super().__new__(cls, *args)
class Registered(metaclass=Kind):
    log = []
class Stack(typing.Generic[T]):
    log = []
class Seen(typing.Protocol):
    log = []
class Volts(float):
    log = []
class Name(str):
    log = []
options = argparse.Namespace(volts=[3.3])
volts, name = Volts(3.3), Name("n")
volts.note = [1]
look()
"""


@pytest.mark.parametrize("cls", ["Child", "Registered", "Stack", "Seen", "Volts", "Name", "Kind"])
def test_every_sort_of_class_is_a_copy(stop, cls):
    module, snapshot = stop(CLASSES)
    made = {name: list(getattr(module, name).made) for name in ("Base", "Kind")}
    exec(f"{cls}.log = 1\n{cls}.fresh = 2", snapshot.names)
    exec("Child().bump()\nclass More(Base): pass\nclass Other(metaclass=Kind): pass", snapshot.names)
    assert not hasattr(getattr(module, cls), "fresh")
    assert module.total == 0
    assert {name: getattr(module, name).made for name in made} == made, "no hook of the script ran for the copies"
    assert snapshot.names["Base"].made == ["Child", "More"]


def test_numbers_and_texts_of_the_scripts_own_sorts(stop):
    module, snapshot = stop(CLASSES)
    exec(
        "volts.note.append(2); options.volts.append(5); same = type(volts) is Volts, volts + 1, name + 'x'",
        snapshot.names,
    )
    assert snapshot.names["same"] == (True, 4.3, "nx")
    assert (module.volts.note, module.options.volts) == ([1], [3.3])

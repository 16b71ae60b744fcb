"""Values that resist: what refuses to be looked at is looked at all the same, and nothing of it is changed."""

import sys
import types

import pytest

from lager import wire
from lager_debugbridge.snapshot import Snapshot

SCRIPT = """
import sys

class Node:
    def __init__(self, name):
        self.links = set()
        self.by = {}
        self.name = name
    def __hash__(self):
        return hash(self.name)
    def __eq__(self, other):
        return self.name == other.name

one, two = Node("one"), Node("two")
one.links.add(two); two.links.add(one)
one.by[two] = 2; two.by[one] = 1

class Refuses:
    def __init__(self):
        object.__setattr__(self, "kept", [1])
    def __getattribute__(self, name):
        raise RuntimeError(name)

class Slotted:
    __slots__ = ("kept",)
    def __init__(self):
        self.kept = [1]
    def __getattr__(self, name):
        return getattr(self.missing, name)

class NoDict(Slotted):
    __slots__ = ()
    @property
    def __dict__(self):
        raise RuntimeError("dict")

class NoClass:
    def __init__(self):
        self.kept = [1]
    @property
    def __class__(self):
        raise RuntimeError("class")

refuses, slotted, no_dict, no_class = Refuses(), Slotted(), NoDict(), NoClass()

class Link:
    def __init__(self, after):
        self.after = after

chain = deep = None
for _ in range(3000):
    chain, deep = Link(chain), [deep] if _ % 2 else {"in": deep}

numbers = [3, 1, 2]
at, pairs, counted = iter(numbers), zip(numbers, numbers), enumerate(numbers)
back, doubled, letters = reversed(numbers), map(lambda n: 2 * n, numbers), iter("ab")
next(at)

class BadRepr:
    def __repr__(self):
        raise RuntimeError("bad repr")

bad = BadRepr()
frame = sys._getframe()
"""


@pytest.fixture
def world(tmp_path):
    """Run the script; give its names, and a snapshot of them."""
    path = tmp_path / "odd_values_script.py"
    path.write_text(SCRIPT)
    module = types.ModuleType("odd_values_script")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    exec(compile(SCRIPT, str(path), "exec"), vars(module))
    snapshot = Snapshot(vars(module).pop("frame"), str(tmp_path))
    yield module, snapshot.names
    snapshot.drop()
    del sys.modules[module.__name__]


def test_what_is_hashed_by_the_script_may_lie_in_a_cycle(world):
    module, names = world
    one, two = names["one"], names["two"]
    assert one is not module.one
    assert (two in one.links, one in two.links, one.by[two], two.by[one]) == (True, True, 2, 1)
    assert next(iter(two.links)) is one
    one.links.clear()
    assert len(module.one.links) == 1


@pytest.mark.parametrize("name", ["refuses", "slotted", "no_dict", "no_class"])
def test_objects_that_refuse_to_be_looked_at_are_copied(world, name):
    module, names = world
    kept = [object.__getattribute__(one, "kept") for one in (names[name], getattr(module, name))]
    assert kept == [[1], [1]]
    assert kept[0] is not kept[1]


def test_nesting_has_no_limit(world):
    module, names = world
    for start, step in [("chain", lambda one: one.after), ("deep", lambda one: next(iter(one), None))]:
        copied, own, count = names[start], getattr(module, start), 0
        while own is not None:
            assert copied is not own
            if isinstance(own, dict):
                copied, own = copied["in"], own["in"]
            else:
                copied, own = step(copied), step(own)
            count += 1
        assert (copied, count) == (None, 3000)


def test_iterators_of_plain_data_have_a_place_of_their_own(world):
    module, names = world
    names["numbers"].append(9)
    taken = {name: list(names[name]) for name in ("at", "pairs", "counted", "back", "doubled", "letters")}
    assert taken == {
        "at": [1, 2, 9],
        "pairs": [(3, 3), (1, 1), (2, 2), (9, 9)],
        "counted": [(0, 3), (1, 1), (2, 2), (3, 9)],
        "back": [2, 1, 3],
        "doubled": [6, 2, 4, 18],
        "letters": ["a", "b"],
    }
    assert [next(one) for one in (module.at, module.back, module.doubled, module.letters)] == [1, 2, 6, "a"]


PAUSE = "from lager.breakpoint import pause\n"


@pytest.mark.parametrize("change", ["sys.stdout = None", "del sys.stdout", "sys.stdout.close()"])
def test_a_console_where_the_script_has_no_stdout(box, script, change):
    source = (
        "import sys, threading\n"
        f"{PAUSE}{change}\n"
        "failed, go = [], threading.Event()\n"
        "def chatter():\n"
        "    go.wait()\n"
        "    try:\n        print('lost', flush=True)\n"
        "    except AttributeError as exc:\n        failed.append(exc)\n"
        "    except (RuntimeError, ValueError):\n        return  # as without a console\n"
        "thread = threading.Thread(target=chatter); thread.start()\n"
        "pause(timeout=0, interactive=True)\n"
        "sys.exit(bool(failed))\n"
    )
    run = script(source)
    box.paused()
    with box.console() as console:
        assert isinstance(console.next(), wire.ConsoleReady)
        assert console.run("print('here'); go.set(); thread.join()") == "here\n"
    box.resume()
    assert run.end()[0] == 0


def test_a_traceback_shows_the_users_lines_only(box, script):
    run = script(
        f"{PAUSE}class Bad:\n    def __repr__(self):\n        raise ValueError\nbad = Bad()\n"
        + "pause(timeout=0, interactive=True)\n"
    )
    box.paused()
    with box.console() as console:
        assert isinstance(console.next(), wire.ConsoleReady)
        shown = console.run("bad")
    assert shown.count("  File ") == 2
    assert "lager_debugbridge" not in shown
    box.resume()
    assert run.end()[0] == 0

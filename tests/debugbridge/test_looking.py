"""What is too big to be copied for a look at it: it is read in place, and nobody can tell but by memory and time."""

import contextlib
import contextvars
import sys
import tracemalloc
import types
from pathlib import Path

import pytest

from lager_debugbridge import copiers, looking, output, room
from lager_debugbridge.snapshot import Snapshot
from lager_debugbridge.statements import parse

SIZE = 1 << 16
BYTES = 8 * SIZE  # of the list
NAME = "script_with_much"
SCRIPT = f"""
import numpy as np
big = [0] * {SIZE}
items = [[number] for number in range(20_000)]
curve = np.arange({SIZE})
small, raw = [1, 2], bytearray({2 * SIZE})
def first(): return big[0]
def inner(mine):
    look()
look()
inner(big)
"""


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """Run the script; give its module, and the frames where it stops: its own, and a function's."""
    path = tmp_path_factory.mktemp("much") / "much.py"
    path.write_text(SCRIPT)
    module = sys.modules[NAME] = types.ModuleType(NAME)
    module.__file__, frames = str(path), []
    module.look = lambda: frames.append(sys._getframe(1))
    exec(compile(SCRIPT, str(path), "exec"), vars(module))
    yield module, frames
    del sys.modules[NAME]


@pytest.fixture(params=[0, 1], ids=["module", "function"])
def world(request, stopped, monkeypatch):
    """Give the script's module, a snapshot, and what evaluates a text as consoles do."""
    monkeypatch.setattr(looking, "BIG", SIZE)
    monkeypatch.setattr(looking, "PART", SIZE // 16)
    module, frames = stopped
    snapshot = Snapshot(frames[request.param], str(Path(module.__file__).parent))
    names = snapshot.names

    def run(text):
        for one in parse(text, "<console>"):
            names.declare(one.globals)
            names.prepare(one.class_names)
            try:
                exec(one.code, names)
            finally:
                names.settle()
        return names

    yield module, snapshot, run
    snapshot.drop()


LOOKS = {
    "found = big[5], big[-1], big[1:3], len(big)": (0, 0, [0, 0], SIZE),
    "found = sum(big), max(big), any(big)": (0, 0, False),
    "for found in big: break": 0,
    "found = next(n for n, one in enumerate(one for one in big) if n == 5000)": 5000,
    "found = [one for one in big if one]": [],
    "found = curve[7] + curve[-1]": SIZE + 6,
    "found = len(curve), len(raw), raw[3]": (SIZE, 2 * SIZE, 0),
    "found = 0 if big[0] else len(big)": SIZE,
}


@pytest.mark.parametrize("text", LOOKS)
def test_a_look_copies_nothing(world, text):
    _, snapshot, run = world
    tracemalloc.start()
    try:
        assert run(text)["found"] == LOOKS[text]
        assert tracemalloc.get_traced_memory()[1] < BYTES / 4
    finally:
        tracemalloc.stop()
    assert not any("\0" in name for name in dict.keys(snapshot.names))


def test_what_comes_out_is_a_copy_and_the_same_one_as_ever(world):
    module, _, run = world
    names = run("one = items[3]; one.append(5)\nfew = items[3:5]\nfor last in items: last.append(7)")
    run("same = items[3] is one is few[0] and items[-1] is last; items[3] = 0; gone = items[3], len(items)")
    assert names["same"] is True
    assert names["one"] == [3, 5, 7]
    assert names["gone"] == (0, 20_000)
    assert module.items[3] == [3]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("big.append(1)\nfound = len(big), big[-1]", (SIZE + 1, 1)),
        ("big[0] = 5\nfound = big[0]", 5),
        ("n = 0\nfor one in big:\n    n += 1\n    if n < 3: globals()['big'].append(2)\nfound = n", SIZE + 2),
        ("def len(x): return type(x).__name__\nfound = len(big)", "list"),
        ("found = first() + len(small) + small[0]", 3),
        ("big = [3]\nfound = big[0]", 3),
        ("del big\ntry:\n    big[0]\nexcept NameError as error:\n    found = str(error)", "name 'big' is not defined"),
        ("try:\n    absent[0]\nexcept NameError as error:\n    found = str(error)", "name 'absent' is not defined"),
        (
            "try:\n    big[SIZE]\nexcept IndexError as error:\n    found = str(error)".replace("SIZE", str(SIZE)),
            "list index out of range",
        ),
        ("part = curve[2:5]; part[0] = -1\nfound = curve[2]", -1),
        ("found = [big[number] for number in range(3)]", [0, 0, 0]),
        ("found = (lambda: big[0])(), min(big, key=str)", (0, 0)),
        ("found = max(curve)", SIZE - 1),
    ],
)
def test_all_else_is_as_if_it_had_been_copied(world, text, found):
    module, _, run = world
    assert run(text)["found"] == found
    assert (len(module.big), module.big[0], module.curve[2]) == (SIZE, 0, 2)


@contextlib.contextmanager
def console(shown):
    """Be in a statement of a console."""
    token = output.sink.set(output.Sink(lambda stream, text: shown.append((stream, text))))
    try:
        yield
    finally:
        output.sink.reset(token)


@pytest.mark.parametrize("text", ["big.append(1)", "curve += 1", "x = [*items]", "raw[0] = 1"])
def test_a_copy_that_the_machine_has_no_room_for_is_refused(world, text, monkeypatch):
    module, _, run = world
    monkeypatch.setattr(room, "ASKED", SIZE)
    monkeypatch.setattr(room, "available", lambda: room.RESERVE + 1000)
    with pytest.raises(
        MemoryError, match=r"^no copy of this \w+.* is made: it takes .* kB, and this machine has 67 MB left"
    ):
        run(text)
    assert module.big[0] == run("found = big[0]")["found"]
    monkeypatch.setattr(room, "available", lambda: None)
    run(text)


def test_many_small_copies_are_refused_too(world, monkeypatch):
    _, snapshot, run = world
    monkeypatch.setattr(room, "available", lambda: room.RESERVE - 1)
    monkeypatch.setattr(copiers, "MANY", 1000)
    with pytest.raises(MemoryError, match="not copied any further"):
        run("x = [*items]")
    assert snapshot.copier.known(snapshot.names.peek("items")) is None


def test_a_big_copy_is_told(world, monkeypatch, capsys):
    _, _, run = world
    monkeypatch.setattr(room, "TOLD", SIZE)
    monkeypatch.setattr(room, "ASKED", SIZE)
    run("curve.sum()")
    assert capsys.readouterr().err == "", "outside of a console"
    with console([]):
        contextvars.copy_context().run(run, "big.append(1)")
    assert capsys.readouterr().err == f"(copying this list of {SIZE} for this console: 524 kB)\n"


def test_what_a_machine_may_still_take_is_known():
    free = room.available()
    assert free is None or free > 1_000_000
    assert [room.shown(one) for one in (5, 12_300, 1_200_000, 3_000_000_000)] == [
        "5 bytes",
        "12 kB",
        "1.2 MB",
        "3.0 GB",
    ]

"""A snapshot that is saved in a file, and opened in another process."""

import json
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import pytest

from lager import errors
from lager_debugbridge import opening, saving
from lager_debugbridge.snapshot import Snapshot

NAME, HELPER_NAME = "script_to_be_saved", "helper_to_be_saved"
HELPER = """
limit = 3
def over(x):
    return x > limit
"""
SCRIPT = """
import collections, dataclasses, enum, functools, sys, threading, typing, queue
import numpy as np
import helper_to_be_saved as helper
from helper_to_be_saved import over
T = typing.TypeVar("T")
total = 0
table = {"a": [1]}
alias = [table]
class Base:
    made = []
    def __init_subclass__(cls):
        Base.made.append(cls.__name__)
class Cell(Base):
    __slots__ = ("volts", "me")
    def __init__(self, volts):
        super().__init__()
        self.volts, self.me = volts, self
    def raise_by(self, d):
        global total
        total += 1
        self.volts += d
        return self
class Stack(typing.Generic[T]):
    def __init__(self): self.items = []
@dataclasses.dataclass
class Point:
    x: int = 0
    tags: list = dataclasses.field(default_factory=list)
class Mode(enum.Enum):
    ON = 1
    def other(self): return Mode.ON
class Bad:
    def __reduce__(self): raise ValueError("not\\nme")
class Rig:
    def __init__(self): self.lock, self.log = threading.Lock(), [table]
class Refuses:
    def __init__(self): object.__setattr__(self, "kept", table)
    def __getattribute__(self, name): raise RuntimeError(name)
def make():
    n = 0
    def step():
        nonlocal n
        n += 1
        return n
    return step
@functools.lru_cache
def cached(x): return [x, total]
cell, stack, point, step, rig, refuses = Cell(3), Stack(), Point(1, ["t"]), make(), Rig(), Refuses()
pair = collections.namedtuple("Pair", "a b")(table, 2)
arr, lock, jobs, file = np.arange(3), threading.Lock(), queue.Queue(), open(__file__)
class Holder(list):
    def __reduce_ex__(self, protocol): raise ValueError("not\\nme")
bad = Holder([table, Bad()])
after = [bad[0], "fine"]
def drive(table, extra):
    mine = [extra, table]
    def inner(): return mine
    frame = sys._getframe()
    return frame
"""
SHOW = """
import sys
from pathlib import Path
from lager_debugbridge.opening import Opened
opened = Opened(sys.argv[1], Path(sys.argv[2]))
names = {**opened.frame.f_globals, **opened.frame.f_locals}
print(eval(sys.argv[3], names))
opened.close()
"""


@pytest.fixture
def world(tmp_path):
    """Run the script; give its module, and its folder."""
    for name, text in ((HELPER_NAME, HELPER), (NAME, SCRIPT)):
        path = tmp_path / f"{name}.py"
        path.write_text(text)
        module = types.ModuleType(name)
        module.__file__ = str(path)
        sys.modules[name] = module
        exec(compile(text, str(path), "exec"), vars(module))
    yield module, tmp_path
    module.file.close()
    for name in (NAME, HELPER_NAME):
        del sys.modules[name]


def saved(world, before="", nested=False):
    """Save what a console sees after a statement; the report, and the file."""
    module, folder = world
    frame = module.drive([0], "extra")
    if not nested:
        frame = eval(compile("__import__('sys')._getframe()", module.__file__, "eval"), vars(module))
    snapshot = Snapshot(frame, str(folder))
    exec(before, snapshot.names)
    try:
        return saving.save(snapshot, folder / "out"), folder / "out"
    finally:
        snapshot.drop()


def shown(file, tmp_path, expression):
    """Open a file in a process that has neither the script nor its folder; what an expression gives there."""
    (place := tmp_path / "place").mkdir()
    words = [sys.executable, "-c", SHOW, file, place, expression]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


def test_everything_plain_comes_home(world, tmp_path):
    report, file = saved(world, "cell.raise_by(1); step(); point.tags.append(2); stack.items.append(point)")
    for one in tmp_path.glob("*.py"):
        one.unlink()
    assert shown(
        file,
        tmp_path,
        "[cell.volts, total, cell.raise_by(1).volts, cell.me is cell, isinstance(cell, Cell), step(), step(), point,"
        " stack.items[0] is point, type(point) is Point, Point(), alias[0] is table, pair.a is table,"
        " rig.log[0] is table, arr.tolist(), Mode.ON.other(), cached(1), over(5), helper.limit, Base.made,"
        " object.__getattribute__(refuses, 'kept') is table, after]",
    ) == (
        "[4, 1, 5, True, True, 2, 3, Point(x=1, tags=['t', 2]), True, True, Point(x=0, tags=[]), True, True, True,"
        " [0, 1, 2], <Mode.ON: 1>, [1, 2], True, 3, ['Cell'], True, [{'a': [1]}, 'fine']]"
    )
    assert report.names > 25


def test_what_could_not_be_saved_is_listed_with_the_reason(world, tmp_path):
    report, file = saved(world)
    told = list(report.lines())
    assert told[1:] == [
        "not saved:",
        "  rig: all but a lock in it (it is a part of the running script)",
        "  lock: it is a part of the running script",
        "  jobs: it is a part of the running script",
        "  file: it is a handle of something outside of the script",
        "  bad: ValueError: not me",
    ]
    assert shown(file, tmp_path, "[rig.lock, lock, bad, hasattr(jobs, 'put')]") == (
        "[<not saved: lock, it is a part of the running script>, <not saved: lock, it is a part of the running script>,"
        " <not saved: Holder, ValueError: not me>, False]"
    )


def test_a_function_frame_keeps_its_own_names(world, tmp_path):
    _, file = saved(world, "mine.append(alias)\ndef here(): return mine, total", nested=True)
    wanted = "[table, mine, inner() is mine, total, here(), alias is mine[2], frame.__class__.__name__]"
    assert shown(file, tmp_path, wanted) == (
        "[[0], ['extra', [0], [{'a': [1]}]], True, 0, (['extra', [0], [{'a': [1]}]], 0), True, 'NotSaved']"
    )


def test_what_another_python_has_compiled_is_not_run(world, tmp_path):
    _, file = saved(world)
    other = tmp_path / "other"
    with zipfile.ZipFile(file) as there, zipfile.ZipFile(other, "w") as made:
        for name in there.namelist():
            content = there.read(name)
            if name == saving.ABOUT:
                content = json.dumps(json.loads(content) | {"python": "3.9.1"}).encode()
            made.writestr(name, content)
    assert shown(other, tmp_path, "[table, point.tags, step.__code__.co_name, cell.volts]") == (
        "[{'a': [1]}, ['t'], '_other_python', 3]"
    )


def test_names_that_are_no_text_do_not_keep_the_others_from_being_saved(world):
    report, file = saved(world, "globals()['\\ud800'] = [1]; globals()[type('Text', (str,), {})('odd one')] = [2]")
    told = opening.about(file)
    names = {name for module in told.modules for name, _ in module.names}
    assert {"\\ud800", "odd one", "table"} <= names
    assert report.names == sum(len(module.names) for module in told.modules)


def test_saving_changes_nothing_of_the_script(world):
    module, _ = world
    before = repr((module.table, module.cell.volts, module.Base.made, module.lock.locked()))
    saved(world)
    assert repr((module.table, module.cell.volts, module.Base.made, module.lock.locked())) == before
    assert not module.file.closed


def test_what_is_in_a_file_is_told_without_running_it(world):
    _, file = saved(world)
    about = opening.about(file)
    assert (about.function, Path(about.file).name) == ("<module>", f"{NAME}.py")
    assert {one.key for one in about.modules} == {NAME, HELPER_NAME}
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"no zip", None])
def test_a_file_that_is_none(tmp_path, content):
    path = tmp_path / "file"
    if content is None:
        with zipfile.ZipFile(path, "w") as file:
            file.writestr(saving.ABOUT, json.dumps({"format": 99}))
    else:
        path.write_bytes(content)
    with pytest.raises(errors.UsageError):
        opening.about(path)


def test_nothing_is_left_of_a_file_that_cannot_be_written(world):
    _, folder = world
    frame = world[0].drive([0], "extra")
    with pytest.raises(OSError, match="No such file"):
        saving.save(Snapshot(frame, str(folder)), folder / "nowhere" / "out")
    assert not list(folder.glob("*.new"))


@pytest.mark.parametrize("name", ["", "../x", ".x", "a b", "x" * 101])
def test_a_snapshot_is_kept_under_a_plain_name_only(name):
    with pytest.raises(errors.UsageError, match="no name for a snapshot"):
        saving.keep(None, name)


def test_importing_it_changes_nothing_of_pickle():
    code = (
        "import pickle; before = dict(pickle._Pickler.dispatch)\n"
        "import lager_debugbridge.saving\nassert pickle._Pickler.dispatch == before\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


ABOVE = """
import numpy as np
level = 0
whole = np.arange(6)
part, rows = whole[2:], whole.reshape(2, 3).T
many = dict.fromkeys(range(20_000), 0.5)
lists = [[*many], [*many, many], many]
class Fault(ValueError):
    def __init__(self, what, where):
        super().__init__(what)
        self.where = where
error = Fault("hot", part)
error.__cause__ = OSError(2, "none", "file")
def inner(deepest):
    mine = [deepest]
    look()
def outer(count):
    mine = [count]
    kept = mine
    list(map(inner, [count + 1]))
def through(one):
    by_library(outer, one)
through(5)
"""


@pytest.fixture
def above(tmp_path):
    """A snapshot of a script that is paused deep in its calls; and its frames."""
    import functools

    from lager_debugbridge.frames import Frames

    path = tmp_path / "deep.py"
    path.write_text(ABOVE)
    module = sys.modules["deep"] = types.ModuleType("deep")
    found = []

    def look():
        frame = sys._getframe(1)
        snapshot = Snapshot(frame, str(tmp_path))
        frames = Frames(frame, 0, snapshot)
        found.append((snapshot, [saving.Above(*one) for one in frames.above()]))

    module.__file__, module.look = str(path), look
    module.by_library = lambda does, *args: functools.reduce(lambda _, one: does(one), args, None)
    exec(compile(ABOVE, str(path), "exec"), vars(module))
    yield found[0]
    found[0][0].drop()
    del sys.modules["deep"]


def test_frames_above_come_home_and_views_are_views_there(above, tmp_path):
    snapshot, frames = above
    exec("def here(): return deepest, mine", snapshot.names)
    report = saving.save(snapshot, tmp_path / "out", frames)
    assert list(report.lines())[1] == "not saved:"
    assert "of libraries: they are none of the script's" in list(report.lines())[-1]
    made = subprocess.run([sys.executable, "-c", OFFLINE, tmp_path / "out", tmp_path], capture_output=True, text=True)
    assert made.stderr == ""
    assert made.stdout.splitlines() == [
        "through(5) | by_library(outer, one) | list(map(inner, [count + 1])) | look()",
        "[('deepest', 6), ('mine', [6])] (6, [6])",
        "[('count', 5), ('kept', [5]), ('mine', [5])] True",
        "9 9 20000 True 9 hot True [Errno 2] none: 'file'",
    ]


OFFLINE = """
import sys
from pathlib import Path
from lager_debugbridge.frames import Frames
from lager_debugbridge.opening import Opened
from lager_debugbridge.snapshot import Snapshot
opened = Opened(sys.argv[1], Path(sys.argv[2]) / "here" if not (Path(sys.argv[2]) / "here").mkdir() else None)
snapshot = Snapshot(opened.frame, str(opened.root))
frames = Frames(opened.frame, 0, snapshot)
print(*(one.partition(": ")[2] for one in frames.where() if "deep.py" in one), sep=" | ")
names = lambda: sorted((one, frames.names[one]) for one in frames.own_names() if one not in ("here", "look"))
print(names(), frames.names["here"]())
frames.choose(next(number for number in range(9) if " in outer" in frames.describe(number)))
print(names(), frames.names["kept"] is frames.names["mine"])
frames.names["whole"][2] = 9
same = "lists[1][-1] is many is lists[2]"
shown = "part[0]", "rows[2, 0]", "len(lists[0])", same, "error.where[0]", "error"
print(*(eval(one, frames.names) for one in shown), end=" ")
print(eval("type(error) is Fault", frames.names), frames.names["error"].__cause__)
opened.close()
"""


@pytest.mark.parametrize("damage", ["cut", "byte", "source", "frames", "version", "line", "file"])
def test_a_damaged_file_is_told_in_one_sentence(above, tmp_path, damage):
    path = tmp_path / "out"
    saving.save(*above[:1], path)
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "byte":
        path.write_bytes(content[:-400].replace(b"level = 0", b"level = 1") + content[-400:])
        path.write_bytes(_with(path, lambda name, one: b"" if name == "sources/0" else one, spoil=True))
    else:
        frame = {"file": "a.py", "line": 1, "function": "f"}
        changed = {
            "source": {"sources": ["a", "b", "c"]},
            "frames": {"frames": []},
            "version": {"format": 2},
            "line": {"frames": [frame | {"line": 1 << 40}]},
            "file": {"frames": [frame | {"file": "a\0"}]},
        }[damage]
        path.write_bytes(_with(path, lambda name, one: json.dumps(json.loads(one) | changed).encode()))
    (tmp_path / "place").mkdir()
    with pytest.raises(errors.UsageError, match="newer `lager`" if damage == "version" else "or a damaged one"):
        opening.Opened(path, tmp_path / "place")


def _with(path, change, spoil=False):
    """Give a file in which `about.json`, or the bytes of a source, are others."""
    made = path.with_name("made")
    with zipfile.ZipFile(path) as there, zipfile.ZipFile(made, "w") as file:
        for name in there.namelist():
            one = there.read(name)
            file.writestr(name, change(name, one) if name == saving.ABOUT and not spoil else one)
    content = made.read_bytes()
    return content.replace(b"def inner(deepest)", b"def inner(deepesT)") if spoil else content


def test_kept_snapshots_are_bounded_and_go_with_their_console(above, tmp_path, monkeypatch):
    snapshot, frames = above
    monkeypatch.setenv("LAGER_RUN_DIR_ROOT", str(tmp_path / "work"))
    folder = tmp_path / "console"
    size = saving.keep(snapshot, "one", frames).size
    monkeypatch.setattr(saving, "KEPT", 2)
    for name in ("three", "five"):
        saving.keep(snapshot, name, frames)
    assert sorted(one.name for one in folder.iterdir()) == ["five", "three"]
    monkeypatch.setattr(saving, "SIZE_LIMIT", size + 100)
    saving.keep(snapshot, "six", frames)
    assert [one.name for one in folder.iterdir()] == ["six"]
    monkeypatch.setattr(saving, "SIZE_LIMIT", 100)
    with pytest.raises(errors.UsageError, match="takes more than"):
        saving.keep(snapshot, "seven", frames)
    snapshot.drop()
    assert list(folder.iterdir()) == []

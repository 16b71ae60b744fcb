"""Pauses at exceptions that nobody catches: scripts of their own, and where they were stopped.

A case is a function of a script; its lines that end with `# stop` are where it is to be stopped. Where it is raised
again on a line with `# again`, only Python 3.12 and later say so; before, it is stopped on the line with `# next`, to
which it comes then. Every case runs in a thread of its own, so that one process does them all.
"""

import ast
import os
import re
import subprocess
import sys
import textwrap

import pytest

from lager_runner.spawn import STARTUP

PRELUDE = """
import asyncio, contextlib, io, json, logging, os, queue, sys, threading, unittest, urllib.error, urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
import library

class Own(Exception):
    pass

class Supply:
    def __enter__(self):
        return self
    def __exit__(self, *three):
        note("closed")

def note(what):
    print(f"note {what}", file=sys.stderr)

def fails(kind=KeyError):
    raise kind("x")

@contextmanager
def bench():
    try:
        yield Supply()
    finally:
        note("closed")

@contextmanager
def patient():
    try:
        yield
    except KeyError:
        note("caught")
"""

LIBRARY = """
def fails():
    try:
        raise ValueError("in the library")
    finally:
        print("note left", file=__import__("sys").stderr)

def calls(function):
    return function()

def catches(function):
    try:
        return function()
    except Exception:
        return None

try:
    import not_there_at_all
except ImportError:
    not_there_at_all = None
"""

CASES = {
    "plain": "{}['x']  # stop",
    "raised": "raise Own('x')  # stop",
    "through functions": "def inner():\n    int('x')  # stop\ndef outer():\n    inner()\nouter()",
    "a lambda": "(lambda: 1 / 0)()  # stop",
    "a comprehension": "[1 / one for one in [0]]  # stop",
    "caught": "try: {}['x']\nexcept KeyError: 0",
    "caught above": "try: fails()\nexcept LookupError: 0",
    "caught as another": "try:\n    {}['x']  # stop\nexcept ValueError: 0",
    "caught, then another": "try: fails()\nexcept KeyError as error:\n    raise Own('y') from error  # stop",
    "caught and raised again": ("try:\n    {}['x']  # stop\nexcept KeyError:\n    note('seen')\n    raise"),
    "caught and raised by name": "try:\n    {}['x']  # stop\nexcept KeyError as error:\n    raise error",
    "in a handler": "try: fails()\nexcept KeyError:\n    1 / 0  # stop",
    "in else": "try: 0\nexcept KeyError: 0\nelse:\n    {}['x']  # stop",
    "in finally": "try: 0\nfinally:\n    {}['x']  # stop",
    "in a handler, caught": "try: fails()\nexcept KeyError:\n    try: 1 / 0\n    except ZeroDivisionError: 0",
    "finally returns": "try: {}['x']\nfinally: return",
    "assert": "assert 1 == 2, 'no'  # stop",
    "a file": "with open('/dev/null') as file:\n    {}['x']  # stop",
    "a lock": "with threading.Lock():\n    {}['x']  # stop",
    "nested": "with bench() as one, Supply() as two:\n    {}['x']  # stop",
    "suppress": "with suppress(KeyError): {}['x']",
    "suppress another": "with suppress(OSError):\n    {}['x']  # stop",
    "suppress far above": "def run():\n    with bench(): fails()\nwith suppress(LookupError): run()",
    "a stack": "with ExitStack() as stack:\n    stack.enter_context(bench())\n    {}['x']  # stop",
    "a stack that suppresses": "with ExitStack() as stack:\n    stack.enter_context(patient())\n    {}['x']",
    "a patient manager": "with patient(): {}['x']",
    "a patient manager, another error": "with patient():\n    1 / 0  # stop",
    "a manager fails to start": ("@contextmanager\ndef bad():\n    {}['x']  # stop\n    yield\nwith bad(): 0"),
    "a manager fails to end": ("@contextmanager\ndef bad():\n    yield\n    raise Own('x')  # stop\nwith bad(): 0"),
    "a library fails": "library.fails()  # stop",
    "a library fails, caught": "try: library.fails()\nexcept ValueError: 0",
    "a library calls": "def back():\n    {}['x']  # stop\nlibrary.calls(back)",
    "a library catches": "library.catches(fails)",
    "the standard library fails": "json.loads('{')  # stop",
    "the standard library fails, caught": "try: json.loads('{')\nexcept ValueError: 0",
    "the standard library catches": "logging.getLogger('x').isEnabledFor(1)\nos.environ.get('NONE')\nio.StringIO()",
    "urllib": "try: urllib.request.urlopen('http://127.0.0.1:1/')\nexcept urllib.error.URLError: 0",
    "a bad url": "urllib.request.urlopen('nowhere:1')  # stop",
    "sorting": "def key(one):\n    return {}[one]  # stop\nsorted([1, 2], key=key)",
    "hasattr": "class It:\n    @property\n    def x(self): raise AttributeError('x')\nhasattr(It(), 'x')",
    "getattr": "class It:\n    @property\n    def x(self): raise AttributeError('x')\ngetattr(It(), 'x', 1)",
    "a property": "class It:\n    @property\n    def x(self):\n        raise AttributeError('x')  # stop\nIt().x",
    "an item": "class It:\n    def __getitem__(self, key): raise KeyError(key)\nIt()[1]  # stop",
    "a loop over items": "class It:\n    def __getitem__(self, key): raise IndexError\nfor one in It(): 0\nlist(It())",
    "in": "class It:\n    def __getitem__(self, key): raise IndexError\n1 in It()",
    "init": "class It:\n    def __init__(self):\n        raise TypeError('x')  # stop\nIt()",
    "a generator": "def some():\n    yield 1\n    {}['x']  # stop\nfor one in some(): 0",
    "a generator, caught": "def some():\n    yield 1\n    {}['x']\ntry: list(some())\nexcept KeyError: 0",
    "a generator that is closed": "def some():\n    yield 1\n    yield 2\nnext(some())\nsome().close()",
    "a generator that ends": "def some():\n    return\n    yield\nnext(some(), None)\nlist(some())",
    "next of nothing": "next(iter([]))",
    "thrown in": (
        "def some():\n    try: yield\n    except KeyError: yield\nmade = some()\nnext(made)\nmade.throw(KeyError('x'))"
    ),
    "a thread": "def work():\n    {}['x']  # stop\none = threading.Thread(target=work)\none.start()\none.join()",
    "a thread, caught": "one = threading.Thread(target=library.catches, args=[fails])\none.start()\none.join()",
    "a timer": "def work():\n    {}['x']  # stop\none = threading.Timer(0, work)\none.start()\none.join()",
    "a pool": "with ThreadPoolExecutor(1) as pool:\n    pool.submit(fails).result()  # stop",
    "a pool, caught": (
        "with ThreadPoolExecutor(1) as pool:\n    try: pool.submit(fails).result()\n    except KeyError: 0"
    ),
    "a pool that nobody asks": "with ThreadPoolExecutor(1) as pool: pool.submit(fails)",
    "a pool's map": "with ThreadPoolExecutor(1) as pool:\n    list(pool.map(fails, [KeyError]))  # stop",
    "asyncio": "async def main():\n    await asyncio.sleep(0)\n    {}['x']  # stop\nasyncio.run(main())",
    "asyncio, deep": (
        "async def inner():\n    async with asyncio.Lock():\n        {}['x']  # stop\n"
        "async def main():\n    await inner()\nasyncio.run(main())"
    ),
    "asyncio, caught": "async def main():\n    try: fails()\n    except KeyError: 0\nasyncio.run(main())",
    "asyncio, caught outside": "async def main(): fails()\ntry: asyncio.run(main())\nexcept KeyError: 0",
    "a task, caught": (
        "async def side(): fails()\nasync def main():\n    task = asyncio.ensure_future(side())\n"
        "    try: await task\n    except KeyError: 0\nasyncio.run(main())"
    ),
    "a task that is awaited": (
        "async def side(): fails()\nasync def main():\n    task = asyncio.ensure_future(side())\n"
        "    await task  # stop\nasyncio.run(main())"
    ),
    "tasks that are gathered": (
        "async def side(): fails()\nasync def main():\n    await asyncio.gather(side(), side())  # stop\n"
        "asyncio.run(main())"
    ),
    "tasks that are gathered with their errors": (
        "async def side(): fails()\nasync def main():\n    await asyncio.gather(side(), return_exceptions=True)\n"
        "asyncio.run(main())"
    ),
    "a task that is cancelled": (
        "async def main():\n    task = asyncio.ensure_future(asyncio.sleep(9))\n    await asyncio.sleep(0)\n"
        "    task.cancel()\n    with suppress(asyncio.CancelledError): await task\nasyncio.run(main())"
    ),
    "a callback of the loop": (
        "async def main():\n    loop = asyncio.get_running_loop()\n    loop.set_exception_handler(lambda *_: None)\n"
        "    loop.call_soon(fails)\n    await asyncio.sleep(0)\nasyncio.run(main())"
    ),
    "a timeout": (
        "async def main():\n    try: await asyncio.wait_for(asyncio.sleep(9), 0.01)\n"
        "    except asyncio.TimeoutError: 0\nasyncio.run(main())"
    ),
    "a timeout that is not caught": (
        "async def main():\n    await asyncio.wait_for(asyncio.sleep(9), 0.01)  # stop\nasyncio.run(main())"
    ),
    "a bad import": "import spoilt  # stop",
    "a missing import": "import nowhere  # stop",
    "a missing import, caught": "try: import nowhere\nexcept ImportError: 0",
    "a missing import in an import": "import needy  # elsewhere",
    "a missing import in an import, caught": "try: import needy\nexcept ModuleNotFoundError: 0",
    "a test case": (
        "class Test(unittest.TestCase):\n    def test(self): fails()\n    def test_2(self): self.assertEqual(1, 2)\n"
        "    def test_3(self):\n        with self.assertRaises(KeyError): fails()\n"
        "    def test_4(self):\n        with self.subTest(): fails()\n"
        "unittest.TextTestRunner(stream=io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(Test))"
    ),
    "exit": "sys.exit(3)",
    "interrupt": "raise KeyboardInterrupt",
    "no exception": "class Odd(BaseException): 0\nraise Odd",
    "a queue": "try: queue.Queue().get_nowait()\nexcept queue.Empty: 0",
    "exec": "exec('{}[1]')  # elsewhere",
    "a net that is not there": "import lager\nlager.Net.get('supply', lager.NetType.PowerSupply)  # stop",
    "a handler of ours": "import lager.breakpoint\nlager.breakpoint.pause(when=fails)",
    "recursion": "def deeper(): deeper()\ntry: deeper()\nexcept RecursionError: 0",
    "memory": "try: bytearray(1 << 62)\nexcept MemoryError: 0",
    "raised twice": "error = KeyError('x')\ntry: raise error\nexcept KeyError: 0\nraise error  # stop",
    "a shy error": "class Shy(Exception):\n    def __str__(self): raise self\nraise Shy  # stop",
    "a frozen error": (
        "class Frozen(Exception):\n    def __setattr__(self, *_): raise TypeError\nraise Frozen  # stop"
    ),
    "many lines": "raise Own('one\\ntwo')  # stop",
    "a stop in a cleanup": "try:\n    {}['x']  # stop\nfinally:\n    1 / 0  # stop",
    # Conditional clauses count as catching: it is stopped when they have let it go.
    "raised again sometimes": (
        "def sometimes():\n    try: fails()\n    except KeyError:\n        if os: raise  # again\nsometimes()  # next"
    ),
    "an unknown type": (
        "def kinds(): return ValueError\ndef odd():\n    try: fails()\n    except kinds(): 0  # again\nodd()  # next"
    ),
}
NEW_GROUPS = {
    "a group": "raise ExceptionGroup('g', [KeyError('x')])  # stop",
    "a group, caught": "try: raise ExceptionGroup('g', [KeyError('x')])\nexcept* KeyError: 0",
    "a group, not caught": "try:\n    raise ExceptionGroup('g', [KeyError('x')])  # stop\nexcept* OSError: 0",
    "a task group": (
        "async def side(): fails()\nasync def main():\n    async with asyncio.TaskGroup() as group:  # stop\n"
        "        group.create_task(side())\nasyncio.run(main())"
    ),
}
if sys.version_info >= (3, 11):
    CASES |= NEW_GROUPS

BANNER = re.compile(r"=== lager breakpoint \"(.*)\" at (.*):(\d+)  \(id ")


def environment(root, **env):
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("LAGER_", "PYTHON"))}
    ours = {
        "LAGER_PROCESS_ID": "run",
        "LAGER_RUN_DIR_ROOT": str(root),
        "LAGER_ON_EXCEPTION": "pause",
        "LAGER_BREAKPOINT_TIMEOUT": "0.001",
        "PYTHONPATH": os.pathsep.join([str(STARTUP), str(root.parent / "lib" / "site-packages"), *sys.path]),
    }
    return {key: value for key, value in (clean | ours | env).items() if value is not None}


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()

    def start(source, **env):
        (folder / "t.py").write_text(textwrap.dedent(source))
        command = [sys.executable, "-u", str(folder / "t.py")]
        env = environment(folder, **env)
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    return start


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What every case says on stderr, all of them run by one process; and the lines of its script."""
    folder = tmp_path_factory.mktemp("cases")
    (folder / "run").mkdir()
    (folder / "lib" / "site-packages").mkdir(parents=True)
    (folder / "lib" / "site-packages" / "library.py").write_text(LIBRARY)
    (folder / "run" / "spoilt.py").write_text("1 +\n")
    (folder / "run" / "needy.py").write_text("\nimport nowhere_at_all\n")
    text = PRELUDE
    for number, source in enumerate(CASES.values()):
        text += f"\ndef case_{number}():\n{textwrap.indent(source, '    ')}\n"
    text += "\nfor number in range(int(sys.argv[1])):\n    note(f'case {number}')\n"
    text += "    one = threading.Thread(target=globals()[f'case_{number}'])\n    one.start()\n    one.join()\n"
    script = folder / "run" / "t.py"
    script.write_text(text)
    done = subprocess.run(
        [sys.executable, "-u", str(script), str(len(CASES))],
        env=environment(folder / "run"),
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    parts = re.split(r"^note case \d+\n", done.stderr, flags=re.MULTILINE)
    assert (done.returncode, len(parts)) == (0, len(CASES) + 1), done.stderr[-3000:]
    return dict(zip(CASES, parts[1:], strict=True)), text.splitlines()


@pytest.mark.parametrize("name", CASES)
def test_where_it_stops(told, name):
    said, lines = told
    number = list(CASES).index(name)
    first = lines.index(f"def case_{number}():")
    last = next((one for one in range(first + 1, len(lines)) if lines[one][:1].strip()), len(lines))
    marks = "# stop", "# again" if sys.version_info >= (3, 12) else "# next"
    expected = [one + 1 for one in range(first, last) if lines[one].endswith(marks)]
    stops = [(match[2], int(match[3])) for match in BANNER.finditer(said[name])]
    elsewhere = {"exec": [("<string>", 1)], "a missing import in an import": [("needy.py", 2)]}
    assert stops == elsewhere.get(name, [("t.py", one) for one in expected]), said[name]
    assert "nobody caught it" not in said[name]


def test_what_the_banner_calls_it(told):
    def label(name):
        return BANNER.search(told[0][name])[1]

    assert label("plain") == "KeyError: 'x'"
    assert label("assert") == "AssertionError: no"
    assert label("many lines") == "Own: one two"
    assert label("a bad import").startswith("SyntaxError: invalid syntax")
    assert " Shy" in label("a shy error").replace(".", " ")
    assert label("the standard library fails").startswith("json.decoder.JSONDecodeError: Expecting property name")


def test_it_stops_before_anything_is_torn_down(told):
    assert told[0]["nested"].count("note closed") == 2
    for name in ("nested", "a stack", "caught and raised again", "a library fails"):
        before, _, after = told[0][name].partition("=== lager breakpoint")
        assert "note" not in before
        assert "note" in after


def test_the_cases_are_python():
    assert all(ast.parse(f"async def it():\n{textwrap.indent(one, ' ')}") for one in CASES.values())


def without_banners(text):
    return re.sub(r"=== lager breakpoint.*?=== auto-resumed after \S+\n", "", text, flags=re.DOTALL)


FAILING = """
import json
def measure():
    try:
        json.loads("{")
    finally:
        print("finally")
with open("/dev/null"):
    measure()
"""


def test_all_goes_on_as_if_nothing_had_been(run):
    status, out, err = run(FAILING)
    assert BANNER.search(err)[3] == "5"
    assert (status, out, without_banners(err)) == run(FAILING, LAGER_ON_EXCEPTION=None)
    assert (status, out) == (1, "finally\n")


@pytest.mark.parametrize(
    "env",
    [{"LAGER_BREAKPOINTS": "off"}, {"LAGER_ON_EXCEPTION": ""}, {"LAGER_ON_EXCEPTION": "x"}, {"LAGER_PROCESS_ID": ""}],
)
def test_not_where_it_is_not_wanted(run, env):
    status, _, err = run("1 / 0", **env)
    assert (status, BANNER.search(err)) == (1, None)


def test_nothing_is_noticed_where_it_is_not_wanted(run):
    source = "import sys, threading\nprint(sys.gettrace(), sys.excepthook.__module__, 'lager' in sys.modules)"
    assert run(source, LAGER_ON_EXCEPTION=None)[1:] == ("None lager_tracebacks False\n", "")


LATE = {
    "too deep": ("def deeper():\n    deeper()\ndeeper()", "RecursionError: maximum recursion depth exceeded", None),
    "no memory": ("def full():\n    bytearray(1 << 62)\nfull()", "MemoryError", 2),
    "a trace function of its own": (
        "import sys\nif sys.version_info >= (3, 12) and sys.monitoring.get_tool(4): sys.monitoring.set_events(4, 0)\n"
        "sys.settrace(None)\n"
        "def bad():\n    try:\n        1 / 0\n    finally:\n        print('closed')\nbad()",
        "ZeroDivisionError: division by zero",
        6,
    ),
}


@pytest.mark.parametrize("name", LATE)
def test_what_was_missed_is_shown_after_the_fact(run, name):
    source, label, line = LATE[name]
    status, _, err = run(source)
    kind = label.partition(":")[0]
    assert err.startswith(f"=== {kind}: nobody caught it; its finally: and with: blocks have run\n=== lager breakpoint")
    assert BANNER.search(err)[1].startswith(label)
    assert (BANNER.search(err)[2], int(BANNER.search(err)[3])) == ("t.py", line or int(BANNER.search(err)[3]))
    assert (status, len(BANNER.findall(err))) == (1, 1)
    plain = run(source, LAGER_ON_EXCEPTION=None)[2]
    assert err.splitlines()[-1].startswith(label)
    assert plain.splitlines()[-1].startswith(label)
    assert "onexception" not in err


def test_a_late_one_in_a_thread(run):
    source = """
    import threading
    def deeper(): deeper()
    one = threading.Thread(target=deeper)
    one.start()
    one.join()
    print("on")
    """
    status, out, err = run(source)
    assert (status, out, len(BANNER.findall(err))) == (0, "on\n", 1)
    assert "RecursionError: nobody caught it" in err


def test_the_hooks_of_the_user(run):
    source = """
    import sys, threading
    before, of_threads = sys.excepthook, threading.excepthook
    def hook(kind, *rest):
        print("mine", kind.__name__)
        before(kind, *rest)
    def of_thread(args):
        print("of a thread", args.exc_type.__name__)
        of_threads(args)
    sys.excepthook, threading.excepthook = hook, of_thread
    one = threading.Thread(target=lambda: 1 / 0)
    one.start()
    one.join()
    def deeper(): deeper()
    deeper()
    """
    status, out, err = run(source)
    assert (status, out) == (1, "of a thread ZeroDivisionError\nmine RecursionError\n")
    assert err.count("nobody caught it") == 1  # the other one was stopped where it was raised
    assert [one[0].partition(":")[0] for one in BANNER.findall(err)] == ["ZeroDivisionError", "RecursionError"]
    assert err.count("Traceback") == 2


def test_a_hook_that_was_there_before(run, tmp_path):
    (tmp_path / "run" / "sitecustomize.py").write_text("import sys\nsys.excepthook = lambda *_: print('theirs')\n")
    path = os.pathsep.join([str(STARTUP), str(tmp_path / "run"), *sys.path])
    status, out, err = run("1 / 0", PYTHONPATH=path)
    assert (status, out, len(BANNER.findall(err))) == (1, "theirs\n", 1)


def test_an_error_in_the_script_itself(run):
    status, out, err = run("1 +")
    assert (status, out, BANNER.search(err)) == (1, "", None)
    assert err.endswith("SyntaxError: invalid syntax\n")


def test_what_a_console_evaluates_is_let_alone(run):
    source = """
    import threading
    from lager.evaluation import evaluating
    def work():
        evaluating.set(True)
        1 / 0
    one = threading.Thread(target=work)
    one.start()
    one.join()
    """
    assert BANNER.search(run(source)[2]) is None


def test_children_have_their_own(run):
    source = """
    import multiprocessing, os, subprocess, sys
    def work(): {}["x"]
    one = multiprocessing.get_context("fork").Process(target=work)
    one.start()
    one.join()
    print(one.exitcode, subprocess.run([sys.executable, "-c", "1 / 0"]).returncode)
    """
    _, out, err = run(source)
    assert out == "1 1\n"
    assert [one[:2] for one in BANNER.findall(err)] == [
        ("KeyError: 'x'", "t.py"),
        ("ZeroDivisionError: division by zero", "<string>"),
    ]


def test_numpy(run):
    source = """
    import numpy
    class Odd:
        def __len__(self): raise TypeError("no length")
        def __getitem__(self, key): raise IndexError(key)
        def __array__(self, *args, **kw): raise AttributeError("no array")
    class Shy:
        @property
        def __array_interface__(self): raise AttributeError("none")
    numpy.array([Shy()], dtype=object)
    try: numpy.asarray(Odd())
    except (AttributeError, TypeError): pass
    with numpy.errstate(all="raise"):
        try: numpy.float64(1) / 0
        except FloatingPointError: pass
        numpy.linalg.inv(numpy.zeros((2, 2)))
    """
    status, _, err = run(source)
    assert (status, [(one[0], int(one[2])) for one in BANNER.findall(err)]) == (
        1,
        [("numpy.linalg.LinAlgError: Singular matrix", 16)],
    )


def test_no_exception_is_kept_alive(run):
    source = """
    import gc, sys, threading, weakref
    class Own(Exception): pass
    class Supply: pass
    def work():
        supply = Supply()
        global seen
        seen = weakref.ref(supply)
        raise Own
    threading.excepthook = lambda args: None
    one = threading.Thread(target=work)
    one.start()
    one.join()
    del one
    gc.collect()
    print(seen())
    """
    status, out, err = run(source)
    assert (status, out, len(BANNER.findall(err))) == (0, "None\n", 1)

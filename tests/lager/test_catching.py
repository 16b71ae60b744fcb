"""Whether a frame catches, compared with what Python then does: the same source is asked, and run."""

import contextlib
import os
import sys
import textwrap
import threading
import unittest

import pytest

from lager import catching, clauses

PRELUDE = """
import asyncio, contextlib, io, os, tempfile, threading, unittest, warnings
from contextlib import asynccontextmanager, contextmanager, suppress

ERRORS = (KeyError, IndexError)
LOCK = threading.Lock()

class Own(Exception):
    pass

class Holder:
    Error = Own
    lock = LOCK
    def exclusive(self) -> "Denies":
        return Denies()
    @contextmanager
    def forgiving(self):
        with suppress(KeyError):
            yield

class Says:
    def __enter__(self):
        return self
    def __exit__(self, *three):
        os.getpid()

class Forgiving(Says):
    def __exit__(self, *three):
        return True

class Denies(Says):
    def __exit__(self, *three):
        if three[0]:
            return False
        return None

@contextmanager
def plain():
    yield

@contextmanager
def cleaning():
    try:
        yield
    finally:
        os.getpid()

@contextmanager
def catching():
    try:
        yield
    except KeyError:
        os.getpid()

@contextmanager
def translating():
    try:
        yield
    except KeyError as error:
        raise Own from error

@contextmanager
def logging():
    try:
        yield
    except Exception:
        os.getpid()
        raise

@contextmanager
def nested():
    with plain(), catching():
        yield

def of(kind):
    @contextmanager
    def made():
        try:
            yield
        except kind:
            return
    return made

forgives_keys, forgives_values = of(KeyError), of(ValueError)
"""

# The line of `probe()` is where the exception is; `error` is a KeyError where nothing else is said.
EXACT = {
    "nothing": "probe()",
    "the type": "try: probe()\nexcept KeyError: 0",
    "a base of it": "try: probe()\nexcept LookupError: 0",
    "another type": "try: probe()\nexcept ValueError: 0",
    "a type that is more special": "class More(KeyError): 0\ntry: probe()\nexcept More: 0",
    "everything": "try: probe()\nexcept: 0",
    "a tuple": "try: probe()\nexcept (ValueError, KeyError): 0",
    "a tuple of others": "try: probe()\nexcept (ValueError, OSError): 0",
    "a tuple with a name": "try: probe()\nexcept ERRORS: 0",
    "a tuple in a tuple": "try: probe()\nexcept (OSError, ERRORS): 0",
    "no type at all": "try: probe()\nexcept (): 0",
    "an attribute of a class": "try: probe()\nexcept Holder.Error: 0",
    "an attribute of a module": "try: probe()\nexcept asyncio.TimeoutError: 0",
    "a builtin by its module": "import builtins\ntry: probe()\nexcept builtins.KeyError: 0",
    "a local name": "kind = KeyError\ntry: probe()\nexcept kind: 0",
    "an instance's": "holder = Holder()\nholder.kind = KeyError\ntry: probe()\nexcept holder.kind: 0",
    "the second clause": "try: probe()\nexcept ValueError: 0\nexcept KeyError: 0",
    "several lines": "try:\n    probe(\n        1,\n    )\nexcept KeyError:\n    0",
    "another try before": "try: 0\nexcept KeyError: 0\nprobe()",
    "in else": "try: 0\nexcept KeyError: 0\nelse: probe()",
    "in finally": "try: 0\nexcept KeyError: 0\nfinally: probe()",
    "in a handler": "try: raise KeyError\nexcept KeyError: probe()",
    "in a handler in a try": "try:\n    try: raise KeyError\n    except KeyError: probe()\nexcept KeyError: 0",
    "only finally": "try: probe()\nfinally: 0",
    "finally within": "try:\n    try: probe()\n    finally: 0\nexcept KeyError: 0",
    "raised again": "try: probe()\nexcept KeyError: raise",
    "raised again by its name": "try: probe()\nexcept KeyError as error:\n    os.getpid()\n    raise error",
    "raised again, and caught": "try:\n    try: probe()\n    except KeyError: raise\nexcept LookupError: 0",
    "raised again by the first": "try: probe()\nexcept KeyError: raise\nexcept LookupError: 0",
    "a cleaning handler": (
        "try: probe()\nexcept KeyError:\n    try: os.stat('/nowhere')\n    except OSError: 0\n    raise"
    ),
    "finally that returns": "try: probe()\nfinally: return",
    "finally that returns deep inside": "try: probe()\nfinally:\n    for one in [1]:\n        return",
    "finally that breaks": "while True:\n    try: probe()\n    finally: break",
    "finally that continues": "for one in [1]:\n    try: probe()\n    finally: continue",
    "finally with a loop of its own": "try: probe()\nfinally:\n    for one in [1]: break",
    "a function defined in finally": "try: probe()\nfinally:\n    def inside(): return 1",
    "a loop": "for one in [1]:\n    try: probe()\n    except KeyError: continue",
    "a function in a try": "try:\n    def inside(): probe()\nexcept KeyError: 0\ninside()",
    "a lambda in a try": "try: inside = lambda: probe()\nexcept KeyError: 0\ninside()",
    "a comprehension in a try": "try: [probe() for one in [1]]\nexcept KeyError: 0",
    "a generator in a try": "try: list(probe() for one in [1])\nexcept KeyError: 0",
    "a decorated function": (
        "def same(f): return f\n@same\n@same\ndef inside():\n    try: probe()\n    except KeyError: 0\ninside()"
    ),
    "a class body": "try:\n    class Inside:\n        probe()\nexcept KeyError: 0",
    "a try in a class body": "class Inside:\n    kind = KeyError\n    try: probe()\n    except kind: 0",
    "a method": "class Inside:\n    def run(self):\n        try: probe()\n        except KeyError: 0\nInside().run()",
    "a closure": ("kind = KeyError\ndef inside():\n    try: probe()\n    except kind: 0\ninside()\n"),
    "text that is executed": "exec('probe()')",
    "assert": "try: probe()\nexcept AssertionError: 0",
    # with
    "a lock": "with LOCK: probe()",
    "a lock of an object": "holder = Holder()\nwith holder.lock: probe()",
    "a new lock": "with threading.RLock(): probe()",
    "a file": "with open('/dev/null') as file: probe()",
    "a file without a name": "with io.open('/dev/null'): probe()",
    "two at once": "with LOCK, open('/dev/null'):\n    probe()",
    "a temporary folder": "with tempfile.TemporaryDirectory() as path: probe()",
    "warnings": "with warnings.catch_warnings(): probe()",
    "nullcontext": "with contextlib.nullcontext(): probe()",
    "closing": "with contextlib.closing(io.BytesIO()): probe()",
    "suppress": "with suppress(KeyError): probe()",
    "suppress by its module": "with contextlib.suppress(OSError, LookupError):\n    probe()",
    "suppress another": "with suppress(OSError): probe()",
    "suppress nothing": "with suppress(): probe()",
    "suppress in a variable": "quiet = suppress(KeyError)\nwith quiet: probe()",
    "suppress, and a lock": "with LOCK, suppress(KeyError):\n    probe()",
    "suppress in a try": "try:\n    with suppress(OSError): probe()\nexcept KeyError: 0",
    "a class that says nothing": "with Says(): probe()",
    "a class that forgives": "with Forgiving(): probe()",
    "a class that denies": "with Denies(): probe()",
    "a method with a promise": "with Holder().exclusive(): probe()",
    "a method that makes a manager": "holder = Holder()\nwith holder.forgiving(): probe()",
    "an object": "says = Says()\nwith says: probe()",
    "an object that forgives": "forgiving = Forgiving()\nwith forgiving: probe()",
    "a generator": "with plain(): probe()",
    "a generator that cleans": "with cleaning(): probe()",
    "a generator that catches": "with catching(): probe()",
    "a generator in a variable": "made = catching()\nwith made: probe()",
    "a generator that logs": "with logging(): probe()",
    "a generator of others": "with nested(): probe()",
    "a generator with a closure": "with forgives_keys(): probe()",
    "a generator with another closure": "with forgives_values(): probe()",
    "an empty stack": "with contextlib.ExitStack() as stack: probe()",
    "a stack": "with contextlib.ExitStack() as stack:\n    stack.enter_context(plain())\n    probe()",
    "a stack with a callback": "with contextlib.ExitStack() as stack:\n    stack.callback(os.getpid)\n    probe()",
    "a stack that catches": "with contextlib.ExitStack() as stack:\n    stack.enter_context(catching())\n    probe()",
    "a stack that suppresses": (
        "with contextlib.ExitStack() as stack:\n    stack.enter_context(suppress(KeyError))\n    probe()"
    ),
    "made after suppress": "with suppress(KeyError), probe() as it:\n    0",
    "made after suppress, in brackets": "with (\n    LOCK,\n    suppress(KeyError),\n    probe() as it,\n):\n    0",
    "made after a lock": "with LOCK, open(probe()) as file:\n    0",
    "made before suppress": (
        "class Bad(Says):\n    def __init__(self): probe()\nwith Bad(), suppress(KeyError):\n    0"
    ),
    "entered after suppress": (
        "class Bad(Says):\n    def __enter__(self): probe()\nwith suppress(KeyError), Bad():\n    0"
    ),
    "a decorator that catches": "@catching()\ndef inside(): probe()\ninside()",
    "a decorator that catches others": "@forgives_values()\ndef inside(): probe()\ninside()",
    "a decorator of a class": (
        "class Quiet(Forgiving, contextlib.ContextDecorator): 0\n@Quiet()\ndef inside(): probe()\ninside()"
    ),
    "a decorator of a class that cleans": (
        "class Clean(Says, contextlib.ContextDecorator): 0\n@Clean()\ndef inside(): probe()\ninside()"
    ),
    "a promise kept by a subclass": "def who() -> Says: return Forgiving()\nwith who(): probe()",
    "a promise of nothing much": (
        "def who() -> contextlib.AbstractContextManager: return suppress(KeyError)\nwith who(): probe()"
    ),
    "an exit that is a lambda": "class It(Says): __exit__ = lambda *four: True\nwith It(): probe()",
    "an exit that is no function": (
        "import functools\nclass It(Says): __exit__ = functools.partialmethod(lambda *four: True)\nwith It(): probe()"
    ),
    "a mock": (
        "from unittest.mock import MagicMock\nmock = MagicMock()\nmock.__exit__.return_value = True\nwith mock: probe()"
    ),
    "after a with": "with suppress(KeyError):\n    0\nprobe()",
    "assertRaises": "with unittest.TestCase().assertRaises(KeyError): probe()",
    "assertRaises of another": (
        "case = unittest.TestCase()\ntry:\n    with case.assertRaises(OSError): probe()\nexcept AssertionError: 0"
    ),
    "assertRaises in a variable": "case = unittest.TestCase().assertRaises(KeyError)\nwith case: probe()",
    "a coroutine": "async def main():\n    try: probe()\n    except KeyError: 0\ndrive(main())",
    "async with": (
        "@asynccontextmanager\nasync def quiet():\n    try: yield\n    except KeyError: 0\n"
        "async def main():\n    async with quiet(): probe()\ndrive(main())"
    ),
    "async with that cleans": (
        "@asynccontextmanager\nasync def clean():\n    try: yield\n    finally: 0\n"
        "async def main():\n    async with clean(): probe()\ndrive(main())"
    ),
}
STARRED = {
    "a group's kind": ("ExceptionGroup('', [KeyError()])", "try: probe()\nexcept* KeyError: 0"),
    "another kind": ("ExceptionGroup('', [KeyError()])", "try: probe()\nexcept* OSError: 0"),
    "a group in a group": (
        "ExceptionGroup('', [ExceptionGroup('', [KeyError()])])",
        "try: probe()\nexcept* LookupError: 0",
    ),
    "no group": ("KeyError()", "try: probe()\nexcept* KeyError: 0"),
    "a group, as one": ("ExceptionGroup('', [KeyError()])", "try: probe()\nexcept KeyError: 0"),
    "a group, by its own type": ("ExceptionGroup('', [KeyError()])", "try: probe()\nexcept ExceptionGroup: 0"),
}
# What cannot be known counts as catching; here it is not.
CAUTIOUS = {
    "a type that is made": "try: probe()\nexcept made_of(ValueError): 0",
    "an item": "kinds = [ValueError]\ntry: probe()\nexcept kinds[0]: 0",
    "raised again sometimes": "try: probe()\nexcept KeyError:\n    if os: raise",
    "raised again, but not if": "try: probe()\nexcept KeyError:\n    if not os: return\n    raise",
    "an answer that is computed": "class It(Says):\n    def __exit__(self, *_): return not _\nwith It(): probe()",
    "a manager from who knows where": "def who(): return Says()\nwith who(): probe()",
    "what a stack was told to call": (
        "with contextlib.ExitStack() as stack:\n    stack.push(lambda *three: None)\n    probe()"
    ),
}
# A handler that raises another is the end of the first; the other one is looked at when it is raised.
REPLACED = {
    "raised from": "try: probe()\nexcept KeyError as error: raise Own from error",
    "a generator that translates": "with translating(): probe()",
    "a manager that translates": (
        "class It(Says):\n    def __exit__(self, *three): raise Own from three[1]\nwith It(): probe()"
    ),
    "a finally that raises": "try: probe()\nfinally: raise Own",
    "assertRaises of another, which fails": "try: probe()\nexcept KeyError: assert not os",
}


class Case:
    """A source of its own: `ask` tells what is expected at the line of `probe()`, `run` what then comes out."""

    def __init__(self, path, source, error):
        body = textwrap.indent(source, "    ")
        path.write_text(f"{PRELUDE}\ndef case():\n{body}\n")
        self.error = error
        self.expected = None
        self.names = {"__name__": "cases", "__file__": str(path), "probe": self._probe, "made_of": lambda one: one}
        self.names["drive"] = drive
        exec(compile(path.read_text(), str(path), "exec"), self.names)

    def _probe(self, *_):
        frame, caught = sys._getframe(1), False
        while frame is not None and not caught and frame.f_code is not Case.escapes.__code__:
            if frame.f_code.co_name != "drive":
                caught = catching.catches(frame, self.error)
            frame = frame.f_back
        self.expected = caught
        raise self.error

    def escapes(self):
        try:
            self.names["case"]()
        except BaseException as error:  # noqa: BLE001  # whatever comes out is what is asked
            return "the same" if error is self.error else "another"
        return None


def drive(coroutine):
    with contextlib.suppress(StopIteration):
        coroutine.send(None)


@pytest.mark.parametrize("name", EXACT)
def test_what_python_does_is_known_before(tmp_path, name):
    case = Case(tmp_path / "case.py", EXACT[name], KeyError("x"))
    escaped = case.escapes()
    assert case.expected is (escaped != "the same")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="except* is of 3.11")
@pytest.mark.parametrize("name", STARRED)
def test_groups(tmp_path, name):
    error, source = STARRED[name]
    case = Case(tmp_path / "case.py", source, eval(error))
    escaped = case.escapes()
    assert case.expected is (escaped is None)  # what comes out of an `except*` is a group that is new


@pytest.mark.parametrize("name", CAUTIOUS)
def test_what_cannot_be_known_counts_as_catching(tmp_path, name):
    case = Case(tmp_path / "case.py", CAUTIOUS[name], KeyError("x"))
    assert (case.escapes(), case.expected) == ("the same", True)


@pytest.mark.parametrize("name", REPLACED)
def test_a_handler_that_raises_another_catches_the_first(tmp_path, name):
    case = Case(tmp_path / "case.py", REPLACED[name], KeyError("x"))
    assert (case.escapes(), case.expected) == ("another", True)


def test_pytests_raises(tmp_path):
    for kind, caught in (("LookupError", True), ("OSError", False), ("(OSError, KeyError)", True)):
        case = Case(tmp_path / f"{caught}.py", f"import pytest\nwith pytest.raises({kind}): probe()", KeyError("x"))
        assert (case.escapes() is None, case.expected) == (caught, caught)


def test_without_source(tmp_path):
    for number, (source, caught) in enumerate(
        [("def case(): probe()", False), ("def case():\n try: probe()\n except OSError: 0", True)]
    ):
        case = Case(tmp_path / f"{number}.py", "0", KeyError("x"))
        exec(compile(source, "<made>", "exec"), case.names)
        assert (case.escapes(), case.expected) == ("the same", caught)


def test_nothing_of_the_users_is_run(tmp_path):
    source = """
    class Kind(type):
        def __subclasscheck__(self, other): touched.append("subclass")
        def __getattr__(self, name): touched.append(name)
    class Odd(Exception, metaclass=Kind): 0
    class Proxy:
        __class__ = property(lambda self: touched.append("class"))
        error = property(lambda self: touched.append("error") or KeyError)
        def __getattr__(self, name): touched.append(name)
        def __eq__(self, other): touched.append("eq")
        def __enter__(self): 0
        def __exit__(self, *three): 0
    proxy = Proxy()
    with proxy:
        try:
            look()
        except Odd.kind: 0
        except proxy.error: 0
        except proxy.other: 0
        except proxy: 0
    """
    touched, said = [], []
    case = Case(tmp_path / "case.py", textwrap.dedent(source), KeyError("x"))
    case.names["touched"] = touched
    case.names["look"] = lambda: said.append(catching.catches(sys._getframe(1), case.error))
    case.names["case"]()
    assert (touched, said) == ([], [True])


ANSWERS = {
    "a special method": ("class It:\n    def __getitem__(self, key): probe()\nlist(It())", IndexError(), True),
    "but not of this error": ("class It:\n    def __getitem__(self, key): probe()\nIt()[0]", OSError(), False),
    "init": ("class It:\n    def __init__(self): probe()\nIt()", AttributeError(), False),
    "del": ("class It:\n    def __del__(self): probe()\nIt().__del__()", OSError(), True),
    "hasattr": ("class It:\n    @property\n    def x(self): probe()\nhasattr(It(), 'x')", AttributeError(), True),
    "getattr": ("class It:\n    @property\n    def x(self): probe()\ngetattr(It(), 'x',\n  1)", AttributeError(), True),
    "bare": ("class It:\n    @property\n    def x(self): probe()\nIt().x", AttributeError(), False),
    "getattr without a default": (
        "class It:\n    @property\n    def x(self): probe()\ngetattr(It(), 'x')",
        AttributeError(),
        False,
    ),
    "a property with a way out": (
        "class It:\n    def __getattr__(self, name): 0\n    @property\n    def x(self): probe()\nIt().x",
        AttributeError(),
        True,
    ),
    "a pattern": (
        "class It:\n    @property\n    def x(self): probe()\nmatch It():\n    case It(x=1): 0",
        AttributeError(),
        True,
    ),
    "a pattern without attributes": (
        "class It:\n    def x(self): probe()\nmatch It():\n    case one if one.x(): 0",
        AttributeError(),
        False,
    ),
    "hasattr, of another error": (
        "class It:\n    @property\n    def x(self): probe()\nhasattr(It(), 'x')",
        ValueError(),
        False,
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_c_may_take_for_an_answer(tmp_path, name):
    source, error, answer = ANSWERS[name]
    case = Case(tmp_path / "case.py", source, error)
    asked = []

    def probe():
        asked.append(catching.is_an_answer(sys._getframe(1), error))
        raise error

    case.names["probe"] = probe
    case.escapes()
    assert asked[0] is answer


def test_a_file_is_read_once(tmp_path):
    case = Case(tmp_path / "case.py", EXACT["the type"], KeyError("x"))
    code, names = case.names["case"].__code__, case.names
    first = clauses.scope_of(code, names)
    (tmp_path / "case.py").write_text("")
    assert clauses.scope_of(code, names) is first
    assert first.blocks[0].clauses[0].reraises is False


@pytest.mark.parametrize("function", [threading.Thread._bootstrap_inner, unittest.TestCase.run, contextlib.ExitStack])
def test_the_standard_library_can_be_read(function):
    code = function.__code__ if hasattr(function, "__code__") else function.__exit__.__code__
    assert clauses.scope_of(code, vars(sys.modules[function.__module__])).blocks


def test_frozen_modules_are_read_from_their_source():
    assert clauses.scope_of(os.makedirs.__code__, vars(os)).blocks

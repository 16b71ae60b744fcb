"""No statement of a console changes anything that the script sees: hypothesis finds the statements, over plain data.

It runs 400 of them; `pytest --statements 10000 tests/debugbridge/test_snapshot_promise.py` as many as one likes.
"""

import contextvars
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
import promised_script as promised

from lager import wire
from lager_debugbridge.evaluator import Evaluator

EACH = 10  # statements on one script


class Script:
    """A script stopped in a frame, of its module or of a function, with a console on it."""

    def __init__(self, folder, data, nested):
        self.evaluator = None
        source = promised.SCRIPT.replace("HELPER", promised.HELPER_NAME)
        for number, value in enumerate(data):
            source = source.replace(f"DATA{number}", repr(value))
        stop = "look()\n"
        source = source.replace("HERE", stop.strip()) + ("drive([7])\n" if nested else stop)
        helper, code = promised.module(promised.HELPER_NAME, folder / "helper.py", promised.HELPER)
        sys.modules[promised.HELPER_NAME] = helper
        exec(code, vars(helper))
        script, code = promised.module(promised.NAME, folder / "script.py", source)
        sys.modules[promised.NAME] = script
        self.count = self.failed = 0
        self.helper, self.script, self.folder = helper, script, folder
        self.statements = None
        self._code = code

    def run(self, statements):
        """Run the script; where it stops, the statements are evaluated, and it is looked at before and after."""
        vars(self.script)["look"] = lambda: self._look(statements)
        exec(self._code, vars(self.script))

    def _look(self, statements):
        frame = sys._getframe(2)
        local = {} if frame.f_locals is frame.f_globals else dict(frame.f_locals)
        roots = self.script, self.helper, local
        before = promised.Picture(*roots)
        sent = []
        evaluator = Evaluator(frame, sent.append, str(self.folder), contextvars.ContextVar("evaluating", default=False))
        evaluator.open("c")
        try:
            for statement in statements:
                self.count += 1
                evaluator.evaluate(wire.Evaluate(self.count, statement, "c"))
                assert isinstance(sent[-1], wire.ConsoleResult), (statement, sent[-1])
                self.failed += not sent[-1].ok
                after = promised.Picture(*roots)
                assert before == after, f"after {statement!r}: {before.differs(after)}"
        finally:
            evaluator.finish("resumed")


@pytest.fixture
def modules():
    """Put the modules of this process back as they were."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name in (promised.NAME, promised.HELPER_NAME):
            del sys.modules[name]


@pytest.mark.timeout(1800)  # for as many as one likes
def test_no_statement_changes_what_the_script_sees(pytestconfig, tmp_path, modules):
    wanted = pytestconfig.getoption("statements")
    done = {"statements": 0, "failed": 0}

    @settings(
        max_examples=-(-wanted // EACH),
        deadline=None,
        derandomize=True,
        database=None,
        phases=[
            Phase.generate
        ],  # to make the failing one smaller would take minutes, and it says which statement it was
        suppress_health_check=list(HealthCheck),
    )
    @given(
        data=st.tuples(promised.PLAIN, promised.PLAIN),
        statements=st.lists(promised.STATEMENT, min_size=EACH, max_size=EACH),
        nested=st.booleans(),
    )
    def promise(data, statements, nested):
        script = Script(tmp_path, data, nested)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of numpy, about what the statements do
            script.run(statements)
        done["statements"] += script.count
        done["failed"] += script.failed

    promise()
    print(f"{done['statements']} statements, {done['failed']} of them raised something")
    assert done["statements"] >= wanted


LIVE = [
    "made.append(1)",
    "point.tags.append(1)",
    "arr[0] = 9",
    "objs[1]['a'] = 2",
    "row['n'] = 5",
    "text.read()",
    "rng.random()",
    "dice.random()",
    "next(it)",
    "next(counter)",
    "step()",
    "bump.calls.append(1)",
    "Node.extra = 1",
    "Meta.kinds.clear()",
    "Volts.unit[0] = 1",
    "cached(2)",
    "helper.count = 5",
    "Shelf().put(1)",
    "slotted.b = 1",
    "Node.note()",
    "del nums",
    "mem[0] = 1",
    "bag.note.append(1)",
    "simple.x += [1]",
    "alias[0], alias[1] = alias[1], alias[0]",
    "weak.pop('p')",
]


@pytest.mark.parametrize("statement", LIVE)
def test_the_picture_would_show_it(tmp_path, modules, statement):
    script = Script(tmp_path, ([0], [1]), False)
    script.run([])
    names = vars(script.script)
    before = promised.Picture(script.script, script.helper)
    assert before == promised.Picture(script.script, script.helper)
    exec(statement, names)
    assert before != promised.Picture(script.script, script.helper)

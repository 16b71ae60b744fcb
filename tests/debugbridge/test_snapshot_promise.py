"""No statement of a console changes anything that the script sees: of statements made by chance, over plain data.

It runs some hundreds of them; as many as one likes, with what kinds they were, and how many completed:
`pytest --statements 10000 --statements-seed 7 -o faulthandler_timeout=0 tests/debugbridge/test_snapshot_promise.py`.
"""

import contextlib
import contextvars
import resource
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import promised_script as promised
from promised_picture import Picture
from promised_statements import ODD, USUAL, Statements

from lager import wire
from lager_debugbridge import looking
from lager_debugbridge.evaluator import Evaluator

EACH = 10  # statements on one script
COMPLETED = 0.75  # of the statements, at least: one that raises at its first word proves little
MANY = 5000  # statements, among which each kind is


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
        self.done, self.failed = Counter(), Counter()
        self.helper, self.script, self.folder = helper, script, folder
        self._code = code

    def run(self, statements):
        """Run the script; where it stops, the statements are evaluated, and it is looked at before and after."""
        vars(self.script)["look"] = lambda: self._look(statements)
        exec(self._code, vars(self.script))

    def _look(self, statements):
        frame = sys._getframe(2)
        local = {} if frame.f_locals is frame.f_globals else dict(frame.f_locals)
        roots = self.script, self.helper, local
        before = Picture(*roots)
        sent = []
        evaluator = Evaluator(frame, sent.append, str(self.folder), contextvars.ContextVar("evaluating", default=False))
        evaluator.open("c")
        try:
            for kind, statement in statements:
                self.done[kind] += 1
                evaluator.evaluate(wire.Evaluate(self.done.total(), statement, "c"))
                result = sent[-1]
                assert isinstance(result, wire.ConsoleResult), (statement, result)
                self.failed[kind] += not result.ok
                sent.clear()
                after = Picture(*roots)
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
def test_no_statement_changes_what_the_script_sees(pytestconfig, tmp_path, modules, monkeypatch, capsys):
    monkeypatch.setattr(looking, "BIG", 1)  # a look into any of these lists is one in place
    wanted, seed = pytestconfig.getoption("statements"), pytestconfig.getoption("statements_seed")
    statements, done, failed = Statements(seed), Counter(), Counter()
    begun = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numpy, about what the statements do
        while done.total() < wanted:
            script = Script(tmp_path, statements.data(), statements.nested())
            script.run([statements.statement() for _ in range(EACH)])
            done += script.done
            failed += script.failed
    completed = 1 - failed.total() / done.total()
    took, most = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told = f"\n{done.total()} statements (seed {seed}), {completed:.0%} of them completed; {took:.0f} s, {most} MiB\n"
    for kind, count in done.most_common():
        told += f"  {kind:12s} {count:6d}  {1 - failed[kind] / count:5.0%} completed\n"
    with capsys.disabled() if wanted >= MANY else contextlib.nullcontext():
        print(told)
    assert completed >= COMPLETED
    if wanted >= MANY:
        assert {kind for kind, _ in (*USUAL, *ODD)} == set(done)


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


def test_the_picture_would_show_it(tmp_path, modules):
    script = Script(tmp_path, ([0], {"b": 1}), False)
    script.run([])
    before = Picture(script.script, script.helper)
    assert before == Picture(script.script, script.helper)
    for statement in LIVE:
        exec(statement, vars(script.script))
        after = Picture(script.script, script.helper)
        assert before != after, statement
        before = after

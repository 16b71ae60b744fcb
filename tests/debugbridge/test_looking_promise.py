"""Whether a statement looks into a list in place or copies all of it: results, errors and identities are the same.

Of statements made by chance. As many as one likes: `pytest --statements 10000 --statements-seed 7 <this file>`.
"""

import random
import sys
import types

import pytest

from lager_debugbridge import looking
from lager_debugbridge.snapshot import Snapshot
from lager_debugbridge.statements import parse

NAME = "script_with_lists"
ERRORS = ArithmeticError, AttributeError, BufferError, LookupError, NameError, RuntimeError, TypeError, ValueError
ERRORS = *ERRORS, StopIteration, AssertionError
EACH = 6  # statements on one script
SCRIPT = """
import array
import numpy as np
class Mine(list):
    def __iter__(self): return reversed(list(list.__iter__(self)))
    def __len__(self): return 3
class Odd:
    def __init__(self, n): self.n, self.seen = n, []
    def __lt__(self, o): self.seen.append(o.n); return self.n < o.n
    def __bool__(self): self.seen.append('b'); return self.n > 1
    def __repr__(self): return f'Odd{self.n}{self.seen}'
a = [[1], [2, 3], {'k': [4]}, 5, 'x']
b, c = a, a[0]
d, e, n = [a, b, c], [Odd(0), Odd(1), Odd(2)], [3, 1, 2]
m, w, s, v = Mine([1, 2]), bytearray(b'abc'), array.array('i', [1, 2]), np.arange(4)
o = np.array([None, [1]], dtype=object)
dd = {0: a, 1: [n]}
def f(x):
    if hasattr(x, 'append') and len(x) < 50: x.append('f')
    return x
def drive(mine, c):
    look()
"""
NAMES = ["a", "b", "c", "d", "e", "n", "m", "w", "v", "o", "s", "dd", "x", "y", "z"]
INDICES = ["0", "1", "-1", "2", "5", "0:2", "::-1", "1:", "n[0]", "len(n)", "True", "None", "'k'"]
EXPRESSIONS = [
    *("NAME[AT]", "NAME[AT][AT]", "len(NAME)", "sum(NAME)", "min(NAME)", "any(NAME)", "all(NAME)", "[q for q in NAME]"),
    *("list(q for q in NAME)", "[f(q) for q in NAME if q]", "(NAME := SUB)", "(SUB, SUB)", "SUB is SUB", "f(SUB)"),
    *("(lambda NAME: SUB)(SUB)", "[SUB for NAME in SUB]", "f'{NAME[AT]}'", "SUB if SUB else SUB", "list(NAME)"),
    *("NAME[NAME[AT]]", "next(q for q in NAME)", "sorted(NAME, key=str)", "[*NAME]", "NAME"),
]
STATEMENTS = [
    *("SUB", "NAME = SUB", "SUB.append(9)", "NAME[AT].append(SUB)", "NAME[AT] = SUB", "del NAME[AT]", "del NAME"),
    *(
        "NAME[AT] += [7]",
        "NAME += [7]",
        "z = (q for q in NAME)",
        "x = next(z)",
        "x = NAME[AT]; x.clear(); y = NAME[AT]",
    ),
    *("for q in NAME: f(q).append", "for q in NAME:\n    f(q)\n    break", "def g(): return SUB", "y = g()", "len = f"),
    *("class K:\n    NAME = SUB\n    y = SUB", "try: SUB\nexcept Exception as NAME: pass", "if SUB: NAME = SUB"),
    *("del len", "match NAME:\n    case [x, *y]: SUB", "NAME.reverse()", "global NAME", "NAME: NAME[AT] = SUB"),
    *("while NAME[AT]:\n    SUB\n    break", "NAME, NAME = NAME[0:2]", "for NAME in NAME: pass"),
]


def made(chance, text, depth=0):
    """Fill in what a statement leaves open."""
    choices = {"SUB": EXPRESSIONS if depth < 3 else ["NAME"], "NAME": NAMES, "AT": INDICES}
    for word, options in choices.items():
        while word in text:
            text = text.replace(word, made(chance, chance.choice(options), depth + 1), 1)
    return text


def shown(names):
    """Tell what names hold, and which of it is the same thing."""
    known, kept = {}, []

    def of(one, depth=0):
        if isinstance(one, int | float | str | bytes | None) or getattr(one, "shape", None) == ():
            return repr(one)
        kept.append(one)
        told = known.setdefault(id(one), len(known)), type(one).__name__
        if depth > 6:
            return told
        if isinstance(one, dict):
            return told, [(of(key), of(item, depth + 1)) for key, item in one.items()]
        if isinstance(one, list | tuple):
            base = list if isinstance(one, list) else tuple
            return told, [of(item, depth + 1) for item in base.__iter__(one)]
        if hasattr(one, "tolist"):
            return told, [of(item, depth + 1) for item in one.tolist()]
        return told, getattr(one, "n", None), getattr(one, "seen", None), isinstance(one, bytearray) and bytes(one)

    return [(name, of(names[name])) for name in NAMES if name in names]


def play(texts, nested, folder):
    """Run the script, and statements where it stops; what came of them."""
    module = sys.modules[NAME] = types.ModuleType(NAME)
    module.__file__, frames, found = str(folder / "script.py"), [], []
    module.look = lambda: frames.append(sys._getframe(1))
    exec(compile(SCRIPT + ("drive([1], a)" if nested else "look()"), module.__file__, "exec"), vars(module))
    before, snapshot = shown(vars(module)), Snapshot(frames[0], str(folder))
    for text in texts:
        for one in parse(text, "<console>"):
            snapshot.names.declare(one.globals)
            snapshot.names.prepare(one.class_names)
            try:
                exec(one.code, snapshot.names)
            except ERRORS as error:
                found.append((type(error), str(error).partition(" at 0x")[0]))
            finally:
                snapshot.names.settle()
        found.append(sys.displayhook.take())
    assert shown(vars(module)) == before, texts
    found.append(shown(snapshot.names))
    snapshot.drop()
    return found


class Shown:
    """Takes what a statement shows."""

    def __init__(self):
        self.values = []

    def __call__(self, value):
        self.values.append(value)

    def take(self):
        told, self.values = shown(dict(zip(NAMES, self.values, strict=False))), []
        return told


@pytest.mark.filterwarnings("ignore")
@pytest.mark.timeout(1800)  # for as many as one likes
def test_a_look_in_place_gives_what_a_copy_would(pytestconfig, tmp_path, monkeypatch):
    monkeypatch.setattr(looking, "PART", 2)
    monkeypatch.setattr(sys, "displayhook", Shown())
    chance = random.Random(pytestconfig.getoption("statements_seed"))
    for number in range(pytestconfig.getoption("statements") // EACH):
        texts = [made(chance, chance.choice(STATEMENTS)) for _ in range(EACH)]
        monkeypatch.setattr(looking, "BIG", 1)
        try:
            in_place = play(texts, number % 2, tmp_path)
        except SyntaxError:
            continue
        monkeypatch.setattr(looking, "BIG", 1 << 60)
        assert in_place == play(texts, number % 2, tmp_path), texts
    del sys.modules[NAME]

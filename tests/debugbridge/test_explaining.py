"""Signatures, docstrings and keyword arguments, found without running anything of anybody's."""

import pytest

from lager import wire
from lager_debugbridge.callsites import call_at, name_at

SCRIPT = '''
import functools, math, threading
from typing import Annotated, Any, Literal, Optional
ran = []
class Loud:
    """A loud one."""
    def __repr__(self):
        ran.append("repr")
        return "loud"
    def __getattr__(self, name):
        ran.append(name)
        return 1
    @property
    def __class__(self):
        ran.append("class")
        return int
    @property
    def volts(self):
        ran.append("volts")
        return 5
    def __call__(self, x, *more):
        ran.append("call")
    def method(self, amps: "float" = 1.5, *, wait: Optional[int] = None) -> None:
        """Do it.

        Slowly.
        """
    @classmethod
    def new(cls, size: int) -> "Loud":
        """Make one."""
    @staticmethod
    def plain(a, b=Ellipsis): ...
class Meta(type):
    def __getattribute__(cls, name):
        ran.append(name)
        return type.__getattribute__(cls, name)
class Odd(metaclass=Meta):
    def __init__(self, size): ...
loud = Loud()
def scale(volts: float, factor: "int | None" = 2, /, *rest: Any, label: str = "x", like=loud, **more) -> list[float]:
    """Scale volts."""
def wrapping(f):
    @functools.wraps(f)
    def around(*args, **kwargs): return f(*args, **kwargs)
    return around
@wrapping
def wrapped(a, b: dict[str, int]): ...
@functools.lru_cache
def cached(a): ...
half = functools.partial(scale, 1, label="y")
def chosen(mode: Literal["a", 1], size: Annotated[int, loud], other: threading.Lock = None): ...
bench = {"scale": scale}
text = "hello"
class Bag:
    pass
bag = Bag()
bag.scale = scale
here()
'''


@pytest.fixture
def explained(stop):
    module, bench = stop(SCRIPT)
    del module.ran[:]

    def explain(source):
        cursor = source.index("|") if "|" in source else len(source)
        bench.evaluator.explain(wire.Explain(7, source.replace("|", ""), cursor, "c"))
        said = bench.sent[-1]
        assert (said.request, said.console) == (7, "c")
        assert module.ran == []
        return said.signature, said.parameter, said.doc

    return explain


SCALE = (
    "scale(volts: float, factor: int | None = 2, /, *rest: Any, label: str = 'x', like=<Loud>, **more) -> list[float]"
)


@pytest.mark.parametrize(
    ("source", "parameter"),
    [
        ("scale(|", 0),
        ("scale(1, |", 1),
        ("scale(1, f(2, 3), |)", 2),
        ("x = [scale(1, 2, 3, 4|", 2),
        ("scale(1, label=|'y')", 3),
        ("scale(1, label='a,b', like = (1, 2)|", 4),
        ("scale(1, other=|", 5),
        ("scale(a == b, |", 1),
        ('scale(\'(\', """,(""", # (,\n |', 2),
        ("scale([1, 2|", 0),
        ("print(scale)\nscale(|", 0),
    ],
)
def test_the_call_at_the_cursor(explained, source, parameter):
    assert explained(source) == (SCALE, parameter, "Scale volts.")


@pytest.mark.parametrize(
    ("source", "signature", "doc"),
    [
        ("loud.method(", "method(amps: float = 1.5, *, wait: int | None = None) -> None", "Do it.\n\nSlowly."),
        ("Loud.method(", "method(self, amps: float = 1.5, *, wait: int | None = None) -> None", "Do it.\n\nSlowly."),
        ("Loud.new(", "new(size: int) -> Loud", "Make one."),
        ("loud.new", "new(size: int) -> Loud", "Make one."),
        ("loud.plain(", "plain(a, b=<ellipsis>)", ""),
        ("loud(", "loud(x, *more)", "A loud one."),
        ("Odd(", "Odd(size)", ""),
        ("Bag(", "Bag()", ""),
        ("bag.scale", SCALE, "Scale volts."),
        ("wrapped(", "wrapped(a, b: dict[str, int])", ""),
        ("cached(", "cached(a)", ""),
        ("chosen(", "chosen(mode: Literal['a', 1], size: int, other: builtin_function_or_method = None)", ""),
        ("math.hypot", "", None),
        ("len(", "len(obj, /)", "Return the number of items in a container."),
        ("text.split(", "split(sep=None, maxsplit=-1)", None),
        ("text", "", "str: 'hello'"),
        ("bench", "", "dict: {'scale': <function>}"),
        ("loud", "loud(x, *more)", "A loud one."),
        ("bag", "", "Bag: <Bag>"),
        ("math", "", None),
        ("lo|ud.method", "loud(x, *more)", "A loud one."),
    ],
)
def test_what_is_named(explained, source, signature, doc):
    said = explained(source)
    if source == "chosen(":  # what a lock is differs between Pythons
        assert said[0].startswith("chosen(mode: Literal['a', 1], size: int, other: ")
        return
    assert said[0] == signature
    assert doc is None or said[2] == doc


@pytest.mark.parametrize(
    "source", ["loud.volts", "loud.volts(", "loud.missing(", "nothing", "f()(", "f().x", "f()[0].x(", "", "((", "1 + "]
)
def test_what_would_have_to_run_is_not_known(explained, source):
    assert explained(source) == ("", -1, "")


def test_a_net_is_explained_as_its_class_says(stop):
    _, bench = stop(
        """
        from lager import wire
        from lager.proxies import PowerSupply
        supply1 = PowerSupply(wire.NetRecord("supply1", "power-supply", "K", "A", "1"), None)
        here()
        """
    )
    bench.evaluator.explain(wire.Explain(1, "supply1.set_voltage(", 20, "c"))
    assert bench.sent[-1] == wire.Explained(
        1, "set_voltage(volts: float) -> None", 0, "Set the voltage setpoint, V.", "c"
    )
    assert "volts=" in bench.complete("supply1.set_voltage(").names


def test_keyword_arguments_are_completed_first(stop):
    module, bench = stop(SCRIPT)
    del module.ran[:]
    assert bench.complete("scale(1, la").names == ["label=", "lambda"]
    assert bench.complete("scale(1, label=1, l").names[:1] == ["like="]
    assert bench.complete("scale(").names[:2] == ["label=", "like="]
    assert bench.complete("loud.method(wait=1, a").names[0] == "amps="
    assert "label=" not in bench.complete("scale(label=").names
    assert "label=" not in bench.complete("scale(1).la").names
    assert module.ran == []


def test_text_that_is_no_python_yet():
    assert call_at("def f(a, ", 9) is None
    assert call_at("class A(", 8) is None
    assert call_at("f('''(", 6).position == 0
    assert call_at("a . b (1,", 9).path == ["a", "b"]
    assert call_at(")]}(", 4) is None
    assert call_at("f(x, y=1, **z", 13) == call_at("f(x, y=1, **z)", 13)
    assert name_at("a.bc", 3) == ["a", "bc"]
    assert name_at("1.5", 3) == []
    assert name_at("x" * 50_000 + "(", 50_001) == []
    assert call_at("x" * 50_000 + "(", 50_001) is not None
    assert call_at("f(" + "1," * 50_000, 100_002) is None

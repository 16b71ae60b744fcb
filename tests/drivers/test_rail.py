"""Where rails settle: worked examples, and the laws that hold for all of them."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lager_drivers.simulated.circuit import Rail, Source
from lager_drivers.simulated.operating_point import Side

LEAST_OHMS = 0.03


def bounded(function):
    """Make a load of a law: nothing below 0 V, and never more conducting than it can be."""
    return lambda volts: min(function(volts), volts / LEAST_OHMS, 44.0) if volts > 0 else 0.0


def cc(amps):
    return bounded(lambda volts: amps)


def cv(level):
    return bounded(lambda volts: max(volts - level, 0.0) / 1e-4)


def cr(ohms):
    return bounded(lambda volts: volts / ohms)


def cp(watts):
    return bounded(lambda volts: watts / volts)


def rail(*draws, emf=5.0, limit=3.0, resistance=0.0, load=math.inf, **more):
    return Rail(load, Source(emf, limit, resistance, on=True), draws=list(draws), **more)


@pytest.mark.parametrize(
    ("loaded", "volts", "amps", "limited"),
    [
        (rail(cc(1)), 5, 1, False),
        (rail(cc(3), resistance=0.5), 3.5, 3, False),  # just what there is
        (rail(cv(1), limit=0.0), 1, 0, True),
        (rail(cv(0.5), emf=9.0, limit=0.0), 0.5, 0, True),  # below the last step of the search
        (rail(cc(1), load=10.0), 5, 1.5, False),
        (rail(cc(1), resistance=0.1), 4.9, 1, False),
        (rail(cc(1), cc(0.5)), 5, 1.5, False),
        (rail(cc(4)), 3 * LEAST_OHMS, 3, True),  # a current the source has not: nearly a short
        (rail(cr(2.5)), 5, 2, False),
        (rail(cr(1)), 3, 3, True),
        (rail(cv(3)), 3.0003, 3, True),
        (rail(cv(3), load=2.0), 3.00015, 3, True),
        (rail(cv(6)), 5, 0, False),
        (rail(cv(3), resistance=1.0), 3.0002, 1.9998, False),
        (rail(cp(10)), 5, 2, False),
        (rail(cp(6), limit=math.inf, resistance=1.0), 3, 2, False),  # the higher one of 2 V and 3 V
        (rail(cp(7), limit=math.inf, resistance=1.0), 5 * LEAST_OHMS / (1 + LEAST_OHMS), 5 / (1 + LEAST_OHMS), False),
        (rail(cc(1), back_emf=8.0, load=1.0, sink=0.5), 6.5, -0.5, True),
        (rail(cc(1), back_emf=8.0, load=6.0, sink=1.0), 5, 0.5, False),
        (rail(emf=-12.0, load=10.0), -12, -1.2, False),
        (rail(emf=-12.0, load=3.0), -9, -3, True),
        (rail(cc(1), emf=-12.0), -12, 0, False),
        (rail(cc(1), emf=0.0), 0, 0, False),
        (rail(cc(1), load=0.0, limit=2.0), 0, 2, True),
        (rail(load=0.0, limit=2.0), 0, 2, True),
    ],
)
def test_where_it_settles(loaded, volts, amps, limited):
    found = loaded.point()
    assert found.volts == pytest.approx(volts, abs=1e-4)
    assert found.amps == pytest.approx(amps, abs=1e-3)
    assert found.limited == limited


def test_without_a_source_a_charged_device_feeds_the_loads():
    charged = Rail(2.0, back_emf=4.0, draws=[cc(0.5)])
    assert charged.point() == pytest.approx((3.0, 0.0, False))
    charged.draws.clear()
    assert charged.point() == (4.0, 0.0, False)


AMPS = st.floats(0.0, 5.0)
DRAWS = st.one_of(
    st.builds(cc, AMPS), st.builds(cv, st.floats(0.0, 20.0)), st.builds(cr, st.floats(0.05, 1e4))
)  # none falls as the voltage rises
ANY_DRAWS = st.one_of(DRAWS, st.builds(cp, st.floats(0.0, 50.0)))
SOURCES = st.builds(
    Source,
    emf=st.floats(0.0, 40.0),
    limit=st.floats(0.0, 10.0),
    resistance=st.sampled_from([0.0, 0.01, 0.1, 1.0]),
    on=st.just(True),
)
LOADS = st.one_of(st.just(math.inf), st.floats(0.1, 1e6))


def rails(draws):
    return st.builds(
        Rail,
        load=LOADS,
        source=SOURCES,
        back_emf=st.one_of(st.just(0.0), st.floats(0.0, 20.0)),
        sink=st.floats(0.0, 2.0),
        draws=st.lists(draws, max_size=3),
    )


@settings(max_examples=300, deadline=None)
@given(rails(ANY_DRAWS))
def test_what_the_source_gives_is_what_its_loads_take(given_rail):
    volts, amps, limited = given_rail.point()
    source = given_rail.source
    assert -given_rail.sink <= amps <= source.limit
    through = 0.0 if math.isinf(given_rail.load) else (volts - given_rail.back_emf) / given_rail.load
    assert through + sum(draw(volts) for draw in given_rail.draws) == pytest.approx(amps, abs=1e-6)
    if not limited:
        assert source.emf - amps * source.resistance == pytest.approx(volts, abs=1e-6)
    elif amps > 0:
        assert volts <= source.emf - amps * source.resistance + 1e-6


@settings(max_examples=200, deadline=None)
@given(rails(DRAWS), DRAWS)
def test_another_load_never_raises_the_voltage(given_rail, one_more):
    before = given_rail.point().volts
    given_rail.draws.append(one_more)
    assert given_rail.point().volts <= before + 1e-6


@settings(max_examples=200, deadline=None)
@given(rails(DRAWS), st.floats(0.0, 10.0), st.floats(0.0, 5.0))
def test_a_stronger_source_never_lowers_the_voltage(given_rail, volts, amps):
    before = given_rail.point().volts
    given_rail.source.emf += volts
    given_rail.source.limit += amps
    assert given_rail.point().volts >= before - 1e-6


@settings(max_examples=200, deadline=None)
@given(rails(ANY_DRAWS))
def test_the_search_is_short(given_rail):
    asked = []
    given_rail.draws = [lambda volts: asked.append(volts) or 0.5 * min(volts, 1.0)]
    given_rail.point()
    assert len(asked) <= 80


def test_a_side_without_resistance_jumps_at_its_voltage():
    side = Side(5.0, 0.0, 2.0, 1.0)
    assert [side.gives(volts) for volts in (4.9, 5.1)] == [2.0, -1.0]

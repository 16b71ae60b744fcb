"""Reading traces off the simulated scope: points, forms, and what scales them."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_scope import CLOCK, SINE, Scope


@pytest.fixture
def scope():
    found = Scope(CLOCK)
    found.send(":CHAN1:SCAL 1;OFFS -1.5", ":TIM:SCAL 2E-4", ":TRIG:EDGE:LEV 1.65", ":ACQ:MDEP 100k")
    return found


def test_the_screen_is_a_thousand_bytes_and_its_preamble_says_what_they_are(scope):
    assert scope.ask(":WAV:PRE?") == "0,0,1000,1,2.000000E-6,-1.000000E-3,0.000000,4.000000E-2,-38,128"
    reply = scope.ask(":WAV:DATA?")
    assert reply.startswith("#9000001000")
    assert len(reply) == 1011
    asked = ("XINC", "XOR", "XREF", "YINC", "YOR", "YREF", "POIN", "SOUR", "FORM")
    expected = ["2.000000E-6", "-1.000000E-3", "0", "4.000000E-2", "-38", "128", "1000", "CHAN1", "BYTE"]
    assert [scope.ask(f":WAV:{one}?") for one in asked] == expected


def test_the_trace_in_the_reference_has_this_offset():
    scope = Scope()
    scope.send(":CHAN1:SCAL 0.5;OFFS -1", ":TIM:SCAL 2E-2")
    assert scope.preamble()[4:] == pytest.approx([2e-4, -0.1, 0.0, 0.02, -50, 128])


def test_volts_come_out_right(scope):
    _, volts = scope.trace()
    assert sorted({round(one, 1) for one in volts if one < 0.2 or one > 3}) == pytest.approx([0.0, 3.3], abs=0.11)


def test_the_time_offset_moves_the_screen(scope):
    scope.send(":TIM:OFFS 1E-4")
    times, volts = scope.trace()
    assert times[0] == pytest.approx(-0.9e-3)
    after = next(n for n, at in enumerate(times) if at > 0)
    assert volts[after - 2] < 1 < 2.5 < volts[after + 1]


def test_a_word_holds_the_same_as_a_byte(scope):
    scope.send(":STOP")
    single = scope.block()
    scope.send(":WAV:FORM WORD")
    double = scope.block()
    assert double[::2] == single
    assert not any(double[1::2])


def test_text_is_a_block_too_and_ends_with_a_comma(scope):
    scope.send(":STOP")
    _, volts = scope.trace()
    scope.send(":WAV:FORM ASC")
    fields = scope.block().decode("ascii").split(",")
    assert fields.pop() == ""
    assert [float(field) for field in fields] == pytest.approx(volts)
    assert scope.preamble()[0] == 2


@given(start=st.integers(1, 1000), stop=st.integers(1, 1000))
@settings(max_examples=30, deadline=None)
def test_any_part_of_the_screen_can_be_read(start, stop):
    scope = Scope(SINE)
    scope.send(":STOP")
    whole = scope.block()
    scope.send(f":WAV:STAR {start}", f":WAV:STOP {stop}")
    assert scope.block() == whole[start - 1 : stop]
    assert scope.preamble()[2] == max(0, stop - start + 1)


@given(cuts=st.lists(st.integers(1, 200_000), max_size=4))
@settings(max_examples=20, deadline=None)
def test_the_memory_reads_the_same_in_one_piece_and_in_many(cuts):
    scope = Scope(SINE)
    scope.send(":TIM:SCAL 1E-4", ":ACQ:MDEP 200000", ":STOP", ":WAV:MODE RAW")
    depth = int(float(scope.ask(":ACQ:MDEP?")))
    scope.send(f":WAV:STOP {depth}")
    whole, parts = scope.block(), b""
    edges = sorted({0, depth, *(cut for cut in cuts if cut < depth)})
    for begin, end in itertools.pairwise(edges):
        scope.send(":WAV:STAR 1", f":WAV:STOP {end}", f":WAV:STAR {begin + 1}")
        parts += scope.block()
    assert parts == whole
    assert len(whole) == depth


def test_the_memory_has_the_time_axis_of_its_samples(scope):
    scope.send(":STOP", ":WAV:MODE RAW", ":WAV:STOP 100000")
    assert scope.preamble()[2:6] == pytest.approx([100000, 1, 2e-8, -1e-3])
    times, volts = scope.trace()
    after = next(n for n, at in enumerate(times) if at > 0)
    assert volts[after - 2] < 1 < 2.5 < volts[after + 2]


def test_while_it_runs_the_memory_is_empty_or_silent(scope):
    scope.send(":WAV:MODE RAW")
    assert scope.block() == b""
    silent = Scope(CLOCK, raw_running="silent")
    silent.send(":WAV:MODE RAW")
    assert silent.refused(":WAV:DATA?") == -200


def test_maximum_is_the_screen_while_it_runs_and_the_memory_when_stopped(scope):
    scope.send(":WAV:MODE MAX")
    assert scope.preamble()[1:5] == pytest.approx([1, 1000, 1, 2e-6])
    scope.send(":STOP", ":WAV:STOP 100000")
    assert scope.preamble()[1:5] == pytest.approx([1, 100000, 1, 2e-8])


def test_going_back_to_the_screen_takes_the_range_back(scope):
    scope.send(":STOP", ":WAV:MODE RAW", ":WAV:STAR 5000", ":WAV:STOP 90000", ":WAV:MODE NORM")
    assert (scope.ask(":WAV:STAR?"), scope.ask(":WAV:STOP?")) == ("1000", "1000")


def test_points_move_the_end(scope):
    scope.send(":WAV:STAR 101", ":WAV:POIN 50")
    assert scope.ask(":WAV:STOP?") == "150"
    assert len(scope.block()) == 50


@pytest.mark.parametrize("line", [":WAV:POIN RAW", ":WAV:POIN 1000 NORM", ":WAV:RES", ":WAV:POIN:MODE NORM"])
def test_forms_that_are_not_in_the_guide_are_refused_and_stop_nothing(scope, line):
    assert scope.refused(line) < 0
    assert len(scope.block()) == 1000


def test_a_stopped_scope_can_be_zoomed(scope):
    scope.send(":STOP", ":TIM:SCAL 2E-6")
    assert scope.preamble()[2:6] == pytest.approx([1000, 1, 2e-8, -1e-5])
    _, volts = scope.trace()
    assert [round(volts[n], 1) for n in (0, 999)] == pytest.approx([0.0, 3.3], abs=0.11)
    scope.send(":TIM:SCAL 2E-7")  # finer than the samples: there are lines between them
    _, volts = scope.trace()
    assert len(volts) == 1000
    scope.send(":TIM:SCAL 2E-3")  # the memory has a tenth of this screen
    assert scope.preamble()[2:6] == pytest.approx([101, 1, 2e-5, -1e-3], abs=1e-9)


def test_a_channel_that_is_off_and_those_nobody_simulates_have_no_points(scope):
    for source in ("CHAN2", "D0", "MATH1"):
        scope.send(f":WAV:SOUR {source}")
        assert scope.block() == b""


def test_at_the_fastest_time_base_there_are_lines_between_the_samples():
    scope = Scope({"shape": "sine", "frequency": 50e6, "low": -1.0, "high": 1.0}, noise=0.0)
    scope.send(":CHAN1:SCAL 0.5", ":TIM:SCAL 5E-9", ":STOP")
    _, volts = scope.trace()
    assert len(volts) == 1000
    assert max(abs(b - a) for a, b in itertools.pairwise(volts)) < 0.1

"""The simulated scope's trigger: each type fires where it should, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated_scope import CLOCK, Scope

from lager_drivers.rigol_mso5000 import simulated_events as events
from lager_drivers.rigol_mso5000.simulated_input import Edge

# Three pulses of 1 ms each 3 ms, then 12 ms of nothing
TRAIN = {"shape": "pulse", "period": 20e-3, "width": 1e-3, "count": 3, "spacing": 3e-3, "high": 3.0}
SLOW = {"shape": "triangle", "frequency": 100.0, "low": 0.0, "high": 3.0, "symmetry": 0.2}  # 2 ms up, 8 ms down
TEXT = {"shape": "uart", "baud": 9600, "text": "AB", "high": 3.3, "gap": 10e-3}


def looking(*inputs, settings=(), noise=0.0):
    scope = Scope(*inputs, noise=noise)
    for number in range(1, len(inputs) + 1):
        scope.send(f":CHAN{number}:DISP 1;SCAL 1;OFFS -1.5")
    scope.send(":TIM:SCAL 2E-3", ":TRIG:SWE NORM", *settings)
    return scope


def seen(scope):
    """Give the voltages of the screen by time, ms after the trigger."""
    assert scope.status() == "TD"
    times, volts = scope.trace()
    return lambda ms: volts[min(range(len(times)), key=lambda n: abs(times[n] - ms * 1e-3))]


def pulse(**others):
    found = {"MODE": "PULS", "PULS:LEV": 1.5, "PULS:WHEN": "GLES", "PULS:LWID": 0.9e-3, "PULS:UWID": 1.1e-3}
    return [f":TRIG:{key} {value}" for key, value in (found | others).items()]


def test_a_pulse_of_that_width_fires_at_its_end():
    at = seen(looking(TRAIN, settings=pulse()))
    assert (at(-0.5), at(0.5)) == pytest.approx((3.0, 0.0), abs=0.05)


def test_a_negative_pulse_too():
    low_for_12_ms = {"PULS:POL": "NEG", "PULS:WHEN": "GRE", "PULS:LWID": 5e-3}
    at = seen(looking(TRAIN, settings=pulse(**low_for_12_ms)))
    assert (at(-3), at(0.5), at(3.5), at(6.5), at(9.5)) == pytest.approx((0, 3, 3, 3, 0), abs=0.05)


@pytest.mark.parametrize(
    "other", [{"PULS:LWID": 1.05e-3}, {"PULS:WHEN": "GRE", "PULS:LWID": 2e-3}, {"PULS:WHEN": "LESS", "PULS:UWID": 9e-4}]
)
def test_a_pulse_of_another_width_does_not_fire(other):
    assert looking(TRAIN, settings=pulse(**other)).status() == "WAIT"


def slope(**others):
    found = {"MODE": "SLOP", "SLOP:BLEV": 1.0, "SLOP:ALEV": 2.0, "SLOP:WHEN": "GRE", "SLOP:TLOW": 0.5e-3}
    return [f":TRIG:{key} {value}" for key, value in (found | others).items()]


def test_a_slope_that_takes_so_long_fires_where_it_is_through():
    at = seen(looking(SLOW, settings=slope()))  # a third of 2 ms
    assert (at(0), at(-0.5) < at(0) < at(0.5)) == (pytest.approx(2.0, abs=0.1), True)
    at = seen(looking(SLOW, settings=slope(**{"SLOP:SLOP": "NEG", "SLOP:TLOW": 2e-3})))  # a third of 8 ms
    assert (at(0), at(-0.5) > at(0) > at(0.5)) == (pytest.approx(1.0, abs=0.1), True)
    assert looking(SLOW, settings=slope(**{"SLOP:TLOW": 0.7e-3})).status() == "WAIT"
    assert looking(CLOCK, settings=slope()).status() == "WAIT"


def test_silence_fires_after_its_time():
    settings = [":TRIG:MODE TIM", ":TRIG:TIM:LEV 1.5", ":TRIG:TIM:SLOP NEG", ":TRIG:TIM:TIME 5E-3"]
    at = seen(looking(TRAIN, settings=settings))
    assert (at(-4.5), at(-5.5), at(1)) == pytest.approx((0.0, 3.0, 0.0), abs=0.05)
    assert looking(TRAIN, settings=[*settings[:-1], ":TRIG:TIM:TIME 15E-3"]).status() == "WAIT"


def test_a_runt_is_a_pulse_that_stays_between_the_levels():
    settings = [":TRIG:MODE RUNT", ":TRIG:RUNT:BLEV 1", ":TRIG:RUNT:ALEV 3.2"]
    at = seen(looking(TRAIN, settings=settings))
    assert (at(-0.5), at(0.5)) == pytest.approx((3.0, 0.0), abs=0.05)
    assert looking(TRAIN, settings=[*settings[:-1], ":TRIG:RUNT:ALEV 2"]).status() == "WAIT"
    assert looking(TRAIN, settings=[*settings, ":TRIG:RUNT:WHEN GRE", ":TRIG:RUNT:WLOW 2E-3"]).status() == "WAIT"


@pytest.mark.parametrize(
    ("more", "level", "rises"),
    [
        (("POS ENT", "SLOP POS"), 1.0, True),
        (("POS ENT", "SLOP NEG"), 2.0, False),
        (("POS EXIT", "SLOP POS"), 2.0, True),
        (("POS EXIT", "SLOP NEG"), 1.0, False),
        (("POS TIME", "SLOP NEG", "TIME 1E-3"), 2.0 - 0.375, False),
    ],
)
def test_a_window_fires_at_entering_leaving_or_staying(more, level, rises):
    settings = [":TRIG:MODE WIND", ":TRIG:WIND:BLEV 1", ":TRIG:WIND:ALEV 2", *(f":TRIG:WIND:{one}" for one in more)]
    at = seen(looking(SLOW, settings=settings))
    assert (at(0), at(0.2) > at(-0.2)) == (pytest.approx(level, abs=0.06), rises)


def test_the_nth_edge_after_a_rest():
    settings = [":TRIG:MODE NEDG", ":TRIG:NEDG:LEV 1.5", ":TRIG:NEDG:IDLE 5E-3", ":TRIG:NEDG:EDGE 2"]
    at = seen(looking(TRAIN, settings=settings))
    assert (at(-2.5), at(0.5), at(3.5), at(6.5), at(-5.5)) == pytest.approx((3, 3, 3, 0, 0), abs=0.05)
    assert looking(TRAIN, settings=[*settings[:-1], ":TRIG:NEDG:EDGE 4"]).status() == "WAIT"


def test_a_delay_between_two_channels():
    settings = [
        ":TRIG:MODE DEL",
        ":TRIG:DEL:ALEV 1.5",
        ":TRIG:DEL:BLEV 1.5",
        ":TRIG:DEL:TLOW 1E-4",
        ":TRIG:DEL:TYPE GRE",
    ]
    scope = looking(CLOCK, CLOCK | {"delay": 0.2e-3}, settings=settings)
    scope.send(":TIM:SCAL 1E-4")
    at = seen(scope)
    assert (at(-0.1), at(-0.3)) == pytest.approx((3.3, 0.0), abs=0.05)
    scope.send(":TRIG:DEL:TYPE LESS", ":TRIG:DEL:TUPP 1E-4")
    assert scope.status() == "WAIT"


def test_setup_and_hold():
    settings = [":TRIG:MODE SET", ":TRIG:SHOL:DLEV 1.5", ":TRIG:SHOL:CLEV 1.5", ":TRIG:SHOL:STIM 5E-4"]
    scope = looking(CLOCK, CLOCK | {"delay": 0.2e-3}, settings=settings)  # data changes 0.2 ms before each clock edge
    scope.send(":TIM:SCAL 1E-4", ":WAV:SOUR CHAN2")
    at = seen(scope)
    assert (at(-0.1), at(0.1)) == pytest.approx((0.0, 3.3), abs=0.05)
    scope.send(":TRIG:SHOL:STIM 1E-4")
    assert scope.status() == "WAIT"
    scope.send(":TRIG:SHOL:TYPE HOLD", ":TRIG:SHOL:HTIM 4E-4")  # and 0.3 ms after it
    assert scope.status() == "TD"
    scope.send(":TRIG:SHOL:HTIM 2E-4")
    assert scope.status() == "WAIT"


def test_a_pattern_of_levels_and_one_edge():
    settings = [":TRIG:MODE PATT", *(f":TRIG:PATT:LEV CHAN{n},1.5" for n in (1, 2)), ":TRIG:PATT:PATT R,L"]
    scope = looking(CLOCK, CLOCK | {"delay": 0.2e-3}, settings=settings)
    scope.send(":TIM:SCAL 1E-4")
    at = seen(scope)
    assert (at(-0.1), at(0.1)) == pytest.approx((0.0, 3.3), abs=0.05)
    assert scope.ask(":TRIG:PATT:LEV? CHAN2") == "1.500000E+0"
    scope.send(":TRIG:PATT:PATT R,H")
    assert scope.status() == "WAIT"
    scope.send(":TRIG:PATT:PATT R,F,X,X")
    assert scope.ask(":TRIG:PATT:PATT?").startswith("R,X,X")  # one edge at most: the second one becomes X
    assert scope.refused(":TRIG:PATT:PATT R,Q") == -224


def test_a_pattern_that_lasts():
    settings = [":TRIG:MODE DUR", *(f":TRIG:DUR:LEV CHAN{n},1.5" for n in (1, 2)), ":TRIG:DUR:TYPE H,L"]
    settings += [":TRIG:DUR:TLOW 1E-4", ":TRIG:DUR:WHEN GRE"]  # it lasts 0.2 ms
    scope = looking(CLOCK, CLOCK | {"delay": 0.2e-3}, settings=settings)
    scope.send(":TIM:SCAL 1E-4", ":WAV:SOUR CHAN2")
    at = seen(scope)
    assert (at(-0.1), at(0.1)) == pytest.approx((0.0, 3.3), abs=0.05)
    scope.send(":TRIG:DUR:TLOW 3E-4")
    assert scope.status() == "WAIT"


def test_a_serial_byte():
    settings = [":TRIG:MODE RS232", ":TRIG:RS232:LEV 1.5", ":TRIG:RS232:BAUD 9600"]
    at = seen(looking(TEXT, settings=[*settings, ":TRIG:RS232:WHEN DATA", f":TRIG:RS232:DATA {ord('B')}"]))
    bits = [at((n + 0.5) / 9.6) > 1.5 for n in range(10)]
    assert bits == [False, *(bool(ord("B") >> n & 1) for n in range(8)), True]
    assert at(-1.0) < 1.5 < at(-0.9)  # 'A' came before it
    assert looking(TEXT, settings=settings).status() == "TD"
    nothing = [*settings, ":TRIG:RS232:WHEN DATA", ":TRIG:RS232:DATA 0"]
    assert looking(TEXT, settings=nothing).status() == "WAIT"
    assert looking(TEXT, settings=[*settings, ":TRIG:RS232:WHEN ERR"]).status() == "WAIT"


def test_holdoff_finds_the_first_edge_of_a_burst_again():
    scope = looking(TRAIN, settings=[":TRIG:EDGE:LEV 1.5", ":TRIG:HOLD 8E-3"])
    at = seen(scope)
    assert (at(0.5), at(3.5), at(6.5), at(9.5), at(-2.5)) == pytest.approx((3, 3, 3, 0, 0), abs=0.05)


@pytest.mark.parametrize("mode", ["VID", "IIC", "SPI", "CAN", "LIN", "FLEX", "IIS", "M1553"])
def test_what_is_not_simulated_is_stored_and_never_fires(mode):
    scope = looking(CLOCK, settings=[f":TRIG:MODE {mode}"])
    assert (scope.ask(":TRIG:MODE?"), scope.status()) == (mode, "WAIT")


def test_a_digital_source_never_fires():
    assert looking(CLOCK, settings=[":TRIG:EDGE:SOUR D3"]).status() == "WAIT"


def test_a_second_argument_makes_a_level_not_be_set_and_nothing_tells():
    scope = looking(CLOCK, settings=[":TRIG:EDGE:LEV 1"])
    scope.send(":TRIG:EDGE:LEV 2,CHAN1")
    assert float(scope.ask(":TRIG:EDGE:LEV?")) == 1.0
    assert scope.ask(":SYST:ERR?") == '0,"No error"'


edges = st.lists(st.floats(0.001, 1.0), max_size=30).map(
    lambda steps: [Edge(sum(steps[: n + 1]), n % 2 == 0) for n in range(len(steps))]
)


@given(edges, st.floats(0, 1), st.floats(0, 1), st.sampled_from(["POS", "NEG"]))
def test_every_pulse_is_greater_or_less_and_never_both(found, lower, upper, polarity):
    def fired(when):
        return set(events.pulses(found, polarity, events.Limits(when, lower, lower)))

    everything = set(events.pulses(found, polarity, events.Limits("NONE", 0, 0)))
    assert fired("GRE") & fired("LESS") == set()
    assert fired("GRE") | fired("LESS") <= everything
    between = set(events.pulses(found, polarity, events.Limits("GLES", lower, upper)))
    outside = set(events.pulses(found, polarity, events.Limits("GOUT", lower, upper)))
    assert between | outside == everything
    assert between & outside == set()


@given(edges, st.floats(0, 1))
def test_silence_is_never_interrupted(found, seconds):
    for at in events.timeouts(found, "RFAL", seconds):
        assert not any(at - seconds + 1e-9 < edge.at < at for edge in found)

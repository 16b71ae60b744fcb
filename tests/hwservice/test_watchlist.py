"""The rules of watching, without time passing: who is served when, and who is refused."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lager import errors
from lager_hwservice.watchlist import LONGEST, SHORTEST, Subject, Watchlist

SUPPLY = Subject("power-supply", "supply1", "1")
OTHER = Subject("power-supply", "supply9", "1")
BATTERY = Subject("battery", "battery1", "1")


def played(watchers, until, takes=0.0):
    """Let time pass for watchers (number, begins, ends, interval); give when readings began, and for whom."""
    watching = Watchlist("Keithley_2281S", True)
    now, readings = 0.0, []
    moments = sorted({moment for _, begins, ends, _ in watchers for moment in (begins, ends)})
    while now <= until:
        for number, begins, ends, interval in watchers:
            if begins <= now < ends and number not in watching._watchers:
                watching.join(number, SUPPLY, interval, now)
            if now >= ends:
                watching.leave(number)
        due = watching.next_reading()
        changes = [moment for moment in moments if moment > now]
        if due is None or due[0] > now:
            coming = [*changes[:1], *([due[0]] if due else [])]
            if not coming:
                break
            now = min(coming)
            continue
        begun, now = now, now + takes
        readings.append((begun, watching.served(SUPPLY, begun)))
    return readings


def served(readings, number):
    return [begun for begun, those in readings if number in those]


def test_one_watcher_is_served_at_once_and_then_at_its_pace():
    assert served(played([(1, 0, 99, 0.5)], 2), 1) == [0, 0.5, 1, 1.5, 2]


def test_watchers_of_one_pace_fall_into_step():
    readings = played([(1, 0, 99, 1.0), (2, 2.5, 99, 1.0), (3, 3.2, 99, 1.0)], 10)
    assert len([begun for begun, _ in readings if begun > 5]) <= 6
    for number in (1, 2, 3):
        assert 5 <= len([begun for begun in served(readings, number) if begun > 5]) <= 6


def test_a_slow_instrument_is_read_without_a_pause_and_never_in_a_burst():
    assert served(played([(1, 0, 99, 0.5)], 12, takes=3.0), 1) == [0, 3, 6, 9, 12]


def test_a_stall_is_not_made_up_for():
    watching = Watchlist("Keithley_2281S", True)
    watching.join(1, SUPPLY, 1.0, 0.0)
    assert watching.served(SUPPLY, 50.0) == [1]
    assert watching.next_reading() == (51.0, SUPPLY)


def test_intervals_have_a_floor_and_an_end():
    watching = Watchlist("Keithley_2281S", True)
    for asked, given_ in ((0.0, SHORTEST), (-3.0, SHORTEST), (1e9, LONGEST)):
        watching.join(1, SUPPLY, asked, 0.0)
        watching.served(SUPPLY, 0.0)
        assert watching.next_reading() == (given_, SUPPLY)


def test_another_role_is_refused_in_the_released_words():
    watching = Watchlist("Keithley_2281S", True)
    watching.join(1, SUPPLY, 1.0, 0.0, "lager command of max")
    watching.refuse("supply1", "power-supply")
    watching.join(2, OTHER, 1.0, 0.0)
    with pytest.raises(errors.RoleConflict) as refused:
        watching.refuse("battery1", "battery")
    assert refused.value.what == (
        "'battery1' is on the same Keithley 2281S as 'supply1', which is currently in use as a power-supply. "
        "The 2281S supports one role at a time — close the power-supply session first."
    )
    assert "lager command of max" in refused.value.hint
    with pytest.raises(errors.RoleConflict):
        watching.join(3, BATTERY, 1.0, 0.0)
    watching.leave(1)
    watching.leave(2)
    watching.leave(2)
    watching.join(3, BATTERY, 1.0, 0.0)
    with pytest.raises(errors.RoleConflict, match="in use as a battery"):
        watching.refuse("supply1", "power-supply")


def test_an_instrument_of_many_roles_refuses_nobody():
    watching = Watchlist("LabJack_T7", False)
    watching.join(1, Subject("adc", "adc1", "AIN0"), 1.0, 0.0)
    watching.join(2, Subject("dac", "dac1", "DAC0"), 1.0, 0.0)
    assert [one.net for one in watching.subjects()] == ["adc1", "dac1"]


TENTHS = st.integers(1, 40).map(lambda n: n / 10)
WATCHERS = st.lists(st.tuples(TENTHS, TENTHS, TENTHS), min_size=1, max_size=5)


@given(WATCHERS, st.sampled_from([0.0, 0.25, 3.0]))
def test_everybody_is_served_at_their_own_pace(given_, takes):
    watchers = [(n, begins, begins + 10 * lasts, every) for n, (begins, lasts, every) in enumerate(given_)]
    readings = played(watchers, 50, takes)
    smallest = min(every for _, _, _, every in watchers)
    for begun, those in readings:
        assert those, f"the reading at {begun} was for nobody"
    for number, begins, ends, every in watchers:
        mine = served(readings, number)
        if not mine:  # it left while another reading went on
            assert ends - begins <= takes or begins + takes >= 50
            continue
        assert mine[0] <= begins + 2 * takes + 1e-6
        gaps = [b - a for a, b in itertools.pairwise(mine)]
        assert all(gap <= max(every, takes) + every + 2 * takes + 1e-6 for gap in gaps)
        assert all(gap >= every / 2 - 1e-6 for gap in gaps)
        lasted = min(ends, 50) - begins
        assert len(mine) <= lasted / max(every, takes) + 2
        if takes == 0:
            assert len(mine) >= int(lasted / every)
    begins = [begun for begun, _ in readings]
    assert all(b > a for a, b in itertools.pairwise(begins))
    assert len(begins) <= 2 * 50 / max(smallest, takes) + 2 * len(watchers)

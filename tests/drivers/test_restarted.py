"""Whether an instrument was switched on since somebody asked: the register in the simulators, and the drivers."""

from __future__ import annotations

import pytest
from cables import Script

from lager.errors import InstrumentError
from lager_drivers.keithley_2281s.instrument import K2281S
from lager_drivers.labjack_t7 import registers as at
from lager_drivers.labjack_t7.instrument import T7
from lager_drivers.rigol_dp800.supply import DP800

PON, CME, EXE, DDE, OPC = 128, 32, 16, 8, 1
DAY = 86400.0


@pytest.fixture(params=["keithley", "rigol"])
def instrument(bench, request):
    return getattr(bench, request.param)


def ask(instrument, *lines):
    return [instrument.handle(line) for line in lines][-1]


def test_the_register_tells_that_the_power_came_on_until_it_is_read(instrument):
    assert ask(instrument, "*ESR?") == str(PON)
    assert ask(instrument, "*ESR?") == "0"
    instrument.power_cycle()
    assert ask(instrument, "*ESR?", "*RST") is None
    assert ask(instrument, "*ESR?") == "0"
    instrument.power_cycle()
    assert ask(instrument, "*CLS", "*ESR?") == "0"


@pytest.mark.parametrize(
    ("line", "bits"),
    [
        (":NONSENSE", CME),
        ("*ESE", CME),
        ("*ESE 256", EXE),
        ("*ESE #HZZ", CME),
        ("*ESE nan", CME),
        (":SOUR1:VOLT 999", EXE),
        ("*OPC", OPC),
    ],
)
def test_errors_are_told_by_their_class(instrument, line, bits):
    assert ask(instrument, line, "*ESR?") == str(PON | bits)
    assert ask(instrument, "*ESR?") == "0"


def test_a_command_of_another_function_is_the_devices_own_error(bench):
    assert ask(bench.keithley, ":BATT:OUTP?", "*ESR?") == str(PON | DDE)


@pytest.mark.parametrize("written", ["160", "#HA0", "#b10100000", "#Q240"])
def test_an_enabled_event_shows_in_the_status_byte(instrument, written):
    assert ask(instrument, "*STB?") == "0"
    assert ask(instrument, f"*ESE {written}", "*ESE?") == "160"
    assert ask(instrument, "*STB?") == "32"
    assert ask(instrument, "*ESR?", "*STB?") == "0"
    assert ask(instrument, ":NONSENSE", "*STB?") == str(32 | 4)
    instrument.power_cycle()
    assert ask(instrument, "*ESE?") == "0"


def test_a_supply_tells_once_whatever_the_time(bench):
    for driver, instrument in ((bench.k2281s, bench.keithley), (bench.dp821, bench.rigol)):
        for since in (0.0, 1e12):
            assert driver.restarted(since)
            assert not driver.restarted(since)
            instrument.power_cycle()


def test_asking_sends_one_query_and_changes_nothing(bench):
    bench.supply1.set_voltage(3)
    bench.supply1.enable()
    bench.keithley_cable.sent.clear()
    bench.k2281s.restarted(0)
    assert bench.keithley_cable.sent == ["*ESR?"]
    assert bench.supply1.output_is_enabled()


@pytest.mark.parametrize("driver", [K2281S, lambda cable: DP800(cable, "DP821")])
@pytest.mark.parametrize(("answer", "restarted"), [("145", True), ("+128", True), ("17", False), ("0", False)])
def test_only_the_bit_for_power_on_counts(driver, answer, restarted):
    assert driver(Script(("*ESR?", answer))).restarted(0) is restarted


def test_an_answer_that_is_no_number_is_an_error():
    with pytest.raises(InstrumentError, match="ESR"):
        K2281S(Script(("*ESR?", "ON"))).restarted(0)


class Times:
    """A T7 that is on since `started`, seen by a driver whose clock stands at `now`; both Unix times, s."""

    def __init__(self, bench, on_for):
        self.bench, self.now = bench, 1e9
        bench.clock.now += on_for
        self.driver = T7(bench.t7, lambda: self.now)

    def pass_by(self, seconds):
        self.now += seconds
        self.bench.clock.now += seconds

    def asked(self):
        """Ask; remember when, as a caller does."""
        found = self.driver.restarted(getattr(self, "since", 0.0))
        self.since = self.now
        return found


@pytest.mark.parametrize("on_for", [0, 0.02, 3, DAY, 6 * DAY, 400 * DAY])
@pytest.mark.parametrize("ago", [0, 0.001, 0.049, 0.051, 1, 60, DAY, 6 * DAY, 400 * DAY])
def test_a_labjack_that_went_on_tells_no_restart(bench, on_for, ago):
    times = Times(bench, on_for)
    assert times.asked(), "nobody knows it yet"
    for _ in range(3):
        times.pass_by(ago)
        assert not times.asked()


@pytest.mark.parametrize("before", [0.01, 0.02, 1, 60])
@pytest.mark.parametrize("after", [0.0, 0.02, 1, 60])
def test_a_labjack_that_was_switched_off_and_on_tells_it_once(bench, before, after):
    times = Times(bench, 3)
    times.asked()
    times.pass_by(before)
    bench.t7.power_cycle()
    times.pass_by(after)
    assert times.asked()
    times.pass_by(1)
    assert not times.asked()


def test_a_crystal_that_goes_slow_is_no_restart(bench):
    times = Times(bench, 1)
    times.asked()
    times.now += 30 * DAY
    bench.clock.now += 30 * DAY * (1 - 50e-6)
    assert not times.asked()


def test_a_clock_that_was_set_back_is_no_restart(bench):
    times = Times(bench, 1)
    times.asked()
    times.now -= 3600
    assert not times.asked()


def test_the_labjacks_counters(bench):
    bench.clock.now += 2.5
    ticks = {where: at.words_long(bench.t7.read(where, 2)) for where in (at.TICKS_20HZ, at.TICKS_10KHZ, at.TICKS_40MHZ)}
    assert ticks == {61522: 50, 61502: 25_000, 61520: 100_000_000}
    bench.clock.now += 5 * DAY
    assert at.words_long(bench.t7.read(at.TICKS_10KHZ, 2)) == (5 * 86400 * 10_000 + 25_000) % 2**32
    bench.t7.power_cycle()
    assert at.words_long(bench.t7.read(at.TICKS_20HZ, 2)) == 0

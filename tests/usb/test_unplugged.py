"""The plug is pulled between two calls, and within one; and put in again."""

import pytest
from kernelbox import Asking
from usbsystem import until

from lager import errors, wire

pytestmark = pytest.mark.udevd("udev", "no-udev")


@pytest.fixture(autouse=True)
def nothing_else_ends(box, as_it_was):
    box.call("supply1", "voltage")
    box.call("supply2", "voltage")
    box.call("adc1", "input")
    before, neighbour = box.services(), box.worker("supply2")
    yield
    assert box.services() == before
    after = box.worker("supply2")
    assert (after["pid"], after["opened"]) == (neighbour["pid"], neighbour["opened"])


def test_unplugged_between_calls_and_plugged_in_again(box):
    box.call("supply1", "set_voltage", 2.75)
    number = box.device("supply1").number
    box.unplug("supply1")
    with pytest.raises(errors.InstrumentGone, match="2281"):
        box.call("supply1", "voltage")
    with pytest.raises(errors.InstrumentGone):
        box.call("supply1", "set_voltage", 1.0)
    with pytest.raises(errors.InstrumentGone):
        box.call("battery1", "soc")
    box.replug("supply1")
    assert box.call("supply1", "get_voltage_setpoint") == 2.75
    assert box.device("supply1").number > number


def test_a_replug_nobody_noticed_is_no_error(box):
    box.call("supply1", "set_voltage", 2.5)
    box.unplug("supply1")
    box.replug("supply1")
    box.call("supply1", "set_voltage", 2.25)  # nothing of it had reached the instrument
    assert box.call("supply1", "get_voltage_setpoint") == 2.25


def test_many_replugs_in_a_row(box):
    numbers = set()
    for _ in range(5):
        box.replug("supply1")
        assert box.call("supply1", "voltage") is not None
        numbers.add(box.device("supply1").number)
    assert len(numbers) == 5


def within_a_call(box, method, *args):
    """A call the instrument takes its time for, seen to have run for longer than what comes before its first words."""
    box.fault("delay", "supply1", 4)
    asking = Asking(box, "supply1", method, *args)
    until(lambda: box.worker("supply1").get("running_for", 0.0) > 1, "the call runs")
    return asking


def test_a_read_during_which_it_was_replugged_is_answered(box):
    box.call("supply1", "set_voltage", 2.0)
    asking = within_a_call(box, "get_voltage_setpoint")
    box.unplug("supply1")
    box.fault("delay", "supply1", 0)
    box.replug("supply1")
    assert asking.result() == 2.0


def test_a_read_during_which_it_was_unplugged_says_so_and_the_next_call_works(box):
    asking = within_a_call(box, "voltage")
    box.unplug("supply1")
    assert isinstance(asking.result(), errors.InstrumentGone), asking.outcome
    box.fault("delay", "supply1", 0)
    box.replug("supply1")
    assert box.call("supply1", "voltage") is not None


def test_a_write_during_which_it_was_unplugged_says_so_and_the_next_call_works(box):
    box.call("supply1", "set_voltage", 2.0)
    asking = within_a_call(box, "set_voltage", 1.25)
    box.unplug("supply1")
    outcome = asking.result()
    assert isinstance(outcome, errors.InstrumentGone), outcome
    assert "not known whether" in outcome.what
    box.fault("delay", "supply1", 0)
    box.replug("supply1")
    assert box.call("supply1", "get_voltage_setpoint") in (2.0, 1.25)


def test_a_power_cycle_is_told_once(box):
    box.call("supply1", "set_voltage", 1.75)
    box.replug("supply1", "power-cycle")
    with pytest.raises(errors.InstrumentRestarted):
        box.call("supply1", "set_voltage", 2.0)
    assert box.call("supply1", "get_voltage_setpoint") == 0
    box.call("supply1", "set_voltage", 2.0)
    assert box.call("supply1", "get_voltage_setpoint") == 2.0


def test_what_is_plugged_in_after_the_first_call_is_found(box):
    box.let_go()
    box.unplug("supply1")
    with pytest.raises(errors.InstrumentGone):
        box.call("supply1", "voltage")
    box.replug("supply1")
    assert box.call("supply1", "voltage") is not None


def test_the_list_of_simulated_instruments_tells(box):
    box.unplug("supply1")
    found = {one.instrument: one for one in box.http().get("/simulated", list[wire.Simulated])}
    assert not found["Keithley_2281S"].plugged
    assert found["Rigol_DP821"].kernel
    box.replug("supply1")
    done = box.lager("sim", "list")
    assert (done.returncode, done.stdout.count("kernel")) == (0, 5), done.stdout + done.stderr

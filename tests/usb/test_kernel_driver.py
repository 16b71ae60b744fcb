"""Linux' own driver for such instruments, `usbtmc`: udevd loads it at the plug, and it takes the interface."""

from pathlib import Path

import pytest
import usbsystem
from kernelbox import SomebodyElse

from lager import errors


@pytest.fixture
def bound(box):
    """The 2281S with `usbtmc` at it, and nobody else."""
    box.let_go()
    usbsystem.load("usbtmc")
    box.unplug("supply1")
    box.replug("supply1")
    usbsystem.settle()
    usbsystem.until(lambda: box.device("supply1").driver == "usbtmc", "usbtmc has taken the 2281S")
    (node,) = (box.device("supply1").folder.parent / f"{box.device('supply1').folder.name}:1.0/usbmisc").iterdir()
    return Path("/dev", node.name)


def test_it_is_taken_off_the_instrument_and_the_session_works(box, bound):
    assert box.call("supply1", "voltage") is not None
    assert box.device("supply1").driver == "usbfs"
    assert not bound.exists()


def test_who_uses_the_instrument_through_it_is_named_and_left_alone(box, bound):
    with SomebodyElse("kernel", bound) as other:
        assert other.said["answer"].startswith("KEITHLEY"), other.said
        with pytest.raises(errors.InstrumentBusy, match=f"pid {other.pid}"):
            box.call("supply1", "voltage")
        assert box.device("supply1").driver == "usbtmc"
    assert box.call("supply1", "voltage") is not None


def test_loaded_during_a_session_it_changes_nothing(box):
    box.let_go()
    usbsystem.unload("usbtmc")
    box.call("supply1", "voltage")
    box.call("supply2", "voltage")
    before = box.worker("supply1")
    usbsystem.load("usbtmc")
    usbsystem.settle()
    for _ in range(5):
        assert box.call("supply1", "voltage") is not None
    after = box.worker("supply1")
    assert (after["pid"], after["opened"]) == (before["pid"], before["opened"])
    assert box.device("supply1").driver == "usbfs"

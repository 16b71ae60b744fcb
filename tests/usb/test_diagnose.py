"""`lager diagnose`, each of its verdicts brought about by a real fault; whole screens, and their exit statuses."""

import contextlib
import json
import re
from pathlib import Path

import diagnosedscreens
import plainusb
import pytest
import usbsystem
from kernelbox import ADDRESSES, Asking, SomebodyElse

from lager import errors, shipped, wire

NEVER_PLUGGED = "USB0::0x05E6::0x2281::9999999::INSTR"
WAITED_FOR = r"Note: no answer of \w+ in 2 s; it is waited for, up to 10 s\.\n"
LOOKS = 3  # at most, where the machine is too busy to look in time
SCRIPT = """\
import os, sys, threading
import pyvisa
from lager import holder
held = pyvisa.ResourceManager("@py").open_resource(sys.argv[1])
print(os.environ[holder.RUN][:8], flush=True)
threading.Event().wait()
"""


@pytest.fixture(autouse=True)
def set_up(box):
    """What `lager install` sets up: udevd does not load `usbtmc`."""
    installed = Path(shipped.MODPROBE.path)
    installed.parent.mkdir(exist_ok=True)
    installed.write_bytes(shipped.MODPROBE.content())
    usbsystem.reload()
    usbsystem.unload("usbtmc")
    box.let_go()
    yield
    installed.unlink(missing_ok=True)
    usbsystem.reload()


def add_net(box, name, role, instrument, address):
    """Give the bench a net, as bench files of other boxes have it: nothing of that address need be there."""
    record = {"name": name, "role": role, "instrument": instrument, "address": address, "pin": "1"}
    box.hardware_service.change(wire.SaveNets(0, [record]))


# The faults: each gives the net to diagnose, and words that are to be on the screen -----------------------------------


def healthy_in_a_session(box):
    box.call("supply1", "voltage")
    yield "supply1", f"the box's own worker({box.worker('supply1')['pid']})"


def healthy(box):
    yield "supply1", ""
    assert not box.device("supply1").holders(), "the question leaves no claim"


def busy(box):
    with SomebodyElse("visa", ADDRESSES["supply1"]) as other:
        yield "supply1", f"python({other.pid})"


def busy_with_a_run(box):
    script = box.script("raw.py", SCRIPT, ADDRESSES["supply1"])
    run = script.stdout.readline().decode().strip()
    try:
        yield "supply1", f", run {run})"
    finally:
        script.terminate()
        script.communicate(timeout=20)


def claimed(box):
    with SomebodyElse("visa", ADDRESSES["supply1"]) as one, SomebodyElse("node", box.device("supply1").node) as two:
        yield "supply1", f"(python({one.pid}), python({two.pid}))"


def a_call_in_a_session(box):
    box.call("supply1", "state")
    box.fault("delay", "supply1", 2)  # each of its answers, of which there are a dozen
    asking = Asking(box, "supply1", "state")
    usbsystem.until(lambda: box.worker("supply1")["running"], "the call runs")
    yield "supply1", "IN USE"
    box.fault("clear", "supply1")
    assert isinstance(asking.result(), dict), "the call was not disturbed"


def unplugged_in_a_session(box):
    box.call("supply1", "voltage")
    number = box.device("supply1").number
    box.unplug("supply1")
    yield "supply1", f"usb 1-1: USB disconnect, device number {number}"


def unplugged(box):
    number = box.device("supply1").number
    box.unplug("supply1")
    yield "supply1", f"usb 1-1: USB disconnect, device number {number}"


def never_plugged_in(box):
    """The instrument was exchanged, and its net has the address of the one before."""
    saved = box.hardware_service.saved().records
    box.hardware_service.change(wire.SaveNets(0, [], alone=True))
    add_net(box, "spare", "power-supply", "Keithley_2281S", NEVER_PLUGGED)
    try:
        yield "spare", ""
    finally:
        box.hardware_service.change(wire.SaveNets(0, saved, alone=True))


def wedged_in_a_session(box):
    box.call("supply1", "voltage")
    box.fault("wedge", "supply1")
    yield "supply1", ""


def wedged(box):
    box.fault("wedge", "supply1")
    yield "supply1", ""


def dead(box):
    box.fault("dead", "supply1")
    yield "supply1", ""


def not_usbtmc(box):
    with plainusb.Plugged(*plainusb.labjack("470099999")) as labjack:
        add_net(box, "analog1", "adc", "LabJack_T7", labjack.address)
        yield "analog1", ""


def usbtmc_loaded(box):
    usbsystem.load("usbtmc")
    usbsystem.until(lambda: box.device("supply1").driver == "usbtmc", "usbtmc has taken the 2281S")
    yield "supply1", ""


def not_authorized(box):
    (box.device("supply1").folder / "authorized").write_text("0")
    yield "supply1", ""


def no_node(box):
    """A container that was given the nodes there were, and not /dev/bus/usb."""
    box.device("supply1").node.unlink()
    try:
        yield "supply1", ""
    finally:
        box.replug("supply1")


FAULTS = [
    healthy_in_a_session, healthy, busy, busy_with_a_run, claimed, a_call_in_a_session, unplugged_in_a_session,
    unplugged, never_plugged_in, wedged_in_a_session, wedged, dead, not_usbtmc, usbtmc_loaded, not_authorized, no_node,
]  # fmt: skip


def look(box, name, net):
    done = box.lager("diagnose", net)
    print(f"### {name}: exit status {done.returncode}\n{done.stdout}")  # `pytest -rP` shows it
    return done


def look_in_time(box, name, net):
    """Look again where the machine was too busy: for what stays as it is, however often one looks."""
    for _ in range(LOOKS):
        if not diagnosedscreens.is_late((done := look(box, name, net)).stdout):
            break
    return done


def check(name, done, words=""):
    """Compare what was said of a net with the screen of that name."""
    said = diagnosedscreens.plain(done.stdout)
    if not name.endswith("in a session"):
        said = diagnosedscreens.without_own_worker(said)
    noted = re.sub(WAITED_FOR, "", done.stderr)
    assert (done.returncode, said, noted) == (*diagnosedscreens.expected()[name], "")
    assert noted != done.stderr or "wedged" not in name, "that it takes long is said"
    assert words in done.stdout


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__.replace("_", " "))
def test_each_fault_is_named(box, fault):
    name = fault.__name__.replace("_", " ")
    for _ in range(LOOKS):
        with contextlib.contextmanager(fault)(box) as (net, words):
            done = look(box, name, net)
        if not diagnosedscreens.is_late(done.stdout):
            break
        box.mend()
        box.let_go()
    check(name, done, words)


def test_a_wedged_instrument_answers_again_when_it_was_switched_off_and_on(box):
    box.call("supply1", "voltage")
    box.fault("wedge", "supply1")
    assert box.lager("diagnose", "supply1").returncode == 15
    box.replug("supply1", "power-cycle")
    assert box.lager("diagnose", "supply1").returncode == 0
    with pytest.raises(errors.InstrumentRestarted):  # who diagnosed it has not taken that from the script
        box.call("supply1", "set_voltage", 1.0)


def test_programs_get_the_same_facts(box):
    with SomebodyElse("visa", ADDRESSES["supply1"]) as other:
        done = box.lager("diagnose", "supply1", "--json")
    facts = json.loads(done.stdout)
    (holder,) = facts["usb"]["lsof"]
    assert (holder["pid"], holder["run"], holder["ours"], holder["has"]) == (str(other.pid), "", False, "open")
    assert (facts["usb"]["driver"], facts["usb"]["interfaces"]) == ("usbfs", ["fe/03"])
    assert (facts["visa"]["error_class"], facts["visa"]["errno"], facts["visa"]["via"]) == ("busy", 16, "fresh")
    assert facts["classification"]["name"] == "busy"
    assert facts["classification"]["status"] == done.returncode == 12


@pytest.mark.udevd("no-udev")
def test_a_stale_context_is_named_and_the_next_step_mends_it(box):
    box.call("supply1", "voltage")
    box.let_go()
    box.replug("supply1")
    check("stale", look_in_time(box, "stale", "supply1"))
    assert box.lager("supply", "supply1", "state").returncode == 0
    check("healthy in a session", look_in_time(box, "healthy again", "supply1"))

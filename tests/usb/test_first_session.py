"""The only session of each instrument: its first open, both roles on it, and who else wants the instrument."""

import os
import sys
from pathlib import Path

import pytest
from kernelbox import ADDRESSES, SomebodyElse

from lager import device_lock, errors

PYTHON = Path(sys.executable).name


def test_the_first_command_after_the_plug_is_answered(box):
    done = box.lager("supply", "supply1", "state")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Channel 1: OFF" in done.stdout
    assert box.device("supply1").driver == "usbfs"
    assert box.device("supply1").holders() == {box.worker("supply1")["pid"]}


def test_both_roles_alternate_on_one_session(box):
    box.call("supply1", "set_voltage", 3.25)
    before = box.worker("supply1")
    for _ in range(25):
        assert box.call("supply1", "get_voltage_setpoint") == 3.25
        assert 0 <= box.call("battery1", "soc") <= 100
    after = box.worker("supply1")
    assert (after["pid"], after["opened"]) == (before["pid"], before["opened"])
    assert {one["role"] for one in after["drivers"]} == {"power-supply", "battery"}


def test_scripts_reach_it_and_leave_the_session(box):
    text = (
        "from lager import Net, NetType\n"
        'supply = Net.get("supply2", type=NetType.PowerSupply)\n'
        "supply.set_voltage(1.5)\n"
        "print(supply.get_voltage_setpoint())\n"
    )
    box.call("supply2", "voltage")
    before = box.worker("supply2")
    script = box.script("once.py", text)
    said = script.communicate(timeout=60)[0].decode()
    assert (script.returncode, said.splitlines()[-1]) == (0, "1.5")
    assert box.worker("supply2")["opened"] == before["opened"]


def test_who_holds_it_by_raw_pyvisa_is_named_and_then_it_works_again(box):
    box.call("supply1", "voltage")
    box.let_go()
    with SomebodyElse("visa", ADDRESSES["supply1"]) as other:
        assert other.said["answer"].startswith("KEITHLEY"), other.said
        with pytest.raises(errors.InstrumentBusy) as caught:
            box.call("supply1", "voltage")
        assert PYTHON in caught.value.what
        assert f"pid {other.pid}" in caught.value.what
        done = box.lager("supply", "supply1", "state")
        assert done.returncode == errors.InstrumentBusy.exit_code
        assert f"pid {other.pid}" in done.stderr
        assert box.call("supply2", "voltage") is not None
    assert box.call("supply1", "voltage") is not None


def test_raw_pyvisa_finds_it_busy_while_we_have_it_and_ours_is_unharmed(box):
    box.call("supply1", "voltage")
    before = box.worker("supply1")
    with SomebodyElse("visa", ADDRESSES["supply1"]) as other:
        assert (other.said["raised"], other.said["errno"]) == ("USBError", 16), other.said
    assert box.call("supply1", "get_voltage_setpoint") == 3.25
    after = box.worker("supply1")
    assert (after["pid"], after["opened"]) == (before["pid"], before["opened"])


def test_the_lock_tells_programs_that_take_it_who_has_the_instrument(box):
    box.call("supply1", "voltage")
    with pytest.raises(errors.InstrumentBusy) as caught:
        device_lock(ADDRESSES["supply1"], timeout=0).acquire()
    assert f"pid {box.worker('supply1')['pid']}" in caught.value.what
    box.let_go()
    with device_lock(ADDRESSES["supply1"], timeout=2), pytest.raises(errors.InstrumentBusy) as caught:
        box.call("supply1", "voltage")
    assert f"pid {os.getpid()}" in caught.value.what
    assert box.call("supply1", "voltage") is not None

"""The files that `lager install` puts on a machine, at work: `usbtmc` stays away, and the box's user has instruments.

They are applied by the very steps that do it on a box.
"""

import grp
import os
import stat
import subprocess
from pathlib import Path

import plainusb
import pytest
import usbsystem
from kernelbox import SERIALS, SomebodyElse

from lager import shipped
from lager_cli.machine.onbox import kernelfiles
from lager_cli.machine.onbox.places import Places
from lager_cli.machine.onbox.telling import Teller

VERSION = "0.0.1-0123abcd"
OTHER = (0x1209, 0x0001, ("Somebody", "A device that is no instrument", "0815"))


@pytest.fixture
def teller():
    """Hears what the steps say."""
    heard = []
    one = Teller(heard.append)
    one.heard = heard
    return one


@pytest.fixture
def step(teller):
    """Does a step as on a box, whose version brings the files of this one."""
    folder = Places().environment(VERSION) / "lib/python3/site-packages/lager"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "shipped").exists():
        (folder / "shipped").symlink_to(Path(shipped.__file__).parent)
    yield lambda do: do(Places(), teller, {"name": VERSION})
    for one in (shipped.RULES, shipped.MODPROBE):
        Path(one.path).unlink(missing_ok=True)
    usbsystem.reload()


@pytest.fixture
def group():
    """The group of the box's user, which the step `user` makes."""
    try:
        return grp.getgrnam("lager").gr_gid
    except KeyError:
        subprocess.run(["groupadd", "--system", "lager"], check=True)
        return grp.getgrnam("lager").gr_gid


def is_loaded():
    return any(line.startswith("usbtmc ") for line in Path("/proc/modules").read_text().splitlines())


def who_may(device):
    """Give the group and the mode of a device's node."""
    status = os.stat(device.node)
    return status.st_gid, oct(stat.S_IMODE(status.st_mode))


def opened_by(group, device):
    """Have a user who is nobody, and in that group only, open an instrument; what came of it."""
    with SomebodyElse("node", device.node, group) as somebody:
        return somebody.said


def test_without_the_blacklist_the_plug_loads_the_module_and_with_it_it_does_not(box, step, teller):
    box.let_go()
    usbsystem.unload("usbtmc")
    box.replug("supply1")
    usbsystem.until(lambda: box.device("supply1").driver == "usbtmc", "udevd has loaded usbtmc, which has the 2281S")
    assert step(kernelfiles.modprobe) == {"changed": True, "loaded": False}
    assert teller.heard == [{"say": "unloaded the kernel module usbtmc"}]
    box.replug("supply1")
    usbsystem.settle()
    assert (is_loaded(), box.device("supply1").driver) == (False, "")
    assert box.call("supply1", "voltage") is not None
    assert step(kernelfiles.modprobe) == {"changed": False, "loaded": False}
    usbsystem.load("usbtmc")  # who wants it, has it


def test_a_module_that_is_in_use_stays_and_its_user_is_asked_for(box, teller):
    box.let_go()
    usbsystem.load("usbtmc")
    box.replug("supply1")
    usbsystem.until(lambda: box.device("supply1").driver == "usbtmc", "usbtmc has taken the 2281S")
    with next(Path("/dev").glob("usbtmc[0-9]")).open("rb", buffering=0):
        kernelfiles.unload(Places(), teller)
        assert is_loaded()
    assert "a program has an instrument open through it (1 uses)" in teller.warnings[0]
    assert "fuser -v /dev/usbtmc*" in teller.warnings[0]


def test_the_rules_give_instruments_to_the_group_and_nothing_else(box, step, teller, group):
    box.let_go()
    assert who_may(box.device("supply1")) == (0, "0o664"), "as udev's own rules have it"
    assert opened_by(group, box.device("supply1"))["raised"] == "PermissionError"
    with plainusb.Plugged(*plainusb.labjack("470099999")) as labjack, plainusb.Plugged(*OTHER) as other:
        assert (step(kernelfiles.rules), teller.heard) == ({"changed": True}, [])
        for serial in set(SERIALS.values()):
            assert who_may(usbsystem.find(serial)) == (group, "0o660"), "what is plugged in already"
        assert who_may(labjack.device) == (group, "0o660"), "by its vendor, as it is no USB-TMC"
        assert who_may(other.device) == (0, "0o664")
    box.replug("supply1")
    usbsystem.settle()
    assert who_may(box.device("supply1")) == (group, "0o660"), "what is plugged in later"
    assert opened_by(group, box.device("supply1")) == {"answer": ""}

"""What a box finds out about its own machine: a directory that looks like one, with all that can be wrong there."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "hwservice"))
from fakesysfs import FakeMachine

from lager import selfcheck, shipped
from lager.selfcheck import disk, files, instruments, people, unit, usbnodes
from lager.wire.checks import OK, PROBLEM, UNSEEN, WARNING, Finding

RULES, BLACKLIST = "/etc/udev/rules.d/60-lager-instruments.rules", "/etc/modprobe.d/blacklist-usbtmc.conf"


class Fake(FakeMachine):
    """A machine, of which a box is served."""

    def __init__(self, folder):
        super().__init__(folder)
        self.write("proc/modules", "usbcore 1 0 - Live 0x0\n")
        self.write("etc/group", "root:x:0:\n")
        self.write("etc/passwd", "root:x:0:0::/root:/bin/sh\n")
        self.state = folder / "var/lib/lager"
        self.state.mkdir(parents=True, mode=0o700)

    def write(self, name, text):
        path = self.folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def set_up(self):
        """Make it what `lager install` makes of a machine."""
        self.write("etc/lager/box.env", "LAGER_BOX_PORT=5000\n")
        self.write("etc/group", f"lager:x:{os.getgid()}:\n")
        self.write("etc/passwd", "lager:x:998:998::/var/lib/lager:/bin/sh\n")
        for one in shipped.EVERY:
            self.write(one.path, one.content().decode())

    @property
    def place(self):
        return selfcheck.Place(self.state, self.folder, serves=True)


@pytest.fixture
def fake(tmp_path):
    return Fake(tmp_path)


def test_a_machine_that_was_set_up_and_is_well(fake):
    fake.set_up()
    node = fake.plug("1-1")
    fake.write("sys/bus/usb/devices/1-1/product", "2281S-20-6\n")
    found = {one.name: (one.state, one.words) for one in selfcheck.look(fake.place) if one.name not in ("unit", "disk")}
    assert found == {
        "instruments": (OK, "2281S-20-6 4381218: may be opened"),
        "udev rules": (OK, f"{RULES} is as this version ships it"),
        "usbtmc": (OK, "the kernel's module is not loaded"),
        "modprobe.d": (OK, f"{BLACKLIST} is as this version ships it"),
        "group": (OK, "user and group lager are there"),
        "unit file": (OK, "/etc/systemd/system/lager-box.service is as this version ships it"),
        "state": (OK, f"{fake.state} is the box's own"),
    }
    assert node.exists()


def test_a_machine_without_instruments_that_nobody_set_up_is_well(fake):
    found = {one.name: one for one in selfcheck.look(fake.place)}
    assert {one.state for name, one in found.items() if name != "disk"} == {OK}
    assert found["instruments"].words == "no USB instrument is plugged in"
    assert found["udev rules"].words == f"{RULES} is not installed; without USB instruments it need not be"
    assert found["unit"].words == "none: this box was not set up by `lager install`, and is started by hand"


# Instruments --------------------------------------------------------------------------------------------------------


def test_instruments_are_those_with_a_tmc_interface_and_those_of_the_shipped_vendors(fake):
    fake.plug("1-1", serial="1")
    fake.plug("1-2", 0x0CD5, 7, "470010001", kinds=[(0xFF, 0)])
    fake.write("sys/bus/usb/devices/1-2/product", "LabJack T7\n")
    fake.plug("1-3", 0x046D, 0xC31C, "mouse", kinds=[(3, 1)])
    fake.plug("1-4", serial="gone", busnum="")
    fake.plug("1-5", 0x24FF, 1, None, kinds=[(0xFF, 0)])
    assert [one.name for one in usbnodes.instruments(fake.place)] == [
        "05e6:2281 1",
        "LabJack T7 470010001",
        "24ff:0001",
    ]


def test_vendors_are_read_out_of_rules():
    rules = b'ATTR{idVendor}=="0cd5", X\nATTRS{idVendor}=="0CE9|24ff", Y\n'
    assert list(usbnodes.vendors(rules)) == ["0cd5", "0ce9", "24ff"]
    assert list(usbnodes.vendors(shipped.RULES.content())) == ["0cd5", "0ce9", "24ff"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_node_that_may_not_be_opened_is_a_problem(fake):
    node = fake.plug("1-1", serial="1")
    os.chmod(node, 0o600)
    fake.folder.chmod(0o755)
    code = (
        "import os; from pathlib import Path; from lager.selfcheck import Place, instruments, usbnodes\n"
        "plugged = usbnodes.instruments(Place(Path('.'), Path('.')))\n"
        "os.setegid(65534); os.seteuid(65534)\n"
        "one = instruments.opened(plugged)\n"
        "print(one.state, one.words, one.hint, sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=fake.folder, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "problem",
        f"05e6:2281 1 cannot be opened: {node.relative_to(fake.folder)}: permission denied",
        "see `udev rules`, then have them applied: sudo udevadm control --reload && sudo udevadm trigger",
    ], done.stderr


def test_a_node_that_is_not_handed_in_is_told_with_what_to_do(fake):
    node = fake.plug("1-1", serial="1")
    node.unlink()
    assert instruments.access(fake.place) == Finding(
        "instruments",
        WARNING,
        f"05e6:2281 1 cannot be opened: {node}: no such file or directory",
        "in a container, hand its USB in (--device /dev/bus/usb); else plug the instrument in again",
    )


def test_where_the_service_is_down_the_bits_of_a_node_tell_what_it_may(fake):
    fake.set_up()
    node = fake.plug("1-1", serial="1")
    from_here = fake.place._replace(serves=False)
    os.chmod(node, 0o660)
    assert instruments.access(from_here) == Finding(
        "instruments", OK, "05e6:2281 1: may be opened by the box's user lager"
    )
    os.chmod(node, 0o640)
    found = instruments.access(from_here)
    assert (found.state, found.words) == (
        PROBLEM,
        f"05e6:2281 1 cannot be opened: {node}: its group lager may not read and write it",
    )


def test_where_sysfs_is_hidden_that_is_said(fake):
    fake.hide()
    found = instruments.access(fake.place)
    assert (found.state, found.words) == (
        UNSEEN,
        f"there is no {fake.machine.devices}: this kernel has no USB, or hides it",
    )
    assert files.rules(fake.place).state == OK


# Files and the module -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("check", "path"), [(files.rules, RULES), (files.blacklist, BLACKLIST)])
def test_a_file_that_differs_or_is_missing(fake, check, path):
    fake.set_up()
    fake.write(path, "something of my own\n")
    found = check(fake.place)
    assert (found.state, found.words) == (WARNING, f"{path} differs from what this version ships")
    (fake.folder / path.lstrip("/")).unlink()
    found = check(fake.place)
    assert (found.state, found.words.split(":")[0]) == (PROBLEM, f"{path} is missing")
    assert found.hint == "run `lager install` for this machine again: it does what is missing"


def test_a_machine_that_nobody_set_up_needs_them_when_an_instrument_is_plugged_in(fake):
    fake.plug("1-1")
    for check in (files.rules, files.blacklist):
        assert check(fake.place).state == WARNING
        assert check(fake.place).hint == "set this machine up by `lager install`"
    fake.write("run/.containerenv", "")
    assert {check(fake.place).words for check in (files.rules, files.blacklist)} == {
        "it counts on the machine around this container"
    }


def test_the_module_is_told_of_loaded_bound_and_built_in(fake):
    fake.write("proc/modules", "usbtmc_of_another 1 0 - Live 0x0\n")
    assert files.module(fake.place).state == OK
    fake.write("proc/modules", "cdc_acm 1\nusbtmc 28672 0 - Live 0x0\n")
    assert files.module(fake.place) == Finding(
        "usbtmc",
        WARNING,
        "the kernel's module usbtmc is loaded: it takes the next instrument that is plugged in",
        "sudo modprobe -r usbtmc",
    )
    fake.plug("1-1", serial="1")
    fake.bind("1-1", "usbtmc", "usbtmc0")
    assert files.module(fake.place) == Finding(
        "usbtmc",
        PROBLEM,
        "the kernel's module usbtmc is loaded, and has taken 05e6:2281 1",
        "sudo modprobe -r usbtmc",
    )
    fake.write("run/.containerenv", "")
    assert files.module(fake.place).hint == "on the machine around this container: sudo modprobe -r usbtmc"
    (fake.folder / "proc/modules").unlink()
    (fake.folder / "sys/bus/usb/drivers/usbtmc").mkdir(parents=True)
    found = files.module(fake.place)
    assert (found.state, found.words) == (PROBLEM, "usbtmc is built into this kernel, and has taken 05e6:2281 1")


def test_a_kernel_that_lists_neither_modules_nor_drivers_was_not_looked_at(fake):
    (fake.folder / "proc/modules").unlink()
    (found,) = selfcheck.look(fake.place, {"usbtmc": files.module})
    assert (found.state, found.words) == (UNSEEN, f"{fake.folder}/proc/modules: no such file or directory")
    (fake.folder / "sys/bus/usb/drivers").mkdir(parents=True)
    assert files.module(fake.place).state == OK


# People, state, disk ------------------------------------------------------------------------------------------------


def test_the_group_and_the_user(fake):
    assert people.group(fake.place).state == OK
    fake.set_up()
    assert people.group(fake.place) == Finding("group", OK, "user and group lager are there")
    fake.write("etc/passwd", "lagerist:x:998:998::/:/bin/sh\n")
    assert people.group(fake.place).words == "there is a group lager, but no user lager to run the box"
    fake.write("etc/group", "lagers:x:1:\n")
    assert (people.group(fake.place).state, people.group(fake.place).words) == (
        PROBLEM,
        "there is no group lager, which instruments are for",
    )


def test_a_token_that_others_can_read_is_told(fake):
    token = fake.state / "token"
    token.write_text("x")
    token.chmod(0o644)
    assert disk.state(fake.place).state == OK  # nobody comes so far
    fake.state.chmod(0o755)
    assert disk.state(fake.place) == Finding(
        "state", WARNING, f"others on this machine can read {token}", f"chmod go= {token}"
    )
    shutil.rmtree(fake.state)
    (found,) = selfcheck.look(fake.place, {"state": disk.state})
    assert (found.state, found.words) == (UNSEEN, f"{fake.state}: no such file or directory")


def test_a_state_that_is_not_the_boxs_is_told_also_while_the_service_is_down(fake):
    fake.set_up()
    down = fake.place._replace(serves=False)
    fake.write("etc/passwd", f"lager:x:{os.getuid()}:998::/var/lib/lager:/bin/sh\n")
    assert disk.state(down) == Finding("state", OK, f"{fake.state} is the box's own")
    fake.write("etc/passwd", f"lager:x:{os.getuid() + 1}:998::/var/lib/lager:/bin/sh\n")
    assert disk.state(down) == Finding(
        "state",
        PROBLEM,
        f"{fake.state} belongs to user number {os.getuid()}, and the box runs as lager",
        f"sudo chown -R lager: {fake.state}",
    )


@pytest.mark.parametrize(
    ("free", "state", "words"),
    [
        (50 * 2**20, PROBLEM, "50 MiB of 100.0 GiB are free where /x is"),
        (500 * 2**20, WARNING, "500 MiB of 100.0 GiB are free where /x is"),
        (5 * 2**30, OK, "5.0 GiB of 100.0 GiB are free where /x is"),
    ],
)
def test_the_room_on_a_disk(free, state, words):
    found = disk.judged(free, 100 * 2**30, "/x")
    assert (found.state, found.words) == (state, words)


# The unit -----------------------------------------------------------------------------------------------------------

WELL = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running", "UnitFileState": "enabled"} | {
    "NRestarts": "0",
    "Result": "success",
}


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        ({}, OK, "lager-box.service is active, and starts when the machine does"),
        (
            {"UnitFileState": "disabled"},
            WARNING,
            "lager-box.service is active, but does not start when the machine does",
        ),
        ({"NRestarts": "7"}, WARNING, "lager-box.service is active, but had to be started again 7 times"),
        ({"ActiveState": "failed", "Result": "exit-code"}, PROBLEM, "lager-box.service is failed (exit-code)"),
        ({"ActiveState": "inactive"}, PROBLEM, "lager-box.service is inactive"),
        (
            {"ActiveState": "activating", "SubState": "auto-restart", "NRestarts": "12"},
            PROBLEM,
            "lager-box.service ends, and is started again, 12 times by now",
        ),
        ({"LoadState": "not-found"}, PROBLEM, "systemd knows no lager-box.service"),
    ],
)
def test_what_systemd_says_of_the_unit_is_judged(facts, state, words):
    found = unit.judged(WELL | facts, set_up=True)
    assert (found.state, found.words) == (state, words)


def test_a_machine_that_nobody_set_up_needs_no_unit():
    assert unit.judged({"LoadState": "not-found"}, set_up=False) is None


def program(folder, name, text):
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path.parent)


def test_systemctl_that_does_not_answer_or_has_no_systemd(fake, monkeypatch):
    fake.set_up()
    monkeypatch.setattr(unit, "_WITHIN", 0.2)
    monkeypatch.setenv("PATH", program(fake.folder, "systemctl", "exec /bin/sleep 60"))
    assert unit.unit(fake.place).words == "systemctl says nothing in 0.2 s"
    program(fake.folder, "systemctl", "echo 'System has not been booted with systemd as init system' >&2; exit 1")
    found = unit.unit(fake.place)
    assert (found.state, found.words) == (
        UNSEEN,
        "systemctl: System has not been booted with systemd as init system",
    )
    monkeypatch.setenv("PATH", str(fake.folder))
    assert unit.unit(fake.place).words == "there is no systemctl here"


# All at once --------------------------------------------------------------------------------------------------------


def test_a_check_that_hangs_is_a_finding_and_keeps_nobody(fake):
    hung = threading.Event()
    checks = {"hangs": lambda _: hung.wait(30), "disk": disk.room}
    found = selfcheck.look(fake.place, checks, within=0.3)
    assert (found[0].name, found[0].state) == ("hangs", UNSEEN)
    assert found[0].words == "no answer from the system in 0.3 s"
    assert found[1].name == "disk"
    hung.set()


def test_what_hangs_hangs_once_however_often_it_is_asked(fake):
    hung, begun = threading.Event(), []

    def hanging(_):
        begun.append(threading.current_thread())
        hung.wait(30)
        return Finding("hangs", OK, "it was only slow")

    for _ in range(3):
        (found,) = selfcheck.look(fake.place, {"hangs": hanging}, within=0.01)
        assert found.state == UNSEEN
    hung.set()
    begun[0].join()
    assert len(begun) == 1
    assert selfcheck.look(fake.place, {"hangs": hanging}, within=30)[0].words == "it was only slow"
    assert len(begun) == 2


def test_a_file_that_may_not_be_read_is_said(fake):
    fake.set_up()
    path = fake.folder / RULES.lstrip("/")
    path.unlink()
    path.mkdir()
    (found,) = selfcheck.look(fake.place, {"udev rules": files.rules})
    assert (found.state, found.words) == (UNSEEN, f"{path}: is a directory")

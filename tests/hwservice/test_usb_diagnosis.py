"""What is said of a USB device that gives trouble: trees that look like a kernel's, and real processes that have it."""

import fcntl
import json
import os
import subprocess
import sys
import threading

import pytest
from fakesysfs import FakeMachine

from lager import devicelock, settings, wire
from lager.holder import Holder
from lager_hwservice import usb
from lager_hwservice.diagnosis import looks, rivals, usblook
from lager_hwservice.diagnosis.kernelmessages import Message

K = "USB0::0x05E6::0x2281::4381218::INSTR"
HOLD = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.readline()"


@pytest.fixture
def fake(tmp_path):
    one = FakeMachine(tmp_path)
    (one.machine.devices.parent / "drivers").mkdir()
    return one


@pytest.fixture
def proc(tmp_path):
    place = tmp_path / "proc"
    place.mkdir()
    (place / "modules").write_text("usbhid 77824 0 - Live 0x0\nusbtmc_like 1 0 - Live 0x0\n")
    (place / "locks").touch()
    return place


def look(fake, proc=usblook.PROC, said=(), nets=(), **more):
    return usblook.Looking(fake.machine, proc, lambda: list(said), **more).at(K, nets)


def add_process(proc, pid, node=None, parent=1, name="labgrid", run="", command=b"labgrid\0"):
    place = proc / str(pid)
    (place / "fd").mkdir(parents=True)
    if node is not None:
        (place / "fd/7").symlink_to(node)
    (place / "comm").write_text(f"{name}\n")
    (place / "cmdline").write_bytes(command)
    (place / "stat").write_text(f"{pid} ({name} (x) y) S {parent} 1 1\n")
    (place / "environ").write_bytes(f"LAGER_PROCESS_ID={run}\0".encode() if run else b"A=b\0")


def holding(node):
    """Hold a file open in a process that is no child of this one: only those count as others."""
    words = [sys.executable, "-c", HOLD, str(node)]
    start = f"import subprocess, sys; subprocess.Popen({words!r}).pid"
    process = subprocess.Popen(
        [sys.executable, "-c", start], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout.readline() == "open\n"
    process.wait()
    return process


# The bus --------------------------------------------------------------------------------------------------------------


def test_all_that_is_known_of_a_device(fake, proc):
    fake.plug("1-1", serial="77")
    node = fake.plug("1-4.2", kinds=[(8, 6), (0xFE, 3)])
    (fake.machine.devices / "1-4.2/1-4.2:1.1/driver").symlink_to("../../../drivers/usbfs")
    add_process(proc, 70, node, run="4f2a1b3c-1")
    add_process(proc, 80, node.with_name("other"))
    add_process(proc, 90, node, parent=os.getpid(), command=b"lager_hwservice.worker Keithley_2281S\0")
    found = look(fake, proc, [Message(3.5, "usb 1-4.2: reset high-speed USB device"), Message(4.0, "eth0: up")])
    assert found.pop("dmesg_tail").endswith(" usb 1-4.2: reset high-speed USB device")
    user = rivals._user(os.getpid(), usblook.PROC)
    one = {"command": "labgrid", "user": user, "has": "open"}
    assert found == {
        "address": K,
        "via": "",
        "enumerated": True,
        "sysfs_path": str(fake.machine.devices / "1-4.2"),
        "device_path": str(node),
        "vid": "05e6",
        "pid": "2281",
        "serial": "4381218",
        "is_usbtmc": True,
        "driver": "usbfs",
        "authorized": True,
        "interfaces": ["08/06", "fe/03"],
        "same_kind": ["77"],
        "lsof": [one | {"pid": "70", "run": "4f2a1b3c-1", "ours": False, "serves": False}],
        "holders_ours": [one | {"pid": "90", "run": "", "ours": True, "serves": True}],
        "hidden": 0,
        "usbtmc_loaded": False,
        "could_not_look": {},
    }
    json.dumps(found)


def test_a_device_that_is_not_there(fake, proc):
    fake.plug("1-1", serial="77")
    found = look(fake, proc, [Message(1, "usb 1-3: device descriptor read/64, error -71")])
    assert (found["enumerated"], found["same_kind"], found["lsof"]) == (False, ["77"], [])
    assert found["classification_hint"].startswith("instrument not enumerated on USB")
    assert found["is_usbtmc"] is found["vid"] is found["sysfs_path"] is found["interfaces"] is None
    assert "error -71" in found["dmesg_tail"]
    assert found["could_not_look"] == {}


def test_what_the_bench_knows_by_another_net_was_not_put_in_its_place(fake, proc):
    fake.plug("1-1", serial="77")  # a maker may give several models one number
    fake.plug("1-2", serial="78")
    other = wire.NetRecord("eload1", "eload", "Rigol_DL3021", "usb::0x5E6::0x2281::77")
    assert look(fake, proc, nets=[other])["same_kind"] == ["78"]


def test_one_that_is_not_of_that_class(fake, proc):
    fake.plug("1-1", kinds=[(0xFF, 0)])
    found = look(fake, proc)
    assert (found["enumerated"], found["is_usbtmc"], found["interfaces"]) == (True, False, ["ff/00"])


def test_what_has_no_configuration_is_of_no_known_class(fake, proc):
    fake.plug("1-1", kinds=[], authorized=0, bConfigurationValue="")
    found = look(fake, proc)
    assert (found["enumerated"], found["authorized"]) == (True, False)
    assert found["is_usbtmc"] is found["interfaces"] is None
    assert "no active configuration" in found["could_not_look"]["sysfs"]


def test_a_driver_of_the_kernel_that_has_it(fake, proc):
    fake.plug("1-1")
    node = fake.bind("1-1", "usbtmc", "usbtmc0")
    add_process(proc, 70, node)
    (proc / "modules").write_text("usbtmc 24576 1 - Live 0x0000000000000000\n")
    found = look(fake, proc)
    assert (found["driver"], [one["pid"] for one in found["lsof"]]) == ("usbtmc", ["70"])
    assert found["usbtmc_loaded"] is True


def test_where_nothing_can_be_seen_nothing_is_claimed(fake, tmp_path):
    fake.plug("1-1")
    fake.machine.devices.parent.rename(tmp_path / "away")

    def silent():
        raise usb.CouldNotLook("/dev/kmsg: Operation not permitted")

    found = usblook.Looking(fake.machine, tmp_path / "proc", silent).at(K, [])
    why = found.pop("could_not_look")
    assert {name for name, value in found.items() if value is not None} == {"address", "via"}
    assert why.pop("sysfs").endswith("this kernel has no USB, or hides it")
    assert why.pop("modules") == f"{tmp_path / 'proc/modules'}: No such file or directory"
    assert why.pop("holders").startswith("without the device's place on the bus")
    assert why == {"messages": "/dev/kmsg: Operation not permitted"}


def test_processes_that_cannot_be_listed(fake, tmp_path):
    fake.plug("1-1")
    found = look(fake, tmp_path / "proc")
    assert found["lsof"] is found["hidden"] is found["holders_ours"] is None
    assert found["could_not_look"]["holders"] == f"{tmp_path / 'proc'}: No such file or directory"


@pytest.mark.parametrize("address", ["", "x", "modbus-tcp://127.0.0.1:1", "TCPIP::a::INSTR", "USB0::x::2::3::INSTR"])
def test_an_address_of_something_else(fake, address):
    with pytest.raises(usblook.NotUsb):
        usblook.Looking(fake.machine).at(address, [])


@pytest.mark.parametrize(
    "address", ["USB0::1::2::::INSTR", f"USB0::1::2::{'9' * 100_000}::INSTR", "usb::1::2::\0/../é"]
)
def test_an_address_of_any_kind_is_looked_for(fake, proc, address):
    found = usblook.Looking(fake.machine, proc, list).at(address, [])
    assert (found["enumerated"], found["lsof"], found["could_not_look"]) == (False, [], {})


# Holders --------------------------------------------------------------------------------------------------------------


def test_real_processes_that_have_it(fake):
    node = fake.plug("1-1")
    with holding(node) as other, node.open() as mine:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[mine.fileno()])
        found = look(fake)
        child.communicate(b"\n")
        other.communicate("\n")
    assert [one["pid"] for one in found["holders_ours"]] == [str(child.pid)]  # itself does not count
    (rival,) = found["lsof"]
    assert rival["command"] == os.path.basename(sys.executable)[:15]
    assert rival["user"]
    assert look(fake)["lsof"] == []


def test_a_search_that_takes_too_long_is_not_taken_for_complete(fake, proc):
    node = fake.plug("1-1")
    for pid in range(100, 150):
        add_process(proc, pid, node)
    ticks = iter(range(10**6))
    found = look(fake, proc, clock=lambda: next(ticks) / 10)
    left = 50 - len(found["lsof"])
    assert 0 < left < 50
    assert found["could_not_look"]["holders"] == f"{left} processes could not be looked at in time"
    for pid in range(100, 150):
        (proc / f"{pid}/fd/7").unlink()
    ticks = iter(range(10**6))
    found = look(fake, proc, clock=lambda: next(ticks) / 10)
    assert found["lsof"] is None  # and not nobody
    assert found["could_not_look"]["holders"] == f"{left} processes could not be looked at in time"


def test_who_has_only_the_lock(fake, proc, tmp_path):
    path = rivals.lock_of(K, "")
    assert path == settings.locks_dir() / devicelock.file_name(K)
    lock, trailing = tmp_path / "device.lock", "00:00:00 0 EOF"
    lock.write_text("70\nabc\n")
    inode = lock.stat().st_ino
    add_process(proc, 70)
    cases = {
        f"1: FLOCK  ADVISORY  WRITE 70 fe:00:{inode} 0 EOF\n": [(Holder(70, "labgrid", "abc"), "lock")],
        f"1: FLOCK  ADVISORY  WRITE 71 fe:00:{inode} 0 EOF\n": [],  # its file names one who was killed
        f"1: FLOCK  ADVISORY  WRITE 70 fe:00:{inode + 1} 0 EOF\n": [],
        f"1: FLOCK  ADVISORY  WRITE 70 {trailing}\n": [],
    }
    for listed, expected in cases.items():
        (proc / "locks").write_text(listed)
        found = rivals.of((), lock, lambda: False, proc)
        assert [(one.holder, one.has) for one in found.rivals] == expected
    node = fake.plug("1-1")
    (proc / "70/fd/3").symlink_to(node)
    (proc / "locks").write_text(next(iter(cases)))
    found = rivals.of([node], lock, lambda: False, proc)
    assert [(one.holder.pid, one.has) for one in found.rivals] == [(70, "open")]  # once
    assert rivals.over_usbip(tmp_path / "none", proc).rivals == ()


def test_a_real_lock_is_seen_and_not_touched(tmp_path):
    lock = tmp_path / "device.lock"
    lock.write_text(f"{os.getpid()}\n\n")
    assert rivals.over_usbip(lock).rivals == ()
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        (found,) = rivals.over_usbip(lock).rivals
    assert (found.holder.pid, found.has, found.ours) == (os.getpid(), "lock", True)


def test_a_user_without_a_name_is_a_number(proc, monkeypatch, tmp_path):
    add_process(proc, 70)
    monkeypatch.setattr(rivals, "_PASSWD", tmp_path / "none")
    assert rivals._user(70, proc) == str(os.getuid())
    assert rivals._user(71, proc) == ""


# Looks that hang ------------------------------------------------------------------------------------------------------


def test_a_look_that_hangs_keeps_nobody_and_is_taken_once():
    flow, counted = threading.Event(), []

    def hanging():
        counted.append(1)
        flow.wait(60)
        return "seen"

    taken = looks.Looks()
    first, second = taken.begin("x", hanging), taken.begin("x", hanging)
    assert taken.begin("y", lambda: 5).result(60) == 5
    for one in (first, second):
        with pytest.raises(usb.CouldNotLook, match=r"no answer within 0\.01 s"):
            looks.seen(one, 0.01)
    flow.set()
    assert looks.seen(first, 60) == "seen"
    assert counted == [1]


def test_the_rest_is_said_of_a_device_that_makes_sysfs_wait(fake, proc, monkeypatch):
    monkeypatch.setattr(usblook, "_BUS_WITHIN", 1.0)
    fake.plug("1-1")
    serial = fake.machine.devices / "1-1" / "serial"
    serial.unlink()
    os.mkfifo(serial)  # who reads it waits, as for a device that is being reset
    found = look(fake, proc)
    writing = os.open(serial, os.O_WRONLY)
    os.close(writing)
    assert found["enumerated"] is found["lsof"] is None
    assert found["could_not_look"]["sysfs"].startswith("no answer within ")
    assert (found["usbtmc_loaded"], found["dmesg_tail"]) == (False, "")


def test_another_device_that_makes_sysfs_wait_keeps_nobody(fake, proc):
    fake.plug("1-1", 0x1AB1, 0x0E11)
    serial = fake.machine.devices / "1-1" / "serial"
    serial.unlink()
    os.mkfifo(serial)
    fake.plug("1-2")
    assert look(fake, proc)["enumerated"] is True


# Where an instrument is reached through a server ----------------------------------------------------------------------


def net(via):
    return wire.NetRecord("supply1", "power-supply", "Keithley_2281S", K, "1", via=via)


@pytest.mark.parametrize("via", ["usbip://127.0.0.1:1", "nonsense"])
def test_a_server_that_does_not_answer_does_not_make_a_device_absent(fake, proc, via):
    found = usblook.Looking(fake.machine, proc, list).at(K.lower(), [net(via)])
    assert (found["via"], found["enumerated"]) == (via, None)
    assert found["could_not_look"]["sysfs"].startswith(f"{via} does not list its devices: ")

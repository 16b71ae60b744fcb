"""What sysfs says of devices: a directory that looks like one; `tests/usb` asks a real kernel."""

import os
import subprocess
import sys

import pytest
from fakesysfs import FakeMachine

from lager import addresses
from lager_hwservice import usb

KEITHLEY = addresses.usb("USB0::0x05E6::0x2281::4381218::INSTR")


@pytest.fixture
def fake(tmp_path):
    return FakeMachine(tmp_path)


def test_a_device_is_found_by_what_its_address_says(fake):
    fake.plug("1-1", serial="77")
    node = fake.plug("1-4.2")
    fake.plug("1-3", 0x1AB1, 0x0E11, "4381218")
    found = usb.find(KEITHLEY, fake.machine)
    assert (found.vendor, found.product, found.serial) == (0x05E6, 0x2281, "4381218")
    assert (found.bus, found.number, found.node) == (1, 4, node)
    assert found.path == fake.machine.devices / "1-4.2"
    assert (found.authorized, found.configuration) == (True, 1)
    assert found.tmc == usb.Interface(0, (0xFE, 3), "", ())


@pytest.mark.parametrize("serial", ["ab12", "AB12", "Ab12 "])
def test_capitals_of_a_serial_number_do_not_count(fake, serial):
    fake.plug("1-1", serial=serial)
    assert usb.find(addresses.usb("USB0::1510::8833::aB12::INSTR"), fake.machine) is not None


def test_what_is_not_there_is_not_found(fake):
    fake.plug("1-1", serial="1")
    fake.plug("1-2", serial=None)
    fake.plug("1-3", idVendor=None)
    fake.plug("1-4", idVendor="nonsense")
    assert usb.find(KEITHLEY, fake.machine) is None
    fake.plug("1-5")
    assert usb.find(KEITHLEY, fake.machine) is not None


def test_another_device_that_keeps_its_readers_waiting_is_not_read(fake):
    fake.plug("1-1", 0x1AB1, 0x0E11)
    serial = fake.machine.devices / "1-1" / "serial"
    serial.unlink()
    os.mkfifo(serial)  # as while it is being reset
    fake.plug("1-2")
    assert usb.find(KEITHLEY, fake.machine).path.name == "1-2"


def test_where_nothing_can_be_seen_that_is_said(fake):
    fake.hide()
    with pytest.raises(usb.CouldNotLook, match="this kernel has no USB"):
        usb.find(KEITHLEY, fake.machine)
    fake.machine.devices.write_text("")
    with pytest.raises(usb.CouldNotLook, match="Not a directory"):
        usb.find(KEITHLEY, fake.machine)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_what_may_not_be_read_is_not_taken_for_absent(fake):
    fake.plug("1-1")
    (fake.machine.devices / "1-1" / "serial").chmod(0)
    code = (
        "import os, sys; from pathlib import Path; from lager import addresses; from lager_hwservice import usb\n"
        "os.setegid(65534); os.seteuid(65534)\n"
        "try: print(usb.find(addresses.usb(sys.argv[1]), usb.Machine(Path(sys.argv[2]), Path('/dev'))))\n"
        "except usb.CouldNotLook as exc: print(exc)\n"
    )
    words = [sys.executable, "-c", code, "USB0::0x05E6::0x2281::4381218::INSTR", "sys/bus/usb/devices"]
    fake.folder.chmod(0o755)
    done = subprocess.run(words, cwd=fake.folder, capture_output=True, text=True, check=True)
    assert done.stdout == "sys/bus/usb/devices/1-1/serial: Permission denied\n"


def test_kernel_drivers_are_told(fake):
    fake.plug("1-1", kinds=[(8, 6), (0xFE, 3)])
    node = fake.bind("1-1", "usbtmc", "usbtmc0", place=1)
    found = usb.find(KEITHLEY, fake.machine)
    assert found.tmc == usb.Interface(1, (0xFE, 3), "usbtmc", (node,))


def test_a_device_without_configuration_has_no_interfaces(fake):
    fake.plug("1-1", kinds=[], bConfigurationValue="", authorized=0)
    found = usb.find(KEITHLEY, fake.machine)
    assert (found.configuration, found.authorized, found.tmc) == (0, False, None)


def test_all_devices(fake):
    fake.plug("1-1")
    assert [(one.path.name, one.product) for one in usb.every(fake.machine)] == [("1-1", 0x2281), ("usb1", 2)]


def test_leaving_is_noticed_and_the_next_at_that_place_is_another(fake):
    fake.plug("1-1")
    found = usb.find(KEITHLEY, fake.machine)
    assert not found.has_left()
    fake.unplug("1-1")
    assert found.has_left()
    fake.plug("1-1")
    assert found.has_left()
    again = usb.find(KEITHLEY, fake.machine)
    assert again.number > found.number
    assert not again.has_left()

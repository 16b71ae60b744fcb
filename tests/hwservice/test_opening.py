"""Locking, looking and opening, where the open itself is handed in: what is found out, and that the lock is kept."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys

import pytest
from fakesysfs import FakeMachine
from usb.core import USBError, USBTimeoutError

from lager import errors, settings
from lager.devicelock import DeviceLock
from lager_hwservice import opening
from lager_hwservice.faults import Fault, as_error, classify

ADDRESS = "USB0::0x05E6::0x2281::4381218::INSTR"
VIA = "usbip://127.0.0.1:1"
NAME = os.path.basename(sys.executable)[:15]  # as the kernel keeps it
HOLD_FILE = "import sys; file = open(sys.argv[1]); print('has it', flush=True); sys.stdin.readline()"
HOLD_LOCK = """
import sys, lager
with lager.device_lock(sys.argv[1], via=sys.argv[2]):
    print("has it", flush=True)
    sys.stdin.readline()
print("let go", flush=True)
sys.stdin.readline()
"""
WORKER = "import setproctitle; setproctitle.setproctitle('lager_hwservice.worker Keithley_2281S USB0')"


@pytest.fixture
def fake(tmp_path):
    return FakeMachine(tmp_path)


@pytest.fixture
def lock(tmp_path, monkeypatch):
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path / "state"))
    yield DeviceLock(ADDRESS, via=VIA)
    shutil.rmtree(settings.runtime_dir())


@contextlib.contextmanager
def another(code, *words):
    with subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "has it\n"
        try:
            yield process
        finally:
            process.kill()


class Opened:
    """An open link, or what the open raises."""

    def __init__(self, failure=None):
        self.failure = failure
        self.devices = []

    def __call__(self, device, closed):
        self.devices.append(device)
        self.close = closed
        if self.failure is not None:
            raise self.failure
        return self


def kernel_usb(fake, opened=None, sleep=lambda _: None):
    return opening.KernelUsb(ADDRESS, opened or Opened(), fake.machine, sleep)


def test_what_is_there_is_opened_at_its_place(fake):
    fake.plug("1-1")
    opened = Opened()
    assert kernel_usb(fake).present() is True
    assert kernel_usb(fake, opened).open() is opened
    assert [device.number for device in opened.devices] == [3]


def test_what_is_absent_is_gone_at_once_and_libusb_is_not_asked(fake):
    opened, slept = Opened(), []
    one = kernel_usb(fake, opened, slept.append)
    assert one.present() is False
    with pytest.raises(errors.InstrumentGone, match="not on this machine's USB") as gone:
        one.open()
    assert (gone.value.hint, opened.devices, slept) == ("check its cable and its power", [], [])


def test_where_nothing_can_be_seen_libusb_is_asked(fake):
    fake.hide()
    opened = Opened()
    one = kernel_usb(fake, opened)
    assert one.present() is None
    one.open()
    assert opened.devices == [None]


def test_an_address_of_another_bus_is_simply_opened(fake):
    opened = Opened()
    one = opening.KernelUsb("TCPIP0::10.0.0.1::INSTR", opened, fake.machine)
    assert one.present() is True
    one.open()
    assert opened.devices == [None]


def told(exc):
    """Give what people hear of an exception of the open."""
    fault = classify(exc, opening=True)
    return fault, as_error(fault, exc, f"Keithley_2281S at {ADDRESS}")


def test_a_missing_node_is_said(fake):
    fake.plug("1-1").unlink()
    with pytest.raises(opening.NotAllowed, match="but not its node") as refused:
        kernel_usb(fake).open()
    fault, error = told(refused.value)
    assert fault is Fault.DENIED
    assert "give the box the host's /dev/bus/usb" in error.hint


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(
    ("installed", "hint"),
    [
        (
            False,
            "`lager install` gives a box all USB instruments; by hand, as root: write "
            'SUBSYSTEM=="usb", ATTR{idVendor}=="05e6", OWNER="65534" to /etc/udev/rules.d/61-my-instruments.rules, and '
            "plug the instrument in again",
        ),
        (
            True,
            "have 60-lager.rules applied, as root: udevadm control --reload && udevadm trigger; or plug the instrument "
            "in again",
        ),
    ],
)
def test_no_permission_is_said_with_what_gives_it(fake, installed, hint):
    fake.plug("1-1").chmod(0o600)
    fake.folder.chmod(0o755)
    if installed:
        (fake.folder / "60-lager.rules").touch()
    said = subprocess.run(
        [sys.executable, "-c", NO_PERMISSION, ADDRESS],
        cwd=fake.folder,  # the folders around it stay private: other sessions of pytest see to that
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    assert said == f"no permission for dev/bus/usb/001/003\n{hint}\n"


NO_PERMISSION = """
import os, sys
from pathlib import Path
from lager_hwservice import opening, usb
machine = usb.Machine(Path("sys/bus/usb/devices"), Path("dev"), Path("60-lager.rules"))
one = opening.KernelUsb(sys.argv[1], None, machine, lambda _: None)
os.setgid(65534); os.setuid(65534)
try:
    one.open()
except opening.NotAllowed as exc:
    print(exc.strerror, exc.hint, sep="\\n")
"""


def test_a_device_that_is_just_being_made_ready_is_waited_for(fake):
    node = fake.plug("1-1")
    node.unlink()
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            node.touch()

    opened = Opened()
    assert kernel_usb(fake, opened, sleep).open() is opened
    assert len(slept) == 3


def test_a_device_that_leaves_while_it_is_made_ready_is_gone(fake):
    fake.plug("1-1").unlink()
    with pytest.raises(errors.InstrumentGone):
        kernel_usb(fake, sleep=lambda _: (fake.machine.devices / "1-1").unlink(missing_ok=True)).open()


def test_a_deauthorised_device_is_said_with_the_cure(fake):
    fake.plug("1-1", kinds=[], authorized=0, bConfigurationValue="")
    with pytest.raises(opening.NotAllowed, match="authorized is 0") as refused:
        kernel_usb(fake).open()
    fault, error = told(refused.value)
    assert fault is Fault.DENIED
    assert error.hint == f"as root: echo 1 > {fake.machine.devices}/1-1/authorized"


def test_who_has_the_node_is_named_when_the_claim_is_refused(fake):
    node = fake.plug("1-1")
    with another(HOLD_FILE, node) as process, pytest.raises(errors.InstrumentBusy) as busy:
        kernel_usb(fake, Opened(USBError("Resource busy", -6, errno.EBUSY))).open()
    assert busy.value.what.startswith(f"the instrument at {ADDRESS} is in use: {NAME} (pid {process.pid}) has it")
    assert classify(busy.value, opening=True) is Fault.HELD


def test_a_claim_that_nobody_holds_up_is_for_the_policy_to_try_again(fake):
    fake.plug("1-1")
    with pytest.raises(USBError) as busy:
        kernel_usb(fake, Opened(USBError("Resource busy", -6, errno.EBUSY))).open()
    assert classify(busy.value, opening=True) is Fault.BUSY


def test_a_kernel_driver_that_somebody_uses_is_not_taken_away(fake):
    fake.plug("1-1")
    node = fake.bind("1-1", "usbtmc", "usbtmc0")
    opened = Opened()
    with another(HOLD_FILE, node) as process:
        with pytest.raises(errors.InstrumentBusy) as busy:
            kernel_usb(fake, opened).open()
        assert busy.value.what.endswith(f"{NAME} (pid {process.pid}) has it through {node}")
        assert opened.devices == []
    kernel_usb(fake, opened).open()  # bound, and used by nobody: it is taken from the driver
    assert len(opened.devices) == 1


def test_who_only_asks_takes_nothing_from_a_kernel_driver(fake):
    fake.plug("1-1")
    fake.bind("1-1", "usbtmc", "usbtmc0")
    opened = Opened()
    with pytest.raises(errors.InstrumentBusy, match="the kernel's driver usbtmc has the instrument at"):
        opening.KernelUsb(ADDRESS, opened, fake.machine, gently=True).open()
    assert opened.devices == []


def test_who_only_asks_leaves_alone_what_does_not_understand_the_question(fake):
    fake.plug("1-1", kinds=((0xFF, 0x00),))
    opened = Opened()
    with pytest.raises(errors.UsageError, match=r"is no USB-TMC device \(its interfaces: ff/00\)"):
        opening.KernelUsb(ADDRESS, opened, fake.machine, gently=True).open()
    assert opened.devices == []


def test_what_a_process_has_claimed_is_no_kernel_drivers(fake):
    fake.plug("1-1")
    fake.bind("1-1", "usbfs", "none")
    opened = Opened()
    opening.KernelUsb(ADDRESS, opened, fake.machine, gently=True).open()
    assert len(opened.devices) == 1


def test_a_dead_device_is_said_to_be_dead(fake):
    fake.plug("1-1")
    with pytest.raises(errors.InstrumentSilent, match="on the USB, but answers no request"):
        kernel_usb(fake, Opened(USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT))).open()


def test_a_device_that_only_the_kernel_knows_is_a_stale_context(fake):
    fake.plug("1-1")
    with pytest.raises(opening.StaleContext) as stale:
        kernel_usb(fake, Opened(OSError(errno.ENODEV, "libusb does not list it"))).open()
    assert classify(stale.value, opening=True) is Fault.GONE


def test_a_device_that_leaves_while_it_is_opened_is_gone(fake):
    fake.plug("1-1")

    def leave(device, closed):
        fake.unplug("1-1")
        raise USBError("No such device", -4, errno.ENODEV)

    with pytest.raises(USBError) as gone:
        kernel_usb(fake, leave).open()
    assert classify(gone.value, opening=True) is Fault.GONE


def is_free():
    code = "import sys, lager\nwith lager.device_lock(sys.argv[1], 0, sys.argv[2]): pass"
    return subprocess.run([sys.executable, "-c", code, ADDRESS, VIA], stderr=subprocess.DEVNULL).returncode == 0


def test_the_lock_is_held_until_the_session_is_closed(fake, lock):
    fake.plug("1-1")
    for _ in range(2):
        link = opening.locked(lock, kernel_usb(fake).open)
        assert not is_free()
        link.close()
        assert is_free()


def test_a_failed_open_lets_go_of_the_lock(fake, lock):
    with pytest.raises(errors.InstrumentGone):
        opening.locked(lock, kernel_usb(fake).open)
    assert is_free()


def test_a_script_that_has_the_lock_is_named_at_once(fake, lock):
    fake.plug("1-1")
    with another(HOLD_LOCK, ADDRESS.lower(), VIA) as process, pytest.raises(errors.InstrumentBusy) as busy:
        opening.locked(lock, kernel_usb(fake).open)
    assert busy.value.what == f"{ADDRESS} is in use: {NAME} (pid {process.pid}) has it"  # it did not wait


def test_a_worker_that_has_the_lock_gets_a_moment_to_let_go(fake, lock):
    fake.plug("1-1")
    with another(WORKER + HOLD_LOCK, ADDRESS, VIA) as worker:

        def sleep(seconds):
            worker.stdin.write("\n")
            worker.stdin.flush()
            assert worker.stdout.readline() == "let go\n"

        opened = Opened()
        assert opening.locked(DeviceLock(ADDRESS, via=VIA, sleep=sleep), kernel_usb(fake, opened).open) is opened


def test_a_worker_that_was_killed_is_not_waited_for(fake, lock):
    fake.plug("1-1")
    with another(WORKER + HOLD_LOCK, ADDRESS, VIA) as worker:
        worker.kill()
        worker.wait()
        opened = Opened()
        assert opening.locked(lock, kernel_usb(fake, opened).open) is opened

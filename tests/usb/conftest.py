"""The product on a real kernel: a box whose simulated USB instruments are plugged into the machine of `make test-usb`.

Here are libusb, usbfs, udevd and `usbtmc` themselves. Each test says with which udevd it wants the box: `udev`, or
`no-udev`, as in a container with its own network namespace, where libusb hears of no plug.
"""

import os
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from kernelbox import KernelBox
from usbsystem import Announcements, Udevd

INSIDE = "LAGER_USB_VM"  # set by vm/run.sh
LOGGED = pytest.StashKey[str]()


def pytest_configure(config):
    config.addinivalue_line("markers", "udevd(*kinds): with which udevd the test wants the box: udev, no-udev")
    if not os.environ.get(INSIDE):
        raise pytest.UsageError("the tests in tests/usb unplug USB devices from a kernel of their own: make test-usb")


def pytest_addoption(parser):
    group = parser.getgroup("usb")
    group.addoption("--cycles", type=int, default=200, help="how often an instrument is unplugged and plugged in again")
    group.addoption("--seed", type=int, default=random.randrange(10**6), help="what makes the moments the same again")


def pytest_generate_tests(metafunc):
    if "box" in metafunc.fixturenames:
        wanted = metafunc.definition.get_closest_marker("udevd")
        metafunc.parametrize("box", wanted.args if wanted else ["udev"], indirect=True, scope="session")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Show what the box logged during a test that failed."""
    report = yield
    box = item.funcargs.get("box") if hasattr(item, "funcargs") else None
    if box is not None and call.when == "setup":
        item.stash[LOGGED] = box.logged()
    elif box is not None and report.failed:
        report.sections.append((f"the box's log ({call.when})", box.logged()[len(item.stash.get(LOGGED, "")) :]))
    return report


@pytest.fixture(scope="session")
def announcements():
    one = Announcements()
    yield one
    one.close()


@pytest.fixture(scope="session")
def udevd():
    one = Udevd()
    yield one
    one.stop()


@pytest.fixture(scope="session")
def box(request, announcements, udevd, tmp_path_factory):
    if request.param == "udev":
        udevd.start()
    else:
        udevd.stop()
    one = KernelBox(tmp_path_factory.mktemp(request.param), announcements)
    yield one
    one.close()


@pytest.fixture(autouse=True)
def as_it_was(request):
    """Each test finds, and leaves, every instrument plugged in and without faults."""
    yield
    if "box" in request.fixturenames:
        request.getfixturevalue("box").mend()

"""Which libusb is used, and when: each in a process of its own, because a process decides it once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lager import errors
from lager_hwservice.transports import libusb


def in_a_process(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


LOADED = """
def loaded():
    return {line.split()[-1] for line in open("/proc/self/maps") if "libusb" in line}
"""


def test_nothing_is_used_until_there_is_something_to_open():
    code = f"{LOADED}\nfrom lager_hwservice import links\nlinks.warm()\n"
    code += "way = links.prepare('visa', 'USB0::0x05E6::0x2281::1::INSTR', '')\n"
    code += "import pyvisa_py.usb, usb.core\nprint(len(loaded()), usb.core.find())"
    assert in_a_process(code) == ["0", "None"]


def test_the_packaged_library_serves_where_the_system_has_none():
    code = f"{LOADED}\nfrom lager_hwservice.transports import libusb\nlibusb.defer()\n"
    code += "libusb.use(names=['libno-such-usb.so.0'])\nimport usb.core\nlist(usb.core.find(find_all=True))\n"
    code += "print(*loaded())"
    (path,) = in_a_process(code)
    assert path.endswith("libusb_package/libusb-1.0.so")


def test_the_systems_library_comes_first():
    names = libusb.SYSTEM
    try:
        found = libusb.library(names, packaged=False)
    except errors.InstrumentError:
        pytest.skip("this machine has no libusb")
    assert found == libusb.library(names)


def test_where_there_is_none_it_is_said():
    with pytest.raises(errors.InstrumentError, match="has no libusb") as none:
        libusb.library(["libno-such-usb.so.0"], packaged=False)
    assert "apt-get install libusb-1.0-0" in none.value.hint

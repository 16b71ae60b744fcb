"""Which addresses are understood, without any instrument."""

import pytest

from lager import errors
from lager_hwservice import links


@pytest.mark.parametrize(
    ("kind", "address", "via"),
    [
        ("visa", "garbage", ""),
        ("visa", "", ""),
        ("visa", "modbus-tcp://127.0.0.1:502", ""),
        ("visa", "USB0::0x1AB1::0x0E11::Y::INSTR", "nonsense"),
        ("modbus", "garbage", ""),
        ("modbus", "modbus-tcp://127.0.0.1:99999", ""),
    ],
)
def test_what_is_no_address_is_the_bench_files_fault(kind, address, via):
    with pytest.raises(errors.UsageError, match=r"no VISA address|no Modbus address|not a USB/IP server"):
        links.prepare(kind, address, via)


def test_each_way_says_what_it_can_of_presence():
    usb = links.prepare("visa", "USB0::0x1AB1::0x0E11::NOBODY::INSTR", "")
    assert usb.renewable
    assert usb.present() in (False, None)  # None where this kernel has no USB
    over_usbip = links.prepare("visa", "USB0::0x1AB1::0x0E11::NOBODY::INSTR", "usbip://127.0.0.1:1")
    assert over_usbip.present() is False
    lan = links.prepare("visa", "TCPIP0::127.0.0.1::INSTR", "")
    assert (lan.renewable, lan.present()) == (False, None)
    socket = links.prepare("visa", "TCPIP0::127.0.0.1::1::SOCKET", "")
    assert (socket.renewable, socket.present()) == (False, False)
    modbus = links.prepare("modbus", "modbus-tcp://127.0.0.1:1", "")
    assert (modbus.renewable, modbus.present()) == (False, False)

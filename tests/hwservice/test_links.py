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

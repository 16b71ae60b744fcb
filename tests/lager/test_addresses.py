"""What an address names on a network."""

import pytest

from lager import addresses


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("modbus-tcp://192.0.2.7", ("192.0.2.7", 502)),
        ("modbus-tcp://t7.lab:1502", ("t7.lab", 1502)),
        ("TCPIP0::scope.lab::5555::SOCKET", ("scope.lab", 5555)),
        (" tcpip::192.0.2.7::5025::socket ", ("192.0.2.7", 5025)),
        ("TCPIP0::192.0.2.7::INSTR", ("192.0.2.7", 111)),
        ("TCPIP::192.0.2.7", ("192.0.2.7", 111)),
        ("TCPIP0::192.0.2.7::inst0::INSTR", ("192.0.2.7", 111)),
        ("TCPIP0::192.0.2.7::hislip0::INSTR", ("192.0.2.7", 4880)),
        ("TCPIP0::hislip0::INSTR", ("hislip0", 111)),
        ("USB0::0x05E6::0x2281::4381218::INSTR", None),
        ("TCPIP0::192.0.2.7::99999::SOCKET", None),
        ("TCPIPX::192.0.2.7::INSTR", None),
        ("TCPIP0::  ::INSTR", None),
        ("TCPIP0", None),
        ("ASRL/dev/ttyS0::INSTR", None),
        ("GPIB0::9::INSTR", None),
        ("modbus-tcp://", None),
        ("supply1", None),
        ("", None),
    ],
)
def test_what_is_on_a_network_has_a_host_and_a_port(address, server):
    assert addresses.network(address) == server

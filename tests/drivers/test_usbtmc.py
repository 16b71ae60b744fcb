"""The USB-TMC device, byte for byte."""

from __future__ import annotations

import struct

import pytest

from lager_drivers.simulated import usb_descriptors as usb
from lager_drivers.simulated.usbtmc import BULK_IN, BULK_OUT, INTERRUPT_IN, Stall, TmcDevice


class Echo:
    vendor, product = 0x1AB1, 0x0E11
    strings = ("Maker", "Model", "SERIAL")

    def __init__(self):
        self.lines, self.cycles = [], 0

    def handle(self, line):
        self.lines.append(line)
        return line.removesuffix("?") if line.endswith("?") else None

    def power_cycle(self):
        self.cycles += 1


@pytest.fixture
def device():
    return TmcDevice(Echo())


def out(tag, text, last=True):
    return struct.pack("<BBBxIB3x", 1, tag, ~tag & 0xFF, len(text), last) + text + bytes(-len(text) % 4)


def request(tag, most=1024):
    return struct.pack("<BBBxI4x", 2, tag, ~tag & 0xFF, most)


def control(device, kind, number, value=0, index=0, length=0):
    return device.control(struct.pack("<BBHHH", kind, number, value, index, length))


def answered(transfer):
    """Give tag, text and whether the message ends here."""
    message, tag, inverse, size, attributes = struct.unpack_from("<BBBxIB", transfer)
    assert (message, tag ^ inverse) == (2, 0xFF)
    assert len(transfer) == 12 + size + -size % 4
    return tag, transfer[12 : 12 + size], bool(attributes & 1)


def test_query(device):
    device.bulk_out(out(1, b"A?\n"))
    assert device.bulk_in(512) is None
    device.bulk_out(request(2))
    assert answered(device.bulk_in(512)) == (2, b"A\n", True)
    assert device.bulk_in(512) is None
    assert device.instrument.lines == ["A?"]


def test_request_before_the_answer(device):
    device.bulk_out(request(1))
    assert device.bulk_in(512) is None
    device.bulk_out(out(2, b"A?\n"))
    assert answered(device.bulk_in(512)) == (1, b"A\n", True)


def test_message_in_pieces(device):
    whole = out(1, b"LONG", last=False) + out(2, b" LINE?\r\n")
    for byte in whole:
        device.bulk_out(bytes([byte]))
    assert device.instrument.lines == ["LONG LINE?"]


def test_lines_of_one_message(device):
    device.bulk_out(out(1, b"SET\nA?\nB?\n"))
    device.bulk_out(request(2))
    assert answered(device.bulk_in(512)) == (2, b"A\nB\n", True)


def test_answer_longer_than_asked_for(device):
    device.bulk_out(out(1, b"ABCDEFG?\n"))
    device.bulk_out(request(2, 5))
    assert answered(device.bulk_in(512)) == (2, b"ABCDE", False)
    assert device.bulk_in(512) is None
    device.bulk_out(request(3, 5))
    assert answered(device.bulk_in(512)) == (3, b"FG\n", True)


def test_transfer_in_several_reads_ends_by_a_short_packet(device):
    device.bulk_out(out(1, b"x" * 1011 + b"?"))
    device.bulk_out(request(2, 4096))
    parts = [device.bulk_in(512) for _ in range(3)]
    assert [len(part) for part in parts] == [512, 512, 0]  # 12 + 1012 bytes: a zero-length packet says the end
    assert device.bulk_in(512) is None


def test_new_message_interrupts_an_unread_answer(device):
    device.bulk_out(out(1, b"OLD?\n"))
    device.bulk_out(out(2, b"NEW?\n"))
    device.bulk_out(request(3))
    assert answered(device.bulk_in(512)) == (3, b"NEW\n", True)


@pytest.mark.parametrize("before", [b"", b"OLD?\n"], ids=["while it waits", "once it is formed"])
def test_abort_bulk_in(device, before):
    if before:
        device.bulk_out(out(1, before))
    device.bulk_out(request(2))
    assert control(device, 0xA2, 3, value=9, index=BULK_IN, length=2) == bytes([0x81, 2])  # not that transfer
    assert control(device, 0xA2, 3, value=2, index=BULK_IN, length=2) == bytes([1, 2])
    assert device.bulk_in(512) == b""
    assert control(device, 0xA2, 4, index=BULK_IN, length=8) == b"\1" + bytes(7)
    assert control(device, 0xA2, 3, value=2, index=BULK_IN, length=2) == bytes([0x80, 0])
    device.bulk_out(out(3, b"NEW?\n"))
    device.bulk_out(request(4))
    assert answered(device.bulk_in(512)) == (4, b"NEW\n", True)


def test_clear_forgets_both_directions(device):
    device.bulk_out(out(1, b"OLD?\n"))
    device.bulk_out(request(2))
    device.bulk_out(out(3, b"HALF", last=False))
    assert control(device, 0xA1, 5, length=1) == b"\1"
    assert control(device, 0xA1, 6, length=2) == b"\1\0"
    assert device.bulk_in(512) is None
    device.bulk_out(out(4, b"NEW?\n"))
    assert device.instrument.lines == ["OLD?", "NEW?"]


def test_garbage_halts_the_endpoint_until_cleared(device):
    with pytest.raises(Stall):
        device.bulk_out(b"\7" * 12)
    with pytest.raises(Stall):
        device.bulk_out(out(1, b"A?\n"))
    assert control(device, 0x82, 0, index=BULK_OUT, length=2) == b"\1\0"
    control(device, 0x02, 1, index=BULK_OUT)
    device.bulk_out(out(1, b"A?\n"))
    assert device.instrument.lines == ["A?"]


@pytest.mark.parametrize("endpoint", [BULK_IN, INTERRUPT_IN])
def test_halted_endpoint(device, endpoint):
    read = device.bulk_in if endpoint == BULK_IN else device.interrupt_in
    control(device, 0x02, 3, index=endpoint)
    with pytest.raises(Stall):
        read(512)
    control(device, 0x02, 1, index=endpoint)
    assert read(512) is None


def test_status_byte_comes_by_the_interrupt_endpoint(device):
    assert device.interrupt_in(2) is None
    assert control(device, 0xA1, 128, value=5, length=3) == bytes([1, 5, 0])
    device.bulk_out(out(1, b"A?\n"))
    control(device, 0xA1, 128, value=6, length=3)
    assert [device.interrupt_in(2), device.interrupt_in(2)] == [bytes([0x85, 0]), bytes([0x86, 0x10])]


def test_capabilities(device):
    said = control(device, 0xA1, 7, length=24)
    assert len(said) == 24
    assert said[0] == 1
    assert said[14] & 0b110 == 0b110  # USB488.2 and REN_CONTROL


def test_descriptors(device):
    first = usb.DEVICE.unpack(control(device, 0x80, 6, value=0x0100, length=18))
    assert (first["idVendor"], first["idProduct"], first["bNumConfigurations"]) == (0x1AB1, 0x0E11, 1)
    whole = control(device, 0x80, 6, value=0x0200, length=255)
    assert usb.CONFIGURATION.unpack(whole)["wTotalLength"] == len(whole)
    assert [one[1] for one in usb.split(whole)] == [2, 4, 5, 5, 5]
    assert control(device, 0x80, 6, value=0x0303, index=0x0409, length=255)[2:].decode("utf-16-le") == "SERIAL"
    assert len(control(device, 0x80, 6, value=0x0200, length=9)) == 9


@pytest.mark.parametrize(("kind", "number", "value"), [(0x80, 6, 0x0309), (0xA1, 99, 0), (0x00, 7, 0), (0xC0, 1, 0)])
def test_unknown_requests_stall(device, kind, number, value):
    with pytest.raises(Stall):
        control(device, kind, number, value, length=255)


def test_plugged_in_anew(device):
    control(device, 0x00, 9, value=1)
    assert control(device, 0x80, 8, length=1) == b"\1"
    device.bulk_out(out(1, b"OLD?\n"))
    device.plugged_in()
    assert device.instrument.cycles == 0
    assert control(device, 0x80, 8, length=1) == b"\0"
    device.bulk_out(request(2))
    assert device.bulk_in(512) is None


def test_the_device_says_it_has_power_of_its_own(device):
    assert control(device, 0x80, 0, length=2) == b"\1\0"
    assert control(device, 0x81, 0, length=2) == b"\0\0"


@pytest.mark.parametrize(("recipient", "feature"), [(0x00, 1), (0x01, 0), (0x02, 1)])
def test_an_endpoints_halt_is_the_only_feature(device, recipient, feature):
    for request in (1, 3):
        with pytest.raises(Stall):
            control(device, recipient, request, value=feature, index=BULK_OUT)
    device.bulk_out(out(1, b"A?\n"))


@pytest.mark.parametrize("request_number", [9, 11])
def test_a_new_configuration_or_interface_ends_halts(device, request_number):
    control(device, 0x02, 3, index=BULK_IN)
    control(device, 0x00, request_number, value=1)
    assert device.bulk_in(512) is None

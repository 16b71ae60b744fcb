"""Modbus messages as a LabJack takes them, byte by byte."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lager_drivers.modbus import ModbusFault
from lager_drivers.simulated.modbus_messages import answer


class Memory:
    """Registers that keep what is written and what was refused; 999 is not there."""

    def __init__(self):
        self.words = {}
        self.refusals = []

    def read(self, address, count):
        if address == 999:
            raise ModbusFault(2)
        return [self.words.get(address + n, 0) for n in range(count)]

    def write(self, address, words):
        if address == 999:
            raise ModbusFault(4, 2460)
        self.words.update(enumerate(words, address))

    def refused(self, fault, frame, transaction):
        self.refusals.append((fault.code, fault.detail, frame, transaction))


def ask(memory, text, transaction=7):
    message = bytes.fromhex(text) if isinstance(text, str) else text
    return answer(memory, message, transaction)


@pytest.fixture
def memory():
    return Memory()


def test_reads_and_writes(memory):
    assert ask(memory, "10 0064 0002 04 1234 5678") == bytes.fromhex("10 0064 0002")
    assert ask(memory, "06 0066 9ABC") == bytes.fromhex("06 0066 9ABC")
    for function in ("03", "04"):
        assert ask(memory, f"{function} 0064 0003") == bytes.fromhex(f"{function} 06 1234 5678 9ABC")
    assert memory.refusals == []


@pytest.mark.parametrize("function", [1, 2, 5, 15, 22, 23, 43, 75, 77, 0, 0x7F])
def test_functions_it_has_not(memory, function):
    assert ask(memory, bytes([function, 0, 0, 0, 1])) == bytes([function | 0x80, 1])


@pytest.mark.parametrize(
    ("message", "code", "detail"),
    [
        ("03 0064 0000", 3, 2313),
        ("03 0064", 3, 2313),
        ("03 0064 0001 00", 3, 2313),
        ("04 0000 0204", 3, 2314),  # 516: more than a packet of 1040 bytes can carry
        ("03 03E7 0001", 2, 0),
        ("06 03E7 0001", 4, 2460),
        ("06 0064", 3, 2313),
        ("10 0064 0001 02 12", 3, 2313),
        ("10 0064 0002 02 1234", 3, 2313),
        ("10 0064 0000 00", 3, 2313),
        ("10 0064", 3, 2313),
    ],
)
def test_refusals(memory, message, code, detail):
    function = int(message[:2], 16)
    assert ask(memory, message) == bytes([function | 0x80, code])
    assert memory.refusals == [(code, detail, 0, 7)]


def test_a_device_that_remembers_nothing():
    class Plain:
        def read(self, address, count):
            raise ModbusFault(2)

        def write(self, address, words):
            raise ModbusFault(2)

    assert ask(Plain(), "03 0064 0001") == b"\x83\2"


def test_as_much_as_a_packet_carries(memory):
    assert len(ask(memory, "03 0000 0203")) == 2 + 2 * 515
    words = bytes(2 * 513)
    assert ask(memory, struct.pack(">BHHB", 16, 0, 513, len(words) & 0xFF) + words)[0] == 16
    words = bytes(2 * 514)
    assert ask(memory, struct.pack(">BHHB", 16, 0, 514, len(words) & 0xFF) + words) == b"\x90\3"
    assert memory.refusals == [(3, 2301, 0, 7)]


# Function 76 ----------------------------------------------------------------------------------------------------------


def test_feedback_does_frames_in_order(memory):
    frames = "01 0064 02 1234 5678" + "00 0064 02" + "01 0064 01 0000" + "00 0064 01" + "00 0065 01"
    assert ask(memory, "4C" + frames) == bytes.fromhex("4C 1234 5678 0000 5678")
    assert ask(memory, "4C 01 0064 01 0007") == b"\x4c"
    assert ask(memory, "4C") == b"\x4c"


def test_feedback_stops_at_the_first_refusal(memory):
    writes = "01 0064 01 0001" + "01 03E7 01 0002" + "01 0065 01 0003"
    assert ask(memory, "4C" + writes, transaction=300) == b"\xcc\4"
    assert memory.refusals == [(4, 2460, 1, 300)]
    assert memory.words == {100: 1}


@pytest.mark.parametrize(
    "frames",
    ["02 0064 01", "00 0064 00", "00 0064", "01 0064 02 1234", "00"],
    ids=["kind", "none", "short", "data", "cut"],
)
def test_feedback_frames_that_are_none(memory, frames):
    assert ask(memory, "4C 00 0001 01" + frames) == b"\xcc\3"
    assert memory.refusals == [(3, 2313, 1, 7)]


def test_feedback_with_a_longer_answer_than_a_packet(memory):
    assert len(ask(memory, "4C" + "00 0064 FF" * 2)) == 1 + 4 * 255
    assert ask(memory, "4C" + "00 0064 FF" * 3) == b"\xcc\3"
    assert memory.refusals == [(3, 2300, 2, 7)]


@given(st.binary(min_size=1, max_size=40))
def test_any_message_is_answered(message):
    memory = Memory()
    answered = answer(memory, message, 1)
    assert answered[0] & 0x7F == message[0] & 0x7F
    assert (answered[0] >= 0x80) == (message[0] >= 0x80 or bool(memory.refusals))


@given(
    st.lists(
        st.tuples(st.integers(0, 900), st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=4)), min_size=1, max_size=9
    )
)
def test_feedback_is_what_single_messages_would_be(writes):
    one, other = Memory(), Memory()
    frames = b"".join(
        struct.pack(f">BHB{len(words)}H", 1, address, len(words), *words) + struct.pack(">BHB", 0, address, len(words))
        for address, words in writes
    )
    single = b""
    for address, words in writes:
        answer(other, struct.pack(f">BHHB{len(words)}H", 16, address, len(words), 2 * len(words), *words), 1)
        single += answer(other, struct.pack(">BHH", 3, address, len(words)), 1)[2:]
    assert answer(one, b"\x4c" + frames, 1) == b"\x4c" + single
    assert one.words == other.words

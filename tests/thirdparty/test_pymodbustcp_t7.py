"""The simulated T7, asked by pyModbusTCP: a plain Modbus client that knows no LabJack, with LabJack's register list.

Sections are those of labjack-t7-modbus.md, which is made of the vendor's constants file and data sheet.
"""

import random
import socket
import struct
import time

import pytest
from pyModbusTCP import utils
from pyModbusTCP.client import ModbusClient

from lager_drivers.labjack_t7.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Probe, Rail, Source, Wires
from lager_drivers.simulated.modbus import ModbusServer
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring

# Section 2: name, address, type
REGISTERS = {
    "AIN0": (0, "FLOAT32"),
    "AIN1": (2, "FLOAT32"),
    "AIN7": (14, "FLOAT32"),
    "DAC0": (1000, "FLOAT32"),
    "DAC1": (1002, "FLOAT32"),
    "FIO0": (2000, "UINT16"),
    "FIO1": (2001, "UINT16"),
    "CIO0": (2016, "UINT16"),
    "FIO_STATE": (2500, "UINT16"),
    "CIO_STATE": (2502, "UINT16"),
    "FIO_DIRECTION": (2600, "UINT16"),
    "DIO_STATE": (2800, "UINT32"),
    "DIO_DIRECTION": (2850, "UINT32"),
    "DIO_INHIBIT": (2900, "UINT32"),
    "AIN8_EF_READ_A": (7016, "FLOAT32"),
    "AIN8_EF_READ_B": (7316, "FLOAT32"),
    "AIN8_EF_READ_C": (7616, "FLOAT32"),
    "AIN8_EF_READ_D": (7916, "FLOAT32"),
    "AIN9_EF_READ_A": (7018, "FLOAT32"),
    "AIN8_EF_INDEX": (9016, "UINT32"),
    "AIN8_EF_CONFIG_A": (9316, "UINT32"),
    "AIN8_EF_CONFIG_B": (9616, "UINT32"),
    "AIN8_EF_CONFIG_D": (10216, "FLOAT32"),
    "AIN8_EF_CONFIG_E": (10516, "FLOAT32"),
    "AIN0_RANGE": (40000, "FLOAT32"),
    "AIN8_RANGE": (40016, "FLOAT32"),
    "AIN0_NEGATIVE_CH": (41000, "UINT16"),
    "AIN1_NEGATIVE_CH": (41001, "UINT16"),
    "AIN8_NEGATIVE_CH": (41008, "UINT16"),
    "AIN0_RESOLUTION_INDEX": (41500, "UINT16"),
    "AIN0_SETTLING_US": (42000, "FLOAT32"),
    "AIN_ALL_RANGE": (43900, "FLOAT32"),
    "POWER_AIN": (48005, "UINT16"),
    "ETHERNET_IP": (49100, "UINT32"),
    "LAST_ERR_DETAIL": (55000, "UINT16"),
    "LAST_ERR_FRAME": (55002, "UINT16"),
    "LAST_ERR_TRANSACTION_ID": (55003, "UINT16"),
    "TEST": (55100, "UINT32"),
    "TEST_UINT16": (55110, "UINT16"),
    "TEST_UINT32": (55120, "UINT32"),
    "TEST_INT32": (55122, "INT32"),
    "TEST_FLOAT32": (55124, "FLOAT32"),
    "PRODUCT_ID": (60000, "FLOAT32"),
    "FIRMWARE_VERSION": (60004, "FLOAT32"),
    "SERIAL_NUMBER": (60028, "UINT32"),
    "TEMPERATURE_DEVICE_K": (60052, "FLOAT32"),
}
_WORDS = {"UINT16": 1, "UINT32": 2, "INT32": 2, "FLOAT32": 2}


class LabJack:
    """What a user of a plain Modbus client writes."""

    def __init__(self, port):
        self.client = ModbusClient("127.0.0.1", port, timeout=10, auto_open=True)

    def read(self, name):
        address, kind = REGISTERS[name]
        words = self.client.read_holding_registers(address, _WORDS[kind])
        assert words is not None, self.client.last_except_as_full_txt
        if kind == "UINT16":
            return words[0]
        (value,) = utils.word_list_to_long(words)
        if kind == "FLOAT32":
            return utils.decode_ieee(value)
        return utils.get_2comp(value, 32) if kind == "INT32" else value

    def write(self, name, value):
        address, kind = REGISTERS[name]
        raw = utils.encode_ieee(value) if kind == "FLOAT32" else value
        words = [raw] if kind == "UINT16" else utils.long_list_to_word([raw])
        return self.client.write_multiple_registers(address, words)

    def refusal(self, did):
        """Give the Modbus exception and the device's own code of what was refused."""
        assert not did
        return self.client.last_except, self.read("LAST_ERR_DETAIL")


@pytest.fixture
def served(servers):
    def one(**options):
        rail = Rail(load=100.0, source=Source(emf=3.3, on=True))
        wires = Wires(
            probes={"it.AIN0": Probe("A"), "it.AIN1": Probe("A", 0.5), "it.AIN7": Probe("it.DAC0")},
            ties={"it.FIO0": "it.FIO1", "it.FIO1": "it.FIO0", "it.CIO0": "it.CIO1", "it.CIO1": "it.CIO0"},
            temperatures={"it.AIN8": 150.0},
        )
        circuit = Circuit(random.Random(3), {"A": rail}, {}, wires)
        simulation = Simulation("LabJack_T7", "470012345", Wiring(circuit, "it"), time.monotonic, options)
        return servers.serve(ModbusServer(simulate(simulation)))

    return one


@pytest.fixture
def t7(served):
    one = LabJack(served())
    yield one
    one.client.close()


def test_the_byte_order(t7):
    assert t7.read("TEST") == 0x00112233
    assert t7.client.read_input_registers(55100, 1) == [0x0011]
    assert t7.client.read_input_registers(55101, 1) == [0x2233]
    assert (t7.read("TEST_UINT16"), t7.read("TEST_UINT32")) == (17, 1122867)
    assert (t7.read("TEST_INT32"), t7.read("TEST_FLOAT32")) == (-2003195205, -9999)
    for name, value in (("TEST_UINT16", 65535), ("TEST_UINT32", 1 << 31), ("TEST_FLOAT32", 0.5)):
        assert t7.write(name, value)
        assert t7.read(name) == value


def test_a_word_swapped_client_sees_what_section_4_says(t7):
    (swapped,) = utils.word_list_to_long(t7.client.read_holding_registers(55100, 2), big_endian=False)
    assert swapped == 573767697
    (swapped,) = utils.word_list_to_long(t7.client.read_holding_registers(55124, 2), big_endian=False)
    assert utils.decode_ieee(swapped) == pytest.approx(0.00786, abs=1e-5)


def test_who_it_is(t7):
    assert t7.read("PRODUCT_ID") == 7
    assert t7.read("SERIAL_NUMBER") == 470012345
    assert t7.read("FIRMWARE_VERSION") == pytest.approx(1.0329999923706)
    assert utils.long_list_to_word([t7.read("ETHERNET_IP")])[0] == 0xC0A8
    assert 295 < t7.read("TEMPERATURE_DEVICE_K") < 305


def test_inputs(t7):
    assert t7.read("AIN0") == pytest.approx(3.3, abs=1e-3)
    assert t7.read("AIN1") == pytest.approx(1.65, abs=1e-3)
    words = t7.client.read_holding_registers(0, 28)
    volts = [utils.decode_ieee(one) for one in utils.word_list_to_long(words)]
    assert len(volts) == 14
    assert volts[0] == pytest.approx(3.3, abs=1e-3)
    assert (t7.read("AIN0_RANGE"), t7.read("AIN0_NEGATIVE_CH")) == (10, 199)
    assert t7.write("AIN0_NEGATIVE_CH", 1)
    assert t7.read("AIN0") == pytest.approx(1.65, abs=1e-3)
    assert t7.write("AIN_ALL_RANGE", 1.0)
    assert t7.read("AIN0") == pytest.approx(1.01, abs=1e-3)


def test_an_output_is_seen_by_its_input(t7):
    assert t7.write("DAC0", 1.25)
    assert t7.read("DAC0") == pytest.approx(1.25, abs=7e-4)
    assert t7.read("AIN7") == pytest.approx(1.25, abs=2e-3)
    assert t7.write("DAC1", 6.0)
    assert t7.read("DAC1") == pytest.approx(5.0, abs=0.1)


def test_lines(t7):
    assert t7.read("DIO_STATE") == (1 << 23) - 1
    assert t7.client.write_single_register(2000, 0)
    assert t7.read("FIO_STATE") == 0b11111100
    assert t7.read("FIO_DIRECTION") == 1
    assert t7.read("FIO1") == 0
    assert t7.read("FIO0") == 1  # which made it an input
    assert t7.read("FIO_DIRECTION") == 0
    assert t7.write("DIO_INHIBIT", (1 << 23) - 1 - (1 << 16))
    assert t7.write("DIO_STATE", 0)
    assert t7.write("DIO_DIRECTION", (1 << 23) - 1)
    assert t7.read("DIO_DIRECTION") == 1 << 16
    assert t7.read("CIO_STATE") == 0b1100
    assert len(t7.client.read_holding_registers(2000, 23)) == 23


def test_the_thermocouple_recipe(t7):
    for name, value in (
        ("AIN8_RANGE", 0.1),
        ("AIN8_NEGATIVE_CH", 199),
        ("AIN8_EF_INDEX", 0),
        ("AIN8_EF_INDEX", 22),
        ("AIN8_EF_CONFIG_A", 1),
        ("AIN8_EF_CONFIG_B", 60052),
        ("AIN8_EF_CONFIG_D", 1.0),
        ("AIN8_EF_CONFIG_E", 0.0),
    ):
        assert t7.write(name, value), name
    assert t7.read("AIN8_EF_READ_A") == pytest.approx(150.0, abs=0.3)
    assert t7.read("AIN8_EF_READ_D") == pytest.approx(6.138e-3, abs=2e-5)  # type K at 150 °C, NIST Monograph 175
    assert t7.read("AIN8_EF_READ_C") == pytest.approx(t7.read("TEMPERATURE_DEVICE_K"), abs=0.1)
    assert t7.read("AIN8_EF_READ_B") < t7.read("AIN8_EF_READ_D")
    assert t7.write("AIN8_EF_CONFIG_A", 2)
    assert t7.read("AIN8_EF_READ_A") == pytest.approx(302.0, abs=0.6)


def test_refusals(t7):
    read, write = t7.client.read_holding_registers, t7.client.write_multiple_registers
    assert t7.refusal(read(0, 1)) == (3, 2315)
    assert t7.refusal(read(1, 2)) == (3, 2313)
    assert t7.refusal(read(30000, 2)) == (2, 0)
    assert t7.refusal(t7.client.write_single_register(1000, 0)) == (3, 2315)  # quirk 4: half a FLOAT32
    assert t7.refusal(write(60000, [0, 0])) == (2, 0)
    assert t7.refusal(t7.write("AIN0_RANGE", 3.0)) == (3, 2370)
    assert t7.refusal(t7.write("AIN0_SETTLING_US", 60000.0)) == (3, 2371)
    assert t7.refusal(t7.write("AIN1_NEGATIVE_CH", 2)) == (3, 2373)
    assert t7.refusal(t7.write("AIN0_RESOLUTION_INDEX", 9)) == (3, 2375)
    assert t7.refusal(t7.write("AIN8_EF_INDEX", 2)) == (3, 2580)
    assert t7.refusal(read(7018, 2)) == (4, 2583)
    assert t7.write("POWER_AIN", 0)
    assert t7.refusal(read(0, 2)) == (4, 2460)
    assert t7.refusal(t7.client.read_coils(0, 1)) == (1, 0)


def test_an_open_thermocouple_of_either_firmware(served):
    for options, expected in (({}, -9999), ({"out_of_range": "error"}, (4, 2584))):
        one = LabJack(served(**options))
        assert one.client.write_multiple_registers(9018, [0, 22])
        if expected == -9999:
            assert one.read("AIN9_EF_READ_A") == expected
        else:
            assert one.refusal(one.client.read_holding_registers(7018, 2)) == expected
        one.client.close()


def test_function_76_through_the_client(t7):
    answer = t7.client.custom_request(bytes.fromhex("4C 00 EA60 02 01 D746 01 0007 00 D746 01"))
    assert answer == bytes.fromhex("4C 40E00000 0007")
    assert t7.client.custom_request(bytes.fromhex("4C 00 D746 01 00 0000 01")) is None
    assert t7.client.last_except == 3
    assert (t7.read("LAST_ERR_FRAME"), t7.read("LAST_ERR_DETAIL")) == (1, 2315)


def test_function_76_over_a_plain_socket(served):
    with socket.create_connection(("127.0.0.1", served()), 10) as connection, connection.makefile("rb") as answers:
        for transaction, message, expected in (
            (0x1234, "4C 01 D746 01 ABCD 00 D746 01", "4C ABCD"),
            (0xFFFF, "4C 01 D746 01 1111 01 EA60 02 00000000 01 D746 01 2222", "CC 02"),
            (3, "4C 00 D746 01 00 D6DA 02", "4C 1111 0001 FFFF"),
        ):
            pdu = bytes.fromhex(message)
            connection.sendall(struct.pack(">HHHB", transaction, 0, len(pdu) + 1, 1) + pdu)
            echoed, protocol, length, unit = struct.unpack(">HHHB", answers.read(7))
            assert (echoed, protocol, unit) == (transaction, 0, 1)
            assert answers.read(length - 1) == bytes.fromhex(expected)

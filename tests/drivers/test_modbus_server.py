"""The Modbus TCP server, asked by pymodbus' own client."""

from __future__ import annotations

import asyncio
import contextlib
import struct

import pytest
from pymodbus.client import AsyncModbusTcpClient
from t7desk import Desk

from lager_drivers.modbus import ModbusFault
from lager_drivers.simulated.loopback import LOOPBACK
from lager_drivers.simulated.modbus import ModbusServer


class Counter:
    """Each read gives another value; address 999 is not there."""

    def __init__(self):
        self.reads, self.written = 0, []

    def read(self, address, count):
        if address == 999:
            raise ModbusFault(2)
        self.reads += 1
        return [address + self.reads] * count

    def write(self, address, words):
        if address == 999:
            raise ModbusFault(4)
        self.written.append((address, list(words)))


@contextlib.asynccontextmanager
async def serving(**more):
    server = ModbusServer(Counter(), **more)
    port = await server.listen()
    client = AsyncModbusTcpClient(LOOPBACK, port=port, timeout=5, retries=0, reconnect_delay=0)
    try:
        assert await client.connect()
        yield server, client
    finally:
        client.close()
        await server.close()


def test_reads_are_worked_out_when_they_are_made():
    async def run():
        async with serving() as (_, client):
            assert (await client.read_holding_registers(100, count=3)).registers == [101] * 3
            assert (await client.read_holding_registers(100, count=125)).registers == [102] * 125
            assert (await client.read_input_registers(200, count=1)).registers == [203]

    asyncio.run(run())


def test_writes():
    async def run():
        async with serving() as (server, client):
            single = await client.write_register(1000, 7)
            assert (single.address, single.registers) == (1000, [7])
            several = await client.write_registers(1002, [1, 2, 65535])
            assert (several.address, several.count) == (1002, 3)
            assert server.device.written == [(1000, [7]), (1002, [1, 2, 65535])]

    asyncio.run(run())


def test_refusals():
    async def run():
        async with serving() as (_, client):
            assert (await client.read_holding_registers(999, count=2)).exception_code == 2
            assert (await client.read_input_registers(999, count=2)).exception_code == 2
            assert (await client.write_register(999, 2)).exception_code == 4
            assert (await client.write_registers(999, [2])).exception_code == 4
            assert (await client.read_coils(0, count=1)).exception_code == 1
            assert (await client.read_holding_registers(1, count=1)).registers == [2]

    asyncio.run(run())


@pytest.mark.parametrize("unit", [0, 1, 255])
def test_any_unit(unit):
    async def run():
        async with serving() as (_, client):
            assert (await client.read_holding_registers(1, count=1, device_id=unit)).registers == [2]

    asyncio.run(run())


def test_frames_in_pieces_and_in_a_row():
    async def run():
        async with serving() as (server, client):
            reader, writer = await asyncio.open_connection(LOOPBACK, client.comm_params.port)
            ask = bytes.fromhex("0001 0000 0006 01 03 0064 0001")
            for byte in ask:
                writer.write(bytes([byte]))
                await writer.drain()
            assert await reader.readexactly(11) == bytes.fromhex("0001 0000 0005 01 03 02 0065")
            writer.write(ask * 2)
            assert (await reader.readexactly(22))[9:11] == b"\0\x66"
            writer.write(bytes.fromhex("0002 0000 0006 01 03 0064 0000"))  # no register at all
            assert (await reader.readexactly(9))[7:] == b"\x83\3"
            writer.write(b"x" * 300)
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await reader.readexactly(1)
            writer.close()
            assert (await client.read_holding_registers(1, count=1)).registers == [1 + server.device.reads]

    asyncio.run(run())


def test_every_use_is_noted():
    async def run():
        uses = []
        async with serving(on_use=lambda: uses.append(1)) as (_, client):
            await client.read_holding_registers(1, count=1)
            assert uses == [1]

    asyncio.run(run())


# With a simulated T7 behind it ---------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def t7(**options):
    server = ModbusServer(Desk(**options).t7)
    port = await server.listen()
    try:
        yield server, port
    finally:
        await server.close()


@contextlib.asynccontextmanager
async def dialled(port):
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):  # it was dropped by the other end
            await writer.wait_closed()


async def ask(connection, transaction, message):
    reader, writer = connection
    writer.write(struct.pack(">HHHB", transaction, 0, len(message) + 1, 1) + message)
    return_of, protocol, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
    assert (return_of, protocol, unit) == (transaction, 0, 1)
    return await reader.readexactly(length - 1)


def test_modbus_feedback():
    async def run():
        async with t7() as (_, port), dialled(port) as connection:
            set_dac = "01 03E8 02 40200000"  # DAC0 = 2.5 V
            answer = await ask(connection, 1, bytes.fromhex("4C" + set_dac + "00 EA60 02" + "00 03E8 02"))
            assert answer[:5] == bytes.fromhex("4C 40E00000")
            assert abs(struct.unpack(">f", answer[5:])[0] - 2.5) < 1e-3
            refused = await ask(connection, 770, bytes.fromhex("4C" + set_dac + "01 9C40 02 40400000" + "00 EA60 02"))
            assert refused == bytes.fromhex("CC 03")
            errors = await ask(connection, 2, bytes.fromhex("4C 00 D6D8 01 00 D6DA 02"))
            assert struct.unpack(">3H", errors[1:]) == (2370, 1, 770)

    asyncio.run(run())


def test_as_many_connections_as_the_device_serves():
    async def run():
        ask_test = bytes.fromhex("03 D73C 0002")
        async with t7(sockets=2) as (_, port), dialled(port) as one:
            async with dialled(port) as two:
                for connection in (one, two):
                    assert (await ask(connection, 5, ask_test))[2:] == bytes.fromhex("00112233")
                async with dialled(port) as (reader, _):
                    assert await reader.read() == b""
            async with dialled(port) as again:
                assert (await ask(again, 6, ask_test))[2:] == bytes.fromhex("00112233")

    asyncio.run(run())


def test_a_reboot_ends_all_connections_and_answers_nothing():
    async def run():
        async with t7() as (_, port), dialled(port) as (reader, writer), dialled(port) as (other, _):
            reboot = bytes.fromhex("10 F22E 0002 04 4C4A0000")
            writer.write(struct.pack(">HHHB", 9, 0, len(reboot) + 1, 1) + reboot)
            for one in (reader, other):
                try:
                    assert await one.read() == b""
                except ConnectionResetError:
                    continue
            async with dialled(port) as after:
                assert (await ask(after, 1, bytes.fromhex("03 D73C 0002")))[2:] == bytes.fromhex("00112233")

    asyncio.run(run())

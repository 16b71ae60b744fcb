"""The Modbus TCP server, asked by pymodbus' own client."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from pymodbus.client import AsyncModbusTcpClient

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
    client = AsyncModbusTcpClient(LOOPBACK, port=port, timeout=5, retries=0)
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

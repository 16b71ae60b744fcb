"""What goes wrong on the way to the simulated LabJack, as pymodbus' client and a plain socket see it."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from lager_drivers.simulated.loopback import LOOPBACK
from lager_drivers.simulated.modbus import ModbusServer

ASK = bytes.fromhex("0001 0000 0006 01 03 0064 0001")
ANSWER = bytes.fromhex("0001 0000 0005 01 03 02 0007")


class Sevens:
    def __init__(self):
        self.cycles, self.written = 0, []

    def read(self, address, count):
        return [7] * count

    def write(self, address, words):
        self.written.append((address, list(words)))

    def power_cycle(self):
        self.cycles += 1


@contextlib.asynccontextmanager
async def serving():
    server = ModbusServer(Sevens())
    await server.listen()
    try:
        yield server
    finally:
        await server.close()


@contextlib.asynccontextmanager
async def connected(server):
    reader, writer = await asyncio.open_connection(LOOPBACK, server.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):  # it was dropped by the other end
            await writer.wait_closed()


async def works(server):
    async with connected(server) as (reader, writer):
        writer.write(ASK)
        return await reader.readexactly(11) == ANSWER


async def ends(reader):
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


def faulty(test):
    def run():
        async def whole():
            async with serving() as server:
                await test(server)

        asyncio.run(asyncio.wait_for(whole(), 20))

    run.__name__ = test.__name__
    return run


@faulty
async def test_unplugged_it_drops_everybody_and_keeps_its_port(server):
    async with connected(server) as (reader, _):
        port = server.port
        server.unplug()
        assert await ends(reader)
        for _ in range(3):
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(LOOPBACK, port)
        with socket.socket() as somebody, pytest.raises(OSError, match="in use"):
            somebody.bind((LOOPBACK, port))
        assert not server.plugged
        await server.replug()
        assert server.port == port
        assert await works(server)
        assert server.device.cycles == 0


@faulty
async def test_a_power_cycle(server):
    async with connected(server) as (reader, _):
        await server.power_cycle()
        assert await ends(reader)
    assert server.device.cycles == 1
    assert await works(server)


@faulty
async def test_another_process_has_its_connections(server):
    async with connected(server) as (reader, _):
        server.hold()
        assert server.in_use
        assert await ends(reader)
    async with connected(server) as (reader, _):
        assert await ends(reader)
    server.release()
    assert await works(server)


@faulty
async def test_wedged_it_does_what_it_is_told_and_does_not_answer(server):
    server.mischief.wedged = True
    # No reconnecting: it would go on behind a test that has ended
    client = AsyncModbusTcpClient(LOOPBACK, port=server.port, timeout=0.1, retries=0, reconnect_delay=0)
    await client.connect()
    with pytest.raises(ModbusException):
        await client.write_registers(1000, [1, 2])
    client.close()
    assert server.device.written == [(1000, [1, 2])]
    await server.clear()
    assert await works(server)


@faulty
async def test_dead_it_does_nothing(server):
    server.mischief.dead = True
    client = AsyncModbusTcpClient(LOOPBACK, port=server.port, timeout=0.1, retries=0, reconnect_delay=0)
    await client.connect()
    with pytest.raises(ModbusException):
        await client.write_registers(1000, [1, 2])
    client.close()
    assert server.device.written == []
    await server.replug()
    assert await works(server)


@faulty
async def test_a_delayed_answer_comes_late_and_in_order(server):
    loop = asyncio.get_running_loop()
    server.mischief.delay = 0.05
    async with connected(server) as (reader, writer):
        began = loop.time()
        writer.write(ASK + b"\0\2" + ASK[2:])
        both = await reader.readexactly(22)
        assert 0.05 <= loop.time() - began < 1
        assert both == ANSWER + b"\0\2" + ANSWER[2:]
    async with connected(server) as (reader, writer):
        writer.write(ASK)
        writer.write_eof()  # whoever gives up hears nothing any more, and breaks nothing
    server.mischief.delay = 0.0
    assert await works(server)


@faulty
async def test_garbled_answers_never_give_a_value(server):
    server.mischief.garbles = 3
    async with connected(server) as (reader, writer):
        writer.write(ASK)
        assert await reader.readexactly(11) == ANSWER[:2] + bytes(one ^ 0xA5 for one in ANSWER[2:])
        writer.write(ASK)
        assert await reader.readexactly(5) == ANSWER[:5]
        writer.write(ASK)
        assert await reader.readexactly(11) == b"\xa5\xa4" + ANSWER[2:]
        writer.write(ASK)
        assert await reader.readexactly(11) == ANSWER
    for spoilt in range(3):
        server.mischief.garbles, server.mischief.spoilt = 1, spoilt
        client = AsyncModbusTcpClient(LOOPBACK, port=server.port, timeout=0.1, retries=0, reconnect_delay=0)
        await client.connect()
        with pytest.raises(ModbusException):
            await client.read_holding_registers(100, count=1)
        client.close()


@faulty
async def test_clear_ends_everything(server):
    server.hold()
    server.mischief.dead = True
    server.unplug()
    await server.clear()
    assert server.mischief.words() == []
    assert await works(server)

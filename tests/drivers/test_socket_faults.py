"""What goes wrong on the way to an instrument with a raw SCPI socket, as a plain socket sees it."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest

from lager_drivers.simulated.loopback import LOOPBACK
from lager_drivers.simulated.scpi_socket import ScpiSocket


class Meter:
    def __init__(self):
        self.cycles, self.heard = 0, []

    def handle(self, line):
        self.heard.append(line)
        return "1.25" if line.endswith("?") else None

    def power_cycle(self):
        self.cycles += 1


@contextlib.asynccontextmanager
async def serving():
    server = ScpiSocket(Meter())
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
        writer.write(b"V?\n")
        return await reader.readline() == b"1.25\n"


async def ended(reader):
    """Wait for the end of a connection, however it comes."""
    with contextlib.suppress(ConnectionResetError):
        return await reader.read() == b""
    return True


def on_a_server(test):
    def run():
        async def whole():
            async with serving() as server:
                await test(server)

        asyncio.run(asyncio.wait_for(whole(), 20))

    run.__name__ = test.__name__
    return run


@on_a_server
async def test_unplugged_it_refuses_and_after_a_replug_it_went_on(server):
    async with connected(server) as (reader, writer):
        writer.write(b"V?\n")
        await reader.readline()
        assert server.in_use
        port = server.port
        server.unplug()
        assert await ended(reader)
    with pytest.raises(ConnectionRefusedError):
        await works(server)
    await server.replug()
    assert (server.port, server.plugged, server.instrument.cycles) == (port, True, 0)
    assert await works(server)


@on_a_server
async def test_a_power_cycle_ends_every_connection(server):
    async with connected(server) as (reader, writer):
        writer.write(b"V?\n")
        await reader.readline()
        await server.power_cycle()
        assert await ended(reader)
    assert server.instrument.cycles == 1
    assert await works(server)


@on_a_server
async def test_held_by_another_it_closes_at_once(server):
    async with connected(server) as (reader, writer):
        writer.write(b"V?\n")
        await reader.readline()
        server.hold()
        assert await ended(reader)
    async with connected(server) as (reader, _):
        assert await ended(reader)
    assert server.in_use
    server.release()
    assert await works(server)


@on_a_server
async def test_wedged_it_takes_commands_and_dead_it_takes_none(server):
    for fault, heard in (("wedged", ["V?", "C 1"]), ("dead", [])):
        setattr(server.mischief, fault, True)
        server.instrument.heard.clear()
        async with connected(server) as (reader, writer):
            writer.write(b"V?\r\nC 1\n")
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(reader.readline(), 0.1)
        assert server.instrument.heard == heard
        await server.clear()
    assert await works(server)


@on_a_server
async def test_garbled_answers_are_no_values(server):
    server.mischief.garbles = 2
    async with connected(server) as (reader, writer):
        writer.write(b"V?\n")
        assert not (await reader.readline()).decode("latin-1").strip().isascii()
        writer.write(b"V?\nV?\n")  # the half of an answer has no end
        assert await reader.readline() == b"1.1.25\n"
    assert await works(server)


@on_a_server
async def test_a_slow_one_answers_later_or_nobody(server):
    server.mischief.delay = 0.05
    begin = time.monotonic()
    assert await works(server)
    assert time.monotonic() - begin >= 0.05
    async with connected(server) as (_, writer):
        writer.write(b"V?\n")
    await server.clear()
    assert await works(server)

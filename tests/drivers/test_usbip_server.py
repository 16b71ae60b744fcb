"""The simulated USB over USB/IP, spoken to message by message."""

from __future__ import annotations

import asyncio
import errno

import pytest
from usbip_client import REQUEST, Echo, message, serving

from lager_drivers.simulated import usb_descriptors as usb
from lager_drivers.simulated import usbip_protocol as protocol
from lager_drivers.simulated.usbip import Bus


def test_list_carries_the_descriptors():
    async def run():
        async with serving(Echo(), Echo("77")) as (_, connect):
            first, second = await (await connect()).list()
            assert (first.bus_id, second.bus_id) == ("1-1", "1-2")
            assert first.number != second.number
            assert first.descriptors[usb.STRING_KIND, 3] == usb.string("4381218")
            assert second.descriptors[usb.STRING_KIND, 3] == usb.string("77")
            assert usb.DEVICE.unpack(first.descriptors[1, 0])["idVendor"] == 0x05E6

    asyncio.run(run())


def test_a_device_is_listed_while_it_is_held_and_imported_once():
    async def run():
        async with serving() as (_, connect):
            holder = await connect()
            record = await holder.take("1-1")
            assert await (await connect()).take("1-1") == protocol.BUSY
            assert [one.place for one in await (await connect()).list()] == [record.place]
            holder.writer.write_eof()
            assert await holder.reader.read() == b""
            assert (await (await connect()).take("1-1")).place == record.place

    asyncio.run(run())


@pytest.mark.parametrize("bus_id", ["1-2", "", "nonsense"])
def test_import_of_nothing(bus_id):
    async def run():
        async with serving() as (_, connect):
            assert await (await connect()).take(bus_id) == protocol.NO_DEVICE

    asyncio.run(run())


def test_query_and_unlink():
    async def run():
        async with serving() as (_, connect):
            client = await connect()
            await client.take("1-1")
            sent = client.submit(1, False, data=message(b"HELLO?\n"))
            assert await client.next() == protocol.Returned(sent, 0, 20, b"")
            reading = client.submit(2, True, 512)
            unlink = client.unlink(reading)
            assert await client.next() == protocol.Unlinked(unlink, -errno.ECONNRESET)
            reading = client.submit(2, True, 512)
            asked = client.submit(1, False, data=REQUEST)
            assert await client.next() == protocol.Returned(asked, 0, 12, b"")
            answer = await client.next()
            assert (answer.sequence, answer.data[12:18]) == (reading, b"HELLO\n")
            unlink = client.unlink(reading)
            assert await client.next() == protocol.Unlinked(unlink, 0)

    asyncio.run(run())


def test_stalls():
    async def run():
        async with serving() as (_, connect):
            client = await connect()
            await client.take("1-1")
            for asked in [
                client.submit(0, True, 10, setup=protocol.SETUP.pack(0xC0, 1, 0, 0, 10)),
                client.submit(1, False, data=b"\7" * 12),
                client.submit(9, True, 10),
            ]:
                assert await client.next() == protocol.Returned(asked, -errno.EPIPE, 0, b"")

    asyncio.run(run())


def test_unplug_and_plug():
    async def run():
        toy = Echo()
        async with serving(toy) as (bus, connect):
            client = await connect()
            before = await client.take("1-1")
            port = bus.port_of("4381218")
            port.unplug()
            with pytest.raises(ConnectionResetError):
                await client.next()
            assert await (await connect()).list() == []
            assert await (await connect()).take("1-1") == protocol.NO_DEVICE
            port.power_cycle()
            now = await (await connect()).take("1-1")
            assert now.number > before.number
            assert toy.cycles == 1
            with pytest.raises(KeyError):
                bus.port_of("nobody")

    asyncio.run(run())


def test_answers_are_kept_back_and_let_through():
    async def run():
        async with serving() as (bus, connect):
            client = await connect()
            await client.take("1-1")
            bus.ports["1-1"].keep_back()
            client.submit(1, False, data=message(b"A?\n"))
            client.submit(1, False, data=REQUEST)
            reading = client.submit(2, True, 512)
            assert [(await client.next()).length for _ in range(2)] == [16, 12]
            unlink = client.unlink(reading)
            assert await client.next() == protocol.Unlinked(unlink, -errno.ECONNRESET)
            reading = client.submit(2, True, 512)
            bus.ports["1-1"].let_through()
            assert (await client.next()).sequence == reading

    asyncio.run(run())


def test_nonsense_ends_the_connection():
    async def run():
        async with serving() as (_, connect):
            client = await connect()
            client.writer.write(b"GET / HTTP/1.1\r\n\r\n")
            assert await client.reader.read() == b""
            client = await connect()
            await client.take("1-1")
            client.writer.write(b"\xff" * 48)
            assert await client.reader.read() == b""
            assert (await (await connect()).take("1-1")).bus_id == "1-1"

    asyncio.run(run())


def test_every_use_is_noted():
    async def run():
        uses = []
        async with serving(on_use=lambda: uses.append(1)) as (_, connect):
            client = await connect()
            await client.take("1-1")
            assert uses == []
            client.submit(1, False, data=message(b"A\n"))
            await client.next()
            assert uses == [1]

    asyncio.run(run())


def test_descriptors_that_do_not_fit_are_refused_at_the_start():
    with pytest.raises(ValueError, match="too long to be listed"):
        Bus([Echo(maker="M" * 100)])

"""What goes wrong at a port of the simulated USB, as the other end of the wire sees it."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct

import pytest
from usbip_client import Client, Echo, message, request, serving

from lager_drivers.simulated import usbip_protocol as protocol

OTHER = "77"
CANCELLED = -errno.ECONNRESET


class Bench:
    """The bus, and a client that has the first of its two devices."""

    def __init__(self, bus, connect, client):
        self.bus, self.connect, self.client = bus, connect, client
        self.port, self.other = bus.ports.values()
        self.mischief = self.port.mischief
        self.tag = 0

    async def done(self, *sent):
        """Take the ends of transfers towards the device."""
        assert {(await self.client.next()).sequence for _ in sent} == set(sent)

    async def say(self, text):
        self.tag += 1
        await self.done(self.client.submit(1, False, data=message(text, self.tag)))

    async def ask(self, text):
        """Send a query and a request for its answer; give the read that waits for it."""
        await self.say(text)
        return await self.read()

    async def read(self):
        self.tag += 1
        await self.done(self.client.submit(1, False, data=request(self.tag)))
        return self.client.submit(2, True, 1024)

    async def answer(self, reading):
        ended = await self.client.next()
        assert ended.sequence == reading
        assert ended.status == 0
        return ended.data

    async def query(self, text):
        return text_of(await self.answer(await self.ask(text)))

    async def give_up(self, reading):
        """Do as pyvisa-py does after a timeout: call the read off, and abort the transfer."""
        unlink = self.client.unlink(reading)
        ended = await self.client.next()
        assert ended == protocol.Unlinked(unlink, CANCELLED)
        abort = protocol.SETUP.pack(0xA2, 3, self.tag, 0x82, 2)
        assert (await self.control(abort, 2)).data == bytes([1, self.tag])
        leftover = self.client.submit(2, True, 512)
        assert await self.answer(leftover) == b""

    async def control(self, setup, length=0):
        sent = self.client.submit(0, bool(setup[0] & 0x80), length, setup=setup)
        ended = await self.client.next()
        assert ended.sequence == sent
        return ended


def text_of(transfer):
    size = struct.unpack_from("<I", transfer, 4)[0]
    return transfer[12 : 12 + size]


def faulty(test):
    """Run a test on a bench of its own; another instrument on the bus never notices anything."""

    def run():
        async def whole():
            async with serving(Echo(), Echo(OTHER)) as (bus, connect):
                other = await connect()
                await other.take("1-2")
                client = await connect()
                await client.take("1-1")
                bench = Bench(bus, connect, client)
                await test(bench)
                undisturbed = Bench(bus, connect, other)
                assert await undisturbed.query(b"WELL?\n") == b"WELL\n"
                assert bench.other.mischief.words() == []

        asyncio.run(asyncio.wait_for(whole(), 20))

    run.__name__ = test.__name__
    return run


@faulty
async def test_a_replug_keeps_what_the_instrument_knows(bench):
    before = bench.port.number
    bench.port.replug()
    with pytest.raises(ConnectionResetError):
        await bench.client.next()
    assert bench.port.device.instrument.cycles == 0
    bench.client = await bench.connect()
    assert (await bench.client.take("1-1")).number > before
    assert await bench.query(b"A?\n") == b"A\n"


@faulty
async def test_a_power_cycle_loses_it(bench):
    before = bench.port.number
    bench.port.power_cycle()
    with pytest.raises(ConnectionResetError):
        await bench.client.next()
    assert bench.port.device.instrument.cycles == 1
    assert bench.port.number > before


@faulty
async def test_an_unread_answer_does_not_outlive_a_replug(bench):
    await bench.say(b"OLD?\n")
    bench.port.replug()
    bench.client = await bench.connect()
    await bench.client.take("1-1")
    reading = await bench.read()
    await bench.give_up(reading)


@faulty
async def test_who_held_it_has_lost_it_to_another_process(bench):
    bench.port.hold()
    with pytest.raises(ConnectionResetError):
        await bench.client.next()
    assert await (await bench.connect()).take("1-1") == protocol.BUSY
    assert [one.bus_id for one in await (await bench.connect()).list()] == ["1-1", "1-2"]
    bench.port.release()
    bench.client = await bench.connect()
    assert (await bench.client.take("1-1")).bus_id == "1-1"
    assert await bench.query(b"A?\n") == b"A\n"


@faulty
async def test_a_wedged_one_takes_commands_and_answers_none(bench):
    bench.mischief.wedged = True
    for _ in range(2):
        await bench.give_up(await bench.ask(b"A?\n"))
    bench.port.clear()
    assert await bench.query(b"B?\n") == b"B\n"


@faulty
async def test_a_dead_one_answers_nothing_but_the_host_can_give_up(bench):
    bench.mischief.dead = True
    sent = [
        bench.client.submit(1, False, data=message(b"A?\n")),
        bench.client.submit(0, True, 2, setup=protocol.SETUP.pack(0x82, 0, 0, 1, 2)),
        bench.client.submit(2, True, 512),
    ]
    for one in sent[1:]:
        unlink = bench.client.unlink(one)
        assert await bench.client.next() == protocol.Unlinked(unlink, CANCELLED)
    bench.port.clear()
    await bench.done(sent[0])
    assert text_of(await bench.answer(await bench.read())) == b"A\n"


@faulty
async def test_stalled_endpoints_stall_until_their_halt_is_cleared_as_often_as_asked_for(bench):
    bench.mischief.stalls = 2
    clear = [protocol.SETUP.pack(2, 1, 0, endpoint, 0) for endpoint in (0x01, 0x82)]
    for _ in range(2):
        for sent in (bench.client.submit(1, False, data=message(b"A?\n")), bench.client.submit(2, True, 512)):
            assert await bench.client.next() == protocol.Returned(sent, -errno.EPIPE, 0, b"")
        for setup in clear:
            assert (await bench.control(setup)).status == 0
    assert await bench.query(b"B?\n") == b"B\n"


@faulty
async def test_clear_ends_a_halt_that_the_host_did_not_end(bench):
    bench.mischief.stalls = 1
    sent = bench.client.submit(1, False, data=message(b"A?\n"))
    assert await bench.client.next() == protocol.Returned(sent, -errno.EPIPE, 0, b"")
    bench.port.clear()
    assert await bench.query(b"B?\n") == b"B\n"


@faulty
async def test_a_read_that_waits_feels_a_stall(bench):
    reading = await bench.ask(b"NO ANSWER\n")
    bench.mischief.stalls = 1
    bench.port.felt()
    assert await bench.client.next() == protocol.Returned(reading, -errno.EPIPE, 0, b"")


@faulty
async def test_an_answer_comes_later(bench):
    loop = asyncio.get_running_loop()
    bench.mischief.delay = 0.05
    for _ in range(3):
        began = loop.time()
        assert await bench.query(b"A?\n") == b"A\n"
        assert 0.05 <= loop.time() - began < 1


@faulty
async def test_an_answer_that_comes_too_late_goes_to_whoever_asks_then(bench):
    bench.mischief.delay = 0.2
    await bench.give_up(await bench.ask(b"FIRST?\n"))
    assert await bench.query(b"SECOND?\n") == b"FIRST\n"


@faulty
async def test_a_clear_in_time_keeps_a_late_answer_from_everybody(bench):
    bench.mischief.delay = 0.1
    await bench.give_up(await bench.ask(b"FIRST?\n"))
    assert (await bench.control(protocol.SETUP.pack(0xA1, 5, 0, 0, 1), 1)).data == b"\1"
    assert await bench.query(b"SECOND?\n") == b"SECOND\n"


@faulty
async def test_garbled_answers_are_other_bytes_then_half_then_another_tag_and_then_right_again(bench):
    bench.mischief.garbles = 3
    spoilt = await bench.answer(await bench.ask(b"1.5\xb7?\n"))
    assert text_of(spoilt) == bytes(one ^ 0xA5 for one in b"1.5\xb7\n")
    half = await bench.answer(await bench.ask(b"1.5?\n"))
    assert half[4:8] == struct.pack("<I", 4)
    assert half[12:] == b"1."
    other = await bench.answer(await bench.ask(b"1.5?\n"))
    assert text_of(other) == b"1.5\n"
    assert other[1] != bench.tag
    assert other[1] ^ other[2] == 0xFF
    assert await bench.query(b"1.5?\n") == b"1.5\n"


@faulty
async def test_an_answer_of_one_digit_is_never_whole_when_it_is_cut(bench):
    bench.mischief.garbles, bench.mischief.spoilt = 1, 1
    assert len(await bench.answer(await bench.ask(b"1?\n"))) == 12 + 1


@faulty
async def test_clear_plugs_in_what_is_out_and_ends_everything(bench):
    bench.mischief.wedged = bench.mischief.dead = bench.mischief.held = True
    bench.mischief.stalls = bench.mischief.garbles = 3
    bench.mischief.delay = 10.0
    bench.port.unplug()
    assert bench.mischief.words() == ["held", "wedged", "dead", "stall 3", "delay 10 s", "garble 3"]
    bench.port.clear()
    assert bench.mischief.words() == []
    bench.client = await bench.connect()
    await bench.client.take("1-1")
    assert await bench.query(b"A?\n") == b"A\n"


@faulty
async def test_a_replug_ends_all_but_how_slow_the_instrument_is(bench):
    bench.mischief.wedged, bench.mischief.stalls, bench.mischief.delay = True, 3, 0.001
    bench.port.replug()
    assert bench.mischief.words() == ["delay 0.001 s"]


@faulty
async def test_a_device_lent_over_a_socket_needs_no_import(bench):
    ours, theirs = socket.socketpair()
    bench.port.hand_over()
    with pytest.raises(ConnectionResetError):
        await bench.client.next()
    await bench.bus.lend(bench.port, ours)
    assert await (await bench.connect()).take("1-1") == protocol.BUSY
    bench.client = Client(*await asyncio.open_connection(sock=theirs))
    assert (await bench.control(protocol.SETUP.pack(0, 9, 1, 0, 0))).status == 0
    assert await bench.query(b"A?\n") == b"A\n"
    bench.port.unplug()
    assert await bench.client.reader.read() == b""
    bench.client.writer.close()
    await bench.client.writer.wait_closed()

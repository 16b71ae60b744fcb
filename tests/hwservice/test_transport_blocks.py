"""Blocks of bytes and slow answers through a VISA link: over USB-TMC (USB/IP), and over a raw socket."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time

import pytest
from pyvisa.errors import VisaIOError

from lager_drivers import blocks
from lager_drivers.simulated.scpi_socket import ScpiSocket
from lager_drivers.simulated.usbip import Bus
from lager_hwservice.transports.visa import CHUNK, VisaLink

LARGE = random.Random(4).randbytes(1 << 20)
BLOCKS = {
    "none": b"",
    "one": b"\x00",
    "line feed": b"abc\n",
    "only line feeds": b"\n" * 5000,
    "carriage return": b"abc\r",
    "both": b"abc\r\n",
    "nul": b"abc\x00",
    "looks like a block": b"#9000000005",
    "every byte": bytes(range(256)) * 4,
    "a transfer": LARGE[: CHUNK - 12],
    "with its header": LARGE[:CHUNK],
    "a megabyte": LARGE,
}


class Toy:
    """An instrument that sends what it has been given."""

    vendor, product = 0x1AB1, 0x0515
    strings = ("RIGOL TECHNOLOGIES", "MSO5000", "MS5A1")

    def __init__(self):
        self.answer = b""

    def power_cycle(self):
        self.answer = b""

    def handle(self, line):
        if line == "*IDN?":
            return "TOY"
        return self.answer.decode("latin-1") if line == "DATA?" else None


class Server:
    """Serves a toy by a way, in a thread of its own."""

    def __init__(self, way):
        self.toy = Toy()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.server = self.do(self.made(way))
        port = self.do(self.server.listen())
        self.via = "" if way == "socket" else f"usbip://127.0.0.1:{port}"
        self.address = f"TCPIP0::127.0.0.1::{port}::SOCKET" if way == "socket" else "USB0::0x1AB1::0x0515::MS5A1::INSTR"

    async def made(self, way):
        return ScpiSocket(self.toy) if way == "socket" else Bus([self.toy])

    def do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def link(self, timeout=5.0):
        return contextlib.closing(VisaLink(self.address, self.via, timeout))

    def close(self):
        self.do(self.server.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


@pytest.fixture(params=["socket", "usb"])
def server(request):
    with contextlib.closing(Server(request.param)) as running:
        yield running


@pytest.fixture
def link(server):
    with server.link() as one:
        yield one


@pytest.mark.parametrize("content", BLOCKS.values(), ids=BLOCKS)
def test_a_block_comes_as_it_was_sent(server, link, content):
    server.toy.answer = blocks.block(content)
    assert link.query_block("DATA?") == content
    assert link.query("*IDN?") == "TOY"


@pytest.mark.parametrize("digits", [1, 4, 9])
def test_a_length_has_as_many_digits_as_it_says(server, link, digits):
    server.toy.answer = blocks.block(b"abcde", digits)
    assert link.query_block("DATA?") == b"abcde"


def test_blocks_and_lines_take_turns(server, link):
    server.toy.answer = blocks.block(LARGE[:30_000])
    for _ in range(5):
        assert link.query_block("DATA?") == LARGE[:30_000]
        assert link.query("*IDN?") == "TOY"


@pytest.mark.parametrize("answer", [b"1.5", b"#0abc", b"#x12", b"#41x34abcd", b"#", b"2#3005abcde"])
def test_what_is_no_block_is_refused_and_ends_the_link(server, answer):
    server.toy.answer = answer
    with server.link(0.2) as link:
        with pytest.raises(blocks.BadBlock):
            link.query_block("DATA?")
        assert link.stale
    with server.link() as link:
        assert link.query("*IDN?") == "TOY"


@pytest.mark.parametrize("cut", [5, 11, 600])
def test_a_block_that_is_cut_is_never_taken_for_a_shorter_one(server, cut):
    server.toy.answer = blocks.block(LARGE[:1000])[:cut]
    with server.link(0.2) as link:
        with pytest.raises((blocks.BadBlock, VisaIOError)):
            link.query_block("DATA?")
        assert link.stale
    with server.link() as link:
        assert link.query("*IDN?") == "TOY"


def test_one_query_may_wait_longer(server):
    with server.link(0.05) as link:
        started = time.monotonic()
        with pytest.raises(VisaIOError) as late:
            link.query("MUTE?", within=0.4)
        assert time.monotonic() - started > 0.35
    assert late.value.abbreviation == "VI_ERROR_TMO"
    with server.link(5.0) as link:
        assert link.query("*IDN?", within=0.5) == "TOY"
        assert link._resource.timeout == 5000

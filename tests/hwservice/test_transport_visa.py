"""pyvisa-py through our pyusb backend to the simulated USB: real sockets, in both directions the real libraries."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import struct
import threading
import time

import pytest
from pyvisa.errors import VisaIOError
from usb.core import USBError

from lager import addresses
from lager_drivers.simulated.usbip import Bus
from lager_drivers.simulated.usbtmc import Stall
from lager_hwservice.transports import usbip
from lager_hwservice.transports.tmc import NotListed
from lager_hwservice.transports.visa import CHUNK, VisaLink

ADDRESS = "USB0::0x05E6::0x2281::4381218::INSTR"
OTHER = "USB0::0x05E6::0x2281::77::INSTR"


class Toy:
    """An instrument of few words."""

    vendor, product = 0x05E6, 0x2281

    def __init__(self, serial="4381218"):
        self.strings = ("Keithley Instruments Inc.", "Series 2281S", serial)
        self.identity = f"TOY,2281S,{serial},1.0"
        self.power_cycle()

    def power_cycle(self):
        self.value = "0"

    def handle(self, line):
        head, _, argument = line.partition(" ")
        if head == "*IDN?":
            return self.identity
        if head == "VALUE?":
            return self.value
        if head == "VALUE":
            self.value = argument
        if head == "LINES?":
            return "x" * (int(argument) - 1) + "\n" + "y" * 100
        if head == "DATA?":
            return "".join(chr(65 + n % 26) for n in range(int(argument)))
        return None


class Bench:
    """A bus in a thread of its own."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.bus = self.call(lambda: Bus([Toy(), Toy("77")]))
        self.port = asyncio.run_coroutine_threadsafe(self.bus.listen(), self.loop).result(10)
        self.via = f"usbip://127.0.0.1:{self.port}"
        self.socket = self.bus.port_of("4381218")

    def call(self, function):
        async def run():
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def at_transfer(self, count, function):
        """Call `function` in the bus' thread once it has had `count` more transfers (unlinks count, too)."""
        seen = iter(range(1, count + 1))

        def used():
            if next(seen, None) == count:
                self.loop.call_soon(function)

        self.bus.on_use = used

    def close(self):
        asyncio.run_coroutine_threadsafe(self.bus.close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


@pytest.fixture
def bench():
    with contextlib.closing(Bench()) as running:
        yield running


@pytest.fixture
def link(bench):
    with contextlib.closing(VisaLink(ADDRESS, bench.via, 5)) as open_link:
        yield open_link


def opened(bench, timeout=5.0, address=ADDRESS):
    return contextlib.closing(VisaLink(address, bench.via, timeout))


def test_query_and_set(link):
    assert link.query("*IDN?") == "TOY,2281S,4381218,1.0"
    link.write("VALUE 3.3")
    assert link.query("VALUE?") == "3.3"


# The last transfer full or not by one byte, of packets (512 with a header of 12) and of what is asked for at once.
@pytest.mark.parametrize("length", [499, 500, 501, 20479, 20480, *(n * CHUNK + d for n in (1, 2) for d in (-2, -1, 0))])
def test_long_answers_come_whole(link, length):
    assert link.query(f"DATA? {length}") == "".join(chr(65 + n % 26) for n in range(length))
    assert link.query("*IDN?") == "TOY,2281S,4381218,1.0"


@pytest.mark.parametrize("length", [CHUNK, 2 * CHUNK])
def test_a_line_that_ends_where_a_transfer_ends_is_not_the_last(link, length):
    assert link.query(f"LINES? {length}") == "x" * (length - 1) + "\n" + "y" * 100
    assert link.query("*IDN?") == "TOY,2281S,4381218,1.0"


def test_long_command(link):
    link.write("VALUE " + "x" * 5000)
    assert link.query("VALUE?") == "x" * 5000


def test_each_address_is_its_own_instrument(bench, link):
    with opened(bench, address=OTHER) as other:
        assert other.query("*IDN?") == "TOY,2281S,77,1.0"
        assert link.query("*IDN?") == "TOY,2281S,4381218,1.0"


def test_second_open_is_busy_and_harms_nobody(bench, link):
    for _ in range(3):
        with pytest.raises(USBError) as refused:
            VisaLink(ADDRESS, bench.via, 5)
        assert refused.value.errno == errno.EBUSY
        assert link.query("*IDN?") == "TOY,2281S,4381218,1.0"


def test_open_again_at_once(bench):
    for _ in range(50):
        with opened(bench) as link:
            assert link.query("*IDN?") == "TOY,2281S,4381218,1.0"


def test_no_such_device(bench):
    with pytest.raises(NotListed) as missing:
        VisaLink("USB0::0x05E6::0x2281::1::INSTR", bench.via, 5)
    assert missing.value.errno == errno.ENODEV


def test_nobody_serves(bench):
    bench.call(lambda: asyncio.ensure_future(bench.bus.close()))
    with pytest.raises(NotListed):
        VisaLink(ADDRESS, bench.via, 5)


def test_timeout_makes_the_link_stale(bench):
    with opened(bench, timeout=0.1) as link:
        with pytest.raises(VisaIOError) as late:
            link.query("MUTE?")
        assert late.value.abbreviation == "VI_ERROR_TMO"
        assert link.stale
        for use in (link.query, link.write):
            with pytest.raises(VisaIOError) as refused:
                use("*IDN?")
            assert refused.value.abbreviation == "VI_ERROR_INV_OBJECT"
    with opened(bench) as link:
        assert link.query("VALUE?") == "0"


def test_a_late_answer_is_never_the_next_ones(bench):
    with opened(bench, timeout=0.1) as link:
        bench.call(bench.socket.keep_back)
        bench.at_transfer(5, bench.socket.let_through)  # message, request, read, unlink, abort
        with pytest.raises(VisaIOError):
            link.query("*IDN?")
    with opened(bench) as link:
        assert link.query("VALUE?") == "0"
        assert link.query("DATA? 3") == "ABC"


def answer(tag, text, message=2):
    return struct.pack("<BBBxIB3x", message, tag, tag ^ 0xFF, len(text), 1) + text + bytes(-len(text) % 4)


def refuse_to_clear(device):
    """Make a device stall every request to give up what it has, as some instruments do."""
    of_class = device._class

    def refuse(request, value):
        if request in (3, 5):
            raise Stall
        return of_class(request, value)

    device._class = refuse


def test_a_late_answer_from_a_device_that_cannot_be_cleared_is_refused_by_its_tag(bench):
    """The wire carries a whole, well-formed answer, which only its tag tells from the right one."""
    device = bench.socket.device
    refuse_to_clear(device)
    bulk_in, late = device.bulk_in, []

    def deliver_late(length):
        return late.pop() if late else bulk_in(length)

    device.bulk_in = deliver_late
    with opened(bench) as link:
        assert link.query("VALUE?") == "0"
        late.append(answer(link._tmc._btag, b"9.99\n"))  # to the last question, once more
        with pytest.raises(OSError, match="another question") as refused:
            link.query("VALUE?")
        assert refused.value.errno == errno.EBADMSG
        assert link.stale
    with opened(bench) as link:
        assert link.query("VALUE?") == "0"


@pytest.mark.parametrize("garbled", [b"\0" * 20, b"", b"\2\1", answer(1, b"1\n", message=126)])
def test_what_is_no_answer_is_refused(bench, garbled):
    with opened(bench) as link:
        device = bench.socket.device
        bulk_in = device.bulk_in

        def garble(length):
            device.bulk_in = bulk_in
            return garbled

        device.bulk_in = garble
        with pytest.raises(OSError, match="an answer") as refused:
            link.query("VALUE?")
        assert refused.value.errno == errno.EBADMSG
    with opened(bench) as link:
        assert link.query("VALUE?") == "0"


def test_a_timeout_is_told_also_where_the_device_refuses_to_give_up(bench):
    refuse_to_clear(bench.socket.device)
    with opened(bench, timeout=0.1) as link, pytest.raises(VisaIOError) as late:
        link.query("MUTE?")
    assert late.value.abbreviation == "VI_ERROR_TMO"


def test_sessions_begin_with_different_tags(bench):
    tags = set()
    for _ in range(10):
        with opened(bench) as link:
            tags.add(link._tmc._btag)
    assert len(tags) > 1


def test_closing_is_told(bench):
    told = []
    link = VisaLink(ADDRESS, bench.via, 5, closed=lambda: told.append("closed"))
    assert told == []
    link.close()
    assert told == ["closed"]


def test_a_lost_link_is_known_without_a_transfer(bench, link):
    assert not link.lost()
    bench.call(bench.socket.unplug)
    deadline = time.monotonic() + 60
    while not link.lost():
        assert time.monotonic() < deadline


def test_presence_is_the_servers_list(bench, link):
    server, address = usbip.server_of(bench.via), addresses.usb(ADDRESS.lower())
    assert usbip.lists(server, address)  # in use, too
    assert not usbip.lists(server, address._replace(serial="1"))
    bench.call(bench.socket.unplug)
    assert not usbip.lists(server, address)
    bench.call(lambda: asyncio.ensure_future(bench.bus.close()))
    assert not usbip.lists(server, address)


def test_clear_at_open_forgets_an_unread_answer(bench):
    with opened(bench) as link:
        link.write("*IDN?")
    with opened(bench) as link:
        link.write("VALUE 2")
        assert link.query("VALUE?") == "2"


def test_unplugged_in_a_session(bench, link):
    bench.call(bench.socket.unplug)
    with pytest.raises(USBError) as gone:
        link.query("*IDN?")
    assert gone.value.errno == errno.ENODEV
    link.close()
    with pytest.raises(NotListed):
        VisaLink(ADDRESS, bench.via, 5)


def test_unplugged_while_a_read_waits(bench, link):
    bench.at_transfer(3, bench.socket.unplug)  # message, request, read
    with pytest.raises(USBError) as gone:
        link.query("MUTE?")
    assert gone.value.errno == errno.ENODEV


def test_replugged_device_is_another_one(bench, link):
    link.write("VALUE 9")
    before = bench.socket.number
    bench.call(bench.socket.power_cycle)
    assert bench.socket.number > before
    with pytest.raises(USBError):
        link.query("VALUE?")
    with opened(bench) as fresh:
        assert fresh.query("VALUE?") == "0"
        assert link.stale


def test_endless_timeout(link):
    link._resource.timeout = None  # pyvisa-py then says 2**32 - 1 ms
    assert link.query("*IDN?") == "TOY,2281S,4381218,1.0"


def test_failed_open_frees_the_device(bench):
    device = bench.socket.device
    capabilities = device._class

    def refuse(request, value):
        raise Stall

    device._class = refuse
    try:
        VisaLink(ADDRESS, bench.via, 5)
    except USBError as error:
        number = error.errno
    assert number == errno.EPIPE
    device._class = capabilities
    with opened(bench) as link:
        assert link.query("*IDN?") == "TOY,2281S,4381218,1.0"

"""pyvisa-py through our pyusb backend to the simulated USB: real sockets, in both directions the real libraries."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import threading

import pytest
from pyvisa.errors import VisaIOError
from usb.core import USBError

from lager_drivers.simulated.usbip import Bus
from lager_drivers.simulated.usbtmc import Stall
from lager_hwservice.transports.visa import VisaLink

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


@pytest.mark.parametrize("length", [499, 500, 501, 20479, 20480, 100_000, (1 << 17) - 1, 1 << 17, 300_000])
def test_long_answers_come_whole(link, length):
    assert link.query(f"DATA? {length}") == "".join(chr(65 + n % 26) for n in range(length))
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
    with pytest.raises(ValueError, match="No device") as missing:
        VisaLink("USB0::0x05E6::0x2281::1::INSTR", bench.via, 5)
    assert type(missing.value) is ValueError


def test_nobody_serves(bench):
    bench.call(lambda: asyncio.ensure_future(bench.bus.close()))
    with pytest.raises(ValueError, match="No device"):
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
        bench.call(bench.socket.hold)
        bench.at_transfer(5, bench.socket.release)  # message, request, read, unlink, abort
        with pytest.raises(VisaIOError):
            link.query("*IDN?")
    with opened(bench) as link:
        assert link.query("VALUE?") == "0"
        assert link.query("DATA? 3") == "ABC"


def test_clear_at_open_forgets_an_unread_answer(bench):
    with opened(bench) as link:
        link.write("*IDN?")
    with opened(bench) as link:
        link.write("VALUE 2")
        assert link.query("VALUE?") == "2"


def test_unplugged_in_a_session(bench, link):
    bench.call(bench.socket.unplug)
    with pytest.raises(ValueError) as gone:  # noqa: PT011  # pyvisa-py's way to say it; the cause is what counts
        link.query("*IDN?")
    assert gone.value.__context__.errno == errno.ENODEV
    link.close()
    with pytest.raises(ValueError, match="No device"):
        VisaLink(ADDRESS, bench.via, 5)


def test_unplugged_while_a_read_waits(bench, link):
    bench.at_transfer(3, bench.socket.unplug)  # message, request, read
    with pytest.raises(USBError) as gone:
        link.query("MUTE?")
    assert gone.value.errno == errno.ENODEV


def test_replugged_device_is_another_one(bench, link):
    link.write("VALUE 9")
    before = bench.socket.number
    bench.call(bench.socket.plug)
    assert bench.socket.number > before
    with pytest.raises(ValueError):  # noqa: PT011
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

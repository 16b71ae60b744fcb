"""An answer that comes too late is nobody's: the worker's session on the simulated USB, with everything real below."""

import asyncio
import threading
from functools import partial

import pytest
import pyvisa
import usb.backend.libusb1

from lager import wire
from lager_drivers.simulated.usbip import Bus
from lager_hwservice.sessions import Session
from lager_hwservice.transports.visa import VisaLink
from lager_hwservice.worker import Instrument, Limits, Worker

ADDRESS = "USB0::0x05E6::0x2281::4381218::INSTR"
TIMEOUT = 0.2  # s


class Toy:
    """An instrument whose answers can be told apart."""

    vendor, product = 0x05E6, 0x2281
    strings = ("Keithley Instruments Inc.", "Series 2281S", "4381218")

    def __init__(self):
        self.heard = []

    def power_cycle(self):
        """Nothing to lose."""

    def handle(self, line):
        self.heard.append(line)
        return {"VOLT?": "1.5", "CURR?": "0.25"}.get(line)


class Channel:
    """A driver without a repetition of its own."""

    def __init__(self, link):
        self._link = link

    def channel(self, role, pin):
        return self

    def voltage(self):
        return float(self._link.query("VOLT?"))

    def current(self):
        return float(self._link.query("CURR?"))

    def set_voltage(self, volts):
        self._link.query("VOLT?")


@pytest.fixture
def toy():
    """A worker and the simulated instrument it is for."""
    real = usb.backend.libusb1.get_backend
    loop, toy = asyncio.new_event_loop(), Toy()
    bus = Bus([toy])
    port = loop.run_until_complete(bus.listen())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    troubles = (OSError, ValueError, pyvisa.errors.Error)
    session = Session(partial(VisaLink, ADDRESS, f"usbip://127.0.0.1:{port}", TIMEOUT), Channel, troubles)
    toy.worker = Worker(Instrument("K", ADDRESS), session, Limits())
    mischief = bus.port_of("4381218").mischief
    toy.delay = lambda seconds: asyncio.run_coroutine_threadsafe(_delay(mischief, seconds), loop).result(10)
    yield toy
    session.drop()
    usb.backend.libusb1.get_backend = real
    asyncio.run_coroutine_threadsafe(bus.close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def _delay(mischief, seconds):
    mischief.delay = seconds


def ask(toy, method, *args):
    return toy.worker.answer(wire.Call(1, "supply1", "power-supply", "1", method, list(args)))


def test_the_answer_to_an_earlier_question_is_never_given_to_a_later_one(toy):
    assert ask(toy, "voltage") == wire.Answer(1, 1.5)
    toy.delay(TIMEOUT * 3)
    assert ask(toy, "voltage").error.code == "instrument-silent"
    assert toy.heard.count("VOLT?") == 3  # once more on a fresh session, and no more
    toy.delay(0.0)
    assert ask(toy, "current") == wire.Answer(1, 0.25)
    assert ask(toy, "voltage") == wire.Answer(1, 1.5)


def test_an_answer_that_is_said_while_the_next_question_is_asked(toy):
    toy.delay(TIMEOUT * 1.5)
    assert ask(toy, "voltage").error.code == "instrument-silent"
    toy.delay(TIMEOUT * 0.6)  # the late one comes before this one
    assert ask(toy, "current") == wire.Answer(1, 0.25)
    toy.delay(0.0)
    assert [ask(toy, method).value for method in ("current", "voltage") * 5] == [0.25, 1.5] * 5


def test_a_write_whose_answer_is_late_is_not_sent_again(toy):
    toy.delay(TIMEOUT * 3)
    failed = ask(toy, "set_voltage", 3)
    assert failed.error.code == "instrument-silent"
    assert failed.error.what.endswith("it is not known whether supply1.set_voltage reached it")
    assert toy.heard == ["VOLT?"]
    toy.delay(0.0)
    assert ask(toy, "current") == wire.Answer(1, 0.25)

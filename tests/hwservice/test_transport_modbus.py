"""The Modbus link, to the simulated device's server and to silent ones."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import threading

import pytest

from lager.errors import InstrumentGone
from lager_drivers.modbus import ModbusFault
from lager_drivers.simulated.modbus import ModbusServer
from lager_hwservice.faults import as_error, classify
from lager_hwservice.transports import tcp
from lager_hwservice.transports.modbus import ModbusLink


class Memory:
    def __init__(self):
        self.words = {}

    def read(self, address, count):
        if address == 999:
            raise ModbusFault(2)
        return [self.words.get(address + n, 0) for n in range(count)]

    def write(self, address, words):
        if address == 999:
            raise ModbusFault(3)
        self.words.update(enumerate(words, address))


@pytest.fixture
def port():
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = ModbusServer(Memory())
    yield asyncio.run_coroutine_threadsafe(server.listen(), loop).result(10)
    asyncio.run_coroutine_threadsafe(server.close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def leaving():
    """A door that lets everybody in, and out again at once."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def turn_away():
            with contextlib.suppress(OSError):  # the door is shut
                while True:
                    door.accept()[0].close()

        thread = threading.Thread(target=turn_away)
        thread.start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.fixture
def silent():
    """A door nobody answers behind."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield door


def opened(port, timeout=5.0):
    return contextlib.closing(ModbusLink("127.0.0.1", port, timeout))


def test_a_device_that_serves_somebody_else_is_told_so(leaving):
    with opened(leaving) as link, pytest.raises(ConnectionResetError) as caught:
        link.read(1, 1)
    told = as_error(classify(caught.value), caught.value, "T7 at A")
    assert (type(told), told.what) == (InstrumentGone, "the T7 at A is not there (it closed the connection)")
    assert "no other program is connected" in told.hint


def test_write_and_read(port):
    with opened(port) as link:
        link.write(1000, [0x4048, 0xF5C3])
        assert link.read(1000, 2) == [0x4048, 0xF5C3]
        link.write(1000, (1,))
        assert link.read(1000, 1) == [1]


def test_refusals_leave_the_link_open(port):
    with opened(port) as link:
        with pytest.raises(ModbusFault) as refused:
            link.read(999, 1)
        assert refused.value.code == 2
        with pytest.raises(ModbusFault) as refused:
            link.write(999, [1])
        assert refused.value.code == 3
        assert link.read(1, 1) == [0]


def test_several_links(port):
    with opened(port) as one, opened(port) as other:
        one.write(5, [55])
        assert other.read(5, 1) == [55]


def test_nobody_listens(silent):
    port = silent.getsockname()[1]
    silent.close()
    with pytest.raises(ConnectionRefusedError):
        ModbusLink("127.0.0.1", port, 1)


def test_no_answer_closes_the_link(silent):
    with opened(silent.getsockname()[1], timeout=0.05) as link:
        with pytest.raises(TimeoutError) as late:
            link.read(1, 1)
        assert late.value.errno == errno.ETIMEDOUT
        with pytest.raises(ConnectionError):  # never again on this link: the answer may still come
            link.read(1, 1)


def test_one_answer_is_waited_for_as_long_as_its_caller_says(silent, port):
    with opened(silent.getsockname()[1], timeout=60) as link, pytest.raises(TimeoutError):
        link.read(0, 1, 0.02)
    with opened(port, timeout=0.0001) as link:
        assert link.read(1, 1, 5.0) == [0]


def test_device_closes(silent):
    with opened(silent.getsockname()[1]) as link:
        silent.accept()[0].close()
        with pytest.raises(ConnectionError):
            link.read(1, 1)
        with pytest.raises(ConnectionError):
            link.write(1, [1])


def test_who_listens_is_present(silent):
    port = silent.getsockname()[1]
    assert tcp.answers("127.0.0.1", port)
    silent.close()
    assert not tcp.answers("127.0.0.1", port)

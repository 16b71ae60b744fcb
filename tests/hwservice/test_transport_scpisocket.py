"""The link to a raw SCPI socket, to a simulated instrument's server and to doors with something else behind."""

import asyncio
import contextlib
import errno
import socket
import threading

import pytest

from lager.errors import InstrumentGone
from lager_drivers import blocks
from lager_drivers.simulated.scpi_socket import ScpiSocket
from lager_hwservice.faults import Fault, as_error, classify
from lager_hwservice.transports.scpisocket import ScpiSocketLink

LARGE = bytes(range(256)) * 4000  # it holds line ends, too


class Scope:
    def __init__(self):
        self.written = []

    def handle(self, line):
        answers = {"*IDN?": "MAKER,SCOPE,1,1.0", "DATA?": blocks.block(LARGE).decode("latin-1"), "TWO?": "1\n2"}
        answers |= {"BAD?": "#x", "WORD?": "none", "SHORT?": "#15abc"}
        if not line.endswith("?"):
            self.written.append(line)
        return answers.get(line)

    def power_cycle(self):
        pass


class Served:
    """A server in a thread."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.scope = Scope()
        self.server = ScpiSocket(self.scope)
        self.port = self.do(self.server.listen())

    def do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def unplug(self):
        self.server.unplug()

    def close(self):
        self.do(self.server.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture
def served():
    one = Served()
    yield one
    one.close()


@pytest.fixture
def door():
    """A door nobody answers behind."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def opened(port, timeout=5.0, **more):
    return contextlib.closing(ScpiSocketLink("127.0.0.1", port, timeout, **more))


def test_an_instrument_that_serves_somebody_else_is_told_so(served):
    served.server.hold()
    with opened(served.port) as link, pytest.raises(ConnectionResetError) as caught:
        link.query("*IDN?")
    told = as_error(classify(caught.value), caught.value, "K at A")
    assert (type(told), told.what) == (InstrumentGone, "the K at A is not there (it closed the connection)")
    assert "no other program is connected" in told.hint


def test_lines_go_out_and_answers_come_back(served):
    with opened(served.port) as link:
        link.write(":CHAN1:DISP ON")
        assert link.query("*IDN?") == "MAKER,SCOPE,1,1.0"
        assert served.scope.written == [":CHAN1:DISP ON"]
        assert link.query_block("DATA?") == LARGE
        assert link.query("*IDN?") == "MAKER,SCOPE,1,1.0"
        assert not link.lost()


@pytest.mark.parametrize("ask", ["BAD?", "WORD?"])
def test_what_is_no_block_is_said_by_number(served, ask):
    with opened(served.port) as link:
        with pytest.raises(OSError, match="is no block") as caught:
            link.query_block(ask)
        assert (caught.value.errno, classify(caught.value)) == (errno.EBADMSG, Fault.GARBLED)
        assert link.lost()


def test_more_than_an_answer_is_not_taken_for_one(served):
    with opened(served.port) as link, pytest.raises(OSError, match="after the answer") as caught:
        link.query("TWO?")
    assert classify(caught.value) is Fault.GARBLED


def test_silence_ends_the_link(served):
    with opened(served.port, 0.1) as link:
        for ask in (lambda: link.query("NOTHING?"), lambda: link.query("*IDN?"), lambda: link.write("C 1")):
            with pytest.raises(OSError) as caught:  # noqa: PT011  # told apart below
                ask()
            assert classify(caught.value) in (Fault.SLOW, Fault.GONE)
        assert link.lost()
    with opened(served.port, 0.1) as link, pytest.raises(TimeoutError) as caught:
        link.query_block("SHORT?")
    assert caught.value.errno == errno.ETIMEDOUT


def test_one_question_may_be_waited_for_as_long_as_its_caller_says(served):
    with opened(served.port, 5.0) as link:
        assert link.query("*IDN?", 1.0) == "MAKER,SCOPE,1,1.0"
        with pytest.raises(TimeoutError):
            link.query("NOTHING?", 0.02)
        assert link.timeout == 5.0
    with opened(served.port, 0.001) as link:
        assert link.query("*IDN?", 5.0) == "MAKER,SCOPE,1,1.0"


def test_unplugged_it_is_lost_and_then_refused(served):
    with opened(served.port) as link:
        assert link.query("*IDN?")
        served.do(served.unplug())
        with pytest.raises(ConnectionError) as caught:
            link.query("*IDN?")
        assert classify(caught.value) is Fault.GONE
    with pytest.raises(ConnectionRefusedError):
        opened(served.port)


def test_an_end_in_the_middle_of_an_answer_is_no_silence(door):
    with opened(door.getsockname()[1]) as link:
        there, _ = door.accept()
        there.sendall(b"1.2")
        there.shutdown(socket.SHUT_WR)
        with pytest.raises(ConnectionResetError):
            link.query("V?")
        there.close()


def test_what_comes_between_two_calls_is_the_end_of_the_link(door):
    with opened(door.getsockname()[1]) as link:
        there, _ = door.accept()
        with there:
            assert not link.lost()
        while not link.lost():
            pass


def test_closing_it_is_told_once_for_each_time(served):
    told = []
    with opened(served.port, closed=lambda: told.append("closed")) as link:
        link.close()
    assert told  # whoever has the lock may let go of it more than once
    with pytest.raises(ConnectionAbortedError):
        link.write("C 1")

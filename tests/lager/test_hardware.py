"""The way to the bench, as a script has it, with workers that do what the test says."""

import contextvars
import socket
import threading
import warnings

import pytest

from lager import errors, hardware, wire
from lager.evaluation import evaluating
from lager.hardware import Hardware
from lager.lines import Lines
from lager.proxies import PROXIES

NET = wire.NetRecord("supply1", "power-supply", "K", "A", "1")
DIE, UNREAD = "die", "die with it unread"


class Scripted:
    """Workers, each on a socket of its own: each answers its calls by its script, and then is the next one's turn."""

    def __init__(self, folder, *scripts):
        self.calls = []
        self.complaints = []
        self._sockets = []
        self._threads = []
        self._at = 0
        for n, script in enumerate(scripts):
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(str(folder / f"{n}"))
            listener.listen()
            self._sockets.append(str(folder / f"{n}"))
            self._threads.append(threading.Thread(target=self._serve, args=(listener, script), daemon=True))
            self._threads[-1].start()
        self.hardware = Hardware(self.locate, "the test", examine=self._examine)

    def locate(self, name, role):
        return wire.Located(0, self._sockets[min(self._at, len(self._sockets) - 1)], NET)

    def _examine(self, path):
        self.complaints.append(path)
        return False

    def _serve(self, listener, script):
        connected, _ = listener.accept()
        listener.close()
        link = Lines.over(connected)
        for does in script:
            if does is UNREAD:
                link.look(wire.WorkerRequest)
                break
            call = link.receive(wire.WorkerRequest)
            self.calls.append(call)
            if does is DIE:
                break
            link.send(does(call))
        self._at += 1
        link.close()

    def call(self, method="voltage", *args):
        return self.hardware.ask("supply1", "power-supply", method, args)

    def close(self):
        self.hardware.close()
        for thread in self._threads:
            thread.join(10)


@pytest.fixture
def scripted(tmp_path):
    made = []

    def make(*scripts):
        made.append(Scripted(tmp_path, *scripts))
        return made[-1]

    yield make
    for one in made:
        one.close()


def answers(value, restarted=0.0, notice=""):
    return lambda call: wire.Answer(call.id, value, restarted, notice)


def retires(call):
    return wire.Retired(call.id)


@pytest.mark.parametrize("method", ["voltage", "set_voltage"])
@pytest.mark.parametrize("first", [[UNREAD], [retires]])
def test_what_was_not_done_is_done_by_the_next_worker(scripted, first, method):
    workers = scripted(first, [answers(3.3)])
    assert workers.call(method, *([] if method == "voltage" else [3])).value == 3.3


def test_a_read_is_repeated_once_and_no_more(scripted):
    workers = scripted([DIE], [answers(3.3)])
    assert workers.call().value == 3.3
    assert len(workers.calls) == 2
    workers.hardware.close()


def test_a_read_of_which_two_workers_die_is_told(scripted):
    workers = scripted([DIE], [DIE], [answers(3.3)])
    with pytest.raises(errors.InstrumentError, match="and the next one as well"):
        workers.call()
    assert workers.call().value == 3.3


def test_a_write_that_may_have_arrived_is_never_repeated(scripted):
    workers = scripted([DIE], [answers(None)])
    with pytest.raises(errors.InstrumentError, match="it is not known whether that reached the instrument"):
        workers.call("set_voltage", 3)
    assert len(workers.calls) == 1
    assert workers.call("set_voltage", 3).value is None


def test_an_instrument_that_leaves_again_and_again_is_gone(scripted):
    workers = scripted([retires], [retires], [retires], [answers(3.3)])
    with pytest.raises(errors.InstrumentGone, match="again and again"):
        workers.call()
    assert len(workers.calls) == 3
    assert workers.call().value == 3.3


def test_the_answer_to_another_call_is_nobodys(scripted):
    workers = scripted([lambda call: wire.Answer(call.id - 1, 1.1)], [answers(3.3)])
    assert workers.call().value == 3.3


def test_each_process_says_which_restart_it_knows_of(scripted):
    error = wire.ErrorBody("instrument-restarted", "x", "y")
    workers = scripted(
        [answers(1, 5.0), answers(2, 5.0), lambda call: wire.Failed(call.id, error, 7.0), answers(3, 7.0)]
    )
    workers.call()
    workers.call()
    with pytest.raises(errors.InstrumentRestarted):
        workers.call("set_voltage", 3)
    workers.call("set_voltage", 3)
    assert [call.known_restart for call in workers.calls] == [None, 5.0, 5.0, 7.0]


def test_what_a_console_was_told_its_script_is_told_too(scripted):
    workers = scripted([answers(1, 5.0), answers(2, 7.0), answers(3, 7.0), answers(4, 7.0)])
    workers.call()
    console = contextvars.copy_context()
    console.run(evaluating.set, True)
    console.run(workers.call)
    console.run(workers.call)
    workers.call()
    assert [call.known_restart for call in workers.calls] == [None, 5.0, 7.0, 5.0]


def test_an_answer_that_comes_late_brings_back_no_older_restart(scripted):
    workers = scripted([answers(1, 7.0), answers(2, 5.0), answers(3, 7.0)])
    for _ in range(3):
        workers.call()
    assert [call.known_restart for call in workers.calls] == [None, 7.0, 7.0]


def test_a_notice_is_a_warning_at_the_scripts_own_line(scripted):
    workers = scripted([answers(3.3, 5.0, "the K was switched off and on"), answers(None)])
    supply = PROXIES["power-supply"](NET, workers.hardware)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        assert supply.voltage() == 3.3
        supply.disable()
    (one,) = caught
    assert one.category is errors.InstrumentRestartedWarning
    assert str(one.message) == "the K was switched off and on (noticed at supply1.voltage)"
    assert one.filename == __file__


def test_while_an_answer_does_not_come_the_worker_is_examined(scripted, monkeypatch):
    monkeypatch.setattr(hardware, "_EXAMINED_AFTER", 0.05)
    examined = threading.Event()

    def late(call):
        assert examined.wait(10)
        return wire.Answer(call.id, 3.3)

    workers = scripted([late])
    workers.hardware._examine = lambda path: examined.set()
    assert workers.call().value == 3.3

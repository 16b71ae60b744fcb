"""Connections to a worker, and how they end: real sockets."""

import errno
import threading

import pytest

from lager import wire
from lager.lines import Lines
from lager_hwservice.callers import Callers
from lager_hwservice.listening import listen


class Answering:
    """A worker of few words, which can be held up."""

    def __init__(self, path):
        self.flow, self.reached = threading.Event(), threading.Semaphore(0)
        self.flow.set()
        self.callers = Callers(self._answer)
        self._listener = listen(path)
        self._thread = threading.Thread(target=self.callers.serve, args=(self._listener,))
        self._thread.start()

    def _answer(self, link):
        request = link.look(wire.WorkerRequest)
        self.reached.release()
        assert self.flow.wait(30)
        link.take()
        link.send(wire.Answer(request.id))
        return True

    def close(self):
        self.flow.set()
        self.callers.dismiss(10)
        self._thread.join()
        self._listener.close()


@pytest.fixture
def answering(tmp_path):
    one = Answering(str(tmp_path / "s"))
    one.path = str(tmp_path / "s")
    yield one
    one.close()


def test_who_is_sent_away_has_its_answer_and_can_send_no_more(answering):
    busy, idle = Lines(answering.path, 10), Lines(answering.path, 10)
    idle.send(wire.Describe(1))
    assert idle.receive(wire.Answer).id == 1
    answering.flow.clear()
    assert answering.reached.acquire(timeout=60)
    busy.send(wire.Describe(2))
    assert answering.reached.acquire(timeout=60)
    dismissing = threading.Thread(target=answering.callers.dismiss, args=(30,))
    dismissing.start()
    with pytest.raises(ConnectionError):
        idle.receive(wire.Answer)
    with pytest.raises(BrokenPipeError):
        idle.send(wire.Describe(3))
    answering.flow.set()
    assert busy.receive(wire.Answer).id == 2
    dismissing.join(30)
    with pytest.raises(OSError, match=r".*") as refused:
        Lines(answering.path, 0.2).receive(wire.Answer)
    assert isinstance(refused.value, OSError)
    busy.close()
    idle.close()


def test_one_that_is_stuck_is_not_waited_for(answering):
    stuck = Lines(answering.path, 10)
    answering.flow.clear()
    stuck.send(wire.Describe(1))
    assert answering.reached.acquire(timeout=60)
    answering.callers.dismiss(30, but=1)
    stuck.close()


def test_what_was_only_looked_at_is_known_not_to_be_read(tmp_path):
    listener = listen(str(tmp_path / "t"))
    link = Lines(str(tmp_path / "t"), 10)
    serving = Lines.over(listener.accept()[0])
    link.send(wire.Describe(1))
    assert serving.look(wire.WorkerRequest) == wire.Describe(1)
    assert serving.unread
    serving.close()
    with pytest.raises(ConnectionResetError) as ended:
        link.receive(wire.Answer)
    assert ended.value.errno == errno.ECONNRESET
    link.close()
    listener.close()


def test_what_was_taken_is_not(tmp_path):
    listener = listen(str(tmp_path / "t"))
    link = Lines(str(tmp_path / "t"), 10)
    serving = Lines.over(listener.accept()[0])
    link.send(wire.Describe(1))
    serving.look(wire.WorkerRequest)
    serving.take()
    assert not serving.unread
    serving.close()
    with pytest.raises(ConnectionResetError) as ended:
        link.receive(wire.Answer)
    assert ended.value.errno is None
    link.close()
    listener.close()

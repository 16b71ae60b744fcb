"""Asking through workers that start, retire, hang or die, within one time: real sockets, with scripted workers."""

import asyncio
import contextlib
import threading
from types import SimpleNamespace

import pytest

from lager import errors, wire
from lager_hwservice.diagnosis import told
from lager_hwservice.diagnosis.asking import Asking
from lager_hwservice.workers import Key

USB = "USB0::0x05E6::0x2281::1::INSTR"
HEALTHY = wire.Probed(via="worker", idn="A,B,C,D", matches=True)


def state(session=False):
    return wire.WorkerState(pid=1, session=session, opened=int(session))


class Worker:
    """Answers each request by what its script says: a reply, or nothing at all."""

    def __init__(self, path, probe, described=None):
        self.path, self.probe, self.described = str(path), probe, described or state()
        self.probes = 0

    async def serve(self, reader, writer):
        with contextlib.closing(writer):
            while line := await reader.readline():
                request = wire.from_json(line, wire.WorkerRequest)
                if isinstance(request, wire.Describe):
                    reply = wire.Answer(request.id, self.described)
                else:
                    self.probes += 1
                    reply = self.probe(request) if callable(self.probe) else self.probe
                if reply is None:
                    await asyncio.Event().wait()
                if reply == "dies":
                    return
                writer.write(wire.to_json(reply) + b"\n")


class Workers:
    """The workers of a bench, by address and instrument; `places` are served, ready or not."""

    def __init__(self, workers=(), places=(USB,)):
        self.ready = {Key(USB, f"K{number}", ""): worker.path for number, worker in enumerate(workers)}
        self.places = set(places)
        self.visited = []
        self.visit = None

    def sockets(self):
        return dict(self.ready)

    def serves(self, address):
        return address in self.places

    @contextlib.contextmanager
    def visitor(self, net):
        self.visited.append(net)
        with self.visit() as path:
            yield path


def asked(workers, *scripted, address=USB, within=5.0, then=None):
    async def ask():
        async with contextlib.AsyncExitStack() as stack:
            for worker in scripted:
                server = await asyncio.start_unix_server(worker.serve, worker.path)
                stack.callback(server.close)
            nets = [wire.NetRecord("supply1", "power-supply", "Keithley_2281S", USB, "1")]
            board = SimpleNamespace(bench=SimpleNamespace(nets=nets), workers=workers)
            asking = asyncio.ensure_future(Asking(board, within).ask(address, "lager diagnose"))
            if then is not None:
                await then()
            found = await asking
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            return found

    return asyncio.run(ask())


def test_the_worker_that_has_it_open_is_the_one_that_is_asked(tmp_path):
    idle, has_it = Worker(tmp_path / "a", None), Worker(tmp_path / "b", wire.Answer(1, HEALTHY), state(session=True))
    found = asked(Workers([idle, has_it]), idle, has_it)
    assert (found.probed, found.expected, idle.probes) == (HEALTHY, "Keithley_2281S", 0)


def test_one_that_retires_or_dies_is_asked_again_as_its_successor(tmp_path):
    second = Worker(tmp_path / "b", wire.Answer(1, HEALTHY))
    for last_words in (wire.Retired(1), "dies"):
        first = Worker(tmp_path / f"a{last_words}"[-5:], None)
        workers = Workers([first])

        def probe(_, workers=workers, last_words=last_words):
            workers.ready = {Key(USB, "K", ""): second.path}
            return last_words

        first.probe = probe
        assert asked(workers, first, second).probed == HEALTHY


def test_one_that_is_about_to_start_is_waited_for(tmp_path):
    worker = Worker(tmp_path / "a", wire.Answer(1, HEALTHY))
    workers = Workers()

    async def starts():
        await asyncio.sleep(0)
        workers.ready = {Key(USB, "K", ""): worker.path}

    assert asked(workers, worker, then=starts).probed == HEALTHY


def test_one_that_never_starts_is_said_to_be_that():
    found = asked(Workers(), within=0.1).probed
    assert (found.kind, found.code, found.errno) == ("other", "unreachable", 0)
    assert found.error == "the box's process for it does not start"


def test_an_instrument_in_which_its_worker_is_stuck_is_one_that_does_not_answer(tmp_path):
    stuck = Worker(tmp_path / "a", None, state(session=True))
    found = asked(Workers([stuck]), stuck, within=0.2)
    assert (found.probed.kind, found.probed.errno, found.probed.code) == ("timeout", 110, "instrument-silent")
    assert told.visa(USB, found)["elapsed_ms"] == 200


def test_what_the_worker_itself_fails_at_is_told_as_it_says_it(tmp_path):
    error = wire.ErrorBody.of(errors.Defect("a defect of lager", "the box's log has it"))
    worker = Worker(tmp_path / "a", wire.Failed(1, error))
    found = asked(Workers([worker]), worker).probed
    assert (found.error, found.hint, found.code, found.kind) == (error.what, error.hint, "defect", "other")


@contextlib.contextmanager
def gone():
    raise errors.ServiceUnreachable("it does not start", "see the log")
    yield ""


def test_where_no_worker_can_be_the_bench_is_searched_for_how_to_get_there():
    workers = Workers(places=())
    workers.visit = gone
    assert asked(workers).probed.error == "it does not start"
    assert asked(workers, address="TCPIP0::192.0.2.7::5025::SOCKET").expected == ""
    assert [(net.address, net.instrument) for net in workers.visited] == [
        (USB, ""),
        ("TCPIP0::192.0.2.7::5025::SOCKET", ""),
    ]


def test_a_visit_that_does_not_come_back_is_left_to_itself():
    over = threading.Event()
    workers = Workers(places=())

    @contextlib.contextmanager
    def hangs():
        threading.Timer(0.5, over.set).start()
        assert over.wait(30)
        raise errors.ServiceUnreachable("it does not start", "see the log")
        yield ""

    workers.visit = hangs
    found = asked(workers, within=0.1).probed
    assert (found.kind, found.errno) == ("timeout", 110)
    assert over.wait(30)


@pytest.mark.parametrize("address", ["", "foo", "ASRL1::INSTR", "GPIB0::9::INSTR"])
def test_what_is_no_address_of_an_instrument_here_reaches_no_worker(address):
    workers = Workers(places=())
    found = asked(workers, address=address).probed
    assert (found.code, found.kind, workers.visited) == ("usage", "other", [])

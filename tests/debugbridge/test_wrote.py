"""What a statement writes to an instrument is told; what only reads is not, and the script's own calls are not."""

import contextvars
import socket
import threading

import pytest

from lager import errors, wire
from lager.evaluation import watching
from lager.hardware import Hardware
from lager.lines import Lines
from lager.proxies import PowerSupply

NET = wire.NetRecord("supply1", "power-supply", "K", "A", "1")


@pytest.fixture
def supply(tmp_path):
    """A net whose worker does everything, but for what takes 99 V."""
    path = str(tmp_path / "w")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()

    def serve():
        connected, _ = listener.accept()
        link = Lines.over(connected)
        try:
            while True:
                call = link.receive(wire.WorkerRequest)
                if call.args == [99.0]:
                    link.send(wire.Failed(call.id, wire.ErrorBody("instrument-silent", "no answer", "look")))
                else:
                    link.send(wire.Answer(call.id, 3.3 if call.method in ("voltage",) else None))
        except OSError:
            link.close()

    thread = threading.Thread(target=serve)
    thread.start()
    hardware = Hardware(lambda name, role: wire.Located(0, path, NET), "the test")
    yield PowerSupply(NET, hardware)
    hardware.close()
    listener.close()
    thread.join(20)


def test_writes_of_a_statement_are_told(stop, supply):
    module, bench = stop("supply1 = None\ndef up():\n    supply1.set_voltage(3.3)\nhere()")
    module.supply1 = supply
    assert bench.run("supply1.voltage()") == "3.3\n"
    assert not any(isinstance(one, wire.Wrote) for one in bench.sent)
    bench.run("up()\nsupply1.enable()\nprint('done')")
    wrote = [one for one in bench.sent if isinstance(one, wire.Wrote)]
    assert wrote == [wire.Wrote(2, "supply1.set_voltage(3.3)", "c"), wire.Wrote(2, "supply1.enable()", "c")]
    assert isinstance(bench.sent[2], wire.ConsoleOutput)  # in the order in which it was
    assert "InstrumentSilent" in bench.run("supply1.set_voltage(99)")
    assert [one.call for one in bench.sent if isinstance(one, wire.Wrote)] == [
        "supply1.set_voltage(99.0): InstrumentSilent"
    ]
    bench.run("supply1.set_voltage(float('nan'))")
    assert not any(isinstance(one, wire.Wrote) for one in bench.sent)


def test_of_statements_that_await_too(stop, supply):
    module, bench = stop("import asyncio\nsupply1 = None\nhere()")
    module.supply1 = supply
    bench.run("await asyncio.sleep(0)\nsupply1.disable()")
    assert wire.Wrote(1, "supply1.disable()", "c") in bench.sent


def test_the_scripts_own_calls_are_nobodys_business(stop, supply):
    _, bench = stop("here()")
    del bench.sent[:]
    supply.set_voltage(1)
    assert bench.sent == []


def test_who_watches_knows_of_each_call_before_and_after(supply):
    told = []

    class Watching:
        def begin(self, net, method, args):
            told.append((net, method, list(args)))
            return len(told)

        def end(self, call, reads, error):
            told.append((call, reads, type(error)))

    def work():
        watching.set(Watching())
        supply.voltage()
        supply.set_current(1)
        with pytest.raises(errors.InstrumentSilent):
            supply.set_voltage(99)

    contextvars.copy_context().run(work)
    assert told == [
        ("supply1", "voltage", []),
        (1, True, type(None)),
        ("supply1", "set_current", [1.0]),
        (3, False, type(None)),
        ("supply1", "set_voltage", [99.0]),
        (5, False, errors.InstrumentSilent),
    ]

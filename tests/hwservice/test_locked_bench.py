"""A bench whose box somebody has locked: others read there, and change nothing, whichever way they come."""

import json
import urllib.error
import urllib.request

import pytest
from ownbench import Bench, Served

from lager import boxlock, client, errors, hardware, wire
from lager.evaluation import Pauses, evaluating
from lager.lockfile import LockFile

INSTRUMENTS = {"Keithley_2281S"}  # of the simulated bench
RUN = "4f2a8c1e-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """One service for all."""
    served = Served()
    one = Bench(tmp_path_factory.mktemp("bench"), served.nets())
    one.t7 = served.t7
    yield one
    one.close()
    served.close()


@pytest.fixture
def lock(bench):
    one = LockFile(bench.folder / "state")
    yield one
    one.tell(boxlock.Unlock("", force=True))
    one.tell(boxlock.RunsLive(frozenset()))


@pytest.fixture
def ask(bench):
    """Ask the nets' port, over HTTP."""
    nets = client.Service("", "127.0.0.1", bench.ready["http_port"], bench.token)

    def call(net, role, method, *args, holder=""):
        asked = wire.NetCall(role, method, list(args), "the test", holder=holder)
        return nets.post(f"/nets/{net}/call", asked, wire.NetValue)

    return call


def script(bench, run, holder):
    """The way a script takes, of that run and holder."""
    one = hardware.Hardware(bench.service.locate, "a script", (run, holder), examine=bench.service.examine)
    bench.callers.append(one)
    return one


def test_another_ones_command_is_refused_before_anything_is_sent(bench, lock, ask):
    lock.tell(boxlock.Ask("alice", "user", None))
    written = list(bench.t7.written)
    for holder in ("bob", ""):
        with pytest.raises(errors.BoxLocked, match="the box is locked by alice"):
            ask("dac1", "dac", "output", 1.5, holder=holder)
    assert bench.t7.written == written
    ask("dac1", "dac", "output", 1.5, holder="alice")
    assert len(bench.t7.written) > len(written)


def test_reading_is_for_everybody_and_says_who_has_the_box(lock, ask):
    lock.tell(boxlock.Ask("alice", "user", None))
    read = ask("adc1", "adc", "input", holder="bob")
    assert (read.value, read.notice) == (0.5, "the box is locked by alice; this only reads")
    assert ask("adc1", "adc", "input", holder="alice").notice == ""


def test_a_released_client_is_refused_with_the_status_of_a_lock(bench, lock):
    lock.tell(boxlock.Ask("alice", "user", None))
    body = {"device": "labjack_t7", "function": "output", "args": [1.0], "net_info": {"pin": "DAC0"}}
    port = Port(bench, "hardware_port")
    status, refusal = port("/invoke", body)
    assert (status, refusal["code"]) == (409, "box-locked")
    assert refusal["error"] == "Function call failed: the box is locked by alice"
    assert port("/invoke", body | {"holder": "alice"})[0] == 200


def test_a_paused_run_is_told_to_others_whose_commands_work(lock, ask):
    lock.tell(boxlock.RunGoes(RUN, "alice", "ephemeral", 1800.0))
    with pytest.raises(errors.BoxLocked):
        ask("dac1", "dac", "output", 1.0, holder="bob")
    lock.tell(boxlock.RunPauses(RUN, "alice"))
    assert ask("dac1", "dac", "output", 1.0, holder="bob").notice == "run 4f2a8c1e of alice is paused on this box"
    assert ask("dac1", "dac", "output", 1.0, holder="alice").notice == ""


def test_a_script_whose_run_was_thrown_out_changes_nothing(bench, lock):
    mine = script(bench, RUN, "alice")
    lock.tell(boxlock.RunGoes(RUN, "alice", "ephemeral", 1800.0))
    mine.call("dac1", "dac", "output", [1.0])
    lock.tell(boxlock.Unlock("bob", force=True))
    mine.call("dac1", "dac", "output", [1.0])  # nobody has it
    lock.tell(boxlock.Ask("bob", "user", None))
    written = list(bench.t7.written)
    with pytest.raises(errors.BoxLocked, match="bob"):
        mine.call("dac1", "dac", "output", [2.0])
    assert bench.t7.written == written
    assert mine.call("adc1", "adc", "input") == 0.5


def test_a_paused_script_goes_on_in_its_other_threads_and_its_console_counts_as_its_user(bench, lock):
    mine = script(bench, RUN, "alice")
    lock.tell(boxlock.RunGoes(RUN, "alice", "ephemeral", 1800.0))
    lock.tell(boxlock.RunPauses(RUN, "alice"))
    lock.tell(boxlock.Ask("bob", "user", None))
    mine.call("dac1", "dac", "output", [1.0])
    token = evaluating.set(True)
    try:
        with pytest.raises(errors.BoxLocked, match="bob"):
            mine.call("dac1", "dac", "output", [2.0])
    finally:
        evaluating.reset(token)


def test_a_script_is_not_shut_out_by_its_own_user(bench, lock):
    lock.tell(boxlock.Ask("alice", "user", None))
    script(bench, RUN, "alice").call("dac1", "dac", "output", [1.0])


class Port:
    """Endpoints of one port, with what status they answer."""

    def __init__(self, bench, port="http_port"):
        self._url = f"http://127.0.0.1:{bench.ready[port]}"
        self._headers = {"Authorization": f"Bearer {bench.token}"}

    def __call__(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self._url + path, data, self._headers)) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)


def test_the_port_of_the_nets_serves_the_same_lock(bench, lock):
    port = Port(bench)
    assert port("/lock") == (200, {"locked": False})
    status, said = port("/lock", {"user": "root", "holder_type": "ephemeral", "ttl_seconds": 1800})
    assert (status, said["user"], lock.now().user) == (200, "root", "root")
    assert port("/lock/heartbeat", {"user": "root"})[0] == 200
    assert port("/lock/heartbeat", {"user": "bob"})[0] == 403
    status, refusal = port("/lock", {"user": "bob"})
    assert (status, refusal["error"], refusal["lock"]["user"]) == (409, "Box is locked by root", "root")
    assert port("/lock", {})[1]["error"] == "user is required"
    assert port("/unlock", {"user": "root"}) == (200, {"locked": False, "message": "Box unlocked"})
    lock.tell(boxlock.RunGoes(RUN, "alice", "ephemeral", 1800.0))  # as the runner does
    assert port("/lock")[1]["runs"] == [RUN]


def test_who_only_reads_does_not_take_the_instrument_into_another_role(simulated):
    lock = LockFile(simulated.folder / "state")
    mine, theirs = script(simulated, RUN, "alice"), script(simulated, "", "bob")
    mine.call("supply1", "power-supply", "set_voltage", [3.3])
    lock.tell(boxlock.Ask("alice", "user", None))
    said = r"locked by alice; the Keithley_2281S at .* battery1\.terminal_voltage would have made it a battery"
    with pytest.raises(errors.BoxLocked, match=said):
        theirs.call("battery1", "battery", "terminal_voltage")
    assert theirs.call("supply1", "power-supply", "get_voltage_setpoint") == 3.3


def test_a_script_whose_pause_has_just_ended_is_no_exception_any_more(bench, lock, monkeypatch):
    pauses = Pauses()
    monkeypatch.setattr(hardware, "pauses", pauses)
    mine = script(bench, RUN, "alice")
    lock.tell(boxlock.RunPauses(RUN, "alice"))
    lock.tell(boxlock.Ask("bob", "user", None))
    pauses.began("one")
    mine.call("dac1", "dac", "output", [1.0])
    pauses.ended("one")
    with pytest.raises(errors.BoxLocked, match="bob"):  # whether or not the runner has heard of it
        mine.call("dac1", "dac", "output", [2.0])

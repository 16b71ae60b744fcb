"""Safe states: what they are, and that they are reached, proven, and waited for."""

import itertools
import threading
import time

import pytest
from ownbench import Bench, Served

from lager import boxlock, errors, wire
from lager.lockfile import LockFile
from lager.netowners import Owned, Owners
from lager_drivers.labjack_t7 import registers as at
from lager_hwservice import safestates
from lager_hwservice.safelog import Pending, SafeLog


@pytest.mark.parametrize(
    ("role", "given", "calls", "proof", "good", "bad"),
    [
        ("power-supply", {"output": "off"}, (("disable", ()),), "output_is_enabled", False, True),
        ("battery", {"output": "off"}, (("disable", ()),), "output_is_enabled", False, None),
        ("eload", {"input": "off", "order": 1}, (("disable", ()),), "output_is_enabled", False, 0.0),
        ("gpio", {"level": 1}, (("output", (1,)),), "input", 1, 0),
        ("dac", {"voltage": 1.5}, (("output", (1.5,)),), "get_voltage", 1.52, 1.6),
    ],
)
def test_how_a_net_gets_there_and_what_proves_it(role, given, calls, proof, good, bad):
    net = wire.NetRecord("n", role, "I", safe=safestates.understood(role, given))
    plan = safestates.plan(net)
    assert (plan.calls, plan.proof) == (calls, proof)
    assert plan.proves(good)
    assert not plan.proves(bad)


@pytest.mark.parametrize(
    ("role", "hint"),
    [
        ("battery", "give it one: lager nets set-safe n --output off"),
        ("eload", "give it one: lager nets set-safe n --input off"),
        ("dac", "give it one: lager nets set-safe n --voltage 0"),
        ("gpio", "give it one: lager nets set-safe n --level 0"),
        ("thermocouple", "leave it out: a net of type thermocouple drives nothing"),
    ],
)
def test_one_that_has_none_is_told_which_it_could_have(role, hint):
    assert safestates.none_of(wire.NetRecord("n", role, "I")).hint == hint


@pytest.mark.parametrize(
    ("role", "given"),
    [
        ("power-supply", {"output": "on"}),
        ("power-supply", {"output": "off", "voltage": 3}),
        ("power-supply", {"input": "off"}),
        ("power-supply", {"order": 1}),
        ("power-supply", {"output": "off", "speed": 1}),
        ("power-supply", "off"),
        ("power-supply", []),
        ("gpio", {"level": 2}),
        ("gpio", {"level": True}),
        ("dac", {"voltage": float("inf")}),
        ("dac", {"voltage": "0"}),
        ("dac", {"voltage": 0, "order": float("nan")}),
        ("adc", {"voltage": 0}),
    ],
)
def test_what_is_no_safe_state(role, given):
    with pytest.raises(errors.UsageError) as caught:
        safestates.understood(role, given)
    assert caught.value.hint


def test_the_order():
    def net(name, order=None):
        return wire.NetRecord(name, "gpio", "I", safe=wire.SafeState(level=0, order=order))

    nets = [net("last"), net("b", 2), net("a", -1.5), net("b2", 2), net("last2")]
    assert [[one.name for one in group] for group in safestates.in_order(nets)] == [
        ["a"],
        ["b", "b2"],
        ["last", "last2"],
    ]


def test_a_net_is_touched_by_whatever_name_its_terminals_have():
    safe = wire.SafeState(output="off")
    nets = [
        wire.NetRecord("supply1", "power-supply", "K", "TCPIP0::a::5025::SOCKET", "1", safe=safe),
        wire.NetRecord("battery1", "battery", "K", "tcpip0::A::5025::SOCKET", "CH1"),
        wire.NetRecord("supply2", "power-supply", "K", "TCPIP0::A::5025::SOCKET", "2", safe=safe),
    ]
    place = safestates.place(nets[0])
    assert safestates.touched(nets, [Owned("battery1", "r")]) == ["supply1"]
    assert safestates.touched(nets, [Owned("supply2", "r"), Owned("gone", "r")]) == ["supply2"]
    assert safestates.touched(nets, [Owned("its old name", "r", place)]) == ["supply1"]
    assert safestates.touched(nets, [Owned("supply2", "r", place)]) == ["supply1"], "the name is another's now"
    assert safestates.touched(nets, [Owned("supply2", "r", "its old port")]) == ["supply2"]
    assert [one.name for one in safestates.siblings(nets, nets[0])] == ["battery1"]


def test_whose_a_net_is_outlives_who_has_noted_it(tmp_path):
    noted = Owners(tmp_path / "owners")
    assert (noted.run_of("n"), noted.every()) == ("", [])
    for net, run in [("n", "r1"), ("ü/..", "r1"), ("n", "r1"), ("n", "r2"), ("x" * 100, "r1")]:
        noted.changes(net, run)
    later = Owners(tmp_path / "owners")
    assert (later.run_of("n"), sorted(one.net for one in later.of("r1"))) == ("r2", ["x" * 100, "ü/.."])
    later.changes("n", "r3", "p 1")
    later.changes("n by another name", "r4", "p 1")
    assert [later.run_of(*one) for one in [("n", "p 1"), ("n", "p 2"), ("m", "p 1"), ("m", "p 2")]] == [
        "r4",
        "r2",
        "r4",
        "",
    ]
    for run in ("r3", "r4"):
        later.forget(run)
    (tmp_path / "owners" / "broken.json").write_text('{"net": "n')
    later.forget("r1")
    assert [one.net for one in later.every()] == ["n"]


def test_a_net_is_its_first_runs_again_when_another_has_ended(tmp_path):
    noted = Owners(tmp_path / "owners")
    for run in ("long", "short"):
        noted.changes("n", run, "p 1")
    assert noted.run_of("n", "p 1") == "short"
    noted.forget("short")
    assert [one.run for one in noted.every()] == ["long"]
    for run in ("long", "short", "long"):
        noted.changes("n", run, "p 1")
    noted.forget("short")
    noted.forget("long")
    assert noted.every() == []
    for run in ("killed", "next"):
        noted.changes("n", run, "p 1")
    noted.forget("killed")  # it had lost it, and does not get it back
    noted.forget("next")
    assert noted.every() == []


def test_the_log_stays_small_and_a_broken_line_hides_no_other(tmp_path):
    clock = itertools.count()
    kept = SafeLog(tmp_path, lambda: next(clock))
    made = wire.MadeSafe("n" * 1000, "gpio", "safe", "level 0", 0)
    for _ in range(400):
        kept.add(made, "why", "")
    path = tmp_path / "safing.jsonl"
    assert path.stat().st_size < 300_000
    with path.open("ab") as file:
        file.write(b'{"time":\n')
    kept.add(made, "why", "")
    assert [one.time for one in kept.events(3)] == [399, 400]
    pending = Pending("n", "gpio", "why", "", "", 1.0)
    kept.keep([pending])
    assert SafeLog(tmp_path).waiting() == [pending]
    kept.keep([])
    assert SafeLog(tmp_path).waiting() == []


class Desk:
    """A service, and an instrument that can be taken away and brought back."""

    def __init__(self, folder):
        self.served = Served()
        safe = {"dac1": wire.SafeState(voltage=0.0, order=2), "gpio1": wire.SafeState(level=0, order=1)}
        nets = [wire.NetRecord(one.name, one.role, one.instrument, one.address, one.pin, safe=safe.get(one.name))
                for one in self.served.nets()]  # fmt: skip
        self.bench = Bench(folder, nets)
        self.service, self.state = self.bench.service, folder / "state"

    def make_safe(self, *nets, **more):
        return self.service.make_safe(wire.MakeSafe(1, list(nets), **more))

    def set(self, volts, level=1, run=""):
        caller = self.bench.another_caller("a script")
        caller._run = run  # as the environment of a run says it
        caller.call("dac1", "dac", "output", [volts])
        caller.call("gpio1", "gpio", "output", [level])

    def volts(self):
        return self.bench.hardware.call("dac1", "dac", "get_voltage")

    def until(self, condition, within=60):
        """Wait for what the keeper is about to do: its files tell nobody."""
        end, pause = time.monotonic() + within, threading.Event()
        while not condition() and time.monotonic() < end:
            pause.wait(0.02)
        return condition()

    def close(self):
        self.bench.close()
        self.served.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    one = Desk(tmp_path_factory.mktemp("safe"))
    yield one
    one.close()


def test_the_bench_is_made_safe_in_order_and_read_back(desk):
    desk.set(3.0)
    made = desk.make_safe(why="the test")
    assert [(one.net, one.state, one.wanted, one.read) for one in made] == [
        ("gpio1", "safe", "level 0", 0),
        ("dac1", "safe", "voltage 0 V", 0.0),
    ]
    assert desk.volts() == 0
    logged = SafeLog(desk.state).events(2)
    assert [(one.why, one.made) for one in logged] == [("the test", one) for one in made]


def test_one_that_is_named_and_one_that_cannot_be(desk):
    desk.set(3.0)
    before = len(desk.served.t7.written)
    assert [one.net for one in desk.make_safe("dac1")] == ["dac1"]
    assert desk.served.t7.written[before:] == [at.DAC], "nothing else was written"
    with pytest.raises(errors.NetNotFound):
        desk.make_safe("dac1", "nope")
    with pytest.raises(errors.UsageError) as caught:
        desk.make_safe("adc1")
    assert caught.value.what == "adc1 has no safe state, and nothing was changed"


def test_of_a_run_what_it_has_changed_and_nobody_has_since(desk):
    desk.set(3.0, run="run-1")
    caller = desk.bench.another_caller("another script")
    caller._run = "run-2"
    caller.call("dac1", "dac", "output", [2.0])
    caller.call("gpio1", "gpio", "input")  # which makes nothing one's own
    assert [one.net for one in desk.make_safe(run="run-1", force=True)] == ["gpio1"]
    assert desk.volts() == 2.0
    assert desk.make_safe(run="run-1", force=True) == [], "it was done"
    assert [one.net for one in desk.make_safe(run="run-2", force=True)] == ["dac1"]


def test_a_net_that_was_renamed_meanwhile_is_made_safe_by_its_new_name(desk):
    desk.set(3.0, run="run-7")
    desk.service.change(wire.RenameNet(1, "dac1", "probe"))
    try:
        assert [(one.net, one.state) for one in desk.make_safe(run="run-7", force=True)] == [
            ("gpio1", "safe"),
            ("probe", "safe"),
        ]
    finally:
        desk.service.change(wire.RenameNet(1, "probe", "dac1"))
    assert desk.volts() == 0


def test_whoever_has_the_box_a_run_of_another_is_made_safe_and_nobody_else_is_disturbed(desk):
    lock = LockFile(desk.state)
    desk.set(3.0, run="run-3")
    lock.tell(boxlock.RunGoes("run-9", "bob", wire.EPHEMERAL, 60))
    try:
        with pytest.raises(errors.BoxLocked):
            desk.make_safe("dac1", holder="alice")
        assert desk.volts() == 3.0
        assert {one.state for one in desk.make_safe(run="run-3", force=True)} == {"safe"}
    finally:
        lock.tell(boxlock.RunFree("run-9"))
    assert desk.volts() == 0


def test_an_instrument_that_was_away_is_made_safe_when_it_is_back_also_by_the_next_service(desk):
    desk.set(3.0, run="run-4")
    port = desk.served.port
    desk.served.close()
    made = desk.make_safe(run="run-4", force=True, why="run 4 was lost")
    assert {(one.net, one.state) for one in made} == {("gpio1", "waits"), ("dac1", "waits")}
    assert all(one.error.code.startswith("instrument") for one in made)
    assert {one.net for one in SafeLog(desk.state).waiting()} == {"gpio1", "dac1"}
    desk.bench.process.kill()
    desk.served = Served(port)
    desk.served.t7.write(at.DAC, [0x4040, 0])  # 3 V: an instrument keeps what it was set to
    desk.bench.start()
    assert desk.until(lambda: not SafeLog(desk.state).waiting())
    assert desk.volts() == 0
    last = SafeLog(desk.state).events(2)
    assert {(one.made.net, one.made.state, one.run, one.why) for one in last} == {
        ("gpio1", "safe", "run-4", "run 4 was lost"),
        ("dac1", "safe", "run-4", "run 4 was lost"),
    }


def test_what_another_run_uses_meanwhile_is_let_be(desk):
    port = desk.served.port
    desk.set(3.0, run="run-5")
    desk.served.close()
    desk.make_safe(run="run-5", force=True)
    dac1 = next(one for one in desk.bench.service.nets() if one.name == "dac1")
    Owners(desk.state / "owners").changes("dac1", "run-6", safestates.place(dac1))
    assert desk.until(lambda: [one.net for one in SafeLog(desk.state).waiting()] == ["gpio1"])
    desk.served = Served(port)
    desk.served.t7.write(at.DAC, [0x4040, 0])
    assert desk.until(lambda: not SafeLog(desk.state).waiting())
    assert desk.volts() == 3.0


def test_a_pause_does_not_wait_for_an_instrument(desk):
    desk.served.close()
    made = desk.make_safe("dac1", keep_on=False)
    assert [one.state for one in made] == ["failed"]
    assert SafeLog(desk.state).waiting() == []
    desk.served = Served()

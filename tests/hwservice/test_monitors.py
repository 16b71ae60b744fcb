"""Watching nets: in one process over real sockets, and through the whole service over HTTP."""

import contextlib
import http.client
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from ownbench import Bench, Served

from lager import errors, wire
from lager.lines import Lines
from lager_hwservice.claims import Claims
from lager_hwservice.monitors import Monitors


class Watchers:
    """Monitors, and those who are connected to them."""

    def __init__(self, answer):
        self.monitors = Monitors("Keithley_2281S", True, answer)
        self.refusals = []
        self._threads = []
        self._ends = []

    def join(self, interval=0.1, role="power-supply", net="supply1"):
        ours, theirs = socket.socketpair()
        ours.settimeout(10)
        self._ends.append(ours)
        request = wire.Watch(7, net, role, "1", interval, "the test")
        self._threads.append(threading.Thread(target=self._serve, args=(theirs, request)))
        self._threads[-1].start()
        return Lines.over(ours)

    def _serve(self, theirs, request):
        link = Lines.over(theirs)
        with contextlib.closing(link), contextlib.suppress(OSError):
            try:
                self.monitors.watch(link, request)
            except errors.RoleConflict as refusal:
                self.refusals.append(refusal)

    def close(self):
        for one in self._ends:
            one.close()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture
def watchers():
    made = []

    def make(answer):
        made.append(Watchers(answer))
        return made[-1]

    yield make
    for one in made:
        one.close()


def until(condition, within=60):
    """Wait for what nothing tells of."""
    deadline, pause = time.monotonic() + within, threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.01)


def counting():
    """Answer each call with its number."""
    seen = []

    def answer(call):
        seen.append(call)
        return wire.Answer(call.id, len(seen))

    return seen, answer


def test_a_watcher_is_given_readings_and_all_share_them(watchers):
    seen, answer = counting()
    room = watchers(answer)
    first = room.join()
    one = first.receive(wire.Watched)
    assert (one.id, one.state, one.error) == (7, 1, None)
    assert abs(one.time - time.time()) < 60
    assert (seen[0].net, seen[0].method, seen[0].caller) == ("supply1", "state", "the monitor of supply1")
    second = room.join()
    assert room.monitors.watched() == ["power-supply supply1"]
    states = {link: [link.receive(wire.Watched).state for _ in range(4)] for link in (first, second)}
    assert len(set(states[first]) & set(states[second])) >= 2
    assert len(seen) < 8


def test_errors_are_readings_and_the_watching_goes_on(watchers):
    replies = [wire.Failed(0, wire.ErrorBody("instrument-gone", "away", "wait")), wire.Retired(0), wire.Answer(0, 5)]
    room = watchers(lambda call: replies.pop(0) if len(replies) > 1 else replies[0])
    link = room.join()
    gone = link.receive(wire.Watched)
    assert (gone.state, gone.error.code) == (None, "instrument-gone")
    assert link.receive(wire.Watched).state == 5


def test_who_goes_away_is_missed_at_once(watchers):
    _, answer = counting()
    room = watchers(answer)
    link = room.join(interval=3000)
    link.receive(wire.Watched)
    with pytest.raises(errors.RoleConflict):
        room.monitors.refuse("battery1", "battery")
    link.close()
    until(lambda: room.monitors.watched() == [])
    room.monitors.refuse("battery1", "battery")
    again = room.join(interval=3000, role="battery", net="battery1")
    assert again.receive(wire.Watched).state == 2


def test_who_is_refused_by_the_instrument_keeps_nobody_out(watchers):
    conflict = wire.Failed(0, wire.ErrorBody.of(errors.RoleConflict("its output is on", "disable it")))
    replies = [conflict, wire.Answer(0, 1), conflict]
    free = []

    def answer(_):
        free.append(not room.monitors.watched())
        return replies.pop(0)

    room = watchers(answer)
    refused = room.join(role="battery", net="battery1")
    with pytest.raises(ConnectionError):
        refused.receive(wire.Watched)
    assert room.refusals.pop().what == "its output is on"
    link = room.join(role="battery", net="battery1")
    assert link.receive(wire.Watched).state == 1
    with pytest.raises(ConnectionError):  # the output was switched on meanwhile
        link.receive(wire.Watched)
    assert free == [True, True, False]
    until(lambda: room.monitors.watched() == [])
    room.monitors.refuse("supply1", "power-supply")


def test_a_watcher_may_stop_and_ask_for_something_else(watchers):
    _, answer = counting()
    room = watchers(answer)
    link = room.join(interval=3000)
    link.receive(wire.Watched)
    link.send(wire.Describe(1))
    until(lambda: room.monitors.watched() == [])


def test_a_slow_watcher_delays_nobody_and_is_given_the_latest(watchers):
    long = "x" * 300_000  # more than a socket holds
    seen = []

    def answer(call):
        seen.append(call)
        return wire.Answer(0, [len(seen), long])

    room = watchers(answer)
    slow, quick = room.join(), room.join()
    assert [quick.receive(wire.Watched).state[0] for _ in range(5)][-1] >= 5
    slow.receive(wire.Watched)
    assert slow.receive(wire.Watched).state[0] >= 4


def test_nets_of_a_role_that_has_no_calls_cannot_be_watched(watchers):
    _, answer = counting()
    with pytest.raises(errors.UsageError, match="uart"):
        watchers(answer).monitors.watch(None, wire.Watch(1, "u", "uart", "1"))


class Stream:
    """A client of `GET /nets/NAME/watch`."""

    def __init__(self, bench, net, role, interval, caller=""):
        self._connection = http.client.HTTPConnection("127.0.0.1", bench.ready["http_port"], timeout=20)
        headers = {"Authorization": f"Bearer {bench.token}"}
        path = f"/nets/{net}/watch?role={role}&interval={interval}&caller={caller}"
        self._connection.request("GET", path, headers=headers)
        self.answer = self._connection.getresponse()
        self.status = self.answer.status

    def next(self):
        line = self.answer.readline()
        assert line, "the stream has ended"
        return wire.from_json(line, wire.Watched)

    def close(self):
        self.answer.close()
        self._connection.close()


@pytest.fixture
def streams():
    made = []

    def watch(*words, **more):
        made.append(Stream(*words, **more))
        return made[-1]

    yield watch
    for one in made:
        one.close()


def worker_pids(bench):
    stream = http.client.HTTPConnection("127.0.0.1", bench.ready["hardware_port"], timeout=20)
    with contextlib.closing(stream):
        stream.request("GET", "/workers", headers={"Authorization": f"Bearer {bench.token}"})
        return {one["instrument"]: one["pid"] for one in json.load(stream.getresponse())}


def test_a_stream_goes_on_when_the_worker_is_replaced(bench, streams):
    stream = streams(bench, "adc2", "adc", 0.1)
    assert (stream.status, stream.next().state) == (200, 1.5)
    os.kill(worker_pids(bench)["LabJack_T7"], 9)
    bench.t7.words.update({2: 0x4100, 3: 0})  # 8 V on AIN1
    until(lambda: stream.next().state == 8.0)


def test_a_stream_follows_a_net_whose_pin_changes(bench, streams):
    stream = streams(bench, "adc1", "adc", 0.1)
    assert stream.next().state == 0.5
    draft = bench.file.with_name("draft")
    draft.write_bytes(wire.to_json([msgspec.structs.replace(bench.service.nets()[0], pin="AIN3")]))
    os.replace(draft, bench.file)
    until(lambda: stream.next().state == 3.5)
    draft.write_bytes(b"[]")
    os.replace(draft, bench.file)
    until(lambda: (reading := stream.next()).error and reading.error.code == "net-not-found")


def test_a_stream_holds_while_the_instrument_is_away(tmp_path, streams):
    first = Served()
    with contextlib.closing(Bench(tmp_path, first.nets())) as bench:
        with contextlib.closing(first):
            stream = streams(bench, "adc1", "adc", 0.1)
            assert stream.next().state == 0.5
        until(lambda: (reading := stream.next()).error and reading.error.code == "instrument-gone", 20)
        with contextlib.closing(Served(first.port)):
            until(lambda: stream.next().state == 0.5, 20)


def test_a_watcher_does_not_keep_a_service_from_ending(tmp_path, served, streams):
    with contextlib.closing(Bench(tmp_path, served.nets())) as bench:
        stream = streams(bench, "adc1", "adc", 3000)
        assert stream.next().state == 0.5
    assert stream.answer.read() == b""  # a stream that was cut off would raise IncompleteRead


def test_what_cannot_be_watched_is_said_in_the_status(bench, streams):
    for net, role, interval, status, code in [
        ("adc99", "adc", 1, 404, "net-not-found"),
        ("adc1", "dac", 1, 409, "wrong-net-type"),
        ("adc1", "adc", "soon", 400, "usage"),
        ("adc1", "adc", "nan", 400, "usage"),
        ("adc1", "adc", -1, 400, "usage"),
        ("adc1", "adc", 1e9, 400, "usage"),
    ]:
        refused = streams(bench, net, role, interval)
        assert (refused.status, json.load(refused.answer)["code"]) == (status, code)


def test_watchers_hold_no_thread_that_callers_need(bench, streams):
    many = [streams(bench, f"adc{n % 4 + 1}", "adc", 0.2) for n in range(60)]
    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(lambda _: bench.hardware.call("adc1", "adc", "input"), range(100))) == {0.5}
    for n, stream in enumerate(many):
        assert [stream.next().state for _ in range(2)] == [n % 4 + 0.5] * 2


WATCHING = """
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], headers={"Authorization": "Bearer " + sys.argv[2]})
with urllib.request.urlopen(request) as answer:
    for line in answer:
        print(line.decode(), end="", flush=True)
"""


def test_one_role_at_a_time_until_the_watcher_is_killed(simulated, streams):
    bench = simulated
    url = f"http://127.0.0.1:{bench.ready['http_port']}/nets/supply1/watch?role=power-supply&interval=3000"
    command = [sys.executable, "-c", WATCHING, url, bench.token]
    watching = subprocess.Popen(command, stdout=subprocess.PIPE, env=bench.env)
    with watching:
        first = wire.from_json(watching.stdout.readline(), wire.Watched)
        assert first.state["channel"] == 1
        refusals = [
            lambda: bench.hardware.call("battery1", "battery", "state"),
            lambda: bench.hardware.call("battery1", "battery", "disable"),
        ]
        for refused in refusals:
            with pytest.raises(errors.RoleConflict) as caught:
                refused()
            assert caught.value.what == (
                "'battery1' is on the same Keithley 2281S as 'supply1', which is currently in use as a power-supply. "
                "The 2281S supports one role at a time — close the power-supply session first."
            )
        other = streams(bench, "battery1", "battery", 1)
        assert (other.status, json.load(other.answer)["code"]) == (423, "role-conflict")
        assert bench.hardware.call("supply1", "power-supply", "state")["channel"] == 1
        assert streams(bench, "supply1", "power-supply", 1).next().state["channel"] == 1
        streams(bench, "supply2", "power-supply", 1).next()
        handle = os.pidfd_open(watching.pid)
        watching.kill()
        assert select.select([handle], [], [], 10)[0]
        os.close(handle)
    assert bench.hardware.call("supply3", "power-supply", "state")["channel"] == 2


def test_the_other_role_gets_in_at_no_change_of_worker(simulated, streams):
    bench = simulated
    stream = streams(bench, "supply1", "power-supply", 0.1, caller="me")
    stream.next()
    ended, outcomes = threading.Event(), []

    def intrude():
        while not ended.is_set():
            try:
                bench.hardware.call("battery1", "battery", "state")
                outcomes.append("it got in")
            except errors.LagerError as exc:
                outcomes.append((exc.code, exc.hint))

    intruding = threading.Thread(target=intrude)
    intruding.start()
    try:
        for _ in range(5):
            pid = worker_pids(bench)["Keithley_2281S"]
            os.kill(pid, 9)
            until(lambda old=pid: worker_pids(bench)["Keithley_2281S"] not in (old, None) and not stream.next().error)
    finally:
        ended.set()
        intruding.join()
    assert set(outcomes) == {("role-conflict", "end the watching of supply1 (me), then try again")}
    stream.close()
    until(lambda: _gets_in(bench))
    assert streams(bench, "battery1", "battery", 1).next().state["channel"] == 1


def _gets_in(bench):
    try:
        return bench.another_caller("late").call("battery1", "battery", "state")
    except errors.RoleConflict:
        return False


def test_a_net_that_is_taken_off_the_bench_is_not_in_the_way_however_seldom_it_is_read(simulated, streams):
    bench = simulated
    stream = streams(bench, "supply1", "power-supply", 3000)
    stream.next()
    assert not _gets_in(bench)
    draft = bench.file.with_name("draft")
    draft.write_bytes(wire.to_json([net for net in bench.service.nets() if net.name != "supply1"]))
    os.replace(draft, bench.file)
    assert stream.next().error.code == "net-not-found"
    until(lambda: _gets_in(bench))


def test_claims_go_with_their_watcher_and_its_net():
    supply = wire.NetRecord("supply1", "power-supply", "Keithley_2281S", "USB0::0x05E6::0x2281::1::INSTR", "1")
    battery = wire.NetRecord("battery1", "battery", "Keithley_2281S", "usb::1510::8833::1::0::INSTR", "1")
    other = msgspec.structs.replace(supply, name="supply9", address="USB0::0x05E6::0x2281::9::INSTR")
    claims, one, two = Claims(), object(), object()
    claims.refuse(battery)
    claims.hold(one, supply, "me")
    claims.hold(two, supply)
    claims.refuse(supply)
    with pytest.raises(errors.RoleConflict, match="'battery1' is on the same Keithley 2281S as 'supply1'"):
        claims.refuse(battery)
    with pytest.raises(errors.RoleConflict):
        claims.hold(object(), battery)
    claims.hold(one, other)
    with pytest.raises(errors.RoleConflict):
        claims.refuse(battery)
    claims.release(two)
    claims.release(two)
    claims.refuse(battery)
    claims.hold(two, battery)
    unknown = wire.NetRecord("x", "adc", "Nonsense", "y", "1")
    claims.hold(one, unknown)
    claims.refuse(msgspec.structs.replace(unknown, role="dac"))

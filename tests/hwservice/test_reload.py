"""A bench file that is changed while it is served: by hand, by half, and back again."""

import json
import os
import threading
from collections import Counter
from pathlib import Path

import msgspec
import psutil
import pytest
from ownbench import Bench, Served
from test_monitors import until
from test_service import http

from lager import errors, wire
from lager_hwservice.benchfile import BenchFile


def replace(path, nets):
    draft = path.with_name("draft")
    draft.write_bytes(nets if isinstance(nets, bytes) else wire.to_json(nets))
    os.replace(draft, path)


def workers(bench):
    found = http(bench, "hardware_port", "/workers")[1]
    return {one["address"]: one["pid"] for one in found if one["address"]}


def test_nets_come_go_and_change_while_others_notice_nothing(tmp_path, served):
    bench = Bench(tmp_path, served.nets())
    second = Served()
    try:
        assert bench.hardware.call("adc1", "adc", "input") == 0.5
        before = workers(bench)
        more = [msgspec.structs.replace(net, name=f"more{net.name}") for net in second.nets()]
        replace(bench.file, [*served.nets(), *more])
        assert bench.hardware.call("moreadc2", "adc", "input") == 1.5
        assert {net.name for net in bench.service.nets()} >= {"adc1", "moreadc1"}
        now = workers(bench)
        assert len(now) == 2
        assert before.items() <= now.items()
        swapped = [wire.NetRecord("adc1", "adc", "LabJack_T7", served.nets()[0].address, "AIN3")]
        replace(bench.file, swapped)
        call = wire.NetCall("adc", "input")
        assert http(bench, "http_port", "/nets/adc1/call", call)[1]["value"] == 3.5
        assert http(bench, "http_port", "/nets/moreadc2/call", call)[0] == 404
        assert workers(bench) == before
        with pytest.raises(errors.NetNotFound):
            bench.another_caller("new").call("moreadc2", "adc", "input")
        with pytest.raises(errors.NetNotFound):  # its worker has ended, so the old caller looks for it again
            bench.hardware.call("moreadc3", "adc", "input")
    finally:
        bench.close()
        second.close()


def test_an_address_that_changes_finds_its_callers_again(tmp_path):
    first, second = Served(), Served()
    second.t7.words.update({0: 0x4100, 1: 0})  # 8 V on AIN0
    bench = Bench(tmp_path, first.nets())
    try:
        assert bench.hardware.call("adc1", "adc", "input") == 0.5
        replace(bench.file, second.nets())
        while bench.hardware.call("adc1", "adc", "input") == 0.5:  # until its worker has been ended
            bench.service.nets()
        assert bench.hardware.call("adc1", "adc", "input") == 8.0
    finally:
        bench.close()
        first.close()
        second.close()


def test_a_broken_file_changes_nothing_and_is_told_of(bench):
    assert bench.hardware.call("adc1", "adc", "input") == 0.5
    before = workers(bench)
    for broken in (b"", b"[{", b'[{"name": "x"}]', b"{}"):
        replace(bench.file, broken)
        assert http(bench, "http_port", "/nets/adc2/call", wire.NetCall("adc", "input"))[1]["value"] == 1.5
        for port in ("hardware_port", "http_port"):
            status, health = http(bench, port, "/health")
            assert (status, "is broken in line 1" in health["bench_error"]) == (200, True)
        with pytest.raises(errors.NetNotFound, match="is broken in line 1"):
            bench.another_caller("x").call("adc99", "adc", "input")
    bench.file.unlink()
    assert "cannot be read" in http(bench, "http_port", "/health")[1]["bench_error"]
    replace(bench.file, [*bench.service.nets()])
    assert "bench_error" not in http(bench, "http_port", "/health")[1]
    assert workers(bench) == before


def test_a_file_written_piece_by_piece_is_never_half_a_bench(tmp_path):
    path = tmp_path / "bench.json"
    nets = [wire.NetRecord(f"adc{n}", "adc", "LabJack_T7", "modbus-tcp://127.0.0.1:1", f"AIN{n}") for n in range(14)]
    replace(path, nets)
    seen, changes, ended = set(), [], threading.Event()
    file = BenchFile(path, changes.append)

    def read():
        while not ended.is_set():
            seen.add(len(file.bench().nets))

    reading = threading.Thread(target=read)
    reading.start()
    text = json.dumps(json.loads(wire.to_json(nets[:7])), indent=1)
    with path.open("w") as written:
        for character in text:
            written.write(character)
            written.flush()
    ended.set()
    reading.join()
    assert seen <= {14, 7}
    assert len(file.bench().nets) == 7
    assert [len(one.nets) for one in changes] == [7]


def test_two_writes_of_the_same_moment_and_size_are_both_seen(tmp_path):
    path = tmp_path / "bench.json"
    nets = [[wire.NetRecord("adc1", "adc", "LabJack_T7", "modbus-tcp://127.0.0.1:1", f"AIN{n}")] for n in range(2)]
    path.write_bytes(wire.to_json(nets[0]))
    file = BenchFile(path)
    for n in range(50):
        path.write_bytes(wire.to_json(nets[n % 2]))
        assert list(file.bench().nets) == nets[n % 2]


def test_many_changes_in_a_row_under_load_leave_nothing_behind_and_no_caller_in_the_lurch(tmp_path):
    first, second = Served(), Served()
    bench = Bench(tmp_path, first.nets())
    ended, outcomes, answered = threading.Event(), Counter(), Counter()

    def call(number):
        caller = bench.another_caller(f"caller {number}")
        while not ended.is_set():
            try:
                outcomes[caller.call("adc1", "adc", "input")] += 1
            except errors.LagerError as exc:
                outcomes[exc.code] += 1
            answered[number] += 1

    try:
        assert bench.hardware.call("adc1", "adc", "input") == 0.5
        until(lambda: len(things(bench)["processes"]) == 2)  # its worker, and what that was forked from
        before = things(bench)
        calling = [threading.Thread(target=call, args=(number,)) for number in range(3)]
        for one in calling:
            one.start()
        for n in range(60):
            replace(bench.file, [first.nets(), second.nets(), [*second.nets()[1:], *first.nets()[:1]], b"[{"][n % 4])
            bench.service.nets()
            if n % 3 == 0:  # one call is moved on twice at most: a third time would look like a bad cable
                seen = [answered[one] for one in range(3)]
                until(lambda seen=seen: all(answered[one] > seen[one] for one in range(3)))
        replace(bench.file, first.nets())
        bench.service.nets()
        ended.set()
        for one in calling:
            one.join()
        assert set(outcomes) == {0.5}
        until(lambda: counted(things(bench)) == counted(before))
    finally:
        ended.set()
        bench.close()
        first.close()
        second.close()


def test_an_instrument_has_one_worker_however_its_address_is_spelled(simulated):
    bench = simulated
    nets = {net.name: net for net in bench.service.nets()}
    respelled = nets["battery1"].address.replace("0x05E6::0x2281", "1510::8833").replace("::INSTR", "::0::instr")
    assert respelled.startswith("USB0::1510::8833::")
    both = [nets["supply1"], msgspec.structs.replace(nets["battery1"], address=respelled)]
    replace(bench.file, both)
    for _ in range(2):
        assert bench.hardware.call("supply1", "power-supply", "get_voltage_setpoint") == 0
        assert bench.hardware.call("battery1", "battery", "soc") == 100
    assert len(workers(bench)) == 1
    replace(bench.file, both[1:])
    assert bench.hardware.call("battery1", "battery", "soc") == 100
    assert bench.workers()["Keithley_2281S"]["starts"] == 1


def counted(those):
    return {key: len(value) for key, value in those.items()}


def things(bench):
    """What the service makes for each worker."""
    return {
        "processes": psutil.Process(bench.process.popen.pid).children(),
        "sockets": list(Path(bench.ready["socket"]).parent.glob("w*")),
    }

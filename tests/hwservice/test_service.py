"""The hardware service as its callers have it: sockets, HTTP, workers that are killed, and itself killed."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from ownbench import Bench, Served

from lager import errors, wire
from lager.hardware import Service


def http(bench, port, path, body=None, token=None):
    headers = {"Authorization": f"Bearer {bench.token if token is None else token}"}
    data = None if body is None else wire.to_json(body)
    request = urllib.request.Request(f"http://127.0.0.1:{bench.ready[port]}{path}", data, headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, json.load(answer)


def worker_pid(bench):
    (one,) = http(bench, "hardware_port", "/workers")[1]
    return one["pid"]


def kill_and_wait(pid):
    handle = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    assert select.select([handle], [], [], 10)[0]
    os.close(handle)


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """One service for all those who leave it as it is."""
    served = Served()
    one = Bench(tmp_path_factory.mktemp("standing"), served.nets())
    yield one
    one.close()
    served.close()


def test_a_call_by_socket_and_by_http(standing):
    assert standing.hardware.call("adc2", "adc", "input") == 1.5
    call = wire.NetCall("adc", "input", [], "lager adc")
    assert http(standing, "http_port", "/nets/adc3/call", call) == (200, {"value": 2.5, "notice": ""})
    assert standing.hardware.call("dac1", "dac", "output", [2.5]) is None
    assert standing.hardware.call("dac1", "dac", "get_voltage") == 2.5


def test_what_http_serves(standing):
    assert http(standing, "hardware_port", "/health")[1]["port"] == standing.ready["hardware_port"]
    assert http(standing, "http_port", "/health")[1]["status"] == "healthy"
    assert "Hello" in http(standing, "http_port", "/hello")[1]["message"]
    assert {"name": "dac1", "type": "DAC"} in http(standing, "http_port", "/status")[1]["nets"]
    listed = [wire.from_json(wire.to_json(one), wire.NetRecord) for one in http(standing, "http_port", "/nets/list")[1]]
    assert listed == standing.service.nets()
    assert http(standing, "http_port", "/none")[0] == 404
    status, body = http(standing, "http_port", "/nets/adc1/call", {"role": 5})
    assert (status, body["code"]) == (400, "usage")


@pytest.mark.parametrize("port", ["hardware_port", "http_port"])
@pytest.mark.parametrize("path", ["/health", "/workers", "/nets/list", "/none"])
def test_every_port_wants_the_token(standing, port, path):
    status, body = http(standing, port, path, token="wrong")
    assert (status, body["code"]) == (401, "token-refused")


@pytest.mark.parametrize(
    ("net", "role", "method", "args", "kind", "status"),
    [
        ("adc99", "adc", "input", [], errors.NetNotFound, 404),
        ("adc1", "dac", "input", [], errors.WrongNetType, 409),
        ("adc1", "adc", "output", [1], errors.UsageError, 400),
        ("adc1", "adc", "__init__", [], errors.UsageError, 400),
        ("dac1", "dac", "output", ["abc"], errors.UsageError, 400),
        ("dac1", "dac", "output", [99], errors.OutOfRange, 400),
        ("gpio1", "gpio", "output", ["maybe"], errors.UsageError, 400),
        ("gpio2", "gpio", "output", [1], errors.InstrumentRefused, 422),
    ],
)
def test_errors_arrive_as_the_class_they_were(standing, net, role, method, args, kind, status):
    with pytest.raises(kind) as caught:
        standing.hardware.call(net, role, method, args)
    assert type(caught.value) is kind
    answer, body = http(standing, "http_port", f"/nets/{net}/call", wire.NetCall(role, method, args))
    assert (answer, body["code"], body["what"]) == (status, kind.code, caught.value.what)


def test_concurrent_callers_get_their_own_values(standing):
    def read(n):
        return n, {standing.hardware.call(f"adc{n + 1}", "adc", "input") for _ in range(50)}

    with ThreadPoolExecutor(8) as pool:
        assert all(values == {n + 0.5} for n, values in pool.map(read, [0, 1, 2, 3] * 2))


def test_a_read_survives_the_death_of_its_worker(bench):
    assert bench.hardware.call("adc1", "adc", "input") == 0.5
    bench.t7.flow.clear()
    bench.t7.reached.clear()
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(bench.hardware.call, "adc2", "adc", "input")
        assert bench.t7.reached.wait(10)
        kill_and_wait(worker_pid(bench))
        bench.t7.flow.set()
        assert reading.result(30) == 1.5


def test_a_write_in_a_worker_that_dies_is_not_repeated(bench):
    bench.hardware.call("dac1", "dac", "output", [1.0])
    bench.t7.flow.clear()
    bench.t7.reached.clear()
    before = len(bench.t7.written)
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(bench.hardware.call, "dac1", "dac", "output", [2.0])
        assert bench.t7.reached.wait(10)
        kill_and_wait(worker_pid(bench))
        bench.t7.flow.set()
        with pytest.raises(errors.InstrumentError, match="not known whether that reached the instrument"):
            writing.result(30)
    assert bench.hardware.call("adc1", "adc", "input") == 0.5
    assert bench.t7.written[before:].count(1000) == 1


def test_a_worker_killed_between_calls_is_not_noticed(bench):
    for _ in range(3):
        bench.hardware.call("dac1", "dac", "output", [1.0])
        kill_and_wait(worker_pid(bench))
    assert bench.hardware.call("dac1", "dac", "input") == 1.0


def test_a_service_that_was_killed_is_found_again(bench):
    assert bench.hardware.call("adc1", "adc", "input") == 0.5
    old = worker_pid(bench)
    bench.process.kill()
    restarting = threading.Thread(target=bench.start)
    restarting.start()
    try:
        assert bench.hardware.call("adc2", "adc", "input") == 1.5
        assert bench.another_caller("new").call("adc3", "adc", "input") == 2.5
    finally:
        restarting.join()
    assert worker_pid(bench) != old


def test_a_service_that_stays_away():
    with pytest.raises(errors.ServiceUnreachable, match="does not answer"):
        Service("/nonexistent/socket", away_within=0).locate("adc1", "adc")


def test_a_broken_bench_file_is_reported(tmp_path):
    path = tmp_path / "bench.json"
    path.write_text("[\n{]")
    env = os.environ | {"LAGER_STATE_DIR": str(tmp_path / "state")}
    command = [sys.executable, "-m", "lager_hwservice", "--bench", path, "--hardware-port", "0", "--http-port", "0"]
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "broken in line 2" in json.loads(done.stdout)["what"]
    assert done.stderr == ""  # the box says it, once


def test_an_instrument_nobody_knows_is_said_to_its_callers(tmp_path, served):
    nets = [*served.nets(), wire.NetRecord("x", "adc", "Nonsense_1", "TCPIP::nowhere", "1")]
    bench = Bench(tmp_path, nets)
    try:
        with pytest.raises(errors.UsageError, match="Nonsense_1"):
            bench.hardware.call("x", "adc", "input")
        assert bench.hardware.call("adc1", "adc", "input") == 0.5
    finally:
        bench.close()


def test_an_instrument_that_is_not_there_is_gone_and_then_back(tmp_path):
    first = Served()
    bench = Bench(tmp_path, first.nets())
    try:
        assert bench.hardware.call("adc1", "adc", "input") == 0.5
        port = first.port
        first.close()
        with pytest.raises(errors.InstrumentGone, match=f"127.0.0.1:{port}"):
            bench.hardware.call("adc1", "adc", "input")
        second = Served(port)
        try:
            assert bench.hardware.call("adc1", "adc", "input") == 0.5
        finally:
            second.close()
    finally:
        bench.close()


def test_odd_names_and_odd_requests_over_http(tmp_path, served):
    first = served.nets()[0]
    one = Bench(tmp_path, [wire.NetRecord("a/b ü", "adc", "LabJack_T7", first.address, "AIN0")])
    assert http(one, "http_port", "/nets/a%2Fb%20%C3%BC/call", wire.NetCall("adc", "input"))[1]["value"] == 0.5
    body = b'{"role":"adc","method":"input","args":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    headers = {"Authorization": f"Bearer {one.token}"}
    url = f"http://127.0.0.1:{one.ready['http_port']}/nets/a/call"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as refused:
        opener.open(urllib.request.Request(url, body, headers), timeout=30)
    with refused.value as answer:
        assert (answer.code, json.load(answer)["code"]) == (400, "usage")
    one.close()

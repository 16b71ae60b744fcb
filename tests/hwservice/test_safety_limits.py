"""Safety limits: what they mean, and that the process that owns the instrument keeps them, whoever asks."""

import http.client
import json
import math

import pytest
from ownbench import Bench, Served

from lager import errors, wire
from lager_hwservice import safetylimits as limits

ONE_AMP = {limits.CURRENT: limits.Bound(1.0, "n")}
THREE_SIX = {limits.VOLTAGE: limits.Bound(3.6, "n")}


def refused(bounds, role, method, args, reads=None):
    """Whether a call is refused; `reads` is what the channel says."""
    asked = []

    def read(name):
        asked.append(name)
        return ({"output_is_enabled": False} | (reads or {}))[name]

    try:
        limits.refuse_asked(bounds, "n", role, method, args)
        if limits.looks_first(bounds, role, method, args):
            limits.refuse_held(bounds, "n", role, method, args, read)
    except errors.SafetyLimit as exc:
        return str(exc)
    return ""


@pytest.mark.parametrize(
    ("role", "method", "args"),
    [
        ("power-supply", "set_voltage", [3.61]),
        ("power-supply", "set_voltage", [-5]),
        ("power-supply", "set_voltage", [math.nan]),
        ("battery", "voc", [4.2]),
        ("battery", "voltage_full", [4.2]),
        ("battery", "voltage_empty", [4.2]),
        ("battery", "setup_battery", [None, None, None, 4.2]),
        ("battery", "create_model", [3, [3.0, 3.7], [0.1, 0.1]]),
        ("eload", "voltage", [5]),
        ("dac", "output", [4]),
    ],
)
def test_what_asks_for_too_high_a_voltage(role, method, args):
    words = "-5 V is beyond" if args == [-5] else "is more than"
    assert f"{words} its safety limit of 3.6 V; nothing was changed" in refused(THREE_SIX, role, method, args)
    assert not refused({}, role, method, args)
    assert not refused(ONE_AMP, role, method, args)


@pytest.mark.parametrize(
    ("role", "method", "args"),
    [
        ("power-supply", "set_current", [1.5]),
        ("battery", "current_limit", [2]),
        ("battery", "setup_battery", [None, 50, 3.3, 3.5, 3.0, 2]),
        ("eload", "current", [1.01]),
    ],
)
def test_what_asks_for_too_much_current(role, method, args):
    assert "safety limit of 1 A" in refused(ONE_AMP, role, method, args)
    assert not refused(THREE_SIX, role, method, args)


@pytest.mark.parametrize(
    ("role", "method", "args"),
    [
        ("power-supply", "set_voltage", [3.6]),
        ("power-supply", "set_ovp", [20]),
        ("power-supply", "disable", []),
        ("power-supply", "clear_ovp", []),
        ("battery", "voc", []),
        ("battery", "setup_battery", ["static"]),
        ("battery", "create_model", [3, [], []]),
        ("eload", "current", []),
        ("dac", "output", [0]),
    ],
)
def test_what_is_within_the_limits_is_let_in_and_reads_nothing(role, method, args):
    assert not refused(THREE_SIX | ONE_AMP, role, method, args)


@pytest.mark.parametrize(
    ("role", "reads", "words"),
    [
        ("power-supply", {"get_voltage_setpoint": 5.0}, "with a voltage of 5 V"),
        ("power-supply", {"get_voltage_setpoint": 3.0, "get_current_setpoint": 3.0}, "with a current of 3 A"),
        ("battery", {"voc": 3.3, "voltage_full": 4.2}, "with a voltage of 4.2 V"),
        ("eload", {"mode": "CC", "current": 1.2}, "with a current of 1.2 A"),
        ("eload", {"mode": "CR", "measured_voltage": 5.0, "resistance": 2.0}, "with a current of 2.5 A"),
        ("eload", {"mode": "CW", "measured_voltage": 5.0, "power": 10.0}, "with a current of 2 A"),
        ("eload", {"mode": "CW", "measured_voltage": 0.0, "power": 10.0}, "with no source"),
        ("eload", {"mode": "CV", "voltage": 5.0}, "with a voltage of 5 V"),
        ("eload", {"mode": "CV", "voltage": 3.0}, "a load draws whatever its source gives"),
        ("eload", {"mode": "NONE"}, "a load draws whatever its source gives"),
        ("power-supply", {"get_voltage_setpoint": math.nan}, "a voltage that the instrument gives no number for"),
        ("eload", {"mode": "CC", "current": math.nan}, "a current that the instrument gives no number for"),
        ("eload", {"mode": "CR", "measured_voltage": math.nan, "resistance": 2.0}, "gives no number for"),
        ("eload", {"mode": "CV", "voltage": math.nan}, "a voltage that the instrument gives no number for"),
    ],
)
def test_what_is_set_already_is_not_switched_on(role, reads, words):
    assert words in refused(THREE_SIX | ONE_AMP, role, "enable", [], reads)


@pytest.mark.parametrize(
    ("method", "args", "reads", "is_refused"),
    [
        ("resistance", [2.0], {"output_is_enabled": True, "mode": "CR", "measured_voltage": 5.0}, True),
        ("resistance", [20.0], {"output_is_enabled": True, "mode": "CR", "measured_voltage": 5.0}, False),
        ("resistance", [0.0], {"output_is_enabled": True, "mode": "CR", "measured_voltage": 5.0}, True),
        ("resistance", [2.0], {"output_is_enabled": False}, False),  # switching it on is refused then
        ("resistance", [2.0], {"output_is_enabled": True, "mode": "CC"}, False),
        ("power", [10.0], {"output_is_enabled": True, "mode": "CW", "measured_voltage": 5.0}, True),
        ("mode", ["CP"], {"output_is_enabled": True, "measured_voltage": 5.0, "power": 1.0}, False),
        ("mode", ["CV"], {"output_is_enabled": True, "voltage": 3.0}, True),
        ("resistance", [], {}, False),
    ],
)
def test_a_load_that_is_on(method, args, reads, is_refused):
    assert bool(refused(THREE_SIX | ONE_AMP, "eload", method, args, reads)) is is_refused


@pytest.mark.parametrize(("on", "is_refused"), [(True, True), (False, False)])
def test_another_battery_model_is_recalled_while_it_is_off(on, is_refused):
    assert bool(refused(THREE_SIX, "battery", "model", [4], {"output_is_enabled": on})) is is_refused


def test_a_limit_binds_every_net_on_the_same_terminals_and_no_other():
    five, three = wire.SafetyLimits(max_voltage=5.0), wire.SafetyLimits(max_voltage=3.0, max_current=1.0)
    nets = [
        wire.NetRecord("supply1", "power-supply", "K", "A", "CH1", safety_limits=five),
        wire.NetRecord("battery1", "battery", "K", "A", "", safety_limits=three),
        wire.NetRecord("supply2", "power-supply", "K", "A", "2", safety_limits=wire.SafetyLimits(1.0)),
    ]
    both = {limits.VOLTAGE: limits.Bound(3.0, "battery1"), limits.CURRENT: limits.Bound(1.0, "battery1")}
    assert limits.of_channel(nets, "power-supply", "1") == both == limits.of_channel(nets, "battery", "1")
    assert limits.of_channel(nets, "power-supply", "2") == {limits.VOLTAGE: limits.Bound(1.0, "supply2")}
    assert limits.of_channel(nets, "eload", "1") == {}
    told = refused(both, "power-supply", "set_voltage", [4])
    assert "3 V (of battery1, which has the same terminals)" in told
    assert "lager nets set-limits battery1 --max-voltage VALUE" in told


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"max_power": 5}, "max_power is not supported: no single call tells what power it leads to"),
        ({"max_volts": 5}, "unknown safety limit 'max_volts'"),
        ({"max_voltage": 0}, "max_voltage must be a positive number, not 0"),
        ({"max_voltage": -1}, "max_voltage must be a positive number, not -1"),
        ({"max_voltage": "3"}, "max_voltage must be a positive number, not '3'"),
        ({"max_current": True}, "max_current must be a positive number, not True"),
        ({"max_current": float("nan")}, "max_current must be a positive number, not nan"),
        ({"max_current": float("inf")}, "max_current must be a positive number, not inf"),
        ({"allow_destructive": 1}, "allow_destructive must be true or false"),
        ([], "safety_limits must be an object"),
    ],
)
def test_limits_that_are_none(given, words):
    with pytest.raises(errors.UsageError) as caught:
        limits.understood(given, strictly=True)
    assert caught.value.what == words
    assert caught.value.hint


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    served = Served()
    one = Bench(tmp_path_factory.mktemp("limits"), served.nets())
    one.t7 = served.t7
    yield one
    one.close()
    served.close()


def asked(bench, verb, path, body, port="http_port"):
    connection = http.client.HTTPConnection("127.0.0.1", bench.ready[port], timeout=20)
    headers = {"Authorization": f"Bearer {bench.token}"}
    connection.request(verb, path, json.dumps(body), headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


def test_a_limit_holds_for_scripts_commands_and_released_clients_from_the_moment_it_is_set(bench):
    bench.hardware.call("dac1", "dac", "output", [4.0])  # a script that has asked where it is already
    put = asked(bench, "PUT", "/nets/dac1/safety-limits", {"max_voltage": 3.6})
    assert put == (200, {"ok": True, "name": "dac1", "safety_limits": {"max_voltage": 3.6}})
    before = list(bench.t7.written)
    words = "dac1: 4 V is more than its safety limit of 3.6 V; nothing was changed"
    with pytest.raises(errors.SafetyLimit) as caught:
        bench.hardware.call("dac1", "dac", "output", [4.0])
    assert caught.value.what == words
    status, answer = asked(bench, "POST", "/nets/dac1/call", {"role": "dac", "method": "output", "args": [4]})
    assert (status, answer["code"], answer["error"]) == (403, "safety-limit", words)
    net = {"channel": "DAC0", "role": "dac"}
    device = {"device": "labjack_t7", "function": "output", "args": [4], "net_info": net}
    status, answer = asked(bench, "POST", "/invoke", device, "hardware_port")
    assert (status, answer["error"], answer["reason"]) == (403, words, "safety_limit_exceeded")
    facts = {"net": "dac1", "function": "output", "limit_kind": "max_voltage", "limit": 3.6, "requested": 4}
    assert facts.items() <= answer.items()
    assert bench.t7.written == before, "nothing has reached the instrument"
    bench.hardware.call("dac1", "dac", "output", [3.5])
    assert asked(bench, "PUT", "/nets/dac1/safety-limits", {})[1]["safety_limits"] == {}
    bench.hardware.call("dac1", "dac", "output", [4.0])


def test_a_limit_written_into_the_file_by_hand_holds_and_a_broken_file_lifts_none(bench):
    good = bench.file.read_text()
    records = json.loads(good)
    for one in records:
        if one["name"] == "dac1":
            one["safety_limits"] = {"max_voltage": 1}
    bench.file.write_text(json.dumps(records))
    with pytest.raises(errors.SafetyLimit):
        bench.hardware.call("dac1", "dac", "output", [2.0])
    bench.file.write_text(good[:-5])
    with pytest.raises(errors.SafetyLimit):
        bench.hardware.call("dac1", "dac", "output", [2.0])
    bench.file.write_text(good)
    bench.hardware.call("dac1", "dac", "output", [2.0])


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("dac1/safety-limits", {"max_power": 3}, 400, "max_power is not supported: no single call tells"),
        ("dac1/safety-limits", {"max_voltage": "a"}, 400, "max_voltage must be a positive number, not 'a'"),
        ("dac1/safety-limits", {"max_current": 1}, 400, "max_current of a net of type dac would bind nothing"),
        ("dac1/safety-limits", [], 400, "the body must be a JSON object"),
        ("adc1/safety-limits", {"max_voltage": 3}, 400, "max_voltage of a net of type adc would bind nothing"),
        ("nope/safety-limits", {"max_voltage": 3}, 404, "Invalid Net: nope"),
        ("adc1/safe", {"output": "off"}, 400, "a net of type adc has no safe state"),
        ("dac1/safe", {"output": "off"}, 400, "is no safe state of a net of type dac"),
        ("gpio1/safe", {"level": 2}, 400, "is no safe state of a net of type gpio"),
        ("gpio1/safe", {"level": 0, "order": "first"}, 400, "the safe state"),
        ("nope/safe", {}, 404, "Invalid Net: nope"),
    ],
)
def test_what_cannot_be_kept_is_refused(bench, path, body, status, words):
    before = bench.file.read_bytes()
    got, answer = asked(bench, "PUT", f"/nets/{path}", body)
    assert got == status, answer
    assert words in answer["error"]
    assert bench.file.read_bytes() == before


def test_a_safe_state_beyond_the_limits_is_refused_as_it_could_not_be_reached(bench):
    asked(bench, "PUT", "/nets/dac1/safety-limits", {"max_voltage": 2, "max_current": None})
    got, answer = asked(bench, "PUT", "/nets/dac1/safe", {"voltage": 3})
    assert (got, answer["what"]) == (400, "dac1: its safe state of 3 V would be beyond its safety limit of 2 V")
    got, answer = asked(bench, "PUT", "/nets/dac1/safe", {"voltage": 1.5, "order": None})
    assert (got, answer["safe"]) == (200, {"voltage": 1.5})
    got, answer = asked(bench, "PUT", "/nets/dac1/safety-limits", {"max_voltage": 1})
    assert (got, answer["what"]) == (400, "dac1: its safe state of 1.5 V would be beyond its safety limit of 1 V")
    for key in ("safety-limits", "safe"):
        assert asked(bench, "PUT", f"/nets/dac1/{key}", {})[0] == 200


def test_a_net_that_is_saved_again_keeps_its_limits_and_its_safe_state(bench):
    asked(bench, "PUT", "/nets/dac1/safety-limits", {"max_voltage": 3})
    asked(bench, "PUT", "/nets/dac1/safe", {"voltage": 0})
    old = next(one for one in bench.service.saved().records if one["name"] == "dac1")
    new = {key: value for key, value in old.items() if key not in ("safety_limits", "safe")} | {"description": "x"}
    bench.service.change(wire.SaveNets(1, [new]))
    net = next(one for one in bench.service.nets() if one.name == "dac1")
    assert (net.description, net.safety_limits, net.safe) == ("x", wire.SafetyLimits(3.0), wire.SafeState(voltage=0.0))
    asked(bench, "PUT", "/nets/dac1/safety-limits", {})
    asked(bench, "PUT", "/nets/dac1/safe", {})
    net = next(one for one in bench.service.nets() if one.name == "dac1")
    assert (net.safety_limits, net.safe) == (None, None)

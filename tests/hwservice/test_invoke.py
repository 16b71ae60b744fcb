"""What released clients say on :8080: understood without a service, and answered by one."""

import contextlib
import http.client
import json
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import hypothesis
import hypothesis.strategies as st
import pytest
from ownbench import Bench, Served
from test_service import http as ask

from lager import roles, wire
from lager.lines import Lines
from lager_hwservice import dispatch, invoke, released
from lager_hwservice.bench import Bench as Nets

K = "USB0::0x05E6::0x2281::4381218::INSTR"
R = "USB0::0x1AB1::0x0E11::DP8G235000146::INSTR"
T = "modbus-tcp://127.0.0.1:5020"
NETS = Nets(
    (
        wire.NetRecord("supply1", "power-supply", "Keithley_2281S", K, "1"),
        wire.NetRecord("battery1", "battery", "keithley_2281s", K, "1"),
        wire.NetRecord("supply2", "power-supply", "Rigol_DP821", R, "1"),
        wire.NetRecord("supply3", "power-supply", "Rigol_DP821", R, "2"),
        wire.NetRecord("again3", "power-supply", "Rigol_DP821", R, "2"),
        wire.NetRecord("adc1", "adc", "LabJack_T7", T, "AIN0"),
        wire.NetRecord("adc4", "adc", "LabJack_T7", T, "AIN3"),
        wire.NetRecord("dac1", "dac", "LabJack_T7", T, "DAC0"),
        wire.NetRecord("x", "adc", "Nonsense_1", T, "AIN3"),
    )
)


def meant(device, function, *args, info=None, **kwargs):
    return invoke.understand(NETS, invoke.Asked(device, function, list(args), kwargs, info))


@pytest.mark.parametrize(
    ("device", "info", "net"),
    [
        ("keithley", {"address": K, "channel": 1, "instrument": "Keithley_2281S"}, "supply1"),
        ("keithley_battery", {"address": K, "channel": "CH1"}, "battery1"),
        ("keithley", None, "supply1"),
        ("rigol_dp800", {"address": R, "channel": 2}, "supply3"),
        ("rigol_dp800", {"address": R, "pin": "1"}, "supply2"),
        ("labjack_t7", {"pin": "AIN3"}, "adc4"),
        ("labjack_t7", {"role": "adc", "channel": 0}, "adc1"),
        ("labjack", {"channel": "dac0", "address": T}, "dac1"),
    ],
)
def test_a_device_and_a_channel_mean_a_net(device, info, net):
    function = "output_is_enabled" if "power" in NETS.find(net, _role(net)).role else "input"
    function = "state" if net == "battery1" else function
    assert meant(device, function, info=info).net.name == net


def _role(name):
    return next(net.role for net in NETS.nets if net.name == name)


@pytest.mark.parametrize(
    ("device", "info", "status", "words"),
    [
        ("nonsense", None, 404, "Hardware module not found: nonsense"),
        ("os", None, 404, "Hardware module not found: os"),
        ("rigol_dp800", None, 400, "can be each of supply2, supply3"),
        ("labjack_t7", {"channel": 0}, 400, "with channel 0 can be each of adc1, dac1"),
        ("rigol_dp800", {"address": R, "channel": 3}, 404, f"no rigol_dp800 with address {R} channel 3"),
        ("rigol_dp800", {"address": K}, 404, "this bench has no rigol_dp800"),
        ("keithley", {"address": "USB0::0x05E6::0x2281::1::INSTR"}, 404, "this bench has no keithley"),
    ],
)
def test_what_is_not_on_this_bench_is_not_called(device, info, status, words):
    with pytest.raises(invoke.NotInvoked) as refused:
        meant(device, "input", info=info)
    assert refused.value.status == status
    assert words in refused.value.words


@pytest.mark.parametrize(
    ("device", "function", "args", "method", "answers"),
    [
        ("keithley", "set_voltage", [3], "set_voltage", True),
        ("keithley", "measure_voltage", [], "voltage", True),
        ("keithley", "enable_output", [], "enable", True),
        ("keithley", "get_monitor_state", [], "state", True),
        ("keithley_battery", "set_soc", [50], "soc", False),
        ("keithley_battery", "soc", [], "soc", True),
        ("keithley_battery", "set_mode", [{"__enum__": {"type": "Mode", "value": "static"}}], "mode", False),
        ("keithley_battery", "clear_ocp", [], "clear", True),
        ("keithley_battery", "set_model", ["LI-ION4_2"], "model", False),
        ("keithley_battery", "set_model", [3], "model", False),
        ("keithley_battery", "current_model", [], "model", True),
        ("keithley_battery", "set_esr_offset", [0.1], "esr_offset", False),
        ("keithley_battery", "list_battery_models", [], "list_battery_models", True),
        ("keithley_battery", "set_to_battery_mode", [], "output_is_enabled", False),  # which is what it takes to ask
        ("keithley_battery", "set_mode_battery", [], "output_is_enabled", False),
        ("keithley_battery", "get_monitor_state", [], "state", True),
        ("keithley", "get_channel_limits", [], "get_channel_limits", True),
    ],
)
def test_released_names_and_names_of_the_contract(device, function, args, method, answers):
    one = meant(device, function, *args)
    assert (one.method, one.answers) == (method, answers)


def test_enums_become_their_values_wherever_they_are():
    enum = {"__enum__": {"type": "Mode", "value": "static"}}
    assert meant("keithley_battery", "mode", mode=enum).args == ["static"]
    assert meant("keithley_battery", "set_mode", enum).args == ["static"]


@pytest.mark.parametrize(
    ("function", "args", "status", "words"),
    [
        ("__init__", [], 404, "Function not found: __init__"),
        ("_enter", [], 404, "Function not found: _enter"),
        ("set_soc", [50], 404, "Function not found: set_soc"),  # of the other role
        ("set_voltage", ["abc"], 400, "Function call failed: set_voltage: volts cannot be 'abc'"),
        ("set_voltage", [], 400, "Function call failed: set_voltage: volts is missing"),
        ("set_voltage", [1, 2], 400, "2 arguments are too many"),
        ("set_voltage", [1e400], 400, "expected a finite number"),
    ],
)
def test_nothing_is_called_by_the_name_of_an_attribute(function, args, status, words):
    with pytest.raises(invoke.NotInvoked) as refused:
        meant("keithley", function, *args)
    assert refused.value.status == status
    assert words in refused.value.words


def test_a_battery_is_set_up_by_the_names_of_its_values():
    one = meant("keithley_battery", "setup_battery", sim_mode="static", soc=0, capacity=2)
    assert (one.method, one.args) == ("setup_battery", ["static", 0.0, None, None, None, None, 2.0])
    with pytest.raises(invoke.NotInvoked, match="no argument colour"):
        meant("keithley_battery", "setup_battery", colour="red")


def test_a_setter_without_its_value_does_not_read():
    with pytest.raises(invoke.NotInvoked, match="its value is missing"):
        meant("keithley_battery", "set_soc")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Missing JSON payload"),
        (b"{}", "Missing JSON payload"),
        (b"null", "Missing JSON payload"),
        (b'{"function":"f"}', 'Missing "device" field'),
        (b'{"device":"d"}', 'Missing "function" field'),
        (b'{"device":5}', "Bad request"),
        (b"{nonsense", "Bad request"),
        (b"[1]", "Bad request"),
        (b"\xff", "Bad request"),
        (b'{"args":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "Bad request"),
    ],
)
def test_bodies_that_are_no_request(body, words):
    with pytest.raises(invoke.NotInvoked) as refused:
        invoke.read(body)
    assert (refused.value.status, "\n" in refused.value.words) == (400, False)
    assert "\n" not in refused.value.error.what
    assert words in refused.value.words


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["__enum__", "value", "volts"]), inner),
    max_leaves=8,
)
FIELDS = {
    "device": st.sampled_from(["keithley", "keithley_battery", "rigol_dp800", "labjack_t7"]) | JSONS,
    "function": st.sampled_from(["set_voltage", "set_soc", "soc", "mode", "state", "output", "__class__"]) | JSONS,
    "args": st.lists(JSONS, max_size=3) | JSONS,
    "kwargs": st.dictionaries(st.sampled_from(["volts", "percent", "mode", "level", "self", "channel"]), JSONS) | JSONS,
    "net_info": st.dictionaries(st.sampled_from(["address", "role", "channel", "pin"]), JSONS) | JSONS,
}


@hypothesis.given(st.fixed_dictionaries({}, optional=FIELDS))
def test_whatever_is_sent_it_is_a_call_of_a_contract_or_refused(sent):
    body = wire.to_json(sent)
    try:
        found = invoke.understand(NETS, invoke.read(body))
    except invoke.NotInvoked as exc:
        assert exc.status in (400, 404)  # noqa: PT017 - either is right
    else:
        assert found.net in NETS.nets
        assert found.method in roles.methods(found.net.role)
        assert dispatch.find(found.net.role, found.method).arguments(found.args, {}) == found.args


def call(bench, device, function, *args, **info):
    body = {"device": device, "function": function, "args": list(args), "kwargs": {}, "net_info": info}
    return ask(bench, "hardware_port", "/invoke", body)


def post(bench, path):
    return ask(bench, "hardware_port", path, {})


def test_calls_caches_and_diagnosis(bench):
    (address,) = {net.address for net in bench.service.nets()}
    stats = ask(bench, "hardware_port", "/cache/stats")
    assert stats == (200, {"cached_devices": 0, "devices": []})
    assert call(bench, "labjack_t7", "input", address=address, pin="AIN1") == (200, 1.5)
    assert call(bench, "labjack_t7", "output", 2.5, pin="DAC0") == (200, None)
    status, body = call(bench, "labjack_t7", "output", 99, pin="DAC0")
    assert (status, body["code"], sorted(body)) == (500, "out-of-range", ["code", "error", "hint", "what"])
    assert body["error"] == f"Function call failed: {body['what']}"
    status, body = call(bench, "labjack_t7", "nonsense", pin="DAC0")
    assert (status, body["error"]) == (404, "Function not found: nonsense")
    stats = ask(bench, "hardware_port", "/cache/stats")[1]
    assert stats["cached_devices"] == 2
    assert {"address": address, "instrument": "LabJack_T7", "role": "adc", "channel": "AIN1"} in [
        one["net_info"] for one in stats["devices"] if one["name"] == "labjack"
    ]
    _, diagnosis = ask(bench, "hardware_port", f"/diagnose/dispatcher?address={address}")
    assert (diagnosis["address"], diagnosis["cached_session"], diagnosis["shared_pool_size"]) == (address, True, 1)
    assert {one["device_name"] for one in diagnosis["cached_drivers"]} == {"labjack"}
    _, elsewhere = ask(bench, "hardware_port", "/diagnose/dispatcher?address=elsewhere")
    assert (elsewhere["cached_session"], elsewhere["cached_drivers"]) == (False, [])
    status, body = ask(bench, "hardware_port", "/diagnose/dispatcher")
    assert (status, body["error"]) == (400, "address parameter required")
    kept = {"status": "success", "cleared": 2, "closed": 0, "errors": 0, "shared_retained": 1}
    assert post(bench, "/cache/clear") == (200, kept)
    assert ask(bench, "hardware_port", f"/diagnose/dispatcher?address={address}")[1]["cached_session"] is True
    closed = {"status": "success", "cleared": 0, "closed": 1, "errors": 0, "shared_closed": 1}
    assert post(bench, "/cache/clear_all") == (200, closed)
    assert ask(bench, "hardware_port", f"/diagnose/dispatcher?address={address}")[1]["cached_session"] is False
    assert call(bench, "labjack_t7", "input", pin="AIN1") == (200, 1.5)


def test_a_body_beyond_the_limit_is_refused(bench):
    connection = http.client.HTTPConnection("127.0.0.1", bench.ready["hardware_port"], timeout=20)
    try:
        connection.putrequest("POST", "/invoke")
        connection.putheader("Authorization", f"Bearer {bench.token}")
        connection.putheader("Content-Length", str(11 * 2**20))
        connection.endheaders()
        for _ in range(10 * 16 + 1):
            connection.send(b" " * 65536)
        answer = connection.getresponse()
        assert (answer.status, json.load(answer)["code"]) == (413, "usage")
    finally:
        connection.close()


def test_one_that_hangs_keeps_nobody_from_the_others(bench, another):
    (here,), (there,) = ({net.address for net in nets} for nets in (bench.service.nets(), another.nets()))
    bench.file.write_bytes(wire.to_json([*bench.service.nets(), wire.NetRecord("other", "adc", *_where(another))]))
    assert bench.hardware.call("other", "adc", "input") == 0.5
    bench.t7.flow.clear()
    with ThreadPoolExecutor(70) as pool:
        waiting = [pool.submit(call, bench, "labjack_t7", "input", address=here, pin="AIN1") for _ in range(70)]
        assert bench.t7.reached.wait(20)
        assert call(bench, "labjack_t7", "input", address=there, pin="AIN0") == (200, 0.5)
        assert ask(bench, "http_port", "/nets/other/call", wire.NetCall("adc", "input"))[1]["value"] == 0.5
        assert post(bench, "/cache/clear")[1]["unanswered"] == [here]
        bench.t7.flow.set()
        outcomes = [one.result() for one in waiting]
    assert {status for status, _ in outcomes} <= {200, 500}
    assert {value for status, value in outcomes if status == 200} == {1.5}


def test_a_worker_that_does_not_answer_is_named_and_holds_nobody_up(bench, another):
    (here,) = {net.address for net in bench.service.nets()}
    bench.file.write_bytes(wire.to_json([*bench.service.nets(), wire.NetRecord("other", "adc", *_where(another))]))
    for net in ("adc1", "other"):
        assert bench.hardware.call(net, "adc", "input") == 0.5
    pids = {one["address"]: one["pid"] for one in ask(bench, "hardware_port", "/workers")[1]}
    os.kill(pids[here], signal.SIGSTOP)
    _, stats = ask(bench, "hardware_port", "/cache/stats")
    assert (stats["cached_devices"], stats["unanswered"]) == (1, [here])
    _, stopped = ask(bench, "hardware_port", f"/diagnose/dispatcher?address={here}")
    assert (stopped["cached_session"], stopped["unanswered"]) == (None, [here])
    with contextlib.closing(Lines(bench.ready["socket"], 10)) as link:
        places = [bench.service.locate(net, "adc").socket for net in ("other", "adc1")]
        for socket, replaced in zip([*places, "/elsewhere"], [False, True, True], strict=True):
            link.send(wire.Complain(1, socket))
            assert link.receive(wire.HardwareReply).value is replaced
    assert call(bench, "labjack_t7", "input", address=here, pin="AIN2") == (200, 2.5)


@pytest.fixture
def another():
    with contextlib.closing(Served()) as one:
        yield one


def _where(served):
    net = served.nets()[0]
    return net.instrument, net.address, net.pin


def test_concurrent_callers_of_all_kinds_get_their_own_values(bench):
    def read(n):
        answers = {call(bench, "labjack_t7", "input", pin=f"AIN{n}") for _ in range(10)}
        return n, answers | {(200, bench.hardware.call(f"adc{n + 1}", "adc", "input"))}

    with ThreadPoolExecutor(16) as pool:
        for n, found in pool.map(read, [0, 1, 2, 3] * 4):
            assert found == {(200, n + 0.5)}


def test_the_end_of_a_script_touches_no_session(simulated):
    info = {"address": K, "channel": 1}
    assert call(simulated, "keithley", "set_voltage", 3.3, **info) == (200, None)
    assert call(simulated, "keithley", "get_voltage_setpoint", **info) == (200, 3.3)
    state = call(simulated, "keithley", "get_monitor_state", **info)[1]
    assert (state["voltage_set"], state["enabled"]) == (3.3, False)
    before = ask(simulated, "hardware_port", f"/diagnose/dispatcher?address={K}")[1]
    assert before["cached_session"] is True
    assert post(simulated, "/cache/clear")[1]["shared_retained"] == 1
    assert call(simulated, "keithley_battery", "set_soc", 40, **info) == (200, None)
    assert call(simulated, "keithley_battery", "soc", **info) == (200, 40)
    (keithley,) = [one for one in ask(simulated, "hardware_port", "/workers")[1] if one["address"] == K]
    assert keithley["starts"] == 1
    listed = ask(simulated, "hardware_port", "/simulated")[1]
    assert {"Keithley_2281S", "Rigol_DP821", "LabJack_T7"} <= {one["instrument"] for one in listed}
    status, body = ask(simulated, "hardware_port", "/simulated/unplug", {"net": "nowhere"})
    assert (status, body["code"]) == (404, "net-not-found")
    assert ask(simulated, "hardware_port", "/simulated/unplug", {"net": "supply2"})[1]["plugged"] is False
    assert ask(simulated, "hardware_port", "/simulated/replug", {"net": "supply2"})[1]["plugged"] is True


@pytest.mark.parametrize("depth", [100, *range(300, 1000, 50)])
@pytest.mark.parametrize("where", ["args", "kwargs"])
def test_what_is_nested_deeply_is_a_bad_request_however_deeply(depth, where):
    nested = b"[" * depth + b"]" * depth
    given = b"[%b]" % nested if where == "args" else b'{"volts":%b}' % nested
    body = b'{"device":"keithley","function":"set_voltage","%b":%b}' % (where.encode(), given)
    with pytest.raises(invoke.NotInvoked) as refused:
        invoke.understand(NETS, invoke.read(body))
    assert refused.value.status == 400
    assert len(refused.value.words) < 500


def test_what_is_refused_is_not_said_again_at_length():
    with pytest.raises(invoke.NotInvoked) as refused:
        meant("keithley", "set_voltage", "x" * 1_000_000)
    assert len(refused.value.words) < 500


@pytest.mark.parametrize("spelling", [K.lower(), "USB::1510::8833::4381218::0::INSTR", f" {K} "])
def test_an_address_may_be_spelled_in_any_way(spelling):
    assert meant("keithley", "state", info={"address": spelling}).net.name == "supply1"


def test_a_diagnosis_is_of_an_address_in_any_spelling(simulated):
    assert call(simulated, "keithley", "output_is_enabled", address=K) == (200, False)
    _, found = ask(simulated, "hardware_port", "/diagnose/dispatcher?address=USB::1510::8833::4381218::0::INSTR")
    assert (found["cached_session"], len(found["cached_drivers"])) == (True, 1)


def test_a_client_that_goes_away_in_the_middle_of_its_request_is_no_defect(capfd, tmp_path, served):
    bench = Bench(tmp_path, served.nets())
    with socket.create_connection(("127.0.0.1", bench.ready["hardware_port"])) as gone:
        head = f"POST /invoke HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {bench.token}\r\n"
        gone.sendall(f"{head}Expect: 100-continue\r\nContent-Length: 100\r\n\r\n".encode())
        assert gone.recv(100).startswith(b"HTTP/1.1 100")  # so its body is being waited for
        gone.sendall(b"{")
    assert call(bench, "labjack_t7", "input", pin="AIN1") == (200, 1.5)
    bench.close()
    assert capfd.readouterr().err == "worker LabJack_T7 INFO session 1 is open\n"


def test_of_a_worker_that_did_not_answer_nothing_is_made_up():
    state = wire.WorkerState(pid=1, session=True, opened=1, drivers=[{"role": "adc", "pin": "AIN0", "driver": "X"}])
    answered = {("A", "LabJack_T7"): state}
    assert released.dispatcher("A", answered, []) == {
        "address": "A",
        "cached_session": True,
        "cached_drivers": [{"device_name": "labjack", "driver_class": "X"}],
        "shared_pool_size": 1,
    }
    assert released.dispatcher("B", answered, ["B"]) == {
        "address": "B",
        "cached_session": None,
        "cached_drivers": None,
        "shared_pool_size": None,
        "unanswered": ["B"],
    }

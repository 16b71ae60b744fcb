"""A battery that its net lets be disconnected for a parameter: from the bench file to the instrument, whoever asks."""

import errno
import http.client
import json
import random

import pytest
from ownbench import Bench, Process, environment

from lager import errors, wire
from lager_drivers.device import Interruption
from lager_drivers.keithley_2281s.instrument import K2281S
from lager_drivers.keithley_2281s.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Rail, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring
from lager_hwservice import benchlimits, benchreading, benchwriting, calls, whileconnected
from lager_hwservice.sessions import Session

RECONNECT = {"parameters": "reconnect"}
ADDRESS = "USB0::0x05E6::0x2281::4381218::INSTR"


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    process = Process("lager_drivers.simulated", "--state", folder, env=environment(folder))
    with open(process.report("ready")["bench"], "rb") as file:
        nets = wire.from_json(file.read(), list[wire.NetRecord])
    one = Bench(folder, [net for net in nets if net.instrument == "Keithley_2281S"])
    yield one
    one.close()
    process.close()


@pytest.fixture
def battery(bench):
    """A connected battery whose net says nothing yet."""
    keep(bench, {})
    call(bench, "setup_battery", "static", 80, None, 4.2, 3.0, 1.0, 2.0, "LI_ION4_2")
    call(bench, "enable")
    yield bench
    call(bench, "disable")
    call(bench, "clear")
    for key in ("safety-limits", "while-connected"):
        assert asked(bench, "PUT", f"/nets/battery1/{key}", {})[0] == 200


def call(bench, method, *args):
    return bench.hardware.call("battery1", "battery", method, list(args))


def asked(bench, verb, path, body, port="http_port"):
    connection = http.client.HTTPConnection("127.0.0.1", bench.ready[port], timeout=40)
    connection.request(verb, path, json.dumps(body), {"Authorization": f"Bearer {bench.token}"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


def keep(bench, said):
    assert asked(bench, "PUT", "/nets/battery1/while-connected", said) == (
        200,
        {"ok": True, "name": "battery1", "while_connected": said},
    )


def record(bench):
    return next(one for one in bench.service.saved().records if one["name"] == "battery1")


def test_a_parameter_is_refused_until_the_net_says_otherwise(battery):
    with pytest.raises(errors.InstrumentRefused, match="704") as caught:
        call(battery, "capacity", 3)
    assert "lager nets set-while-connected NET reconnect" in caught.value.hint
    keep(battery, RECONNECT)
    assert call(battery, "capacity", 3) == 3
    assert call(battery, "output_is_enabled")
    keep(battery, {"parameters": "refuse"})
    assert "while_connected" not in record(battery)
    with pytest.raises(errors.InstrumentRefused, match="704"):
        call(battery, "capacity", 4)
    assert (call(battery, "capacity"), call(battery, "output_is_enabled")) == (3, True)


def test_released_commands_and_actions_do_it_too(battery):
    keep(battery, RECONNECT)
    command = {"netname": "battery1", "action": "capacity", "params": {"value": 5}}
    status, answer = asked(battery, "POST", "/battery/command", command)
    assert (status, answer["success"], answer["message"]) == (200, True, "Capacity set to 5Ah")
    action = {"role": "battery", "action": "ocp", "params": {"value": 2}}
    assert asked(battery, "POST", "/nets/battery1/act", action)[0] == 200
    net = {"channel": "1", "role": "battery"}
    invoked = {"device": "keithley_battery", "function": "set_volt_full", "args": [4.1], "net_info": net}
    status, answer = asked(battery, "POST", "/invoke", invoked, "hardware_port")
    assert status == 200, answer
    state = call(battery, "state")
    assert (state["capacity"], state["ocp_limit"], state["volt_full"], state["enabled"]) == (5, 2, 4.1, True)


def test_it_is_not_connected_again_beyond_a_limit_so_it_is_not_disconnected(battery):
    keep(battery, RECONNECT)
    asked(battery, "PUT", "/nets/battery1/safety-limits", {"max_current": 0.5})
    with pytest.raises(errors.SafetyLimit) as caught:
        call(battery, "capacity", 3)
    assert "it would go on with a current of 1 A, which is more than its safety limit of 0.5 A" in caught.value.what
    assert (call(battery, "capacity"), call(battery, "output_is_enabled")) == (2, True)
    assert call(battery, "current_limit", 0.4) == 0.4  # within it, by what is asked for
    assert call(battery, "capacity", 3) == 3
    assert call(battery, "output_is_enabled")


def test_one_that_trips_when_it_is_connected_again_is_said_to_be_disconnected(battery):
    keep(battery, RECONNECT)
    with pytest.raises(errors.InstrumentRefused, match="the battery is disconnected now"):
        call(battery, "ovp", 2)
    state = call(battery, "state")
    assert (state["enabled"], state["ovp_tripped"], state["ovp_limit"]) == (False, True, 2)
    assert call(battery, "ovp", 20) == 20
    state = call(battery, "state")
    assert (state["enabled"], state["ovp_tripped"]) == (False, True), "nothing connects it, and nothing clears the trip"


def test_it_is_kept_when_the_net_is_saved_again_and_renamed(bench):
    keep(bench, RECONNECT)
    plain = {key: value for key, value in record(bench).items() if key != "while_connected"}
    bench.service.change(wire.SaveNets(1, [plain]))
    bench.service.change(wire.RenameNet(1, "battery1", "pack"))
    named = {net.name: net.while_connected for net in bench.service.nets()}
    bench.service.change(wire.RenameNet(1, "pack", "battery1"))
    assert named == {"supply1": None, "pack": wire.WhileConnected("reconnect")}
    assert record(bench)["while_connected"] == RECONNECT
    keep(bench, {})


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("supply1", RECONNECT, 400, "a net of type power-supply is not disconnected for its parameters"),
        ("battery1", {"parameters": "always"}, 400, "parameters of a connected battery cannot be 'always'"),
        ("battery1", {"parameters": ["refuse"]}, 400, "parameters of a connected battery cannot be ['refuse']"),
        ("battery1", {"soc": "reconnect"}, 400, "while_connected cannot be {'soc': 'reconnect'}"),
        ("battery1", [], 400, "the body must be a JSON object"),
        ("nope", RECONNECT, 404, "Invalid Net: nope"),
    ],
)
def test_what_cannot_be_kept_is_refused(bench, path, body, status, words):
    before = bench.file.read_bytes()
    got, answer = asked(bench, "PUT", f"/nets/{path}/while-connected", body)
    assert got == status, answer
    assert words in answer["error"]
    assert bench.file.read_bytes() == before


def test_nobody_else_sets_it_while_the_box_is_locked(bench):
    assert asked(bench, "POST", "/lock", {"user": "ada"})[0] == 200
    try:
        assert asked(bench, "PUT", "/nets/battery1/while-connected", RECONNECT)[1]["code"] == errors.BoxLocked.code
    finally:
        asked(bench, "POST", "/unlock", {"user": "ada"})
    assert "while_connected" not in record(bench)


UNKNOWN = ["reconnect", 7, True, [1], {"parameters": 1}, {"x": "refuse"}, {"parameters": "reconnect", "after": 2}]


@pytest.mark.parametrize("said", UNKNOWN)
def test_what_nobody_can_ask_for(said):
    with pytest.raises(errors.UsageError):
        whileconnected.understood("battery", said)


@pytest.mark.parametrize(("role", "said"), [*(("battery", one) for one in UNKNOWN), ("power-supply", RECONNECT)])
def test_what_a_bench_file_says_that_is_not_understood_disconnects_nothing_and_breaks_no_bench(tmp_path, role, said):
    path = tmp_path / "bench.json"
    net = {"name": "it", "role": role, "instrument": "Keithley_2281S", "address": ADDRESS, "while_connected": said}
    path.write_text(json.dumps([net]))
    (read,) = benchreading.load(path).nets
    assert read.while_connected is None
    limits = benchlimits.BenchLimits(path, ADDRESS)
    assert not limits.reconnects("it", role)
    benchwriting.change(path, wire.SetSafety(1, "it", "safety_limits", {"max_voltage": 3}))
    assert benchreading.load(path).records[0]["while_connected"] == said, "it may be of a version that understands it"
    benchwriting.change(path, wire.SaveNets(1, [net]))
    with pytest.raises(errors.UsageError, match=r"^it: "):
        benchwriting.change(path, wire.SaveNets(1, [net | {"while_connected": "anything else"}]))
    assert benchreading.load(path).records[0]["while_connected"] == said
    if role == "battery":
        benchwriting.change(path, wire.SetSafety(1, "it", "while_connected", RECONNECT))
        assert limits.reconnects("it", role)


def test_where_a_supply_has_the_same_name_it_is_the_battery_that_is_meant(tmp_path):
    path = tmp_path / "bench.json"
    net = {"name": "it", "instrument": "Keithley_2281S", "address": ADDRESS, "pin": "1"}
    path.write_text(json.dumps([net | {"role": "power-supply"}, net | {"role": "battery"}]))
    benchwriting.change(path, wire.SetSafety(1, "it", "while_connected", RECONNECT))
    assert [one.get("while_connected") for one in benchreading.load(path).records] == [None, RECONNECT]


class Cut:
    """A way to a simulated instrument that ends when a command that begins so is to be sent."""

    def __init__(self, until):
        circuit = Circuit(random.Random(3), {"A": Rail(load=100.0)}, {}, Wires(outputs={"it.1": "A"}))
        made = Simulation("Keithley_2281S", "1", Wiring(circuit, "it"), lambda: 0.0, {})
        self.instrument, self.until = simulate(made), until

    def write(self, command):
        if self.until and command.startswith(self.until):
            raise OSError(errno.ETIMEDOUT, "nothing came")
        self.instrument.handle(command)

    def query(self, command, within=None):
        return self.instrument.handle(command)

    def lost(self):
        return False

    def close(self):
        pass


@pytest.mark.parametrize(
    ("until", "may_be_off"), [(":BATT:OUTP OFF", True), (":BATT:SIM:CAP", True), (":BATT:OUTP ON", True), ("*", False)]
)
def test_a_cable_that_ends_meanwhile_is_told_with_what_may_have_become_of_the_battery(until, may_be_off):
    link = Cut("")
    session = Session(lambda: link, lambda way: K2281S(way, lambda _: None), (OSError, errors.LagerError))

    def perform(action, reads_only=False):
        leave = Interruption()
        return calls.perform(
            session,
            calls.Request("K at A", "battery1.capacity", "battery", "1", action, reads_only, interruption=leave),
        )

    perform(lambda channel: channel.enable())
    link.until = until
    if not may_be_off:
        assert perform(lambda channel: channel.capacity(3)) == 3
        return
    with pytest.raises(errors.InstrumentSilent) as caught:
        perform(lambda channel: channel.capacity(3))
    assert caught.value.what == (
        "the K at A did not answer in time; it is not known whether battery1.capacity reached it; "
        "its output was to be switched off for that, and may be off now"
    )

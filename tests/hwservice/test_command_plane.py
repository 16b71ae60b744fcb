"""Actions over HTTP on the simulated bench: what commands and released clients are answered, also when it breaks."""

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from ownbench import Bench, Process, environment

from lager import boxlock, client, errors, wire
from lager.actions import measuring
from lager.lockfile import LockFile
from lager.times import ANSWER_WITHIN

INSTRUMENTS = {"Keithley_2281S", "Rigol_DP821", "LabJack_T7"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """One service for all; each test leaves it whole."""
    folder = tmp_path_factory.mktemp("bench")
    process = Process("lager_drivers.simulated", "--state", folder, env=environment(folder))
    nets = wire.from_json(Path(process.report("ready")["bench"]).read_bytes(), list[wire.NetRecord])
    one = Bench(folder, [net for net in nets if net.instrument in INSTRUMENTS])
    yield one
    one.close()
    process.close()


@pytest.fixture
def ask(bench):
    """Ask the nets' port; give status and answer."""

    def call(method, path, body=None):
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {bench.token}"}
        url = f"http://127.0.0.1:{bench.ready['http_port']}{path}"
        request = urllib.request.Request(url, data, headers, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, json.load(answer)

    return call


@pytest.fixture
def command(ask):
    """Do it as released clients do."""

    def call(which, net, action, **params):
        return ask("POST", f"/{which}/command", {"netname": net, "action": action, "params": params})

    return call


@pytest.fixture
def act(bench):
    """Do it as commands do."""
    nets = client.Service("", "127.0.0.1", bench.ready["http_port"], bench.token)

    def call(net, role, action, **params):
        asked = wire.NetAction(role, action, params, "the test")
        return nets.post(f"/nets/{net}/act", asked, wire.NetDone, timeout=ANSWER_WITHIN)

    return call


def test_who_is_there_and_what_it_can(ask):
    assert ask("GET", "/health") == (
        200,
        {"status": "healthy", "service": "lager-python-box", "version": "1.0.0", "websocket": "enabled"},
    )
    hello = {"message": "Hello from Lager Python Box!", "service": "lager-python-box", "websocket": "enabled"}
    assert ask("GET", "/hello") == (200, hello)
    status, facts = ask("GET", "/status")
    assert (status, facts["healthy"]) == (200, True)
    assert facts["capabilities"]["netCommand"] is True
    assert facts["capabilities"]["netCommandRoles"] == [
        *("gpio", "adc", "dac", "thermocouple", "watt-meter", "eload", "energy-analyzer", "scope"),
    ]
    assert {"name": "supply1", "type": "PowerSupply"} in facts["nets"]


def test_a_supply_as_released_clients_drive_it(command):
    said = [
        command("supply", "supply2", "voltage", netname="supply2", value=3.3, ocp=None, ovp=None),
        command("supply", "supply2", "voltage"),
        command("supply", "supply2", "enable"),
        command("supply", "supply2", "disable"),
    ]
    assert said == [
        (200, {"success": True, "action": "voltage", "message": "Voltage set to 3.3V", "value": 3.3}),
        (200, {"success": True, "action": "voltage", "message": "Voltage setpoint: 3.3V", "value": 3.3}),
        (200, {"success": True, "action": "enable", "message": "Supply output enabled", "value": True}),
        (200, {"success": True, "action": "disable", "message": "Supply output disabled", "value": False}),
    ]
    for action in ("state", "print_state"):
        status, state = command("supply", "supply2", action)
        assert (status, state["success"], state["state"]["netname"]) == (200, True, "supply2")
        assert state["message"].startswith("Channel 1: OFF, Set: 3.3V/")
        assert state["state"] == {"netname": "supply2", **state["value"]}


def test_protections_that_come_with_a_voltage_are_set(command):
    status, answer = command("supply", "supply2", "voltage", value=5, ovp=6, ocp=0.5)
    assert (status, answer["message"]) == (200, "Voltage set to 5V, OVP limit set to 6V, OCP limit set to 0.5A")
    assert command("supply", "supply2", "ovp")[1]["message"] == "OVP limit: 6.0V"
    assert command("supply", "supply2", "voltage", value=3, ovp=4)[1]["success"] is True
    assert command("supply", "supply2", "voltage", value=7, ovp=8)[1]["message"].startswith("Voltage set to 7V")


def test_a_battery_as_released_clients_drive_it(command):
    assert command("battery", "battery1", "set_soc", value=55)[1] == {
        "success": True,
        "action": "set_soc",
        "message": "SOC set to 55%",
        "value": 55.0,
    }
    assert command("battery", "battery1", "set_mode", mode_type="static")[1]["message"] == "Mode set to static"
    assert command("battery", "battery1", "set_mode")[1]["message"] == "Mode: static"
    for action in ("state", "print_state"):
        status, answer = command("battery", "battery1", action)
        assert (status, answer["state"]["soc"]) == (200, 55.0)
        assert answer["message"].startswith("Channel 1: OFF, Mode: static, Model: ")
        assert ", SOC: 55.0%, Voltage: " in answer["message"]


def test_other_nets_as_released_clients_drive_them(command):
    assert command("net", "gpio1", "output", level=1)[1]["message"] == "Set to HIGH"
    assert command("net", "gpio2", "input")[1] == {
        "success": True,
        "action": "input",
        "message": "HIGH (1)",
        "value": 1,
    }
    assert command("net", "dac1", "set", value=1.5)[1]["message"] == "Set to 1.500000 V"
    assert command("net", "dac1", "read")[1]["value"] == pytest.approx(1.5, abs=0.01)
    assert command("net", "thermocouple1", "read")[1]["message"].startswith("Temperature: 2")


@pytest.mark.parametrize(
    ("which", "body", "status", "error"),
    [
        ("supply", {"netname": "supply1"}, 400, "netname and action are required"),
        ("supply", b"", 400, "netname and action are required"),
        ("battery", {"action": "state"}, 400, "netname and action are required"),
        ("net", {}, 400, "netname and action are required"),
        ("net", b"[]", 400, "not a message this end understands: Expected `object`, got `array`"),
        ("supply", {"netname": "x", "action": "state"}, 404, "Net 'x' not found. Create it with 'lager nets create'."),
        ("battery", {"netname": "adc1", "action": "state"}, 404, "Net 'adc1' is a 'adc' net, not 'battery'."),
        ("supply", {"netname": "supply1", "action": "explode"}, 400, "Unknown action: explode"),
        (
            "supply",
            {"netname": "supply1", "action": "voltage", "params": {"value": 120}},
            *(400, "Voltage 120V exceeds hardware limit 20.0V"),
        ),
        (
            "supply",
            {"netname": "supply1", "action": "voltage", "params": {"value": "abc"}},
            *(400, "value 'abc' is not a valid number"),
        ),
        ("net", {"netname": "x", "action": "read"}, 404, "Net 'x' not found"),
        ("net", {"netname": "adc1", "action": "explode"}, 400, "Unknown action 'explode' for role 'adc'"),
        ("net", {"netname": "dac1", "action": "set"}, 400, "Missing required value: 'value'"),
        (
            "net",
            {"netname": "supply1", "action": "state"},
            *(501, "Role 'power-supply' is not supported by /net/command"),
        ),
        (  # at 501 clients say that the box is to be updated, which puts another product on it
            "net",
            {"netname": "spi1", "action": "read", "role": "spi"},
            *(400, "Role 'spi' is not supported by /net/command"),
        ),
    ],
)
def test_what_is_wrong_is_told_as_released_clients_expect(ask, which, body, status, error):
    got, answer = ask("POST", f"/{which}/command", body)
    assert (got, answer["success"], answer["error"]) == (status, False, error)
    assert answer["hint"]
    if "are required" in error or "understands" in error:
        assert answer["hint"] == 'send {"netname": ..., "action": ..., "params": {}}'


def test_what_is_not_served(ask):
    status, answer = ask("GET", "/nowhere")
    assert (status, answer["error"], answer["message"]) == (404, "Not found", "The requested endpoint does not exist")
    assert answer["what"] == "GET /nowhere is not served here"
    assert ask("GET", "/supply/command")[0] == 405


def test_power_of_a_net_that_is_no_meter(ask, act):
    asked = {"netname": "supply2", "action": "all", "role": "watt-meter", "params": {"duration": 0}}
    status, answer = ask("POST", "/net/command", asked)
    assert (status, set(answer["value"])) == (200, {"power", "voltage", "current"})
    assert act("supply2", "energy-analyzer", "read_energy", duration=0).value["energy_j"] == pytest.approx(0, abs=1e-3)
    with pytest.raises(errors.WrongNetType, match="adc1 is an adc net, which measures no power"):
        act("adc1", "watt-meter", "read")
    unsupported = measuring.unmeasured("watt1", "watt-meter", "watt-meter")
    assert "watt1 is a watt-meter net, and no instrument of that kind is supported" in str(unsupported)


def test_an_instrument_that_is_gone_is_no_success_and_no_zeros(bench, command, act, ask):
    bench.happens("unplug", "supply2")
    try:
        for action in ("state", "voltage", "enable"):
            status, answer = command("supply", "supply2", action)
            assert (status, answer["success"], answer["code"]) == (200, False, "instrument-gone")
            assert "Rigol_DP821" in answer["error"]
            with pytest.raises(errors.InstrumentGone):
                act("supply2", "power-supply", action)
        found = {one["name"]: one for one in ask("GET", "/nets/state")[1]}
        assert found["supply2"]["state"] is None
        assert found["supply2"]["reason"].startswith("unreadable: the Rigol_DP821")
        assert found["supply2"]["reason_code"] == "instrument-gone"
        assert found["gpio3"] == {"name": "gpio3", "role": "gpio", "state": "HIGH (1)"}
    finally:
        bench.happens("replug", "supply2")
    assert act("supply2", "power-supply", "state").value["channel"] == 1


@pytest.mark.parametrize("action", ["voltage", "enable"])
def test_after_a_power_cycle_an_action_that_builds_on_lost_settings_is_refused_once(bench, act, action):
    value = {"value": 2.5} if action == "voltage" else {}
    act("supply2", "power-supply", "voltage", value=7, ovp=8)
    bench.happens("power-cycle", "supply2")
    with pytest.raises(errors.InstrumentRestarted, match="was switched off and on"):
        act("supply2", "power-supply", action, **value)
    state = act("supply2", "power-supply", "state").value
    assert (state["voltage_set"], state["enabled"]) == (0.0, False)
    act("supply2", "power-supply", action, **value)
    act("supply2", "power-supply", "disable")


def test_a_read_after_a_power_cycle_brings_a_notice(bench, act, command):
    act("supply2", "power-supply", "state")
    bench.happens("power-cycle", "supply2")
    assert act("supply2", "power-supply", "voltage").notice.startswith("the Rigol_DP821 at ")
    assert act("supply2", "power-supply", "voltage").notice == ""
    bench.happens("power-cycle", "supply2")
    assert "was switched off and on" in command("supply", "supply2", "disable")[1]["notice"]


@pytest.mark.parametrize("role", ["power-supply", "battery"])
def test_while_one_role_is_watched_the_other_is_refused_in_the_released_words(bench, command, act, ask, role):
    names = {"power-supply": "supply1", "battery": "battery1"}
    (its_role,) = names.keys() - {role}
    net, watched = names[role], names[its_role]
    text = (
        f"'{net}' is on the same Keithley 2281S as '{watched}', which is currently in use as a {its_role}. The 2281S "
        f"supports one role at a time \N{EM DASH} close the {its_role} session first."
    )
    nets = client.Service("", "127.0.0.1", bench.ready["http_port"], bench.token)
    watching = nets.lines(f"/nets/{watched}/watch?role={its_role}&interval=5&caller=x", wire.Watched, timeout=30)
    assert next(watching).error is None
    which = "supply" if role == "power-supply" else "battery"
    status, answer = command(which, net, "state")
    assert (status, answer["success"], answer["error"]) == (200, False, text)
    with pytest.raises(errors.RoleConflict) as caught:
        act(net, role, "enable")
    assert caught.value.what == text
    found = {one["name"]: one for one in ask("GET", "/nets/state")[1]}
    assert found[net]["reason_code"] == "role-conflict"
    assert found[watched]["state"].startswith("OFF, ")
    watching.close()
    until_free(act, net, role)
    assert command(which, net, "state")[1]["success"] is True


def until_free(act, net, role):
    """Wait until the service has noticed that the watcher has gone."""
    for _ in range(1000):
        try:
            return act(net, role, "state")
        except errors.RoleConflict:
            continue
    raise AssertionError("it is never free")


def test_a_locked_box_takes_reads_only(bench, act, ask, command):
    lock = LockFile(bench.folder / "state")
    lock.tell(boxlock.Ask("alice", "user", None))
    try:
        assert act("supply2", "power-supply", "state").value["channel"] == 1
        with pytest.raises(errors.BoxLocked):
            act("supply2", "power-supply", "voltage", value=1)
        assert command("supply", "supply2", "voltage", value=1)[0] == 409
        assert ask("DELETE", "/nets/adc8")[0] == 409
        assert ask("DELETE", "/nets?holder=bob")[0] == 409
        assert ask("PUT", "/nets/adc8", {"name": "adc8", "role": "adc", "instrument": "LabJack_T7"})[0] == 409
    finally:
        lock.tell(boxlock.Unlock("", force=True))


def test_nets_are_saved_renamed_and_deleted(bench, ask):
    record = {"name": "new/net", "role": "dac", "instrument": "LabJack_T7", "pin": "DAC9", "tags": ["a"]}
    record["address"] = "modbus-tcp://127.0.0.1:1"
    assert ask("PUT", "/nets/new%2Fnet", record) == (200, {"ok": True})
    saved = {one["name"]: one for one in json.loads(bench.file.read_text())}
    assert (saved["new/net"]["tags"], saved["new/net"]["mappings"][0]["pin"]) == (["a"], "DAC9")
    assert ask("POST", "/nets/new%2Fnet/rename", {"new_name": "adc1"})[0] == 400
    assert ask("POST", "/nets/new%2Fnet/rename", {"new_name": "renamed"}) == (200, {"ok": True})
    assert ask("DELETE", "/nets/renamed?role=adc")[0] == 404
    assert ask("DELETE", "/nets/renamed?role=dac") == (200, {"ok": True})
    assert ask("DELETE", "/nets/renamed") == (
        404,
        {
            "error": "Net not found",
            "code": "net-not-found",
            "what": "Net not found",
            "hint": "`lager nets` lists the nets of the bench",
        },
    )
    assert ask("POST", "/nets/renamed/rename", {"new_name": "again"})[0] == 404


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"nonsense", "Invalid JSON body"),
        (b"[]", "Invalid JSON body"),
        ({"name": "x", "role": "adc"}, "name, role, and instrument are required"),
        ({"name": "x", "role": "", "instrument": "LabJack_T7"}, "name, role, and instrument are required"),
        ({"name": "y", "role": "adc", "instrument": "LabJack_T7"}, "the record is of 'y', and was sent for 'x'"),
    ],
)
def test_a_record_that_is_none_is_not_saved(bench, ask, body, error):
    before = bench.file.read_bytes()
    status, answer = ask("PUT", "/nets/x", body)
    assert (status, answer["error"]) == (400, error)
    assert bench.file.read_bytes() == before


def test_all_nets_are_deleted_at_once(bench, ask):
    before = bench.file.read_bytes()
    assert ask("DELETE", "/nets") == (200, {"ok": True})
    assert ask("GET", "/nets/list") == (200, [])
    assert ask("GET", "/nets/state") == (200, [])
    bench.file.write_bytes(before)

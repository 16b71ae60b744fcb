"""The simulated bench's file: what somebody has saved there outlives its next start."""

import json

import pytest

from lager import wire
from lager_drivers.simulated import savednets
from lager_hwservice import benchwriting

USB = "USB0::0x05E6::0x2281::4381218::INSTR"


def nets(port, in_kernel=False):
    via = "" if in_kernel else f"usbip://127.0.0.1:{port}"
    address = f"modbus-tcp://127.0.0.1:{port + 1}"
    return [
        wire.NetRecord("supply1", "power-supply", "Keithley_2281S", USB, "1", via),
        wire.NetRecord("adc1", "adc", "LabJack_T7", address, "AIN0"),
        wire.NetRecord("adc2", "adc", "LabJack_T7", address, "AIN1"),
    ]


@pytest.fixture
def path(tmp_path):
    one = tmp_path / "simulated-bench.json"
    savednets.write(one, nets(1000))
    return one


def found(path):
    return {one["name"]: one for one in json.loads(path.read_text())}


def save(path, **net):
    assert benchwriting.change(path, wire.SaveNets(1, [net]))


def test_the_first_start(path):
    assert wire.from_json(path.read_bytes(), list[wire.NetRecord]) == nets(1000)


def test_a_saved_net_stays_and_follows_its_instrument(path):
    save(path, name="rail", role="adc", instrument="LabJack_T7", pin="AIN9", address="modbus-tcp://127.0.0.1:1001")
    save(path, name="battery", role="battery", instrument="Keithley_2281S", pin="1", address=USB)
    savednets.write(path, nets(2000))
    now = found(path)
    assert list(now) == ["supply1", "adc1", "adc2", "rail", "battery"]
    assert (now["rail"]["address"], now["rail"]["pin"]) == ("modbus-tcp://127.0.0.1:2001", "AIN9")
    assert now["battery"]["via"] == now["supply1"]["via"] == "usbip://127.0.0.1:2000"
    savednets.write(path, nets(2000, in_kernel=True))
    assert "via" not in found(path)["battery"]
    savednets.write(path, nets(3000))
    assert found(path)["battery"]["via"] == "usbip://127.0.0.1:3000"


def test_what_was_saved_over_one_of_its_own_stays_in_its_place(path):
    save(path, **(found(path)["adc1"] | {"tags": ["VBAT"]}))
    savednets.write(path, nets(2000))
    now = found(path)
    assert len(now) == 3
    assert (now["adc1"]["tags"], now["adc1"]["address"]) == (["VBAT"], "modbus-tcp://127.0.0.1:2001")


def test_one_of_its_own_that_was_deleted_is_there_again(path):
    assert benchwriting.change(path, wire.DeleteNets(1, "adc2"))
    assert "adc2" not in found(path)
    savednets.write(path, nets(1000))
    assert "adc2" in found(path)


def test_one_that_was_renamed_is_there_under_both_names(path):
    assert benchwriting.change(path, wire.RenameNet(1, "adc2", "VBAT"))
    savednets.write(path, nets(1000))
    assert list(found(path)) == ["supply1", "adc1", "adc2", "VBAT"]


def test_limits_and_safe_states_of_its_own_nets_stay_and_those_that_were_cleared_do_not(path):
    limits, safe = {"max_current": 0.5}, {"output": "off", "order": 1}
    for key, value in [("safety_limits", {"max_voltage": 9}), ("safe", safe), ("safety_limits", limits)]:
        assert benchwriting.change(path, wire.SetSafety(1, "supply1", key, value))
    for port in (2000, 3000):
        savednets.write(path, nets(port))
        now = found(path)["supply1"]
        assert (now["safety_limits"], now["safe"], now["via"]) == (limits, safe, f"usbip://127.0.0.1:{port}")
    assert benchwriting.change(path, wire.SetSafety(1, "supply1", "safety_limits", {}))
    savednets.write(path, nets(1000))
    assert found(path)["supply1"].get("safety_limits") is None
    assert found(path)["supply1"]["safe"] == safe


def test_a_battery_that_may_be_disconnected_for_a_parameter_stays_so(path):
    said = {"parameters": "reconnect"}
    own = [wire.NetRecord("battery", "battery", "Keithley_2281S", USB, "1")]
    savednets.write(path, nets(1000, in_kernel=True) + own)
    assert benchwriting.change(path, wire.SetSafety(1, "battery", "while_connected", said))
    savednets.write(path, nets(2000, in_kernel=True) + own)
    assert found(path)["battery"]["while_connected"] == said
    assert benchwriting.change(path, wire.SetSafety(1, "battery", "while_connected", {"parameters": "refuse"}))
    assert "while_connected" not in found(path)["battery"]


def test_another_description_leaves_nothing_of_the_old_one_but_what_was_saved(path):
    save(path, name="rail", role="adc", instrument="LabJack_T7", pin="AIN9", address="modbus-tcp://127.0.0.1:1001")
    savednets.write(path, nets(2000)[:1])
    assert list(found(path)) == ["supply1", "rail"]


@pytest.mark.parametrize("broken", [b"[{", b"5", b"\xff", b"[5]"])
def test_a_broken_one_is_kept_aside(path, broken):
    path.write_bytes(broken)
    savednets.write(path, nets(1000))
    assert len(found(path)) == 3
    assert path.with_suffix(".broken").read_bytes() == broken

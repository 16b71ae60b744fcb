"""What scripts save of their nets, through a real hardware service."""

import json
import os
import subprocess
import sys
import threading

import pytest
from test_service import http

from lager import InvalidNetError, Net, NetType, errors, hardware, wire
from lager.service import Service


@pytest.fixture
def run(bench, monkeypatch):
    """Be a run of that bench."""
    monkeypatch.setenv(hardware.SOCKET, bench.ready["socket"])
    monkeypatch.delenv("LAGER_MUXES", raising=False)
    yield bench
    hardware.of_this_run()[1].close()
    hardware._of.cache_clear()


def rail(bench, **more):
    return {
        "name": "rail",
        "role": NetType.ADC,
        "instrument": "LabJack_T7",
        "pin": "AIN9",
        "address": Net.get("adc1", NetType.ADC).address,
        "tags": ["x"],
    } | more


def test_a_net_that_is_saved_works_at_once(run):
    assert Net.save_local_net(rail(run)) is None
    net = Net.get("rail", NetType.ADC)
    assert net.input() == 9.5
    assert (net.device, net.device_type, net.channel, net.location) == ("LabJack_T7", None, "AIN9", None)
    assert net.mapping == {"net": "rail", "pin": "AIN9", "location": None, "device_override": None}
    assert http(run, "http_port", "/nets/rail/call", wire.NetCall("adc", "input"))[1]["value"] == 9.5
    assert Net.rename_local_net("rail", "battery voltage") is True
    assert Net.get("battery voltage", NetType.ADC).input() == 9.5
    assert net.input() == 9.5  # the script's own handle still has its channel
    with pytest.raises(InvalidNetError, match=r"^Invalid Net: rail"):
        Net.get("rail", NetType.ADC)
    assert Net.delete_local_net("battery voltage", NetType.DAC) is False
    assert Net.delete_local_net("battery voltage", NetType.ADC) is True
    assert Net.delete_local_net("battery voltage") is False
    assert Net.rename_local_net("battery voltage", "x") is False
    assert Net.get_from_saved_json("battery voltage", NetType.ADC) is None
    assert Net.get_from_saved_json("adc1", NetType.DAC) is None
    assert Net.get_from_saved_json("adc1", NetType.ADC).input() == 0.5


def test_records_and_what_is_known_of_nets(run):
    Net.save_local_net(rail(run, mappings=[{"location": "1, 2,3.5", "serial": "S"}]))
    known, raw = Net.list_saved()[-1], Net.get_local_nets()[-1]
    assert raw["mappings"] == [
        {"net": "rail", "pin": "AIN9", "location": "1, 2,3.5", "serial": "S", "device_override": None}
    ]
    assert raw["scope_points"] == [["AIN9", "AIN9"]]
    assert (raw["role"], raw["tags"], "via" in raw) == ("adc", ["x"], False)
    assert known.items() >= raw.items()
    assert (known["via"], known["location"]) == ("", "1, 2,3.5")
    assert Net.get("rail", NetType.ADC).location == (1.0, 2.0, 3.5)
    assert Net.filter_nets(Net.list_saved(), "rail") == [known]
    assert Net.filter_nets(Net.list_saved(), "rail", "adc") == Net.filter_nets([known], "rail", NetType.ADC) == [known]
    assert Net.filter_nets(Net.list_saved(), "rail", NetType.DAC) == Net.filter_nets([], "rail") == []
    assert Net.filter_nets([{"name": "s", "role": "analog"}], "s", "scope") == [{"name": "s", "role": "analog"}]


def test_all_of_them(run):
    before = Net.get_local_nets()
    Net.save_local_nets(before[:1])
    assert [net["name"] for net in Net.list_saved()] == ["adc1"]
    assert Net.delete_all_local_nets() is True
    assert Net.delete_all_local_nets() is False
    assert Net.list_saved() == []
    with pytest.raises(InvalidNetError, match="this bench can do nothing: it has no nets"):
        Net.get("x", NetType.SPI)
    Net.save_local_nets(before)
    assert Net.get("adc2", NetType.ADC).input() == 1.5


def test_a_type_that_is_not_served_says_what_there_is(run):
    can = "this bench can do ADC (adc1..adc4), DAC (dac1), GPIO (gpio1, gpio2)"
    with pytest.raises(InvalidNetError) as caught:
        Net.get("spi1", NetType.SPI)
    assert caught.value.what == "Invalid Net: spi1"
    assert caught.value.hint == (
        "nets of type spi (NetType.SPI): a box of the released Lager serves them, this one does not; "
        f"here, use the adapter's own Python package in the script; {can}"
    )
    assert Net.get_from_saved_json("spi1", NetType.SPI) is None
    with pytest.raises(InvalidNetError) as caught:
        Net.get("dac1", NetType.UART)
    assert caught.value.what == "dac1: nets of type uart (NetType.UART) are not served here; dac1 is NetType.DAC"
    assert "pyserial" in caught.value.hint
    assert caught.value.hint.endswith(can)


WRONG = [
    (lambda: Net.save_local_net({"name": "x", "role": "adc"}), errors.UsageError, "needs an instrument"),
    (lambda: Net.save_local_net("adc1"), TypeError, "must be a dict"),
    (lambda: Net.save_local_nets([{}]), errors.UsageError, "needs a name"),
    (lambda: Net.save_local_net({"name": "adc1", "role": "dac", "instrument": "x"}), errors.UsageError, "exists"),
    (lambda: Net.save_local_net({"name": "x", "role": "adc", "instrument": "i", "y": {1j}}), TypeError, "complex"),
    (lambda: Net.rename_local_net("adc1", "adc2"), errors.UsageError, "already exists"),
    (lambda: Net.rename_local_net("adc1", ""), errors.UsageError, "is no name"),
    (lambda: Net.rename_local_net("adc1", None), TypeError, "must be text"),
    (lambda: Net.delete_local_net(None), TypeError, "must be text"),
]


def test_what_is_wrong_is_said_and_changes_nothing(run):
    before = run.file.read_bytes()
    for deed, kind, said in WRONG:
        with pytest.raises(kind, match=said):
            deed()
    assert run.file.read_bytes() == before


def test_a_broken_file_is_reported_and_left_alone(run):
    run.file.write_text('[{"name": "adc1",\n]')
    for deed in (Net.get_local_nets, Net.delete_all_local_nets, lambda: Net.save_local_net({})):
        with pytest.raises(errors.UsageError, match=r"bench.json is broken in line 2: "):
            deed()
    assert run.file.read_text() == '[{"name": "adc1",\n]'
    assert Net.list_saved()[0]["name"] == "adc1"  # the bench stays as it was
    assert Net.get("adc1", NetType.ADC).input() == 0.5


def test_nets_of_this_run_alone(run, monkeypatch):
    assert Net.list_all_from_env() == []
    monkeypatch.setenv("LAGER_MUXES", '[{"name": "m1", "role": "scope"}]')
    assert Net.list_all_from_env() == [{"name": "m1", "role": "scope"}]
    with pytest.raises(errors.SetupFunctionRequired, match="m1 is a net behind a multiplexer"):
        Net.get("m1", NetType.ADC)
    for given in ("{", "5", '["a"]', "[" * 100_000):
        monkeypatch.setenv("LAGER_MUXES", given)
        with pytest.raises(errors.UsageError, match="LAGER_MUXES is no list of nets"):
            Net.list_all_from_env()


def test_runs_that_save_at_once_lose_nothing(run):
    code = (
        "import sys\n"
        "from lager import Net\n"
        "for n in range(12):\n"
        "    Net.save_local_net({'name': f'{sys.argv[1]}{n}', 'role': 'uart', 'instrument': 'i'})\n"
        "    if n % 3 == 0: assert Net.delete_local_net(f'{sys.argv[1]}{n}')\n"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    runs = [subprocess.Popen([*command, name], env=os.environ.copy()) for name in "abc"]
    assert [one.wait(60) for one in runs] == [0, 0, 0]
    saved = {net["name"] for net in Net.get_local_nets()}
    assert saved >= {f"{name}{n}" for name in "abc" for n in range(12) if n % 3}
    assert len(saved) == 7 + 24
    assert len(json.loads(run.file.read_text())) == 31


def test_a_change_is_sent_once(tmp_path):
    """A service that ends in the middle may have made the change: it is not sent again, and that is said."""
    import socket

    path = str(tmp_path / "s")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    taken = []

    def serve():
        for _ in range(2):
            connected, _ = listener.accept()
            taken.append(connected.recv(4096))
            connected.close()
            if b"save-nets" in taken[-1]:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    with pytest.raises(errors.ServiceUnreachable, match="not known whether it did"):
        Service(path).change(wire.SaveNets(1, []))
    thread.join()
    listener.close()
    assert len(taken) == 1


def test_who_the_instrument_says_it_is(run):
    path = "/nets/adc1/identity?role=adc"
    assert http(run, "http_port", path)[1]["identity"] == ""  # nobody has opened it yet
    run.hardware.call("adc1", "adc", "input")
    assert http(run, "http_port", path)[1]["identity"].startswith("LabJack T7")
    assert http(run, "http_port", "/nets/adc9/identity?role=adc")[0] == 404
    assert http(run, "http_port", "/nets/adc1/identity?role=dac")[0] == 409

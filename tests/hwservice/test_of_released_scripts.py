"""What released scripts ask of the bench beside `Net`, through a real hardware service."""

import pytest

import lager
from lager import Net, NetType, errors, hardware

BOARD = {"role": "adc", "instrument": "LabJack_T7"}


@pytest.fixture
def run(bench, monkeypatch):
    """Be a run of that bench."""
    monkeypatch.setenv(hardware.SOCKET, bench.ready["socket"])
    monkeypatch.delenv("LAGER_MUXES", raising=False)
    yield bench
    hardware.of_this_run()[1].close()
    hardware._of.cache_clear()


def test_what_is_plugged_in_and_what_is_saved(run):
    address = Net.get("adc1", NetType.ADC).address
    board = next(one for one in lager.get_available_instruments() if one["address"] == address)
    assert board["name"] == "LabJack_T7"
    assert "adc1 (adc)" in board["nets"]
    assert set(board) >= {"serial", "channels", "present"}
    assert lager.get_saved_nets() == Net.list_saved()


def test_an_input_by_its_pin(run):
    expected = Net.get("adc1", NetType.ADC).input()
    for asked in ({}, {"kind": "t7"}, {"kind": "LabJack_T7", "interface": "ain0"}):
        assert lager.read_adc(**asked) == expected == 0.5
    assert lager.read_adc("T7", "AIN1") == 1.5
    # A number alone, as in older bench files
    Net.save_local_net(BOARD | {"name": "old", "pin": "9", "address": Net.get("adc1", NetType.ADC).address})
    assert lager.read_adc("T7", "AIN9") == 9.5
    for asked in (("T7", "AIN13"), ("USB-202", "CH0"), ("T7", ""), ("T7", 0), (None, "AIN0")):
        with pytest.raises(errors.UsageError, match="no net of the bench is input") as refused:
            lager.read_adc(*asked)
        assert "lager nets add" in refused.value.hint
    Net.save_local_net(BOARD | {"name": "other", "pin": "AIN0", "address": "modbus-tcp://127.0.0.1:9"})
    with pytest.raises(errors.UsageError, match="can be adc1, other"):
        lager.read_adc()


def test_outside_a_run(monkeypatch):
    monkeypatch.delenv(hardware.SOCKET, raising=False)
    for use in (lager.read_adc, lager.get_saved_nets, lager.get_available_instruments):
        with pytest.raises(errors.ServiceUnreachable, match="lager python"):
            use()

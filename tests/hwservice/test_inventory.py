"""What is plugged in, as sysfs, the simulated bench, the bench file and the catalog say it together."""

import pytest
from fakesysfs import FakeMachine

from lager import wire
from lager_drivers import catalog
from lager_hwservice import inventory, usb

KEITHLEY = "USB0::0x05E6::0x2281::4381218::INSTR"


@pytest.fixture
def machine(tmp_path):
    return FakeMachine(tmp_path)


def listed(machine, nets=(), simulated=()):
    return inventory.listing(nets, simulated, list(usb.every(machine.machine)))


def test_hubs_are_no_instruments(machine):
    assert listed(machine) == []


def test_an_instrument_without_a_net_is_listed_with_all_it_could_serve(machine):
    machine.plug("1-1")
    [found] = listed(machine)
    assert (found.name, found.address, found.bus, found.present) == ("Keithley_2281S", KEITHLEY, wire.USB, True)
    assert found.channels == {"power-supply": ["1"], "battery": ["1"]}
    assert (found.serial, found.place, found.nets, found.note) == ("4381218", "usb 1-1 device 3", [], "")


def test_its_nets_are_named(machine):
    machine.plug("1-1")
    nets = [wire.NetRecord("vcc", "power-supply", "Keithley_2281S", KEITHLEY.lower().replace("::instr", ""), "1")]
    [found] = listed(machine, nets)
    assert found.nets == ["vcc (power-supply)"]


def test_models_that_look_alike_are_not_guessed(machine):
    machine.plug("1-1", 0x1AB1, 0x0E11, "DP8C1234567")
    machine.plug("1-2", 0x1AB1, 0x0E11, "DL3A204800938")
    supply, load = listed(machine)
    assert (supply.name, supply.channels) == ("", {})
    assert supply.could_be == ["Rigol_DP811", "Rigol_DP821", "Rigol_DP832"]
    assert supply.note == "it can be one of Rigol_DP811, Rigol_DP821, Rigol_DP832: say which with --instrument"
    assert all(name.startswith("Rigol_DL3") for name in load.could_be)


def test_which_of_them_it_is_says_the_bench_file(machine):
    machine.plug("1-1", 0x1AB1, 0x0E11, "DP8C1234567")
    nets = [wire.NetRecord("vcc", "power-supply", "Rigol_DP832", "USB0::0x1AB1::0x0E11::DP8C1234567::INSTR", "3")]
    [found] = listed(machine, nets)
    assert (found.name, found.could_be, found.note) == ("Rigol_DP832", [], "")
    assert found.channels == {"power-supply": ["1", "2", "3"]}


def test_a_labjack_on_usb_is_told_to_be_reached_otherwise(machine):
    machine.plug("1-1", 0x0CD5, 0x0007, "470012345", kinds=[(0xFF, 0)])
    [found] = listed(machine)
    assert (found.name, found.address, found.channels, found.note) == ("LabJack_T7", "", {}, inventory.NETWORK_ONLY)


def test_what_has_no_driver_is_called_so(machine):
    machine.plug("1-1", 0x0957, 0x1796, "MY1")
    machine.plug("1-2", 0x046D, 0xC31C, "", kinds=[(3, 1)])  # a keyboard
    [found] = listed(machine)
    assert (found.name, found.present, found.note) == ("", True, inventory.UNKNOWN)


def test_what_a_net_names_and_is_not_plugged_in_is_listed_as_away(machine):
    nets = [
        wire.NetRecord("vcc", "power-supply", "Keithley_2281S", KEITHLEY, "1"),
        wire.NetRecord("vbat", "adc", "LabJack_T7", "modbus-tcp://192.168.1.20", "AIN0"),
        wire.NetRecord("odd", "adc", "Somebodys", "", "1"),
    ]
    away, lan = listed(machine, nets)
    assert (away.present, away.note, away.nets) == (False, inventory.ABSENT, ["vcc (power-supply)"])
    assert (lan.present, lan.bus, lan.place, lan.note) == (None, wire.LAN, "tcp 192.168.1.20:502", "")


def test_where_sysfs_says_nothing_nobody_claims_that_something_is_away():
    nets = [wire.NetRecord("vcc", "power-supply", "Keithley_2281S", KEITHLEY, "1")]
    [found] = inventory.listing(nets, [], None)
    assert (found.present, found.note) == (None, "")


def test_a_simulated_instrument_in_the_kernel_is_listed_once(machine):
    machine.plug("1-1")
    simulated = wire.Simulated(
        address=KEITHLEY, instrument="Keithley_2281S", plugged=True, place="kernel vhci port 0", in_use=False
    )
    [found] = listed(machine, simulated=[simulated])
    assert (found.bus, found.place) == (wire.SIMULATED, "kernel vhci port 0")


def test_a_simulated_instrument_says_how_it_is_reached_and_how_it_comes_back():
    simulated = wire.Simulated(
        address=KEITHLEY, instrument="Keithley_2281S", plugged=False, place="usb 1-1", in_use=False, via="usbip://h:1"
    )
    [found] = inventory.listing([], [simulated], None)
    assert (found.present, found.via) == (False, "usbip://h:1")
    assert found.note == "unplugged: `lager sim replug` plugs it in again"


def test_every_instrument_says_how_it_looks_on_usb():
    assert all(entry.usb for entry in catalog.CATALOG)


def test_what_the_box_has_drivers_for():
    known = inventory.known()
    assert known["Rigol_DP821"] == {"power-supply": ["1", "2"]}
    assert set(known) >= {entry.name for entry in catalog.CATALOG}

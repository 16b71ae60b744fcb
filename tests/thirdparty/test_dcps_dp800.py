"""dcps' RigolDP800 (S. Goadhouse) with our simulated DP800: the family's Programming Guide as he read it.

His class sends without a list: it selects an output (`:INST:NSEL`) where it is given one, and means the selected one
otherwise. It never reads the error queue, so the tests do.
"""

import random
import time

import pytest
from dcps.RigolDP800 import RigolDP800

from lager_drivers.rigol_dp800.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Rail, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring

WIRES = Wires(outputs={"it.1": "one", "it.2": "two", "it.3": "three"})


def build(model="Rigol_DP832"):
    rails = {"one": Rail(load=10.0), "two": Rail(load=20.0), "three": Rail(load=50.0)}
    wiring = Wiring(Circuit(random.Random(5), rails, {}, WIRES), "it")
    return simulate(Simulation(model, "DP8C164754059", wiring, time.monotonic))


def opened(address, **options):
    supply = RigolDP800(address, wait=0, **options)
    supply.open()
    return supply


@pytest.fixture
def dp832(servers):
    address = f"TCPIP0::127.0.0.1::{servers.socket(build())}::SOCKET"
    supply = opened(address, read_termination="\n", write_termination="\n")
    yield supply
    assert supply.readError() == '0,"No error"'
    supply.close()


def near(value):
    return pytest.approx(value, abs=2e-3)


def test_it_is_who_it_says(dp832, capsys):
    assert dp832.idn() == "RIGOL TECHNOLOGIES,DP832A,DP8C164754059,00.01.14"
    dp832.rst()
    dp832.cls()
    dp832.printAllErrors()
    assert capsys.readouterr().out == ""


def test_its_panel_and_its_beeper(dp832):
    dp832.setRemote()
    dp832.setRemoteLock()
    dp832.setLocal()
    dp832.beeperOff()
    dp832.beeperOn()


@pytest.mark.parametrize(("channel", "ohms"), [(1, 10), (2, 20), (3, 50)])
def test_each_output_is_set_switched_and_measured(dp832, channel, ohms):
    dp832.setVoltage(4.5, channel)
    dp832.setCurrent(2.5)
    assert (dp832.queryVoltage(channel), dp832.queryCurrent(channel)) == (4.5, 2.5)
    assert not dp832.isOutputOn(channel)
    assert dp832.measureVoltage() == near(0)
    dp832.outputOn(channel)
    assert dp832.isOutputOn()
    assert dp832.measureVoltage(channel) == near(4.5)
    assert dp832.measureCurrent(channel) == near(4.5 / ohms)
    assert dp832.measurePower(channel) == pytest.approx(4.5**2 / ohms, abs=0.01)
    dp832.outputOff(channel)
    assert not dp832.isOutputOn(channel)


def test_what_is_to_switch_all_outputs_only_selects(dp832):
    # A quirk of dcps 0.9.3: these loops select the current channel, and send no OUTPut
    dp832.channel = 2
    dp832.outputOnAll()
    assert not any(dp832.isOutputOn(channel) for channel in (1, 2, 3))
    dp832.outputOn(3)
    dp832.outputOffAll()
    assert dp832.isOutputOn(3)
    assert dp832.channel == 3


def test_over_voltage_protection(dp832):
    assert dp832.queryVoltageProtection(1) == 33
    assert not dp832.isVoltageProtectionOn(1)
    dp832.setVoltageProtection(6, channel=1)
    dp832.voltageProtectionOn(1)
    assert dp832.queryVoltageProtection(1) == 6
    assert dp832.isVoltageProtectionOn(1)
    dp832.setVoltage(5)
    dp832.outputOn(1)
    assert not dp832.isVoltageProtectionTripped(1)
    dp832.setVoltage(7)
    assert dp832.isVoltageProtectionTripped(1)
    assert not dp832.isOutputOn(1)
    assert not dp832.isVoltageProtectionTripped(2)
    dp832.setVoltage(5, 1)
    dp832.voltageProtectionClear(1)
    assert not dp832.isVoltageProtectionTripped(1)
    assert dp832.isOutputOn(1)  # his route, VOLT:PROT:CLEar, switches it on again; OUTP:OVP:CLEAR would not
    dp832.voltageProtectionOff(1)
    assert not dp832.isVoltageProtectionOn(1)


def test_over_current_protection(dp832):
    assert dp832.queryCurrentProtection(2) == 3.3
    assert not dp832.isCurrentProtectionOn(2)
    dp832.setCurrentProtection(0.3, channel=2)
    dp832.currentProtectionOn(2)
    assert dp832.queryCurrentProtection(2) == 0.3
    dp832.setVoltage(5, 2)
    dp832.outputOn(2)
    assert not dp832.isCurrentProtectionTripped(2)
    dp832.setVoltage(8, 2)
    assert dp832.isCurrentProtectionTripped(2)
    assert not dp832.isOutputOn(2)
    dp832.setVoltage(5, 2)
    dp832.currentProtectionClear(2)
    assert not dp832.isCurrentProtectionTripped(2)
    assert dp832.isOutputOn(2)
    dp832.currentProtectionOff(2)
    assert not dp832.isCurrentProtectionOn(2)


def test_what_is_out_of_range_is_not_taken(dp832):
    dp832.setVoltage(33, 1)
    assert dp832.readError().startswith("-222,")
    assert dp832.queryVoltage(1) == 0


def test_on_usb_too(servers):
    supply = opened(servers.usb(build("Rigol_DP821")))
    assert supply.idn().strip() == "RIGOL TECHNOLOGIES,DP821A,DP8C164754059,00.01.14"
    supply.setVoltage(60, 1)
    supply.setVoltage(8, 2)
    assert (supply.queryVoltage(1), supply.queryVoltage(2)) == (60, 8)
    supply.close()

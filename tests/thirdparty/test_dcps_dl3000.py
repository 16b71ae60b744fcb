"""The simulated DL3000, as the RigolDL3000 driver of the package dcps meets it, over a raw socket and over USB/IP.

It was written at a real DL3000. Where it sends what the Programming Guide has not, the test says so.
"""

import random
import time

import pytest
from dcps import RigolDL3000

from lager_drivers.rigol_dl3000.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Rail, Source, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring


def near(wanted, by=2e-3):
    return pytest.approx(wanted, abs=by)


class Bench:
    """A load across a supply of 12 V and 20 A."""

    def __init__(self):
        self.rail = Rail(source=Source(emf=12.0, limit=20.0, on=True))
        circuit = Circuit(random.Random(5), {"A": self.rail}, {}, Wires(loads={"load.1": "A"}))
        wiring, options = Wiring(circuit, "load"), {"settling": 0}
        self.simulated = simulate(Simulation("Rigol_DL3021", "DL3A1", wiring, time.monotonic, options))


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture(params=["socket", "usb"])
def theirs(request, bench, servers):
    if request.param == "socket":
        address = f"TCPIP0::127.0.0.1::{servers.socket(bench.simulated)}::SOCKET"
    else:
        address = servers.usb(bench.simulated)
    # Its own default ends no line, which is right for USB-TMC and VXI-11, where a message has an end without one
    driver = RigolDL3000(address, wait=0, write_termination="\n")
    driver.open()
    yield driver
    driver.close()
    driver._rm.close()


def test_who_it_is(theirs):
    assert theirs.idn() == "RIGOL TECHNOLOGIES,DL3021,DL3A1,00.01.05.00.01"


def test_a_load_in_each_function(theirs, bench):
    theirs.rst()
    theirs.cls()
    theirs.setRemote()
    theirs.setRemoteLock()  # :DEBug:KEY 0, which is not in the guide
    for function, shown in {"CURRent": "CC", "RESistance": "CR", "VOLTage": "CV", "POWer": "CP"}.items():
        theirs.setFunction(function)
        assert theirs.queryFunction() == shown
    theirs.setFunction("CURR", channel=1)
    theirs.setCurrent(1.5)
    assert theirs.queryCurrent() == 1.5
    assert not theirs.isInputOn()
    theirs.inputOn()
    assert theirs.isInputOn(1)
    assert theirs.measureVoltage() == near(12)
    assert theirs.measureCurrent() == near(1.5)
    assert theirs.measurePower() == near(18, 0.02)
    assert theirs.measureResistance() == near(8, 0.02)
    theirs.setCurrent(2.0)
    assert theirs.measureCurrent() == near(2.0)
    bench.rail.source.emf = 10.0
    assert theirs.measureVoltageMax() == near(12)
    assert theirs.measureVoltageMin() == near(10)
    assert theirs.measureCurrentMax() == near(2.0)
    assert theirs.measureCurrentMin() == near(0)
    theirs.inputOff()
    assert not theirs.isInputOn()
    assert bench.rail.point().amps == near(0)
    theirs.setVoltage(9.5)
    assert theirs.queryVoltage() == 9.5
    theirs._waitCmd()
    assert theirs.readError() == '0,"No error"'


def test_ranges(theirs):
    assert (theirs.queryCurrentRange(), theirs.queryVoltageRange()) == (40, 150)  # the high ones, after power-on
    theirs.setCurrentRange(4)
    theirs.setVoltageRange("MIN")
    assert (theirs.queryCurrentRange(), theirs.queryVoltageRange()) == (4, 15)
    theirs.setCurrent(5)
    assert theirs.queryCurrent() == 0
    assert theirs.readError() == '-222,"Data out of range"'
    theirs.setCurrentRange("DEF")
    theirs.setVoltageRange(None)  # it has no automatic range: nothing is sent
    assert (theirs.queryCurrentRange(), theirs.queryVoltageRange()) == (40, 15)


def test_who_drives_the_input(theirs):
    assert theirs.queryFunctionMode() == "FIX"
    for mode, shown in {"LIST": "LIST", "WAVe": "WAV", "BATTERY": "BATT", "OCP": "OCP", "OPP": "OPP"}.items():
        theirs.setFunctionMode(mode)
        assert theirs.queryFunctionMode(channel=1) == shown
    theirs.setFunctionMode("FIXed")  # taken, and ignored: as in its own demonstration, which ends by a regulation
    assert theirs.queryFunctionMode() == "OPP"
    theirs.setFunction("CURR")
    assert theirs.queryFunctionMode() == "FIX"
    with pytest.raises(ValueError, match="unknown function mode"):
        theirs.setFunctionMode("FAST")


def test_remote_sense_and_von(theirs):
    theirs.setSenseState(True, channel=1)
    assert theirs.querySenseState()
    theirs.setSenseState(False)
    assert not theirs.querySenseState()
    theirs.setCurrentVON(5.5)
    with pytest.raises(NameError):  # a defect of theirs: `channel` is no parameter of that method
        theirs.queryCurrentVON()
    assert theirs.fetchGenericValue("SOURce:CURRent:VON?") == 5.5


@pytest.mark.parametrize("theirs", ["socket"], indirect=True)  # it waits between keys: once is enough
def test_its_keys_are_pressed(theirs):
    theirs.setImonExt(True)
    theirs.setImonExt(False)
    theirs.setDigitalOutput(True, 1)
    theirs.setLocal()
    theirs.beeperOn()
    theirs.beeperOff()
    assert theirs.readError() == '0,"No error"'


def test_what_other_instruments_have_is_refused(theirs, capsys):
    # What it inherits for supplies; here protections are VLIMt and ILIMt (Programming Guide 2-24), and outputs inputs
    theirs.setVoltageProtection(10)
    theirs.setCurrentProtection(5)
    theirs.outputOn()
    theirs.printAllErrors()
    assert capsys.readouterr().out.split() == ['-113,"Undefined', 'header"'] * 3

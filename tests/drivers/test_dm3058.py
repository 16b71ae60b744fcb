"""The Rigol DM3058: what is sent, line by line, and what it reads of a simulated one's jacks."""

import math
import random

import pytest
from cables import Direct, Script

from lager.errors import InstrumentError, InstrumentRefused
from lager_drivers.catalog import find
from lager_drivers.rigol_dm3058.meter import DM3058
from lager_drivers.rigol_dm3058.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Probe, Rail, Source, Wires
from lager_drivers.simulated.signals import signal
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring

IDN = ("*IDN?", "Rigol Technologies,DM3058E,DM3L123456789,01.01.00.02.02.00")


class Clock:
    """A time that passes only while somebody waits."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def scripted(*turns):
    clock = Clock()
    script = Script(*turns)
    return DM3058(script, clock.sleep), script, clock


@pytest.mark.parametrize(
    ("pin", "turns", "waited", "found"),
    [
        ("DCV", [(":FUNC?", "DCV"), (":MEAS:VOLT:DC?", "+1.234567E+00")], 0, 1.234567),
        (
            "DCV",
            [(":FUNC?", "2WR"), (":FUNC:VOLT:DC", None), (":FUNC?", "DCV"), (":MEAS:VOLT:DC?", "-5.000000E-03")],
            1,
            -0.005,
        ),
        ("ACV", [(":FUNC?", "ACV"), (":MEAS:VOLT:AC?", "+2.300000E+02")], 0, 230.0),
        (
            "ACV",
            [(":FUNC?", "DCV"), (":FUNC:VOLT:AC", None), (":FUNC?", "DCV"), (":FUNC?", "ACV"), (":MEAS:VOLT:AC?", "1")],
            2,
            1.0,
        ),
    ],
)
def test_a_reading_is_this_conversation(pin, turns, waited, found):
    meter, script, clock = scripted(*turns)
    assert meter.channel("adc", pin).input() == found
    assert clock.now == 100 + waited
    assert script.turns == []


@pytest.mark.parametrize("reply", ["+9.900000E+37", "-9.900000E+37", "OVERLOAD", "", "nan", "1.0;DCV"])
def test_what_is_no_reading_is_an_error(reply):
    meter, _, _ = scripted((":FUNC?", "DCV"), (":MEAS:VOLT:DC?", reply))
    with pytest.raises(InstrumentError, match="MEAS:VOLT:DC") as caught:
        meter.channel("adc", "DCV").input()
    assert "range" in caught.value.hint


def test_a_meter_that_does_not_follow_is_never_read():
    meter, script, _ = scripted((":FUNC?", "ACV"), (":FUNC:VOLT:DC", None), *[(":FUNC?", "ACV")] * 3)
    with pytest.raises(InstrumentRefused, match="still measures ACV after 3 s"):
        meter.channel("adc", "DCV").input()
    assert script.turns == []


@pytest.mark.parametrize("maker", ["Rigol Technologies,DM3058,", "RIGOL TECHNOLOGIES,DM3058E,"])
def test_both_models_are_known(maker):
    script = Script(("*IDN?", f"{maker}DM3L1,01.01"))
    assert find("rigol_dm3058e").connect(script).restarted(0) is False
    assert script.turns == []


@pytest.mark.parametrize("found", ["Rigol Technologies,DM3068,DM3O1,01.01", "Agilent Technologies,34401A,1,1", ""])
def test_another_instrument_is_refused(found):
    with pytest.raises(InstrumentError, match="there should be a Rigol DM3058"):
        find("Rigol_DM3058").connect(Script(("*IDN?", found)))


class Desk:
    """A simulated meter with its driver, across a rail (DCV) or at a signal (ACV)."""

    def __init__(self, probe="A", volts=5.0, **options):
        self.clock = Clock()
        self.rail = Rail(source=Source(volts, on=True))
        tone = signal({"shape": "sine", "frequency": 50.0, "low": -2.0, "high": 4.0})
        wires = Wires(probes={"it.DCV": Probe(probe)})
        self.circuit = Circuit(random.Random(1), {"A": self.rail}, {"tone": tone}, wires)
        simulation = Simulation("Rigol_DM3058", "DM3L1", Wiring(self.circuit, "it"), self.clock, options)
        self.simulated = simulate(simulation)
        self.cable = Direct(self.simulated)
        self.meter = DM3058(self.cable, self.clock.sleep)

    def read(self, pin):
        return self.meter.channel("adc", pin).input()

    def ask(self, *lines):
        return [self.simulated.handle(line) for line in lines][-1]


def test_it_reads_the_rail_and_changes_nothing():
    desk = Desk()
    assert desk.read("DCV") == pytest.approx(5, abs=1e-3)
    desk.rail.source.emf = 12.0
    assert desk.read("DCV") == pytest.approx(12, abs=1e-3)
    assert desk.cable.changes == []
    assert desk.clock.now == 100


def test_it_comes_back_to_what_was_asked_for():
    desk = Desk()
    assert all(0 <= desk.read("ACV") < 1e-3 for _ in range(10))
    assert desk.read("DCV") == pytest.approx(5, abs=1e-3)
    assert desk.cable.changes == [":FUNC:VOLT:AC", ":FUNC:VOLT:DC"]


@pytest.mark.parametrize(
    "options",
    [{"tells_at_once": True}, {"measuring_switches": True}, {"switching": 2.5}, {"latest": True}, {"model": "DM3058E"}],
)
def test_it_reads_both_whatever_the_firmware(options):
    desk = Desk("tone", **options)
    for _ in range(2):
        desk.clock.sleep(1)
        assert desk.read("DCV") == pytest.approx(1, abs=1e-3)
        assert desk.read("ACV") == pytest.approx(3 / math.sqrt(2), abs=1e-3)


@pytest.mark.parametrize("options", [{"switching": 3.5}, {"command_set": "AGILENT"}])
def test_a_meter_that_cannot_be_asked_gives_no_number(options):
    with pytest.raises(InstrumentError):
        Desk(**options).read("ACV")


def test_a_range_that_is_too_small_is_an_error_and_automatic_ranges_have_none():
    desk = Desk(volts=48.0)
    assert desk.read("DCV") == pytest.approx(48, abs=1e-2)
    assert desk.ask(":MEASure:VOLTage:DC:RANGe?") == "3"
    desk.ask(":MEAS:VOLT:DC 2")
    with pytest.raises(InstrumentError, match="no reading"):
        desk.read("DCV")
    assert desk.ask(":MEAS AUTO", ":MEAS?") == "TRUE"
    assert desk.read("DCV") == pytest.approx(48, abs=1e-2)


@pytest.mark.parametrize("wrong", [":MEAS:VOLT:DC 5", ":MEAS:VOLT:DC", ":RATE:VOLT:DC X", ":CMDSET HP", ":FUNC DCV"])
def test_what_it_refuses_changes_nothing(wrong):
    desk = Desk()
    before = desk.ask(":MEAS:VOLT:DC:RANG?"), desk.ask(":RATE:VOLT:DC?"), desk.ask("CMDSET?"), desk.ask(":FUNC?")
    assert desk.ask(wrong) is None
    after = desk.ask(":MEAS:VOLT:DC:RANG?"), desk.ask(":RATE:VOLT:DC?"), desk.ask("CMDSET?"), desk.ask(":FUNC?")
    assert before == after == ("2", "S", "RIGOL", "DCV")


def test_it_has_no_error_queue():
    assert Desk().ask(":NONSENSE?", "SYST:ERR?") is None


def test_the_latest_reading_is_as_old_as_the_rate():
    desk = Desk(latest=True)
    assert desk.read("DCV") == pytest.approx(5, abs=1e-3)
    desk.rail.source.emf = 6.0
    desk.clock.sleep(0.3)
    assert desk.read("DCV") == pytest.approx(5, abs=1e-3)
    desk.clock.sleep(0.2)
    assert desk.read("DCV") == pytest.approx(6, abs=1e-3)


def test_power_brings_back_dc_and_automatic_ranges():
    desk = Desk()
    desk.ask(":MEAS:VOLT:DC 0", ":FUNC:VOLT:AC")
    desk.clock.sleep(1)
    assert desk.ask(":FUNC?") == "ACV"
    desk.simulated.power_cycle()
    assert desk.ask(":FUNC?") == "DCV"
    assert desk.read("DCV") == pytest.approx(5, abs=1e-3)


def test_an_unknown_command_set_cannot_be_simulated():
    with pytest.raises(ValueError, match="RIGOL, AGILENT, FLUKE"):
        Desk(command_set="HP")

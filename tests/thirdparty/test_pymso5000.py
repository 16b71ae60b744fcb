"""The PyPI package pymso5000-tspspi against the simulated MSO5000, on its raw socket (the real one's is port 5555).

What it does otherwise than the manual, and what is broken in it, is said where it is met.
"""

import atexit
import random
import time

import numpy as np
import pytest
from labdevices.exceptions import CommunicationError_ProtocolViolation
from labdevices.oscilloscope import (
    OscilloscopeCouplingMode,
    OscilloscopeRunMode,
    OscilloscopeSweepMode,
    OscilloscopeTimebaseMode,
    OscilloscopeTriggerMode,
)
from pymso5000 import MSO5000

from lager_drivers.rigol_mso5000.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Probe, Wires
from lager_drivers.simulated.signals import signal
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring

CLOCK = signal({"shape": "square", "frequency": 1e3, "low": 0.0, "high": 3.3})
SINE = signal({"shape": "sine", "frequency": 1e3, "low": -1.0, "high": 1.0})


@pytest.fixture
def simulated():
    wires = Wires(probes={"it.1": Probe("clock"), "it.2": Probe("sine", 0.5)})
    circuit = Circuit(random.Random(5), {}, {"clock": CLOCK, "sine": SINE}, wires)
    return simulate(Simulation("Rigol_MSO5074", "MS5A221301338", Wiring(circuit, "it"), time.monotonic))


def connected(servers, simulated, **options):
    theirs = MSO5000("127.0.0.1", servers.socket(simulated), **options)
    assert theirs.connect()
    return theirs


@pytest.fixture
def theirs(servers, simulated):
    found = connected(servers, simulated, useNumpy=True)
    yield found
    found.disconnect()
    atexit.unregister(found._exitOff)


@pytest.fixture
def look(theirs):
    """Set it up to show the clock: 2 ms of it."""
    theirs.set_timebase_scale(2e-4)
    theirs._scpi.scpiCommand(":TRIG:EDGE:LEV 1.65")
    return theirs


def test_it_knows_what_it_speaks_to(theirs):
    assert theirs.identify() == {
        "manufacturer": "RIGOL TECHNOLOGIES",
        "product": "MSO5074",
        "serial": "MS5A221301338",
        "version": "00.01.03.02.02",
    }


def test_it_can_be_used_in_a_with_statement(servers, simulated):
    with MSO5000("127.0.0.1", servers.socket(simulated)) as theirs:
        assert theirs.identify()["product"] == "MSO5074"
    atexit.unregister(theirs._exitOff)


def test_channels_are_switched(theirs):
    assert [theirs.is_channel_enabled(n) for n in range(4)] == [True, False, False, False]
    theirs.set_channel_enable(2, True)
    theirs.set_channel_enable(0, False)
    assert [theirs.is_channel_enabled(n) for n in range(4)] == [False, False, True, False]


@pytest.mark.parametrize("ratio", [0.0001, 0.5, 1, 10, 50000])
def test_probe_ratios(theirs, ratio):
    theirs.set_channel_probe_ratio(1, ratio)
    assert theirs.get_channel_probe_ratio(1) == ratio


@pytest.mark.parametrize("scale", [500e-6, 1e-3, 0.2, 1, 10])
def test_scales_of_a_channel_behind_a_1x_probe(theirs, scale):
    theirs.set_channel_probe_ratio(0, 1)
    theirs.set_channel_scale(0, scale)
    assert theirs.get_channel_scale(0) == pytest.approx(scale)


def test_it_takes_scales_to_be_without_the_probe(theirs, simulated):
    """It divides what it sets by the probe's ratio, and multiplies what it gets: so it agrees with itself.

    The guide has SCALe as what a division is at the probe's tip: its range is times the ratio (`:CHANnel<n>:SCALe`).
    """
    theirs.set_channel_probe_ratio(0, 10)
    theirs.set_channel_scale(0, 10)
    assert theirs.get_channel_scale(0) == pytest.approx(10)
    assert float(simulated.handle(":CHAN1:SCAL?")) == pytest.approx(1)


@pytest.mark.parametrize("mode", OscilloscopeCouplingMode)
def test_coupling(theirs, mode):
    """Its public setter refuses every mode, as it never tells its own base class which ones there are."""
    with pytest.raises(ValueError, match="not supported by the device"):
        theirs.set_channel_coupling(3, mode)
    theirs._set_channel_coupling(3, mode)
    assert theirs.get_channel_coupling(3) is mode


def test_time_base(theirs):
    for scale in (5e-9, 1e-3, 1000.0):
        theirs.set_timebase_scale(scale)
        assert theirs.get_timebase_scale() == pytest.approx(scale)
    with pytest.raises(ValueError, match="Requested"):
        theirs.set_timebase_scale(1e-9)


@pytest.mark.parametrize("mode", OscilloscopeTimebaseMode)
def test_time_base_modes(theirs, mode):
    theirs.set_timebase_mode(mode)
    assert theirs.get_timebase_mode() is mode


def test_rolling_it_is_never_fast(theirs):
    theirs.set_timebase_mode(OscilloscopeTimebaseMode.ROLL)
    with pytest.raises(ValueError, match="roll mode"):
        theirs.set_timebase_scale(0.1)
    theirs.set_timebase_scale(0.2)
    assert theirs.get_timebase_scale() == pytest.approx(0.2)


@pytest.mark.parametrize("mode", OscilloscopeTriggerMode)
def test_trigger_modes(theirs, mode):
    theirs.set_trigger_mode(mode)
    assert theirs.get_trigger_mode() is mode


@pytest.mark.parametrize(
    ("mode", "word"),
    [
        (OscilloscopeSweepMode.AUTO, "AUTO"),
        (OscilloscopeSweepMode.NORMAL, "NORM"),
        (OscilloscopeSweepMode.SINGLE, "SING"),
    ],
)
def test_sweeps(theirs, mode, word):
    """Its getter sends the question and does not read the answer, so it raises always; the answer is still to come."""
    theirs.set_sweep_mode(mode)
    with pytest.raises(CommunicationError_ProtocolViolation):
        theirs.get_sweep_mode()
    assert theirs._scpi._socket.recv(100) == word.encode() + b"\n"


def test_it_runs_and_stops(look):
    look.set_run_mode(OscilloscopeRunMode.STOP)
    assert look.get_run_mode() is OscilloscopeRunMode.STOP
    look.set_run_mode(OscilloscopeRunMode.RUN)
    assert look.get_run_mode() is None  # triggered: it does not know `TD`, which the guide has
    look._scpi.scpiCommand(":TRIG:EDGE:LEV 5")
    assert look.get_run_mode() is OscilloscopeRunMode.RUN


def test_a_single_acquisition_stops_by_itself(look):
    look.set_run_mode(OscilloscopeRunMode.SINGLE)
    while look.get_run_mode() is not OscilloscopeRunMode.STOP:
        pass  # four thousandths of a second
    assert look.query_waveform(0)["y"].max() == pytest.approx(3.3, abs=0.2)


def test_a_trigger_is_forced(look):
    look._scpi.scpiCommand(":TRIG:EDGE:LEV 5")
    look.set_run_mode(OscilloscopeRunMode.SINGLE)
    look.force_trigger()
    while look.get_run_mode() is not OscilloscopeRunMode.STOP:
        pass


def test_a_trace_is_what_is_at_the_probe(look):
    found = look.query_waveform(0)
    assert (len(found["x"]), len(found["y"])) == (1000, 1000)
    assert found["x"][0] == pytest.approx(-1e-3)
    assert np.abs(found["y"][(found["x"] > 5e-5) & (found["x"] < 4.5e-4)] - 3.3).max() < 0.2
    assert np.abs(found["y"][(found["x"] > -4.5e-4) & (found["x"] < -5e-5)]).max() < 0.2


def test_traces_of_two_channels_with_statistics(look):
    look.set_channel_enable(1, True)
    found = look.query_waveform([0, 1], stats=["mean", "fft", "ifft", "correlate", "autocorrelate"])
    assert found["means"]["y0_avg"] == pytest.approx(1.65, abs=0.05)
    assert found["means"]["y1_std"] == pytest.approx(0.5 / np.sqrt(2), abs=0.05)  # half of the sine
    assert np.argmax(found["fft"]["y1_real"][1:500]) + 1 == 2  # two periods are on the screen
    assert set(found) >= {"x", "y0", "y1", "ifft", "correlation", "autocorrelation"}


def test_traces_without_numpy(servers, simulated):
    theirs = connected(servers, simulated)
    found = theirs.query_waveform(0)
    theirs.disconnect()
    atexit.unregister(theirs._exitOff)
    assert (len(found["x"]), len(found["y"])) == (1000, 1000)


def test_the_memory_is_read_when_stopped(servers, simulated):
    """Its `:WAV:POIN RAW` is not in the guide (points are a number), so `STOP` says how much comes."""
    theirs = connected(servers, simulated, useNumpy=True, rawMode=True)
    theirs.set_timebase_scale(2e-4)
    theirs._scpi.scpiCommand(":ACQ:MDEP 100k")
    with pytest.raises(CommunicationError_ProtocolViolation):
        theirs.query_waveform(0)
    theirs.set_run_mode(OscilloscopeRunMode.STOP)
    theirs._scpi.scpiCommand(":WAV:MODE RAW")
    theirs._scpi.scpiCommand(":WAV:STOP 100000")
    found = theirs.query_waveform(0)
    assert theirs._get_num_points() == "100000"
    theirs.disconnect()
    atexit.unregister(theirs._exitOff)
    assert len(found["y"]) == 100_000
    assert found["y"].max() == pytest.approx(3.3, abs=0.2)
    assert found["x"][-1] == pytest.approx(1e-3)

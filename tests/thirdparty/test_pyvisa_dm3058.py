"""The simulated Rigol DM3058, as short scripts with pyvisa talk to it; no package with a driver of it was found.

They are written from memory of what people do with a real one, so they prove the wire, not the meter.
"""

import random
import time

import pytest
import pyvisa

from lager_drivers.rigol_dm3058.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Probe, Rail, Source, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring


@pytest.fixture(params=["socket", "usb"])
def opened(servers, request):
    rails = {"A": Rail(source=Source(5.0, on=True))}
    circuit = Circuit(random.Random(1), rails, {}, Wires(probes={"it.DCV": Probe("A")}))
    simulated = simulate(
        Simulation("Rigol_DM3058", "DM3L77", Wiring(circuit, "it"), time.monotonic, {"switching": 0.0})
    )
    if request.param == "usb":
        address = servers.usb(simulated)
    else:
        address = f"TCPIP0::127.0.0.1::{servers.socket(simulated)}::SOCKET"
    manager = pyvisa.ResourceManager("@py")
    session = manager.open_resource(address, read_termination="\n", write_termination="\n")
    yield session
    session.close()
    manager.close()


def test_a_script_that_reads_dc(opened):
    assert opened.query("*IDN?").startswith("Rigol Technologies,DM3058,DM3L77,")
    opened.write("CMDSET RIGOL")
    opened.write(":FUNCtion:VOLTage:DC")
    opened.write(":MEASure AUTO")
    opened.write(":RATE:VOLTage:DC F")
    assert opened.query(":FUNCtion?") == "DCV"
    assert float(opened.query(":MEASure:VOLTage:DC?")) == pytest.approx(5, abs=1e-3)
    opened.write(":MEASure:VOLTage:DC 1")
    assert opened.query(":MEASure:VOLTage:DC:RANGe?") == "1"
    assert opened.query(":MEASure:VOLTage:DC?") == "+9.900000E+37"

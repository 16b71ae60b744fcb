"""pymeasure's KeysightE36312A with our simulated one: on a raw socket, as its port 5025, and on USB."""

import random
import time

import pytest
from pymeasure.adapters import VISAAdapter
from pymeasure.instruments.keysight import KeysightE36312A

from lager_drivers.keysight_e36000.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Rail, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring

OHMS = {1: 10.0, 2: 50.0, 3: 100.0}


def build():
    rails = {str(pin): Rail(load=ohms) for pin, ohms in OHMS.items()}
    wires = Wires(outputs={f"it.{pin}": str(pin) for pin in OHMS})
    wiring = Wiring(Circuit(random.Random(5), rails, {}, wires), "it")
    return simulate(Simulation("KEYSIGHT_E36312A", "MY59002391", wiring, time.monotonic))


@pytest.fixture(params=["socket", "usb"])
def supply(request, servers):
    if request.param == "socket":
        address = f"TCPIP0::127.0.0.1::{servers.socket(build())}::SOCKET"
    else:
        address = servers.usb(build())
    adapter = VISAAdapter(address, visa_library="@py", read_termination="\n", write_termination="\n")
    instrument = KeysightE36312A(adapter)
    yield instrument
    assert instrument.check_errors() == []
    adapter.close()


def near(value):
    return pytest.approx(value, abs=1e-3)


def test_it_is_who_it_says(supply):
    assert supply.id == "Keysight Technologies,E36312A,MY59002391,2.1.0-1.0.4-1.12"
    supply.reset()
    supply.clear()
    assert supply.complete == "1"
    assert int(supply.status) == 0


@pytest.mark.parametrize(("number", "volts", "amps"), [(1, 6, 5), (2, 25, 1), (3, 25, 1)])
def test_each_output_is_set_switched_and_measured(supply, number, volts, amps):
    channel = supply.channels[number]
    channel.voltage_setpoint = volts
    channel.current_limit = amps
    assert channel.voltage_setpoint == volts
    assert channel.current_limit == amps
    assert channel.output_enabled is False
    assert channel.voltage == near(0)
    channel.output_enabled = True
    assert channel.output_enabled is True
    assert channel.voltage == near(volts)
    assert channel.current == near(volts / OHMS[number])
    others = [one.output_enabled for other, one in supply.channels.items() if other != number]
    assert others == [False, False]
    channel.output_enabled = False
    assert channel.voltage == near(0)


def test_the_limit_holds_the_current(supply):
    supply.ch_1.voltage_setpoint = 5
    supply.ch_1.current_limit = 0.2
    supply.ch_1.output_enabled = True
    assert supply.ch_1.current == near(0.2)
    assert supply.ch_1.voltage == near(2)
    supply.ch_1.output_enabled = False


def test_its_own_ranges_are_inside_the_instruments(supply):
    # It allows no more than the ratings; the instrument takes 3 % more. It allows a limit of 0 A, and the instrument
    # (`CURR? MIN` of a unit: 1 and 2 mA) does not: that error is the instrument's
    with pytest.raises(ValueError, match="not in range"):
        supply.ch_1.voltage_setpoint = 6.1
    supply.write("VOLT 6.1, (@1)")
    assert supply.ch_1.voltage_setpoint == 6.1
    supply.ch_2.current_limit = 0
    assert supply.next_error[0] == -222

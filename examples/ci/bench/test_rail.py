"""The board's rail, at what its supply can be set to."""

import csv

import pytest

from lager import NetType


@pytest.fixture
def psu(net):
    """Give the supply, and switch it off in the end, however the test ends."""
    supply = net("supply1", NetType.PowerSupply)
    yield supply
    supply.disable()


@pytest.mark.parametrize("volts", [2.5, 3.3])
def test_rail(psu, volts):
    psu.set_voltage(volts)
    psu.enable()
    measured = psu.voltage()
    with open("readings.csv", "a", newline="") as file:
        csv.writer(file).writerow([volts, measured])
    assert measured == pytest.approx(volts, abs=0.05)

"""A board that is powered while its tests run, and never longer."""

import pytest

from lager import Net, NetType


def pytest_addoption(parser):
    parser.addoption("--ask-operator", action="store_true", help="stop where only eyes can tell")


@pytest.fixture(scope="session")
def psu():
    """The board's supply, on."""
    supply = Net.get("supply1", type=NetType.PowerSupply)
    try:
        supply.set_current(0.1)
        supply.set_voltage(3.3)
        supply.enable()
        yield supply
    finally:
        supply.disable()

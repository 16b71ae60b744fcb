"""What older scripts have of a power supply, and what became of it."""

import pytest

from lager import proxies, wire

SUPPLY = wire.NetRecord("supply1", "power-supply", "Keithley_2281S", "USB0::3", "1")


class Silent:
    """The way to a bench that must not be used."""

    def ask(self, name, role, method, args=()):
        raise AssertionError(f"{method}{args} was sent")


@pytest.mark.parametrize("args", [(), ("CV",)])
def test_a_supply_has_one_mode_and_needs_no_preparing(args):
    supply = proxies.PowerSupply(SUPPLY, Silent())
    assert supply.set_mode(*args) is None
    assert supply.init_continuous() is None

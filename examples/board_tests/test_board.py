"""What a powered board does at its test points."""

import pytest

from lager import Net, NetType, pause


@pytest.mark.usefixtures("psu")
@pytest.mark.parametrize(("net", "volts"), [("adc1", 3.3), ("adc2", 1.65)])
def test_rail(net, volts):
    assert Net.get(net, type=NetType.ADC).input() == pytest.approx(volts, rel=0.02)


def test_current(psu):
    assert 0.02 < psu.current() < 0.04


@pytest.mark.usefixtures("psu")
def test_line():
    out, back = Net.get("gpio7", type=NetType.GPIO), Net.get("gpio8", type=NetType.GPIO)
    for level in (1, 0, 1):
        out.output(level)
        assert back.wait_for_level(level, timeout=1) < 1


def test_led(psu, request):
    if not request.config.getoption("--ask-operator"):
        pytest.skip("only with --ask-operator: a person has to look")
    pause("is the green LED on? (Enter: yes; `lager python --abort ID`: no)")
    assert psu.output_is_enabled()

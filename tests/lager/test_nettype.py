"""Net types: the released order and role words."""

import pytest

from lager.nettype import NetType


def test_values_are_the_released_ones():
    names = (
        "Analog Logic Waveform Battery ELoad PowerSupply GPIO ADC Thermocouple Rotation Wifi Actuate PowerSupply2Q DAC "
        "Debug Arm Usb WattMeter UART Webcam SPI I2C EnergyAnalyzer Router"
    )
    assert [(one.name, one.value) for one in NetType] == [(name, n) for n, name in enumerate(names.split(), 1)]


@pytest.mark.parametrize("kind", NetType, ids=lambda kind: kind.name)
def test_every_type_has_a_role_of_its_own(kind):
    assert NetType.from_role(kind.role) is kind


def test_other_words_for_a_role():
    assert NetType.from_role("scope") is NetType.Analog
    assert NetType.from_role("mikrotik") is NetType.Router
    with pytest.raises(KeyError):
        NetType.from_role("solar")

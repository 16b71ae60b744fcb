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


def test_what_released_scripts_call_the_instruments():
    named = {kind: kind.device_type for kind in NetType if kind.device_type}
    assert named == {
        NetType.Analog: "rigol_mso5000",
        NetType.Logic: "rigol_mso5000",
        NetType.Waveform: "rigol_mso5000",
        NetType.Battery: "keithley",
        NetType.ELoad: "rigol_dl3000",
        NetType.PowerSupply: "rigol_dp800",
        NetType.Debug: "jlink",
    }

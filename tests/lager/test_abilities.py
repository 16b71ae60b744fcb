"""What a bench can do, in one line."""

import pytest

from lager import wire
from lager.abilities import abilities, shortened


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["a"], "a"),
        (["adc1", "adc2"], "adc1, adc2"),
        (["adc1", "adc2", "adc3", "adc9", "adc10", "adc11", "vbat"], "adc1..adc3, adc9..adc11, vbat"),
        (["a1", "b2", "b03", "b4"], "a1, b2, b03, b4"),
        (["1", "2", "3"], "1..3"),
    ],
)
def test_names_in_a_row_are_shortened(names, said):
    assert shortened(names) == said


def test_types_are_named_as_scripts_name_them():
    nets = [
        wire.NetRecord("s1", "power-supply", "K"),
        wire.NetRecord("wheel", "rotation", "R"),
        wire.NetRecord("scope1", "scope", "M"),
        wire.NetRecord("s2", "power-supply", "K"),
    ]
    assert abilities(nets, {"power-supply", "scope"}) == "PowerSupply (s1, s2), Analog (scope1)"

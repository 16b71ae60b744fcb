"""What a script's electronic load prints of itself."""

import pytest

from lager import proxies, wire
from lager.roles import ELoadState


class Scripted:
    """Hardware that gives one answer."""

    def __init__(self, state):
        self.state = state

    def ask(self, net, role, method, args):
        assert (net, role, method, args) == ("load1", "eload", "state", ())
        return wire.Answer("1", {name: getattr(self.state, name) for name in ELoadState.__struct_fields__})


def printed(capsys, **changed):
    values = {"enabled": True, "mode": "CC", "regulated": True, "tripped": ""} | changed
    setpoints = {"current_set": 1.5, "voltage_set": 150.0, "resistance_set": 20.0, "power_set": 3.0}
    state = ELoadState(channel=1, voltage=4.99876, current=1.50012, power=7.4987, **setpoints, **values)
    load = proxies.ELoad(wire.NetRecord("load1", "eload", "Rigol_DL3021", pin="1"), Scripted(state))
    assert load.print_state() is None
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, "load1: on, CC 1.5 A; 4.999 V, 1.5 A, 7.499 W\n"),
        ({"mode": "CV", "regulated": False}, "load1: on, CV 150 V, not regulated; 4.999 V, 1.5 A, 7.499 W\n"),
        ({"mode": "CR"}, "load1: on, CR 20 ohm; 4.999 V, 1.5 A, 7.499 W\n"),
        ({"mode": "CW", "enabled": False}, "load1: off, CW 3 W; 4.999 V, 1.5 A, 7.499 W\n"),
        (
            {"enabled": False, "regulated": False, "tripped": "OCP"},
            "load1: off (OCP tripped), CC 1.5 A; 4.999 V, 1.5 A, 7.499 W\n",
        ),
        ({"mode": "NONE"}, "load1: on, NONE; 4.999 V, 1.5 A, 7.499 W\n"),
    ],
)
def test_the_state_is_one_line(capsys, changed, line):
    assert printed(capsys, **changed) == line

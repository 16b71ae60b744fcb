"""Only a contract's calls can be called, and only with what they take."""

import pytest

from lager import errors, roles
from lager_hwservice import dispatch


def test_the_table_is_the_contracts():
    assert {role: frozenset(calls) for role, calls in dispatch.TABLE.items()} == {
        role: roles.methods(role) for role in roles.CONTRACTS
    }


@pytest.mark.parametrize("name", ["__class__", "_do", "close", "write", ""])
def test_no_other_name_is_called(name):
    with pytest.raises(errors.UsageError, match="have no call") as caught:
        dispatch.find("adc", name)
    assert caught.value.hint == "it has input"


def test_a_role_without_a_contract():
    with pytest.raises(errors.UsageError, match="webcam nets cannot be called"):
        dispatch.find("webcam", "start")


@pytest.mark.parametrize(
    ("role", "name", "args", "kwargs", "taken"),
    [
        ("power-supply", "set_voltage", [3], {}, [3.0]),
        ("power-supply", "set_voltage", [], {"volts": 3.3}, [3.3]),
        ("power-supply", "state", [], {}, []),
        ("battery", "soc", [], {}, []),
        ("battery", "soc", [None], {}, []),
        ("battery", "soc", [50], {}, [50.0]),
        ("battery", "mode", [], {"mode": "static"}, ["static"]),
        ("gpio", "output", ["high"], {}, ["high"]),
        ("gpio", "output", [True], {}, [True]),
    ],
)
def test_arguments_are_taken(role, name, args, kwargs, taken):
    assert dispatch.find(role, name).arguments(args, kwargs) == taken


@pytest.mark.parametrize(
    ("role", "name", "args", "kwargs"),
    [
        ("power-supply", "set_voltage", [], {}),
        ("power-supply", "set_voltage", [1, 2], {}),
        ("power-supply", "set_voltage", ["3"], {}),
        ("power-supply", "set_voltage", [True], {}),
        ("power-supply", "set_voltage", [None], {}),
        ("power-supply", "set_voltage", [float("inf")], {}),
        ("power-supply", "set_voltage", [float("nan")], {}),
        ("power-supply", "set_voltage", [10**400], {}),
        ("power-supply", "set_voltage", [[3]], {}),
        ("power-supply", "set_voltage", [3], {"volts": 3}),
        ("power-supply", "set_voltage", [3], {"amps": 3}),
        ("power-supply", "state", [1], {}),
        ("battery", "mode", [1], {}),
        ("gpio", "output", [1.5], {}),
    ],
)
def test_arguments_are_refused(role, name, args, kwargs):
    with pytest.raises(errors.UsageError, match=name) as caught:
        dispatch.find(role, name).arguments(args, kwargs)
    assert caught.value.hint.startswith(f"call it as {name}(")

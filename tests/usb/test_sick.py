"""An instrument that is there and does not do what it should; the others, and the next call, do."""

import pytest
import usbsystem

from lager import errors


@pytest.fixture(params=[True, False], ids=["in a session", "at the open"])
def a_session_or_none(box, request):
    if not request.param:
        box.let_go()
    return request.param


@pytest.fixture(autouse=True)
def nothing_else_ends(request, box, as_it_was):
    box.call("supply1", "voltage")
    if "a_session_or_none" in request.fixturenames:
        request.getfixturevalue("a_session_or_none")
    box.call("supply2", "voltage")
    before, neighbour = box.services(), box.worker("supply2")
    yield
    box.fault("clear", "supply1")
    assert box.call("supply1", "voltage") is not None
    assert box.services() == before
    assert box.worker("supply2")["opened"] == neighbour["opened"]


@pytest.mark.parametrize("fault", ["wedge", "dead"])
def test_it_does_not_answer(box, fault, a_session_or_none):
    box.fault(fault, "supply1")
    with pytest.raises(errors.InstrumentSilent):
        box.call("supply1", "set_voltage", 1.0)
    assert box.call("supply2", "voltage") is not None


def test_it_stalls(box):
    box.fault("stall", "supply1", 1)
    assert box.call("supply1", "voltage") is not None  # a read is asked again, on a session opened anew


def test_linux_was_told_not_to_use_it(box, a_session_or_none):
    authorized = box.device("supply1").folder / "authorized"
    authorized.write_text("0")
    with pytest.raises(errors.InstrumentError) as caught:
        box.call("supply1", "voltage")
    assert "authorized" in str(caught.value)
    authorized.write_text("1")
    assert box.call("supply1", "voltage") is not None


def test_another_program_resets_it(box):
    device = box.device("supply1")
    usbsystem.reset(device)
    assert box.call("supply1", "voltage") is not None


def test_its_configuration_is_taken_away(box):
    configuration = box.device("supply1").folder / "bConfigurationValue"
    configuration.write_text("0")
    with pytest.raises(errors.InstrumentError):
        box.call("supply1", "set_voltage", 1.0)
    configuration.write_text("1")

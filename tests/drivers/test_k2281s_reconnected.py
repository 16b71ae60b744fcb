"""A connected battery that may be disconnected for a parameter: what is sent, how often, and what is said of it."""

import contextlib

import pytest
from cables import Direct, Script
from desk2281s import Desk

from lager.errors import InstrumentError, InstrumentRefused, InstrumentSilent, SafetyLimit, UsageError
from lager_drivers.device import Interruption
from lager_drivers.keithley_2281s.instrument import K2281S

OK = (":SYST:ERR?", '0,"No error"')
SIM = (":ENTR:FUNC?", "SIMULATOR")
ON, OFF = (":BATT:OUTP?", "1"), (":BATT:OUTP?", "0")
WELL, TRIPPED = (":BATT:OUTP:PROT:TRIP?", "NONE"), (":BATT:OUTP:PROT:TRIP?", "OVP")
CUT = (":BATT:OUTP OFF", None)
JOINED = [(":BATT:OUTP ON", None), (":INIT:CONT ON", None)]
CAPACITY = (":BATT:SIM:CAP:LIM 3", None)
CHANGES = [
    ("voltage_full", 4.1, ":BATT:SIM:VOC:FULL 4.1"),
    ("voltage_empty", 3.5, ":BATT:SIM:VOC:EMPT 3.5"),
    ("capacity", 3, ":BATT:SIM:CAP:LIM 3"),
    ("current_limit", 1, ":BATT:SIM:CURR:LIM 1"),
    ("esr_offset", 0.1, ":BATT:SIM:RES:OFFS 0.1"),
    ("ovp", 5, ":BATT:SIM:TVOL:PROT 5"),
    ("ocp", 1, ":BATT:SIM:CURR:PROT 1"),
    ("model", "NIMH12", ":BATT:MOD:RCL NIMH12"),
    ("mode", "static", ":BATT:SIM:METH STAT"),
]


class Deaf(Direct):
    """A cable that is cut when a command that begins so is to be sent."""

    def __init__(self, instrument, until):
        super().__init__(instrument)
        self.until = until

    def write(self, command):
        if command.startswith(self.until):
            raise InstrumentSilent(f"{command} did not go out", "")
        super().write(command)


@pytest.fixture
def desk():
    return Desk()


@contextlib.contextmanager
def allowed(driver, allow=lambda _: None):
    leave = Interruption(allow)
    with driver.interrupted(leave):
        yield leave


def told(*turns):
    """Set the capacity in a conversation; give what was raised, and whether it may be disconnected now."""
    script = Script(SIM, ON, WELL, OK, CUT, *turns)
    driver = K2281S(script)
    with allowed(driver) as leave, pytest.raises(InstrumentError) as caught:
        driver.channel("battery", "1").capacity(3)
    assert script.turns == []
    return caught.value, leave.off


@pytest.mark.parametrize(("call", "value", "command"), CHANGES)
def test_it_is_disconnected_set_and_connected_again_each_once(desk, call, value, command):
    desk.battery.enable()
    desk.cable.sent.clear()
    with allowed(desk.driver) as leave:
        getattr(desk.battery, call)(value)
    assert desk.cable.changes == [":BATT:OUTP OFF", command, ":BATT:OUTP ON", ":INIT:CONT ON"]
    assert desk.battery.output_is_enabled()
    assert not leave.off
    assert getattr(desk.battery, call)() == (value if call != "model" else "NIMH12")
    with pytest.raises(InstrumentRefused, match="704"):  # the leave was for that call only
        getattr(desk.battery, call)(value)


@pytest.mark.parametrize(("call", "value"), [("soc", 40), ("voc", 3.7)])
def test_what_it_takes_while_it_is_connected_does_not_disconnect_it(desk, call, value):
    desk.battery.enable()
    desk.cable.sent.clear()
    with allowed(desk.driver):
        getattr(desk.battery, call)(value)
    assert desk.cable.changes == [f":BATT:SIM:{call.upper()} {value}"]


@pytest.mark.parametrize(("call", "value", "command"), CHANGES)
def test_a_battery_that_is_not_connected_stays_so(desk, call, value, command):
    desk.battery.disable()
    desk.cable.sent.clear()
    with allowed(desk.driver):
        getattr(desk.battery, call)(value)
    assert desk.cable.changes == [command]
    assert not desk.battery.output_is_enabled()


def test_reading_switches_nothing(desk):
    desk.battery.enable()
    desk.cable.sent.clear()
    with allowed(desk.driver):
        for call, _, _ in CHANGES:
            getattr(desk.battery, call)()
        desk.battery.state()
    assert desk.cable.changes == []


def test_the_whole_of_it_is_this_conversation():
    script = Script(
        *(SIM, ON, WELL, OK, CUT, OK, CAPACITY, OK, WELL, *JOINED, OK, WELL, ON, (":BATT:SIM:CAP:LIM?", "2.99")),
    )
    driver = K2281S(script)
    with allowed(driver):
        assert driver.channel("battery", "1").capacity(3) == 2.99
    assert script.turns == []


def test_what_is_refused_is_raised_and_the_battery_is_as_it_was(desk):
    desk.battery.voltage_empty(3.5)
    desk.battery.enable()
    desk.cable.sent.clear()
    with allowed(desk.driver) as leave, pytest.raises(InstrumentRefused, match="703") as caught:
        desk.battery.voltage_full(3.2)
    assert "full battery first" in caught.value.hint
    assert desk.cable.changes == [":BATT:OUTP OFF", ":BATT:SIM:VOC:FULL 3.2", ":BATT:OUTP ON", ":INIT:CONT ON"]
    assert not leave.off
    assert desk.battery.output_is_enabled()
    assert desk.battery.voltage_full() == 4.2


@pytest.mark.parametrize("value", [100, "unobtainium"])
def test_what_cannot_be_is_refused_before_anything_is_sent(desk, value):
    desk.battery.enable()
    desk.cable.sent.clear()
    with allowed(desk.driver), pytest.raises(UsageError):
        (desk.battery.capacity if value == 100 else desk.battery.model)(value)
    assert desk.cable.changes == []


def test_what_may_not_be_connected_again_is_not_disconnected(desk):
    def never(channel):
        assert channel.voc() == pytest.approx(4.2)
        raise SafetyLimit("too much", "")

    desk.battery.enable()
    desk.cable.sent.clear()
    with allowed(desk.driver, never) as leave, pytest.raises(SafetyLimit):
        desk.battery.capacity(3)
    assert desk.cable.changes == []
    assert not leave.off


def test_a_protection_that_trips_when_it_is_connected_again_is_told(desk):
    desk.battery.enable()
    desk.cable.sent.clear()
    with allowed(desk.driver) as leave, pytest.raises(InstrumentRefused) as caught:
        desk.battery.ovp(2)
    assert caught.value.what == (
        "the value was sent, and was not refused; the battery was disconnected for it, and connecting it again failed: "
        "over-voltage protection has tripped, so the battery is not connected; the battery is disconnected now"
    )
    assert leave.off
    assert desk.cable.changes == [":BATT:OUTP OFF", ":BATT:SIM:TVOL:PROT 2", ":BATT:OUTP ON", ":INIT:CONT ON"]
    state = desk.battery.state()
    assert (state.enabled, state.ovp_tripped, state.ovp_limit) == (False, True, 2)


def test_a_tripped_battery_is_not_connected_by_it_and_its_trip_stays(desk):
    desk.battery.enable()
    desk.battery.disable()
    desk.battery.ovp(2)
    with pytest.raises(InstrumentRefused):
        desk.battery.enable()
    desk.cable.sent.clear()
    with allowed(desk.driver):
        desk.battery.ovp(10)
    assert desk.cable.changes == [":BATT:SIM:TVOL:PROT 10"]
    assert desk.battery.state().ovp_tripped


def test_a_trip_that_comes_meanwhile_is_not_cleared_and_it_stays_disconnected():
    caught, off = told(OK, CAPACITY, OK, TRIPPED, OFF)
    assert caught.what == (
        "the value was sent, and was not refused; the battery was disconnected for it, and connecting it again failed: "
        "over-voltage protection has tripped; the battery is disconnected now"
    )
    assert "clear" in caught.hint
    assert off


def test_a_trip_after_a_refusal_tells_both():
    caught, off = told(OK, CAPACITY, (":SYST:ERR?", '-222,"Data out of range"'), OK, TRIPPED, OFF)
    assert caught.what.startswith("the instrument refused :BATT:SIM:CAP:LIM 3: -222")
    assert caught.what.endswith("over-voltage protection has tripped; the battery is disconnected now")
    assert off


def test_what_is_refused_when_it_is_connected_again_is_told():
    refused = (":SYST:ERR?", '-200,"Execution error"')
    caught, off = told(OK, CAPACITY, OK, WELL, *JOINED, refused, OK, OFF)
    assert "the instrument refused :BATT:OUTP ON" in caught.what
    assert caught.what.endswith("; the battery is disconnected now")
    assert off


def test_one_that_does_not_stay_connected_is_not_said_to_be():
    caught, off = told(OK, CAPACITY, OK, WELL, *JOINED, OK, WELL, OFF, OFF)  # so an empty one does: it tells no trip
    assert "it was told to be connected, and is not" in caught.what
    assert caught.what.endswith("; the battery is disconnected now")
    assert off


def test_where_disconnecting_is_refused_nothing_is_set():
    caught, _ = told((":SYST:ERR?", '700,"Not permitted in this mode"'), OK, ON)
    assert "for a setting, which was not sent: the instrument refused :BATT:OUTP OFF" in caught.what
    assert caught.what.endswith("; the battery is connected")


def test_what_could_not_be_read_of_it_is_not_said():
    caught, off = told(OK, CAPACITY, OK, TRIPPED, (":BATT:OUTP?", "#"))
    assert "; whether the battery is connected now could not be read: the instrument answered" in caught.what
    assert not isinstance(caught, InstrumentRefused), "the session is of no further use"
    assert off


@pytest.mark.parametrize("turns", [[("OK", "?")], [OK, CAPACITY, ("OK", "?")], [OK, CAPACITY, OK, ("TRIP", "?")]])
def test_after_an_answer_that_makes_no_sense_nothing_more_is_sent(turns):
    *first, (_, nonsense) = turns
    query = WELL[0] if turns[-1][0] == "TRIP" else OK[0]
    caught, off = told(*first, (query, nonsense))
    assert caught.what.startswith(f"the instrument answered {query} with")
    assert not isinstance(caught, InstrumentRefused)
    assert off


@pytest.mark.parametrize("until", [":BATT:SIM:CAP", ":BATT:OUTP ON"])
def test_a_cable_that_is_cut_meanwhile_leaves_it_known_as_disconnected(desk, until):
    desk.battery.enable()
    driver = K2281S(Deaf(desk.instrument, until), lambda _: None)
    with allowed(driver) as leave, pytest.raises(InstrumentSilent, match="did not go out"):
        driver.channel("battery", "1").capacity(3)
    assert leave.off
    assert not desk.battery.output_is_enabled()

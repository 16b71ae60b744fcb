"""What each supply is sent for each method of the contract, and what is made of its answers."""

import pytest
from cables import Script

from lager import roles
from lager.errors import InstrumentError, InstrumentRefused, OutOfRange
from lager_drivers.catalog import find

CLEAN = (":SYST:ERR?", '0,"No error"')
PLUS_CLEAN = (":SYST:ERR?", '+0,"No error"')
POWER = (":ENTR:FUNC?", "POWER")
TRIP = ":OUTP:PROT:TRIP?"
COND = ":STAT:QUES:INST:ISUM:COND?"
CONC = "+1.500000E+00A,+2.000000E+00V,+3.369820E+05s"
V, A = "+2.00000000E+00", "+1.50000000E+00"


def sets(*commands, clean=CLEAN):
    """The first set of a session: the queue is emptied before it."""
    return [clean, *((command, None) for command in commands), clean]


def more(*commands, clean=CLEAN):
    return [*((command, None) for command in commands), clean]


def keysight(*commands):
    return sets(*commands, clean=PLUS_CLEAN)


def keysight_more(*commands):
    return more(*commands, clean=PLUS_CLEAN)


DP832 = {
    "set_voltage": (12, [(":OUTP:OVP? CH2", "OFF"), *sets(":SOUR2:VOLT 12")], None),
    "set_current": (0.5, sets(":SOUR2:CURR 0.5"), None),
    "voltage": (None, [(":MEAS:VOLT? CH2", "5.0114")], 5.0114),
    "current": (None, [(":MEAS:CURR? CH2", "0.0500")], 0.05),
    "power": (None, [(":MEAS:ALL? CH2", "2.0000,0.0500,0.100")], 0.1),
    "get_voltage_setpoint": (None, [(":SOUR2:VOLT?", "24.000")], 24),
    "get_current_setpoint": (None, [(":SOUR2:CURR?", "0.1500")], 0.15),
    "set_ovp": (6, sets(":OUTP:OVP:VAL CH2,6") + more(":OUTP:OVP CH2,ON"), None),
    "set_ocp": (1, sets(":OUTP:OCP:VAL CH2,1") + more(":OUTP:OCP CH2,ON"), None),
    "get_ovp_limit": (None, [(":OUTP:OVP:VAL? CH2", "8.800")], 8.8),
    "get_ocp_limit": (None, [(":OUTP:OCP:VAL? CH2", "3.3000")], 3.3),
    "is_ovp": (None, [(":OUTP:OVP:QUES? CH2", "YES")], True),
    "is_ocp": (None, [(":OUTP:OCP:QUES? CH2", "NO")], False),
    "clear_ovp": (None, sets(":OUTP:OVP:CLEAR CH2"), None),
    "clear_ocp": (None, sets(":OUTP:OCP:CLEAR CH2"), None),
    "enable": (
        None,
        [*sets(":OUTP CH2,ON"), (":OUTP:OVP:QUES? CH2", "NO"), (":OUTP:OCP:QUES? CH2", "NO")],
        None,
    ),
    "disable": (None, more(":OUTP CH2,OFF"), None),
    "output_is_enabled": (None, [(":OUTP? CH2", "ON")], True),
    "get_output_mode": (None, [(":OUTP? CH2", "ON"), (":OUTP:MODE? CH2", "CC")], "CC"),
    "get_channel_limits": (
        None,
        [],
        roles.SupplyLimits(voltage_min=0, voltage_max=32, current_max=3.2, ovp_max=33, ocp_max=3.3),
    ),
    "state": (
        None,
        [
            (":MEAS:ALL? CH2", "2.0000,1.5000,3.000"),
            (":OUTP:OVP:QUES? CH2", "NO"),
            (":OUTP:OCP:QUES? CH2", "NO"),
            (":OUTP? CH2", "ON"),
            (":OUTP:MODE? CH2", "CV"),
            (":SOUR2:VOLT?", "2.000"),
            (":SOUR2:CURR?", "3.0000"),
            (":OUTP:OVP:VAL? CH2", "33.000"),
            (":OUTP:OCP:VAL? CH2", "3.3000"),
        ],
        roles.SupplyState(
            channel=2,
            enabled=True,
            mode="CV",
            voltage_set=2,
            current_set=3,
            voltage=2,
            current=1.5,
            power=3,
            ovp_limit=33,
            ocp_limit=3.3,
            ovp_tripped=False,
            ocp_tripped=False,
        ),
    ),
}
KEITHLEY = {
    "set_voltage": (3.3, [POWER, (":SOUR1:VOLT:PROT?", "21"), *sets(":SOUR1:VOLT 3.3")], None),
    "set_current": (0.5, [POWER, *sets(":SOUR1:CURR 0.5")], None),
    "voltage": (None, [POWER, (":INIT:CONT?", "1"), (":MEAS:CONC:DC?", CONC)], 2),
    "current": (None, [POWER, (":INIT:CONT?", "1"), (":MEAS:CONC:DC?", CONC)], 1.5),
    "power": (None, [POWER, (":INIT:CONT?", "1"), (":MEAS:CONC:DC?", CONC)], 3),
    "get_voltage_setpoint": (None, [POWER, (":SOUR1:VOLT?", "3.3")], 3.3),
    "get_current_setpoint": (None, [POWER, (":SOUR1:CURR?", "0.5")], 0.5),
    "set_ovp": (6, [POWER, *sets(":SOUR1:VOLT:PROT 6")], None),
    "set_ocp": (1, [POWER, *sets(":SOUR1:CURR:PROT 1")], None),
    "get_ovp_limit": (None, [POWER, (":SOUR1:VOLT:PROT?", "21")], 21),
    "get_ocp_limit": (None, [POWER, (":SOUR1:CURR:PROT?", "6.1")], 6.1),
    "is_ovp": (None, [POWER, (TRIP, "OVP")], True),
    "is_ocp": (None, [POWER, (TRIP, "NONE")], False),
    "clear_ovp": (None, [POWER, *sets(":OUTP:PROT:CLE")], None),
    "clear_ocp": (None, [POWER, *sets(":OUTP:PROT:CLE")], None),
    "enable": (None, [POWER, *sets(":OUTP ON", ":INIT:CONT ON"), (TRIP, "NONE")], None),
    "disable": (None, [POWER, *more(":OUTP OFF")], None),
    "output_is_enabled": (None, [POWER, (":OUTP?", "1")], True),
    "get_output_mode": (None, [POWER, (COND, "65")], "CC"),
    "get_channel_limits": (
        None,
        [],
        roles.SupplyLimits(voltage_min=0, voltage_max=20, current_max=6.1, ovp_max=21, ocp_max=6.1),
    ),
    "state": (
        None,
        [
            POWER,
            (":INIT:CONT?", "1"),
            (":MEAS:CONC:DC?", CONC),
            (COND, "66"),
            (":SOUR1:VOLT?", "2"),
            (":SOUR1:CURR?", "3"),
            (":SOUR1:VOLT:PROT?", "21"),
            (":SOUR1:CURR:PROT?", "6.1"),
        ],
        roles.SupplyState(
            channel=1,
            enabled=True,
            mode="CV",
            voltage_set=2,
            current_set=3,
            voltage=2,
            current=1.5,
            power=3,
            ovp_limit=21,
            ocp_limit=6.1,
            ovp_tripped=False,
            ocp_tripped=False,
        ),
    ),
}
UNTRIPPED = [("VOLT:PROT:TRIP? (@3)", "0"), ("CURR:PROT:TRIP? (@3)", "0")]
MEASURED = [("MEAS:VOLT? (@3)", V), ("MEAS:CURR? (@3)", A)]
E36312A = {
    "set_voltage": (12, [("VOLT:PROT? (@3)", "+2.75E+01"), *keysight("VOLT 12,(@3)")], None),
    "set_current": (0.5, [("CURR? (@3)", "+1.0E+00"), *keysight("CURR 0.5,(@3)")], None),
    "voltage": (None, MEASURED[:1], 2),
    "current": (None, MEASURED[1:], 1.5),
    "power": (None, MEASURED, 3),
    "get_voltage_setpoint": (None, [("VOLT? (@3)", V)], 2),
    "get_current_setpoint": (None, [("CURR? (@3)", A)], 1.5),
    "set_ovp": (6, keysight("VOLT:PROT 6,(@3)"), None),
    "set_ocp": (
        0.5,
        [
            *(("CURR? (@3)", A), ("CURR:PROT:STAT? (@3)", "0")),
            *(*keysight("CURR 0.5,(@3)"), *keysight_more("CURR:PROT:STAT ON,(@3)")),
        ],
        None,
    ),
    "get_ovp_limit": (None, [("VOLT:PROT? (@3)", "+2.75000000E+01")], 27.5),
    "get_ocp_limit": (None, [("CURR? (@3)", A)], 1.5),
    "is_ovp": (None, [("VOLT:PROT:TRIP? (@3)", "1")], True),
    "is_ocp": (None, [("CURR:PROT:TRIP? (@3)", "0")], False),
    "clear_ovp": (None, [("VOLT:PROT:TRIP? (@3)", "1"), *keysight("OUTP OFF,(@3)", "VOLT:PROT:CLE (@3)")], None),
    "clear_ocp": (None, [("CURR:PROT:TRIP? (@3)", "1"), *keysight("OUTP OFF,(@3)", "CURR:PROT:CLE (@3)")], None),
    "enable": (None, [*keysight("OUTP ON,(@3)"), *UNTRIPPED], None),
    "disable": (None, keysight_more("OUTP OFF,(@3)"), None),
    "output_is_enabled": (None, [("OUTP? (@3)", "1"), *UNTRIPPED], True),
    "get_output_mode": (
        None,
        [("OUTP? (@3)", "1"), *UNTRIPPED, ("STAT:QUES:INST:ISUM3:COND?", "+17")],
        "CC",
    ),
    "get_channel_limits": (
        None,
        [],
        roles.SupplyLimits(voltage_min=0, voltage_max=25.75, current_max=1.03, ovp_max=27.5, ocp_max=1.03),
    ),
    "state": (
        None,
        [
            *MEASURED,
            *UNTRIPPED,
            ("OUTP? (@3)", "1"),
            ("STAT:QUES:INST:ISUM3:COND?", "2"),
            ("VOLT? (@3)", V),
            ("CURR? (@3)", "+3.00000000E+00"),
            ("VOLT:PROT? (@3)", "+2.75000000E+01"),
            ("CURR? (@3)", "+3.00000000E+00"),
        ],
        roles.SupplyState(
            channel=3,
            enabled=True,
            mode="CV",
            voltage_set=2,
            current_set=3,
            voltage=2,
            current=1.5,
            power=3,
            ovp_limit=27.5,
            ocp_limit=3,
            ovp_tripped=False,
            ocp_tripped=False,
        ),
    ),
}
# Where they differ from the table above -------------------------------------------------------------------------------
E36233A = {
    "set_voltage": (
        12,
        [("VOLT:PROT:STAT? (@2)", "1"), ("VOLT:PROT? (@2)", "+3.3E+01"), *keysight("VOLT 12,(@2)")],
        None,
    ),
    "set_current": (15, keysight("CURR 15,(@2)"), None),
    "set_ovp": (6, keysight("VOLT:PROT 6,(@2)") + keysight_more("VOLT:PROT:STAT ON,(@2)"), None),
    "set_ocp": (5, keysight("CURR:PROT 5,(@2)") + keysight_more("CURR:PROT:STAT ON,(@2)"), None),
    "get_ocp_limit": (None, [("CURR:PROT? (@2)", A)], 1.5),
    "get_channel_limits": (
        None,
        [],
        roles.SupplyLimits(voltage_min=0, voltage_max=30.9, current_max=20.6, ovp_max=33, ocp_max=22),
    ),
}
E36311A = {
    "set_voltage": (-12, [("VOLT:PROT? (@3)", "+2.75E+01"), *keysight("VOLT -12,(@3)")], None),
    "voltage": (None, [("MEAS:VOLT? (@3)", "-2.00000000E+00")], -2),
    "power": (None, [("MEAS:VOLT? (@3)", "-2.00000000E+00"), ("MEAS:CURR? (@3)", A)], 3),
    "set_ovp": (-13, keysight("VOLT:PROT 13,(@3)"), None),
    "get_ovp_limit": (None, [("VOLT:PROT? (@3)", "+1.30000000E+01")], -13),
    "get_channel_limits": (
        None,
        [],
        roles.SupplyLimits(voltage_min=-25.75, voltage_max=0, current_max=1.03, ovp_max=-27.5, ocp_max=1.03),
    ),
}
DP831 = {
    "set_voltage": (-12, [(":OUTP:OVP? CH3", "ON"), (":OUTP:OVP:VAL? CH3", "-33.000"), *sets(":SOUR3:VOLT -12")], None),
    "set_ovp": (-13, sets(":OUTP:OVP:VAL CH3,-13") + more(":OUTP:OVP CH3,ON"), None),
    "get_channel_limits": (
        None,
        [],
        roles.SupplyLimits(voltage_min=-32, voltage_max=0, current_max=2.1, ovp_max=-33, ocp_max=2.2),
    ),
}
UNARMED = [(":OUTP:OVP? CH1", "OFF"), (":OUTP:OCP? CH1", "OFF")]
DP811 = {
    "set_voltage": (
        30,
        [
            *UNARMED[:1],
            (":OUTP:RANG?", "P20V"),
            (":OUTP? CH1", "OFF"),
            *UNARMED,
            (":SOUR1:CURR?", "5.0000"),
            *sets(":OUTP:RANG P40V"),
            *more(":SOUR1:VOLT 30"),
        ],
        None,
    ),
    "set_current": (5, [(":OUTP:RANG?", "P20V"), *sets(":SOUR1:CURR 5")], None),
}
ALL = [
    pytest.param(name, pin, call, *turn, id=f"{name}-{call}")
    for name, pin, table in (
        ("Rigol_DP832", "2", DP832),
        ("Keithley_2281S", "1", KEITHLEY),
        ("KEYSIGHT_E36312A", "3", E36312A),
        ("KEYSIGHT_E36233A", "2", E36233A),
        ("KEYSIGHT_E36311A", "3", E36311A),
        ("Rigol_DP831", "3", DP831),
        ("Rigol_DP811", "1", DP811),
    )
    for call, turn in table.items()
]


def supply(name, pin, *turns):
    script = Script(*turns)
    return find(name).driver(script).channel("power-supply", pin), script


@pytest.mark.parametrize(("name", "pin", "call", "given", "turns", "found"), ALL)
def test_each_method_is_this_conversation(name, pin, call, given, turns, found):
    channel, script = supply(name, pin, *turns)
    args = () if given is None else (given,)
    assert getattr(channel, call)(*args) == found
    assert script.turns == []


@pytest.mark.parametrize("table", [DP832, KEITHLEY, E36312A])
def test_no_method_is_left_out(table):
    assert set(table) == roles.methods("power-supply")


TRIPPED = [
    ("Rigol_DP832", "1", [*sets(":OUTP CH1,ON"), (":OUTP:OVP:QUES? CH1", "YES")], "over-voltage"),
    (
        "Rigol_DP832",
        "1",
        [*sets(":OUTP CH1,ON"), (":OUTP:OVP:QUES? CH1", "NO"), (":OUTP:OCP:QUES? CH1", "YES")],
        "over-current",
    ),
    ("Keithley_2281S", "1", [POWER, *sets(":OUTP ON", ":INIT:CONT ON"), (TRIP, "OPS")], "open-sense"),
    ("KEYSIGHT_E36312A", "1", [*keysight("OUTP ON,(@1)"), ("VOLT:PROT:TRIP? (@1)", "1")], "over-voltage"),
]


@pytest.mark.parametrize(("name", "pin", "turns", "what"), TRIPPED)
def test_a_trip_that_answers_enabling_is_told(name, pin, turns, what):
    channel, script = supply(name, pin, *turns)
    with pytest.raises(InstrumentError, match=f"{what} protection has tripped, so output {pin} is off"):
        channel.enable()
    assert script.turns == []


def test_whose_error_it_is_is_found_out_after_switching_off():
    stale = (":SYST:ERR?", '-113,"Undefined header"')
    channel, script = supply(
        "Rigol_DP832",
        "1",
        (":OUTP CH1,OFF", None),
        stale,
        CLEAN,
        (":OUTP CH1,OFF", None),
        CLEAN,
        *more(":OUTP CH1,OFF"),
    )
    channel.disable()
    channel.disable()
    assert script.turns == []
    own = (":SYST:ERR?", '-200,"Execution error"')
    channel, script = supply(
        "Rigol_DP832", "1", (":OUTP CH1,OFF", None), own, CLEAN, (":OUTP CH1,OFF", None), own, CLEAN
    )
    with pytest.raises(InstrumentRefused, match="-200"):
        channel.disable()
    assert script.turns == []


def test_switching_off_goes_out_even_where_no_answer_makes_sense():
    channel, script = supply("Rigol_DP832", "1", (":OUTP CH1,OFF", None), (":SYST:ERR?", "garbage"))
    with pytest.raises(InstrumentError):
        channel.disable()
    assert script.turns == []


def test_a_keysight_that_has_not_tripped_is_not_switched_off_to_be_cleared():
    channel, script = supply("KEYSIGHT_E36312A", "1", ("VOLT:PROT:TRIP? (@1)", "0"))
    channel.clear_ovp()
    assert script.turns == []


@pytest.mark.parametrize("pin", ["1", "3"])
def test_a_keysight_that_says_it_is_on_after_a_trip_is_off(pin):
    turns = ("OUTP? (@{})", "1"), ("VOLT:PROT:TRIP? (@{})", "0"), ("CURR:PROT:TRIP? (@{})", "1")
    channel, script = supply("KEYSIGHT_E36312A", pin, *((sent.format(pin), answered) for sent, answered in turns))
    assert channel.output_is_enabled() is False
    assert script.turns == []


@pytest.mark.parametrize(
    ("reply", "mode"),
    [("0", "OFF"), ("1", "CC"), ("+2", "CV"), ("3", "OFF"), ("18", "CV"), ("129", "CC"), ("256", "OFF")],
)
def test_only_two_bits_of_a_keysights_condition_are_its_mode(reply, mode):
    turns = [("OUTP? (@3)", "1"), *UNTRIPPED, ("STAT:QUES:INST:ISUM3:COND?", reply)]
    channel, _ = supply("KEYSIGHT_E36312A", "3", *turns)
    assert channel.get_output_mode() == mode


def one_number(*numbers):
    """Say what an E36312A answers: its number, and whether its protection is armed."""
    return [
        ("CURR:PROT:STAT? (@1)", str(int(one))) if isinstance(one, bool) else ("CURR? (@1)", f"{one:+.8E}")
        for one in numbers
    ]


ARMING = keysight("CURR:PROT:STAT ON,(@1)")


def test_where_limit_and_protection_are_one_number_a_limit_does_not_raise_the_level():
    channel, script = supply("KEYSIGHT_E36312A", "1", *one_number(0.5, True))
    with pytest.raises(OutOfRange, match=r"1 A is above 0\.5 A, the protection level") as caught:
        channel.set_current(1)
    assert caught.value.hint == "choose 0.5 A or less, or raise the protection level first"
    assert script.turns == []


def test_where_they_are_one_number_an_unarmed_one_is_a_limit_only():
    channel, script = supply("KEYSIGHT_E36312A", "1", *one_number(0.5, False), *keysight("CURR 1,(@1)"))
    channel.set_current(1)
    assert script.turns == []


@pytest.mark.parametrize("armed", [False, True])
def test_where_they_are_one_number_the_level_does_not_raise_the_limit(armed):
    """Not even where it is armed: safety limits are kept at the limit, and a level may be above them."""
    turns = *one_number(0.5, armed), *ARMING, *one_number(0.5, True), *keysight_more("CURR 1,(@1)")
    channel, script = supply("KEYSIGHT_E36312A", "1", *turns)
    channel.set_ocp(1)
    channel.set_current(1)
    assert script.turns == []


def test_where_they_are_one_number_each_may_change_below_the_other():
    arming = keysight_more("CURR:PROT:STAT ON,(@1)")
    channel, script = supply(
        *("KEYSIGHT_E36312A", "1", *one_number(0.5, False), *ARMING),
        *(*one_number(0.5, True), *keysight_more("CURR 1,(@1)"), *one_number(1.0, True)),
        *(*one_number(1.0, True), *keysight_more("CURR 0.2,(@1)"), *arming),
        *(*one_number(0.2, True), *keysight_more("CURR 0.7,(@1)"), *arming),
    )
    channel.set_ocp(1)
    channel.set_current(1)
    with pytest.raises(OutOfRange, match=r"1\.1 A is above 1 A, the protection level"):
        channel.set_current(1.1)
    channel.set_ocp(0.2)
    channel.set_ocp(0.7)  # the limit is 1 A
    assert script.turns == []


def test_what_was_asked_for_is_forgotten_once_somebody_else_has_changed_the_number():
    """Who sets it at the instrument means what is there then."""
    turns = *one_number(0.5, False), *ARMING, *one_number(0.3, True)
    channel, script = supply("KEYSIGHT_E36312A", "1", *turns)
    channel.set_ocp(1)
    with pytest.raises(OutOfRange, match=r"0\.7 A is above 0\.3 A"):
        channel.set_current(0.7)
    assert script.turns == []


def test_what_was_asked_for_is_forgotten_once_somebody_else_has_disarmed_it():
    turns = (
        *one_number(0.5, False),
        *ARMING,
        *one_number(0.5, False),
        *keysight_more("CURR 0.6,(@1)"),
        *one_number(0.6, True),
    )
    channel, script = supply("KEYSIGHT_E36312A", "1", *turns)
    channel.set_ocp(1)
    channel.set_current(0.6)
    with pytest.raises(OutOfRange, match=r"0\.7 A is above 0\.6 A"):
        channel.set_current(0.7)
    assert script.turns == []


@pytest.mark.parametrize(
    ("turns", "why"),
    [
        ([(":OUTP? CH1", "ON")], "output is on"),
        ([(":OUTP? CH1", "OFF"), *UNARMED, (":SOUR1:CURR?", "10.0000")], "current is 10 A"),
        (
            [
                (":OUTP? CH1", "OFF"),
                UNARMED[0],
                (":OUTP:OCP? CH1", "ON"),
                (":SOUR1:CURR?", "5.0000"),
                (":OUTP:OCP:VAL? CH1", "8.0000"),
            ],
            "ocp is 8 A",
        ),
    ],
)
def test_a_dp811_does_not_change_its_range_behind_anybodys_back(turns, why):
    channel, script = supply("Rigol_DP811", "1", UNARMED[0], (":OUTP:RANG?", "LOW"), *turns)
    with pytest.raises(OutOfRange, match=f"30 V needs the range P40V of the DP811, but .*{why}") as caught:
        channel.set_voltage(30)
    assert caught.value.hint
    assert script.turns == []


@pytest.mark.parametrize(
    ("name", "call", "turns"),
    [
        ("KEYSIGHT_E36312A", "voltage", [("MEAS:VOLT? (@1)", "9.91E37")]),
        ("KEYSIGHT_E36312A", "is_ovp", [("VOLT:PROT:TRIP? (@1)", "")]),
        ("KEYSIGHT_E36312A", "get_output_mode", [("OUTP? (@1)", "ON?")]),
        ("Rigol_DP832", "power", [(":MEAS:ALL? CH1", "5.0114,0.0050")]),
        ("Rigol_DP832", "get_output_mode", [(":OUTP? CH1", "ON"), (":OUTP:MODE? CH1", "")]),
        ("Keithley_2281S", "is_ovp", [POWER, (TRIP, "0")]),
        ("Keithley_2281S", "get_output_mode", [POWER, (COND, "CV")]),
    ],
)
def test_a_value_that_could_not_be_read_is_an_error(name, call, turns):
    channel, _ = supply(name, "1", *turns)
    with pytest.raises(InstrumentError, match="answered"):
        getattr(channel, call)()


@pytest.mark.parametrize("reply", ["+1.500000E+00", "3.300", "+1.500000E+00,+2.000000E+00", "", "+1.5E+00A;+2.0E+00V"])
@pytest.mark.parametrize("call", ["voltage", "current", "power", "state"])
def test_a_keithley_that_leaves_out_the_units_is_not_guessed_at(call, reply):
    """Whoever has set `:FORM:ELEM "READ"` gets the current alone: no voltage, and no unit that says so."""
    channel, _ = supply("Keithley_2281S", "1", POWER, (":INIT:CONT?", "1"), (":MEAS:CONC:DC?", reply))
    with pytest.raises(InstrumentError, match=r"answered :MEAS:CONC:DC\?"):
        getattr(channel, call)()

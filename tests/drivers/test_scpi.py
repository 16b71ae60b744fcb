import pytest
from cables import Script

from lager.errors import InstrumentError, InstrumentRefused, OutOfRange
from lager_drivers.device import NotSent
from lager_drivers.keithley_2281s.battery_function import BatteryFunction
from lager_drivers.keithley_2281s.instrument import Entry
from lager_drivers.keithley_2281s.supply import SupplyFunction
from lager_drivers.keysight_e36000 import supply as keysight
from lager_drivers.rigol_dp800.dp811 import TwoRangeOutput
from lager_drivers.rigol_dp800.supply import DP800, Output
from lager_drivers.scpi import AMPS, SWITCH, TEXT, VOLTS, Dialog, Measure, fixed, quantity

NO_ERROR = (":SYST:ERR?", '0,"No error"')
KEYSIGHTS = (keysight.Output, keysight.E36200, keysight.E36300, keysight.BelowGround)
DECLARED = [
    pytest.param(prop, id=f"{node.__name__}.{name}")
    for node in (Entry, SupplyFunction, BatteryFunction, Output, TwoRangeOutput, *KEYSIGHTS)
    for name, prop in vars(node).items()
    if isinstance(prop, Measure)
]


@pytest.mark.parametrize("prop", DECLARED)
def test_every_property_says_its_verb_and_unit(prop):
    assert prop.__doc__.split()[0] in {"Control", "Measure", "Get", "Set"}
    assert prop.__doc__.endswith(f"({prop.kind.unit})")


@pytest.mark.parametrize(
    ("reply", "unit", "value"),
    [
        ("3.300", "V", 3.3),
        ("3.7 V", "V", 3.7),
        ("+1.5E-01A,+3.3E+00V,+3.4E+05s", "V", 3.3),
        ("+1.5E-01A,+3.3E+00V,+3.4E+05s", "A", 0.15),
        ("-5.000000E-01A", "A", -0.5),
        (".5", "V", 0.5),
        ("-0.00000000E+00", "V", 0.0),
        ("20", "V", 20.0),
    ],
)
def test_a_quantity_is_found(reply, unit, value):
    assert quantity(reply, unit) == value


@pytest.mark.parametrize("reply", ["", "OVP", "1.0,2.0", "3.3A", "nan", "9.91E+37", "1V,2V", "3.3.3"])
def test_what_is_no_quantity_is_an_error_that_names_command_and_reply(reply):
    with pytest.raises(InstrumentError) as caught:
        Dialog(Script((":MEAS?", reply))).ask(":MEAS?", VOLTS)
    assert ":MEAS?" in caught.value.what
    assert repr(reply) in caught.value.what
    assert caught.value.hint


def test_a_switch_is_never_guessed():
    with pytest.raises(InstrumentError):
        Dialog(Script((":OUTP?", "MAYBE"))).ask(":OUTP?", SWITCH)


@pytest.mark.parametrize(
    ("value", "text"), [(3.3, "3.3"), (1e-5, "0.00001"), (12.34567, "12.34567"), (0, "0"), (-1e-9, "0"), (60, "60")]
)
def test_numbers_are_fixed_point(value, text):
    assert fixed(value) == text
    assert AMPS.render(value) == text


def test_a_set_costs_one_write_and_one_query_once_the_queue_is_known():
    script = Script(
        NO_ERROR,
        (":SOUR2:VOLT 3.3", None),
        NO_ERROR,
        (":SOUR2:CURR 0.5", None),
        NO_ERROR,
    )
    output = DP800(script, "DP832").outputs[1]
    output.voltage = 3.3
    output.current = 0.5
    assert script.turns == []


def test_an_old_error_is_not_blamed_on_the_command():
    script = Script((":SYST:ERR?", '-113,"Undefined header"'), NO_ERROR, (":SOUR1:VOLT 1", None), NO_ERROR)
    DP800(script, "DP832").outputs[0].voltage = 1
    assert script.turns == []


def test_a_refusal_says_code_and_text_and_the_queue_is_emptied():
    script = Script(
        NO_ERROR,
        (":SOUR1:VOLT 1", None),
        (":SYST:ERR?", '-222,"Data out of range"'),
        (":SYST:ERR?", '-200,"Execution error"'),
        NO_ERROR,
        (":SOUR1:VOLT 2", None),
        NO_ERROR,
    )
    output = DP800(script, "DP832").outputs[0]
    with pytest.raises(InstrumentRefused, match=r'-222,"Data out of range"'):
        output.voltage = 1
    output.voltage = 2
    assert script.turns == []


def test_after_an_answer_that_made_no_sense_the_queue_is_emptied_first():
    script = Script(
        NO_ERROR,
        (":SOUR1:VOLT 1", None),
        NO_ERROR,
        (":SOUR1:VOLT?", "garbage"),
        (":SYST:ERR?", '-410,"Query INTERRUPTED"'),
        NO_ERROR,
        (":SOUR1:VOLT 2", None),
        NO_ERROR,
    )
    output = DP800(script, "DP832").outputs[0]
    output.voltage = 1
    with pytest.raises(InstrumentError):
        _ = output.voltage
    output.voltage = 2
    assert script.turns == []


def test_an_endless_error_queue_ends():
    endless = Script(*[(":SYST:ERR?", '-113,"Undefined header"')] * 100)
    with pytest.raises(InstrumentError, match="does not end"):
        DP800(endless, "DP832").outputs[0].voltage = 1


@pytest.mark.parametrize("value", [-5, 63.1, float("nan"), float("inf")])
def test_out_of_range_sends_nothing(value):
    with pytest.raises(OutOfRange, match=r"V is outside 0\.\.63 V") as caught:
        DP800(Script(), "DP821").outputs[0].voltage = value
    assert caught.value.hint


@pytest.mark.parametrize("reply", ["\x9c\xec\xaf", "LI_ION\x00", "3\xb9"])
def test_a_text_that_cannot_be_read_is_an_error(reply):
    with pytest.raises(InstrumentError, match="no readable text"):
        Dialog(Script((":BATT:MOD:RCL?", reply))).ask(":BATT:MOD:RCL?", TEXT)


def test_a_query_that_was_not_sent_leaves_the_error_queue_as_it_was_known():
    class Cable(Script):
        def query(self, command):
            if command == ":VOLT?":
                raise NotSent
            return super().query(command)

    cable = Cable(NO_ERROR, (":VOLT 3", None), NO_ERROR, (":VOLT 4", None), NO_ERROR)
    dialog = Dialog(cable)
    dialog.send(":VOLT 3")
    with pytest.raises(NotSent):
        dialog.ask(":VOLT?", VOLTS)
    dialog.send(":VOLT 4")  # its errors were all asked for: the queue is not emptied once more

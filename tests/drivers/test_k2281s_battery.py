"""The battery simulator of the 2281S: what is said for each call, and what the simulated instrument makes of it."""

import pytest
from cables import Script
from desk2281s import Desk

from lager.errors import InstrumentError, InstrumentRefused, OutOfRange, RoleConflict, UsageError
from lager_drivers.keithley_2281s.instrument import K2281S

OK = (":SYST:ERR?", '0,"No error"')
SIM = (":ENTR:FUNC?", "SIMULATOR")
UP = [round(3 + n / 100, 3) for n in range(101)]
DOWN = [round(0.2 - n / 1000, 4) for n in range(101)]


@pytest.fixture
def desk():
    return Desk()


def conversation(*turns):
    script = Script(*turns)
    return script, K2281S(script).channel("battery", "1")


@pytest.mark.parametrize(
    ("call", "tail", "value"),
    [
        ("soc", "SOC", 0),
        ("voc", "VOC", 3.7),
        ("voltage_full", "VOC:FULL", 4.1),
        ("voltage_empty", "VOC:EMPT", 3.05),
        ("capacity", "CAP:LIM", 2.5),
        ("current_limit", "CURR:LIM", 0),
        ("esr_offset", "RES:OFFS", -0.01),
        ("ovp", "TVOL:PROT", 4.5),
        ("ocp", "CURR:PROT", 2),
    ],
)
def test_a_parameter_is_set_and_read_back_in_this_conversation(call, tail, value):
    root = f":BATT:SIM:{tail}"
    script, battery = conversation(
        *(SIM, OK, (f"{root} {value:g}", None), OK, (f"{root}?", "+3.300000E+00")),
        *(SIM, (f"{root}?", "3.3")),
    )
    assert getattr(battery, call)(value) == 3.3  # what the instrument made of it
    assert getattr(battery, call)() == 3.3
    assert script.turns == []


@pytest.mark.parametrize("reply", ["STAT", "STATIC"])
def test_the_mode_is_this_conversation(reply):
    script, battery = conversation(
        SIM, OK, (":BATT:SIM:METH STAT", None), OK, (":BATT:SIM:METH?", reply), SIM, (":BATT:SIM:METH?", "DYN")
    )
    assert battery.mode("Static") == "static"
    assert battery.mode() == "dynamic"
    assert script.turns == []


@pytest.mark.parametrize(
    ("call", "query", "reply", "value"),
    [
        ("terminal_voltage", ":BATT:SIM:TVOL?", "3.7 V", 3.7),
        ("current", ":BATT:SIM:CURR?", "+1.5E-01A,+3.7E+00V", 0.15),
        ("esr", ":BATT:SIM:RES?", "+6.700000E-02", 0.067),
        ("output_is_enabled", ":BATT:OUTP?", "2", False),  # disabled is not on
        ("output_is_enabled", ":BATT:OUTP?", "1", True),
        ("model", ":BATT:MOD:RCL?", "DISCHARGE", "DISCHARGE"),  # chosen at the front panel
    ],
)
def test_a_reading_is_this_conversation(call, query, reply, value):
    script, battery = conversation(SIM, (query, reply))
    assert getattr(battery, call)() == value
    assert script.turns == []


def test_enabling_is_this_conversation():
    script, battery = conversation(
        SIM, OK, (":BATT:OUTP ON", None), (":INIT:CONT ON", None), OK, (":BATT:OUTP:PROT:TRIP?", "NONE")
    )
    battery.enable()
    assert script.turns == []


@pytest.mark.parametrize(
    ("word", "name"), [("OVP", "over-voltage"), ("OCP", "over-current"), ("RVS", "reversed-sense")]
)
def test_a_protection_that_answers_at_once_is_told(word, name):
    _, battery = conversation(
        SIM, OK, (":BATT:OUTP ON", None), (":INIT:CONT ON", None), OK, (":BATT:OUTP:PROT:TRIP?", word)
    )
    with pytest.raises(InstrumentError, match=f"{name} protection has tripped") as caught:
        battery.enable()
    assert "clear" in caught.value.hint


def test_disabling_goes_out_before_anything_is_asked():
    script, battery = conversation(SIM, (":BATT:OUTP OFF", None), OK)
    battery.disable()
    assert script.turns == []


def test_clearing_is_this_conversation():
    script, battery = conversation(SIM, OK, (":BATT:OUTP:PROT:CLE", None), OK)
    battery.clear()
    assert script.turns == []


def test_the_state_is_this_conversation():
    read = {"METH": "DYN", "SOC": "80", "VOC": "3.96", "TVOL": "3.9", "CURR": "0.04", "RES": "0.07"}
    read |= {"CAP:LIM": "2", "CURR:LIM": "1", "VOC:FULL": "4.2", "VOC:EMPT": "3", "TVOL:PROT": "5", "CURR:PROT": "2"}
    sim = {name: (f":BATT:SIM:{name}?", value) for name, value in read.items()}
    script, battery = conversation(
        *(SIM, (":BATT:OUTP:PROT:TRIP?", "OCP"), (":BATT:OUTP?", "0"), sim.pop("METH"), (":BATT:MOD:RCL?", "3")),
        *sim.values(),
    )
    state = battery.state()
    assert script.turns == []
    assert (state.enabled, state.mode, state.model, state.soc, state.voc) == (False, "dynamic", "3", 80, 3.96)
    assert (state.terminal_voltage, state.current, state.esr) == (3.9, 0.04, 0.07)
    assert (state.capacity, state.current_limit, state.volt_full, state.volt_empty) == (2, 1, 4.2, 3)
    assert (state.ovp_limit, state.ocp_limit, state.ovp_tripped, state.ocp_tripped) == (5, 2, False, True)


# Models ---------------------------------------------------------------------------------------------------------------


def test_recalling_a_slot_is_this_conversation():
    script, battery = conversation(
        *(SIM, (":BATT:MOD3:VOC:STEP?", "101"), (":BATT:MOD3:VOC?", "3,4")),
        *(OK, (":BATT:MOD:RCL 3", None), OK, (":BATT:MOD:RCL?", "3")),
    )
    assert battery.model("nicd") == "3"
    assert script.turns == []


@pytest.mark.parametrize("name", ["LI-ION4_2", "li_ion4_2", " LI_ION4_2 "])
def test_a_built_in_is_sent_with_underscores(name):
    script, battery = conversation(SIM, OK, (":BATT:MOD:RCL LI_ION4_2", None), OK, (":BATT:MOD:RCL?", "LI-ION4_2"))
    assert battery.model(name) == "LI-ION4_2"  # as the instrument names it
    assert script.turns == []


def test_an_empty_slot_is_found_before_it_is_recalled():
    script, battery = conversation(SIM, (":BATT:MOD5:VOC:STEP?", "0"))
    with pytest.raises(UsageError, match="Battery model slot '5' is empty"):
        battery.model(5)
    assert script.turns == []


def test_a_slot_that_was_never_saved_is_found_before_it_is_recalled():
    script, battery = conversation(SIM, (":BATT:MOD5:VOC:STEP?", "40"), (":BATT:MOD5:VOC?", "0,0,0"))
    with pytest.raises(UsageError, match="Battery model slot '5' is empty"):
        battery.model(5)
    assert script.turns == []


def test_a_built_in_that_did_not_come_is_an_error():
    _, battery = conversation(SIM, OK, (":BATT:MOD:RCL NIMH12", None), OK, (":BATT:MOD:RCL?", "7"))
    with pytest.raises(InstrumentError, match="told to recall the model NIMH12 and has 7"):
        battery.model("NIMH12")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("", "Empty model name"),
        ("--", "Empty model name"),
        ("-3", "Model index must be non-negative"),
        (-3, "Model index must be non-negative"),
        (10, "Unknown battery model '10'"),
        ("LiFePO4", "Unknown battery model 'LiFePO4'"),
        ("3;*RST", "Unknown battery model"),
        ("²", "Unknown battery model"),
        (0, "cannot be recalled by a command"),
        ("discharge", "cannot be recalled by a command"),
    ],
)
def test_models_there_are_none_of_are_refused_with_nothing_sent(model, words):
    _, battery = conversation()
    with pytest.raises(UsageError, match=words) as caught:
        battery.model(model)
    assert "the list of models" in caught.value.hint


@pytest.mark.parametrize(
    ("model", "slot"),
    [
        (18650, 1),
        ("18650", 1),
        ("LiIon", 1),
        ("li-ion", 1),
        ("li_ion", 1),
        ("Lithium", 1),
        *((name, 2) for name in ("nimh", "ni-mh", "nickel")),
        *((name, 3) for name in ("nicd", "ni-cd", "nicad")),
        *((name, 4) for name in ("lead", "leadacid", "lead-acid", "sla")),
        ("07", 7),
        (9, 9),
    ],
)
def test_slots_by_the_names_of_older_scripts(model, slot):
    _, battery = conversation(
        SIM,
        (f":BATT:MOD{slot}:VOC:STEP?", "101"),
        (f":BATT:MOD{slot}:VOC?", "3,4"),
        OK,
        (f":BATT:MOD:RCL {slot}", None),
        OK,
        (":BATT:MOD:RCL?", f"{slot}"),
    )
    assert battery.model(model) == str(slot)


def test_listing_models_asks_each_slot_and_leaves_the_function_alone():
    points, saved = {2: "101", 4: "11", 9: "101"}, {2: "3,4", 4: "0,0", 9: "0,3"}  # what is in 4 was never saved
    turns = [[(f":BATT:MOD{n}:VOC:STEP?", points.get(n, "0"))] for n in range(1, 10)]
    for n, voc in saved.items():
        turns[n - 1].append((f":BATT:MOD{n}:VOC?", voc))
    script, battery = conversation(*(turn for slot in turns for turn in slot))
    found = battery.list_battery_models()
    assert script.turns == []
    assert [one.slot for one in found if one.slot] == [2, 9]
    assert [one.name for one in found if not one.slot][:2] == ["LI_ION4_2", "NIMH1_2"]


def test_exporting_a_model_is_this_conversation():
    script, battery = conversation(
        (":BATT:MOD2:VOC:STEP?", "3"), (":BATT:MOD2:VOC?", "3.0,+3.5E+00,4"), (":BATT:MOD2:RES?", "0.2, 0.1, 0.1")
    )
    curve = battery.export_model(2)
    assert (curve.voc, curve.resistance) == ([3, 3.5, 4], [0.2, 0.1, 0.1])
    assert script.turns == []


@pytest.mark.parametrize("count", ["0", "101"])  # 101 that are all zeros: something was written and never saved
def test_exporting_an_empty_slot_says_so(count):
    zeros = ((":BATT:MOD2:VOC?", "0,0"), (":BATT:MOD2:RES?", "0,0")) if count == "101" else ()
    _, battery = conversation((":BATT:MOD2:VOC:STEP?", count), *zeros)
    with pytest.raises(UsageError, match="Battery model slot '2' is empty"):
        battery.export_model(2)


@pytest.mark.parametrize("reply", ["", "1,2,x", "1,nan"])
def test_a_curve_that_cannot_be_read_is_an_error(reply):
    _, battery = conversation((":BATT:MOD2:VOC:STEP?", "3"), (":BATT:MOD2:VOC?", reply))
    with pytest.raises(InstrumentError, match="MOD2:VOC"):
        battery.export_model(2)


def test_a_curve_of_odd_halves_is_an_error():
    _, battery = conversation((":BATT:MOD2:VOC:STEP?", "3"), (":BATT:MOD2:VOC?", "1,2,3"), (":BATT:MOD2:RES?", "1,2"))
    with pytest.raises(InstrumentError, match="3 voltages and 2 resistances"):
        battery.export_model(2)


@pytest.mark.parametrize(("step", "way"), [(1, ""), (10, ":SIMP")])
def test_creating_a_model_is_this_conversation(step, way):
    def csv(values):
        return ",".join(f"{one:g}" for one in values)

    script, battery = conversation(
        OK,
        (f':BATT:MOD4:VOC{way} "{csv(UP[::step])}"', None),
        OK,
        (f':BATT:MOD4:RES{way} "{csv(DOWN[::step])}"', None),
        OK,
        (":BATT:MOD:SAVE:INTERNAL 4", None),
        OK,
        (":BATT:MOD4:VOC:STEP?", "101"),
        (":BATT:MOD4:VOC?", csv(UP)),
        (":BATT:MOD4:RES?", csv(DOWN)),
    )
    battery.create_model(4, UP[::step], DOWN[::step])
    assert script.turns == []


def test_a_model_fits_into_the_string_a_command_may_have():
    class Long(Script):
        def write(self, command):
            assert len(command) < 2048
            raise InstrumentRefused("enough", "")

    script = Long(OK)
    with pytest.raises(InstrumentRefused, match="enough"):
        K2281S(script).channel("battery", "1").create_model(1, [12.3456789] * 101, [99.87654321] * 101)


@pytest.mark.parametrize(
    ("slot", "voc", "resistance", "words"),
    [
        (0, UP, DOWN, "no model slot 0"),
        (10, UP, DOWN, "no model slot 10"),
        (1, UP[:-1], DOWN[:-1], "101 or 11 points, not 100 voltages"),
        (1, UP, DOWN[::10], "not 101 voltages and 11 resistances"),
        (1, [], [], "not 0 voltages"),
        (1, DOWN, DOWN, "voltages of a battery model fall"),
        (1, UP, UP, "resistances of a battery model rise"),
        (1, [*UP[:-1], 20.1], DOWN, "voltage 20.1 V of a battery model is outside"),
        (1, UP, [*DOWN[:-1], -0.1], "resistance -0.1 ohm of a battery model is outside"),
        (1, [float("nan"), *UP[1:]], DOWN, "outside"),
        (1, [0.0] * 11, [1.0] * 11, "all voltages"),
        (1, [1e-7] * 11, [1.0] * 11, "all voltages"),  # which is 0 once it is written
    ],
)
def test_what_is_no_model_is_refused_with_nothing_sent(slot, voc, resistance, words):
    _, battery = conversation()
    with pytest.raises(UsageError, match=words):
        battery.create_model(slot, voc, resistance)


def test_a_model_that_was_not_kept_is_an_error():
    script, battery = conversation(OK)
    script.write = lambda command: None
    script.query = lambda command, within=None: {
        ":SYST:ERR?": "0,",
        ":BATT:MOD1:VOC:STEP?": "101",
        ":BATT:MOD1:VOC?": ",".join(["3"] * 101),
        ":BATT:MOD1:RES?": ",".join(["0.1"] * 101),
    }[command]
    with pytest.raises(InstrumentError, match="does not hold the model"):
        battery.create_model(1, UP, DOWN)


# Setting a battery up -------------------------------------------------------------------------------------------------


def test_setting_up_is_this_conversation():
    script, battery = conversation(
        SIM,
        (":BATT:MOD2:VOC:STEP?", "101"),
        (":BATT:MOD2:VOC?", "3,4.2"),
        (":BATT:OUTP OFF", None),
        OK,
        (":BATT:SIM:METH DYN", None),
        OK,
        (":BATT:MOD:RCL 2", None),
        OK,
        (":BATT:MOD:RCL?", "2"),
        (":BATT:SIM:VOC:EMPT?", "3"),
        (":BATT:SIM:VOC:FULL 4.1", None),
        OK,
        (":BATT:SIM:VOC:EMPT 3.1", None),
        OK,
        (":BATT:SIM:CURR:LIM 0", None),
        OK,
        (":BATT:SIM:CAP:LIM 2", None),
        OK,
        (":BATT:SIM:SOC 0", None),
        OK,
        (":BATT:SIM:VOC 3.7", None),
        OK,
    )
    battery.setup_battery("dynamic", 0, 3.7, 4.1, 3.1, 0, 2, 2)
    assert script.turns == []


def test_a_full_voltage_below_the_old_empty_one_comes_second():
    script, battery = conversation(
        SIM,
        (":BATT:OUTP OFF", None),
        OK,
        (":BATT:SIM:VOC:EMPT?", "3.6"),
        (":BATT:SIM:VOC:EMPT 3.1", None),
        OK,
        (":BATT:SIM:VOC:FULL 3.5", None),
        OK,
    )
    battery.setup_battery(voltage_full=3.5, voltage_empty=3.1)
    assert script.turns == []


@pytest.mark.parametrize(
    "given",
    [
        {"soc": 101},
        {"soc": -1},
        {"voc": 21},
        {"voltage_full": 20.5},
        {"voltage_empty": -0.1},
        {"voltage_full": 3, "voltage_empty": 4},
        {"voltage_full": 4, "voc": 4.1},
        {"voltage_empty": 3, "voc": 2.9},
        {"current_limit": 6.2},
        {"capacity": 0},
        {"sim_mode": "wild"},
        {"model": "LiFePO4"},
    ],
)
def test_a_setup_with_anything_out_of_range_changes_nothing(desk, given):
    desk.instrument.handle(":ENTR:FUNC TEST")
    with pytest.raises(UsageError):
        desk.battery.setup_battery(**{"sim_mode": "static", "capacity": 1.0} | given)
    assert desk.cable.sent == []


def test_a_setup_with_an_empty_slot_changes_nothing(desk):
    desk.battery.enable()
    with pytest.raises(UsageError, match="'4' is empty"):
        desk.battery.setup_battery(soc=50, model="lead")
    assert desk.battery.output_is_enabled()
    assert desk.battery.soc() == 100


def test_a_setup_with_a_slot_that_was_never_saved_changes_nothing(desk):
    desk.battery.enable()
    assert desk.tell(':BATT:MOD4:VOC "3,3.5"') == []
    with pytest.raises(UsageError, match="'4' is empty"):
        desk.battery.setup_battery("static", model=4)
    assert desk.battery.output_is_enabled()
    assert desk.battery.mode() == "dynamic"


def test_a_setup_disconnects_and_leaves_it_so(desk):
    battery = desk.battery
    battery.enable()
    battery.setup_battery("static", 0, None, 4.1, 3.1, 2, 1.5, "LI-ION4_2")
    state = battery.state()
    assert (state.enabled, state.mode, state.model, state.soc, state.voc) == (False, "static", "LI_ION4_2", 0, 3.1)
    assert (state.volt_full, state.volt_empty, state.current_limit, state.capacity) == (4.1, 3.1, 2, 1.5)


# Against the simulator ------------------------------------------------------------------------------------------------


def test_a_model_is_created_listed_exported_and_recalled(desk):
    battery = desk.battery
    battery.create_model(4, UP[::10], DOWN[::10])
    battery.create_model(7, [2.0] * 50 + UP[50:], DOWN)
    assert [one.slot for one in battery.list_battery_models() if one.slot] == [4, 7]
    curve = battery.export_model(4)
    assert curve.voc == pytest.approx(UP)
    assert curve.resistance == pytest.approx(DOWN)
    assert desk.cable.changes[-1] == ":BATT:MOD:SAVE:INTERNAL 7"  # the live function stayed
    assert battery.model("sla") == "4"
    assert (battery.voltage_empty(), battery.voltage_full()) == (3, 4)
    desk.instrument.power_cycle()
    assert battery.model() == "LI_ION4_2"
    assert battery.model(4) == "4"
    assert battery.soc(50) == 50
    assert battery.voc() == pytest.approx(3.5)
    assert battery.esr() == pytest.approx(0.15)
    assert battery.esr_offset(0.05) == 0.05
    assert battery.esr() == pytest.approx(0.2)


def test_what_was_written_and_never_saved_is_an_empty_slot(desk):
    cable = desk.cable
    cable.write(':BATT:MOD5:VOC "3,3.5"')
    assert cable.query(":BATT:MOD5:VOC:STEP?") == "2"  # as the field has it
    assert [one.slot for one in desk.battery.list_battery_models() if one.slot] == []
    with pytest.raises(UsageError, match="'5' is empty"):
        desk.battery.export_model(5)
    with pytest.raises(UsageError, match="'5' is empty"):
        desk.battery.model(5)


def test_models_are_read_and_saved_while_the_supply_is_live(desk):
    desk.supply.enable()
    desk.battery.create_model(1, UP, DOWN)
    assert desk.battery.export_model(1).voc == pytest.approx(UP)
    assert desk.supply.output_is_enabled()
    with pytest.raises(RoleConflict):
        desk.battery.model(1)


def test_what_is_rounded_is_reported_as_it_was_read(desk):
    assert desk.battery.soc(12.34) == 12.3
    desk.battery.voltage_full(4.0)
    assert desk.battery.voc(4.2) == pytest.approx(4.0)  # of the model, but beyond full


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("capacity", 1),
        ("current_limit", 1),
        ("voltage_full", 4),
        ("voltage_empty", 3.5),
        ("esr_offset", 0.1),
        ("ovp", 5),
        ("ocp", 1),
        ("model", "NIMH12"),
        ("mode", "static"),
    ],
)
def test_a_connected_battery_refuses_and_it_is_said_what_to_do(desk, call, value):
    desk.battery.enable()
    before = getattr(desk.battery, call)()
    with pytest.raises(InstrumentRefused, match="704") as caught:
        getattr(desk.battery, call)(value)
    assert "disable()" in caught.value.hint
    assert getattr(desk.battery, call)() == before
    assert desk.battery.output_is_enabled()


def test_a_battery_that_ran_empty_is_found_disconnected(desk):
    battery = desk.battery
    battery.capacity(0.001)
    battery.soc(50)
    battery.enable()
    desk.now += 3600
    state = battery.state()
    assert (state.enabled, state.soc, state.voc) == (False, 0, 3.0)
    assert (state.ovp_tripped, state.ocp_tripped) == (False, False)


@pytest.mark.parametrize(
    "options",
    [
        {"function_words": "PSS", "method_words": "full", "realtime_words": "unit"},
        {"switch_while_on": "force", "method_while_on": "take", "three_letters": True, "short_model": 701},
    ],
)
def test_no_habit_of_the_firmware_matters_to_the_driver(options):
    desk = Desk(**options)
    desk.battery.create_model(2, UP, DOWN)
    desk.battery.setup_battery("static", 50, None, None, None, 1, 2, 2)
    desk.battery.enable()
    assert desk.battery.mode() == "static"
    assert desk.battery.terminal_voltage() == pytest.approx(3.5, abs=0.01)
    assert desk.battery.current() == pytest.approx(0.035, abs=1e-3)
    desk.battery.disable()
    assert desk.supply.voltage() == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_value_is_refused(value):
    _, battery = conversation()
    with pytest.raises(OutOfRange):
        battery.esr_offset(value)

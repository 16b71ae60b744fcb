"""What is sent to an MSO5000 for each call, and what its answers become."""

import pytest
from cables import Script

from lager.errors import InstrumentError, InstrumentRefused, InstrumentSilent, OutOfRange, UsageError
from lager_drivers.catalog import find
from lager_drivers.rigol_mso5000.instrument import MSO5000
from lager_drivers.rigol_mso5000.measurements import BETWEEN, ITEMS
from lager_drivers.rigol_mso5000.models import DEPTHS, MODELS
from lager_drivers.rigol_mso5000.settings import DEPTH
from lager_drivers.rigol_mso5000.triggers import COUNT, PARAMETERS

OK = (":SYST:ERR?", '0,"No error"')


class Clock:
    def __init__(self):
        self.now = 50.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def sent(*commands):
    """The turns of a set, in a session in which none was sent before."""
    return [OK, *((command, None) for command in commands), OK]


def again(*commands):
    return [*((command, None) for command in commands), OK]


def scope(*turns, model="MSO5204", pin="2"):
    clock = Clock()
    cable = Script(*turns)
    device = MSO5000(cable, model, clock, clock.sleep)
    return device.channel("scope", pin), cable


def exchange(call, *turns, **where):
    """Make a call in a session of its own; all of its turns must have been taken."""
    channel, cable = scope(*turns, **where)
    try:
        return call(channel)
    finally:
        assert cable.turns == []


@pytest.mark.parametrize(
    ("method", "command"),
    [
        ("enable", ":CHAN2:DISP ON"),
        ("disable", ":CHAN2:DISP OFF"),
        ("start_capture", ":RUN"),
        ("stop_capture", ":STOP"),
        ("start_single_capture", ":SING"),
        ("force_trigger", ":TFOR"),
        ("clear_measurements", ":MEAS:CLE ALL"),
    ],
)
def test_what_is_only_done(method, command):
    assert exchange(lambda one: getattr(one, method)(), *sent(command)) is None


def test_an_error_in_the_queue_is_the_calls():
    with pytest.raises(InstrumentRefused, match=r":RUN.*-113") as caught:
        exchange(lambda one: one.start_capture(), OK, (":RUN", None), (":SYST:ERR?", '-113,"Undefined header"'), OK)
    assert "IDN" in caught.value.hint


def test_a_bare_number_is_an_answer_of_the_error_queue(  # others' drivers parse both
):
    exchange(lambda one: one.enable(), (":SYST:ERR?", "0"), (":CHAN2:DISP ON", None), (":SYST:ERR?", "0"))


READ = [
    ("output_is_enabled", ":CHAN2:DISP?", "1", True),
    ("volts_per_div", ":CHAN2:SCAL?", "5E-1", 0.5),
    ("volts_per_div", ":CHAN2:SCAL?", "2.000000E-1", 0.2),
    ("volt_offset", ":CHAN2:OFFS?", "-1.000000E+0", -1.0),
    ("time_per_div", ":TIM:MAIN:SCAL?", "2.000000E-2", 0.02),
    ("time_offset", ":TIM:MAIN:OFFS?", "0.000000E+0", 0.0),
    ("coupling", ":CHAN2:COUP?", "DC", "DC"),
    ("coupling", ":CHAN2:COUP?", "GND", "GND"),
    ("probe", ":CHANnel2:PROBe?", "1.000000E+1", 10.0),
    ("bandwidth_limit", ":CHAN2:BWL?", "OFF", 0.0),
    ("bandwidth_limit", ":CHAN2:BWL?", "20M", 20e6),
    ("memory_depth", ":ACQ:MDEP?", "1.0000E+03", 1000),
    ("memory_depth", ":ACQ:MDEP?", "10k", 10_000),
    ("memory_depth", ":ACQ:MDEP?", "25M", 25_000_000),
    ("cursor_mode", ":CURS:MODE?", "MAN", "manual"),
]


@pytest.mark.parametrize(("method", "query", "answer", "value"), READ)
def test_what_is_read(method, query, answer, value):
    found = exchange(lambda one: getattr(one, method)(), (query, answer))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("method", "query"), sorted({(method, query) for method, query, _, _ in READ}), ids=lambda one: one
)
@pytest.mark.parametrize("answer", ["", "?", "9.9E37", "1,2"])
def test_an_answer_that_makes_no_sense_is_an_error(method, query, answer):
    with pytest.raises(InstrumentError, match="answered"):
        exchange(lambda one: getattr(one, method)(), (query, answer))


def test_a_depth_the_scope_chooses_is_rate_times_screen():
    turns = [(":ACQ:MDEP?", "AUTO"), (":ACQ:SRAT?", "1.000000E+8"), (":TIM:MAIN:SCAL?", "1.000000E-3")]
    assert exchange(lambda one: one.memory_depth(), *turns) == 1_000_000


PROBE = (":CHANnel2:PROBe?", "1.000000E+1")
SCALE = (":CHAN2:SCAL?", "1.000000E+0")


@pytest.mark.parametrize(
    ("method", "value", "turns", "found"),
    [
        ("volts_per_div", 0.5, [PROBE, *sent(":CHAN2:SCAL 0.5"), (":CHAN2:SCAL?", "5E-1")], 0.5),
        ("volts_per_div", 100, [PROBE, *sent(":CHAN2:SCAL 100"), (":CHAN2:SCAL?", "1E+2")], 100.0),
        ("volts_per_div", 0.005, [PROBE, *sent(":CHAN2:SCAL 0.005"), (":CHAN2:SCAL?", "4.9963E-3")], 0.0049963),
        ("volt_offset", -1.5, [PROBE, SCALE, *sent(":CHAN2:OFFS -1.5"), (":CHAN2:OFFS?", "-1.48")], -1.48),
        ("time_per_div", 5e-9, [*sent(":TIM:MAIN:SCAL 0.000000005"), (":TIM:MAIN:SCAL?", "5E-9")], 5e-9),
        ("time_per_div", 1000, [*sent(":TIM:MAIN:SCAL 1000"), (":TIM:MAIN:SCAL?", "1E+3")], 1000.0),
        ("time_offset", 2e-6, [*sent(":TIM:MAIN:OFFS 0.000002"), (":TIM:MAIN:OFFS?", "2E-6")], 2e-6),
        ("coupling", "ac", [*sent(":CHAN2:COUP AC"), (":CHAN2:COUP?", "AC")], "AC"),
        ("probe", 10, [*sent(":CHANnel2:PROBe 10"), PROBE], 10.0),
        ("probe", 0.002, [*sent(":CHANnel2:PROBe 0.002"), ("2P", "2E-3")], 0.002),
        ("bandwidth_limit", 20e6, [*sent(":CHAN2:BWL 20M"), (":CHAN2:BWL?", "20M")], 20e6),
        ("bandwidth_limit", 0, [*sent(":CHAN2:BWL OFF"), (":CHAN2:BWL?", "OFF")], 0.0),
        ("cursor_mode", "track", [*sent(":CURS:MODE TRAC"), (":CURS:MODE?", "TRAC")], "track"),
    ],
)
def test_what_is_set_is_read_back(method, value, turns, found):
    turns = [(PROBE[0], turn[1]) if turn[0] == "2P" else turn for turn in turns]
    # An offset's step is a part of the scale, which is asked for it
    turns += [(":CHAN2:SCAL?", "1E+0")] * (method == "volt_offset")
    turns += [(":TIM:MAIN:SCAL?", "1E-6")] * (method == "time_offset")
    assert exchange(lambda one: getattr(one, method)(value), *turns) == found


@pytest.mark.parametrize(
    ("method", "value", "turns", "said"),
    [
        ("volts_per_div", 0.3, [PROBE, *sent(":CHAN2:SCAL 0.3"), (":CHAN2:SCAL?", "5E-1")], "has 0.5 V now"),
        ("time_per_div", 3e-6, [*sent(":TIM:MAIN:SCAL 0.000003"), (":TIM:MAIN:SCAL?", "5E-6")], "has 5e-06 s"),
        ("coupling", "GND", [*sent(":CHAN2:COUP GND"), (":CHAN2:COUP?", "DC")], "asked for coupling GND, and has DC"),
        ("bandwidth_limit", 20e6, [*sent(":CHAN2:BWL 20M"), (":CHAN2:BWL?", "OFF")], "has 0 Hz"),
    ],
)
def test_what_the_scope_takes_otherwise_is_told(method, value, turns, said):
    with pytest.raises(InstrumentRefused, match=said):
        exchange(lambda one: getattr(one, method)(value), *turns)


@pytest.mark.parametrize(
    ("method", "value", "turns", "said"),
    [
        ("volts_per_div", 101, [PROBE], r"0\.005\.\.100 V"),
        ("volts_per_div", 0.004, [PROBE], r"0\.005\.\.100 V"),
        ("volt_offset", 1001, [(PROBE[0], "1"), (SCALE[0], "1")], r"-100\.\.100 V"),
        ("volt_offset", 31, [(PROBE[0], "1"), (SCALE[0], "0.2")], r"-30\.\.30 V"),
        ("volt_offset", -11, [PROBE, (SCALE[0], "0.5")], r"-10\.\.10 V"),
        ("time_per_div", 1e-9, [], r"2e-09\.\.1000 s"),
        ("time_per_div", 2000, [], r"2e-09\.\.1000 s"),
        ("probe", 3, [], "3x"),
        ("probe", 1e6, [], "50000"),
        ("bandwidth_limit", 200e6, [], "it has 20 MHz, 100 MHz"),
        ("memory_depth", -1, [], "1000"),
        ("memory_depth", 123, [], "0, 1000, 10000, 100000, .*200000000"),
        ("memory_depth", 10**30, [], "200000000"),
        ("time_offset", 1e9, [], r"-10000\.\.10000 s"),
        ("time_offset", float("nan"), [], r"-10000\.\.10000 s"),
    ],
)
def test_what_is_out_of_range_is_never_sent(method, value, turns, said):
    with pytest.raises(OutOfRange) as caught:
        exchange(lambda one: getattr(one, method)(value), *turns)
    import re

    assert re.search(said, str(caught.value))


def test_the_ranges_are_the_models():
    with pytest.raises(OutOfRange, match=r"5e-09\.\."):
        exchange(lambda one: one.time_per_div(2e-9), model="MSO5074")
    turns = [*sent(":CHAN2:BWL 200M"), (":CHAN2:BWL?", "200M")]
    assert exchange(lambda one: one.bandwidth_limit(200e6), *turns, model="MSO5354") == 200e6


@pytest.mark.parametrize("word", ["ACDC", "", "{'__enum__': {}}"])
def test_a_word_that_is_none_is_never_sent(word):
    with pytest.raises(UsageError, match="expected one of DC, AC, GND"):
        exchange(lambda one: one.coupling(word))


RUNNING = (":TRIG:STAT?", "RUN")


def test_a_memory_depth_is_set_while_it_runs():
    turns = [RUNNING, *sent(":ACQ:MDEP 100k"), (":ACQ:MDEP?", "100k")]
    assert exchange(lambda one: one.memory_depth(100_000), *turns) == 100_000
    auto = [RUNNING, *sent(":ACQ:MDEP AUTO"), (":ACQ:MDEP?", "4.0000E+06")]
    assert exchange(lambda one: one.memory_depth(0), *auto) == 4_000_000


@pytest.mark.parametrize("points", DEPTHS)
def test_a_memory_depth_is_written_as_the_guide_lists_it(points):
    assert DEPTH.render(points) in ["1k", "10k", "100k", "1M", "10M", "25M", "50M", "100M", "200M"]
    assert DEPTH.parse(DEPTH.render(points)) == points


def test_a_memory_depth_is_not_set_in_vain():
    with pytest.raises(UsageError, match="stopped") as caught:
        exchange(lambda one: one.memory_depth(1000), (":TRIG:STAT?", "STOP"))
    assert caught.value.hint == "start it first"
    with pytest.raises(InstrumentRefused, match=r"has 1000000 points"):
        exchange(lambda one: one.memory_depth(200_000_000), RUNNING, *sent(":ACQ:MDEP 200M"), (":ACQ:MDEP?", "1M"))


@pytest.mark.parametrize(("item", "word"), ITEMS.items())
def test_every_measurement_of_a_trace(item, word):
    form = "".join(letter for letter in word if not letter.islower())
    assert exchange(lambda one: one.measure(item), (f":MEAS:ITEM? {form},CHAN2", "3.280000E+0")) == 3.28
    exchange(lambda one: one.show_measurement(item), *sent(f":MEAS:ITEM {form},CHAN2"))


@pytest.mark.parametrize(("item", "word"), BETWEEN.items())
def test_every_measurement_between_traces(item, word):
    form = "".join(letter for letter in word if not letter.islower())
    assert exchange(lambda one: one.measure(item, "CHAN3"), (f":MEAS:ITEM? {form},CHAN2,CHAN3", "-1.2E-6")) == -1.2e-6
    exchange(lambda one: one.show_measurement(item, "d7"), *sent(f":MEAS:ITEM {form},CHAN2,D7"))


@pytest.mark.parametrize("answer", ["9.9E37", "9.900000E+37", "-9.9E+37", "9.91E37"])
def test_only_what_the_scope_cannot_measure_is_none(answer):
    assert exchange(lambda one: one.measure("frequency"), (":MEAS:ITEM? FREQ,CHAN2", answer)) is None


@pytest.mark.parametrize("answer", ["", "****", "nan", "1,2"])
def test_a_measurement_that_is_no_number_is_an_error(answer):
    with pytest.raises(InstrumentError, match="answered"):
        exchange(lambda one: one.measure("frequency"), (":MEAS:ITEM? FREQ,CHAN2", answer))


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["vpp"], "voltage_peak_to_peak, "),
        (["delay_rising_rising_edge"], "two sources"),
        (["frequency", "CHAN1"], "one source"),
        (["phase_rising_rising_edge", "CHAN5"], "CHAN1..CHAN4"),
        (["phase_rising_rising_edge", "{'a': 1}"], "D0..D15"),
    ],
)
def test_a_measurement_there_is_not_is_never_sent(args, said):
    with pytest.raises(UsageError, match=said):
        exchange(lambda one: one.measure(*args))


def test_a_source_the_model_has_not_is_never_sent():
    """The firmware of a scope with two channels takes the others, too."""
    with pytest.raises(UsageError, match="CHAN1 to CHAN2"):
        exchange(lambda one: one.measure("delay_rising_rising_edge", "CHAN3"), model="MSO5072")
    with pytest.raises(UsageError, match="CHAN1 to CHAN2"):
        exchange(lambda one: one.trigger_set("edge.source", "CHAN4"), model="MSO5102")


def values_of(name):
    """Some value of a parameter, as it is said, sent and answered."""
    one = PARAMETERS[name]
    if name.endswith("source") or ".source" in name:
        return "D7", "D7", "D7"
    if one.kind.unit == "pattern":
        return "HLX", ",".join("HL" + "X" * 18), ",".join("HL" + "X" * 18)
    if one.kind is COUNT:
        return round(one.high), str(round(one.high)), str(round(one.high))
    if not one.is_word:
        return (2, "2", "2") if one.high is not None and one.high > 10 else (1e-6, "0.000001", "1.000000E-6")
    some = ("normal", "DC", "on", "runt", "falling", "negative", "less", "both", "line", "NTSC", "enter", "low")
    for word in (*some, "start", "cs", "even", "1.5", "8", "read_write"):
        try:
            form = one.kind.render(word)
        except ValueError:
            continue
        return word, form, form
    raise AssertionError(name)


@pytest.mark.parametrize("name", [name for name, one in PARAMETERS.items() if not one.source])
def test_every_parameter_of_the_trigger(name):
    one = PARAMETERS[name]
    value, form, answer = ("stopped", "", "STOP") if name == "status" else values_of(name)
    turn = (f"{one.header}?", answer)
    read = value.ljust(20, "X") if one.kind.unit == "pattern" else value
    assert exchange(lambda channel: channel.trigger_get(name), turn) == read
    if one.settable:
        exchange(lambda channel: channel.trigger_set(name, value), *sent(f"{one.header} {form}"), turn)


@pytest.mark.parametrize("name", [name for name, one in PARAMETERS.items() if one.source not in ("", "own")])
def test_every_level_is_bounded_by_its_sources_screen(name):
    one = PARAMETERS[name]
    screen = [(f"{one.source}?", "CHAN3"), (":CHAN3:SCAL?", "5E-1"), (":CHAN3:OFFS?", "-1E+0")]
    turn = (f"{one.header}?", "1.640000E+0")
    exchange(lambda channel: channel.trigger_set(name, 1.65), *screen, *sent(f"{one.header} 1.65"), turn)
    assert exchange(lambda channel: channel.trigger_get(name), turn) == 1.64
    for volts in (3.6, -1.6):  # -5 * 0.5 + 1 .. 5 * 0.5 + 1
        with pytest.raises(OutOfRange, match=r"-1\.5\.\.3\.5 V, the screen of CHAN3"):
            exchange(lambda channel, volts=volts: channel.trigger_set(name, volts), *screen)
    with pytest.raises(InstrumentRefused, match=r"has 0 V now"):
        exchange(
            lambda channel: channel.trigger_set(name, 1.65),
            *screen,
            *sent(f"{one.header} 1.65"),
            (f"{one.header}?", "0"),
        )
    # Of a digital line no screen bounds it
    turns = [(f"{one.source}?", "D3"), *sent(f"{one.header} 1.65"), turn]
    exchange(lambda channel: channel.trigger_set(name, 1.65), *turns)


@pytest.mark.parametrize(("name", "header"), [("pattern.level", ":TRIG:PATT:LEV"), ("duration.level", ":TRIG:DUR:LEV")])
def test_levels_of_patterns_are_each_channels(name, header):
    screen = [(":CHAN2:SCAL?", "1E+0"), (":CHAN2:OFFS?", "0E+0")]
    turn = (f"{header}? CHAN2", "1.5E+0")
    exchange(lambda channel: channel.trigger_set(name, 1.5), *screen, *sent(f"{header} CHAN2,1.5"), turn)
    assert exchange(lambda channel: channel.trigger_get(name), turn) == 1.5
    with pytest.raises(OutOfRange, match="CHAN2"):
        exchange(lambda channel: channel.trigger_set(name, 6), *screen)


@pytest.mark.parametrize(
    ("status", "word"),
    [("TD", "triggered"), ("WAIT", "waiting"), ("RUN", "running"), ("AUTO", "auto"), ("STOP", "stopped")],
)
def test_every_status_has_a_word(status, word):
    assert exchange(lambda one: one.trigger_get("status"), (":TRIG:STAT?", status)) == word


@pytest.mark.parametrize("said", ["ACLine", "AC", "acl"])
def test_the_mains_can_trigger(said):
    turns = [*sent(":TRIG:EDGE:SOUR ACL"), (":TRIG:EDGE:SOUR?", "ACL")]
    exchange(lambda one: one.trigger_set("edge.source", said), *turns)
    assert exchange(lambda one: one.trigger_get("edge.source"), turns[-1]) == "AC"


def test_words_of_the_manual_are_understood():
    for said in ("rising", "POS", "positive", "POSitive"):
        turns = [*sent(":TRIG:EDGE:SLOP POS"), (":TRIG:EDGE:SLOP?", "POS")]
        exchange(lambda one, said=said: one.trigger_set("edge.slope", said), *turns)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("edge.slop", "rising", "edge.slope"),
        ("edge.slope", "up", "expected one of rising, falling, both"),
        ("edge.slope", 1.0, "give a word"),
        ("edge.level", "1.5", "give a number"),
        ("edge.source", "CHAN5", "CHAN1..CHAN4"),
        ("edge.source", "D16", "D0..D15"),
        ("edge.source", "CHAN", "D0..D15"),
        ("status", "stopped", "only be read"),
        ("type", "video game", "edge, pulse"),
        ("pattern.pattern", "HZ", "letters"),
        ("pattern.pattern", "RF", "at most one"),
        ("pattern.pattern", "H" * 21, "up to 20"),
    ],
)
def test_what_the_trigger_has_not_is_never_sent(name, value, said):
    with pytest.raises(UsageError) as caught:
        exchange(lambda one: one.trigger_set(name, value))
    assert said in str(caught.value)


@pytest.mark.parametrize("name", [name for name, one in PARAMETERS.items() if one.low is not None])
def test_every_number_of_the_trigger_has_its_range(name):
    one = PARAMETERS[name]
    for value in (one.low * 0.99 if one.low else -1, one.high * 1.01):
        with pytest.raises(OutOfRange, match="choose a value from"):
            exchange(lambda channel, value=value: channel.trigger_set(name, value))


def test_what_is_compared_bit_by_bit_is_taken_exactly_or_not_at_all():
    with pytest.raises(InstrumentRefused, match="asked for uart trigger data 200, and has 201 now"):
        exchange(
            lambda one: one.trigger_set("uart.data", 200), *sent(":TRIG:RS232:DATA 200"), (":TRIG:RS232:DATA?", "201")
        )
    with pytest.raises(UsageError, match="whole number"):
        exchange(lambda one: one.trigger_set("i2c.address", 80.5))


def test_an_option_that_is_not_installed_is_told():
    with pytest.raises(InstrumentRefused, match="asked for type RS232, and has edge") as caught:
        exchange(lambda one: one.trigger_set("type", "uart"), *sent(":TRIG:MODE RS232"), (":TRIG:MODE?", "EDGE"))
    assert "option" in caught.value.hint


def test_autoscale_waits_for_its_end_whether_the_answer_says_so_or_comes_late():
    """The guide has *OPC? answer 0 until then; in the field the answer comes when it is done."""
    for answers in (["1"], ["0", "0", "0", "1"]):
        turns = [OK, (":AUT", None), *(("*OPC?", answer) for answer in answers), OK]
        exchange(lambda one: one.autoscale(), *turns)


def test_autoscale_that_does_not_end_is_an_error():
    turns = [OK, (":AUT", None), *[("*OPC?", "0")] * 75]  # 15 s, 0.2 s each
    with pytest.raises(InstrumentSilent, match="15 s"):
        exchange(lambda one: one.autoscale(), *turns)


def test_autoscale_asks_for_patience():
    asked = []

    class Patient(Script):
        def query(self, command, within=None):
            asked.append((command, within))
            return super().query(command, within)

    clock = Clock()
    cable = Patient(OK, (":AUT", None), ("*OPC?", "0"), ("*OPC?", "1"), OK)
    MSO5000(cable, "MSO5204", clock, clock.sleep).channel("scope", "1").autoscale()
    assert asked[1:3] == [("*OPC?", 15.0), ("*OPC?", pytest.approx(14.8))]


CURSORS = [
    (":CURS:MODE?", "MAN"),
    *((f":CURS:MAN:C{name}?", value) for name, value in [("AX", "400"), ("AY", "180"), ("BX", "600"), ("BY", "300")]),
    *(
        (f":CURS:MAN:{name}V?", value)
        for name, value in [("AX", "-1E-6"), ("AY", "1E+0"), ("BX", "1E-6"), ("BY", "-1")]
    ),
]


def test_cursors_are_read_in_pixels_from_the_bottom_and_in_seconds_and_volts():
    found = exchange(lambda one: one.cursors(), *CURSORS)
    assert (found.a_x, found.a_y, found.b_x, found.b_y) == (400, 299, 600, 179)
    assert (found.a_seconds, found.a_volts, found.b_seconds, found.b_volts) == (-1e-6, 1.0, 1e-6, -1.0)


def test_cursors_that_are_hidden_are_nowhere():
    with pytest.raises(UsageError, match="mode is off"):
        exchange(lambda one: one.cursors(), (":CURS:MODE?", "OFF"))


def test_a_cursor_is_put_somewhere_on_this_channel():
    turns = [*sent(":CURS:MODE MAN"), (":CURS:MODE?", "MAN"), *again(":CURS:MAN:SOUR CHAN2")]
    exchange(lambda one: one.move_cursor("A", 10, 479), *turns, *again(":CURS:MAN:CAX 10"), *again(":CURS:MAN:CAY 0"))
    exchange(lambda one: one.move_cursor("B", None, 0), *turns, *again(":CURS:MAN:CBY 479"))
    exchange(lambda one: one.move_cursor("B", 999), *turns, *again(":CURS:MAN:CBX 999"))


@pytest.mark.parametrize("args", [["C", 1, 1], ["A", 1000, 1], ["A", -1], ["B", None, 480], ["B", None, -1]])
def test_a_place_off_the_screen_is_never_sent(args):
    with pytest.raises(UsageError):
        exchange(lambda one: one.move_cursor(*args))


STATE = {
    ":CHAN2:DISP?": "1",
    ":TRIG:STAT?": "TD",
    ":CHAN2:SCAL?": "5E-1",
    ":CHAN2:OFFS?": "-1E+0",
    ":CHAN2:COUP?": "DC",
    ":CHANnel2:PROBe?": "1E+1",
    ":CHAN2:BWL?": "20M",
    ":TIM:MAIN:SCAL?": "2E-4",
    ":TIM:MAIN:OFFS?": "0E+0",
    ":TRIG:MODE?": "PULS",
    ":TRIG:SWE?": "NORM",
    ":ACQ:SRAT?": "2E+9",
    ":ACQ:MDEP?": "1.0000E+06",
}


def test_state_is_all_of_it():
    state = exchange(lambda one: one.state(), *STATE.items())
    assert (state.channel, state.enabled, state.status, state.volts_per_div) == (2, True, "triggered", 0.5)
    assert (state.volt_offset, state.coupling, state.probe, state.bandwidth_limit) == (-1.0, "DC", 10.0, 20e6)
    assert (state.time_per_div, state.time_offset, state.trigger_type) == (2e-4, 0.0, "pulse")
    assert (state.trigger_sweep, state.sample_rate, state.memory_depth) == ("normal", 2e9, 1_000_000)


@pytest.mark.parametrize("name", [entry for entry in MODELS if entry != "MSO5204"])
def test_every_model_has_its_entry(name):
    entry = find(f"Rigol_{name}")
    assert entry.roles == {"scope": tuple("1234"[: MODELS[name].channels])}
    assert entry.devices == {"rigol_mso5000": ("scope",)}


def test_the_released_name_is_any_of_them():
    """Released bench files call every MSO5000 so, with a zero; one's own name changes with its options."""
    for name in ("Rigol_MS05204", "Rigol_MSO5204", "rigol_mso5000", "RIGOL_ms05204"):
        entry = find(name)
        assert entry.name == "Rigol_MS05204"
        assert entry.roles == {"scope": ("1", "2", "3", "4")}
    device = entry.connect(Script(("*IDN?", "RIGOL TECHNOLOGIES,MSO5074,MS5A221301338,00.01.03.00.01")))
    with pytest.raises(OutOfRange, match=r"5e-09\.\."):
        device.channel("scope", "1").time_per_div(1e-9)
    fast = entry.connect(
        Script(
            ("*IDN?", "RIGOL TECHNOLOGIES,MSO5504,MS5A1,00.01.03"),
            *sent(":TIM:MAIN:SCAL 0.000000001"),
            (":TIM:MAIN:SCAL?", "1E-9"),
        )
    )
    assert fast.channel("scope", "1").time_per_div(1e-9) == 1e-9


@pytest.mark.parametrize(
    "found",
    ["RIGOL TECHNOLOGIES,DS1104Z,DS1ZA1,00.04", "RIGOL TECHNOLOGIES,DP832,DP8C1,00.01.11", "", "AGILENT,MSO5204,1,1"],
)
def test_another_instrument_is_not_taken_for_one(found):
    with pytest.raises(InstrumentError, match="instrument says it is"):
        find("Rigol_MS05204").connect(Script(("*IDN?", found)))


def test_a_restart_is_read_from_the_event_register():
    for answer, restarted in (("128", True), ("0", False), ("53", False)):
        assert MSO5000(Script(("*ESR?", answer)), "MSO5204").restarted(0.0) is restarted


def test_a_model_without_data_is_refused():
    with pytest.raises(UsageError, match="MSO9999"):
        MSO5000(Script(), "MSO9999")

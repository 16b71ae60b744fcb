"""The download of a trace: what is selected for it, what is checked, and that nothing else is taken for it."""

import pytest
from cables import Script

from lager.errors import InstrumentError, InstrumentRefused, UsageError
from lager_drivers.rigol_mso5000.instrument import MSO5000

OK = (":SYST:ERR?", '0,"No error"')
SHOWN, STOPPED = (":CHAN1:DISP?", "1"), (":TRIG:STAT?", "STOP")
NORM = "0,0,1000,1,2.000000E-8,-1.000000E-5,0,4.000000E-2,0,128"
FIELD = "0,2,1000,1,2.000000E-4,-1.000000E-1,0.000000,1.9963E-02,-50,128"  # a trace of a real one, memory of 1000
CODES = bytes(n % 256 for n in range(1000))


class Clock:
    def __init__(self):
        self.now, self.slept = 50.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def selecting(channel, mode, *marks, first=False):
    commands = [f":WAV:SOUR CHAN{channel}", f":WAV:MODE {mode}", ":WAV:FORM BYTE", *marks]
    return [*[OK] * first, *((command, None) for command in commands), OK]


def fetching(codes):
    return [("*WAI", None), OK, (":WAV:DATA?", codes)]


def screen(codes=CODES, preamble=NORM, channel=1, first=True):
    shown = (f":CHAN{channel}:DISP?", "1")
    marks = (":WAV:STAR 1", ":WAV:STOP 1000")
    return [shown, *selecting(channel, "NORM", *marks, first=first), (":WAV:PRE?", preamble), *fetching(codes)]


def memory(start, stop, codes, total="1.0000E+03", preamble=FIELD, first=True):
    marks = [":WAV:STAR 1", f":WAV:STOP {stop}", f":WAV:STAR {start}"][: 3 if start > 1 else 2]
    asked = [SHOWN, STOPPED, (":ACQ:MDEP?", total)]
    said = [(":WAV:PRE?", preamble), (":ACQ:SRAT?", "5.000000E+3")]
    return [*asked, *selecting(1, "RAW", *marks, first=first), *said, *fetching(codes)]


class Scope:
    def __init__(self, *turns):
        self.clock, self.cable = Clock(), Script(*turns)
        self.device = MSO5000(self.cable, "MSO5204", self.clock, self.clock.sleep)

    def channel(self, number=1):
        return self.device.channel("scope", str(number))

    def download(self, *args, channel=1):
        return self.channel(channel).download(*args)


def test_the_screen_is_a_thousand_points():
    scope = Scope(*screen())
    found = scope.download("screen")
    assert scope.cable.turns == []
    assert (found.channel, found.source, found.start, found.total) == (1, "screen", 1, 1000)
    assert found.codes == CODES
    assert (found.x_increment, found.x_origin, found.x_reference) == (2e-8, -1e-5, 0.0)
    assert (found.y_increment, found.y_origin, found.y_reference) == (0.04, 0.0, 128.0)


def test_a_channel_that_was_not_captured_has_no_trace():
    with pytest.raises(InstrumentError) as caught:
        Scope(*screen(b"", NORM.replace("1000", "0", 1))).download("screen")
    assert caught.value.what == "the scope has no trace of channel 1: nothing was captured while it was shown"
    assert caught.value.hint == "capture again, then read it"


def test_the_field_trace_means_what_it_did():
    """0.5 V/div and an offset of -1 V, as that scope answered: 0.019963 V a code, printed with five digits."""
    scope = Scope(*memory(1, 1000, bytes([78, 128, 203]) + bytes(997)))
    found = scope.download("memory")
    assert scope.cable.turns == []
    zero = found.y_origin + found.y_reference
    assert [(code - zero) * found.y_increment for code in found.codes[:3]] == pytest.approx([0.0, 0.99815, 2.495375])
    assert found.x_origin + (found.total - 1) * found.x_increment == pytest.approx(0.0998)


def test_the_memory_is_read_in_pieces_and_either_end_may_be_given():
    scope = Scope(*memory(1, 250_000, bytes(250_000), "6.0000E+05"))
    assert len(scope.download("memory").codes) == 250_000
    scope = Scope(*memory(250_001, 500_000, bytes(250_000), "6.0000E+05"))
    found = scope.download("memory", 250_001)
    assert (found.start, found.total, len(found.codes)) == (250_001, 600_000, 250_000)
    scope = Scope(*memory(500_001, 600_000, bytes(100_000), "600k"))
    assert len(scope.download("memory", 500_001).codes) == 100_000
    scope = Scope(*memory(11, 20, b"0123456789"))
    assert scope.download("memory", 11, 20).codes == b"0123456789"


@pytest.mark.parametrize(("start", "stop"), [(0, 5), (5, 4), (1001, None), (1, 1001), (-3, None), (None, 0)])
def test_points_that_are_not_there_are_never_asked_for(start, stop):
    scope = Scope(SHOWN, STOPPED, (":ACQ:MDEP?", "1k"))
    with pytest.raises(UsageError, match="points 1 to 1000"):
        scope.download("memory", start, stop)
    assert scope.cable.turns == []


def test_too_many_points_for_one_call():
    scope = Scope(SHOWN, STOPPED, (":ACQ:MDEP?", "1M"))
    with pytest.raises(UsageError, match="at most 250000"):
        scope.download("memory", 1, 250_001)


@pytest.mark.parametrize("status", ["RUN", "AUTO", "TD", "WAIT"])
def test_the_memory_is_not_read_while_it_runs(status):
    scope = Scope(SHOWN, (":TRIG:STAT?", status))
    with pytest.raises(UsageError, match="only while the scope is stopped") as caught:
        scope.download("memory")
    assert "stop_capture() first" in caught.value.hint
    assert scope.cable.turns == []


@pytest.mark.parametrize("source", ["screen", "memory"])
def test_a_hidden_channel_has_no_trace(source):
    """The scope would not answer, and a transfer that is broken off on USB needs it switched off (field report)."""
    scope = Scope((":CHAN1:DISP?", "0"))
    with pytest.raises(UsageError, match="hidden") as caught:
        scope.download(source)
    assert "enable()" in caught.value.hint


@pytest.mark.parametrize("args", [["display"], ["RAW"], [""]])
def test_a_source_there_is_not(args):
    with pytest.raises(UsageError, match="screen"):
        Scope().download(*args)


def test_the_screen_has_no_pieces():
    with pytest.raises(UsageError, match="as a whole"):
        Scope(SHOWN).download("screen", 1, 10)


NOUGHT = "0,0,1000,1,0.000000E+0,-1.000000E-5,0,4.000000E-2,0,128"


def test_a_preamble_without_an_increment_is_asked_for_again():
    turns = screen()
    place = turns.index((":WAV:PRE?", NORM))
    scope = Scope(*turns[:place], *[(":WAV:PRE?", NOUGHT)] * 4, *turns[place:])
    assert scope.download("screen").x_increment == 2e-8
    assert scope.cable.turns == []


@pytest.mark.parametrize(
    "preamble",
    [
        NOUGHT,
        NORM.replace("0,0,", "1,0,", 1),  # words of two bytes
        NORM.replace("0,0,", "2,0,", 1),  # text
        NORM.replace("0,0,", "0,2,", 1),  # the memory, not the screen
        NORM.replace("4.000000E-2", "0.000000E+0"),
    ],
)
def test_a_preamble_of_something_else_is_refused_before_any_data(preamble):
    turns = screen()
    place = turns.index((":WAV:PRE?", NORM))
    scope = Scope(*turns[:place], *[(":WAV:PRE?", preamble)] * 5)
    with pytest.raises(InstrumentError, match="how its trace is to be read"):
        scope.download("screen")
    assert scope.cable.turns == []


@pytest.mark.parametrize("preamble", ["", "0,0,1000", NORM + ",1", NORM.replace("128", "x")])
def test_a_preamble_that_is_none_is_an_error(preamble):
    turns = screen(preamble=preamble)
    scope = Scope(*turns[: turns.index((":WAV:PRE?", preamble)) + 1])
    with pytest.raises(InstrumentError, match="answered"):
        scope.download("screen")


@pytest.mark.parametrize("codes", [b"", CODES[:-1]])
def test_fewer_points_than_were_said_are_an_error(codes):
    with pytest.raises(InstrumentError, match=f"sent {len(codes)} points of CHAN1, not 1000"):
        Scope(*screen(codes)).download("screen")
    with pytest.raises(InstrumentError, match="not 1000"):
        Scope(*memory(1, 1000, codes)).download("memory")


def test_of_more_points_than_were_asked_for_the_first_count():
    """The header of the block is what counts (field report): what follows is never taken for the next answer."""
    assert Scope(*screen(CODES + b"more")).download("screen").codes == CODES
    assert Scope(*memory(1, 1000, CODES + b"more")).download("memory").codes == CODES


def test_a_refused_selection_downloads_nothing():
    turns = screen()
    refused = (":SYST:ERR?", '-224,"Illegal parameter value"')
    scope = Scope(*turns[:7], refused, OK)
    with pytest.raises(InstrumentRefused, match=r"WAV:SOUR CHAN1"):
        scope.download("screen")
    assert scope.cable.turns == []


def test_two_channels_are_not_asked_back_to_back():
    """Without a pause between them the firmware may freeze (field report)."""
    scope = Scope(*screen(), *screen(channel=3, first=False), *screen(channel=3, first=False))
    scope.download("screen")
    scope.clock.now += 0.03
    scope.download("screen", channel=3)
    scope.download("screen", channel=3)
    assert scope.clock.slept == [pytest.approx(0.07)]


def test_a_new_capture_is_told_from_the_old_one():
    def setting(command):
        return [(command, None), OK]

    turns = [*screen(), *screen(first=False)]
    for command in (":STOP", ":RUN", ":SING", ":TFOR"):
        turns += [*setting(command), *screen(first=False)]
    scope = Scope(*turns)
    captures = [scope.download("screen").capture, scope.download("screen").capture]
    for method in ("stop_capture", "start_capture", "start_single_capture", "force_trigger"):
        getattr(scope.channel(2), method)()
        captures.append(scope.download("screen").capture)
    assert captures == [0, 0, 0, 1, 2, 3]

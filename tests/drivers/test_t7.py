import pytest

from lager.errors import InstrumentError, InstrumentRefused, OutOfRange, UsageError
from lager_drivers.labjack_t7 import registers as at
from lager_drivers.labjack_t7.instrument import T7
from lager_drivers.modbus import ModbusFault


class Watched:
    """Registers that keep what was asked of them."""

    def __init__(self, registers):
        self._registers = registers
        self.deeds = []

    def read(self, address, count):
        self.deeds.append(("read", address, count))
        return self._registers.read(address, count)

    def write(self, address, words):
        self.deeds.append(("write", address, list(words)))
        self._registers.write(address, words)


def near(value, wanted, by=2e-3):
    return abs(value - wanted) < by


def test_an_input_is_configured_once_and_then_read(bench):
    watched = Watched(bench.t7)
    device = T7(watched)
    for _ in range(2):
        device.channel("adc", "AIN3").input()
    assert watched.deeds == [
        ("write", 40006, at.float_words(10.0)),
        ("write", 41003, [199]),
        ("read", 6, 2),
        ("read", 6, 2),
    ]


def test_a_differential_setting_left_by_somebody_does_not_matter(bench):
    bench.t7.write(1000, at.float_words(2.0))  # DAC0, seen by AIN7
    bench.t7.write(41000 + 6, [7])
    assert near(bench.adc(8), 2)


@pytest.mark.parametrize(("dac", "adc"), [("DAC0", 8), ("DAC1", 7)])
def test_an_output_is_seen_by_the_input_it_is_wired_to(bench, dac, adc):
    output = bench.labjack.channel("dac", dac)
    assert output.input() == 0
    output.output(2.5)
    assert near(output.input(), 2.5)
    assert output.get_voltage() == output.input()
    assert near(bench.adc(adc), 2.5)


@pytest.mark.parametrize("volts", [-0.01, 5.01, float("nan")])
def test_an_output_outside_is_refused_before_anything_is_sent(bench, volts):
    watched = Watched(bench.t7)
    with pytest.raises(OutOfRange, match=r"0\.\.5 V"):
        T7(watched).channel("dac", "DAC0").output(volts)
    assert watched.deeds == []


def test_lines_are_driven_and_read_without_changing_their_direction(bench):
    one, two = (bench.labjack.channel("gpio", pin) for pin in ("FIO0", "FIO1"))
    assert (one.input(), two.input()) == (1, 1)
    one.output(0)
    assert (one.input(), two.input()) == (0, 0)
    assert (one.input(), two.input()) == (0, 0)
    one.output("high")
    assert two.input() == 1
    assert at.words_long(bench.t7.read(at.DIO_DIRECTION, 2)) == 1
    assert bench.labjack.channel("gpio", "FIO2").input() == 1


@pytest.mark.parametrize(
    ("level", "read"), [(1, 1), (0, 0), (True, 1), (False, 0), ("HIGH", 1), ("off", 0), ("1", 1), ("false", 0)]
)
def test_levels_have_many_words(bench, level, read):
    line = bench.labjack.channel("gpio", "MIO2")
    line.output(level)
    assert line.input() == read


@pytest.mark.parametrize("level", [2, -1, "up", ""])
def test_what_is_no_level_is_refused(bench, level):
    with pytest.raises(UsageError, match="no level"):
        bench.labjack.channel("gpio", "FIO0").output(level)


def test_a_refusal_says_the_devices_own_code():
    class Refusing:
        def read(self, address, count):
            if address == at.LAST_ERROR:
                return [2373]
            raise ModbusFault(4)

        def write(self, address, words):
            raise ModbusFault(4)

    with pytest.raises(InstrumentRefused, match="Modbus exception 4, error 2373"):
        T7(Refusing()).channel("adc", "AIN0").input()


@pytest.mark.parametrize("words", [[0], [0x7FC0, 0], [1, 2, 3]])
def test_an_answer_that_is_no_number_is_an_error(words):
    class Odd:
        def read(self, address, count):
            return words

        def write(self, address, words):
            return None

    with pytest.raises(InstrumentError):
        T7(Odd()).channel("adc", "AIN0").input()


def test_the_simulator_has_the_test_registers(bench):
    assert bench.t7.read(55100, 2) == [0x0011, 0x2233]
    assert bench.t7.read(55101, 1) == [0x2233]
    assert bench.t7.read(55124, 2) == [0xC61C, 0x3C00]
    bench.t7.write(55110, [7])
    assert bench.t7.read(55110, 1) == [7]
    bench.t7.power_cycle()
    assert bench.t7.read(55110, 1) == [17]


@pytest.mark.parametrize(
    ("address", "count", "code", "detail"),
    [(0, 1, 3, 2315), (1, 2, 3, 2313), (30000, 1, 2, 0), (26, 4, 2, 0), (1000, 3, 3, 2315)],
)
def test_the_simulator_refuses_bad_reads(bench, address, count, code, detail):
    with pytest.raises(ModbusFault) as caught:
        bench.t7.read(address, count)
    assert caught.value.code == code
    assert bench.t7.read(at.LAST_ERROR, 1) == [detail]


@pytest.mark.parametrize(
    ("address", "words", "code", "detail"),
    [
        (1000, [0], 3, 2315),
        (41001, [2], 3, 2373),
        (40000, at.float_words(3.0), 3, 2370),
        (60000, [0, 0], 2, 0),
        (41500, [9], 3, 2375),
    ],
)
def test_the_simulator_refuses_bad_writes(bench, address, words, code, detail):
    with pytest.raises(ModbusFault) as caught:
        bench.t7.write(address, words)
    assert caught.value.code == code
    assert bench.t7.read(at.LAST_ERROR, 1) == [detail]


def test_the_simulator_reads_all_inputs_at_once(bench):
    assert len(bench.t7.read(0, 28)) == 28


def test_the_simulator_clamps_an_output_and_says_nothing(bench):
    bench.t7.write(1000, at.float_words(6.0))
    assert near(at.words_float(bench.t7.read(1000, 2)), 5.0)


def test_reading_a_lines_own_register_makes_it_an_input(bench):
    bench.t7.write(2002, [0])
    assert bench.t7.read(2500, 1) == [0b11111011]
    assert bench.t7.read(2002, 1) == [1]
    assert bench.t7.read(2600, 1) == [0]


def test_port_writes_leave_inhibited_lines_alone(bench):
    bench.t7.write(2601, [0b11111101_00000011])  # EIO1 alone
    assert bench.t7.read(2601, 1) == [0b10]
    bench.t7.write(2501, [0b00000000_00000000])
    assert bench.t7.read(2501, 1) == [0b11111101]
    bench.t7.write(2900, at.long_words(0))
    bench.t7.write(2850, at.long_words(0))
    assert at.words_long(bench.t7.read(2800, 2)) == (1 << 23) - 1


def test_inputs_saturate(bench):
    bench.rails["B"].source.on = True
    for emf, seen in ((40.0, 10.1), (-40.0, -10.6)):
        bench.rails["B"].source.emf = emf
        bench.rails["B"].sink = 1.0
        assert near(at.words_float(bench.t7.read(4, 2)), seen)

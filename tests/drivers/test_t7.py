"""What the T7's driver sends, and what it makes of the answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from t7desk import Desk, Watched, near

from lager.errors import InstrumentError, InstrumentRefused, OutOfRange, UsageError
from lager_drivers.labjack_t7 import registers as at
from lager_drivers.labjack_t7.instrument import T7
from lager_drivers.modbus import ModbusFault

VOLTS = [
    ("write", 40006, at.float_words(10.0)),
    ("write", 41003, [199]),
    ("write", 41503, [0]),
    ("write", 42006, at.float_words(0.0)),
]


@pytest.fixture
def desk():
    return Desk()


# Registers ------------------------------------------------------------------------------------------------------------


@given(st.floats(width=32, allow_nan=False))
def test_a_float_comes_out_of_its_words_as_it_went_in(value):
    assert at.words_float(at.float_words(value)) == value


@given(st.integers(0, 0xFFFFFFFF))
def test_a_long_comes_out_of_its_words_as_it_went_in(value):
    words = at.long_words(value)
    assert at.words_long(words) == value
    assert all(0 <= word <= 0xFFFF for word in words)


def test_the_more_significant_word_comes_first():
    assert at.float_words(-9999.0) == [0xC61C, 0x3C00]
    assert at.long_words(0x00112233) == [0x0011, 0x2233]
    assert at.long_words(-2003195205) == [0x8899, 0xAABB]


# Inputs ---------------------------------------------------------------------------------------------------------------


def test_an_input_is_configured_once_and_then_costs_one_read(desk):
    adc = desk.channel("adc", "AIN3")
    adc.input()
    assert desk.cable.take() == [*VOLTS, ("read", 6, 2)]
    for _ in range(3):
        adc.input()
    assert desk.cable.take() == [("read", 6, 2)] * 3


@pytest.mark.parametrize(("role", "number", "pin"), [("adc", "3", "AIN3"), ("dac", "1", "DAC1"), ("gpio", "3", "FIO3")])
def test_pins_may_be_numbers_as_in_older_bench_files(desk, role, number, pin):
    for one in (number, pin):
        desk.channel(role, one).input()
    first, *_, last = desk.cable.take()
    assert last[:2] == ("read", {"adc": 6, "dac": 1002, "gpio": 2800}[role])
    assert first[1] in (40006, 1002, 2800)


@pytest.mark.parametrize(
    ("pin", "register"), [("FIO7", 2007), ("DIO8", 2008), ("8", 2008), ("EIO7", 2015), ("CIO3", 2019), ("DIO22", 2022)]
)
def test_a_line_has_several_names(desk, pin, register):
    desk.channel("gpio", pin).output(1)
    assert desk.cable.take() == [("write", register, [1])]


@pytest.mark.parametrize(
    ("role", "pin"),
    [
        ("adc", "14"),
        ("adc", "DIO3"),
        ("adc", "AIN8-K"),
        ("dac", "2"),
        ("gpio", "23"),
        ("gpio", "DIO23"),
        ("gpio", "03"),
        ("thermocouple", "AIN14"),
        ("thermocouple", "AIN8-X"),
        ("thermocouple", "AIN8-"),
        ("thermocouple", "-K"),
    ],
)
def test_pins_it_has_not(desk, role, pin):
    with pytest.raises(UsageError, match="T7") as caught:
        desk.channel(role, pin)
    assert "bench file" in caught.value.hint


def test_a_setting_of_somebody_else_is_noticed_where_it_saturates(desk):
    adc = desk.channel("adc", "AIN0")
    desk.supply(3.0)
    assert near(adc.input(), 3)
    desk.t7.write(41000, [1])  # against AIN1: 1.5 V is no saturation
    assert near(adc.input(), 1.5)
    desk.supply(9.0)
    desk.t7.write(40002, at.float_words(0.01))
    desk.t7.write(41000, [199])
    desk.cable.take()
    assert near(adc.input(), 9.0)
    assert desk.cable.take() == [("read", 0, 2)]
    desk.supply(30.0)
    assert near(adc.input(), 10.1)
    assert desk.cable.take()[0] == ("read", 0, 2)
    desk.t7.write(41000, [1])
    assert near(adc.input(), 10.1)
    assert desk.t7.read(41000, 1) == [199]


def test_a_saturated_input_is_a_reading_and_its_settings_are_looked_at(desk):
    adc = desk.channel("adc", "AIN0")
    desk.supply(30.0)
    adc.input()
    desk.cable.take()
    assert near(adc.input(), 10.1)
    looked = [("read", 40000, 2), ("read", 41000, 1), ("read", 41500, 1), ("read", 42000, 2)]
    assert desk.cable.take() == [("read", 0, 2), *looked]
    desk.supply(-30.0)
    assert near(adc.input(), -10.6)


def test_a_differential_setting_left_before_does_not_matter(desk):
    desk.supply(4.0)
    desk.t7.write(41000, [1])
    assert near(desk.channel("adc", "AIN0").input(), 4)


# Outputs and lines ----------------------------------------------------------------------------------------------------


def test_an_output_is_written_and_read_back(desk):
    dac = desk.channel("dac", "DAC0")
    assert dac.input() == 0
    dac.output(2.5)
    assert near(dac.input(), 2.5, 7e-4)
    assert dac.get_voltage() == dac.input()
    assert desk.cable.take() == [
        ("read", 1000, 2),
        ("write", 1000, at.float_words(2.5)),
        *[("read", 1000, 2)] * 3,
    ]
    assert near(desk.channel("adc", "AIN7").input(), 2.5)


@pytest.mark.parametrize("volts", [-0.01, 5.01, float("nan")])
def test_an_output_outside_is_refused_before_anything_is_sent(desk, volts):
    with pytest.raises(OutOfRange, match=r"^DAC voltage must be between 0 and 5V, got"):
        desk.channel("dac", "DAC0").output(volts)
    assert desk.cable.deeds == []


def test_a_line_is_driven_by_its_register_and_read_from_the_state_of_all(desk):
    line = desk.channel("gpio", "FIO2")
    line.output(0)
    assert line.input() == 0
    assert desk.cable.take() == [("write", 2002, [0]), ("read", 2800, 2)]


def test_lines_are_read_without_changing_their_direction(desk):
    one, two = (desk.channel("gpio", pin) for pin in ("FIO0", "FIO1"))
    assert (one.input(), two.input()) == (1, 1)
    one.output(0)
    for _ in range(2):
        assert (one.input(), two.input()) == (0, 0)
    one.output("high")
    assert two.input() == 1
    assert desk.long(at.DIO_DIRECTION) == 1
    assert desk.channel("gpio", "EIO2").input() == 1


@pytest.mark.parametrize(
    ("level", "read"), [(1, 1), (0, 0), (True, 1), (False, 0), ("HIGH", 1), ("off", 0), ("1", 1), ("false", 0)]
)
def test_levels_have_many_words(desk, level, read):
    line = desk.channel("gpio", "MIO2")
    line.output(level)
    assert line.input() == read


@pytest.mark.parametrize("level", [2, -1, "up", "", None, float("nan"), 10**400])
def test_what_is_no_level_is_refused(desk, level):
    with pytest.raises(UsageError, match="no level"):
        desk.channel("gpio", "FIO0").output(level)
    assert desk.cable.deeds == []


# Refusals -------------------------------------------------------------------------------------------------------------


class Refusing:
    """Refuses everything, with one code of its own; 0 where it does not even tell that."""

    def __init__(self, detail):
        self.detail = detail

    def read(self, address, count):
        if address == at.LAST_ERROR and self.detail:
            return [self.detail]
        raise ModbusFault(4)

    def write(self, address, words):
        raise ModbusFault(4)


@pytest.mark.parametrize(
    ("detail", "words", "hint"),
    [
        (2370, "error 2370 (no such range)", "switch"),
        (2460, "error 2460 (its analog inputs are without power)", "POWER_AIN"),
        (2523, "error 2523 (a stream", "STREAM_ENABLE"),
        (2583, "error 2583 (the input's extended feature is off)", "again"),
        (2584, "error 2584 (what it calculates is out of range)", "AIN8-J"),
        (2586, "error 2586 (no such register for the cold junction)", "firmware"),
        (9999, "error 9999 (see LabJack's list", "firmware"),
        (0, "Modbus exception 4", "firmware"),
    ],
)
def test_a_refusal_says_the_devices_own_code(detail, words, hint):
    device = T7(Refusing(detail))
    for role, pin, call in (("adc", "AIN0", "input"), ("thermocouple", "AIN8", "read"), ("gpio", "FIO0", "input")):
        with pytest.raises(InstrumentRefused) as caught:
            getattr(device.channel(role, pin), call)()
        assert words in caught.value.what
        assert hint in caught.value.hint


def test_what_is_refused_while_it_is_set_up_is_set_up_again(desk):
    desk.t7.write(48005, [0])  # POWER_AIN
    adc = desk.channel("adc", "AIN3")
    with pytest.raises(InstrumentRefused, match=r"reading register 6: .* error 2460"):
        adc.input()
    desk.t7.write(48005, [1])
    adc.input()
    device = T7(Watched(Refusing(2370)))
    for _ in range(2):
        with pytest.raises(InstrumentRefused, match="writing register 40000"):
            device.channel("adc", "AIN0").input()


@pytest.mark.parametrize("words", [[0], [0x7FC0, 0], [1, 2, 3]])
def test_an_answer_that_is_no_number_is_an_error(words):
    class Odd:
        def read(self, address, count):
            return words

        def write(self, address, words):
            return None

    with pytest.raises(InstrumentError):
        T7(Odd()).channel("adc", "AIN0").input()


@pytest.mark.parametrize(("role", "pin"), [("adc", "AIN0"), ("dac", "DAC0")])
def test_minus_9999_is_no_voltage(role, pin):
    class Without:
        def read(self, address, count):
            return at.float_words(-9999.0)

        def write(self, address, words):
            return None

    with pytest.raises(InstrumentError, match="-9999"):
        T7(Without()).channel(role, pin).input()


def test_it_says_its_serial_number_and_so_does_another_product(desk):
    assert desk.driver.introduce() == "LabJack T7, serial number 470012345"
    assert {kind for kind, *_ in desk.cable.take()} == {"read"}

    class T4:
        def read(self, address, count):
            return at.float_words(4.0) if address == at.PRODUCT_ID else at.long_words(440010001)

        def write(self, address, words):
            raise AssertionError("it only asks")

    assert T7(T4()).introduce() == "LabJack product 4, serial number 440010001"

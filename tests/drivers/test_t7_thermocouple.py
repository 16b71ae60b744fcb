"""Thermocouples on a T7: the reference functions, the driver, and the extended features it uses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from t7desk import Desk, near

from lager.errors import InstrumentError, InstrumentRefused
from lager_drivers.labjack_t7 import registers as at
from lager_drivers.labjack_t7 import thermovoltage
from lager_drivers.labjack_t7.thermocouples import KINDS

SET_UP = [
    (40016, at.float_words(0.1)),
    (41008, [199]),
    (41508, [0]),
    (42016, at.float_words(0.0)),
    (9016, [0, 22]),
    (9316, [0, 1]),
    (9616, [0, 60052]),
    (10216, at.float_words(1.0)),
    (10516, at.float_words(0.0)),
]
CHECKS = [("read", address, len(words)) for address, words in SET_UP]
READ = ("read", 7016, 2)


@pytest.fixture
def desk():
    return Desk()


# Tables of NIST Monograph 175 (mV at °C, the other end at 0 °C); type C: ASTM E230
TABLES = {
    "B": {100: 0.033, 500: 1.242, 1000: 4.834, 1500: 10.099, 1820: 13.820},
    "C": {100: 1.451, 1000: 18.260, 2315: 37.070},
    "E": {-270: -9.835, -100: -5.237, 100: 6.319, 500: 37.005, 1000: 76.373},
    "J": {-210: -8.095, -100: -4.633, 100: 5.269, 500: 27.393, 760: 42.919, 1000: 57.953, 1200: 69.553},
    "K": {-270: -6.458, -200: -5.891, -100: -3.554, 25: 1.000, 100: 4.096, 500: 20.644, 1000: 41.276, 1372: 54.886},
    "N": {-270: -4.345, -100: -2.407, 100: 2.774, 500: 16.748, 1000: 36.256, 1300: 47.513},
    "R": {-50: -0.226, 100: 0.647, 500: 4.471, 1000: 10.506, 1500: 17.451},
    "S": {-50: -0.236, 100: 0.646, 500: 4.233, 1000: 9.587, 1500: 15.582},
    "T": {-270: -6.258, -200: -5.603, -100: -3.379, 100: 4.279, 400: 20.872},
}


@pytest.mark.parametrize("letter", KINDS)
def test_the_voltages_are_those_of_the_tables(letter):
    for celsius, millivolts in TABLES[letter].items():
        assert near(thermovoltage.volts(letter, celsius) * 1000, millivolts, 6e-4), celsius


@given(st.sampled_from(sorted(KINDS)), st.floats(0, 1))
def test_a_temperature_is_found_again(letter, part):
    low, high = max(KINDS[letter].low, 30.0 if letter == "B" else -270.0), KINDS[letter].high
    celsius = low + part * (high - low)
    assert near(thermovoltage.celsius(letter, thermovoltage.volts(letter, celsius)), celsius, 1e-3)


def test_a_voltage_outside_is_no_temperature():
    assert thermovoltage.celsius("K", 0.055) is None
    assert thermovoltage.celsius("K", -0.007) is None


# The driver -----------------------------------------------------------------------------------------------------------


def test_it_is_set_up_once_and_looked_at_each_time(desk):
    thermocouple = desk.channel("thermocouple", "AIN8")
    assert near(thermocouple.read(), 23.5, 0.3)
    assert desk.cable.take() == [*[("write", *one) for one in SET_UP], READ]
    for _ in range(2):
        assert near(thermocouple.read(), 23.5, 0.3)
        assert desk.cable.take() == [*CHECKS, READ]


@pytest.mark.parametrize(("pin", "celsius"), [("AIN8", 23.5), ("AIN9", 100.0), ("AIN10", -150.0), ("9", 100.0)])
def test_temperatures(desk, pin, celsius):
    assert near(desk.channel("thermocouple", pin).read(), celsius, 0.3)


@pytest.mark.parametrize("letter", sorted(set(KINDS) - {"B"}))
def test_other_types(letter):
    desk = Desk(thermocouples={"AIN9": letter})
    assert near(desk.channel("thermocouple", f"AIN9-{letter}").read(), 100.0, 0.9)  # 6 uV/K of types R and S


def test_the_wrong_type_gives_another_temperature():
    assert near(Desk().channel("thermocouple", "AIN9-J").read(), 84.9, 1.5)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (9016, [0, 21]),  # another type, which clears the rest
        (9016, [0, 0]),
        (9316, [0, 2]),  # Fahrenheit
        (40016, at.float_words(10.0)),
        (41008, [9]),
        (10216, at.float_words(55.56)),
    ],
)
def test_what_another_client_changed_is_set_up_again(desk, address, words):
    thermocouple = desk.channel("thermocouple", "AIN8")
    thermocouple.read()
    desk.t7.write(address, words)
    desk.cable.take()
    assert near(thermocouple.read(), 23.5, 0.3)
    assert desk.cable.take()[-10:] == [*[("write", *one) for one in SET_UP], READ]


def test_after_a_power_cycle_it_is_set_up_again(desk):
    thermocouple = desk.channel("thermocouple", "AIN8")
    thermocouple.read()
    desk.t7.power_cycle()
    assert near(thermocouple.read(), 23.5, 0.3)


def test_one_input_in_turn_as_voltage_and_thermocouple(desk):
    volts, thermocouple = desk.channel("adc", "AIN9"), desk.channel("thermocouple", "AIN9")
    for _ in range(2):
        assert near(volts.input(), 3.06e-3, 5e-4)  # 4.096 mV less 1.04 mV of the terminals' 26 °C
        assert desk.floats(40018) == 10
        assert near(thermocouple.read(), 100, 0.3)
        assert near(desk.floats(40018), 0.1, 1e-6)
    desk.cable.take()
    volts.input()
    assert len(desk.cable.take()) == 5
    volts.input()
    assert desk.cable.take() == [("read", 18, 2)]


def test_two_types_at_one_input_in_turn(desk):
    as_k, as_j = desk.channel("thermocouple", "AIN9"), desk.channel("thermocouple", "AIN9-J")
    assert as_k.read() - as_j.read() > 10
    assert near(as_k.read(), 100, 0.3)


@pytest.mark.parametrize("pin", ["AIN5", "AIN12"])
def test_an_open_thermocouple_is_an_error(desk, pin):
    with pytest.raises(InstrumentError, match=f"thermocouple at {pin} reads -9999") as caught:
        desk.channel("thermocouple", pin).read()
    assert "not broken" in caught.value.hint
    assert f"{pin}-J" in caught.value.hint


def test_an_open_thermocouple_that_the_device_refuses():
    with pytest.raises(InstrumentRefused, match="error 2584") as caught:
        Desk(out_of_range="error").channel("thermocouple", "AIN12").read()
    assert "not broken" in caught.value.hint


class Answering:
    """A T7 that has every setting it is given, and one temperature."""

    def __init__(self, celsius):
        self.words = {7016 + n: word for n, word in enumerate(at.float_words(celsius))}

    def read(self, address, count):
        return [self.words[address + n] for n in range(count)]

    def write(self, address, words):
        self.words.update(enumerate(words, address))


@pytest.mark.parametrize("celsius", [-9999.0, -270.5, 1372.5, 5000.0, float("nan"), float("inf")])
def test_no_temperature_of_that_type_is_an_error(celsius):
    from lager_drivers.labjack_t7.instrument import T7

    with pytest.raises(InstrumentError):
        T7(Answering(celsius)).channel("thermocouple", "AIN8").read()


@pytest.mark.parametrize("celsius", [-270.0, 0.0, 1372.0])
def test_every_temperature_of_that_type_is_given(celsius):
    from lager_drivers.labjack_t7.instrument import T7

    assert T7(Answering(celsius)).channel("thermocouple", "AIN8").read() == celsius


# The simulated features -----------------------------------------------------------------------------------------------


def refused(desk, deed, code, detail):
    from lager_drivers.modbus import ModbusFault

    with pytest.raises(ModbusFault) as caught:
        deed()
    assert (caught.value.code, desk.t7.read(at.LAST_ERROR, 1)) == (code, [detail])


def test_an_index_clears_the_settings(desk):
    desk.set_long(9016, 22)
    desk.set_long(9316, 1)
    desk.set_long(9016, 22)
    assert desk.long(9316) == 0


def test_the_units_and_what_a_reading_leaves(desk):
    desk.set_float(40018, 0.1)
    desk.set_long(9018, 22)
    for unit, celsius in ((0, 373.15), (1, 100.0), (2, 212.0)):
        desk.set_long(9318, unit)
        assert near(desk.floats(7018), celsius, 0.6)
    volts, kelvin, from_ice = desk.floats(7318), desk.floats(7618), desk.floats(7918)
    assert near(kelvin, 299.2, 0.1)
    assert near(from_ice, 4.096e-3, 2e-5)
    assert near(volts, from_ice - thermovoltage.volts("K", kelvin - 273.15), 1e-6)


def test_a_cold_junction_of_its_own(desk):
    desk.supply(0.4)
    desk.set_float(40018, 0.1)
    desk.set_long(9018, 22)
    desk.set_long(9318, 1)
    desk.set_long(9618, 0)  # AIN0's register means the device's sensor: 0 is the default
    assert near(desk.floats(7018), 100, 0.4)
    desk.set_long(9618, 2)  # AIN1, 0.2 V: an LM34 there would mean 255.37 K + 11.1 K
    desk.set_float(10218, 55.56)
    desk.set_float(10518, 255.37)
    desk.floats(7018)
    assert near(desk.floats(7618), 266.48, 0.05)
    desk.set_float(10518, float("inf"))
    assert desk.floats(7018) == -9999
    refused(desk, lambda: desk.set_long(9618, 60050), 3, 2586)


def test_features_that_are_off_or_are_none(desk):
    for address in (7000, 7300, 7600, 7900):
        refused(desk, lambda address=address: desk.floats(address), 4, 2583)
    for index in (2, 26, 29, 40, 50, 70000):
        refused(desk, lambda index=index: desk.set_long(9000, index), 3, 2580)
    refused(desk, lambda: desk.set_long(43906, 22), 3, 2374)
    desk.set_long(9002, 22)
    assert desk.long(43906) == 65535
    desk.set_long(43906, 0)
    assert (desk.long(43906), desk.long(9002)) == (0, 0)


def test_slope_and_offset(desk):
    desk.supply(2.0)
    desk.set_long(9000, 1)
    assert desk.floats(7000) == 0  # its slope is 0 until it is set
    desk.set_float(10200, 10.0)
    desk.set_float(10500, -3.0)
    assert near(desk.floats(7000), 17, 1e-2)
    desk.set_float(10200, 3e38)
    assert desk.floats(7000) > 3e38


def test_average_and_extremes(desk):
    desk.supply(2.0)
    desk.set_long(9000, 3)
    desk.set_long(9300, 50)
    mean, most, least = desk.floats(7000), desk.floats(7300), desk.floats(7600)
    assert least < mean < most
    assert near(mean, 2)
    assert most - least < 1e-3


def test_without_power_there_is_no_temperature(desk):
    desk.set_long(9016, 22)
    desk.t7.write(48005, [0])
    refused(desk, lambda: desk.floats(7016), 4, 2460)
    refused(desk, lambda: desk.floats(60052), 4, 2460)

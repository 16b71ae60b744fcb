"""The simulated T7's registers, as labjack-t7-modbus.md has them (LabJack's own register list)."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from t7desk import Desk, near

from lager_drivers.labjack_t7 import registers as at
from lager_drivers.modbus import ModbusFault, Unanswered


@pytest.fixture
def desk():
    return Desk()


def refused(desk, deed, code, detail=0):
    with pytest.raises(ModbusFault) as caught:
        deed()
    assert (caught.value.code, desk.t7.read(at.LAST_ERROR, 1)) == (code, [detail])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"socket": 2}, "no option socket"),
        ({"out_of_range": "open"}, "value or error"),
        ({"thermocouples": {"AIN14": "K"}}, "AIN9"),
        ({"thermocouples": {"AIN9": "X"}}, "AIN9"),
        ({"thermocouples": "J"}, "table"),
    ],
)
def test_options_it_has_not(options, words):
    with pytest.raises(ValueError, match=words):
        Desk(**options)


# Counts and addresses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "count", "code", "detail"),
    [
        (0, 1, 3, 2315),
        (1, 2, 3, 2313),
        (30, 4, 2, 0),  # AIN15 and what is behind
        (30000, 1, 2, 0),
        (1000, 3, 3, 2315),
        (51000, 2, 2, 0),  # DAC0_BINARY is written only
        (60020, 2, 3, 2313),  # a UINT64
        (60501, 1, 3, 2313),  # a text begins at its start
        (65535, 1, 2, 0),
    ],
)
def test_bad_reads(desk, address, count, code, detail):
    refused(desk, lambda: desk.t7.read(address, count), code, detail)


@pytest.mark.parametrize(
    ("address", "words", "code", "detail"),
    [
        (1000, [0], 3, 2315),  # as function 6 would
        (1000, [0x7FC0, 0], 3, 0),  # not a number
        (41001, [2], 3, 2373),
        (41000, [2], 3, 2373),
        (40000, at.float_words(3.0), 3, 2370),
        (42000, at.float_words(50001.0), 3, 2371),
        (42000, at.float_words(-1.0), 3, 2371),
        (41500, [9], 3, 2375),
        (43902, [3], 3, 2373),
        (60000, [0, 0], 2, 0),
        (61998, [0, 0], 3, 2402),
        (48003, [0], 4, 2456),  # Ethernet, which it came over
        (48006, [3], 3, 2450),
        (48005, [2], 3, 2450),
        (2990, [1], 4, 2524),
        (60500, [0x4142, 0x4344], 3, 2316),
        (60500, [0x412E, 0x4200], 3, 2420),  # "A.B"
        (60500, [0], 3, 2420),
        (4990, [0, 1], 4, 2608),
        (4990, [0, 0], 4, 2620),
        (61990, [2], 3, 0),
    ],
)
def test_bad_writes(desk, address, words, code, detail):
    refused(desk, lambda: desk.t7.write(address, words), code, detail)


def test_what_is_before_a_refused_register_is_written(desk):
    with pytest.raises(ModbusFault):
        desk.t7.write(1002, [*at.float_words(2.0), 1, 2])
    assert near(desk.floats(1002), 2.0)


def test_the_test_registers(desk):
    assert desk.t7.read(55100, 2) == [0x0011, 0x2233]
    assert (desk.t7.read(55100, 1), desk.t7.read(55101, 1)) == ([0x0011], [0x2233])
    assert desk.t7.read(55120, 6) == [0x0011, 0x2233, 0x8899, 0xAABB, 0xC61C, 0x3C00]
    desk.t7.write(55110, [7])
    assert desk.t7.read(55110, 1) == [7]
    desk.t7.power_cycle()
    assert desk.t7.read(55110, 1) == [17]


@given(st.integers(0, 0xFFFFFFFF), st.floats(width=32, allow_nan=False))
def test_the_test_registers_keep_whatever_is_written(number, value):
    desk = Desk()
    desk.set_long(55120, number)
    desk.set_float(55124, value)
    assert (desk.long(55120), desk.floats(55124)) == (number, value)


# Inputs ---------------------------------------------------------------------------------------------------------------


def test_all_inputs_at_once(desk):
    desk.supply(3.0)
    volts = desk.floats(0, 16)
    assert near(volts[0], 3)
    assert near(volts[1], 1.5)
    assert near(volts[14], (299.2 - 467.6) / -92.6)  # its own sensor
    assert near(volts[15], 0)


def test_inputs_saturate(desk):
    for volts, seen in ((40.0, 10.1), (-40.0, -10.6)):
        desk.supply(volts)
        assert near(desk.floats(0), seen)


@pytest.mark.parametrize("span", [10.0, 1.0, 0.1, 0.01])
def test_each_range_saturates_in_proportion(desk, span):
    desk.set_float(40000, span)
    assert near(desk.floats(40000), span, 1e-6)
    desk.supply(30.0)
    assert near(desk.floats(0), 1.01 * span, 1e-3 * span)
    desk.supply(-30.0)
    assert near(desk.floats(0), -1.06 * span, 1e-3 * span)
    desk.set_float(40000, 0.0)
    assert desk.floats(40000) == 10


@pytest.mark.parametrize(
    ("index", "span", "rms"),
    [(0, 10.0, 36e-6), (1, 10.0, 305e-6), (8, 0.1, 1.3e-6), (12, 0.1, 0.2e-6), (12, 10.0, 5.5e-6)],
)
def test_noise_is_that_of_the_resolution_index(index, span, rms):
    desk = Desk(pro=index > 8)
    desk.supply(0.02)
    desk.set_float(40000, span)
    desk.t7.write(41500, [index])
    measured = statistics.pstdev([desk.floats(0) for _ in range(300)])
    if not index and span == 10.0:
        assert desk.t7.read(41500, 1) == [0]
    assert 0.8 * rms < measured < 1.25 * rms


def test_a_pro_has_more(desk):
    assert desk.long(60010) == 0
    pro = Desk(pro=True)
    assert pro.long(60010) == 15
    pro.t7.write(41500, [12])
    refused(pro, lambda: pro.t7.write(41500, [13]), 3, 2375)


def test_differential(desk):
    desk.supply(3.0)
    desk.t7.write(41000, [1])
    assert near(desk.floats(0), 1.5)


def test_an_open_input_is_never_a_steady_zero(desk):
    desk.supply(5.0)
    _, open_one = desk.floats(0), desk.floats(6)
    assert 2 < open_one < 4  # it follows what was sampled before
    later = [abs(desk.floats(6)) for _ in range(40)]
    assert min(later) > 0.2
    assert max(later[10:]) - min(later[10:]) > 1e-3


def test_an_input_sees_a_signal_now(desk):
    seen = []
    for _ in range(4):
        desk.clock.now += 0.25
        seen.append(round(desk.floats(4), 1))
    assert sorted(set(seen)) == [0.0, 3.3]


def test_binary_codes_have_24_bits(desk):
    desk.supply(40.0)
    assert desk.long(50000) == (1 << 24) - 1
    desk.supply(0.0)
    assert near(desk.long(50000) / (1 << 24), 10.6 / 20.7, 1e-4)


def test_all_inputs_are_set_at_once_and_read_as_mixed(desk):
    desk.set_float(43900, 1.0)
    desk.t7.write(43903, [3])
    desk.set_float(43904, 100.0)
    desk.t7.write(43902, [1])
    assert desk.floats(40026) == 1
    assert desk.t7.read(41513, 1) == [3]
    assert desk.floats(42026) == 100
    assert desk.t7.read(41000, 2) == [1, 199]
    assert (desk.floats(43900), desk.t7.read(43902, 2), desk.floats(43904)) == (1, [1, 3], 100)
    desk.set_float(40000, 10.0)
    desk.t7.write(41000, [199])
    desk.t7.write(41500, [0])
    desk.set_float(42000, 0.0)
    assert (desk.floats(43900), desk.t7.read(43902, 2), desk.floats(43904)) == (-9999, [0xFFFF, 0xFFFF], -9999)
    desk.t7.write(43902, [199])
    assert desk.t7.read(43902, 1) == [199]


def test_settings_outlive_everything_but_a_power_cycle(desk):
    desk.set_float(40000, 0.1)
    desk.t7.write(41000, [1])
    desk.t7.power_cycle()
    assert (desk.floats(40000), desk.t7.read(41000, 1)) == (10, [199])
    desk.set_float(40000, 0.1)
    desk.t7.write(61990, [1])  # IO_CONFIG_SET_CURRENT_TO_FACTORY
    assert desk.floats(40000) == 10


# Outputs and lines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wanted", "put"), [(6.0, 5.0), (-1.0, 0.0), (float("inf"), 5.0), (2.5, 2.5006)])
def test_an_output_is_clamped_and_in_steps(desk, wanted, put):
    desk.set_float(1000, wanted)
    assert near(desk.floats(1000), put, 2e-4)
    assert near(desk.floats(14), put)


@pytest.mark.parametrize(
    ("code", "put"), [(65535, 5.0), (65520, 5.0), (0x8000, 2.5006), (0x800F, 2.5006), (70000, 5.0)]
)
def test_an_output_in_binary(desk, code, put):
    desk.set_long(51002, code)
    assert near(desk.floats(1002), put, 2e-4)


def test_reading_a_lines_own_register_makes_it_an_input(desk):
    desk.t7.write(2008, [0])
    assert desk.t7.read(2501, 1) == [0b11111110]
    assert desk.t7.read(2008, 1) == [1]
    assert desk.t7.read(2601, 1) == [0]
    desk.t7.write(2000, [0] * 23)
    assert desk.long(2850) == (1 << 23) - 1
    desk.t7.read(2000, 23)
    assert desk.long(2850) == 0


def test_tied_lines(desk):
    desk.t7.write(2016, [0])
    assert desk.t7.read(2502, 1) == [0b1100]
    desk.t7.write(2003, [0])
    assert desk.t7.read(2500, 1)[0] & 0b1100 == 0


def test_a_line_sees_a_rail_or_a_signal(desk):
    assert desk.t7.read(2500, 1)[0] >> 7 == 0
    desk.supply(3.3)
    assert desk.t7.read(2500, 1)[0] >> 7 == 1
    levels = []
    for _ in range(4):
        desk.clock.now += 0.25
        levels.append(desk.t7.read(2500, 1)[0] >> 6 & 1)
    assert sorted(levels) == [0, 0, 1, 1]


def test_a_state_is_only_the_latch_until_the_line_is_an_output(desk):
    desk.set_long(2800, 0)
    assert desk.long(2800) >> 8 == (1 << 15) - 1
    desk.set_long(2850, 1 << 8)
    assert desk.long(2800) >> 8 & 1 == 0


def test_port_writes_leave_inhibited_lines_alone(desk):
    desk.t7.write(2601, [0b11111101_00000011])  # EIO1 alone
    assert desk.t7.read(2601, 1) == [0b10]
    desk.t7.write(2501, [0])
    assert desk.t7.read(2501, 1) == [0b11111101]
    desk.set_long(2900, 1 << 9)
    assert desk.long(2900) == 1 << 9
    desk.set_long(2850, 0)
    assert desk.t7.read(2601, 1) == [0b10]


def test_pairs_of_ports(desk):
    desk.set_long(2850, (1 << 23) - 1)
    desk.t7.write(2580, [0xA55A])
    desk.t7.write(2582, [0b101_0110])
    assert desk.t7.read(2500, 4) == [0x5A, 0xA5, 0b0110, 0b101]
    assert desk.t7.read(2580, 3) == [0xA55A, 0x6A5, 0b101_0110]


# The rest -------------------------------------------------------------------------------------------------------------


def test_who_it_is(desk):
    assert desk.floats(60000) == 7
    assert near(desk.floats(60004), 1.0330, 1e-6)
    assert desk.long(60028) == 470012345
    assert desk.t7.read(60020, 4)[:2] == [0, 0x902E]
    assert desk.long(49100) == 0xC0A801CF
    assert near(desk.floats(60052), 299.2, 0.1)
    assert near(desk.floats(60050), 299.2 - 4.9, 0.1)


def name_of(desk, count=25):
    words = desk.t7.read(60500, count)
    return b"".join(word.to_bytes(2, "big") for word in words).partition(b"\0")[0].decode()


def test_its_name_is_kept(desk):
    assert name_of(desk) == "My_T7_470012345"
    assert name_of(desk, 2) == "My_T"
    desk.t7.write(60500, [0x6C61, 0x6231, 0])
    desk.t7.power_cycle()
    assert name_of(desk) == "lab1"


def test_power_settings(desk):
    desk.t7.write(48055, [0])  # POWER_AIN_DEFAULT
    desk.t7.write(48006, [4])
    desk.t7.write(2990, [1])
    desk.t7.write(48005, [0])
    refused(desk, lambda: desk.t7.read(0, 2), 4, 2460)
    desk.t7.power_cycle()
    refused(desk, lambda: desk.t7.read(0, 2), 4, 2460)
    assert desk.t7.read(48006, 1) == [1]


def test_a_watchdog_that_is_on_keeps_its_settings(desk):
    desk.set_long(61604, 30)
    desk.set_long(61600, 1)
    refused(desk, lambda: desk.set_long(61604, 60), 4, 2671)
    desk.t7.power_cycle()
    assert desk.long(61604) == 30
    desk.set_long(61600, 0)
    desk.set_long(61604, 60)


def test_it_does_not_stream(desk):
    desk.set_float(4002, 1000.0)
    assert (desk.floats(4002), desk.long(4012), desk.long(4990)) == (1000, 4096, 0)
    refused(desk, lambda: desk.set_long(4990, 1), 4, 2608)
    refused(desk, lambda: desk.t7.read(4500, 2), 4, 2620)


def test_a_reboot_is_a_power_cycle_without_an_answer(desk):
    desk.clock.now += 100
    desk.set_float(1000, 3.0)
    with pytest.raises(Unanswered):
        desk.set_long(61998, 0x4C4A0000)
    assert (desk.floats(1000), desk.long(61522)) == (0, 0)


def test_what_was_refused_in_which_message(desk):
    desk.t7.refused(ModbusFault(3, 2370), 2, 17)
    assert [desk.t7.read(address, 1) for address in (55000, 55002, 55003)] == [[2370], [2], [17]]

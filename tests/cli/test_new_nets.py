"""New nets, held against what is plugged in; and how that looks."""

import pytest

from lager import errors, wire
from lager_cli.instrumenttable import pins_words, words
from lager_cli.nets import adding
from lager_cli.nets.wanted import Bench, Wanted, possible, record

USB = "USB0::0x1AB1::0x0E11::DP8G1::INSTR"
KNOWN = {
    "Rigol_DP821": {"power-supply": ["1", "2"]},
    "Rigol_DP832": {"power-supply": ["1", "2", "3"]},
    "LabJack_T7": {"adc": ["AIN0", "AIN1"], "gpio": ["FIO0"], "thermocouple": ["AIN0", "AIN1"]},
}
SUPPLY = wire.Instrument(
    name="Rigol_DP821", address=USB, channels=KNOWN["Rigol_DP821"], present=True, via="usbip://h:1"
)
ALIKE = wire.Instrument(name="", address="USB0::1::2::X::INSTR", present=True, could_be=["Rigol_DP821", "Rigol_DP832"])
AWAY = wire.Instrument(name="Rigol_DP832", address="USB0::1::2::Y::INSTR", channels=KNOWN["Rigol_DP832"], present=False)
LABJACK = wire.Instrument(name="LabJack_T7", address="modbus-tcp://h", channels=KNOWN["LabJack_T7"], present=True)
NETS = [wire.NetRecord("vcc", "power-supply", "Rigol_DP821", USB, "1")]
BENCH = Bench("10.0.0.7", NETS, [SUPPLY, ALIKE, AWAY, LABJACK], KNOWN)


def test_a_new_net_has_all_that_is_to_be_known_of_it():
    assert record(Wanted("vdd", "supply", "2", USB.lower()), BENCH) == {
        "name": "vdd",
        "role": "power-supply",
        "instrument": "Rigol_DP821",
        "address": USB,
        "pin": "2",
        "via": "usbip://h:1",
    }
    assert record(Wanted("in", "adc", "ain1", "modbus-tcp://h:502", more={"tags": ["x"]}), BENCH)["pin"] == "AIN1"


def test_what_looks_like_several_is_what_somebody_says():
    new = record(Wanted("x", "power-supply", "3", ALIKE.address, "rigol_dp832"), BENCH)
    assert (new["instrument"], new["pin"]) == ("Rigol_DP832", "3")


def test_one_on_the_network_is_what_somebody_says():
    new = record(Wanted("x", "power-supply", "3", "TCPIP0::1.2.3.4::5025::SOCKET", "Rigol_DP832"), BENCH)
    assert new["address"] == "TCPIP0::1.2.3.4::5025::SOCKET"
    assert record(Wanted("x", "gpio", "FIO0", "modbus-tcp://1.2.3.4"), BENCH)["instrument"] == "LabJack_T7"


@pytest.mark.parametrize(
    ("wanted", "what", "hint"),
    [
        (("", "adc", "1", USB), "the name of the net is empty", "give it a name, such as VBAT"),
        (("x", "adc", "1", " "), "the address is empty", "see `lager instruments` for what is plugged in"),
        (
            ("x", "adc", "1", "USB0::9::9::9::INSTR"),
            "No instrument with address USB0::9::9::9::INSTR is present on 10.0.0.7",
            "see `lager instruments` for what is plugged in",
        ),
        (
            ("x", "supply", "1", AWAY.address),
            "No instrument with address USB0::1::2::Y::INSTR is present on 10.0.0.7",
            "see `lager instruments` for what is plugged in",
        ),
        (
            ("x", "supply", "1", "TCPIP0::h::1::SOCKET"),
            "No instrument with address TCPIP0::h::1::SOCKET is present on 10.0.0.7",
            "one on the network cannot be seen from here: say what it is with --instrument",
        ),
        (
            ("x", "adc", "1", USB),
            "Instrument 'Rigol_DP821' does not support net type 'adc'",
            "Supported net types for Rigol_DP821: power-supply",
        ),
        (
            ("x", "supply", "3", USB),
            f"The channel '3' is not valid for role 'power-supply' on the instrument at {USB}",
            "it has 1, 2",
        ),
        (
            ("vcc", "supply", "2", USB),
            "A net named 'vcc' already exists. Net names must be globally unique.",
            "choose another name",
        ),
        (
            ("x", "supply", "1", USB),
            "A net with the same role / instrument / channel / address already exists.",
            "it is vcc; `lager nets rename vcc NEW` gives it another name",
        ),
        (
            ("x", "supply", "1", ALIKE.address),
            "what is at USB0::1::2::X::INSTR can be one of Rigol_DP821, Rigol_DP832",
            "say which with --instrument",
        ),
        (
            ("x", "supply", "1", ALIKE.address, "Rigol_DP999"),
            "the box has no driver for an instrument called 'Rigol_DP999'",
            "it has Rigol_DP821, Rigol_DP832, LabJack_T7",
        ),
        (
            ("x", "supply", "1", USB, "Rigol_DP832"),
            f"the instrument at {USB} is Rigol_DP821, not Rigol_DP832",
            "leave --instrument out",
        ),
    ],
)
def test_a_net_that_cannot_be_is_refused(wanted, what, hint):
    with pytest.raises(errors.UsageError) as caught:
        record(Wanted(*wanted), BENCH)
    assert (caught.value.what, caught.value.hint) == (what, hint)


def test_all_that_is_possible_gets_names_that_are_free():
    found = [(one["name"], one["role"], one["pin"]) for one in possible(BENCH)]
    assert found == [
        ("supply1", "power-supply", "2"),
        ("adc1", "adc", "AIN0"),
        ("adc2", "adc", "AIN1"),
        ("gpio1", "gpio", "FIO0"),
    ]
    assert [one["name"] for one in possible(BENCH, ["thermocouple"])] == ["thermocouple1", "thermocouple2"]


# What else there is to see ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pins", "words"),
    [
        (["1"], "1"),
        (["1", "2"], "1, 2"),
        (["1", "2", "3"], "1-3"),
        (["AIN0", "AIN1", "AIN2", "DAC0"], "AIN0-AIN2, DAC0"),
        (["FIO0", "FIO1", "EIO2", "EIO3", "EIO4"], "FIO0, FIO1, EIO2-EIO4"),
        (["DCV", "ACV"], "DCV, ACV"),
        (["1", "3"], "1, 3"),
        ([], ""),
    ],
)
def test_pins_in_a_row_are_written_short(pins, words):
    assert pins_words(pins) == words


def test_instruments_and_what_is_to_be_said_of_them():
    unknown = wire.Instrument(name="", address="USB0::1::2::Z::INSTR", present=True, note="no driver")
    known = wire.Instrument(**{**{name: getattr(ALIKE, name) for name in ALIKE.__struct_fields__}, "note": "which?"})
    assert words([SUPPLY, known, unknown]) == (
        "Name          Channels             VISA Address\n"
        "===========   ==================   ==================================\n"
        f"Rigol_DP821   power-supply: 1, 2   {USB}\n"
        "Rigol_DP8?    —                    USB0::1::2::X::INSTR\n"
        "unknown       —                    USB0::1::2::Z::INSTR\n"
        "\n"
        "Rigol_DP8? [USB0::1::2::X::INSTR]: which?\n"
        "unknown [USB0::1::2::Z::INSTR]: no driver"
    )


class BlindDesk:
    """A box that cannot look at its USB, as in a container."""

    place = "10.0.0.7"
    saved = wire.SavedNets([], [])

    def instruments(self):
        raise errors.LagerError("the box cannot look at its USB: there is no /sys/bus/usb/devices")

    def known(self):
        return KNOWN


def test_for_the_network_nobody_needs_to_see_usb():
    bench = adding._bench(BlindDesk(), "modbus-tcp://h", "TCPIP0::h::5025::SOCKET")
    assert record(Wanted("in", "adc", "AIN0", "modbus-tcp://h"), bench)["instrument"] == "LabJack_T7"
    for places in ([], [USB], ["modbus-tcp://h", USB]):
        with pytest.raises(errors.LagerError, match="cannot look at its USB"):
            adding._bench(BlindDesk(), *places)

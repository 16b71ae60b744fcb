import inspect
import operator

import msgspec
import pytest
from cables import Direct, Script

from lager import checkup, roles
from lager.errors import InstrumentError, UsageError, WrongNetType
from lager_drivers.catalog import CATALOG, find
from lager_drivers.simulated import description


class Deaf:
    """Enough of any link to make a driver: nothing is asked of it."""

    def __getattr__(self, name):
        raise AssertionError(f"{name} was used")


EVERY_CHANNEL = [
    pytest.param(entry, role, pin, id=f"{entry.name}-{role}-{pin}")
    for entry in CATALOG
    for role, pins in entry.roles.items()
    for pin in pins
]


@pytest.mark.parametrize(("entry", "role", "pin"), EVERY_CHANNEL)
def test_every_channel_has_exactly_the_methods_of_its_contract(entry, role, pin):
    channel = entry.driver(Deaf()).channel(role, pin)
    own = {name for name in dir(type(channel)) if not name.startswith("_")}
    assert own == roles.methods(role)
    for name in own:
        promised = inspect.signature(vars(roles.CONTRACTS[role])[name])
        assert inspect.signature(getattr(type(channel), name)) == promised


def test_names_and_aliases_are_found_whatever_the_capitals():
    assert find("keithley_2281s").name == find("keithley_battery").name == "Keithley_2281S"
    assert find("LabJack_T7").link == "modbus"
    assert find("Rigol_DP821").roles == {"power-supply": ("1", "2")}
    words = [word.lower() for entry in CATALOG for word in {entry.name.lower(), *entry.aliases}]
    assert len(words) == len(set(words))


def test_an_unknown_name_says_what_was_meant():
    with pytest.raises(UsageError) as caught:
        find("Rigol_DP812")
    assert "did you mean Rigol_DP8" in caught.value.hint
    assert "LabJack_T7" in caught.value.hint


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.name)
def test_wrong_roles_and_pins_say_what_there_is(entry):
    device = entry.driver(Deaf())
    with pytest.raises(WrongNetType) as caught:
        device.channel("rotation", "1")
    assert next(iter(entry.roles)) in caught.value.hint
    role, pins = next(iter(entry.roles.items()))
    for pin in ("-1", "99", "", "AIN14", "FIO8"):
        with pytest.raises(UsageError) as caught:
            device.channel(role, pin)
        assert pins[-1] in caught.value.hint


@pytest.mark.parametrize("name", ["Keithley_2281S", "Rigol_DP821"])
def test_opening_asks_who_it_is_and_nothing_else(bench, name):
    instrument = {"Keithley_2281S": bench.keithley, "Rigol_DP821": bench.rigol}[name]
    cable = Direct(instrument)
    find(name).connect(cable)
    assert cable.sent == ["*IDN?"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Keithley_2281S", "RIGOL TECHNOLOGIES,DP821A,DP8G235000146,00.01.14"),
        ("Keithley_2281S", "KEITHLEY INSTRUMENTS,MODEL 2450,1,1"),
        ("Rigol_DP821", "RIGOL TECHNOLOGIES,DP832,DP8C164754059,00.01.11"),
        ("Rigol_DP821", "RIGOL TECHNOLOGIES,DL3021,DL3A1,00.01"),
        ("Rigol_DP821", ""),
    ],
)
def test_another_instrument_is_refused(name, found):
    with pytest.raises(InstrumentError, match="instrument says it is") as caught:
        find(name).connect(Script(("*IDN?", found)))
    assert "bench file" in caught.value.hint


def test_another_labjack_is_refused():
    class T4:
        def read(self, address, count):
            assert (address, count) == (60000, 2)
            return [0x4080, 0]  # 4.0

    with pytest.raises(InstrumentError, match="product 4"):
        find("LabJack_T7").connect(T4())


class Recorded:
    """The registers of a simulator; keeps what was written."""

    def __init__(self, device):
        self.read, self._write, self.changes = device.read, device.write, []

    def write(self, address, words):
        self.changes.append((address, words))
        return self._write(address, words)


DESCRIBED = description.load()
# What may be sent besides queries: which function is live, which part of a trace is next, how an input is read.
ALLOWED = {
    "battery": (":ENTR:FUNC SIM", ":INIT:CONT ON").__contains__,
    "scope": lambda command: command.startswith(":WAV:") or command == "*WAI",
    "adc": lambda written: 40000 <= written[0] < 43000,
    "thermocouple": lambda written: 40000 <= written[0] < 43000 or 9000 <= written[0] < 12000,
}


@pytest.mark.parametrize("net", DESCRIBED.nets, ids=[net.name for net in DESCRIBED.nets])
def test_a_checkup_sends_queries_and_nothing_else(bench, net):
    """But for what a read needs: `ALLOWED`. The role is changed by `lager instruments test --yes` only."""
    simulator = bench.built[net.instrument]
    cable = Recorded(simulator) if hasattr(simulator, "read") else Direct(simulator)
    channel = DESCRIBED.instruments[net.instrument].entry.connect(cable).channel(net.role, net.pin)

    def ask(method, args):
        return msgspec.to_builtins(operator.attrgetter(method)(channel)(*args))

    found = checkup.examine(net.role, ask)
    assert not [one.error for one in found.readings if one.error]
    assert [one for one in cable.changes if not ALLOWED.get(net.role, lambda _: False)(one)] == []

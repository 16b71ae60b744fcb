"""Drivers, roles and proxies are held to one contract, and everything that is a number says its unit.

Each instrument has its folder, its simulator, its conversation test and its entry; these tests find them by themselves.
"""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import msgspec
import pytest
from rooms import ROOT

import lager_drivers
from lager import checkup, proxies, roles
from lager.checkup import questions, rules
from lager.roles import units
from lager_drivers import catalog
from lager_drivers.device import Device
from lager_drivers.scpi import Control, Measure
from lager_drivers.simulated.simulation import Simulation

FAMILIES = sorted({entry.simulator.split(".")[1] for entry in catalog.CATALOG})
CONVERSATIONS = [path.read_text() for path in sorted((ROOT / "tests" / "drivers").glob("test_*.py"))]
VERBS = {"Control", "Measure", "Get", "Set"}
NUMBER = re.compile(r"\bfloat\b")
DECLARATION = re.compile(r"\b(Control|Measure|Kind)\[")
UNIT = re.compile(
    rf"(?:[,(:;`]\s*|\b(?:in|or|of|and) )(?:{'|'.join(map(re.escape, units.UNITS))}|degrees|percent|the unit of)(?!\w)"
)
# Numbers that have none: ratios.
WITHOUT_UNIT = {"probe", "put_probe"}


def modules(folder):
    """The modules of an instrument's driver; its simulator's are no interface."""
    package = importlib.import_module(f"{lager_drivers.__name__}.{folder}")
    names = [one.name for one in pkgutil.iter_modules(package.__path__) if not one.name.startswith("simulat")]
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]


def classes(folder):
    shared = [importlib.import_module(f"{lager_drivers.__name__}.{name}") for name in SHARED]
    for module in [*modules(folder), *shared]:
        for _, one in inspect.getmembers(module, inspect.isclass):
            if one.__module__ == module.__name__ and not issubclass(one, Measure):  # whose kind brings the unit
                yield one


NO_DRIVERS = {"catalog", "scpi"}  # in the building blocks the kind of a value brings its unit
SHARED = [
    one.name for one in pkgutil.iter_modules(lager_drivers.__path__) if not one.ispkg and one.name not in NO_DRIVERS
]
CLASSES = {f"{one.__module__}.{one.__qualname__}": one for folder in FAMILIES for one in classes(folder)}
DECLARED = {
    f"{name}.{attribute}": value
    for name, one in CLASSES.items()
    for attribute, value in vars(one).items()
    if isinstance(value, Measure)
}


def methods(kind):
    """The public methods a class defines itself."""
    return {name: one for name, one in vars(kind).items() if inspect.isfunction(one) and not name.startswith("_")}


def has_numbers(method):
    taken = inspect.signature(method)
    annotations = [one.annotation for one in taken.parameters.values()] + [taken.return_annotation]
    given = any(DECLARATION.search(str(one)) for one in annotations)  # which brings the unit of the others
    return not given and any(NUMBER.search(str(one)) for one in annotations)


def doc(method):
    return inspect.getdoc(method) or ""


def without_unit(kind):
    return [
        name
        for name, method in methods(kind).items()
        if has_numbers(method) and name not in WITHOUT_UNIT | set(methods(Device)) and not UNIT.search(doc(method))
    ]


def test_every_role_has_one_contract_and_one_proxy():
    assert set(roles.CONTRACTS) == set(proxies.PROXIES)
    served = {role for entry in catalog.CATALOG for role in entry.roles}
    assert served <= set(roles.CONTRACTS)


@pytest.mark.parametrize("role", roles.CONTRACTS)
def test_proxies_have_what_their_contract_has_and_say_it_in_the_same_words(role):
    contract, proxy = methods(roles.CONTRACTS[role]), proxies.PROXIES[role]
    assert set(contract) == roles.methods(role)
    for name, promised in contract.items():
        offered = getattr(proxy, name)
        assert str(inspect.signature(offered)).replace("roles.", "") == str(inspect.signature(promised)), name
        assert inspect.getdoc(offered) == inspect.getdoc(promised), name


class Deaf:
    """Enough of any link to make a driver: nothing is asked of it."""

    def __getattr__(self, name):
        raise AssertionError(f"{name} was used")


@pytest.mark.parametrize("entry", catalog.CATALOG, ids=lambda entry: entry.name)
def test_drivers_have_what_the_contracts_of_their_roles_have(entry):
    device = entry.driver(Deaf())
    for role, pins in entry.roles.items():
        channel = type(device.channel(role, pins[0]))
        assert {name for name in dir(channel) if not name.startswith("_")} == roles.methods(role)
        for name in roles.methods(role):
            promised = inspect.signature(vars(roles.CONTRACTS[role])[name])
            assert inspect.signature(getattr(channel, name)) == promised, name


@pytest.mark.parametrize("role", roles.CONTRACTS)
def test_every_number_of_a_contract_says_its_unit(role):
    assert without_unit(roles.CONTRACTS[role]) == []
    assert without_unit(proxies.PROXIES[role]) == []


STATES = [one for _, one in inspect.getmembers(roles, inspect.isclass) if issubclass(one, msgspec.Struct)]


@pytest.mark.parametrize("state", STATES, ids=lambda one: one.__name__)
def test_every_number_of_a_state_says_its_unit(state):
    told = units.attributes(inspect.getdoc(state))
    assert list(told) == list(state.__struct_fields__)
    numbers = [name for name, kind in state.__annotations__.items() if NUMBER.search(str(kind))]
    silent = [name for name in numbers if not units.unit_of(told[name]) and name not in WITHOUT_UNIT]
    assert silent == []


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_number_of_a_driver_says_its_unit(name):
    assert without_unit(CLASSES[name]) == []


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_every_declared_value_says_its_verb_and_its_unit(name):
    declared = DECLARED[name]
    assert declared.__doc__.split()[0] in VERBS
    assert declared.__doc__.endswith(f"({declared.kind.unit})")
    assert declared.kind.unit
    assert isinstance(declared, Control) or declared.__doc__.split()[0] != "Control"


@pytest.mark.parametrize("entry", catalog.CATALOG, ids=lambda entry: entry.name)
def test_every_instrument_has_a_simulator(entry):
    module, _, function = entry.simulator.partition(":")
    simulate = getattr(importlib.import_module(module), function)
    parameters = list(inspect.signature(simulate).parameters.values())
    assert str(parameters[0].annotation) == Simulation.__name__
    assert all(one.default is not inspect.Parameter.empty for one in parameters[1:])


@pytest.mark.parametrize("folder", FAMILIES)
def test_every_instrument_has_a_conversation_test(folder):
    """What is sent, line by line (or register by register), from a script of what is answered."""
    about = [text for text in CONVERSATIONS if f"lager_drivers.{folder}" in text]
    assert any("Script(" in text or "Direct(" in text or "Registers" in text for text in about)


def test_every_folder_of_an_instrument_has_its_entry():
    folders = {one.name for one in pkgutil.iter_modules(lager_drivers.__path__) if one.ispkg}
    assert folders - {"simulated"} == set(FAMILIES)
    for folder in FAMILIES:
        assert (Path(lager_drivers.__path__[0]) / folder / "simulator.py").exists()


DEVICES = {
    "keithley": "power-supply",
    "keithley_battery": "battery",
    "rigol_dp800": "power-supply",
    "rigol_dl3021": "eload",
    "keysight_e36000": "power-supply",
    "rigol_mso5000": "scope",
}


@pytest.mark.parametrize(("device", "role"), DEVICES.items())
def test_the_released_names_of_devices_mean_something(device, role):
    found = {one.name: one.devices[device] for one in catalog.CATALOG if device in one.devices}
    assert found
    assert all(those == (role,) for those in found.values())


@pytest.mark.parametrize("role", roles.CONTRACTS)
def test_a_checkup_asks_for_all_that_can_be_read(role):
    """What reads and is not asked needs arguments that do no harm: `lager.checkup.questions.ARGUMENTS`."""
    reading = {name for name in roles.methods(role) if may_be_asked(role, name)}
    asked = set(questions.questions(role)) - {questions.AGAIN}
    assert asked == reading
    assert all(name in roles.methods(role) for known, name in questions.ARGUMENTS if known == role)


def may_be_asked(role, name):
    """Whether a call only reads, with arguments or without."""
    return roles.reads_only(role, name, []) or roles.reads_only(role, name, ["x"])


@pytest.mark.parametrize("role", roles.CONTRACTS)
def test_the_rules_of_a_checkup_need_what_is_asked(role):
    read = {"output_is_enabled": True, "cursor_mode": "manual", "list_battery_models": [roles.BatteryModel(1)]}
    asked = {one.name for name in questions.questions(role) for one in questions.calls(role, name, read)}
    for rule in rules.RULES.get(role, ()):
        assert set(rule.needs) <= asked, rule.words
    assert [one.rule for one in checkup.checks(role, {})] == ["every number is finite"]

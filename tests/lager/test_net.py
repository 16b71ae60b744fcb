"""`Net` and its proxies: the same calls as the contracts, and nothing sent before one is made."""

import contextlib
import copy
import decimal
import fractions
import inspect
import socket
import subprocess
import sys
import threading

import msgspec
import pytest

import lager
from lager import InvalidNetError, Net, NetType, errors, hardware, proxies, roles, wire
from lager.lines import Lines

NETS = [wire.NetRecord(f"{role}-1", role, "K", "A", "AIN0" if role == "adc" else "2") for role in roles.CONTRACTS]
NETS.append(wire.NetRecord("wheel", "rotation", "R"))


class Box:
    """Hardware service and worker in one: answers each call with what it was, or with `value`."""

    def __init__(self, folder):
        self.path = str(folder / "s")
        self.calls = []
        self.value = None
        self._connections = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self):
        while True:
            connected, _ = self._listener.accept()
            if not self._threads:
                connected.close()
                return
            self._connections.append(connected)
            self._threads.append(threading.Thread(target=self._serve, args=(connected,)))
            self._threads[-1].start()

    def _serve(self, connected):
        link = Lines.over(connected)
        try:
            while True:
                link.send(self._answer(link.receive(wire.Call | wire.Locate | wire.ListNets | wire.ListSaved)))
        except OSError:
            link.close()

    def _answer(self, asked):
        if isinstance(asked, wire.ListNets):
            return wire.Answer(asked.id, NETS)
        if isinstance(asked, wire.ListSaved):
            return wire.Answer(asked.id, wire.SavedNets(NETS, [{"name": net.name, "tags": []} for net in NETS]))
        if isinstance(asked, wire.Call):
            self.calls.append((asked.net, asked.method, asked.args, asked.caller))
            return wire.Answer(asked.id, self.value)
        for net in NETS:
            if (net.name, net.role) == (asked.net, asked.role):
                return wire.Located(asked.id, self.path, net)
        return wire.Failed(asked.id, wire.ErrorBody.of(errors.NetNotFound(f"Invalid Net: {asked.net}", "look")))

    def close(self):
        threads, self._threads = self._threads, []
        for connected in self._connections:
            with_both_ways_shut(connected)
        last = socket.socket(socket.AF_UNIX)
        last.connect(self.path)
        for thread in threads:
            thread.join()
        last.close()
        self._listener.close()


def with_both_ways_shut(connected):
    with contextlib.suppress(OSError):  # its thread may close it at this very moment
        connected.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def box(tmp_path, monkeypatch):
    one = Box(tmp_path)
    monkeypatch.setenv(hardware.SOCKET, one.path)
    monkeypatch.setenv(hardware.RUN, "4f2a1234-5678")
    yield one
    hardware.of_this_run()[1].close()
    hardware._of.cache_clear()
    one.close()


def get(role):
    return Net.get(f"{role}-1", NetType.from_role(role))


@pytest.mark.parametrize("role", roles.CONTRACTS)
def test_a_proxy_has_the_calls_of_its_contract_with_their_arguments(role):
    contract, proxy = roles.CONTRACTS[role], proxies.PROXIES[role]
    for name in roles.methods(role):
        theirs, ours = inspect.signature(getattr(contract, name)), inspect.signature(getattr(proxy, name))
        assert str(ours).replace("roles.", "") == str(theirs), name
        assert inspect.getdoc(getattr(proxy, name)) == inspect.getdoc(getattr(contract, name)), name


@pytest.mark.parametrize("proxy", proxies.PROXIES.values())
def test_looking_at_a_proxy_asks_no_instrument(proxy):
    assert not [name for name, value in inspect.getmembers(proxy) if isinstance(value, property)]
    assert not hasattr(proxy, "__getattr__")


def test_what_a_script_holds(box):
    supply = Net.get("power-supply-1", type=NetType.PowerSupply)
    assert repr(supply) == "<PowerSupply power-supply-1>"
    assert (supply.name, supply.type, supply.channel) == ("power-supply-1", NetType.PowerSupply, 2)
    assert (supply.device, supply.device_type, supply.address) == ("K", "rigol_dp800", "A")
    assert (supply.location, supply.mapping["pin"]) == (None, "2")
    assert (get("adc").channel, get("adc").device_type) == ("AIN0", None)
    assert box.calls == []


def test_a_call_says_who_calls(box):
    box.value = 3.3
    assert get("power-supply").voltage() == 3.3
    assert box.calls == [("power-supply-1", "voltage", [], "run 4f2a1234")]


@pytest.mark.parametrize("number", [3, 3.0, decimal.Decimal(3), fractions.Fraction(3)])
def test_any_number_is_a_number(box, number):
    assert get("power-supply").set_voltage(number) is None
    assert box.calls[-1][2] == [3.0]


@pytest.mark.parametrize("value", ["3", True, None, float("nan"), float("-inf"), 10**400, [3], 3j])
def test_what_is_no_number_never_leaves_the_script(box, value):
    with pytest.raises(errors.UsageError):
        get("power-supply").set_voltage(value)
    assert box.calls == []


@pytest.mark.parametrize(("level", "sent"), [(1, 1), (0, 0), (True, 1), (False, 0), (1.0, 1), ("high", 1), ("Off", 0)])
def test_levels(box, level, sent):
    get("gpio").output(level)
    assert box.calls[-1][2] == [sent]


@pytest.mark.parametrize("level", [2, -1, None, 0.5])
def test_what_is_no_level(box, level):
    with pytest.raises(errors.UsageError):
        get("gpio").output(level)


@pytest.mark.parametrize(
    ("alias", "args", "method", "value"),
    [
        ("set_soc", [50], "soc", 50.0),
        ("set_volt_full", [4.2], "voltage_full", 4.2),
        ("set_mode", ["static"], "mode", "static"),
        ("enable_battery", [], "enable", None),
        ("disable_sim_output", [], "disable", None),
        ("clear_ovp", [], "clear", None),
    ],
)
def test_names_of_older_scripts(box, alias, args, method, value):
    box.value = value
    getattr(get("battery"), alias)(*args)
    assert box.calls[-1][1:3] == (method, args)


def test_a_parameter_without_a_value_is_only_read(box):
    box.value = 50
    assert get("battery").soc() == 50.0
    assert box.calls[-1][2] == []


def test_state_comes_as_the_contract_says(box):
    hints = {"channel": 1, "mode": "CV"} | dict.fromkeys(["enabled", "ovp_tripped", "ocp_tripped"], True)
    box.value = {name: hints.get(name, 1.5) for name in roles.SupplyState.__struct_fields__}
    state = get("power-supply").state()
    assert isinstance(state, roles.SupplyState)
    assert msgspec.structs.asdict(state) == box.value


def test_an_answer_that_is_none_of_its_kind(box):
    box.value = "?"
    with pytest.raises(errors.InstrumentError, match="gave '\\?'"):
        get("adc").input()


def test_nets_that_cannot_be_had(box):
    with pytest.raises(InvalidNetError, match=r"^Invalid Net: adc9"):
        Net.get("adc9", NetType.ADC)
    with pytest.raises(TypeError, match="NetType"):
        Net.get("adc-1", "adc")
    with pytest.raises(errors.UsageError, match="rotation"):
        Net.get("wheel", NetType.Rotation)
    with pytest.raises(errors.UsageError, match="multiplexer"):
        Net.get("adc-1", NetType.ADC, setup_function=print)


def test_saved_nets_are_records(box):
    assert Net.list_saved()[0] == msgspec.structs.asdict(NETS[0]) | {"tags": []}


def test_outside_a_run(monkeypatch):
    monkeypatch.delenv(hardware.SOCKET, raising=False)
    with pytest.raises(errors.ServiceUnreachable, match="lager python"):
        Net.get("adc1", NetType.ADC)
    with pytest.raises(errors.ServiceUnreachable):
        Net.list_saved()


def test_a_forked_child_has_connections_of_its_own(box):
    box.value = 1.5
    adc = get("adc")
    assert adc.input() == 1.5
    known = len(box._connections)
    code = (
        "import os, sys\n"
        "from lager import Net, NetType\n"
        "adc = Net.get('adc-1', NetType.ADC)\n"
        "adc.input()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    adc.input()\n"
        "    os._exit(0)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "adc.input()\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-X", "dev", "-c", code], check=True, timeout=30)
    # locate, parent, child; the parent's connection outlived the child
    assert len(box._connections) == known + 3
    assert adc.input() == 1.5


def test_the_module_is_what_it_says():
    assert set(lager.__all__) >= {"Net", "NetType", "InvalidNetError", "LagerError", "pause"}
    assert InvalidNetError is errors.NetNotFound
    assert inspect.ismodule(lager.breakpoint)


@pytest.mark.parametrize("name", [None, 5, b"adc-1", ["adc-1"]])
def test_a_name_is_text(box, name):
    with pytest.raises(TypeError, match="name must be text"):
        Net.get(name, NetType.ADC)


def test_a_name_of_half_a_character(box):
    with pytest.raises(errors.UsageError, match="cannot be sent"):
        Net.get("\ud800", NetType.ADC)


class Stubborn:
    def __float__(self):
        raise ValueError("no number today")


@pytest.mark.parametrize("value", [decimal.Decimal("sNaN"), Stubborn(), 10**400])
def test_what_makes_no_float_is_a_usage_error(box, value):
    with pytest.raises(errors.UsageError, match="no number to set") as refused:
        get("dac").output(value)
    assert len(str(refused.value)) < 200
    assert box.calls == []


def test_a_net_is_copied_and_sent_to_other_processes(box):
    adc = get("adc")
    box.value = 1.5
    assert adc.input() == 1.5
    again = copy.deepcopy(adc)  # by the same way as pickle for `multiprocessing`
    assert (again.name, again.type, again.channel, again.input()) == ("adc-1", NetType.ADC, "AIN0", 1.5)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("get", ["name", "type", "setup_function", "teardown_function"]),
        ("get_from_saved_json", ["name", "role"]),
        ("list_saved", []),
        ("get_local_nets", []),
        ("save_local_nets", ["nets"]),
        ("save_local_net", ["net"]),
        ("delete_local_net", ["name", "role"]),
        ("delete_all_local_nets", []),
        ("rename_local_net", ["old", "new"]),
        ("filter_nets", ["all", "name", "role"]),
        ("list_all_from_env", []),
    ],
)
def test_released_scripts_find_what_they_call_on_net(name, parameters):
    assert list(inspect.signature(getattr(Net, name)).parameters) == parameters


@pytest.mark.parametrize("role", roles.CONTRACTS)
def test_every_net_has_the_attributes_of_released_ones(box, role):
    net = get(role)
    assert (net.name, net.type, net.device_type) == (f"{role}-1", NetType.from_role(role), net.type.device_type)
    assert (net.channel, net.mapping["net"], net.device) == ("AIN0" if role == "adc" else 2, f"{role}-1", "K")
    assert net.location is None

"""Scripts that the oldest released clients bring along, told from a user's by what their request carries."""

import asyncio
import json

import pytest

from lager import errors, wire
from lager_runner.released import asking, brought

HOME = "/home/a/.venv/lib/python3.11/site-packages/cli/impl"
RECORD = {"name": "load", "role": "eload", "instrument": "Rigol_DL3021", "address": "USB0::0x1AB1::0x0E11::X::INSTR"}


def asked(script, runnable, *args, env=(), one_stream=True):
    request = wire.RunRequest(
        name=runnable, script=script, content=b"", args=list(args), env=list(env), one_stream=one_stream
    )
    return asking.Asked("1", request, False)


class Hardware:
    """The hardware service, with one instrument, and what it was asked to change."""

    def __init__(self, refused=""):
        self.changes, self._refused = [], refused

    def saved(self):
        net = wire.NetRecord("adc1", "adc", "LabJack_T7", "modbus-tcp://1.2.3.4", "AIN0")
        return wire.SavedNets([net], [{"name": "adc1"}])

    def instruments(self):
        return [wire.Instrument(name="Rigol_DL3021", address=RECORD["address"], via="usbip://here")]

    def change(self, asked):
        self.changes.append(asked)
        return not isinstance(asked, wire.DeleteNets) or asked.name != "nosuch"

    def refused(self, client, net):
        return self._refused if (client, net) == ("1.2.3.4", "supply1") else ""


def answered(hardware, request):
    answer = asyncio.run(brought.Brought(hardware).answer(request, "1.2.3.4"))
    assert answer.headers["lager-output-version"] == "1"
    stream, length, rest = bytes(answer.body).split(b" ", 2)
    return int(stream), rest[: int(length)].decode(), rest[int(length) :]


@pytest.mark.parametrize(
    ("script", "runnable"),
    [
        ("adc.py", f"{HOME}/adc.py"),
        ("supply.py", f"{HOME}/power/supply.py"),
        ("net.py", HOME.replace("/", "\\") + "\\net.py"),
    ],
)
def test_a_script_of_the_client_is_known_by_its_path(script, runnable):
    assert brought.script_of(asked(script, runnable)) == script


@pytest.mark.parametrize(
    ("script", "runnable"),
    [("adc.py", "adc.py"), ("net.py", "cli/impl/net.py"), ("x.py", f"{HOME}/adc.py"), ("", f"{HOME}/adc.py")],
)
def test_a_script_of_a_user_is_run(script, runnable):
    assert brought.script_of(asked(script, runnable)) == ""


def test_the_nets_are_listed():
    stream, text, end = answered(Hardware(), asked("net.py", f"{HOME}/net.py", "list"))
    assert (stream, end) == (1, b"- 1 0")
    assert [(one["name"], one["pin"]) for one in json.loads(text)] == [("adc1", "AIN0")]


def test_nets_are_changed_and_what_is_saved_can_be_reached():
    hardware = Hardware()
    for args in (("save", json.dumps(RECORD)), ("save-batch", json.dumps([RECORD])), ("rename", "a", "b")):
        assert (answered(hardware, asked("net.py", f"{HOME}/net.py", *args)))[2] == b"- 1 0"
    saved = wire.SaveNets(1, [{"via": "usbip://here", **RECORD}])
    assert hardware.changes == [saved, saved, wire.RenameNet(1, "a", "b")]


def test_a_change_that_fails_is_no_answer_that_these_clients_take_for_done():
    for args in (("delete", "nosuch", "adc"), ("save", "{}"), ("save", "no json")):
        with pytest.raises(errors.NotProcessed):
            answered(Hardware(), asked("net.py", f"{HOME}/net.py", *args))


def test_what_the_bench_has_refused_is_told_when_it_comes_again():
    data = [("LAGER_COMMAND_DATA", '{"action": "voltage", "params": {"netname": "supply1"}}')]
    again = asked("supply.py", f"{HOME}/power/supply.py", env=data, one_stream=False)
    told = answered(Hardware("Voltage 50.0V exceeds hardware limit 20.0V"), again)
    assert told == (2, "Error: Voltage 50.0V exceeds hardware limit 20.0V\n", b"- 1 1")


@pytest.mark.parametrize("data", ["", "no json", "[]", '{"params": 3}', '{"params": {"netname": 3}}'])
def test_all_others_are_refused_in_one_line(data):
    request = asked("supply.py", f"{HOME}/power/supply.py", env=[("LAGER_COMMAND_DATA", data)])
    stream, text, end = answered(Hardware(), request)
    assert (stream, end, text.count("\n")) == (1, b"- 1 1", 1)
    assert "supply.py" in text
    assert "lager-cli 0.55 or newer" in text


@pytest.mark.parametrize(
    ("script", "advice"),
    [
        ("adc.py", "lager-cli 0.55 or newer"),
        ("scope.py", "`lager scope` of the box's own client"),
        ("spi.py", "this box does not serve it"),
        ("box_config.py", "this box does not serve it"),
    ],
)
def test_nobody_is_told_to_get_what_he_has(script, advice):
    """The newest of these clients bring scripts, too: a newer one is no advice for those."""
    _, text, end = answered(Hardware(), asked(script, f"{HOME}/{script}"))
    assert (end, text.count("\n")) == (b"- 1 1", 1)
    assert advice in text

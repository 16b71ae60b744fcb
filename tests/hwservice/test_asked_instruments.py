"""`/diagnose/visa`, `/diagnose/lan` and `/diagnose/dispatcher`: an instrument that is said not to work is asked."""

import contextlib
import json
import os
import signal
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from ownbench import Bench, Process, Served, environment

from lager import wire
from lager.lines import Lines

KEITHLEY = "USB0::0x05E6::0x2281::4381218::INSTR"
IDN = "KEITHLEY INSTRUMENTS,MODEL 2281S-20-6,4381218,01.08b"
T7 = "LabJack T7, serial number 470012345"
NOT_THERE = "USB0::0x1234::0x5678::AB1::INSTR"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A service on three simulated instruments, and nets that nothing serves."""
    folder = tmp_path_factory.mktemp("desk")
    process = Process("lager_drivers.simulated", "--state", folder, env=environment(folder))
    nets = wire.from_json(Path(process.report("ready")["bench"]).read_bytes(), list[wire.NetRecord])
    nets = [net for net in nets if net.instrument in {"Keithley_2281S", "Rigol_DP821", "LabJack_T7"}]
    nets.append(wire.NetRecord("scope9", "scope", "Picoscope_2000", NOT_THERE, "1"))
    one = Bench(folder, nets)
    one.lan = next(net.address for net in nets if net.name == "adc1")
    yield one
    one.close()
    process.close()


@pytest.fixture
def bench(desk):
    """The desk with nothing open and nothing broken."""
    for net in ("supply1", "supply2", "adc1"):
        desk.happens("clear", net)
        forget(desk, net)
    return desk


def ask(bench, what, address, within=None, **more):
    port = bench.ready["hardware_port" if what == "dispatcher" else "http_port"]
    given = {"address": address, "within": within}
    query = urllib.parse.urlencode({name: value for name, value in given.items() if value is not None})
    headers = {"Authorization": f"Bearer {bench.token}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/diagnose/{what}?{query}", headers=headers, **more)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as exc:
        return {"status": exc.code} | json.load(exc)


def role_of(net):
    return "adc" if net.startswith("adc") else "power-supply"


def state(bench, net="supply1"):
    link = Lines(bench.service.locate(net, role_of(net)).socket, 10)
    with contextlib.closing(link):
        link.send(wire.Describe(1))
        return link.receive(wire.Answer).value


def forget(bench, net):
    link = Lines(bench.service.locate(net, role_of(net)).socket, 10)
    with contextlib.closing(link):
        link.send(wire.Clear(1, sessions=True))
        link.receive(wire.Answer)


def use(bench, net="supply1"):
    bench.hardware.call(net, role_of(net), "input" if net == "adc1" else "get_voltage_setpoint")


def taken(answer):
    """The answer without how long it took, which is a whole number of ms."""
    elapsed = answer.pop("elapsed_ms")
    assert type(elapsed) is int
    assert elapsed >= 0
    return answer


def test_an_instrument_nobody_has_open_is_opened_for_the_question_and_closed_again(bench):
    healthy = {"address": KEITHLEY, "idn": IDN, "via": "fresh", "expected": "Keithley_2281S", "matches": True}
    opened = state(bench)["opened"]
    assert taken(ask(bench, "visa", KEITHLEY)) == healthy
    after = state(bench)
    assert (after["session"], after["drivers"], after["opened"]) == (False, [], opened)
    assert ask(bench, "dispatcher", KEITHLEY) == {
        "address": KEITHLEY,
        "cached_session": False,
        "cached_drivers": [],
        "shared_pool_size": 0,
    }


def test_one_that_is_open_is_asked_over_its_session_in_whichever_role_and_spelling(bench):
    use(bench)
    before = state(bench)
    lower = KEITHLEY.lower().replace("0x0", "0x")
    for address in (KEITHLEY, lower):
        found = taken(ask(bench, "visa", address))
        assert found == {
            "address": address,
            "idn": IDN,
            "via": "worker",
            "expected": "Keithley_2281S",
            "matches": True,
        }
    assert state(bench) == before
    assert ask(bench, "dispatcher", lower)["cached_drivers"] == [
        {"device_name": "keithley", "driver_class": "SupplyChannel"}
    ]


def test_a_question_changes_neither_settings_nor_what_is_told_once_only(bench):
    call = bench.hardware.call
    call("supply1", "power-supply", "set_voltage", [1.25])
    forget(bench, "supply1")
    bench.happens("power-cycle", "supply1")
    assert ask(bench, "visa", KEITHLEY)["idn"] == IDN
    answer = bench.hardware.ask("supply1", "power-supply", "get_voltage_setpoint")
    assert answer.value == 0.0
    assert "was switched off and on" in answer.notice  # it says so once, to whoever asks


def failed(answer):
    return {key: answer.get(key) for key in ("error_class", "errno", "code", "via", "stale", "absent")}


def failure(kind, number, code, via):
    return {"error_class": kind, "errno": number, "code": code, "via": via, "stale": False, "absent": False}


@pytest.mark.parametrize(
    ("fault", "first", "then"),
    [
        ("hold", ("busy", 16, "instrument-busy", "fresh"), None),
        ("wedge", ("timeout", 110, "instrument-silent", "worker"), ("timeout", 110, "instrument-silent", "fresh")),
        ("unplug", ("nodev", 19, "instrument-gone", "worker"), ("nodev", 19, "instrument-gone", "worker")),
        ("stall", ("other", 32, "instrument", "worker"), None),
        ("garble", ("other", 74, "instrument", "worker"), None),
    ],
)
def test_what_is_wrong_with_one_that_is_in_use_is_told_by_kind_and_number(bench, fault, first, then):
    use(bench)
    bench.happens(fault, "supply1")
    found = ask(bench, "visa", KEITHLEY)
    assert failed(found) == failure(*first)
    assert (found["expected"], found["matches"], "idn" in found) == ("Keithley_2281S", None, False)
    assert KEITHLEY in found["error"]
    assert found["hint"]
    if then:
        assert failed(ask(bench, "visa", KEITHLEY)) == failure(*then)
    bench.happens("clear", "supply1")
    assert ask(bench, "visa", KEITHLEY)["idn"] == IDN
    use(bench)


def test_one_that_was_out_before_it_was_used_is_not_one_that_has_left(bench):
    bench.happens("unplug", "supply1")
    found = ask(bench, "visa", KEITHLEY)
    assert failed(found) == {**failure("other", 19, "instrument-gone", "fresh"), "absent": True}
    bench.happens("replug", "supply1")
    assert ask(bench, "visa", KEITHLEY)["via"] == "fresh"


def test_one_that_came_back_under_an_open_session_is_opened_anew(bench):
    use(bench)
    bench.happens("unplug", "supply1")
    bench.happens("replug", "supply1")
    assert taken(ask(bench, "visa", KEITHLEY))["via"] == "fresh"
    use(bench)


def test_a_slow_answer_is_an_answer_as_long_as_it_comes_in_time(bench):
    use(bench)
    bench.happens("delay", "supply1", 0.5)
    found = ask(bench, "visa", KEITHLEY)
    assert (found["idn"], found["via"]) == (IDN, "worker")
    assert found["elapsed_ms"] >= 500


@pytest.mark.parametrize("is_open", [True, False])
def test_one_that_needs_longer_than_two_seconds_is_no_silent_one(bench, is_open):
    if is_open:
        use(bench)
    bench.happens("delay", "supply1", 3.0)
    found = ask(bench, "visa", KEITHLEY)  # as released clients ask, which wait for 8 s
    assert (found.get("idn"), found["via"]) == (IDN, "worker" if is_open else "fresh")
    assert found["elapsed_ms"] >= 3000


def test_one_that_needs_longer_than_any_call_waits_is_heard_by_who_says_so(bench):
    bench.happens("delay", "supply1", 6.0)
    found = ask(bench, "visa", KEITHLEY, 10)
    assert (found.get("idn"), found.get("error_class")) == (IDN, None)
    assert found["elapsed_ms"] >= 6000
    bench.happens("delay", "adc1", 3.0)
    assert ask(bench, "lan", bench.lan, 10)["idn"] == T7


@pytest.mark.parametrize("within", ["soon", "nan", "-1", ""])
def test_a_time_that_is_none_is_refused(bench, within):
    assert ask(bench, "visa", KEITHLEY, within)["status"] == 400
    assert ask(bench, "lan", bench.lan, within)["status"] == 400


def test_a_call_that_is_under_way_is_waited_for_and_never_cut_off(bench):
    use(bench)
    before = state(bench)
    bench.happens("delay", "supply1", 2.5)
    done = []
    call = threading.Thread(target=lambda: done.append(bench.hardware.call("supply1", "power-supply", "state")))
    call.start()
    while not state(bench)["running"]:
        assert call.is_alive()
    found = ask(bench, "visa", KEITHLEY)
    assert (found["skipped"], found["via"], found["matches"]) == (True, "worker", None)
    assert found["reason"].startswith("in use: a call of the test (supply1.state) has been going on for ")
    assert "idn" not in found
    bench.happens("clear", "supply1")
    call.join(30)
    assert done
    after = state(bench)
    assert [after[key] for key in ("pid", "opened")] == [before[key] for key in ("pid", "opened")]


def test_one_that_wedges_while_it_is_watched_is_asked_as_soon_as_a_reading_has_failed(bench):
    watching = Lines(bench.service.locate("supply1", "power-supply").socket, 30)
    with contextlib.closing(watching):
        watching.send(wire.Watch(7, "supply1", "power-supply", "1", 0.1))
        assert watching.receive(wire.Watched).state
        bench.happens("wedge", "supply1")
        while not state(bench)["running"]:
            pass
        while (said := ask(bench, "visa", KEITHLEY)).get("skipped"):  # that reading goes on: nobody may ask meanwhile
            assert "in use" in said["reason"]
        assert said["error_class"] == "timeout"


def test_while_the_box_is_locked_it_is_asked_all_the_same(bench):
    headers = {"Authorization": f"Bearer {bench.token}"}
    lock = f"http://127.0.0.1:{bench.ready['http_port']}/lock"
    body = json.dumps({"user": "somebody else"}).encode()
    urllib.request.urlopen(urllib.request.Request(lock, body, headers), timeout=10).close()
    try:
        assert ask(bench, "visa", KEITHLEY)["idn"] == IDN
        assert ask(bench, "lan", bench.lan)["idn"] == T7
        assert ask(bench, "dispatcher", KEITHLEY)["cached_session"] is False
    finally:
        unlock = f"http://127.0.0.1:{bench.ready['http_port']}/unlock"
        urllib.request.urlopen(urllib.request.Request(unlock, body, headers), timeout=10).close()


def lan_facts(bench, **more):
    port = int(bench.lan.rpartition(":")[2])
    nothing = dict.fromkeys(("idn", "error", "error_class", "errno", "code", "hint", "reason", "matches"))
    return {
        "address": bench.lan,
        "host": "127.0.0.1",
        "port": port,
        "resolved": ["127.0.0.1"],
        "route": "lo direct",
        "connect": "open",
        **nothing,
        "expected": "LabJack_T7",
        "via": "fresh",
        "skipped": False,
        "could_not_look": {},
        **more,
    }


def test_one_on_the_network_says_model_and_serial_number_and_the_way_to_it(bench):
    assert taken(ask(bench, "lan", bench.lan)) == lan_facts(bench, idn=T7, matches=True)
    use(bench, "adc1")
    assert taken(ask(bench, "lan", bench.lan)) == lan_facts(bench, idn=T7, matches=True, via="worker")
    assert taken(ask(bench, "visa", bench.lan)) == {
        "address": bench.lan,
        "idn": T7,
        "via": "worker",
        "expected": "LabJack_T7",
        "matches": True,
    }


@pytest.mark.parametrize(
    ("fault", "facts"),
    [
        ("hold", {"error_class": "busy", "errno": 104, "code": "instrument-busy", "connect": "open", "via": "fresh"}),
        (
            "wedge",
            {"error_class": "timeout", "errno": 110, "code": "instrument-silent", "connect": "open", "via": "worker"},
        ),
        (
            "unplug",
            {"error_class": "nodev", "errno": 111, "code": "instrument-gone", "connect": "refused", "via": "fresh"},
        ),
    ],
)
def test_what_is_wrong_on_the_network_is_told_by_how_its_connection_ends(bench, fault, facts):
    use(bench, "adc1")
    bench.happens(fault, "adc1")
    found = ask(bench, "lan", bench.lan)
    assert {key: found[key] for key in facts} == facts
    assert (found["idn"], found["route"]) == (None, "lo direct")
    bench.happens("clear", "adc1")
    assert ask(bench, "lan", bench.lan)["idn"] == T7


def test_a_network_instrument_in_the_middle_of_a_call_is_not_connected_to(bench):
    bench.happens("delay", "adc1", 4.0)
    call = threading.Thread(target=lambda: bench.hardware.call("adc1", "adc", "input"))
    call.start()
    while not state(bench, "adc1")["running"]:
        assert call.is_alive()
    found = ask(bench, "lan", bench.lan)
    assert (found["skipped"], found["connect"], found["via"]) == (True, None, "worker")
    assert list(found["could_not_look"]) == ["connect"]
    bench.happens("clear", "adc1")
    call.join(30)


def test_another_instrument_than_the_bench_file_says_is_told_with_what_it_says(tmp_path):
    served = Served()
    served.t7.words.update(enumerate([0x4080, 0], 60000))  # a T4 says 4.0
    with contextlib.closing(served), contextlib.closing(Bench(tmp_path, served.nets())) as one:
        found = ask(one, "lan", served.nets()[0].address)
    assert (found["idn"], found["matches"]) == ("LabJack product 4, serial number 0", False)
    assert (found["error"], found["connect"]) == (None, "open")


def test_what_no_net_is_at_or_no_driver_is_for_is_asked_by_a_process_of_its_own(bench):
    found = ask(bench, "visa", NOT_THERE)
    assert failed(found) == {**failure("other", 19, "instrument-gone", "fresh"), "absent": True}
    assert found["expected"] == "Picoscope_2000"
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"TCPIP0::127.0.0.1::{server.getsockname()[1]}::SOCKET"

        def answer():
            connection, _ = server.accept()
            with connection:
                assert connection.recv(100) == b"*IDN?\n"
                connection.sendall(b"ACME,Meter 1,7,1.0\n")
                assert connection.recv(100) == b""  # it is let go of

        thread = threading.Thread(target=answer)
        thread.start()
        found = taken(ask(bench, "visa", address))
        thread.join(10)
    assert found == {"address": address, "idn": "ACME,Meter 1,7,1.0", "via": "fresh", "expected": None, "matches": None}
    refused = ask(bench, "lan", address)
    assert (refused["connect"], refused["error_class"], refused["errno"]) == ("refused", "nodev", 111)
    pids = {one["pid"] for one in bench.workers().values()}
    children = Path(f"/proc/{bench.process.popen.pid}/task/{bench.process.popen.pid}/children").read_text().split()
    workers = [pid for pid in children if b"hwservice.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert {int(pid) for pid in workers} <= pids


@pytest.mark.parametrize("address", ["TCPIP0::a..b::5025::SOCKET", f"modbus-tcp://{'x' * 70}", "TCPIP::a..b::INSTR"])
def test_a_name_that_no_host_can_have_is_found_nowhere(bench, address):
    found = ask(bench, "lan", address)
    assert [found[key] for key in ("resolved", "route", "connect")] == [None, None, None]
    assert found["could_not_look"] == {"route": "it has no address"}
    assert found["error_class"] == "nodev"


@pytest.mark.parametrize("what", ["visa", "lan"])
def test_without_an_address_nothing_is_asked(bench, what):
    for address in (None, "", "  "):
        refused = ask(bench, what, address)
        assert (refused["status"], refused["error"]) == (400, "address parameter required")


def test_an_address_of_another_kind_is_refused(bench):
    refused = ask(bench, "lan", KEITHLEY)
    assert (refused["status"], refused["address"]) == (400, KEITHLEY)
    assert refused["error"].startswith("not an address on a network")
    for odd in ("supply1", "ASRL/dev/ttyS0::INSTR", "x" * 5000):
        found = ask(bench, "visa", odd)
        assert (found["error_class"], found["code"], found["via"]) == ("other", "usage", None)
        assert len(found["error"]) < 120
        assert ask(bench, "lan", odd)["status"] == 400


def test_a_worker_that_does_not_answer_is_said_to_be_that_and_nothing_is_made_up_for_it(bench):
    use(bench)
    use(bench, "adc1")
    pid = state(bench)["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        held = ask(bench, "dispatcher", KEITHLEY)
        found = ask(bench, "visa", KEITHLEY)
        other = ask(bench, "dispatcher", bench.lan)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert held == {
        "address": KEITHLEY,
        "cached_session": None,
        "cached_drivers": None,
        "shared_pool_size": None,
        "unanswered": [KEITHLEY],
    }
    assert (other["cached_session"], other["shared_pool_size"]) == (True, None)
    assert failed(found) == failure("other", None, "unreachable", None)
    assert ask(bench, "visa", KEITHLEY)["idn"] == IDN
    assert state(bench)["pid"] == pid


def test_where_no_connection_was_tried_that_is_said(bench):
    use(bench, "adc1")
    pid = state(bench, "adc1")["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        found = ask(bench, "lan", bench.lan)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert (found["code"], found["connect"]) == ("unreachable", None)
    assert found["could_not_look"] == {"connect": "none was tried"}


def test_one_that_dies_meanwhile_is_waited_for_and_its_successor_asked(bench):
    use(bench)
    os.kill(state(bench)["pid"], signal.SIGKILL)
    assert ask(bench, "visa", KEITHLEY)["idn"] == IDN

"""`lager diagnose` on the simulated bench: while sessions are open, calls go on, and scripts have instruments."""

import contextlib
import json
import socket
import threading

import pytest

BENCH = "usb_and_network.toml"
USB = "USB0::0x05E6::0x2281::4381218::INSTR"
HOLDING = f"""
import signal, lager
with lager.device_lock("{USB}"):
    print("held", flush=True)
    signal.pause()
"""


@pytest.fixture(autouse=True, scope="module")
def _started(home):
    home.lager("nets")


@pytest.fixture
def broken(home):
    """Break the instrument of a net, and mend it after."""
    nets = []

    def fault(*words):
        nets.append(words[1])
        assert home.lager("sim", *words).returncode == 0

    yield fault
    for net in nets:
        home.lager("sim", "clear", net)
        home.lager("sim", "replug", net)


def found(home, net, **env):
    """Diagnose a net; give the exit status, and all that is known."""
    done = home.lager("diagnose", net, "--json", **env)
    facts = json.loads(done.stdout)
    assert facts["classification"]["status"] == done.returncode
    return done.returncode, facts


def test_an_open_session_is_asked_and_left_open(home):
    assert home.lager("supply", "supply1", "voltage").returncode == 0
    status, facts = found(home, "supply1")
    assert (status, facts["visa"]["via"], facts["visa"]["matches"]) == (0, "worker", True)
    assert facts["dispatcher"]["cached_session"] is True
    assert facts["usb"]["enumerated"] is True


def test_what_leaves_under_a_session_has_disappeared_and_is_healthy_when_it_is_back(home, broken):
    assert home.lager("supply", "supply1", "voltage").returncode == 0
    broken("unplug", "supply1")
    status, facts = found(home, "supply1")
    assert (status, facts["usb"]["enumerated"]) == (13, False)
    assert facts["classification"]["steps"][0] == "it is not back: see its power, its cable, and the hub's port;"
    assert home.lager("sim", "replug", "supply1").returncode == 0
    assert found(home, "supply1")[0] == 0


@pytest.mark.parametrize(("net", "status"), [("supply1", 15), ("supply2", 24)])
def test_what_hangs_is_never_called_healthy_for_its_session(home, broken, net, status):
    assert home.lager("supply", net, "voltage").returncode == 0
    broken("wedge", net)
    assert found(home, net)[0] == status


@pytest.mark.parametrize("net", ["supply1", "supply2"])
def test_one_that_needs_three_seconds_for_its_answer_is_slow_and_no_silent_one(home, broken, net):
    broken("delay", net, "3")
    done = home.lager("diagnose", net)
    assert done.returncode == 0
    assert "\nClassification: HEALTHY, BUT SLOW — it took 3." in done.stdout
    assert done.stderr == f"Note: no answer of {net} in 2 s; it is waited for, up to 10 s.\n"


@pytest.mark.parametrize("net", ["supply1", "supply2"])
def test_nonsense_is_unclear_and_what_the_box_says_of_it_is_told(home, broken, net):
    broken("garble", net, "1000")
    done = home.lager("diagnose", net)
    assert done.returncode == 18
    assert "\nClassification: UNCLEAR — the " in done.stdout
    assert "gave an answer that makes no sense.\nNext: call again;\n" in done.stdout


def test_a_call_that_goes_on_is_not_disturbed(home, broken):
    assert home.lager("supply", "supply1", "voltage").returncode == 0
    broken("delay", "supply1", "1.5")
    going_on = home.start("supply", "supply1", "state", "--json")
    while (answer := found(home, "supply1"))[0] == 0:  # it has not begun yet
        assert going_on.poll() is None
    status, facts = answer
    assert (status, facts["visa"]["skipped"]) == (12, True)
    assert "(supply1.state) has been going on for " in facts["classification"]["headline"]
    said, complained = going_on.communicate(timeout=60)
    assert (going_on.returncode, complained) == (0, "")
    assert json.loads(said)


def test_a_run_that_has_it_by_itself_is_named(home):
    assert home.lager("box", "stop", "--force").returncode == 0  # and the session with it, which has the lock
    home.script(HOLDING, "holding.py")
    terminal = home.terminal("python", "holding.py")
    terminal.expect("^held$")
    done = home.lager("diagnose", "supply1")
    (run,) = [one["id"] for one in json.loads(home.lager("runs", "--json").stdout)]
    assert done.returncode == 12
    assert f", run {run[:8]}, has its lock) has it.\n" in done.stdout
    assert f"\n      end the run: `lager python --kill {run[:8]}`;\n" in done.stdout
    terminal.type("\x03")
    terminal.wait()
    assert found(home, "supply1")[0] == 0


def test_somebody_elses_lock_is_no_obstacle(home):
    locked = home.lager("boxes", "lock", "--box", "local", env={"LAGER_USER": "bob"})
    assert locked.returncode == 0, locked.stderr
    try:
        assert found(home, "supply1", env={"LAGER_USER": "alice"})[0] == 0
    finally:
        home.lager("boxes", "unlock", "--box", "local", env={"LAGER_USER": "bob"})


@contextlib.contextmanager
def somebody_else():
    """Listen where an instrument should: something that answers as another one."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):  # closed: the test is over
            while True:
                connection, _ = server.accept()
                with connection:
                    while connection.recv(100):
                        connection.sendall(b"ACME,Widget,1,2\n")

    threading.Thread(target=serve, daemon=True).start()
    with server:
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def nobody_answers():
    """Listen, and have no room for anybody: who connects gets neither yes nor no."""
    with socket.socket() as server, contextlib.ExitStack() as waiting:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(3):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def on_network(home, name, host, port):
    words = (name, "power-supply", "1", f"TCPIP0::{host}::{port}::SOCKET", "--instrument", "Rigol_DP832")
    done = home.lager("nets", "add", *words)
    assert done.returncode == 0, done.stderr
    return home.lager("diagnose", name)


def test_another_instrument_at_its_address(home):
    with somebody_else() as port:
        done = on_network(home, "exchanged", "127.0.0.1", port)
    assert done.returncode == 25
    assert "\n   idn:         ACME,Widget,1,2\n   expected:    Rigol_DP832\n" in done.stdout
    headline = "WRONG INSTRUMENT: the net is for a Rigol_DP832, and what answers is ACME,Widget,1,2."
    assert f"\nClassification: {headline}\n" in done.stdout


def test_a_port_that_is_silent(home):
    with nobody_answers() as port:
        done = on_network(home, "dropped", "127.0.0.1", port)
    assert done.returncode == 23
    assert "\n   connect:     timeout\n" in done.stdout
    assert f"\nClassification: SILENT PORT: no answer from 127.0.0.1:{port}, neither yes nor no.\n" in done.stdout


def test_a_name_that_nobody_knows(home):
    done = on_network(home, "misspelt", "nowhere.invalid", 5555)
    assert done.returncode == 20
    assert "\nClassification: NAME: the box cannot resolve nowhere.invalid" in done.stdout

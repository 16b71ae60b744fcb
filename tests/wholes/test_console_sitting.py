"""The console as somebody sits at it: a real terminal, a real box, a real script; several of them on one pause."""

import json
import re
import signal

import pytest
from conftest import interrupt
from desk import CTRL_C, F1, UP, Desk
from websockets.sync.client import connect

from lager import wire

BENCH = "two_instruments.toml"

BANNER = r"^=== lager breakpoint .*\(id (\S+)\)$"
SCRIPT = """\
import asyncio, ctypes, signal, socket, sys, threading, time
import lager
from lager import Net, NetType

class Rail:
    touched = 0

    @property
    def volts(self):
        Rail.touched += 1
        return 3.3

    def ramp(self, volts: float, seconds: float = 1.0) -> float:
        \"\"\"Go there, and slowly.\"\"\"
        return volts

def chatter():
    while not over.wait(0.01):
        print("the script", flush=True)

def check(rail, readings):
    lager.pause("final", timeout=0, interactive=True)
    return readings

def sequence():
    step = "the third"
    return check(Rail(), {"adc1": 3.3})

psu = Net.get("supply1", type=NetType.PowerSupply)
ours, theirs = socket.socketpair()
over = threading.Event()
chatting = threading.Thread(target=chatter, name="chatting")
chatting.start()
result = sequence()
over.set()
chatting.join()
print("at the end:", result, Rail.touched)
"""


@pytest.fixture(scope="module")
def paused(home):
    """A paused script, and its run; nothing of what is done in its consoles is the script's in the end."""
    assert home.lager("nets").returncode == 0
    assert home.lager("supply", "supply1", "voltage", "1.5", "--yes").returncode == 0
    first = home.terminal("python", home.script(SCRIPT, "bench.py"))
    run = first.expect(BANNER)[1]
    yield run
    assert home.lager("python", "--continue", run).returncode == 0
    first.expect("^at the end: {'adc1': 3.3} 0$")
    assert first.wait() == 0
    log = (home.folder / "state" / "runs" / run / "output.log").read_bytes()
    assert b"console's" not in log, "what consoles print is not in the script's output"


@pytest.fixture(scope="module")
def desk(home, paused):
    """A console that several tests use one after the other."""
    one = Desk(home, paused, env={"NO_COLOR": ""})
    yield one
    one.leave()


def test_help_while_something_is_typed(desk):
    desk.type("lambda: 0")
    desk.expect("lambda: 0")
    assert re.search(r"\x1b\[[\d;]*[1-9][\d;]*mlambda", desk.terminal.seen), "in colour"
    desk.type(f"{CTRL_C}rea")
    desk.expect("readings")
    desk.type(f"{CTRL_C}rail.")
    desk.expect("ramp")
    desk.type("ramp(")
    desk.expect(r"(?s)(?=.*ramp\(volts: float, seconds: float = 1\.0\))(?=.*volts= +seconds=)")
    desk.type(F1)
    desk.expect("Go there, and slowly.")
    desk.type(F1 + CTRL_C)
    desk.run("Rail.touched", "^0$")  # no property was run for any of that
    desk.type("def times(x):\rreturn x * 6\r\r")
    desk.expect(">>>")
    desk.run("times(7)", "^42$")
    desk.run("def pasted(x):\n    if x:\n        return 1\n\n    return 2\n\npasted(0)", "^2$")
    desk.run("await asyncio.sleep(0, 'sl' + 'ept')", "^'slept'$")


def test_history_is_kept_over_sessions_for_each_box(home, paused, desk):
    desk.type("'the la' + 'st'\r")
    desk.expect("^'the last'$")
    desk.expect(">>>")
    again = Desk(home, paused)
    again.type(f"{UP}\r")
    again.expect("^'the last'$")
    again.leave()
    box = json.loads((home.folder / "state" / "box.json").read_text())
    elsewhere = Desk(home, paused, "--box", f"127.0.0.1:{box['runner']}")  # another box, as far as its name goes
    elsewhere.type(f"{UP}'no' + 'ne'\r")
    elsewhere.expect("^'none'$")
    elsewhere.leave()


def test_what_is_large_and_what_takes_long(home, desk):
    desk.run("list(range(20_000))", r"^\[list of 20000 items; this is its beginning, `:full` shows all of it\]$")
    desk.run(":full", r"19998, 19999\]$")
    desk.run("print('x' * 100_000)", "`:full FILE`")
    desk.run(":full all.txt", "^100001 bytes written to all.txt$")
    assert (home.folder / "all.txt").read_text() == "x" * 100_000 + "\n"
    desk.run(":deadline 0.2", "^a statement of this console is stopped after 0.2 s$")
    desk.run("time.sleep(60)", r"^\[stopped: statements here may take 0.2 s")
    desk.run(":deadline 60", "after 60 s$")


COMMANDS = {
    ":help": r"(?s):where .*:up .*:down .*:frame .*:threads .*:locals .*:source .*:shared .*:full .*:deadline .*"
    r":help .*:save .*%run .*:continue .*:abort ",
    ":where": r"2  bench\.py:\d+ in <module>: .*\n +1  .* in sequence: .*\n>   0  .* in check: lager\.pause",
    ":up": r"sequence",
    "step": r"^'the third'$",
    ":down": r"check",
    ":frame 2": r"<module>",
    "result": r"^NameError: name 'result' is not defined",
    ":frame 0": r"check",
    ":threads": r"(?s)^> MainThread: paused, .*^  chatting: .*over\.wait\(0\.01\)",
    ":locals": r"(?s)^rail = <.*Rail.*^readings = {'adc1': 3.3}$",
    ":source": r"lager\.pause\(\"final\"",
    ":shared": r"^psu: PowerSupply$",
}


def test_commands(desk):
    for command, shown in COMMANDS.items():
        desk.run(command, shown)


STOPPED = ["while True:\n    pass", "time.sleep(60)", "ours.recv(1)", "[n for n in range(10**12)]"]


def test_ctrl_c(desk):
    for number, statement in enumerate(STOPPED):
        desk.start(f"print('be' + 'gun', {number})\n{statement}", f"^begun {number}\n")
        desk.stop()
    desk.run("'still ' + 'here'", "^'still here'$")


STUCK = """\
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGURG])
print('be' + 'gun')
ctypes.CDLL(None).usleep(3_000_000)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGURG])
"""


def test_what_ctrl_c_cannot_stop_is_told_and_can_be_left(home, paused):
    """No signal gets through to it, as with a driver that waits for a device."""
    desk = Desk(home, paused)
    desk.start(STUCK, "^begun\n")
    desk.type(CTRL_C)
    desk.expect(r"it does not stop: the thread is in <console>:3, <module>: `ctypes\..*Ctrl-C again detaches")
    desk.type(CTRL_C)
    desk.expect("^Detached. The statement is stopped when the call it is in returns; the script stays paused.$")
    assert desk.terminal.wait() == 130
    assert home.lager("python", "--console", paused, "-c", "1 + 1").stdout == "2\n"


def test_several_consoles_and_a_follower(home, paused):
    follower = home.terminal("python", "--view", paused, env={"LAGER_USER": "carol"})
    follower.expect("^Following the consoles of ")
    alice, bob = Desk(home, paused, user="alice"), Desk(home, paused, user="bob")
    alice.run("readings['adc1'] = 0; print('the console\\'s'); psu.set_voltage(2.5)", "supply1.set_voltage")
    bob.run("readings, psu.get_voltage_setpoint()", r"^\({'adc1': 3.3}, 2.5\)$")
    alice.run("readings", "^{'adc1': 0}$")
    follower.expect(r"alice \| >>> readings\['adc1'\] = 0;")
    follower.expect(r"alice \| the console's$")
    follower.expect(r"alice \| \[done on the bench: supply1\.set_voltage\(2\.5\)\]$")
    follower.expect(r"bob \| >>> readings, psu\.get_voltage_setpoint\(\)$")
    follower.expect(r"bob \| \({'adc1': 3.3}, 2.5\)$")
    follower.type("readings.clear()\r")
    alice.leave()
    bob.leave()
    follower.type(CTRL_C)
    assert follower.wait() == 0
    for screen in (alice.text, bob.text, follower.text):
        assert "the script" not in screen
    assert "console's" not in bob.text
    told_in_the_transcript(home, paused)


def told_in_the_transcript(home, run):
    """Whose statements they were, what they wrote, gave, and did on the bench, in the order in which it was."""
    lines = home.lager("runs", "transcript", run, "--json").stdout.splitlines()
    entries = [one for one in map(json.loads, lines) if one["user"] in ("alice", "bob", "carol")]
    entries = entries[[one["user"] for one in entries].index("carol") :]
    assert [one["time"] for one in entries] == sorted(one["time"] for one in entries)
    assert [one["kind"] for one in entries if one["user"] == "carol"] == ["joined", "left"]
    done = [(one["user"], one["kind"], one.get("text", "")) for one in entries if one["kind"] not in ("joined", "left")]
    assert done == [
        ("alice", "statement", "readings['adc1'] = 0; print('the console\\'s'); psu.set_voltage(2.5)"),
        ("alice", "output", "the console's\n"),
        ("alice", "wrote", "supply1.set_voltage(2.5)"),
        ("alice", "result", ""),
        ("bob", "statement", "readings, psu.get_voltage_setpoint()"),
        ("bob", "output", "({'adc1': 3.3}, 2.5)\n"),
        ("bob", "result", ""),
        ("alice", "statement", "readings"),
        ("alice", "output", "{'adc1': 0}\n"),
        ("alice", "result", ""),
    ]
    words = home.lager("runs", "transcript", run).stdout
    wrote = r"^\d\d:\d\d:\d\d  alice  \[done on the bench: supply1\.set_voltage\(2\.5\)\]$"
    assert re.search(wrote, words, re.MULTILINE)


def test_the_pause_is_ended_from_its_console(home):
    script = "import lager\nfor n in (1, 2):\n    lager.pause(timeout=0, interactive=True)\n    print('on', n)\n"
    first = home.terminal("python", home.script(script, "twice.py"))
    run = first.expect(BANNER)[1]
    desk = Desk(home, run)
    desk.start(":continue", "^The script was resumed; the console is closed.$")
    assert desk.terminal.wait() == 0
    first.expect(BANNER)  # before or after "on 1": that is another stream
    desk = Desk(home, run)
    desk.start(":abort", "^The script was aborted; the console is closed.$")
    assert desk.terminal.wait() == 0
    assert first.wait() == 130


def test_nonsense_and_too_much_end_nothing_and_who_does_not_read_holds_up_nobody(home, paused):
    follower = home.start("python", "--view", paused, "--json")
    assert follower.stderr.readline().startswith("Following")
    follower.send_signal(signal.SIGSTOP)
    with connection(home, paused) as websocket:
        websocket.send(wire.to_msgpack(wire.Join("nonsense")))
        websocket.send(b"\xc1nonsense")
        websocket.send("text")
        tell = [wire.Evaluate(1, "#" * 1_100_000), wire.Evaluate(2, "time.sleep(60)")]
        tell += [wire.Evaluate(statement, f"print({statement} * 'x' * 900)") for statement in range(3, 101)]
        for message in (*tell, wire.Interrupt(2)):
            websocket.send(wire.to_msgpack(message))
        came = [wire.from_msgpack(websocket.recv(20), wire.FromConsole)]
        while sum(isinstance(one, wire.ConsoleResult) for one in came) < 100:
            came.append(wire.from_msgpack(websocket.recv(20), wire.FromConsole))
        websocket.send(wire.to_msgpack(wire.Leave()))
    said = "".join(one.text for one in came if isinstance(one, wire.ConsoleOutput) and one.stream == 2)
    assert said.count("not a message") == 2
    assert "1048576 characters at most; this one has 1100000" in said
    assert said.count("Too many statements wait") == 35, "64 are as many as may wait"
    assert sum(one.ok for one in came if isinstance(one, wire.ConsoleResult)) == 63
    with connection(home, paused) as websocket:
        websocket.send(wire.to_msgpack(wire.Join("reader", view=True)))
        websocket.send(wire.to_msgpack(wire.Evaluate(1, "over.set()")))
        while not isinstance(last := wire.from_msgpack(websocket.recv(20), wire.FromConsole), wire.ConsoleResult):
            text = getattr(last, "text", "")
        assert (text, last.ok) == ("A follower cannot evaluate anything.\n", False)
    follower.send_signal(signal.SIGCONT)
    entries = [json.loads(follower.stdout.readline())]
    while sum(one["kind"] == "result" for one in entries) < 64:
        entries.append(json.loads(follower.stdout.readline()))
    assert sum(one["kind"] == "statement" for one in entries) == 64, "and it has missed nothing"
    interrupt(follower)
    follower.communicate(timeout=30)
    assert follower.returncode == 0


def connection(home, run):
    box = json.loads((home.folder / "state" / "box.json").read_text())
    token = (home.folder / "state" / "token").read_text().strip()
    url = f"ws://127.0.0.1:{box['runner']}/runs/{run}/console"
    return connect(url, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None, max_size=None)

"""The console against a scripted box: plain, with -c, and ptpython on a terminal."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from consoles import READY
from scripted import playing

from lager import wire

LAGER = str(Path(sys.executable).with_name("lager"))


def answers(on, table, asked):
    """Answer statements from a table until the console leaves."""
    numbers = itertools.count(1)
    join = on.join(READY)
    while not isinstance(message := on.hear(wire.ToConsole), wire.Leave):
        if isinstance(message, wire.Ping):
            on.say(wire.Pong(message.number))
        elif isinstance(message, wire.Complete):
            on.say(wire.Completions(message.request, ["readings", "readable"], 4))
        elif isinstance(message, wire.Evaluate):
            asked.append(message.source)
            reply = table[message.source]
            for stream, words in reply.items():
                on.say(wire.ConsoleOutput(message.statement, stream, words, join.console, next(numbers)))
            on.say(wire.ConsoleResult(message.statement, 2 not in reply, join.console, next(numbers)))


def lager(port, *words, given=""):
    command = [LAGER, "python", "--console", "r", "--box", f"127.0.0.1:{port}", *words]
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize(
    ("source", "reply", "status", "out", "err"),
    [
        ("1 + 1", {1: "2\n"}, 0, "2\n", ""),
        ("1/0", {2: "ZeroDivisionError\n"}, 1, "", "ZeroDivisionError\n"),
        ("x = 1", {}, 0, "", ""),
    ],
)
def test_one_statement(folder, source, reply, status, out, err):
    with playing(lambda on: answers(on, {source: reply}, [])) as port:
        done = lager(port, "-c", source)
    assert (done.returncode, done.stdout, done.stderr) == (status, out, err)


def test_lines_from_a_pipe(folder):
    asked = []
    table = {"x": {1: "1\n"}, "for a in x:\n    a\n": {1: "7\n"}, "no": {2: "NameError\n"}, "if x:\n  y": {}}
    with playing(lambda on: answers(on, table, asked)) as port:
        done = lager(port, given="x\n\nfor a in x:\n    a\n\nno\nif x:\n  y")
    assert asked == list(table)
    assert done.stdout == (
        "Connected to interactive console (Ctrl+D to disconnect)\n"
        ">>> 1\n>>> >>> ... ... 7\n>>> >>> ... ... >>> \nDisconnected from console\n"
    )
    assert (done.returncode, done.stderr) == (0, "NameError\n")


def test_a_console_that_is_refused(folder):
    closed = wire.ConsoleClosed("error", wire.ErrorBody("no-console", "the pause of r offers no console", "use it"))
    with playing(lambda on: on.say(closed)) as port:
        done = lager(port)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: the pause of r offers no console.\nTry: use it.\n"


def test_the_script_goes_on_during_a_statement(folder):
    def scene(on):
        on.join(READY)
        on.until(wire.Evaluate)
        on.say(wire.ConsoleClosed("resumed"))

    with playing(scene) as port:
        done = lager(port, "-c", "x")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "The script was resumed; the console is closed.\n"


def test_ptpython_on_a_terminal(terminal):
    asked = []
    table = {"6*7": {1: "forty-two\n"}, "readings": {1: "{'adc1': 1}\n"}}
    with playing(lambda on: answers(on, table, asked)) as port:
        one = terminal(port)
        one.expect(r"^Connected to interactive console \(Ctrl\+D to disconnect\)$")
        one.expect(">>>")
        one.type("6*7\r")
        one.expect("forty-two")
        one.expect(">>>")
        one.type("garbage\x03")
        one.type("readings\r")
        one.expect(r"\{'adc1': 1\}")
        one.expect(">>>")
        one.type("\x04")
        one.expect("Disconnected from console")
        assert one.wait() == 0
    assert asked == list(table)


def test_ctrl_c_stops_a_statement(terminal):
    def scene(on):
        on.join(READY)
        first = on.until(wire.Evaluate)
        on.say(wire.ConsoleOutput(first.statement, 1, "running\n"))
        stop = on.until(wire.Interrupt)
        assert stop.statement == first.statement
        on.say(wire.ConsoleOutput(first.statement, 2, "KeyboardInterrupt\n"))
        on.say(wire.ConsoleResult(first.statement, False))
        on.until(wire.Leave)

    with playing(scene) as port:
        one = terminal(port)
        one.expect(">>>")
        one.type("loop()\r")
        one.expect("running")
        one.type("\x03")
        one.expect("KeyboardInterrupt")
        one.expect(">>>")
        one.type("\x04")
        assert one.wait() == 0


def test_the_prompt_ends_with_the_pause(terminal):
    import threading

    go = threading.Event()

    def scene(on):
        on.join(READY)
        assert go.wait(20)
        on.say(wire.ConsoleClosed("resumed"))

    with playing(scene) as port:
        one = terminal(port)
        one.expect(">>>")
        go.set()
        one.expect("The script was resumed; the console is closed.")
        one.expect("Disconnected from console")
        assert one.wait() == 0

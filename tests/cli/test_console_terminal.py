"""The console on a terminal, against scripted boxes: what a key does, whatever the link does."""

import signal
import sys
import termios
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from consoles import PAUSE, READY, Talk
from msgspec.structs import replace
from scripted import playing

from lager import wire

COMMANDS = [(":where", "show the stack"), (":frame [N]", "look at that frame")]


def serve(asked, answers=None):
    """Give a scene that answers everything: a statement with `done N`, a completion and an explanation always alike."""

    def scene(on):
        talk = Talk(on, replace(READY, commands=COMMANDS, pause=replace(PAUSE, label="power", line=7)))
        while not isinstance(message := on.hear(wire.ToConsole), wire.Leave):
            match message:
                case wire.Ping(number):
                    on.say(wire.Pong(number))
                case wire.Complete(request):
                    on.say(wire.Completions(request, ["set_voltage", "settle"], 3))
                case wire.Explain(request, source):
                    signature = "set_voltage(volts: float, ramp: float = 1.0) -> None"
                    on.say(wire.Explained(request, signature, source.count(","), "Set the voltage.\n\nIn volts."))
                case wire.Evaluate(statement, source):
                    asked.append(source)
                    talk.write(statement, (answers or {}).get(source, f"done {statement}\n"))
                    talk.done(statement)

    return scene


def test_it_says_where_the_script_is_paused(terminal):
    with playing(serve([])) as port:
        one = terminal(port)
        one.expect(r"paused at t\.py:7 'power' .*F1 docs  F3 history  :help")
        one.type("\x04")
        assert one.wait() == 0


def test_a_command_is_sent_and_completed(terminal):
    asked = []
    with playing(serve(asked)) as port:
        one = terminal(port)
        one.expect(">>>")
        one.type(":w")
        one.expect(":where")
        one.type("\t\r")
        one.expect("done 1")
        one.type(":help\r")
        one.expect(r":where +show the stack\n")
        one.expect(r":continue +let the script go on")
        one.type(":\r")  # ends with a colon, and is no block
        one.expect("done 2")
        one.type("\x04")
        assert one.wait() == 0
    assert asked == [":where", ":"]


def test_names_and_signatures_are_the_scripts(terminal):
    with playing(serve([])) as port:
        one = terminal(port)
        one.expect(">>>")
        one.type("set")
        one.expect("set_voltage")
        one.expect("settle")
        one.type("_voltage(1, ")
        one.expect(r"set_voltage\(volts: float, ramp: float = 1\.0\)")
        one.type("\x1bOP")  # F1
        one.expect("-> None")
        one.expect("Set the voltage.")
        one.expect("In volts.")
        one.type("\x03\x04")
        assert one.wait() == 0


def test_what_was_typed_is_remembered_for_each_box(terminal, folder):
    with playing(serve([]), serve([])) as port:
        for keys, expected in (("readings\r", "done 1"), ("\x1b[A", "readings")):
            one = terminal(port)
            one.expect(">>>")
            one.type(keys)
            one.expect(expected)
            one.type("\x03\x04")
            assert one.wait() == 0
    kept = list((folder / "state" / "console-history").iterdir())
    assert [path.name for path in kept] == [f"127.0.0.1%3A{port}"]
    assert kept[0].stat().st_mode & 0o777 == 0o600


def test_a_pasted_block_is_one_statement(terminal):
    asked = []
    block = "def f(x):\n    if x:\n        return 1\n\n    return 2\n"
    with playing(serve(asked)) as port:
        one = terminal(port)
        one.expect(">>>")
        one.type(f"\x1b[200~{block}\x1b[201~\r")
        one.expect("done 1")
        one.type("\x04")
        assert one.wait() == 0
    assert asked == [block.rstrip()]


def test_an_error_is_refused_once(terminal):
    asked = []
    with playing(serve(asked)) as port:
        one = terminal(port)
        one.expect(">>>")
        one.type("1 +* 2\r")
        one.expect("Syntax error: .*Enter again sends it as it is.")
        one.type("\x03continue\r")
        one.expect("Did you mean `:continue`[?] Enter again sends it as it is.")
        one.type("\x031 +* 2\r")
        one.expect("Syntax error: .*Enter again sends it as it is.")
        assert asked == []
        one.type("\r")
        one.expect("done 1")
        one.type("await x\r")
        one.expect("done 2")
        one.type("\x04")
        assert one.wait() == 0
    assert asked == ["1 +* 2", "await x"]


def test_a_line_without_an_end_does_not_swallow_the_prompt(terminal):
    with playing(serve([], {"x": "no end"})) as port:
        one = terminal(port)
        one.expect(">>>")
        one.type("x\r")
        one.expect(r"^no end\n")
        one.expect(">>>")
        one.type("\x04")
        assert one.wait() == 0


def test_the_terminal_stays_quiet_while_a_statement_runs(terminal):
    """What a shell set after Ctrl-Z and `fg` is undone; and Ctrl-\\ does not leave the statement behind."""
    begun, released = threading.Event(), threading.Event()

    def scene(on):
        talk = Talk(on)
        on.until(wire.Evaluate)
        begun.set()
        assert released.wait(20)
        talk.write(1, "done 1\n")
        talk.done(1)
        on.until(wire.Leave)

    with playing(scene) as port:
        one = terminal(port)
        one.expect(">>>")
        one.type("x\r")
        assert begun.wait(20)
        before = one.settings
        one.settings = [before[0] | termios.ICRNL, *before[1:3], before[3] | termios.ECHO | termios.ICANON, *before[4:]]
        # Again, as Python may sleep on one that comes in the moment in which it begins to wait.
        one.until(lambda: one.process.send_signal(signal.SIGCONT) or one.settings[3] == before[3])
        one.type("\x1c")
        released.set()
        one.expect("done 1")
        one.expect(">>>")
        one.type("\x1b[17~")  # F6
        one.expect("Paste mode")
        one.type("\x1b[17~\x04")
        assert one.wait() == 0


def test_typing_does_not_wait_for_answers_that_do_not_come(terminal):
    """The box answers no completion and no explanation; each statement is sent as soon as it is entered."""

    def scene(on):
        talk = Talk(on)
        for number in range(1, 6):
            assert on.until(wire.Evaluate).statement == number
            talk.done(number)
        on.until(wire.Leave)

    with playing(scene) as port:
        one = terminal(port)
        one.expect(">>>")
        began = time.monotonic()
        for _ in range(5):
            one.type("set_voltage(1\x7f1)\r")
            one.expect(">>>")
        one.type("\x04")
        assert one.wait() == 0
        assert time.monotonic() - began < 3.0  # s; that long one answer would be waited for


def test_a_lost_connection_is_shown_and_typing_goes_on(terminal):
    away = threading.Event()

    def breaks(on):
        Talk(on)
        assert away.wait(20)
        on.break_off()

    def refuses(on):
        assert typed.wait(20)
        on.break_off()

    typed, asked = threading.Event(), []
    with playing(breaks, refuses, serve(asked)) as port:
        one = terminal(port)
        one.expect(">>>")
        away.set()
        one.expect("The connection to the box is lost; trying again. What you enter waits for it.")
        one.type("volts")
        one.expect("volts")
        one.type("\r")
        one.expect("the connection to the box is lost; trying again, and nothing is done twice")
        typed.set()
        one.expect("connected again")
        one.expect("done 1")
        one.type("\x04")
        assert one.wait() == 0
    assert asked == ["volts"]


def test_ctrl_c_again_leaves_what_is_stuck(terminal):
    def scene(on):
        talk = Talk(on)
        on.until(wire.Evaluate)
        talk.write(1, "in it\n")
        on.until(wire.Interrupt)
        on.say(wire.NotAnswering(2.0))
        assert on.until(wire.Leave)

    with playing(scene) as port:
        one = terminal(port)
        one.expect(">>>")
        one.type("hang()\r")
        one.expect("in it")
        one.type("\x03")
        one.expect("has not answered for 2 s: a call in it holds the interpreter; Ctrl-C again detaches")
        one.type("\x03")
        one.expect("Detached. The statement is stopped when the call it is in returns; the script stays paused.")
        one.expect("Disconnected from console")
        assert one.wait() == 130

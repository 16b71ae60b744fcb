"""Consoles whose connection breaks, on real scripts: what is joined again goes on, and nothing is evaluated twice."""

import contextlib
import random
import signal

import pytest
from websockets.exceptions import ConnectionClosed

from lager import wire
from lager_debugbridge import inquiry
from lager_debugbridge.consoles import Patience

SCRIPT = "from lager.breakpoint import pause\nn = 1\npause(timeout=0, interactive=True)\nprint(n)\n"


def ready(console):
    message = console.next()
    assert isinstance(message, wire.ConsoleReady), message
    return message


def notes(box, kind):
    """Wait for an entry of the transcript."""
    while (entry := box.notes.get(timeout=20)[1]).kind != kind:
        continue
    return entry


def test_a_console_goes_on_with_its_snapshot_after_its_connection_broke(box, script):
    script(SCRIPT)
    box.paused()
    with box.connection() as console:
        console.join("mine")
        assert ready(console).statement == 0
        assert console.run("n += 1; n") == "2\n"
        seen = console.seen
    with box.connection() as console:
        console.join("mine", seen=seen, again=True)
        assert ready(console).statement == 1
        console.count = 1
        assert console.run("n += 1; n") == "3\n"


def test_a_statement_that_is_sent_again_is_not_evaluated_again(box, script):
    script(SCRIPT)
    box.paused()
    with box.connection() as console:
        console.join("mine")
        ready(console)
        console.run("n = 10")
        for _ in range(3):
            console.send(wire.Evaluate(2, "n += 1; n"))
        assert console.result(2) == "11\n"
    for seen in (0, 1):
        with box.connection() as console:
            console.join("mine", seen=seen, again=True)
            assert ready(console).statement == 2
            console.send(wire.Evaluate(2, "n += 1; n"))
            if seen == 0:
                assert console.result(1) == ""
            assert console.result(2) == "11\n"  # replayed
            console.send(wire.Evaluate(2, "n += 1; n"))
            console.send(wire.Ping(7))
            assert console.next() == wire.Pong(7)  # and nothing before it
    with box.connection() as console:
        console.join("mine", seen=3, again=True)
        ready(console)
        console.count = 2
        assert console.run("n") == "11\n"


def test_what_was_printed_meanwhile_is_not_lost_and_a_running_statement_runs_on(box, script, folder):
    script(SCRIPT)
    box.paused()
    gate = folder / "gate"
    with box.connection() as console:
        console.join("mine")
        ready(console)
        console.start(
            f"import os, time\nos.mkfifo({str(gate)!r})\nprint('before', flush=True)\nopen({str(gate)!r}).read()\n"
        )
        assert console.next().text == "before"
    assert notes(box, "broken").console == "mine"
    gate.write_text("go")  # opens when the statement reads
    with box.connection() as console:
        console.join("mine", seen=1, again=True)
        assert ready(console).statement == 1
        assert console.result(1).endswith("\n'go'\n")


def test_a_second_connection_of_a_console_ends_the_first(box, script):
    script(SCRIPT)
    box.paused()
    with box.connection() as first, box.connection() as second:
        first.join("mine")
        ready(first)
        first.run("n = 5")
        second.join("mine", seen=first.seen, again=True)
        assert ready(second).statement == 1
        with pytest.raises(ConnectionClosed):
            first.next()
        second.count = 1
        assert second.run("n") == "5\n"


def test_to_leave_stops_what_runs_and_forgets_the_console(box, script):
    script(SCRIPT)
    box.paused()
    with box.connection() as console:
        console.join("mine")
        ready(console)
        console.start("print('begun')\nwhile True: pass\n")
        console.next()
        console.send(wire.Leave())
        with pytest.raises(ConnectionClosed):
            console.closed()
    with box.connection() as console:
        console.join("mine", seen=1, again=True)
        error = console.closed().error
        assert (error.code, error.what.split(":")[0]) == ("no-console", "the console is no more")
    with box.console() as console:  # the paused thread is free again
        ready(console)
        assert console.run("n") == "1\n"


def test_a_console_that_does_not_come_back_is_given_up(make_box, folder, script):
    box = make_box(folder / "s", patience=Patience(grace=0.3))
    script(SCRIPT)
    box.paused()
    with box.connection() as console:
        console.join("mine")
        ready(console)
        console.start("print('begun')\nwhile True: pass\n")
        console.next()
    assert notes(box, "left").console == "mine"
    with box.console() as console:  # what it was running was stopped
        ready(console)
        assert console.run("n") == "1\n"
    with box.connection() as console:
        console.join("mine", seen=1)
        assert console.closed().error.code == "no-console"


def test_a_console_hears_at_its_return_that_the_pause_is_over(box, script):
    run = script(SCRIPT)
    box.paused()
    with box.connection() as console:
        console.join("mine")
        ready(console)
        console.run("n")
        seen = console.seen
    box.resume()
    assert run.end()[0] == 0
    with box.connection() as console:
        console.join("mine", seen=seen, again=True)
        ready(console)
        assert console.closed().reason == "resumed"


def test_who_does_not_join_is_not_served(make_box, folder, script):
    box = make_box(folder / "s", patience=Patience(join=0.3))
    script(SCRIPT)
    box.paused()
    with box.connection() as console:
        console.send(wire.Evaluate(1, "n"))
        assert console.closed().error.code == "usage"
    with box.connection() as console, contextlib.suppress(ConnectionClosed):
        console.next()
        raise AssertionError("somebody who says nothing was answered")
    with box.connection() as console:
        console.ws.send(b"\xc1")
        assert console.closed().error.code == "usage"


def test_a_client_is_asked_whether_it_is_there_and_dropped_when_it_is_not(make_box, folder, script):
    box = make_box(folder / "s", patience=Patience(ask=0.1, silent=0.4))
    script(SCRIPT)
    box.paused()
    with box.connection() as console:
        console.join("mine")
        ready(console)
        for _ in range(6):  # as long as it answers, it stays
            ask = console.take()
            assert isinstance(ask, wire.Ping)
            console.send(wire.Pong(ask.number))
        while True:
            try:
                assert isinstance(console.take(), wire.Ping)
            except ConnectionClosed:
                break
    assert notes(box, "broken").console == "mine"
    with box.console("run", console="mine", again=True) as console:
        assert ready(console).statement == 0


HOLD = """
import ctypes
held = ctypes.PyDLL(None)
print('held')
print(held.usleep(1_300_000))
"""


def test_a_script_that_holds_the_interpreter_drops_no_console(box, script, monkeypatch):
    monkeypatch.setattr(inquiry, "SILENT_SECONDS", 0.4)
    script(SCRIPT)
    box.paused()
    with box.console() as console, box.console(view=True) as follower:
        ready(console)
        ready(follower)
        number = console.start(HOLD)
        got = []
        while not got or not isinstance(got[-1], wire.ConsoleResult):
            got.append(console.next())
        assert (got[-1].statement, got[-1].ok) == (number, True)
        told = [message.seconds for message in got if isinstance(message, wire.NotAnswering)]
        assert 0.4 <= told[0] < 1.3
        while not isinstance(message := follower.next(), wire.NotAnswering) or message.seconds:
            continue  # until it is told that the script answers again
        console.send(wire.Evaluate(number + 1, "n"))
        while not isinstance(message := console.next(), wire.ConsoleOutput):
            assert message == wire.NotAnswering(0.0, console.name)
        assert message.text == "1\n"


def test_a_script_that_is_stopped_is_told_of(box, script, monkeypatch):
    monkeypatch.setattr(inquiry, "SILENT_SECONDS", 0.4)
    run = script(SCRIPT)
    box.paused()
    with box.console() as console:
        ready(console)
        console.run("n")
        run.process.send_signal(signal.SIGSTOP)
        number = console.start("n")
        assert console.next().seconds >= 0.4
        run.process.send_signal(signal.SIGCONT)
        came = [console.next() for _ in range(3)]  # in the order that the script's threads took
        assert wire.NotAnswering(0.0, console.name) in came
        (output,) = [one for one in came if isinstance(one, wire.ConsoleOutput)]
        assert (output.statement, output.text) == (number, "1\n")


def test_a_source_that_is_too_long_ends_nothing(box, script):
    script(SCRIPT)
    box.paused()
    with box.console() as console:
        ready(console)
        assert console.run("#" * (1024 * 1024 + 1)).startswith("A statement may have 1048576 characters at most")
        assert console.run("#" * (1024 * 1024 - 3) + "\nn") == "1\n"


def test_there_are_not_more_consoles_than_a_pause_can_have(box, script):
    script(SCRIPT)
    box.paused()
    with contextlib.ExitStack() as stack:
        for _ in range(64):
            ready(stack.enter_context(box.console(view=True)))
        late = stack.enter_context(box.console())
        assert late.closed().error.code == "no-console"


def test_every_statement_arrives_once_however_often_the_connection_breaks(box, script):
    script(SCRIPT)
    box.paused()
    chance, seen, shown, count = random.Random(6), 0, [], 60
    statement, again = 1, False
    while statement <= count:
        with box.connection() as console:
            console.join("mine", seen=seen, again=again)
            opened, again = ready(console), True
            while statement <= count:
                if opened.statement < statement:
                    console.send(wire.Evaluate(statement, "n += 1; n"))
                if chance.random() < 0.3:
                    break  # perhaps before the box has read it, perhaps after; perhaps before it is done
                while not isinstance(message := console.next(), wire.ConsoleResult):
                    shown.append(message.text)
                statement, seen = message.statement + 1, console.seen
                if chance.random() < 0.3:
                    break
            else:
                break
            seen = max(seen, console.seen)
    assert "".join(shown) == "".join(f"{n}\n" for n in range(2, count + 2))


def test_a_console_outlives_its_box(make_box, folder, script):
    first = make_box(folder / "s")
    running = script(SCRIPT)
    first.paused()
    gate = folder / "gate"
    with first.connection() as console:
        console.join("mine", by="alice")
        ready(console)
        console.run(f"import os; n += 41; os.mkfifo({str(gate)!r})")
        seen = console.seen
        console.start(f"print('begun'); open({str(gate)!r}).read()")
        assert console.next().text == "begun"
    first.close()  # for the script the same as its death
    second = make_box(folder / "s")
    with second.connection() as console, second.connection() as follower:
        follower.join("other", seen=9, view=True, again=True)  # perhaps before the script has come back
        assert ready(follower).statement == 0
        console.join("mine", by="alice", seen=seen, again=True)
        assert ready(console).statement == 2
        console.send(wire.Evaluate(2, "n += 1"))  # as a client does that does not know whether it has arrived
        gate.write_text("go")
        assert console.result(2).endswith("'go'\n")
        console.count, seen = 2, console.seen
        assert console.run("n") == "42\n"
        while not isinstance(heard := follower.next(), wire.ConsoleResult):
            assert heard.number > 9
    second.close()  # before its client has got that
    third = make_box(folder / "s")
    with third.connection() as console:
        console.join("mine", seen=seen, again=True)  # perhaps before the script has come back
        assert ready(console).statement == 3
        assert console.result(3) == ""  # its text is gone with the box, but it is done
        console.count = 3
        assert console.run("n") == "42\n"
        third.resume()
        assert console.closed().reason == "resumed"
    assert running.end()[:2] == (0, "1\n")


def test_what_ends_while_no_box_is_there_is_kept(make_box, folder, script):
    first, gate = make_box(folder / "s"), folder / "gate"
    script(SCRIPT)
    first.paused()
    with first.connection() as console:
        console.join("mine")
        ready(console)
        console.run(f"import os\nos.mkfifo({str(gate)!r})")
        console.start(f"print('begun')\nprint(open({str(gate)!r}).read(), 'ended')")
        assert console.next().text == "begun"
    first.close()
    gate.write_text("it has")
    second = make_box(folder / "s", patience=Patience(grace=0.3))
    second.paused()
    with second.connection() as console:
        console.join("mine", seen=2, again=True)
        assert ready(console).statement == 2
        assert console.result(2).endswith("it has ended\n")
    assert notes(second, "left").console == "mine"  # nobody has come back: it is given up
    with second.console("run") as console:
        ready(console)
        assert console.run("n") == "1\n"

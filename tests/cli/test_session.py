"""A console over connections that break, against scripted boxes."""

import contextlib
import itertools
import os
import signal
import socket
import struct
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from consoles import READY, Talk
from msgspec.structs import replace
from scripted import playing

from lager import errors, wire
from lager.client import Service
from lager_cli.console import notices
from lager_cli.console.session import SOURCE_LIMIT, Detached, Over, Session


def sit(port):
    return Session(lambda: Service("", "127.0.0.1", port, "t").connect("/runs/r/console"), "ada")


def talk_to(port, source="x"):
    """Evaluate one statement; give how it ended and what was shown."""
    shown = []
    with sit(port) as session:
        ok = session.evaluate(source, lambda one: shown.append(one.text))
    return ok, "".join(shown)


def test_a_statement_and_its_end():
    left = []

    def scene(on):
        talk = Talk(on)
        statement = on.until(wire.Evaluate).statement
        talk.write(statement, "4")
        talk.write(statement, "2\n")
        talk.done(statement)
        left.append(on.until(wire.Leave))

    with playing(scene) as port:
        assert talk_to(port) == (True, "42\n")
    assert left == [wire.Leave()]


def test_what_a_thread_of_a_statement_writes_later_is_shown_with_the_next_one():
    def scene(on):
        talk = Talk(on)
        talk.done(on.until(wire.Evaluate).statement)
        talk.write(1, "late\n")
        talk.wrote(1, "supply1.enable()")
        talk.done(on.until(wire.Evaluate).statement)

    shown = []
    with playing(scene) as port, sit(port) as session:
        assert session.evaluate("x", lambda one: shown.append(one.text))
        assert shown == []
        assert session.evaluate("y", lambda one: shown.append(one.text))
        assert (shown, session.wrote) == (["late\n"], ["supply1.enable()"])


def test_what_is_no_text_is_not_sent():
    """The sender of the session cannot encode it; and its death would leave the user waiting for ever."""

    def scene(on):
        talk = Talk(on)
        asked = on.until(wire.Complete | wire.Evaluate)
        assert (asked.source, asked.request) == ("'?", 1)
        on.say(wire.Completions(1, ["it"], 0, talk.join.console))

    told = []
    came = threading.Event()
    with playing(scene) as port, sit(port) as session:
        assert not session.evaluate("1; '\udcff'", lambda one: told.append(one.text))
        session.ask(wire.Complete, "'\udcff", 2, lambda _: came.set())
        assert came.wait(20)
    assert told == ["A statement must be text; character 5 of this one is none ('\\udcff').\n"]


def test_the_result_of_an_earlier_statement_ends_no_other():
    """A box that took the console over from one before it says the last result again."""

    def scene(on):
        talk = Talk(on)
        for statement in (1, 2):
            assert on.until(wire.Evaluate).statement == statement
            talk.done(1, ok=statement == 1)
        talk.write(2, "42")
        talk.done(2)

    shown = []
    with playing(scene) as port, sit(port) as session:
        assert [session.evaluate("x", lambda one: shown.append(one.text)) for _ in range(2)] == [True, True]
    assert shown == ["42"]


def test_it_goes_on_after_a_broken_connection_and_nothing_is_shown_twice():
    joins = []

    def breaks(on):
        talk = Talk(on)
        joins.append(talk.join)
        statement = on.until(wire.Evaluate).statement
        talk.write(statement, "one ")
        talk.write(statement, "two ")
        on.until(wire.Ping)
        on.break_off()

    def goes_on(on):
        talk = Talk(on, replace(READY, statement=1))
        joins.append(talk.join)
        talk.write(1, "three")
        talk.done(1)
        asked = [one for one in on.rest(wire.ToConsole) if isinstance(one, wire.Evaluate)]
        assert asked == []

    with playing(breaks, goes_on) as port:
        assert talk_to(port) == (True, "one two three")
    first, second = joins
    assert second == wire.Join(first.console, "ada", 2, False, True)


def test_what_the_box_says_again_is_shown_once():
    def scene(on):
        join = on.join(READY)
        on.until(wire.Evaluate)
        for number in (1, 2, 1, 2, 3):
            on.say(wire.ConsoleOutput(1, 1, f"{number} ", join.console, number))
        on.say(wire.ConsoleResult(1, True, join.console, 4))
        on.until(wire.Leave)

    with playing(scene) as port:
        assert talk_to(port) == (True, "1 2 3 ")


def test_a_statement_that_got_lost_is_sent_again_once():
    def loses(on):
        on.join(READY)
        on.until(wire.Evaluate)
        on.break_off()

    def takes(on):
        talk = Talk(on)
        again = on.until(wire.Evaluate)
        assert (again.statement, again.source) == (1, "x")
        talk.done(1)
        assert [one for one in on.rest(wire.ToConsole) if isinstance(one, wire.Evaluate)] == []

    with playing(loses, takes) as port:
        assert talk_to(port) == (True, "")


def test_a_statement_that_was_entered_while_there_is_no_connection():
    there = threading.Event()

    def breaks(on):
        on.join(READY)
        on.break_off()

    def refuses(on):
        assert there.wait(20)
        on.break_off()

    def takes(on):
        talk = Talk(on)
        talk.done(on.until(wire.Evaluate).statement)
        on.until(wire.Leave)

    with playing(breaks, refuses, takes) as port:
        lost = threading.Event()
        with sit(port) as session:
            session.on_change = lost.set
            if not session.trouble:
                assert lost.wait(20)
            assert session.trouble.startswith("The connection to the box is lost; trying again.")
            assert len(session.trouble) <= 78  # one line of a terminal, with a blank on either side
            there.set()
            assert session.evaluate("x", print) is True
            assert session.trouble == ""


def test_a_console_that_the_box_has_forgotten():
    gone = wire.ErrorBody("no-console", "the console is no more", "open a new one")

    def breaks(on):
        on.join(READY)
        on.until(wire.Evaluate)
        on.break_off()

    def forgot(on):
        assert on.hear(wire.ToConsole).again
        on.say(wire.ConsoleClosed("error", gone))

    with playing(breaks, forgot) as port, sit(port) as session:
        with pytest.raises(Over):
            session.evaluate("x", print)
        assert session.farewell == "The console is closed: the console is no more."
        assert session.failure == errors.NoConsole.exit_code


def test_a_box_that_is_away_for_too_long():
    def breaks(on):
        on.join(READY)
        on.break_off()

    def dial():
        return Service("", "127.0.0.1", port, "t").connect("/runs/r/console")

    shown = []
    with playing(breaks) as port, Session(dial, "ada", itertools.count(0.0, 50.0).__next__) as session:
        with pytest.raises(Over):
            session.evaluate("x", lambda one: shown.append(one.text))
        assert session.farewell.startswith("The connection to the box was lost for too long")
        assert session.failure == 5
    assert shown[:1] in ([notices.LOST], [])  # unless it was given up before


def test_a_box_that_refuses_from_the_start():
    refused = wire.ConsoleClosed("error", wire.ErrorBody.of(errors.NothingPaused("nothing is paused", "look")))

    def scene(on):
        on.hear(wire.ToConsole)
        on.say(refused)

    with playing(scene) as port, pytest.raises(errors.NothingPaused, match="nothing is paused"):
        sit(port)


def test_a_message_that_is_not_valid_ends_nothing():
    def scene(on):
        talk = Talk(on)
        on.until(wire.Evaluate)
        on.say({"type": "from a newer box", "x": 1}, 7)
        talk.done(1)
        on.until(wire.Leave)

    with playing(scene) as port:
        assert talk_to(port) == (True, "")


def test_it_answers_a_ping():
    def scene(on):
        talk = Talk(on)
        on.say(wire.Ping(77))
        awaited = {wire.Pong(77), wire.Evaluate(1, "x")}  # whichever comes first
        while awaited:
            awaited.discard(on.until((wire.Pong, wire.Evaluate)))
        talk.done(1)
        on.until(wire.Leave)

    with playing(scene) as port:
        assert talk_to(port) == (True, "")


def test_a_source_that_is_too_long_is_not_sent():
    with playing(lambda on: (Talk(on), on.until(wire.Leave))) as port:
        ok, shown = talk_to(port, "x" * (SOURCE_LIMIT + 1))
    assert ok is False
    assert shown == "A statement may have 1048576 characters at most; this one has 1048577.\n"


def test_ctrl_c_twice_leaves_a_statement_that_is_stuck():
    def scene(on):
        Talk(on)
        on.until(wire.Evaluate)
        on.say(wire.NotAnswering(2.0))
        on.until(wire.Interrupt)
        on.say(wire.NotAnswering(4.0))
        on.until(wire.Leave)

    def show(one):
        shown.append(one.text)
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    shown = []
    with playing(scene) as port, sit(port) as session:
        with pytest.raises(Detached):
            session.evaluate("x", show)
        assert session.farewell.startswith("Detached. The statement is stopped when")
    assert "has not answered for 2 s" in shown[0]


def test_an_interrupt_that_is_lost_with_its_connection_is_sent_again():
    def breaks(on):
        on.join(READY)
        on.until(wire.Evaluate)
        on.say(wire.ConsoleOutput(1, 1, "running", "", 1))
        on.until(wire.Interrupt)
        on.break_off()

    def stops(on):
        talk = Talk(on, replace(READY, statement=1))
        assert on.until(wire.Interrupt).statement == 1
        talk.done(1, ok=False)
        on.until(wire.Leave)

    def show(one):
        if one.text == "running":
            os.kill(os.getpid(), signal.SIGINT)

    with playing(breaks, stops) as port, sit(port) as session:
        assert session.evaluate("x", show) is False


def test_answers_come_to_whoever_asked_last():
    def scene(on):
        Talk(on)
        first, second = on.until(wire.Complete), on.until(wire.Complete)
        on.say(wire.Completions(first.request, ["old"]), wire.Completions(second.request, ["new"]))
        asked = on.until(wire.Explain)
        on.say(wire.Explained(asked.request, "f(x)", 0, "doc"))
        on.until(wire.Leave)

    came = []
    answered = threading.Event()

    def last(found):
        came.append(found.doc)
        answered.set()

    with playing(scene) as port, sit(port) as session:
        assert session.ask(wire.Complete, "o", 1, lambda found: came.append(found.names))
        session.ask(wire.Complete, "n", 1, lambda found: came.append(found.names))
        session.ask(wire.Explain, "f(", 2, last)
        assert answered.wait(20)
    assert came == [["new"], "doc"]


def test_what_a_statement_wrote_to_instruments():
    def scene(on):
        talk = Talk(on)
        on.until(wire.Evaluate)
        talk.wrote(1, "supply1.set_voltage(3.3)")
        talk.done(1, file="c-1.txt")
        on.until(wire.Leave)

    with playing(scene) as port, sit(port) as session:
        session.evaluate("x", print)
        assert (session.wrote, session.cut) == (["supply1.set_voltage(3.3)"], "c-1.txt")


# CPython's `wrap_socket` raises without closing what it has made, where the connection is reset before it looks at it.
@pytest.mark.filterwarnings(r"ignore:Exception ignored in. <ssl\.SSLSocket:pytest.PytestUnraisableExceptionWarning")
def test_whoever_breaks_off_while_a_connection_is_opened_does_not_answer():
    """As a proxy does that has lost what is behind it: the connection is reset at any moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def reset():
            with contextlib.suppress(OSError):  # the server is closed: that was all
                while True:
                    connection, _ = server.accept()
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.close()

        thread = threading.Thread(target=reset)
        thread.start()
        for _ in range(30):
            with pytest.raises(errors.ServiceUnreachable):
                sit(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)

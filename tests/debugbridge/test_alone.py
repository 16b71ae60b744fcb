"""The process of a console without a script: it ends with its console, however that ends, and with nothing else."""

import pytest

from lager import wire
from lager_debugbridge.consoles import Patience

HOST = """
import sys
from lager_debugbridge import alone
sys.argv[1:] = ["mine"]
alone.ENDING_SECONDS = 0.05
alone.main({})
"""


@pytest.fixture
def host(folder, make_box, script):
    box = make_box(folder / "s", patience=Patience(grace=0.1))
    return box, script(HOST.format(""))


def join(console, name="mine"):
    console.join(name)
    assert isinstance(console.next(), wire.ConsoleReady)


def test_its_client_is_killed(host):
    box, process = host
    assert box.paused().kind == "console"
    with box.connection() as console:
        join(console)
        console.run("import threading; threading.Thread(target=threading.Event().wait).start()")
    assert process.end() == (0, "", "")


def test_its_client_never_comes(box, script):
    assert script(HOST.format("coming=0.05")).end() == (0, "", "")


def test_the_box_goes(host):
    box, process = host
    box.paused()
    with box.connection() as console:
        join(console)
        box.close()
    assert process.end() == (0, "", "")


def test_the_box_dies(make_box, folder, script):
    first, process = make_box(folder / "s"), script(HOST.format(""))
    first.paused()
    with first.connection() as console:
        join(console)
        assert console.run("kept = 41") == ""
    while first.notes.get(timeout=20)[1].kind != "broken":
        continue
    first.close()  # with its client away it is for the process as the box's death
    second = make_box(folder / "s")
    with second.connection() as console:
        console.join("mine", seen=1, again=True)
        assert console.next().statement == 1
        assert console.result(1) == ""  # is said again: its client may not have got it
        console.count = 1
        assert console.run("kept + 1") == "42\n"
        console.start("exit(3)")
        assert console.closed().reason == "exit"
    assert process.end() == (3, "", "")


def test_no_box_comes_again(box, script):
    process = script(HOST.format("coming=0.2"))
    box.paused()
    with box.connection() as console:
        join(console)
    while box.notes.get(timeout=20)[1].kind != "broken":
        continue
    box.close()
    assert process.end() == (0, "", "")


def test_its_statement_does_not_stop(host):
    box, process = host
    box.paused()
    with box.connection() as console:
        join(console)
        console.start("import signal; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())")
        console.start("import time\ntime.sleep(600)")
        console.send(wire.Leave())
    assert process.end() == (0, "", "")


def test_others_come_and_go_and_see_copies(host):
    box, process = host
    box.paused()
    with box.console() as other:
        assert isinstance(other.next(), wire.ConsoleReady)
        with box.connection() as console:
            join(console)
            console.run("names = ['a']")
            assert other.run("names.append('b'); names") == "['a', 'b']\n"
            assert console.run("names") == "['a']\n"
            console.start("exit(3)")
            assert console.closed().reason == "exit"
        assert other.closed().reason == "script ended"
    assert process.end() == (3, "", "")


def test_it_is_resumed_or_aborted(host, script):
    box, process = host
    box.paused()
    box.resume()
    assert process.end() == (0, "", "")
    process = script(HOST.format(""))
    box.event(wire.PauseEnded)
    box.paused()
    box.abort()
    assert process.end() == (130, "", "")

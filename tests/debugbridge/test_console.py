"""Consoles on real scripts, over real WebSockets."""

import pytest

from lager import wire

PAUSE = "from lager.breakpoint import pause\n"
READINGS = PAUSE + "readings = {'adc1': 3.3}\npause(timeout=0, interactive=True)\nprint(readings)\n"


def ready(console):
    message = console.next()
    assert isinstance(message, wire.ConsoleReady), message
    return message


def test_look_and_try_without_touching_the_script(box, script):
    run = script(READINGS)
    pause = box.paused()
    with box.console() as console:
        opened = ready(console)
        assert (opened.run, opened.pause, opened.statement) == ("run", pause, 0)
        assert console.run("readings['adc1'] = 0; readings") == "{'adc1': 0}\n"
        console.send(wire.Complete(1, "readings.po", 11))
        offered = console.next()
        assert (offered.request, offered.names, offered.replaces) == (1, ["pop", "popitem"], 2)
    box.resume()
    assert run.end()[:2] == (0, "{'adc1': 3.3}\n")


def test_no_collection_of_garbage_looks_into_what_the_script_holds(box, script):
    run = script(
        PAUSE
        + """
import gc, sys
large, looked = [None], []
def watch(phase, info):
    if phase == "start" and "lager_debugbridge" in sys.modules:
        looked.extend(one is large for old in range(info["generation"] + 1) for one in gc.get_objects(generation=old))
gc.callbacks.append(watch)
pause(timeout=0, interactive=True)
gc.callbacks.remove(watch)
print(len(looked) > 0, any(looked), gc.get_freeze_count())
"""
    )
    box.paused()
    with box.console() as console:
        ready(console)
        assert console.run("1 + 1") == "2\n"
    box.resume()
    assert run.end()[:2] == (0, "True False 0\n")


def test_leaving_keeps_the_script_paused_and_a_new_console_begins_anew(box, script):
    script(READINGS)
    box.paused()
    for _ in range(2):
        with box.console() as console:
            ready(console)
            assert console.run("'mine' in globals()") == "False\n"
            console.run("mine = 1")
    assert len(box.ask("pauses", "run")) == 1


def test_exit_closes_the_console(box, script):
    script(READINGS)
    box.paused()
    with box.console() as console:
        ready(console)
        console.start("exit()")
        assert console.closed().reason == "exit"
    assert len(box.ask("pauses", "run")) == 1


@pytest.mark.parametrize("number", [None, 7])
def test_no_console_where_nothing_is_paused(box, number):
    with box.console(number=number) as console:
        closed = console.closed()
    name = f"run.{number}" if number else "run"
    assert (closed.reason, closed.error.code) == ("error", "nothing-paused")
    assert closed.error.what.startswith(f"{name} is not paused: ")


def test_no_console_on_a_pause_that_offers_none(box, script):
    script(PAUSE + "pause(timeout=0)\n")
    box.paused()
    with box.console() as console:
        error = console.closed().error
    assert (error.code, error.what) == ("no-console", "This breakpoint has no interactive console")
    assert error.hint == "Call pause(..., interactive=True) to enable it"


def test_nonsense_ends_nothing(box, script):
    script(READINGS)
    box.paused()
    with box.console() as console:
        ready(console)
        console.ws.send(b"\xc1nonsense")
        assert "not a message" in console.next().text
        console.ws.send("text")
        assert "not a message" in console.next().text
        assert console.run("1 + 1") == "2\n"


STUCK = [
    "while True: pass",
    "import time; time.sleep(100)",
    "import threading; threading.Event().wait()",
    "import socket; a, b = socket.socketpair(); a.recv(1)",
    "[i for i in range(10**12)]",
]


@pytest.mark.parametrize("statement", STUCK)
def test_an_interrupt_stops_the_statement_and_no_other(box, script, statement):
    script(READINGS)
    box.paused()
    with box.console() as console:
        ready(console)
        number = console.start(f"print('begun')\n{statement}\n")
        assert console.next().text == "begun"
        console.send(wire.Interrupt(number))
        assert console.result(number).splitlines()[-1] == "KeyboardInterrupt"
        for _ in range(50):  # late ones, as fast as they go
            console.send(wire.Interrupt(number))
            late = console.start("6 * 7")
            console.send(wire.Interrupt(number))
            assert console.result(late) == "42\n"
    assert len(box.ask("pauses", "run")) == 1


def test_interrupts_race_with_the_end_of_statements(box, script):
    run = script(READINGS)
    box.paused()
    with box.console() as console:
        ready(console)
        for _ in range(200):
            number = console.start("1")
            console.send(wire.Interrupt(number))
            assert console.result(number) in ("1\n", "KeyboardInterrupt\n", "1\nKeyboardInterrupt\n")
        assert console.run("'alive'") == "'alive'\n"
    box.resume()
    assert run.end()[0] == 0


@pytest.mark.parametrize(
    "statement",
    ["while True: pass", "while True:\n  try: time.sleep(9)\n  except KeyboardInterrupt: n += 1; 1 / (n < 3)"],
)
def test_a_running_statement_is_stopped_before_the_script_goes_on(box, script, statement):
    run = script(READINGS)
    box.paused()
    with box.console() as console:
        ready(console)
        console.start(f"import time; n = 0\nprint('begun')\n{statement}\n")
        console.next()
        box.resume()
        assert console.closed().reason == "resumed"
    status, out, err = run.end()
    assert (status, out) == (0, "{'adc1': 3.3}\n")
    assert err.endswith("=== resumed\n")
    assert "begun" not in err


def test_a_timeout_and_an_ending_script_close_consoles(box, script):
    script(PAUSE + "pause(timeout=0.5, interactive=True)\n")
    box.paused()
    with box.console() as console:
        ready(console)
        assert console.closed().reason == "timed out"
    run = script(READINGS)
    box.event(wire.PauseEnded)
    box.paused()
    with box.console() as console:
        ready(console)
        run.process.kill()
        assert console.closed().reason == "script ended"


def test_sigint_of_the_run_stops_the_statement_and_reaches_the_script(box, script):
    run = script(PAUSE + "try:\n    pause(timeout=0, interactive=True)\nfinally:\n    print('cleaned')\n")
    box.paused()
    with box.console() as console:
        ready(console)
        console.start("print('begun')\nwhile True: pass\n")
        console.next()
        run.interrupt()
        assert console.closed().reason == "interrupted"
    assert run.end()[:2] == (-2, "cleaned\n")


def test_sigint_of_the_run_between_statements(box, script):
    run = script(
        PAUSE
        + """
import signal, sys
signal.signal(signal.SIGINT, lambda number, frame: sys.exit(7))
pause(timeout=0, interactive=True)
"""
    )
    box.paused()
    with box.console() as console:
        ready(console)
        console.run("1")
        run.interrupt()
        assert console.closed().reason == "interrupted"
    assert run.end()[0] == 7


def test_output_never_mixes(box, script):
    run = script(
        PAUSE
        + """
import threading, sys
stop = threading.Event()
def chatter():
    while not stop.wait(0.001):
        print("script")
        print("script", file=sys.stderr)
thread = threading.Thread(target=chatter)
thread.start()
pause(timeout=0, interactive=True)
stop.set()
thread.join()
"""
    )
    box.paused()
    with box.console() as console:
        ready(console)
        text = console.run("import sys, time\nfor i in range(100):\n    print('mine', i); time.sleep(0.001)\n")
        assert text == "".join(f"mine {i}\n" for i in range(100))
        assert console.run("print('error', file=sys.stderr); sys.stdout.buffer.write(b'raw') and None") == "error\nraw"
    box.resume()
    _, out, err = run.end()
    assert set(out.split()) == {"script"}
    assert "mine" not in err
    assert "error" not in err


def test_a_pause_in_a_thread_has_a_console_that_can_be_interrupted(box, script):
    run = script(
        PAUSE
        + """
import threading
def work(values):
    pause(timeout=0, interactive=True)
    print(values)
thread = threading.Thread(target=work, args=[[1]])
thread.start()
thread.join()
"""
    )
    box.paused()
    with box.console() as console:
        ready(console)
        assert console.run("values.append(2); values") == "[1, 2]\n"
        number = console.start("print('begun')\nwhile True: pass\n")
        console.next()
        console.send(wire.Interrupt(number))
        assert console.result(number).endswith("KeyboardInterrupt\n")
        for _ in range(50):
            late = console.start("1")
            console.send(wire.Interrupt(late))
            console.result(late)
        assert console.run("values") == "[1, 2]\n"
        console.start("while True: pass")
        box.resume()
        assert console.closed().reason == "resumed"
    assert run.end()[1] == "[1]\n"


def test_two_consoles_and_one_that_does_not_read(box, script):
    script(READINGS)
    box.paused()
    with box.console() as slow, box.console() as console:
        ready(console)
        for _ in range(40):
            slow.start("print('x' * 900_000)")
        assert console.run("readings") == "{'adc1': 3.3}\n"
        box.resume()
        assert console.closed().reason == "resumed"


def test_a_console_that_goes_takes_its_statement_with_it(box, script):
    script(READINGS)
    box.paused()
    with box.console() as console:
        ready(console)
        console.start("print('begun')\nwhile True: pass\n")
        console.next()
    with box.console() as console:
        ready(console)
        assert console.run("1") == "1\n"


def test_a_console_that_goes_at_once_takes_all_that_it_has_sent_with_it(box, script):
    script(READINGS)
    box.paused()
    for _ in range(5):  # the first one goes before the script has what evaluates
        with box.console() as console:
            ready(console)
            for _ in range(3):
                console.start("import time; time.sleep(3600)")
    with box.console() as console:
        ready(console)
        assert console.run("1 + 1") == "2\n"


def test_a_pause_inside_a_console_and_a_fork_do_nothing(box, script):
    run = script(READINGS)
    box.paused()
    with box.console() as console:
        ready(console)
        assert "called from a console" in console.run("pause()")
        assert console.run("import os\npid = os.fork()\nif pid: print(os.waitpid(pid, 0)[1])\n").endswith("0\n")
        assert console.run("1") == "1\n"
    box.resume()
    assert run.end()[1] == "{'adc1': 3.3}\n"


def test_a_restarting_box_ends_consoles_but_not_the_pause(box, script, folder, make_box):
    run = script(READINGS)
    box.paused()
    with box.console() as console:
        ready(console)
        console.start("print('begun')\nwhile True: pass\n")
        console.next()
        box.close()
    again = make_box(folder / "s")
    again.paused()
    with again.console() as console:
        ready(console)
        assert console.run("readings").endswith("{'adc1': 3.3}\n")  # the statement from before may still be ending
        again.resume()
        assert console.closed().reason == "resumed"
    assert run.end()[0] == 0


def test_an_interrupt_may_come_before_its_statement_begins(box, script):
    script(READINGS)
    box.paused()
    with box.console() as console:
        ready(console)
        for _ in range(20):
            number = console.start("while True: pass")
            console.send(wire.Interrupt(number))
            assert console.result(number) == "KeyboardInterrupt\n"


def test_an_interrupted_copy_is_not_found_half_done(box, script):
    script(PAUSE + "big = [[i] for i in range(200_000)]\npause(timeout=0, interactive=True)\n")
    box.paused()
    with box.console() as console:
        ready(console)
        number = console.start("print('begun')\nlen(big)\n")
        console.next()
        console.send(wire.Interrupt(number))
        assert console.result(number).splitlines()[-1] in ("KeyboardInterrupt", "200000")
        assert console.run("len(big)") == "200000\n"

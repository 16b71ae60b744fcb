"""The time a statement may take, and what is said of one that does not stop."""

import threading
import time

from lager import wire
from lager_debugbridge import deadlines, stuck
from lager_debugbridge.netcalls import Call

PAUSED = "import ctypes, os, sys, threading, time\nimport lager\nlager.pause(timeout=0, interactive=True)\n"

QUICK = "from lager_debugbridge import deadlines\ndeadlines.GRACE_SECONDS = deadlines.REPORT_SECONDS = 0.3\n"
TOO_LONG = ("while True: pass", "time.sleep(100)", "import asyncio; await asyncio.sleep(100)", "repr(Long())")


def ready(console):
    assert isinstance(console.next(), wire.ConsoleReady)


def test_what_takes_too_long_is_stopped_and_that_is_said(box, script):
    script(PAUSED)
    box.paused()
    with box.console() as console:
        ready(console)
        console.run("class Long:\n    def __repr__(self):\n        while True: pass\n")
        assert console.run(":deadline 0.1") == "a statement of this console is stopped after 0.1 s\n"
        for statement in TOO_LONG:
            begun = time.monotonic()
            said = console.run(statement)
            assert time.monotonic() - begun >= 0.1
            assert said.startswith("KeyboardInterrupt\n[stopped: statements here may take 0.1 s; `:deadline 1` gives")
        assert console.run("1 + 1") == "2\n"
        with box.console() as other:
            ready(other)
            assert other.run("time.sleep(0.3)\n'slept'") == "'slept'\n"  # its deadline is its own
        console.run(":deadline 0")
        assert console.run("time.sleep(0.3)\n'slept'") == "'slept'\n"


def test_what_goes_on_is_stopped_again_and_again(box, script):
    script(QUICK + PAUSED)
    box.paused()
    with box.console() as console:
        ready(console)
        console.run(":deadline 0.2")
        said = console.run("n = 0\nwhile n < 3:\n    try: time.sleep(9)\n    except KeyboardInterrupt: n += 1\n'end'")
        assert said.startswith("'end'\n") or "KeyboardInterrupt" in said
        assert console.run("0 < n < 4") == "True\n"


def test_what_is_stuck_in_c_is_told_with_its_place(box, script):
    script(QUICK + PAUSED)
    box.paused()
    with box.console() as console:
        ready(console)
        console.run("import signal\ndef hold():\n    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGURG])\n")
        console.run("def let_go():\n    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGURG])\n")
        # A call that no signal gets through to, as one of a driver that waits for a device.
        source = "hold()\nprint('begun')\nctypes.CDLL(None).usleep(900_000)\nlet_go()"
        number = console.start(source)
        assert console.next().text == "begun"
        console.next()
        begun = time.monotonic()
        console.send(wire.Interrupt(number))
        told = console.next()
        assert time.monotonic() - begun > 0.2
        assert (told.stream, told.text) == (
            2,
            "[it does not stop: the thread is in <console>:3, <module>: `ctypes.CDLL(None).usleep(900_000)`. "
            f"{stuck.DETACH}]\n",
        )
        assert console.result(number).endswith("KeyboardInterrupt\n")
        assert console.run("'alive'") == "'alive'\n"


def test_a_call_on_a_net_that_is_under_way_is_named():
    import threading

    call = Call("supply1", "set_voltage", [3.3])
    call.since -= 12
    said = stuck.described(threading.get_ident(), "<console 1>", [call])
    assert "; supply1.set_voltage(3.3) has been under way for 12 s, and has its instrument. Ctrl-C again" in said
    assert "stuck.py" in said
    assert "a place that cannot be seen" in stuck.described(-1, "", [])


def test_threads_of_a_statement_write_to_its_console_and_others_to_the_script(box, script):
    """B7: the script's prints never appear in a console, and a console's never in the script's output."""
    running = script(
        """
        import sys, threading, time
        import lager
        go, done = threading.Event(), threading.Event()
        def other():
            go.wait()
            print("the script's", flush=True)
            print("error of the script's", file=sys.stderr, flush=True)
            done.set()
        threading.Thread(target=other).start()
        before = threading.Thread.start
        lager.pause(timeout=0, interactive=True)
        print(threading.Thread.start is before)
        """
    )
    box.paused()
    with box.console() as console:
        ready(console)
        source = """
def mine():
    print("mine")
    lager.pause("none")
thread = threading.Thread(target=mine)
thread.start()
thread.join()
go.set()
_ = done.wait()
"""
        assert console.run(source) == "mine\nlager.pause(): called from a console; skipping breakpoint\n"
        box.resume()
        console.closed()
    status, out, err = running.end()
    assert (status, out) == (0, "the script's\nTrue\n")
    assert "error of the script's\n" in err
    assert "mine" not in err


def test_what_fails_in_telling_of_a_statement_keeps_nobody_from_stopping_it(monkeypatch, capsys):
    monkeypatch.setattr(deadlines, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(deadlines, "REPORT_SECONDS", 0.01)
    insisted = threading.Event()

    class Watched:
        def report(self, _):
            raise TypeError("no line")

        def insist(self, _):
            insisted.set()

        def look(self, _):
            """Nothing."""

    watch = deadlines.Deadlines(Watched())
    watch.begin("it", 0)
    watch.asked("it")
    assert insisted.wait(10)
    watch.close()
    assert "TypeError: no line" in capsys.readouterr().err

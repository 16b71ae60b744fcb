"""Statements that swallow what is to stop them are stopped nevertheless; and what cannot be stopped is told of."""

import time

import pytest

from lager import errors, wire

QUICK = """
from lager import pauselink
from lager_debugbridge import deadlines
deadlines.GRACE_SECONDS = deadlines.REPORT_SECONDS = deadlines.WAIT_SECONDS = pauselink.STOP_SECONDS = 0.2
"""
PAUSED = "import contextlib, asyncio, ctypes, threading, time\nimport lager\nlager.pause(timeout=0, interactive=True)\n"
IN_A_THREAD = (
    "import contextlib, asyncio, ctypes, threading, time\nimport lager\n"
    "work = threading.Thread(target=lambda: lager.pause(timeout=0, interactive=True))\nwork.start()\nwork.join()\n"
)
IN_A_TASK = "import asyncio, time\nimport lager\nasyncio.run(lager.apause(timeout=0, interactive=True))\n"

SLEEPS = "while True:\n    try: time.sleep(0.3)\n    except BaseException: pass\n"
SPINS = "n = 0\nwhile True:\n    try:\n        n += 1\n    except BaseException: pass\n"
NESTED = """
def inner():
    while True:
        try:
            time.sleep(0.3)
        except BaseException:
            pass
def outer():
    while True:
        try:
            inner()
        except BaseException as error:
            kept = error
while True:
    with contextlib.suppress(BaseException):
        outer()
"""
AT_THE_END = "try:\n    time.sleep(9)\nfinally:\n    while True:\n        time.sleep(0.3)\n"
AWAITS = "while True:\n    try: await asyncio.sleep(9)\n    except BaseException: pass\n"

CLEANS_UP = """
from lager.evaluation import watching
told = watching.get()
try:
    print("begun")
    time.sleep(9)
finally:
    for method in ("set_voltage", "disable"):
        call = told.begin("supply1", method, [])
        time.sleep(0.3)
        told.end(call, False, None)
        time.sleep(0.3)
    print("off")
"""


def ready(console):
    assert isinstance(console.next(), wire.ConsoleReady)


def stopped(console, source, interrupts=True):
    """Stop a statement; give what was said."""
    number = console.start(source if "begun" in source else f"print('begun')\n{source}")
    while "begun" not in getattr(console.next(), "text", ""):
        continue
    if interrupts:
        console.send(wire.Interrupt(number))
    return console.result(number)


def test_what_swallows_interrupts_is_stopped(box, script):
    script(QUICK + PAUSED)
    box.paused()
    with box.console() as console:
        ready(console)
        for source in (SLEEPS, SPINS, NESTED, AT_THE_END, AWAITS):
            assert "KeyboardInterrupt" in stopped(console, source), source
        assert console.run("import sys; sys.gettrace(), 1 + 1") == "(None, 2)\n"
        assert console.run("await asyncio.sleep(0.01, 'again')") == "'again'\n"
        assert "off" in stopped(
            console, CLEANS_UP
        )  # calls that began after it was told to stop: its `finally:` makes the bench safe
        console.run(":deadline 0.2")
        assert "[stopped: statements here may take 0.2 s" in stopped(console, SLEEPS, interrupts=False)


@pytest.mark.parametrize(("where", "sources"), [(IN_A_THREAD, (SLEEPS, NESTED)), (IN_A_TASK, (SLEEPS, AWAITS))])
def test_also_in_other_threads_and_in_tasks(box, script, where, sources):
    running = script(QUICK + where)
    box.paused()
    with box.console() as console:
        ready(console)
        for source in sources:
            assert "KeyboardInterrupt" in stopped(console, source), source
        assert console.run("1 + 1") == "2\n"
    box.resume()
    assert "ignored" not in running.end()[2]  # what is dropped ends silently


HELD = """
import signal
_ = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGURG])
print('begun')
_ = ctypes.CDLL(None).usleep(1_500_000)
_ = signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGURG])
while True: pass
"""


def test_what_cannot_be_stopped_holds_up_a_release_and_whoever_asked_is_told(box, script):
    running = script(QUICK + PAUSED + "print('went on', flush=True)\n")
    box.paused()
    with box.console(by="alice") as console, box.console(by="bob") as other:
        ready(console)
        ready(other)
        console.start(HELD)
        assert console.next().text == "begun"
        waiting = other.start("1 + 1")
        begun = time.monotonic()
        with pytest.raises(errors.StillBusy) as told:
            box.go_on()
        assert time.monotonic() - begun >= 0.2
        assert told.value.what.startswith("run is released, but does not go on yet: alice's statement (console ")
        assert "does not stop: the thread is in <console>:" in told.value.what
        assert "usleep(1_500_000)" in told.value.what
        way_out = "Ctrl-C where the run was started, three times, ends it by force"
        assert told.value.hint == f"it goes on as soon as that statement ends; {way_out}"
        with pytest.raises(
            errors.NothingPaused, match=r"is being resumed by me, but does not go on yet: alice's"
        ) as told:
            box.abort()
        assert told.value.hint == f"wait until that statement ends; {way_out}"
        said = ""
        while "does not stop" not in said:
            said = other.next().text
        assert (said.startswith("[alice's statement"), said.endswith("Ctrl-C takes yours back]\n")) == (True, True)
        other.send(wire.Interrupt(waiting))
        assert other.result(waiting).startswith("KeyboardInterrupt\n[taken back")
        assert running.process.poll() is None
        assert console.closed().reason == "resumed"
    assert time.monotonic() - begun > 1.2
    status, out, err = running.end()
    assert (status, out) == (0, "went on\n")
    assert "\n=== released, but not going on yet: alice's statement" in err
    assert err.endswith("\n=== resumed\n")

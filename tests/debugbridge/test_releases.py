"""What releases bring to scripts of their own: changes, a value, an abort; and what is on their stderr."""

import pytest

from lager import errors, wire

PAUSE = "import sys\nfrom lager.breakpoint import pause\n"


def after(script, banner=4):
    """Give what the script has written after the banner, at its end."""
    status, out, err = script.end()
    return status, out, "".join(err.splitlines(keepends=True)[banner:])


def test_variables_and_a_value_are_set_and_said(box, script):
    running = script(
        PAUSE
        + """
limit = 1
def step(volts):
    given = pause("step", timeout=0, interactive=True)
    print(given, volts, limit)
step(5.0)
print(pause("again", timeout=0))
"""
    )
    box.paused()
    said = box.go_on(sets=[("volts", "3.3"), ("limit", "limit + 1")], value="[volts] * 2")
    assert said.done == ["volts = 3.3 (was 5.0)", "limit = 2 (was 1)", "value [5.0, 5.0]"]
    ended = box.event(wire.PauseEnded)
    assert (ended.reason, ended.by) == ("resumed", "me")
    box.paused()
    assert box.go_on().done == []
    status, out, err = running.end()
    assert (status, out) == (0, "[5.0, 5.0] 3.3 2\nNone\n")
    assert err.splitlines()[4:8] == [
        "=== set volts = 3.3 (was 5.0), by me",
        "=== set limit = 2 (was 1), by me",
        "=== value [5.0, 5.0], by me",
        "=== resumed",
    ]
    assert err.splitlines()[-1] == "=== resumed"


def test_what_is_refused_stays_paused_with_its_consoles(box, script):
    running = script(
        PAUSE + "volts = 5\ndef f():\n    here = 1\n    pause(timeout=0, interactive=True)\n    print(here)\nf()\n"
    )
    box.paused()
    with box.console() as console:
        console.next()
        console.run("mine = 7")
        with pytest.raises(errors.ChangeRefused) as caught:
            box.go_on(sets=[("here", "2"), ("heer", "3")])
        assert caught.value.what == 'there is no variable "heer" in f()'
        assert "did you mean here?" in caught.value.hint
        with pytest.raises(errors.ChangeRefused, match=r"here = 1 / 0: ZeroDivisionError"):
            box.go_on(sets=[("here", "1 / 0")])
        assert console.run("mine, here") == "(7, 1)\n"
        console.run("here = 99")
        box.go_on(sets=[("here", "here + 1")])
        assert console.closed().reason == "resumed"
    assert after(running) == (0, "2\n", "=== set here = 2 (was 1), by me\n=== resumed\n")


@pytest.mark.parametrize("thread", [False, True])
def test_a_statement_that_runs_gives_way_to_a_change(box, script, thread):
    call = "threading.Thread(target=f).start()" if thread else "f()"
    running = script(
        f"import threading\n{PAUSE}def f():\n    n = 1\n    pause(timeout=0, interactive=True)\n    print(n)\n{call}\n"
    )
    box.paused()
    with box.console() as console:
        console.next()
        console.start("print('on')\nwhile True: pass")
        while console.next().text != "on":
            continue
        box.go_on(sets=[("n", "n + 1")])
        assert console.closed().reason == "resumed"
    assert running.end()[:2] == (0, "2\n")


def test_what_an_expression_prints_and_a_pause_in_it(box, script):
    running = script(PAUSE + "pause(timeout=0)\nprint(pause)\n")
    box.paused()
    box.go_on(value="print('hi') or pause('inside')", sets=[("pause", "None")])
    status, out, err = after(running, 3)
    assert (status, out) == (0, "None\n")
    assert err == (
        "hi\nlager.pause(): called from a console; skipping breakpoint\n"
        "=== set pause = None (was <function pause at ..., by me\n=== value None, by me\n=== resumed\n"
    ).replace("<function pause at ...", err.split("(was ")[1].split(", by")[0])


def test_a_timeout_that_comes_meanwhile_waits_for_the_change(box, script):
    running = script(
        PAUSE + "import os, time\nr, w = os.pipe()\npause(timeout=0.5)\nprint(os.read(r, 9))\n",
    )
    box.paused()
    source = "time.sleep(0.8) or os.write(w, b'late')"
    assert box.go_on(value=source).done == ["value 4"]
    status, out, err = after(running, 3)
    assert (status, out, err) == (0, "b'late'\n", "=== value 4, by me\n=== resumed\n")


FINALLY = """
try:
    pause("here", {options})
except Exception:
    print("no")
finally:
    print("finally")
print("not reached")
"""


def test_an_abort_runs_finally_and_ends_with_130(box, script):
    running = script(PAUSE + FINALLY.format(options="timeout=0"))
    box.paused()
    assert box.abort().names == ["run"]
    ended = box.event(wire.PauseEnded)
    assert (ended.reason, ended.by) == ("aborted", "me")
    assert after(running, 3) == (130, "finally\n", "=== aborted by me\n")


def test_a_timeout_that_aborts(box, script):
    running = script(PAUSE + FINALLY.format(options="timeout=0.2, on_timeout='abort'"))
    box.paused()
    assert box.event(wire.PauseEnded).reason == "aborted"
    status, out, err = running.end()
    assert (status, out) == (130, "finally\n")
    assert err.splitlines()[2:] == ["    auto-abort in 0.2s", "=== aborted after 0.2s"]


@pytest.mark.parametrize(
    "waits", ["time.sleep(60)", "thread.join()", "queue.Queue().get()", "[None for _ in iter(int, 1)]"]
)
def test_an_abort_in_a_thread_ends_the_run(box, script, waits):
    running = script(
        "import os, queue, signal, threading, time\n"
        f"{PAUSE}signal.signal(signal.SIGURG, lambda *_: None)  # as a run has one\n"
        "def work():\n    try:\n        pause(timeout=0)\n    finally:\n        os.write(1, b'thread\\n')\n"
        "thread = threading.Thread(target=work)\nthread.start()\n"
        f"try:\n    {waits}\nfinally:\n    os.write(1, b'main\\n')\n"
    )
    box.paused()
    box.abort()
    status, out, err = after(running, 3)
    assert (status, sorted(out.split()), err) == (130, ["main", "thread"], "=== aborted by me\n")


def test_an_abort_in_a_thread_that_is_traced_ends_the_run(box, script):
    running = script(
        "import signal, threading\n"
        f"{PAUSE}signal.signal(signal.SIGURG, lambda *_: None)  # as a run has one\n"
        "def trace(*_): return trace\nthreading.settrace(trace)\n"
        "thread = threading.Thread(target=lambda: pause(timeout=0))\n"
        "try:\n    thread.start()\n    thread.join()\nfinally:\n    print('tidied')\n"
    )
    box.paused()
    box.abort()
    assert running.end()[:2] == (130, "tidied\n")


def test_an_abort_in_a_thread_is_not_lost_where_the_main_one_evaluates(box, script):
    running = script(
        "import signal, threading, time\n"
        f"{PAUSE}signal.signal(signal.SIGURG, lambda *_: None)  # as a run has one\n"
        "threading.Thread(target=pause, args=('thread',), kwargs={'timeout': 0}).start()\n"
        "try:\n    pause('main', timeout=0, interactive=True)\n    print('not reached')\nfinally:\n    print('main')\n"
    )
    numbers = {one.label: one.number for one in (box.paused(), box.paused())}
    with box.console(number=numbers["main"]) as console:
        console.next()
        console.start("print('on')\ntime.sleep(60)")
        while console.next().text != "on":
            continue
        box.abort(number=numbers["thread"])
        assert console.closed().reason == "interrupted"
    assert running.end()[:2] == (130, "main\n")


def test_an_abort_in_a_thread_is_not_lost_in_an_expression(box, script):
    running = script(
        "import os, signal, threading, time\n"
        f"{PAUSE}signal.signal(signal.SIGURG, lambda *_: None)  # as a run has one\n"
        "r, w = os.pipe()\n"
        "def other():\n    os.read(r, 1)\n    pause('thread', timeout=0.01, on_timeout='abort')\n"
        "threading.Thread(target=other).start()\n"
        "try:\n    pause('main', timeout=0)\n    print('not reached')\nfinally:\n    print('main')\n"
    )
    box.paused()
    with pytest.raises(errors.NothingPaused):
        box.go_on(value="os.write(w, b'x') and time.sleep(60)")
    assert running.end()[:2] == (130, "main\n")


def test_an_abort_of_a_pause_in_a_task_says_no_more_than_that(box, script):
    running = script(
        "import asyncio\n"
        f"{PAUSE}async def work():\n    pause(timeout=0)\n"
        "async def main():\n    task = asyncio.create_task(work())\n    await asyncio.sleep(60)\n"
        "try:\n    asyncio.run(main())\nfinally:\n    print('main')\n"
    )
    box.paused()
    box.abort()
    assert after(running) == (130, "main\n", "=== aborted by me\n")


def test_an_abort_after_the_main_thread_has_ended(box, script):
    running = script(
        "import atexit, threading\n"
        f"{PAUSE}atexit.register(print, 'last')\n"
        "def work():\n    pause('thread', timeout=0)\n"
        "threading.Thread(target=work).start()\n"
        "def main_has_ended():\n    threading.main_thread().join()\n    pause('ended', timeout=0)\n"
        "threading.Thread(target=main_has_ended).start()\n"
        "atexit.register(sys.stdout.write, 'at exit ')\n"
    )
    numbers = {one.label: one.number for one in (box.paused(), box.paused())}
    box.abort(number=numbers["thread"])
    box.resume(number=numbers["ended"])
    status, out, err = running.end()
    assert (status, out) == (130, "at exit last\n")
    assert "Traceback" not in err


def test_an_abort_with_a_console_open(box, script):
    running = script(PAUSE + FINALLY.format(options="timeout=0, interactive=True"))
    box.paused()
    with box.console() as console:
        console.next()
        console.start("while True: pass")
        box.abort()
        assert console.closed().reason == "aborted"
    assert after(running) == (130, "finally\n", "=== aborted by me\n")


TRACED = """
import sys, threading
from lager.breakpoint import stop_at
def trace(frame, event, _):
    if frame.f_code.co_name != "step":
        return None
    if frame.f_lineno == {line}:
        frame.f_trace_lines = False
        sys.settrace(None)
        stop_at(frame, None, 0, kind="outside")
    return trace
def step():
    mine, theirs = 1, 1
    def bump():
        nonlocal theirs
        theirs += 1
    step.bump = bump
    print(mine, theirs, flush=True)
sys.settrace(trace)
step()
"""


def test_in_a_trace_function_nothing_is_written_back_but_what_was_asked_for(box, script):
    box.ask("asked", "run", "alice")
    running = script(TRACED.format(line=17))
    assert box.paused().label == "asked for by alice"
    assert running.error_lines(1) == ['=== lager breakpoint "asked for by alice" at test.py:17  (id run)\n']
    with box.console() as console:
        console.next()
        assert console.run("mine, theirs") == "(1, 1)\n"
        box.go_on(sets=[("mine", "[bump(), mine + 1][1]")], value="bump()")
    assert running.end()[:2] == (0, "2 3\n")

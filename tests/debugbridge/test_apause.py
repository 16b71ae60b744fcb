"""`await lager.apause()` in scripts of their own: the loop goes on, and the rest is as with `pause()`."""

import pytest

from lager import wire

HEAD = "import asyncio, os, sys, time\nimport lager\n"
# A task that beats until the others are done, and says how often, and the longest time between two beats.
BEAT = """
beats, longest = 0, 0.0
async def heart(others):
    global beats, longest
    last = time.monotonic()
    while not all(one.done() for one in others):
        await asyncio.sleep(0.005)
        now = time.monotonic()
        beats, longest, last = beats + 1, max(longest, now - last), now
"""


def ready(console):
    assert isinstance(console.next(), wire.ConsoleReady)


def test_the_loop_goes_on(box, script):
    running = script(
        HEAD
        + BEAT
        + """
async def work(volts):
    given = await lager.apause("here", timeout=1)
    return given, volts
async def main():
    task = asyncio.create_task(work(5))
    await heart([task])
    print(task.result(), beats > 20, longest < 0.8, flush=True)
asyncio.run(main())
"""
    )
    pause = box.paused()
    assert (pause.label, pause.function, pause.line, pause.thread) == ("here", "work", 14, "MainThread, task Task-2")
    assert box.event(wire.PauseEnded).reason == "timed out"
    status, out, err = running.end()
    assert (status, out) == (0, "(None, 5) True True\n")
    assert err.splitlines() == [
        '=== lager breakpoint "here" at test.py:14  (id run)',
        "    resume: press Enter here, or `lager python --continue run`",
        "    auto-resume in 1s",
        "=== auto-resumed after 1s",
    ]


def test_changes_and_consoles(box, script):
    running = script(
        HEAD
        + """
beats = 0
async def heart():
    global beats
    while True:
        beats += 1
        await asyncio.sleep(0)
async def work(volts):
    given = await lager.apause(timeout=0, interactive=True)
    print(given, volts, flush=True)
async def main():
    task = asyncio.create_task(heart())
    await work(5)
asyncio.run(main())
"""
    )
    box.paused()
    with box.console() as one, box.console() as other:
        ready(one)
        ready(other)
        assert one.run("volts") == "5\n"
        assert one.run("asyncio.current_task().get_name(), sys._getframe().f_back is None") == "('Task-1', False)\n"
        before = int(one.run("beats"))
        assert int(other.run("beats")) > before
        number = one.start("while True: pass")
        one.send(wire.Interrupt(number))
        assert "KeyboardInterrupt" in one.result(number)
        assert other.run("volts = 7; volts") == "7\n"
        assert box.go_on(sets=[("volts", "volts + 1")], value="volts").done == ["volts = 6 (was 5)", "value 5"]
        assert one.closed().reason == other.closed().reason == "resumed"
    assert running.end()[:2] == (0, "5 6\n")


def test_tasks_pause_and_resume_apart(box, script):
    running = script(
        HEAD
        + """
async def work(name):
    try:
        return name, await lager.apause(name, timeout=0, interactive=True)
    finally:
        print("end of", name, flush=True)
async def main():
    print(await asyncio.gather(*(work(name) for name in "ab")), flush=True)
asyncio.run(main())
"""
    )
    numbers = {one.label: one.number for one in (box.paused(), box.paused())}
    assert set(numbers) == {"a", "b"}
    with box.console(number=numbers["a"]) as first, box.console(number=numbers["b"]) as second:
        ready(first)
        ready(second)
        assert (first.run("name"), second.run("name")) == ("'a'\n", "'b'\n")
        box.go_on(number=numbers["a"], value="name * 2")
        assert first.closed().reason == "resumed"
        assert running.line() == "end of a"
        number = second.start("while True: pass")
        second.send(wire.Interrupt(number))
        assert "KeyboardInterrupt" in second.result(number)
        running.interrupt()  # the script's own: the first pause has not left its handler there
        assert second.closed().reason == "interrupted"
    assert running.line() == "end of b"
    status, out, err = running.end()
    assert (status, out) == (-2, "")
    assert "KeyboardInterrupt" in err


def test_a_pause_that_is_cancelled(box, script):
    running = script(
        HEAD
        + """
async def main():
    task = asyncio.create_task(lager.apause("x", timeout=0, interactive=True))
    await asyncio.sleep(0.3)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled", flush=True)
    await lager.apause("y", timeout=0)
asyncio.run(main())
"""
    )
    first = box.paused()
    assert (first.label, first.function, first.line) == ("x", "main", 5)
    with box.console() as console:
        ready(console)
        assert console.closed().reason == "interrupted"
    assert box.event(wire.PauseEnded).reason == "interrupted"
    assert box.paused().label == "y"
    box.resume()
    assert running.end()[:2] == (0, "cancelled\n")


@pytest.mark.parametrize("where", ["await work()", "await asyncio.gather(work(), other())", "await asyncio.sleep(60)"])
def test_an_abort_comes_out_of_the_loop(box, script, where):
    running = script(
        HEAD
        + f"""
async def work():
    await lager.apause(timeout=0)
async def other():
    try:
        await asyncio.sleep(60)
    finally:
        print("other", flush=True)
async def main():
    task, more = asyncio.create_task(other()), asyncio.create_task(work()) if "sleep" in {where!r} else None
    {where}
try:
    asyncio.run(main())
finally:
    print("finally")
"""
    )
    box.paused()
    box.abort()
    status, out, err = running.end()
    assert (status, set(out.split())) == (130, {"other", "finally"})
    assert err.splitlines()[3:] == ["=== aborted by me"]


def test_one_in_a_loop_of_another_thread(box, script):
    running = script(
        HEAD
        + """
import signal, threading
signal.signal(signal.SIGURG, lambda *_: None)  # as a run has one
async def work():
    print(await lager.apause("a", timeout=0, interactive=True), flush=True)
    await lager.apause("b", timeout=0)
thread = threading.Thread(target=asyncio.run, args=(work(),), name="worker")
thread.start()
try:
    thread.join()
finally:
    print("main")
"""
    )
    assert box.paused().thread == "worker, task Task-1"
    with box.console() as console:
        ready(console)
        assert console.run("threading.current_thread().name").endswith("'worker'\n")
        box.go_on(value="6 * 7")
    assert running.line() == "42"
    box.event(wire.PauseEnded)
    box.paused()
    box.abort()
    status, out, err = running.end()
    assert (status, out) == (130, "main\n")
    assert err.splitlines()[-1] == "=== aborted by me"


def test_outside_of_lager_switched_off_and_without_a_loop(script):
    used = HEAD + "print(asyncio.run(lager.apause('x')), 'lager.paused' in sys.modules)\n"
    said = "lager.apause(): not running under `lager python`; skipping breakpoint\n"
    assert script(used, LAGER_PROCESS_ID=None).end() == (0, "None False\n", said)
    assert script(used, LAGER_BREAKPOINTS="off").end() == (0, "None False\n", "")
    assert script(used.replace("'x'", "when=False")).end() == (0, "None False\n", "")
    by_hand = "import lager\ntry:\n    lager.apause().send(None)\nexcept StopIteration as exc:\n    print(exc.value)\n"
    said = "lager.apause(): no asyncio event loop runs here; skipping breakpoint\n"
    assert script(by_hand).end() == (0, "None\n", said)
    forgotten = script("import lager\nlager.apause()\n").end()
    assert "RuntimeWarning: coroutine 'apause' was never awaited" in forgotten[2]


def test_pause_in_a_loop_says_once_what_it_does(script):
    running = script(
        HEAD
        + """
async def main():
    lager.pause(timeout=0.01)
    lager.pause(timeout=0.01)
lager.pause(timeout=0.01)
asyncio.run(main())
""",
        LAGER_RUN_SOCKET="",
    )
    status, _, err = running.end()
    lines = err.splitlines()
    assert status == 0
    assert [n for n, line in enumerate(lines) if "apause" in line] == [4]
    assert lines[4] == "lager.pause(): it stops the whole event loop; `await lager.apause(...)` stops this task only"


def test_a_coroutine_whose_loop_is_closed_ends_its_pause(box, script):
    running = script(
        HEAD
        + """
async def main():
    await lager.apause("x", timeout=0)
loop = asyncio.new_event_loop()
task = loop.create_task(main())
loop.run_until_complete(asyncio.sleep(0.3))
task._log_destroy_pending = False
loop.close()
print("closed", flush=True)
lager.pause("y", timeout=0)
"""
    )
    assert box.paused().label == "x"
    assert running.line() == "closed"
    assert box.paused().label == "y"
    box.resume(number=1)
    assert box.event(wire.PauseEnded).reason == "interrupted"
    box.resume()
    assert running.end()[0] == 0


def test_a_box_that_is_away_and_one_that_comes(script, folder, make_box):
    running = script(
        HEAD
        + BEAT
        + """
import lager.asyncpause
lager.asyncpause.ANNOUNCE_SECONDS = 0.2  # how long its banner waits for a box
async def main():
    task = asyncio.create_task(lager.apause(timeout=0))
    await heart([task])
    print(task.result(), longest < 1, flush=True)
asyncio.run(main())
"""
    )
    assert running.error_lines(1)[0].startswith("=== lager breakpoint at test.py:16")
    box = make_box(folder / "s")
    box.paused()
    box.go_on(value="'on'")
    assert running.end()[:2] == (0, "on True\n")

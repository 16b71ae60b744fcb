"""Top-level `await`: in a paused thread on a loop of the console's own, in a paused coroutine on its own one."""

import asyncio

import pytest

from lager import wire

HEAD = "import asyncio, os, sys, threading, time\nimport lager\n"
APAUSED = (
    HEAD
    + """
beats = 0
async def heart():
    global beats
    while True:
        beats += 1
        await asyncio.sleep(0.001)
async def later(value):
    await asyncio.sleep(0.05)
    return value
async def work(volts):
    given = await lager.apause(timeout=0, interactive=True)
    print(given, volts, flush=True)
async def main():
    task = asyncio.create_task(heart())
    await work(5)
asyncio.run(main())
"""
)
PAUSED = HEAD + "async def later(value):\n    await asyncio.sleep(0.01)\n    return value\nvolts = 5\n"


def ready(console):
    assert isinstance(console.next(), wire.ConsoleReady)


DOUBLE = "import asyncio\nasync def double(x):\n    await asyncio.sleep(0)\n    return 2 * x\nhere()"


def test_values_names_and_prints(stop):
    _, bench = stop(DOUBLE)
    assert bench.run("await double(21)") == "42\n"
    assert bench.run("_ + 1") == "43\n"
    assert bench.run("x = await double(4)\nprint(x)\nx") == "8\n8\n"
    assert bench.run("async with asyncio.Lock():\n    x + 1") == "9\n"
    assert bench.run("[await double(n) for n in range(3)]") == "[0, 2, 4]\n"
    assert bench.run("async def mine():\n    return x, await double(x)\nawait mine()") == "(8, 16)\n"
    assert bench.run("(await asyncio.gather(double(1), double(2)))[1]") == "4\n"


def test_errors_are_shown_as_of_any_statement(stop):
    _, bench = stop(DOUBLE)
    said = bench.run("async def bad():\n    await double(1)\n    raise KeyError('x')\nawait bad()")
    assert said.splitlines() == [
        "Traceback (most recent call last):",
        '  File "<console>", line 4, in <module>',
        "    await bad()",
        '  File "<console>", line 3, in bad',
        "    raise KeyError('x')",
        "KeyError: 'x'",
    ]
    assert "TypeError" in bench.run("await 5")
    assert "asyncio.exceptions.CancelledError" in bench.run("raise asyncio.CancelledError\nawait double(1)")
    assert "StopIteration" in bench.run("await double(1)\nraise StopIteration")
    assert bench.run("await double(1)") == "2\n"


def test_tasks_stay_for_later_statements_and_end_with_the_console(stop):
    _, bench = stop(DOUBLE)
    bench.run(
        """
        ends = []
        async def tick():
            try:
                while True:
                    ends.append("tick")
                    await asyncio.sleep(0)
            finally:
                ends.append("end")
        await double(1)
        """
    )
    bench.run("async def begin():\n    return asyncio.create_task(tick())\ntask = await begin()")
    bench.run("await double(1)")
    assert bench.run("set(ends), task.done()") == "({'tick'}, False)\n"
    ends = bench.evaluator._consoles["c"].frames.names["ends"]
    bench.evaluator.close("c")
    assert ends[-1] == "end"


def test_the_loop_of_the_test_is_left_as_it_was(stop):
    async def paused():
        _, bench = stop("import asyncio\nhere()")
        said = bench.run("await asyncio.sleep(0, 'slept')"), bench.run("asyncio.get_running_loop() is not None")
        task = asyncio.current_task()
        await asyncio.sleep(0)
        return said, task is asyncio.current_task()

    assert asyncio.run(paused()) == (("'slept'\n", "True\n"), True)


def test_exit_in_a_statement_that_awaits(stop):
    _, bench = stop(DOUBLE)
    bench.run("await double(1)\nexit()")
    assert bench.sent[-1] == wire.ConsoleClosed("exit", None, "c")


STUCK = [
    "await asyncio.sleep(100)",
    "await asyncio.sleep(0)\nwhile True: pass",
    "async def on():\n    while True: await asyncio.sleep(0)\nawait on()",
    "await asyncio.sleep(0)\ntime.sleep(100)",
]


@pytest.mark.parametrize(
    "script_text",
    [
        PAUSED + "lager.pause(timeout=0, interactive=True)\n",
        PAUSED + "async def main():\n    lager.pause(timeout=0, interactive=True)\nasyncio.run(main())\n",
        PAUSED + "t = threading.Thread(target=lambda: lager.pause(timeout=0, interactive=True))\nt.start()\nt.join()\n",
        APAUSED,
    ],
    ids=["pause", "pause in a loop", "pause in a thread", "apause"],
)
def test_an_interrupt_stops_it_in_every_sort_of_pause(box, script, script_text):
    running = script(script_text)
    box.paused()
    with box.console() as console:
        ready(console)
        assert console.run("await later(3)").splitlines()[-1] == "3"
        for statement in STUCK:
            if "thread" in script_text and "t.join" in script_text and "time.sleep" in statement:
                continue  # a call into C there is waited for
            number = console.start(f"print('begun')\n{statement}")
            assert console.next().text == "begun"
            console.send(wire.Interrupt(number))
            assert console.result(number).splitlines()[-1] == "KeyboardInterrupt"
        assert console.run("await later(4)") == "4\n"
        box.resume()
        assert console.closed().reason == "resumed"
    assert running.end()[0] == 0


def test_an_apause_leaves_the_loop_to_the_others_meanwhile(box, script):
    running = script(APAUSED)
    box.paused()
    with box.console() as console, box.console() as other:
        ready(console)
        ready(other)
        assert console.run("await later(volts)") == "5\n"
        assert console.run("asyncio.current_task().get_name() != 'Task-1'") == "False\n"
        number = console.start(
            "print('begun')\nawait asyncio.sleep(0.2)\nasyncio.current_task().get_name() != 'Task-1'"
        )
        assert console.next().text == "begun"
        assert "True" in console.result(number)
        beats = int(console.run("await later(None)\nmain.__globals__['asyncio'] is asyncio and beats"))
        assert int(other.run("await later(None)\nbeats")) > beats
        number = console.start("print('begun')\nawait asyncio.sleep(100)")
        console.next()
        assert box.go_on(sets=[("volts", "volts + 1")]).done == ["volts = 6 (was 5)"]
        assert console.result(number).endswith("KeyboardInterrupt\n")
    assert running.end()[:2] == (0, "None 6\n")


def test_a_statement_ends_with_its_coroutine(box, script):
    """B8: nothing of a console goes on when the script does; also not what refuses to be cancelled."""
    running = script(
        HEAD
        + """
async def stubborn():
    while True:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            print("refused", file=sys.stderr, flush=True)
async def main():
    async def work():
        await lager.apause(timeout=0, interactive=True)
    task = asyncio.create_task(work())
    while not begun.is_set():
        await asyncio.sleep(0.01)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled", flush=True)
    for _ in range(20):
        await asyncio.sleep(0)
    print(len(asyncio.all_tasks()), flush=True)
begun = threading.Event()
asyncio.run(main())
"""
    )
    box.paused()
    with box.console() as console:
        ready(console)
        console.start("begun.set()\nprint('set')\nawait stubborn()")
        console.closed()
    assert running.end()[:2] == (0, "cancelled\n1\n")


def test_a_fork_in_a_statement_that_awaits_is_no_second_script(box, script):
    running = script(APAUSED)
    box.paused()
    with box.console() as console:
        ready(console)
        assert console.run("await later(1)\npid = os.fork()\nif pid: os.waitpid(pid, 0)[1]\n").endswith("0\n")
        box.resume()
        console.closed()
    assert running.end()[:2] == (0, "None 5\n")

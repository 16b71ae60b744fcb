"""Forks, threads and the end of a process while something is paused; and what is kept after a pause: nothing."""

import os
import signal

import pytest

from lager import wire

PAUSE = "import os, sys, threading, time, gc, weakref\nfrom lager.breakpoint import pause\n"


def ready(console):
    assert isinstance(console.next(), wire.ConsoleReady)


CHILDREN = {
    "fork": "pid = os.fork()\nif pid == 0:\n    child()\n    os._exit(0)\nos.waitpid(pid, 0)\n",
    "multiprocessing fork": "multiprocessing.get_context('fork').Process(target=child).start()\n",
    "multiprocessing spawn": "multiprocessing.get_context('spawn').Process(target=child).start()\n",
    "pool": "multiprocessing.get_context('fork').Pool(1).apply(child)\n",
    "subprocess": "import subprocess\nsubprocess.run([sys.executable, '-c', CODE])\n",
}


@pytest.mark.parametrize("kind", CHILDREN)
def test_a_child_has_its_own_pause_while_a_thread_of_its_parent_is_paused(box, script, kind):
    start = CHILDREN[kind].replace("\n", "\n    ")
    running = script(
        f"import multiprocessing\n{PAUSE}CODE = 'from lager import pause; pause(\"child\", timeout=0)'\n"
        "def child():\n    pause('child', timeout=0, interactive=True)\n"
        "def other():\n    pause('thread', timeout=0, interactive=True)\n    print('thread on', flush=True)\n"
        "if __name__ == '__main__':\n"
        "    thread = threading.Thread(target=other)\n    thread.start()\n"
        "    while 'lager.paused' not in sys.modules: time.sleep(0.01)\n    time.sleep(0.2)\n"
        f"    {start}\n    thread.join()\n"
    )
    parent = box.paused()
    child = box.paused()
    assert (parent.label, child.label) == ("thread", "child")
    assert parent.pid == running.process.pid != child.pid
    with box.console(number=parent.number) as console:
        ready(console)
        box.resume(number=child.number)
        assert box.event(wire.PauseEnded) == wire.PauseEnded(child.number, "resumed", "me")
        assert console.run("1 + 1") == "2\n"
        box.resume()
        assert console.closed().reason == "resumed"
    assert running.line() == "thread on"
    assert running.end()[0] == 0


def test_a_child_forked_by_an_expression_is_no_second_script(box, script):
    running = script(PAUSE + "x = 1\npause(timeout=0)\nprint('once', x)\n")
    box.paused()
    assert box.go_on(sets=[("x", "os.fork() and 2")]).done == ["x = 2 (was 1)"]
    assert running.end()[1] == "once 2\n"


def test_a_paused_daemon_thread_at_the_end_of_the_script(box, script):
    running = script(
        PAUSE
        + "def other():\n    pause(timeout=0, interactive=True)\n"
        + "threading.Thread(target=other, daemon=True).start()\npause('main', timeout=0)\n"
    )
    numbers = {one.label: one.number for one in (box.paused(), box.paused())}
    with box.console(number=numbers[None]) as console:
        ready(console)
        assert console.run("1") == "1\n"
        box.resume(number=numbers["main"])
        assert console.closed().reason == "script ended"
    ended = {one.number: one.reason for one in (box.event(wire.PauseEnded), box.event(wire.PauseEnded))}
    assert ended == {numbers["main"]: "resumed", numbers[None]: "script ended"}
    assert running.end()[0] == 0
    assert box.ask("pauses", "run") == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_script_leaves_nothing(box, script, number):
    running = script(PAUSE + "pause(timeout=0, interactive=True)\n")
    box.paused()
    with box.console() as console:
        ready(console)
        os.kill(running.process.pid, number)
        assert console.closed().reason == "script ended"
    assert box.event(wire.PauseEnded).reason == "script ended"
    assert box.ask("pauses", "run") == []


# Handles of the frame: deleted after the pause, each must go at once, without the garbage collector.
KEPT = """
gc.disable()
class Handle:
    pass
def step():
    handle = Handle()
    cell = Handle()
    used = lambda: cell
    gone, gone_too = weakref.ref(handle), weakref.ref(cell)
    try:
        {call}
    except KeyboardInterrupt as exc:
        print(type(exc).__name__)
    del handle, used, cell
    print(gone() is None, gone_too() is None, flush=True)
    return gone
later = step()
print(later() is None)
"""


@pytest.mark.parametrize("how", ["resumed", "console", "changes", "refused", "interrupt", "async"])
def test_nothing_of_a_frame_is_kept(box, script, how):
    call = "pause(timeout=0, interactive=True)"
    source = PAUSE + KEPT.format(call=call)
    if how == "async":
        source = (PAUSE + "import asyncio, lager\n" + KEPT.format(call="await lager.a" + call)).replace(
            "def step", "async def step"
        )
        source = source.replace("later = step()", "later = asyncio.run(step())")
    running = script(source)
    box.paused()
    said = ""
    with box.console() as console:
        ready(console)
        if how != "resumed":
            assert "Handle object" in console.run("mine = [handle, used()]; mine")
            assert "ZeroDivisionError" in console.run("1 / 0")
        if how == "interrupt":
            running.interrupt()
            said = "KeyboardInterrupt\n"
        elif how == "changes":
            box.go_on(sets=[("handle", "[handle][0]")], value="handle")
        else:
            if how == "refused":
                with pytest.raises(Exception, match="1 / 0"):
                    box.go_on(sets=[("handle", "handle")], value="[handle] and 1 / 0")
            box.resume()
        console.closed()
    assert running.end()[:2] == (0, said + "True True\nTrue\n")


def test_memory_does_not_grow(script):
    running = script(
        PAUSE
        + """
sys.stderr = open(os.devnull, "w")
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
def pauses(count):
    for _ in range(count):
        pause("x", timeout=1e-6)
pauses(100)
before = resident()
pauses(1000)
print(resident() - before < 500_000, threading.active_count() < 5, len(os.listdir("/proc/self/fd")) < 20)
""",
        LAGER_RUN_SOCKET="",
    )
    assert running.end() == (0, "True True True\n", "")


@pytest.mark.parametrize(
    ("source", "main"),
    [
        ("lager.pause()", True),
        ("async def work(): lager.pause()\nasyncio.run(work())", True),
        ("async def work(): await lager.apause()\nasyncio.run(work())", False),
        ("threading.Thread(target=lambda: lager.pause(), name='MainThread').start()", False),
    ],
    ids=["main", "task", "apause", "thread"],
)
def test_the_box_knows_whether_the_main_thread_stands_still(box, script, source, main):
    running = script(f"import asyncio, threading\nimport lager\n{source}\n")
    assert box.paused().main == main
    box.resume()
    assert running.end()[0] == 0


def test_the_next_box_knows_who_asked_for_a_pause(box, script, folder, make_box):
    box.ask("asked", "run", "alice")
    stop = "stop_at(sys._getframe(), None, kind='outside')"
    running = script(f"import sys\nfrom lager.breakpoint import stop_at\n{stop}\n")
    before = box.paused()
    running.error_lines(4)  # it is named, and has said so
    box.close()
    again = make_box(folder / "s")
    assert (before.label, again.paused().label) == ("asked for by alice", "asked for by alice")
    again.resume()
    assert running.end()[0] == 0

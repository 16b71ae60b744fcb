"""Whatever a statement or a command raises is shown in its console, and never comes out of the pause."""

import sys

import pytest

from lager import wire

PAUSED = "here = globals().get('here')\nhere()\n"


@pytest.mark.parametrize("first", ["", "import asyncio; await asyncio.sleep(0); "])
def test_what_only_python_raises(stop, first):
    _, bench = stop(PAUSED)
    for kind in ("GeneratorExit", "StopIteration", "KeyboardInterrupt"):
        assert bench.run(f"{first}raise {kind}").endswith(f"\n{kind}\n")
    assert bench.run("1 + 1") == "2\n"


def test_what_a_command_meets(stop):
    _, bench = stop(PAUSED)
    said = bench.run("class Odd:\n    def __repr__(self):\n        raise BaseException('odd')\nOdd()")
    assert said.endswith("\nBaseException: odd\n")
    assert bench.run(":full").endswith("BaseException: odd\n")
    assert bench.run(":deadline x") == "x is no number of seconds (`:deadline 600`, or `:deadline 0` for no limit)\n"


def test_of_a_very_long_traceback_the_beginning_and_the_end_are_shown(stop):
    _, bench = stop(PAUSED)
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(9000)
        said = bench.run("def last(): 1 / 0\ndef down(n): return down(n - 1) if n else last()\ndown(5000)")
    finally:
        sys.setrecursionlimit(limit)
    assert said.startswith("[1003 frames in the middle of this traceback are left out]\nTraceback (most recent call la")
    assert said.count("[Previous line repeated ") == 1
    assert ", in last\n" in said
    assert said.endswith("\nZeroDivisionError: division by zero\n")


def test_a_description_that_takes_for_ever_is_stopped(box, script):
    script("import lager\nlager.pause(timeout=0, interactive=True)\n")
    box.paused()
    with box.console() as console:
        assert isinstance(console.next(), wire.ConsoleReady)
        slow = (
            "class Slow(Exception):\n    def __str__(self):\n        print('on')\n        while True: pass\nraise Slow"
        )
        number = console.start(slow)
        assert console.next().text == "on"
        console.send(wire.Interrupt(number))
        console.result(number)
        assert console.run("1 + 1") == "2\n"


def test_a_statement_that_closes_all_files_does_not_let_the_script_go_on(box, script):
    running = script("import os\nimport lager\nlager.pause(timeout=0, interactive=True)\nprint('went on')\n")
    box.paused()
    with box.console() as console:
        assert isinstance(console.next(), wire.ConsoleReady)
        console.start("os.closerange(3, 100)")
        console.closed()
    assert box.event(wire.PauseEnded).number == box.paused().number  # it connects again
    with box.console() as console:
        assert isinstance(console.next(), wire.ConsoleReady)
        assert console.run("1 + 1") == "2\n"
    box.resume()
    status, out, err = running.end()
    assert (status, out) == (0, "went on\n")
    assert err.endswith("\n=== resumed\n")

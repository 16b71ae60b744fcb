"""`lager python --view ID` against a scripted box: in a pipe, as JSON, on a terminal."""

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "wholes"))
from consoles import READY
from scripted import playing
from terminal import Terminal

from lager import wire

LAGER = str(Path(sys.executable).with_name("lager"))
TOLD = [
    wire.Said(1, "volts", "ada", 1_700_000_000.0, "c1", 1),
    wire.ConsoleOutput(1, 1, "3.3\n", "c1", 2),
    wire.Wrote(1, "supply1.enable()", "c1", 3),
    wire.ConsoleResult(1, True, "c1", 4),
    wire.Said(2, "1/0", "ada", 1_700_000_001.0, "c1", 5),
    wire.ConsoleOutput(2, 2, "ZeroDivisionError\n", "c1", 6),
    wire.ConsoleResult(2, False, "c1", 7),
]


def scene(on):
    assert on.join(READY).view
    on.say(*TOLD, wire.ConsoleClosed("resumed"))


def view(port, *words):
    command = [LAGER, "python", "--view", "r", "--box", f"127.0.0.1:{port}", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, env=os.environ | {"TZ": "UTC"})


def test_in_a_pipe(folder):
    with playing(scene) as port:
        done = view(port)
    assert done.stdout.splitlines() == [
        "22:13:20 ada | >>> volts",
        "         ada | 3.3",
        "         ada | [done on the bench: supply1.enable()]",
        "22:13:21 ada | >>> 1/0",
        "         ada | ZeroDivisionError",
    ]
    assert done.stderr == (
        "Following the consoles of r, paused at t.py:1. Ctrl-C ends it.\n"
        "The script was resumed; the console is closed.\n"
    )
    assert done.returncode == 0


def test_as_json(folder):
    with playing(scene) as port:
        done = view(port, "--json")
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["kind"] for one in entries] == [
        "statement",
        "output",
        "wrote",
        "result",
        "statement",
        "output",
        "result",
    ]
    assert entries[0] == {
        "time": 1_700_000_000.0,
        "kind": "statement",
        "user": "ada",
        "console": "c1",
        "pause": 1,
        "statement": 1,
        "text": "volts",
    }
    assert entries[6]["ok"] is False


def test_over_a_broken_connection(folder):
    def breaks(on):
        on.join(READY)
        on.say(*TOLD[:2])
        on.break_off()

    def goes_on(on):
        join = on.join(READY)
        assert (join.seen, join.view, join.again) == (2, True, True)
        on.say(*TOLD[1:], wire.ConsoleClosed("script ended"))

    with playing(breaks, goes_on) as port:
        done = view(port)
    assert len(done.stdout.splitlines()) == 5
    assert done.returncode == 0


def test_a_run_that_is_not_paused(folder):
    refused = wire.ErrorBody("nothing-paused", "r is not paused", "see `lager runs`")
    with playing(lambda on: on.say(wire.ConsoleClosed("error", refused))) as port:
        done = view(port)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: r is not paused.")


def test_ctrl_c_ends_it(folder):
    def waits(on):
        on.join(READY)
        on.say(*TOLD[:2])
        on.until(wire.Leave)

    with playing(waits) as port:
        command = [LAGER, "python", "--view", "r", "--box", f"127.0.0.1:{port}"]
        one = Terminal(command, folder, os.environ | {"TERM": "xterm"})
        try:
            one.expect(r"ada \| 3\.3")
            one.type("\x03")
            assert one.wait() == 0
        finally:
            one.close()
    assert "Aborted" not in one.text

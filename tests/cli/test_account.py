"""One run in words: how it is, how it ended, what was done to it."""

import datetime

import pytest

from lager import wire
from lager_cli.runs.account import lines, state

ID = "3fa91c2e-0000-4000-8000-000000000001"
START = 1_795_300_000.0
NOW = datetime.datetime.fromtimestamp(START + 100, datetime.timezone.utc)


def info(**more):
    known = {"id": ID, "state": "running", "name": "t.py", "args": [], "user": "alice", "box": "", "started": START}
    return wire.RunInfo(**known | more)


def ended(**more):
    return info(state="finished", ended=START + 75, **more)


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (info(), "is running"),
        (info(state="console", kind=wire.CONSOLE), "is a console, and open"),
        (info(did=["SIGINT (alice)"]), "is being ended (SIGINT (alice))"),
        (info(waits_for="bob"), "waits for the box, which bob has"),
        (ended(status=0, reason="exit"), "ended with status 0"),
        (ended(status=137, reason="signal"), "ended with status 137: SIGKILL ended it"),
        (ended(status=128 + 99, reason="signal"), "ended with status 227: signal 99 ended it"),
        (
            ended(status=124, reason="timeout", timeout=300.0, did=["SIGINT", "SIGTERM"]),
            "ended with status 124: its timeout of 5m was over (SIGINT, then SIGTERM)",
        ),
        (
            ended(status=130, reason="stopped", did=["SIGINT (its client is gone)"]),
            "was stopped, and ended with status 130 (SIGINT (its client is gone))",
        ),
        (
            ended(status=1, reason="lost"),
            "is lost: the process that kept its output and exit status was killed, and the script with it",
        ),
        (ended(status=3), "ended with status 3"),  # of an older box
    ],
)
def test_how_it_is(run, words):
    assert state(run) == words


def test_all_of_a_run_that_is_paused():
    pause = wire.PauseInfo(
        number=2, name=f"{ID}.2", label="look\x1b", file="t.py", line=7, function="f", thread="MainThread",
        since=START + 60, timeout=60.0, interactive=True, until=START + 120,
    )  # fmt: skip
    run = info(
        state="paused",
        args=["a b", "\n"],
        pauses=[pause],
        timeout=90.0,
        keep=True,
        output=12_345,
        missing=5000,
        followers=2,
    )
    assert lines(run, [wire.FileInfo("a.csv", 3, START)], NOW) == [
        f"Run {ID} is paused.",
        "  script:   t.py 'a b' '\\n'",
        "  user:     alice",
        "  started:  22:26:40, 1m40s ago",
        f'  paused:   at t.py:7 "look\\x1b" since 22:27:40, auto-resume in 20s (id {ID}.2)',
        "  timeout:  90s in all",
        "  kept:     it goes on when its client is gone",
        "  output:   its log has 12.3 kB; 5 kB more could not be kept (the disk, or the box's limit): "
        "lager logs 3fa91c2e",
        "  followed: by 2 now",
        "  files:    a.csv: lager runs files 3fa91c2e",
    ]


def test_all_of_a_run_that_left_nothing():
    assert lines(ended(status=0, reason="exit"), [], NOW)[3:] == [
        "  started:  22:26:40; it took 1m15s",
        "  output:   nothing",
        "  files:    none",
    ]
    many = [wire.FileInfo(f"{number}.txt", 1, START) for number in range(10)]
    assert lines(info(), many, NOW)[-1].endswith("7.txt and 2 more: lager runs files 3fa91c2e")
    assert not any("files:" in line for line in lines(info(), None, NOW))

"""A transcript in lines for people."""

import datetime

from lager import wire
from lager_cli.runs.transcript import told

ALICE = {"user": "alice", "console": "a", "pause": 1}


def at(seconds, kind, **more):
    return wire.TranscriptEntry(time=seconds, kind=kind, **more)


def utc(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def test_what_was_done_by_whom_and_when():
    entries = [
        at(0, "joined", **ALICE),
        at(1, "statement", **ALICE, statement=1, text="for v in (1, 2):\n    supply1.set_voltage(v)\n"),
        at(2, "wrote", **ALICE, statement=1, text="supply1.set_voltage(1)"),
        at(3, "output", **ALICE, statement=1, stream=1, text="one\n\x1b[31mtwo\x07\r\n"),
        at(3, "gap", **ALICE, statement=1, text="more was written"),
        at(3, "result", **ALICE, statement=1, ok=True, file="a-1.txt"),
        at(4, "result", **ALICE, statement=2, ok=False),
        at(5, "broken", **ALICE),
        at(6, "again", **ALICE),
        at(86400, "left", **ALICE, text="resumed"),
        at(86401, "joined", user="bob", console="f", pause=1, view=True),
        at(86402, "left", user="bob", console="f", pause=1, view=True),
        at(86403, "resumed", user="bob\n", pause=1, text="n = 7 (was 1)"),
        at(86404, "timed out", pause=2),
    ]
    assert "\n".join(told(entries, utc)) == (
        "=== 1970-01-01\n"
        "00:00:00  alice  opened a console on pause 1\n"
        "00:00:01  alice  >>> for v in (1, 2):\n"
        "                 ...     supply1.set_voltage(v)\n"
        "00:00:02  alice  [done on the bench: supply1.set_voltage(1)]\n"
        "00:00:03  alice  one\n"
        "                 \\x1b[31mtwo\\x07\n"
        "00:00:03  alice  [more was written]\n"
        "00:00:03  alice  (all of its output: a-1.txt)\n"
        "00:00:05  alice  lost the connection of the console\n"
        "00:00:06  alice  is back in the console\n"
        "=== 1970-01-02\n"
        "00:00:00  alice  left the console (resumed)\n"
        "00:00:01  bob  opened a follower on pause 1\n"
        "00:00:02  bob  left the follower\n"
        "00:00:03  bob   pause 1 resumed: n = 7 (was 1)\n"
        "00:00:04  -  pause 2 timed out"
    )


def test_nothing_was_done():
    assert list(told([], utc)) == []

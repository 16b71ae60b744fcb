"""`lager runs transcript`: what was done in the consoles of a run, during it and after it."""

import json
import sys
from pathlib import Path

BENCH = "two_instruments.toml"

sys.path.insert(0, str(Path(__file__).parent))


def test_the_transcript_of_a_run_during_it_and_after_it(home):
    home.env["LAGER_USER"] = "alice"
    home.script("import lager\nn = 1\nlager.pause(timeout=0, interactive=True)\n", "p.py")
    first = home.terminal("python", "p.py")
    name = first.expect(r"\(id (\S+)\)$")[1]
    first.expect("no auto-resume")
    assert home.lager("runs", "transcript", name[:8]).stdout == "Nobody has looked into this run.\n"
    assert home.lager("runs", "transcript", name, "--json").stdout == ""
    assert home.lager("python", "--console", name, "-c", "n = 5; n").stdout == "5\n"
    during = home.lager("runs", "transcript", name).stdout.splitlines()
    assert [line.split("  ", 2)[1:] for line in during[1:]] == [
        ["alice", "opened a console on pause 1"],
        ["alice", ">>> n = 5; n"],
        ["alice", "5"],
        ["alice", "left the console"],
    ]
    assert home.lager("python", "--continue", name).returncode == 0
    first.wait()
    after = [json.loads(line) for line in home.lager("runs", "transcript", name, "--json").stdout.splitlines()]
    assert [one["kind"] for one in after] == ["joined", "statement", "output", "result", "left", "resumed"]
    assert {one["user"] for one in after} == {"alice"}


def test_a_transcript_that_cannot_be(home):
    assert home.lager("nets").returncode == 0
    assert home.lager("runs", "transcript", "ffff").returncode == 1
    empty = home.lager("runs", "transcript", "")
    assert (empty.returncode, "ID is empty" in empty.stderr) == (2, True)
    wrong = home.lager("runs", "--watch", "transcript", "ffff")
    assert (wrong.returncode, "none of the options" in wrong.stderr) == (2, True)

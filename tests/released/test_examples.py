"""Scripts of `examples/` under released clients, as they stand: a folder that pauses, tests, a result and its file."""

import csv
import re
from pathlib import Path

from releasedclient import read_until

BENCH = None  # the default one
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
WORDS = "python", "--box", "bench"


def test_a_board_is_brought_up_with_a_pause_after_each_rail(client, box):
    run = client.start(*WORDS, EXAMPLES / "board_bringup")
    for rail, resume in (("core", lambda one: client.run(*WORDS, "--continue", one)), ("I/O", continued(box))):
        banner = read_until(run.stderr, "auto-resume in 300s\n")
        found = re.search(rf'breakpoint "{rail} is up: anything warm\?" at rails\.py:\d+  \(id (\S+)\)', banner)
        assert resume(found[1]).stdout == f"Resumed {found[1]}\n"
    shown, _ = run.communicate(timeout=60)
    assert run.returncode == 0
    assert shown.splitlines()[-2:] == ["I/O is off", "core is off"]


def continued(box):
    """Give what lets a run go on by our own command."""
    return lambda one: box.lager("python", "--continue", one)


def test_a_folder_of_tests(client):
    done = client.run(*WORDS, EXAMPLES / "board_tests", "--", "-k", "rail or line")
    assert (done.returncode, done.stdout[:3]) == (0, "..."), done


def test_a_production_test_and_its_file(client):
    words = ("--download", "results.csv", EXAMPLES / "production_test.py", "--", "--most-ma", "30", "SN7")
    done = client.run(*WORDS, *words)
    assert done.returncode == 1, done
    assert "'failed': ['current']" in done.stdout
    assert "SN7: FAIL (current)\n" in done.stdout
    with (client.folder / "results.csv").open() as file:
        assert {row["test"]: row["verdict"] for row in csv.DictReader(file)}["current"] == "FAIL"

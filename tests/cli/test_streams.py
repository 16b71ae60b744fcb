"""Standard streams that are closed or full, and places that cannot be written: words and a status, no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

LAGER = str(Path(sys.executable).with_name("lager"))


def shell(line):
    script = line.replace("lager", LAGER, 1)
    return subprocess.run(
        ["/bin/sh", "-c", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("words", "status"), [("boxes", 0), ("nets --box nowhere", 2), ("--help", 0), ("nix", 2)])
def test_closed_streams_change_no_status(folder, words, status, closed):
    done = shell(f"lager {words} {closed}")
    assert done.returncode == status
    assert "defect" not in done.stderr


@pytest.mark.parametrize(
    ("words", "status"),
    [("boxes >/dev/full", 1), ("--help >/dev/full", 1), ("nets --box x 2>/dev/full", 2), ("nix 2>/dev/full", 2)],
)
def test_a_full_disk_is_said_where_it_can_be(folder, words, status):
    done = shell(f"lager {words}")
    assert (done.returncode, done.stdout) == (status, "")
    if status == 1:
        assert done.stderr == (
            "Error: the output cannot be written: no space left on device.\n"
            "Try: write it elsewhere, or make room there.\n"
        )


@pytest.mark.parametrize(
    "line",
    [
        "LAGER_STATE_DIR=/proc/x lager nets",
        "LAGER_STATE_DIR=/dev/null lager nets",
        "LAGER_CONFIG_FILE_DIR=/proc/x lager boxes add --name a --ip 1.2.3.4",
    ],
)
def test_places_that_cannot_be_used(folder, line):
    done = shell(line)
    assert (done.returncode, done.stdout) == (1, "")
    assert [one.split()[0] for one in done.stderr.splitlines()] == ["Error:", "Try:"]
    assert "cannot be used: " in done.stderr
    assert "defect" not in done.stderr

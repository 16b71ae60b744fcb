"""The start of worker processes: what they are told, and how soon again after they died."""

import os
import subprocess
import sys

import msgspec
import pytest

from lager_hwservice import assignment
from lager_hwservice.assignment import Assignment
from lager_hwservice.spare import Youth, restart_delay

SOMETHING = Assignment("USB0::1::2::3::INSTR", "K", "usbip://h:1", "/s", 2.5, True)


def test_an_assignment_on_a_command_line_and_as_a_line():
    assert assignment.read(SOMETHING.words()) == SOMETHING
    assert assignment.decode(msgspec.json.encode(SOMETHING)) == SOMETHING
    plain = Assignment("A", "I", "", "/s")
    assert assignment.read(plain.words()) == plain
    assert assignment.read(["--spare"]) is None


def test_a_command_line_that_says_too_little(capsys):
    with pytest.raises(SystemExit):
        assignment.read(["--address", "A"])
    assert "--address, --instrument and --socket are needed" in capsys.readouterr().err


def test_a_spare_that_is_told_nothing_ends():
    command = [sys.executable, "-m", "lager_hwservice.worker", "--spare"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b'{"event":"spare"}\n', b"")


def test_a_spare_whose_service_was_killed_ends_without_a_word():
    command = [sys.executable, "-m", "lager_hwservice.worker", "--spare"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("deaths", "was_ready", "delay"),
    [(0, False, 0), (3, False, 0), (4, False, 0.2), (6, False, 0.8), (50, False, 5), (4, True, 0.2), (50, True, 0.4)],
)
def test_how_long_the_next_start_waits(deaths, was_ready, delay):
    assert restart_delay(deaths, was_ready) == pytest.approx(delay)


def test_only_short_lives_in_a_row_count():
    now = [0.0]
    youth = Youth(lambda: now[0])

    def live(seconds, was_ready=False):
        youth.begin()
        now[0] += seconds
        return youth.end(was_ready)

    assert [live(0.1) for _ in range(5)] == [0, 0, 0, 0.2, 0.4]
    assert live(3) == 0
    assert [live(0.1, was_ready=True) for _ in range(5)] == [0, 0, 0, 0.2, 0.4]
    assert live(1, was_ready=True) == 0

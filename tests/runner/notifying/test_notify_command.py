"""Commands that are told: real ones, with their output, their end, and what they leave behind."""

import os
import select
import threading

import pytest

from lager_runner.notifying.command import Command


def run(tmp_path, command, body=b"{}", within=20.0, folder=None):
    return Command(command, str(folder or tmp_path), within).deliver("paused", body)


def test_it_gets_the_notification_and_the_event(tmp_path, monkeypatch):
    monkeypatch.setenv("LAGER_TOKEN", "secret")
    monkeypatch.setenv("LAGER_BOX", "b1")
    body = b'{"x": "' + b"y" * 200_000 + b'"}'
    done = run(tmp_path, 'cat > got; echo "$LAGER_EVENT [$LAGER_TOKEN$LAGER_BOX]" > event; pwd > where', body)
    assert (done.delivered, done.status, done.error) == (True, 0, "")
    assert (tmp_path / "got").read_bytes() == body + b"\n"
    assert (tmp_path / "event").read_text() == "paused []\n"
    assert (tmp_path / "where").read_text().strip() == os.path.realpath(tmp_path)


def test_it_need_not_read_it(tmp_path):
    assert run(tmp_path, "exec <&-; true", b"x" * 1_000_000).delivered


def test_where_its_folder_has_gone_it_runs_at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run(tmp_path, "pwd > where", folder=tmp_path / "gone").delivered
    assert (tmp_path / "where").exists()


@pytest.mark.parametrize(
    ("command", "status", "error"),
    [
        ("echo wrong >&2; echo more; exit 3", 3, "status 3: wrong more"),
        ("exit 4", 4, "status 4"),
        ("kill -9 $$", 137, "status 137"),
        ("no-such-program-here", 127, "not found"),
        ("'", 2, "status 2: "),
    ],
)
def test_a_failure_says_what_the_command_said_and_is_final(tmp_path, command, status, error):
    done = run(tmp_path, command)
    assert (done.delivered, done.status, done.final) == (False, status, True)
    assert error in done.error


def test_of_much_output_the_last_is_kept(tmp_path):
    done = run(tmp_path, "seq 200000; echo the end; exit 1")
    assert done.error.endswith("200000 the end")
    assert len(done.error) < 1100


def test_one_that_takes_too_long_is_killed_with_what_it_started(tmp_path):
    held = tmp_path / "held"
    os.mkfifo(held)
    reader = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
    done = run(tmp_path, "exec 3> held; echo started >&2; sleep 60 & sleep 60", within=0.5)
    assert (done.delivered, done.status, done.final) == (False, 137, True)
    assert done.error == "killed after 0.5 s: started"
    assert select.select([reader], [], [], 20)[0]
    assert os.read(reader, 1) == b""  # nobody holds its other end any more: both have gone
    os.close(reader)


def test_one_that_talks_for_ever_is_killed_too(tmp_path):
    assert run(tmp_path, "yes", within=0.3).error.startswith("killed after 0.3 s: y y")


def test_what_it_leaves_running_is_not_waited_for(tmp_path):
    held = tmp_path / "held"
    os.mkfifo(held)
    end = os.open(held, os.O_RDWR)
    assert run(tmp_path, "(read line < held; echo $line > heard; echo > held) &").delivered
    os.write(end, b"go\n")
    assert select.select([end], [], [], 20)[0]
    os.close(end)


def test_one_that_nobody_waits_for_any_more_is_killed(tmp_path):
    os.mkfifo(tmp_path / "begun")
    begun = os.open(tmp_path / "begun", os.O_RDWR)
    command, outcomes = Command("echo > begun; sleep 60", str(tmp_path)), []
    thread = threading.Thread(target=lambda: outcomes.append(command.deliver("paused", b"{}")))
    thread.start()
    assert select.select([begun], [], [], 20)[0]
    command.abandon()
    thread.join(20)
    assert [one.status for one in outcomes] == [137]
    command.abandon()  # there is none any more
    assert not command.deliver("paused", b"{}").delivered
    os.close(begun)


def test_a_shell_that_cannot_be_started(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "gone"))
    done = run(tmp_path, "true", folder=tmp_path / "gone, too")
    assert (done.delivered, done.error) == (False, "it cannot be started: no such file or directory")

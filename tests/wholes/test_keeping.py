"""What a box keeps of runs, and of which: killed clients, logs, files, pruning, limits; with the real commands."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

BENCH = "two_instruments.toml"

WAITS = "import signal, sys\nprint('ready', flush=True)\ntry:\n    signal.pause()\nfinally:\n    print('cleaned up')\n"
PAUSES = "import lager\nprint('ready', flush=True)\nlager.pause('here', timeout=0)\nprint('went on')\n"
GONE = "2s"


@pytest.fixture(scope="module", autouse=True)
def running(home):
    assert home.lager("box", "limits", f"client_gone={GONE}").stdout == "client_gone: 2s (was 1m)\n"
    assert home.lager("nets").returncode == 0
    home.env["LAGER_USER"] = "alice"


def start(home, script, *options, name="kept.py"):
    """Run a script in the background; give its command and the run's id."""
    known = set(os.listdir(runs(home))) if runs(home).exists() else set()
    client = home.start("python", *options, home.script(script, name))
    assert client.stdout.readline() == "ready\n"
    (run,) = set(os.listdir(runs(home))) - known
    return client, run


def runs(home):
    return home.folder / "state" / "runs"


def kill(client):
    client.kill()
    client.communicate(timeout=30)


def show(home, run):
    return json.loads(home.lager("runs", "show", run, "--json").stdout)


def test_a_killed_client_ends_its_run(home):
    client, run = start(home, WAITS)
    kill(client)
    done = home.lager("logs", "-f", run[:8])
    assert done.returncode == 0
    assert done.stdout == "ready\ncleaned up\n"
    assert done.stderr.startswith("=== lager: stopping the run: its client is gone\n")
    assert re.search(
        r"=== lager: the run was stopped, and ended with status \d+ \(SIGINT \(its client is gone\)\)\n$", done.stderr
    )
    assert (show(home, run)["reason"], show(home, run)["did"]) == ("stopped", ["SIGINT (its client is gone)"])
    told = home.lager("runs", "show", run[:8]).stdout
    assert told.startswith(f"Run {run} was stopped, and ended with status ")


TWICE = """\
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
print('ready', flush=True)
for _ in range(2): signal.sigwait([signal.SIGUSR1]); print('more')
"""


def test_a_reader_that_goes_away_leaves_a_run_that_is_to_be_kept(home):
    """`lager python --keep | head -1`, or a terminal that is closed."""
    client, run = start(home, TWICE, "--keep")
    client.stdout.close()
    home.lager("python", "--kill", run, "--signal", "SIGUSR1")
    assert client.wait(30) == 128 + signal.SIGPIPE
    with client.stderr as said:
        assert f"lager python --reattach {run}" in said.read()
    home.lager("python", "--kill", run, "--signal", "SIGUSR1")
    done = home.lager("logs", "-f", run)
    assert (done.stdout, done.returncode) == ("ready\nmore\nmore\n", 0)


def test_a_killed_client_of_a_run_that_is_to_be_kept(home):
    client, run = start(home, "import time\nprint('ready', flush=True)\ntime.sleep(4)\nprint('done')\n", "--keep")
    kill(client)
    done = home.lager("logs", "-f", run)
    assert (done.stdout, done.returncode) == ("ready\ndone\n", 0)
    assert done.stderr == "=== lager: the run ended with status 0\n"


@pytest.mark.parametrize("keep", [False, True])
def test_a_killed_client_of_a_paused_run(home, keep):
    client, run = start(home, PAUSES, *(["--keep"] if keep else []))
    assert client.stderr.readline().startswith('=== lager breakpoint "here" at kept.py:3')
    kill(client)
    following = home.start("logs", "-f", run)
    if not keep:
        while "so it is kept" not in (line := following.stderr.readline()):
            assert line
        assert f"lager python --reattach {run}" in line
    told = home.lager("runs", "show", run).stdout
    assert told.startswith(f"Run {run} is paused.\n")
    assert re.search(rf'^  paused:   at kept\.py:3 "here" since \S+, waits for ever \(id {run}\)$', told, re.MULTILINE)
    assert home.lager("python", "--continue", run).returncode == 0
    out, _ = following.communicate(timeout=30)
    assert (out, show(home, run)["status"]) == ("ready\nwent on\n", 0)


def test_a_client_that_is_stopped_is_not_gone(home):
    script = "import time\nprint('ready', flush=True)\ntime.sleep(3.5)\nprint('x' * 3000000)\nraise SystemExit(7)\n"
    client, run = start(home, script)
    client.send_signal(signal.SIGSTOP)
    waiting = home.lager("logs", "-f", run)  # until the run has ended
    assert waiting.stdout == f"ready\n{'x' * 3000000}\n"
    client.send_signal(signal.SIGCONT)
    out, _ = client.communicate(timeout=30)
    assert (out, client.returncode) == (f"{'x' * 3000000}\n", 7)


@pytest.fixture(scope="module")
def done(home):
    """A run that has written this and that, and has ended."""
    script = "import sys, os\nprint('out')\nprint('err: ä', file=sys.stderr)\nos.write(1, b'\\xff\\n')\n"
    script += "with open('result.csv', 'wb') as file:\n    file.write(bytes(range(256)))\n"
    script += "os.symlink('/etc/passwd', 'link')\nsys.exit(3)\n"
    before = set(os.listdir(runs(home))) if runs(home).exists() else set()
    assert home.lager("python", home.script(script, "done.py"), "a b", errors="surrogateescape").returncode == 3
    (run,) = set(os.listdir(runs(home))) - before
    return run


def test_logs_of_a_run_that_has_ended(home, done):
    both = home.lager("logs", done, errors="surrogateescape")
    assert both.stdout == "out\n\udcff\n"
    assert both.stderr.splitlines()[-2:] == ["err: ä", "=== lager: the run ended with status 3"]
    only = home.lager("logs", done[:8], "--stderr")
    assert (only.stdout, only.stderr.count("err: ä")) == ("", 1)
    events = [json.loads(line) for line in home.lager("logs", done, "--json").stdout.splitlines()]
    assert {one["run"] for one in events} == {done}
    assert "".join(one.get("text", "") for one in events if one.get("stream") == "stderr") == "err: ä\n"
    assert any("base64" in one for one in events)
    assert (events[-1]["event"], events[-1]["status"]) == ("exit", 3)
    assert "err" not in home.lager("logs", done, "--since", "0s").stderr


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_logs_that_cannot_be_written_are_no_good_end(home, done, words):
    command = [os.path.join(os.path.dirname(sys.executable), "lager"), "logs", done, *words]
    with open("/dev/full", "wb") as full:
        told = subprocess.run(command, env=home.env, stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert b"Error: the output cannot be written: no space left on device.\n" in told.stderr
    assert told.returncode == 1


def test_logs_of_a_run_that_goes_on_are_what_there_is_now(home):
    client, run = start(home, WAITS)
    now = home.lager("logs", run)
    assert (now.stdout, now.stderr, now.returncode) == ("ready\n", "", 0)
    following = home.start("logs", run, "-f")
    assert following.stdout.readline() == "ready\n"
    following.send_signal(signal.SIGINT)
    assert following.communicate(timeout=30) == ("", "")
    assert following.returncode == 0
    assert show(home, run)["state"] == "running"
    client.terminate()
    client.communicate(timeout=30)


def test_all_that_is_known_of_a_run(home, done):
    told = home.lager("runs", "show", done[:8]).stdout.splitlines()
    assert told[0] == f"Run {done} ended with status 3."
    assert told[1].endswith("done.py 'a b'")
    assert told[2] == "  user:     alice"
    assert told[-1] == f"  files:    done.py, result.csv: lager runs files {done[:8]}"
    assert show(home, done)["files"][1]["path"] == "result.csv"


def test_files(home, done):
    listed = home.lager("runs", "files", done).stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["file", "=======" + "===", "done.py", "result.csv"]
    fetched = home.lager("runs", "download", done, "result.csv")
    assert (fetched.returncode, fetched.stderr) == (0, "result.csv: 256 bytes\n")
    assert (home.folder / "result.csv").read_bytes() == bytes(range(256))
    again = home.lager("runs", "download", done, "result.csv")
    assert again.returncode == 2
    assert "File result.csv exists; please rename it or use the --allow-overwrite flag" in again.stderr
    assert home.lager("runs", "download", done, "result.csv", "--allow-overwrite").returncode == 0
    piped = home.lager("runs", "download", done, "done.py", "-o", "-")
    assert piped.stdout == (home.folder / "done.py").read_text()
    refused = home.lager("runs", "download", done, "link", "-o", "x")
    assert (refused.returncode, (home.folder / "x").exists()) == (1, False)


def test_pruning(home, done):
    assert home.lager("runs", "prune").stdout == "Nothing to remove.\n"
    asked = home.lager("runs", "prune", "--all", "--dry-run")
    assert f"  {done}" in asked.stdout.splitlines()
    told = home.lager("runs", "prune", "--all", "--yes")
    assert re.fullmatch(r"Removed \d+ runs \(.* [kM]B\)\.\n", told.stdout)
    assert not (runs(home) / done).exists()
    sitting = home.terminal("runs", "prune", "--older", "0s")
    assert sitting.wait() == 0
    assert "Nothing to remove." in sitting.text

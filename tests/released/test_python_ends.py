"""Released clients end runs, lose them, leave them and come back: by Ctrl-C, `--kill`, `--detach` and `--reattach`."""

import json
import re
import signal

import pytest
from releasedclient import SLEEPING, interrupt, read_until

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
NOBODY = "00000000-0000-4000-8000-000000000000"
TIDY = """
import os, sys, time, lager
try:
    print("working", os.environ["LAGER_PROCESS_ID"], flush=True)
    time.sleep(60)
finally:
    print("tidying up", flush=True)
    time.sleep(0.3)
    open(sys.argv[1], "w").write("off")
    print("outputs off", flush=True)
"""
INTERRUPTED = f"""Traceback (most recent call last):
  File "tidy.py", line 5, in <module>
{SLEEPING}KeyboardInterrupt
"""
ENDED = {"0.21.0": 254, "0.55.0": 130}  # by SIGINT, as each of them has it
STOPPING = " Attempting to stop Lager Python job\n"


@pytest.fixture
def left(tmp_path):
    """The file that shows that a script's `finally` has run."""
    return tmp_path / "finally.txt"


def begin(client, left, script=TIDY):
    """Start the tidy script; give the process and the run's id, once the script works."""
    process = client.start("python", "--box", "bench", client.file("tidy.py", script), left)
    word, run = process.stdout.readline().split()
    assert word == "working"
    return process, run


def status_of(box, run):
    return json.loads(box.lager("runs", "show", run, "--json").stdout)


def test_ctrl_c_lets_finally_run(client, version, left):
    process, _ = begin(client, left)
    interrupt(process)
    out, err = process.communicate()
    assert left.read_text() == "off"
    assert out == f"{STOPPING}tidying up\noutputs off\n{INTERRUPTED}"
    assert (err, process.returncode) == ("", ENDED[version])


def test_ctrl_c_twice_ends_the_client_and_the_script_still_tidies_up(client, box, left):
    go = left.with_name("go")
    slowly = TIDY.replace("time.sleep(0.3)", f"while not os.path.exists({str(go)!r}):\n        time.sleep(0.02)")
    process, _ = begin(client, left, script=slowly)
    interrupt(process)
    read_until(process.stdout, "tidying up\n")
    interrupt(process)
    process.communicate()
    assert process.returncode != 0
    go.touch()
    box.until(lambda: left.exists() and left.read_text() == "off")


def test_a_client_that_is_killed_has_its_script_ended(client, box, left):
    process, run = begin(client, left)
    process.kill()
    assert box.until(left.exists)
    box.until(lambda: status_of(box, run)["state"] == "finished")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_client_that_is_told_to_end_has_its_script_ended(client, box, left, number):
    process, _ = begin(client, left)
    interrupt(process, number)
    process.communicate()
    assert process.returncode != 0
    assert box.until(left.exists)


def test_a_closed_pipe_has_its_script_ended(client, box, left):
    chatty = TIDY.replace("    time.sleep(60)", "    while True:\n        print('step')\n        time.sleep(0.05)")
    process = client.start("python", "--box", "bench", client.file("chatty.py", chatty), left)
    read_until(process.stdout, "step\n")
    process.stdout.close()
    process.stderr.close()
    process.wait(40)
    assert box.until(left.exists)


def test_kill_by_id(client, box, left):
    process, run = begin(client, left)
    killed = client.run("python", "--box", "bench", "--kill", run)
    assert (killed.stdout, killed.stderr, killed.returncode) == (f"Process {run} killed\n", "", 0)
    process.communicate()
    assert left.exists()
    assert process.returncode != 0


def test_kill_all_and_other_signals(client, box, left, tmp_path):
    catching = (
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})\n"
        "print('waits', flush=True)\nprint('got', int(signal.sigwait({signal.SIGUSR1})))\n"
    )
    one = client.start("python", "--box", "bench", client.file("waits.py", catching))
    assert one.stdout.readline() == "waits\n"
    asked = client.run("python", "--box", "bench", "--kill-all", "--signal", "SIGUSR1")
    assert (asked.stdout, asked.returncode) == ("All processes killed\n", 0)
    out, err = one.communicate()
    assert (out, err, one.returncode) == (f"got {int(signal.SIGUSR1)}\n", "", 0)


@pytest.mark.parametrize("option", ["--kill", "--reattach"])
def test_what_is_no_run(client, option):
    for given, said in ((NOBODY, f"Process not found: {NOBODY}\n"), ("abc", "Invalid process UUID: abc\n")):
        done = client.run("python", "--box", "bench", option, given)
        assert (done.stdout, done.stderr, done.returncode) == ("", said, 1)


COUNTS = """
import os, sys, time
from pathlib import Path
print("begins", flush=True)
print("to stderr", file=sys.stderr)
while not Path(sys.argv[1]).exists():
    time.sleep(0.02)
print("ends")
sys.exit(5)
"""


def test_detach_and_reattach(client, box, tmp_path):
    go = tmp_path / "go"
    words = "python", "--box", "bench"
    detached = client.run(*words, "--detach", client.file("counts.py", COUNTS), go)
    found = re.search(rf"^Process detached \(Process ID: ({UUID})\)\n", detached.stdout, re.MULTILINE)
    run = found[1]
    assert f"To reattach: lager python --reattach {run} --box bench\n" in detached.stdout
    assert f"To kill: lager python --kill {run} --box bench\n" in detached.stdout
    assert detached.returncode == 0
    first = client.terminal(*words, "--reattach", run)
    first.expect("begins")
    first.expect("to stderr")
    first.type("\x04")
    assert first.wait() == 0
    hints = "To reattach: lager python --reattach {0} --box bench\nTo kill: lager python --kill {0} --box bench\n"
    assert first.text == f"begins\nto stderr\n\nDetaching...\n{hints.format(run)}"
    second = client.start(*words, "--reattach", run)
    assert second.stdout.readline() == "begins\n"
    go.touch()
    out, err = second.communicate()
    assert second.returncode == 5
    assert "to stderr\n" in out + err
    assert out.endswith("ends\nProcess exited with code 5\n") or err.endswith("Process exited with code 5\n")
    again = client.run(*words, "--reattach", run)
    assert again.returncode == 5
    assert again.stdout + again.stderr == "begins\n" + out + err
    assert box.lager("logs", run).returncode in (0, 5)


def test_ctrl_c_while_reattached_ends_the_run(client, version, left):
    words = "python", "--box", "bench"
    detached = client.run(*words, "--detach", client.file("tidy.py", TIDY), left)
    run = re.search(UUID, detached.stdout)[0]
    attached = client.start(*words, "--reattach", run)
    assert attached.stdout.readline() == f"working {run}\n"
    interrupt(attached)
    out, err = attached.communicate()
    assert left.read_text() == "off"
    code = {"0.21.0": -2, "0.55.0": 130}[version]
    assert out == f"{STOPPING}tidying up\noutputs off\n{INTERRUPTED}Process exited with code {code}\n"
    assert (err, attached.returncode) == ("", ENDED[version])

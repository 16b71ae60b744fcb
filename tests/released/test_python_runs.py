"""`lager python` of released clients: what is sent, what the script finds, and what its user sees in the end."""

import hashlib
import json
import re
import subprocess

import pytest
from releasedclient import SLEEPING, read_until

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
FINDS = """
import json, os, sys
names = "PLAIN EQUALS TWICE PASSED LAGER_BOX LAGER_PROCESS_ID LAGER_RUNNABLE LAGER_STDOUT_IS_STDERR".split()
found = {name: os.environ.get(name) for name in names}
print(json.dumps([sys.argv[1:], found, sys.stdin.read(), sorted(os.listdir())]))
print("grün ✓ 端", file=sys.stderr)
sys.exit(7)
"""
WALKS = """
import os
for top, _, files in sorted(os.walk(".")):
    print(top, *sorted(files))
"""
OVER = "=== lager: the run's timeout of 1s is over; stopping it\n"
TIMED_OUT = "Script terminated due to timeout.\n"
FORCED = "Script forcibly killed due to timeout.\n"


@pytest.fixture
def ran(client):
    """Run a script, with options before it and arguments after it."""

    def run(source, *options, args=(), name="t.py", **more):
        return client.run("python", "--box", "bench", *options, client.file(name, source), *args, **more)

    return run


def test_arguments_environment_streams_and_status(ran):
    env = ["PLAIN=1", "EQUALS=a=b c", "TWICE=first", "TWICE=second"]
    options = [word for one in env for word in ("--env", one)]
    words = ["two words", "ünïcode", "", "-v", "--limit=5", "$HOME 'q' \"d\"", "a\nb"]
    done = ran(FINDS, *options, "--passenv", "PASSED", args=["--", *words], env={"PASSED": "péng ✓"})
    args, found, stdin, files = json.loads(done.stdout)
    assert args == words
    assert re.fullmatch(UUID, found.pop("LAGER_PROCESS_ID"))
    assert found == {
        "PLAIN": "1",
        "EQUALS": "a=b c",
        "TWICE": "second",
        "PASSED": "péng ✓",
        "LAGER_BOX": "bench",
        "LAGER_RUNNABLE": "t.py",
        "LAGER_STDOUT_IS_STDERR": "False",
    }
    assert (stdin, files) == ("", ["t.py"])
    assert (done.stderr, done.returncode) == ("grün ✓ 端\n", 7)


def test_a_folder_with_its_helpers(client):
    client.file("suite/main.py", "import helper\nfrom deep.inner import name\nprint(helper.WHO, name)\n" + WALKS)
    client.file("suite/helper.py", "WHO = open('data/who.txt').read()")
    client.file("suite/deep/inner.py", "name = 'inner'")
    client.file("suite/data/who.txt", "alice")
    client.file("suite/.git/HEAD", "ref")
    client.file("suite/old.pyc", b"\x00")
    (client.folder / "suite/linked").symlink_to("data")
    done = client.run("python", "--box", "bench", "suite")
    lines = [line for line in done.stdout.splitlines() if "__pycache__" not in line]
    assert lines == ["alice inner", ". helper.py main.py", "./data who.txt", "./deep inner.py", "./linked who.txt"]
    assert (done.stderr, done.returncode) == ("", 0)


def test_added_files_and_included_folders(ran, client):
    client.file("gain.csv", "adc1,1.002\n")
    client.file("lib/shared.py", "VCC = 3.3")
    client.file(".lager", json.dumps({"includes": {"common": "lib", "absent": "nowhere"}}))
    script = "from common.shared import VCC\nprint(VCC, open('gain.csv').read().strip())" + WALKS
    done = ran(script, "--add-file", "gain.csv")
    lines = [line for line in done.stdout.splitlines() if "__pycache__" not in line]
    assert lines == ["3.3 adc1,1.002", ". gain.csv main.py", "./common shared.py"]
    assert done.stderr == f'Warning: Include path "{client.folder}/nowhere" (for "absent") does not exist, skipping\n'
    assert done.returncode == 0


BY_SIGNAL = {"0.21.0": {9: (247, ""), 15: (241, "")}, "0.55.0": {9: (137, FORCED), 15: (143, "")}}


@pytest.mark.parametrize("number", [9, 15])
def test_a_script_that_a_signal_ends(ran, version, number):
    done = ran(f"import os\nprint('before', flush=True)\nos.kill(os.getpid(), {number})\n")
    assert (done.returncode, done.stderr) == BY_SIGNAL[version][number]
    assert done.stdout == "before\n"


def test_a_script_that_fails_shows_where_in_its_own_name(ran):
    done = ran("import lager\ndef measure():\n    return 1 / 0\nmeasure()\n", name="fails.py")
    where = '  File "fails.py", line 4, in <module>\n    measure()\n'
    where += '  File "fails.py", line 3, in measure\n    return 1 / 0\n'
    shown = f"Traceback (most recent call last):\n{where}ZeroDivisionError: division by zero\n"
    assert re.sub(r" +[~^]+\n", "", done.stdout) == shown
    assert (done.stderr, done.returncode) == ("", 1)


def test_a_time_limit(ran):
    done = ran("import lager, time\ntry:\n    time.sleep(60)\nfinally:\n    print('off')\n", "--timeout", "1")
    interrupted = f'Traceback (most recent call last):\n  File "t.py", line 3, in <module>\n{SLEEPING}'
    assert done.stdout == f"off\n{interrupted}KeyboardInterrupt\n"
    assert (done.stderr, done.returncode) == (OVER + TIMED_OUT, 124)


def test_a_time_limit_and_a_script_that_heeds_no_signal(ran):
    deaf = "import signal, time\nfor n in (2, 15):\n    signal.signal(n, signal.SIG_IGN)\n"
    done = ran(deaf + "print('deaf')\nwhile True:\n    time.sleep(60)\n", "--timeout", "1")
    assert (done.stdout, done.stderr, done.returncode) == ("deaf\n", OVER + FORCED, 137)


def test_results_of_every_encoder(ran):
    script = """
import lager
from lager import OutputEncoders as As
print("first", flush=True)
lager.output({"volts": 3.3, "pins": {4}})
lager.output([1, None], encoder=As.JSON)
lager.output({"a": ["b"]}, encoder=As.YAML)
lager.output(b"raw", encoder=As.Raw)
"""
    done = ran(script)
    assert sorted(done.stdout.splitlines()) == sorted(
        ["first", "{'volts': 3.3, 'pins': {4}}", "[1, None]", "{'a': ['b']}", "raw"]
    )
    assert (done.stderr, done.returncode) == ("", 0)


def test_much_output_byte_for_byte(ran):
    script = """
line = "".join(chr(33 + n) for n in range(94)) + " é端✓\\n"
for n in range(300_000 // len(line.encode())):
    print(n, line, end="")
"""
    line = ("".join(chr(33 + n) for n in range(94)) + " é端✓\n").encode()
    wanted = hashlib.sha256()
    for n in range(300_000 // len(line)):
        wanted.update(b"%d %s" % (n, line))
    done = ran(script, text=False)
    assert hashlib.sha256(done.stdout).hexdigest() == wanted.hexdigest()
    assert (done.stderr, done.returncode) == (b"", 0)


def test_both_streams_into_one_place_keep_their_order(client):
    script = "import sys\nfor n in range(300):\n    print(n, file=(sys.stdout, sys.stderr)[n % 2])\n"
    one = client.start("python", "--box", "bench", client.file("t.py", script), stderr=subprocess.STDOUT)
    assert one.communicate()[0] == "".join(f"{n}\n" for n in range(300))
    assert one.returncode == 0


def test_what_cannot_be_started(client):
    client.file("empty/other.py", "")
    done = client.run("python", "--box", "bench", "empty")
    details = "the folder has no main.py (try: name the script to run main.py, or give the file itself)"
    assert (done.stderr, done.returncode) == (f"Error: Box returned HTTP 422\nDetails: {details}\n", 1)
    client.file("bad/main.py", "")
    client.file("bad/requirements.txt", "this is no requirement\n")
    done = client.run("python", "--box", "bench", "bad")
    assert done.stderr.startswith(
        "Error: Box returned HTTP 422\nDetails: Pip install failed: ERROR: Invalid requirement"
    )
    assert (done.stdout, done.returncode) == ("", 1)


def test_a_port_asked_for_is_said_to_be_ignored(ran):
    done = ran("print('runs')", "--port", "7000")
    said = "=== lager: --port is not served to released clients; reach what the script opens at the box's own address\n"
    assert (done.stdout, done.stderr, done.returncode) == ("runs\n", said, 0)


def test_a_script_sets_what_its_client_has_locked(ran):
    done = ran("""
from lager import Net, NetType
psu = Net.get("supply1", type=NetType.PowerSupply)
psu.set_voltage(1.8)
psu.enable()
try:
    print(f"{psu.voltage():.1f} V")
finally:
    psu.disable()
""")
    assert (done.stdout, done.stderr, done.returncode) == ("1.8 V\n", "", 0)


def test_a_helper_that_calls_a_device_by_itself_does_so_inside_the_lock(ran, box):
    script = """
import json, sys, urllib.request
info = {"address": "USB0::0x05E6::0x2281::4381218::INSTR", "channel": 1}
for function, args in (("set_voltage", [1.25]), ("get_voltage_setpoint", [])):
    call = {"device": "keithley", "function": function, "args": args, "kwargs": {}, "net_info": info}
    asked = urllib.request.Request(sys.argv[1], json.dumps(call).encode(), {"Content-Type": "application/json"})
    print(json.load(urllib.request.urlopen(asked)))
"""
    done = ran(script, args=[f"http://{box.address}:8080/invoke"])
    assert (done.stdout, done.stderr, done.returncode) == ("None\n1.25\n", "", 0)


def test_a_pause_and_no_console_over_plain_tcp(client, box):
    script = "import lager\nfacts = [1]\nlager.pause(timeout=60, interactive=True)\nprint('on')\n"
    process = client.start("python", "--box", "bench", client.file("wait.py", script))
    run = re.search(UUID, read_until(process.stderr, "auto-resume in 60s\n"))[0]
    done = client.run("python", "--box", "bench", "--console", run)
    words = "This breakpoint has no interactive console.\nCall pause(..., interactive=True) to enable it.\n"
    assert (done.stdout, done.stderr, done.returncode) == ("", words, 1)
    assert box.lager("python", "--console", run, "-c", "facts").stdout == "[1]\n"  # ours needs no plain TCP
    assert client.run("python", "--box", "bench", "--continue", run).returncode == 0
    assert process.communicate() == ("on\n", "=== resumed\n")


def test_our_own_commands_know_the_run(ran, box):
    done = ran("import os\nprint(os.environ['LAGER_PROCESS_ID'])\n", name="known.py")
    run = done.stdout.strip()
    assert box.lager("logs", run).stdout == f"{run}\n"
    shown = json.loads(box.lager("runs", "show", run, "--json").stdout)
    assert (shown["id"], shown["name"], shown["status"]) == (run, "known.py", 0)

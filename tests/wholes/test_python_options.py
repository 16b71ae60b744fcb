"""All of `lager python` with real processes: what is run, what comes back, what runs on without its terminal."""

import json
import os
import re
import signal
import socket
import subprocess
import sys

import pytest

BENCH = "two_instruments.toml"
UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
LONG = """\
import sys, time
print("up", flush=True)
try:
    time.sleep(100)
finally:
    with open("left.txt", "w") as file:
        file.write("cleaned up")
    print("cleaned up", flush=True)
"""


@pytest.fixture(scope="module", autouse=True)
def quietly_started(home):
    """The box, started by a command that is to be quiet about it."""
    done = home.lager("python", "--quiet", home.script("import sys\nprint('out')\nprint('err', file=sys.stderr)\n"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "out\n", "err\n")


@pytest.fixture
def here(home, tmp_path_factory):
    """A new current directory for commands, in the same home."""
    folder = tmp_path_factory.mktemp("here")

    class Here:
        def __truediv__(self, name):
            return folder / name

        def lager(self, *words, **more):
            env = home.env | more.pop("env", {})
            return subprocess.run(
                [os.path.join(os.path.dirname(sys.executable), "lager"), *words],
                cwd=folder, env=env, capture_output=True, timeout=60, **({"stdin": subprocess.DEVNULL} | more)
            )  # fmt: skip

    return Here()


def start(home, script=LONG, *options):
    """Start a run that is left to itself; give its id."""
    done = home.lager("python", "-d", "--quiet", *options, home.script(script, "long.py"))
    assert re.fullmatch(f"{UUID}\n", done.stdout), done
    return done.stdout.strip()


def test_code_standard_input_and_a_module_that_lies_here(here):
    done = here.lager("python", "-c", "import sys; print(sys.argv[1:])", "a", "-x", "--y")
    assert (done.returncode, done.stdout) == (0, b"['a', '-x', '--y']\n")
    done = here.lager("python", "-", "a", stdin=None, input="import sys\nprint(sys.argv[1:], 'ä')\n".encode())
    assert (done.returncode, done.stdout) == (0, "['a'] ä\n".encode())
    (here / "tool.py").write_text("import sys\nprint(__name__, sys.argv[1:])\nsys.exit(4)\n")
    done = here.lager("python", "-m", "tool", "-m", "x", "--tb=no")
    assert (done.returncode, done.stdout) == (4, b"__main__ ['-m', 'x', '--tb=no']\n")


def test_a_script_whose_name_begins_with_a_dash(here):
    (here / "-dash.py").write_text("import sys; print(sys.argv[1:])\n")
    done = here.lager("python", "--", "-dash.py", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"['--quiet']\n", b"")


def test_variables_are_passed_on_and_files_come_along(here):
    (here / "t.py").write_text(
        "import os, pathlib as p; print(os.environ['A'], os.environ['SECRET'], p.Path('data.txt').read_text())\n"
    )
    os.mkdir(here / "sub")
    (here / "sub/data.txt").write_text("data")
    words = ["python", "t.py", "--env", "A=1", "--env", "SECRET=x", "--passenv", "SECRET", "--add-file", "sub/data.txt"]
    done = here.lager(*words, env={"SECRET": "s3"})
    assert (done.returncode, done.stdout, done.stderr) == (0, b"1 s3 data\n", b"")


def test_what_it_wrote_comes_back_whatever_the_status(here):
    data = bytes(range(256)) * 5000
    (here / "t.py").write_text(
        "import os, pathlib, sys\nos.mkdir('out')\n"
        "pathlib.Path('out/a.gz').write_bytes(bytes(range(256)) * 5000)\nsys.exit(9)\n"
    )
    words = ["python", "t.py", "--download", "out/a.gz", "--download", "nope.txt"]
    done = here.lager(*words)
    assert (done.returncode, (here / "a.gz").read_bytes() == data) == (9, True)
    assert done.stderr.startswith(b"Failed to download nope.txt: File not found")
    done = here.lager(*words)
    assert done.returncode == 2
    assert b"File a.gz exists; please rename it or use the --allow-overwrite flag" in done.stderr
    (here / "a.gz").write_text("old")
    assert here.lager(*words, "--allow-overwrite").returncode == 9
    assert (here / "a.gz").read_bytes() == data


def test_a_report_that_no_test_wrote_is_one_line(here):
    (here / "t.py").write_text("import os, sys; print(os.environ['LAGER_JUNIT']); sys.exit(3)\n")
    done = here.lager("python", "t.py", "--junit", "r.xml")
    assert (done.returncode, done.stdout) == (3, b".lager-junit.xml\n")
    assert done.stderr == (b"No JUnit report: the script ran no tests of pytest or unittest; r.xml is not written.\n")
    assert not (here / "r.xml").exists()
    (here / "t.py").write_text(
        "import os, pathlib; pathlib.Path(os.environ['LAGER_JUNIT']).write_text('<testsuites/>')\n"
    )
    assert here.lager("python", "t.py", "--junit", "r.xml").returncode == 0
    assert (here / "r.xml").read_text() == "<testsuites/>"


def test_events(here):
    (here / "t.py").write_text(
        "import lager, sys\nprint('ä')\nlager.output({'a': [1, None]})\nlager.pause('here', timeout=3)\nsys.exit(7)\n"
    )
    done = here.lager("python", "t.py", "x", "--json")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 7
    assert len({one["run"] for one in told}) == 1
    first = [one["event"] for one in told if one["event"] != "output"]
    assert sorted(first) == ["exit", "paused", "result", "resumed", "started"]
    assert (told[0]["event"], told[0]["name"], told[0]["args"]) == ("started", "t.py", ["x"])
    assert "".join(one["text"] for one in told if one.get("stream") == "stdout") == "ä\n"
    assert [one["value"] for one in told if one["event"] == "result"] == [{"a": [1, None]}]
    (pause,) = [one for one in told if one["event"] == "paused"]
    assert (pause["label"], pause["file"], pause["line"]) == ("here", "t.py", 4)
    assert (told[-1]["event"], told[-1]["status"], told[-1]["reason"]) == ("exit", 7, "exit")


def test_a_run_that_is_left_to_itself_and_followed_again(home):
    done = home.lager("python", "--detach", home.script("print('one')\nraise SystemExit(5)\n"))
    run = re.match(f"Process detached \\(Process ID: ({UUID})\\)\n", done.stdout)[1]
    assert done.stdout.endswith(f"To reattach: lager python --reattach {run}\nTo kill: lager python --kill {run}\n")
    for _ in range(2):  # also after its end, as often as one likes
        again = home.lager("python", "--reattach", run[:13])
        assert (again.returncode, again.stdout, again.stderr) == (5, "one\n", "Process exited with code 5\n")


def test_ctrl_d_leaves_and_ctrl_c_stops_what_one_is_attached_to(home):
    run = start(home)
    one = home.terminal("python", "--reattach", run)
    one.expect("^up$")
    one.type("\x04")
    one.expect("^Detaching...$")
    assert one.wait() == 0
    assert home.lager("runs", "show", run, "--json").stdout.count('"state": "running"') == 1
    two = home.terminal("python", "--reattach", run)
    two.expect("^up$")
    two.type("\x03")
    two.expect(r" Attempting to stop Lager Python job \(SIGINT\); once more sends SIGTERM.")
    two.expect("^cleaned up$")
    two.expect("^Process exited with code 130$")
    assert two.wait() == 130


def test_kill_says_what_it_did(home):
    run = start(home)
    followed = home.start("python", "--reattach", run)
    assert followed.stdout.readline() == "up\n"
    killed = home.lager("python", "--kill", run[:8], env={"LAGER_USER": "bob"})
    assert (killed.returncode, killed.stderr) == (0, "")
    assert killed.stdout == f"Process {run} killed: SIGINT (bob) was enough; its exit status is 130\n"
    out, err = followed.communicate(timeout=30)
    assert (followed.returncode, out) == (130, "cleaned up\n")
    assert "Script stopped: SIGINT (bob)." in err
    again = home.lager("python", "--kill", run)
    assert (again.returncode, again.stdout) == (0, f"Process {run} had ended before, with exit status 130\n")


def test_one_signal_and_then_all(home):
    script = "import signal\nsignal.signal(signal.SIGUSR1, lambda *_: print('hello', flush=True))\n" + LONG
    run = start(home, script)
    followed = home.start("python", "--reattach", run)
    assert followed.stdout.readline() == "up\n"
    sent = home.lager("python", "--kill", run, "--signal", "SIGUSR1")
    assert (sent.returncode, sent.stderr) == (0, "")
    assert sent.stdout.startswith(f"Process {run} was sent SIGUSR1")
    assert followed.stdout.readline() == "hello\n"
    killed = home.lager("python", "--kill-all")
    assert killed.returncode == 0
    assert killed.stdout.endswith("All processes killed\n")
    assert f"Process {run} killed: " in killed.stdout
    followed.communicate(timeout=30)
    assert home.lager("python", "--kill-all").stdout == "No run lives there, so none was killed.\n"


def test_mistakes_of_ids(home):
    for option in ("--kill", "--reattach"):
        done = home.lager("python", option, "nope")
        assert (done.returncode, done.stdout) == (1, "")
        assert "no run of this box has the id 'nope'" in done.stderr
        assert "Try: " in done.stderr


def test_a_kept_run_outlives_its_terminal(home):
    one = home.terminal("python", "--keep", home.script(LONG, "long.py"))
    one.expect("^up$")
    one.process.send_signal(signal.SIGHUP)
    run = one.expect(f"^To reattach: lager python --reattach ({UUID})$")[1]
    assert one.wait() == 129
    killed = home.lager("python", "--kill", run)
    assert " killed: SIGINT" in killed.stdout


def test_on_a_terminal_lines_come_in_the_order_they_were_written(home):
    script = home.script(
        "import sys\nfor n in range(300):\n    print(n, file=(sys.stdout, sys.stderr)[n % 2], flush=True)\n"
    )
    one = home.terminal("python", script)
    assert one.wait() == 0
    assert one.text.split() == [str(n) for n in range(300)]


def test_a_pause_in_a_job_is_annotated(home):
    script = home.script("import lager\nlager.pause('look', timeout=60)\n", "bench/test.py")
    environ = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(home.folder)}
    job = home.start("python", script, env=environ)
    line = next(line for line in job.stderr if line.startswith("::"))
    assert line.startswith('::warning file=bench/test.py,line=2,title=paused "look"::The script is paused "look"; ')
    assert home.lager("python", "--continue", re.search(UUID, line)[0]).returncode == 0
    _, rest = job.communicate(timeout=60)
    assert (job.returncode, "::" in rest) == (0, False)
    quick = home.script("import lager\nlager.pause('look', timeout=0.2)\n")
    assert "::" not in home.lager("python", quick).stderr


def test_a_port_of_the_script_is_reached_here(home):
    with socket.create_server(("127.0.0.1", 0)) as free:
        there = free.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as free:
        here = free.getsockname()[1]
    script = home.script(
        "import socket, sys\nwith socket.create_server(('127.0.0.1', int(sys.argv[1]))) as server:\n"
        "    print('up', flush=True)\n    one, _ = server.accept()\n    with one:\n"
        "        one.sendall(b'>' + one.recv(100))\n"
    )
    run = home.start("python", script, str(there), "--port", f"{here}:{there}/tcp")
    assert run.stdout.readline() == "up\n"
    with socket.create_connection(("127.0.0.1", here), timeout=30) as client:
        client.sendall(b"hello")
        assert client.recv(100) == b">hello"
    _, err = run.communicate(timeout=30)
    assert (run.returncode, err) == (0, f"Port {there} of the box is 127.0.0.1:{here} here.\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = home.lager("python", script, str(there), "--port", str(port))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"port {port} of this machine cannot be had" in done.stderr


def test_a_pause_is_taken_up_by_who_attaches_and_left_by_a_terminal_that_closes(home):
    first = home.terminal("python", home.script("import lager\nlager.pause('look', timeout=0)\nprint('went on')\n"))
    run = first.expect(rf"^=== lager breakpoint \"look\" at test\.py:2  \(id ({UUID})\)$")[1]
    first.expect("no auto-resume")
    first.process.send_signal(signal.SIGHUP)
    assert first.wait() == 129
    again = home.terminal("python", "--reattach", run)
    again.expect("no auto-resume")
    again.type("\n")
    again.expect("^went on$")
    again.expect("^Process exited with code 0$")
    assert again.wait() == 0

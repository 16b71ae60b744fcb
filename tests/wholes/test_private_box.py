"""The private box: starts by itself, is shared by all terminals, and ends when nobody needs it."""

import json
import re

import psutil
import pytest

BENCH = "two_instruments.toml"


def test_it_starts_once_says_so_once_and_is_shared(fresh_home):
    home = fresh_home
    both = [home.start("adc", "adc1") for _ in range(2)]  # two terminals at the same moment
    said = [one.communicate(timeout=60) for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert all(out.startswith("ADC 'adc1': ") for out, _ in said)
    assert sum(err.count("Started a private box") for _, err in said) == 1
    assert all(len(err.splitlines()) <= 1 for _, err in said)
    later = home.lager("nets")
    assert (later.returncode, later.stderr) == (0, "")
    status = json.loads(home.lager("box", "status", "--json").stdout)
    assert status["embedded"] is True


def test_stopping_it(fresh_home):
    home = fresh_home
    assert home.lager("nets").returncode == 0
    pid = json.loads((home.folder / "state" / "box.json").read_text())["pid"]
    everyone = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    assert home.lager("box", "stop").returncode == 0
    assert psutil.wait_procs(everyone, timeout=60)[1] == []
    assert not (home.folder / "state" / "box.json").exists()
    status = home.lager("box", "status")
    assert "no box" in (status.stdout + status.stderr).lower()
    assert home.lager("nets").returncode == 0  # and a new one starts when it is needed


def test_it_ends_when_idle_but_not_under_a_pause(fresh_home):
    home = fresh_home
    env = {"LAGER_BOX_IDLE_SECONDS": "1"}
    script = home.script("import lager\nprint('in', flush=True)\nlager.pause(timeout=4)\nprint('out')\n")
    done = home.lager("python", script, env=env)
    assert (done.returncode, done.stdout) == (0, "in\nout\n"), done.stderr
    pid = int(json.loads((home.folder / "state" / "box.json").read_text())["pid"])
    psutil.wait_procs([psutil.Process(pid)], timeout=20)
    assert not psutil.pid_exists(pid)


def test_stop_refuses_while_a_run_is_alive(fresh_home):
    home = fresh_home
    run = home.start("python", home.script("import lager\nprint('in', flush=True)\nlager.pause(timeout=0)\n"))
    assert run.stdout.readline() == "in\n"
    refused = home.lager("box", "stop")
    assert refused.returncode != 0
    assert "alive" in refused.stderr
    forced = home.lager("box", "stop", "--force")
    assert forced.returncode == 0
    assert re.fullmatch(r"Ended run \S+ \(\S+test\.py\): SIGINT \(.+\)\.\nStopped the box\.\n", forced.stdout)
    run.communicate(timeout=40)
    assert run.returncode != 0


def test_a_box_in_the_foreground(fresh_home):
    home = fresh_home
    ports = ("--port", "0", "--hardware-port", "0", "--http-port", "0")
    box = home.terminal("box", "serve", "--sim", *ports)
    box.expect("listen")
    assert home.lager("boxes", "add", "--name", "mybox", "--ip", "127.0.0.1").stdout == (
        "Added box 'mybox' with IP '127.0.0.1'\n"
    )
    nets = home.lager("nets", "--box", "mybox")
    assert (nets.returncode, nets.stderr) == (0, "")
    assert "supply1" in nets.stdout
    box.type("\x03")
    assert box.wait() in (0, 130)
    gone = home.lager("nets", "--box", "mybox")
    assert gone.returncode == 5
    assert "Try: " in gone.stderr
    assert "Traceback" not in gone.stderr


def test_everything_private_is_private(fresh_home):
    home = fresh_home
    assert home.lager("nets").returncode == 0
    for path in [home.folder / "state", home.folder / "state" / "token", home.folder / "state" / "box.json"]:
        assert path.stat().st_mode & 0o077 == 0, path
    info = json.loads((home.folder / "state" / "box.json").read_text())
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.pid and _of_box(connection.pid, info["pid"]):
            assert connection.laddr.ip == "127.0.0.1"


def _of_box(pid, box):
    if not psutil.pid_exists(pid):
        return False
    return pid == box or box in [one.pid for one in psutil.Process(pid).parents()]


def test_a_box_file_that_no_box_wrote_is_not_believed(fresh_home):
    home = fresh_home
    path = home.folder / "state" / "box.json"
    path.parent.mkdir(mode=0o700)
    fields = {"host": "127.0.0.1", "runner": 1, "hardware": 1, "http": 1, "bench": "sim", "version": "0"}
    fields |= {"pid": 2**40, "embedded": True, "started": 0}
    nonsense = [json.dumps(fields | {"host": "nonsense"}).encode(), json.dumps(fields | {"pid": -1}).encode()]
    for what in (b'{"pid": 99999999999}', b"\xff", b"", b"[]", *nonsense):
        path.write_bytes(what)
        assert "No box" in home.lager("box", "stop").stdout, what
    done = home.lager("nets")  # as the last one stands there
    assert (done.returncode, done.stderr.count("\n")) == (0, 1), done.stderr


def test_a_token_file_changed_under_a_running_box(fresh_home):
    home = fresh_home
    assert home.lager("nets").returncode == 0
    (home.folder / "state" / "token").write_text("another\n")
    refused = home.lager("nets")
    assert refused.returncode == 6
    assert "lager box stop" in refused.stderr
    assert home.lager("box", "stop").returncode == 0
    assert home.lager("nets").returncode == 0


def test_a_token_file_without_a_token(fresh_home):
    home = fresh_home
    assert home.lager("nets").returncode == 0
    (home.folder / "state" / "token").write_bytes(b"two\nlines \xff\n")
    refused = home.lager("nets")
    assert (refused.returncode, "Traceback" in refused.stderr) == (6, False)
    assert "holds no token" in refused.stderr
    (home.folder / "state" / "token").unlink()
    assert home.lager("box", "stop").returncode == 0


@pytest.mark.parametrize("seconds", ["abc", "nan", "-1"])
def test_an_idle_time_that_is_none(fresh_home, seconds):
    done = fresh_home.lager("nets", env={"LAGER_BOX_IDLE_SECONDS": seconds})
    assert done.returncode == 2
    assert seconds in done.stderr
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--bench", "broken.json"], 2, "broken.json"),
        (["--bench", "none.json"], 2, "none.json"),
        (["--bind", ""], 2, "--bind wants an IP address"),
        (["--bind", "127.1"], 2, "'127.1'"),
        (["--bind", "bench.example:7000"], 2, "'bench.example'"),
        (["--port", "7777", "--hardware-port", "7777"], 2, "differ"),
        (["--port", "99999"], 2, "99999"),
        (["--sim", "--bench", "broken.json"], 2, "exclude"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else None,
)
def test_a_box_that_cannot_be_served(fresh_home, words, status, said):
    home = fresh_home
    home.script("[\n{", "broken.json")
    ports = [] if "--port" in words else ["--port", "0", "--hardware-port", "0", "--http-port", "0"]
    done = home.lager("box", "serve", *words, *ports)
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr

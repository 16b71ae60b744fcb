"""Pauses as clients of the released interface see them: banners, `/python/breakpoint`, `/python/continue`."""

import http.client
import json
import os
import uuid

import pytest

from lager import wire

PAUSE = "import lager\nlager.pause({})\n"
TRIES = 2000  # requests; each takes milliseconds


@pytest.fixture(scope="module")
def box(runner, tmp_path_factory):
    one = type(runner)(tmp_path_factory.mktemp("breakpoints"), "--allow-legacy-clients")
    one.start()
    yield one
    one.stop()


@pytest.fixture
def start(box):
    """Start scripts as they are started for a released client, and end those that are left."""
    runs = []

    def start(script, env=(), **request):
        runs.append(box.run(script, env=[("LAGER_RELEASED_CLIENT", "0.21.0"), *env], **request))
        return runs[-1]

    yield start
    for run in runs:
        box.http.post(f"/runs/{run}/kill", json={"signal": "SIGKILL"})


def post(box, path, body):
    """Ask without a token, on a connection of its own; gives the status and what was said."""
    link = http.client.HTTPConnection(box.host, box.port, timeout=20)
    said = body if isinstance(body, bytes) else json.dumps(body).encode()
    link.request("POST", path, said, {"Lager-Version": "0.21.0", "Content-Type": "application/json"})
    reply = link.getresponse()
    text = reply.read()
    link.close()
    return reply.status, json.loads(text)


def go_on(box, name):
    return post(box, "/python/continue", {"lager_process_id": name})


def breakpoint_of(box, name):
    return post(box, "/python/breakpoint", {"lager_process_id": name})


def pause_of(follower):
    return follower.until_kind(wire.PauseBegan).pause


def written(follower, end):
    """Give what stands on stderr, up to that."""
    while end not in follower.seen[2]:
        follower.next()
    return follower.seen[2].decode()


def end_of(follower):
    _, stderr, exited = follower.rest()
    return exited.status, stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "box_given", "titled", "last"),
    [
        ("'lbl', timeout=6", "bb", ' "lbl"', "auto-resume in 6s"),
        ("timeout=0.5", "", "", "auto-resume in 0.5s"),
        ("'', timeout=0", "", "", "no auto-resume"),
        ("'no console has a port', timeout=-1, interactive=True", "", ' "no console has a port"', "no auto-resume"),
    ],
)
def test_banner(box, start, arguments, box_given, titled, last):
    run = start(PAUSE.format(arguments), env=[("LAGER_BOX", box_given)] if box_given else [])
    with box.stream(run) as follower:
        chosen = f" --box {box_given}" if box_given else ""
        expected = f"""\
=== lager breakpoint{titled} at test.py:2  (id {run})
    resume: press Enter here, or `lager python --continue {run}{chosen}`
    {last}
"""
        assert written(follower, last.encode() + b"\n") == expected
        if last != "auto-resume in 0.5s":
            assert go_on(box, run) == (200, {"resumed": True})
        after = "=== auto-resumed after 0.5s\n" if "0.5" in last else "=== resumed\n"
        assert end_of(follower) == (0, expected + after)


@pytest.mark.parametrize(
    ("env", "shown"),
    [("", "300s"), ("7", "7s"), ("2.5", "2.5s"), ("abc", "300s"), ("True", "300s")],
)
def test_the_environment_has_the_usual_timeout(box, start, env, shown):
    run = start("breakpoint('x')\n", env=[("LAGER_BREAKPOINT_TIMEOUT", env)])
    with box.stream(run) as follower:
        assert f"    auto-resume in {shown}\n" in written(follower, b"auto-resume in " + shown.encode() + b"\n")
        assert breakpoint_of(box, run)[1]["timeout"] == json.loads(shown[:-1])


def test_switched_off_or_not(box, start):
    """One run: each spelling in a child of its own, which would say that it pauses."""
    script = """
import os, subprocess, sys
for off in ("0", "off", "false", "no", "OFF", " no "):
    subprocess.run([sys.executable, "-c", "import lager; lager.pause(); breakpoint()"], check=True,
                   env=os.environ | {"LAGER_BREAKPOINTS": off})
for on in ("", "1"):
    subprocess.run([sys.executable, "-c", "import lager; lager.pause('on', timeout=0)"], check=True,
                   env=os.environ | {"LAGER_BREAKPOINTS": on})
"""
    run = start(script)
    with box.stream(run) as follower:
        for number in (1, 2):
            pause = pause_of(follower)
            assert (pause.number, pause.label) == (number, "on")
            assert go_on(box, run) == (200, {"resumed": True})
        status, stderr = end_of(follower)
    assert (status, stderr.count("=== lager breakpoint"), stderr.count("=== resumed")) == (0, 2, 2)


def test_what_is_said_of_a_pause(box, start):
    script = "import lager\ndef f():\n    lager.pause('lbl', timeout=60)\nf()\nlager.pause(timeout=1.5)\n"
    run = start(script)
    with box.stream(run) as follower:
        pause_of(follower)
        status, said = breakpoint_of(box, run)
        since, pid = said.pop("since"), said.pop("pid")
        assert (status, type(since), type(pid)) == (200, float, int)
        assert said == {
            "paused": True,
            "label": "lbl",
            "file": "test.py",
            "line": 3,
            "func": "f",
            "timeout": 60,
            "console_port": None,
        }
        assert type(said["timeout"]) is int
        assert go_on(box, run) == (200, {"resumed": True})
        assert pause_of(follower).number == 2
        said = breakpoint_of(box, run)[1]
        assert (said["label"], said["func"], said["timeout"]) == (None, "<module>", 1.5)
        assert end_of(follower)[0] == 0
    assert breakpoint_of(box, run) == (200, {"paused": False})
    assert go_on(box, run) == (200, {"resumed": False})


def test_before_a_pause_nothing_is_kept_for_it(box, start, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    run = start(f"import lager\nprint('up', flush=True)\nopen({str(gate)!r}).close()\nlager.pause(timeout=0)\n")
    with box.stream(run) as follower:
        follower.until(b"up\n")
        assert go_on(box, run) == (200, {"resumed": False})
        assert breakpoint_of(box, run) == (200, {"paused": False})
        gate.open("w").close()
        pause_of(follower)
        assert breakpoint_of(box, run)[1]["paused"] is True


@pytest.mark.parametrize("path", ["/python/continue", "/python/breakpoint"])
def test_bad_requests(box, path):
    for odd in (b"{nonsense", b"", b"[]", b"7", b"\xff"):
        status, said = post(box, path, odd)
        assert (status, said["error"]) == (400, "Invalid JSON"), odd
    for nothing in (b"{}", b'{"lager_process_id": ""}', b'{"lager_process_id": null}'):
        status, said = post(box, path, nothing)
        assert (status, said["error"]) == (400, "lager_process_id is required"), nothing
    for odd in ("no-uuid", "../../etc", 7, ["x"], f"{uuid.uuid4()}.x", f"{uuid.uuid4()}.1.2", "é" * 5000):
        status, said = post(box, path, {"lager_process_id": odd})
        assert (status, said["error"][:22]) == (422, "Invalid process UUID: "), odd
        assert len(said["error"]) < 200
    assert post(box, path, b" " * 2_000_000)[0] == 400


def test_no_such_run(box):
    unknown = str(uuid.uuid4())
    assert go_on(box, unknown) == (200, {"resumed": False})
    assert breakpoint_of(box, unknown) == (200, {"paused": False})


def test_two_threads_the_oldest_first_and_each_by_its_name(box, start):
    """B3: one run, several pauses."""
    script = """
import threading, lager
def work(name):
    lager.pause(name, timeout=0)
    print(name, flush=True)
for name in ("a", "b", "c"):
    threading.Thread(target=work, args=[name]).start()
"""
    run = start(script)
    with box.stream(run) as follower:
        pauses = [pause_of(follower) for _ in range(3)]
        labels = {one.number: one.label for one in pauses}
        assert labels.keys() == {1, 2, 3}
        banners = written(follower, b"no auto-resume\n")
        while banners.count("no auto-resume") < 3:
            follower.next()
            banners = follower.seen[2].decode()
        assert f"(id {run}.2)" in banners
        assert f"--continue {run}.3`" in banners
        assert breakpoint_of(box, run)[1]["label"] == labels[1]
        assert breakpoint_of(box, f"{run}.3")[1]["label"] == labels[3]
        assert go_on(box, f"{run}.2") == (200, {"resumed": True})
        follower.until_kind(wire.PauseEnded)
        assert go_on(box, f"{run}.2") == (200, {"resumed": False})
        assert go_on(box, run) == (200, {"resumed": True})
        follower.until_kind(wire.PauseEnded)
        assert breakpoint_of(box, run)[1]["label"] == labels[3]  # the next one is the run's pause now
        assert go_on(box, run) == (200, {"resumed": True})
        assert end_of(follower)[0] == 0
        assert sorted(follower.seen[1].split()) == [b"a", b"b", b"c"]


def test_a_child_has_a_pause_of_its_own(box, start):
    """B3: a process that the script starts pauses beside it, and each is resumed."""
    script = """
import subprocess, sys, lager
child = subprocess.Popen([sys.executable, "-c", "import lager; lager.pause('child', timeout=0)"])
lager.pause("parent", timeout=0)
child.wait()
"""
    run = start(script)
    with box.stream(run) as follower:
        pids = {(one := pause_of(follower)).label: one.pid for _ in range(2)}
        assert set(pids) == {"child", "parent"}
        assert pids["child"] != pids["parent"]
        assert [go_on(box, run)[1]["resumed"] for _ in range(2)] == [True, True]
        assert end_of(follower)[0] == 0


def test_a_timeout_of_the_run_ends_it_and_leaves_no_pause(box, start):
    """B4, B10: what was paused when its run was ended is not paused."""
    run = start(PAUSE.format("timeout=0"), timeout=1)
    with box.stream(run) as follower:
        assert end_of(follower)[0] == 124
    assert breakpoint_of(box, run) == (200, {"paused": False})
    assert go_on(box, run) == (200, {"resumed": False})


def test_the_file_that_pauses_is_named(box, start, tools):
    """B16: a helper module by its own name, the script by the user's."""
    files = {"main.py": "import helper\nhelper.f()\n", "helper.py": "import lager\ndef f():\n    lager.pause()\n"}
    run = box.run(tools.zipped(files), env=[("LAGER_RUNNABLE", "folder")])
    with box.stream(run) as follower:
        pause_of(follower)
        said = breakpoint_of(box, run)[1]
        assert (said["file"], said["line"], said["func"]) == ("helper.py", 3, "f")
        assert go_on(box, run)[1] == {"resumed": True}
        assert end_of(follower)[0] == 0


def test_what_does_not_go_on_yet_is_not_said_to_be_resumed(box, start):
    """B11: a paused run lets others have the box's lock, and wants it back before it goes on."""
    run = start(PAUSE.format("timeout=0"), holder="alice")
    with box.stream(run) as follower:
        pause_of(follower)
        taken = (box.http.post("/lock", json={"user": "bob"}).status_code for _ in range(TRIES))
        assert 200 in taken  # the run lets go of it behind its pause
        status, said = go_on(box, run)
        assert (status, said["status"]) == (409, "error")
        assert "bob" in said["error"]
        assert go_on(box, run)[1]["resumed"] is False
        assert "bob" in go_on(box, run)[1]["why"]
        assert box.http.post("/unlock", json={"user": "bob"}).status_code == 200
        assert end_of(follower)[0] == 0

"""How released clients end runs, lose them, leave them and come back to them, on the wire."""

import http.client
import json
import sys
import threading
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from rawwire import FORM, Following, Wire, form

TIDY = """
import sys, time
try:
    print("begun", flush=True)
    while True:
        time.sleep(0.05)
finally:
    open(sys.argv[1], "w").write("off")
    print("off")
"""
UNKNOWN = "ffffffff-0000-4000-8000-000000000000"


@pytest.fixture
def client(runner):
    return Wire(runner)


@pytest.fixture
def left(tmp_path):
    """The file that shows that a script's `finally` has run."""
    return tmp_path / "left"


@pytest.fixture
def begun(client, left):
    """A run that waits, and its output."""
    run = str(uuid.uuid4())
    following = Following(client.python(("args", left), script=TIDY, run=run))
    following.until(b"begun\n")
    return run, following


def info_of(client, run):
    return client.runner.http.get(f"/runs/{run}").json()


def test_ctrl_c_is_answered_at_once_and_the_rest_of_the_output_comes(client, begun, left):
    run, following = begun
    status, said = client.post("/python/kill", lager_process_id=run, signal=15)
    assert (status, said["status"]) == (200, "stopping")
    out, _, _, code = following.rest()
    assert (b"off\n" in out, left.read_text(), code) == (True, "off", -2)
    assert info_of(client, run)["did"] == ["SIGINT (Ctrl-C)"]


def test_a_kill_from_elsewhere_says_what_it_did(client, begun, left):
    run, following = begun
    other = Wire(client.runner)
    status, said = other.post("/python/kill", lager_process_id=run, signal=15)
    assert (status, said["status"], left.read_text()) == (200, "killed", "off")
    assert [(one["run"], one["status"], one["already"]) for one in said["runs"]] == [(run, 130, False)]
    assert said["runs"][0]["did"] == ["SIGINT (a client at 127.0.0.1)"]
    assert b"stopping the run: ended by a client at 127.0.0.1" in following.rest()[0]
    assert other.post("/python/kill", lager_process_id=run.upper(), signal=9)[1]["runs"][0]["already"] is True


def test_a_kill_at_once(client, begun, left):
    run, following = begun
    assert Wire(client.runner).post("/python/kill", lager_process_id=run, signal=9)[1]["runs"][0]["status"] == 137
    assert (following.rest()[3], left.exists()) == (-9, False)


def test_another_signal_is_sent_and_nothing_else(client):
    script = "import signal\nsignal.signal(signal.SIGUSR1, lambda *_: print('usr1'))\nprint('begun', flush=True)\n"
    run = str(uuid.uuid4())
    following = Following(client.python(script=f"{script}signal.pause()\nsignal.pause()", run=run))
    following.until(b"begun\n")
    status, said = client.post("/python/kill", lager_process_id=run, signal=10)
    assert (status, said["status"], said["runs"][0]["status"]) == (200, "sent SIGUSR1", None)
    following.until(b"usr1\n")
    client.post("/python/kill", lager_process_id=run, signal=12)
    assert following.rest()[3] == -12


def test_a_kill_of_all(own_runner, left):
    client = Wire(own_runner)
    followings = [Following(client.python(("args", f"{left}{n}"), script=TIDY)) for n in range(3)]
    for one in followings:
        one.until(b"begun\n")
    status, said = Wire(own_runner).post("/python/kill", lager_process_id=None, signal=15)
    assert (status, len(said["runs"])) == (200, 3)
    assert [one.rest()[3] for one in followings] == [-2] * 3
    assert Wire(own_runner).post("/python/kill", signal=15) == (200, {"status": "killed", "runs": []})


def test_a_kill_at_once_ends_one_that_takes_its_time(own_runner):
    script = "import signal\nprint('begun', flush=True)\nfor n in (2, 15):\n    signal.signal(n, signal.SIG_IGN)\n"
    (own_runner.state / "limits.json").write_text('{"idle_grace": 1000, "grace": 1000}')
    run = str(uuid.uuid4())
    following = Following(Wire(own_runner).python(script=f"{script}signal.pause()", run=run))
    following.until(b"begun\n")
    first = Wire(own_runner)
    replies = []
    waiting = threading.Thread(target=lambda: replies.append(first.post("/python/kill", lager_process_id=run)))
    waiting.start()
    following.until(b"stopping the run")
    assert Wire(own_runner).post("/python/kill", lager_process_id=run, signal=9)[0] == 200
    waiting.join()
    assert replies[0][1]["runs"][0]["did"][0].startswith("SIGINT")
    assert following.rest()[3] == -9


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("kill", {"lager_process_id": UNKNOWN, "signal": 15}, (422, f"Process not found: {UNKNOWN}")),
        ("kill", {"lager_process_id": "x", "signal": 15}, (422, "Invalid process UUID: x")),
        ("kill", {"lager_process_id": UNKNOWN, "signal": 999}, (422, "Invalid signal: 999")),
        ("kill", {"lager_process_id": None, "signal": "TERM"}, (422, "Invalid signal: TERM")),
        ("kill", {"lager_process_id": None, "signal": True}, (422, "Invalid signal: True")),
        ("kill", {"lager_process_id": None, "signal": 0}, (422, "Invalid signal: 0")),
        ("attach", {}, (400, "lager_process_id is required")),
        ("attach", {"lager_process_id": UNKNOWN}, (422, f"Process not found: {UNKNOWN}")),
        ("attach", {"lager_process_id": "../x"}, (422, "Invalid process UUID: ../x")),
    ],
)
def test_what_cannot_be_ended_or_followed(client, path, body, refusal):
    status, said = client.post(f"/python/{path}", **body)
    assert (status, said["error"], said["status"]) == (*refusal, "error")


def test_bodies_that_are_none(client):
    for path in ("/python/kill", "/python/attach"):
        for body in (b"[", b"[]", b'{"lager_process_id": 3}', b"\xff"):
            reply = client.ask("POST", path, body)
            said = json.loads(reply.read())
            assert (reply.status, said["error"].startswith("Failed to parse request: ")) == (400, True)


def test_a_lost_client_ends_its_run_and_finally_runs(client, begun, left, tools):
    run, following = begun
    follower = Wire(client.runner).ask("POST", "/python/attach", json.dumps({"lager_process_id": run}))
    following.hang_up()
    out, _, _, code = Following(follower).rest()
    assert (b"stopping the run: its client is gone" in out, left.read_text(), code) == (True, "off", -2)


def test_a_paused_run_is_let_be_when_its_client_is_gone(client):
    run = str(uuid.uuid4())
    following = Following(client.python(script="from lager import pause\npause('here', timeout=0)", run=run))
    following.until(b"here")
    following.hang_up()
    while info_of(client, run)["followers"]:
        continue
    assert info_of(client, run)["state"] == "paused"
    client.post("/python/kill", lager_process_id=run, signal=9)


def test_a_request_that_is_sent_again_keeps_its_run(client, left):
    """The first connection breaks before the answer has begun."""
    run = str(uuid.uuid4())
    connection = http.client.HTTPConnection(client.runner.host, client.runner.port)
    body = form([("args", left), ("script", "t.py", TIDY), ("env", f"LAGER_PROCESS_ID={run}")])
    connection.request("POST", "/python", body, client.headers | FORM)
    connection.close()
    following = Following(client.python(("args", left), script=TIDY, run=run))
    following.until(b"begun\n")
    other = Following(client.python(("args", left), script=TIDY, run=run))
    other.until(b"begun\n")
    other.hang_up()
    assert info_of(client, run)["state"] == "running"
    client.post("/python/kill", lager_process_id=run, signal=15)
    assert b"its client is gone" not in following.rest()[0]


def test_a_lost_follower_ends_nothing(client, begun, left):
    run, following = begun
    follower = Following(Wire(client.runner).ask("POST", "/python/attach", json.dumps({"lager_process_id": run})))
    follower.until(b"begun\n")
    follower.hang_up()
    assert info_of(client, run)["state"] == "running"
    client.post("/python/kill", lager_process_id=run, signal=15)
    assert following.rest()[3] == -2


def test_detached_and_followed_twice_from_its_start(client, left):
    reply = client.python(("args", left), script=TIDY, detach="1", timeout="0")
    said = json.loads(reply.read())
    run = said["lager_process_id"]
    assert said == {"status": "detached", "pid": said["pid"], "lager_process_id": run}
    info = info_of(client, run)
    assert (info["keep"], info["state"], info["timeout"]) == (True, "running", 0)
    assert Path(f"/proc/{said['pid']}/cmdline").read_bytes().endswith(str(left).encode() + b"\0")
    asking = json.dumps({"lager_process_id": run})
    followers = [Following(Wire(client.runner).ask("POST", "/python/attach", asking)) for _ in range(2)]
    for one in followers:
        one.until(b"begun\n")
    assert Wire(client.runner).post("/python/kill", lager_process_id=run, signal=15)[1]["status"] == "killed"
    results = [one.rest() for one in followers]
    results.append(Following(Wire(client.runner).ask("POST", "/python/attach", asking)).rest())
    assert [(b"begun\n" in out, b"off\n" in out, code) for out, _, _, code in results] == [(True, True, -2)] * 3


def test_a_runner_that_dies_takes_no_run_with_it(own_runner, left):
    run = str(uuid.uuid4())
    following = Following(Wire(own_runner).python(("args", left), script=TIDY, run=run))
    following.until(b"begun\n")
    own_runner.kill()
    with pytest.raises(http.client.IncompleteRead):  # so a client that knows no exit frame does not take it for an end
        following.rest()
    own_runner.start()
    assert not left.exists()
    again = Following(Wire(own_runner).ask("POST", "/python/attach", json.dumps({"lager_process_id": run})))
    again.until(b"begun\n")
    Wire(own_runner).post("/python/kill", lager_process_id=run, signal=15)
    assert again.rest()[3] == -2


def test_a_request_that_is_sent_again_to_the_next_runner_keeps_its_run(own_runner, left):
    run, client = str(uuid.uuid4()), Wire(own_runner)
    following = Following(client.python(("args", left), script=TIDY, run=run))
    following.until(b"begun\n")
    own_runner.kill()
    own_runner.start()
    assert Wire(own_runner).refusal(("args", left), script=TIDY, run=run)[0] == 422
    again = Following(client.python(("args", left), script=TIDY, run=run))
    again.until(b"begun\n")
    client.post("/python/kill", lager_process_id=run, signal=15)
    assert again.rest()[3] == -2


def test_a_box_that_ends_says_that_it_does_not_know(own_runner, left):
    following = Following(Wire(own_runner).python(("args", left), script=TIDY))
    following.until(b"begun\n")
    own_runner.stop()
    assert following.rest() == (b"begun\n", b"", b"", -1)
    own_runner.start()
    assert not left.exists()
    assert Wire(own_runner).post("/python/kill", signal=9)[1]["runs"][0]["status"] == 137


def test_the_lock_that_a_client_hands_over_is_free_at_the_end(own_runner, left):
    client = Wire(own_runner)
    lock = {"user": "alice", "holder_type": "ephemeral", "ttl_seconds": None}
    assert client.post("/lock", **lock)[0] == 200
    parts = [("args", left), ("lock_holder", "alice"), ("detach", "1")]
    said = json.loads(client.python(*parts, script=TIDY).read())
    assert said["lock_held_by_box"] is True
    shown = own_runner.http.get("/lock").json()
    assert (shown["user"], shown["runs"]) == ("alice", [said["lager_process_id"]])
    assert client.post("/lock", **(lock | {"ttl_seconds": 1800}))[0] == 200  # as those clients do then
    client.post("/python/kill", lager_process_id=said["lager_process_id"], signal=9)
    while own_runner.http.get("/lock").json()["locked"]:
        own_runner.http.get("/hello")
    assert client.post("/lock", user="bob")[0] == 200
    reply = client.python(("lock_holder", "alice"), ("detach", "1"), script="pass")
    assert (reply.status, json.loads(reply.read())["code"]) == (409, "box-locked")


def test_a_lock_is_handed_over_by_a_client_that_goes_before_the_answer(own_runner):
    client = Wire(own_runner)
    assert client.post("/lock", user="alice", holder_type="ephemeral", ttl_seconds=None)[0] == 200
    connection = http.client.HTTPConnection(own_runner.host, own_runner.port)
    body = form([("lock_holder", "alice"), ("detach", "1"), ("script", "t.py", "pass")])
    connection.request("POST", "/python", body, client.headers | FORM)
    connection.close()
    while not own_runner.http.get("/runs").json():
        continue
    while own_runner.http.get("/lock").json()["locked"]:
        continue


def test_a_run_is_in_the_name_of_who_has_the_box(own_runner):
    client = Wire(own_runner)
    client.post("/lock", user="alice", holder_type="ephemeral", ttl_seconds=1800)
    script = "import os; print(os.environ['LAGER_LOCK_HOLDER'])"
    assert client.result(script=script) == (b"alice\n", b"", b"", 0)
    assert own_runner.http.get("/runs").json()[0]["user"] == "alice"
    client.post("/unlock", user="alice")
    assert client.result(script=script) == (b"\n", b"", b"", 0)

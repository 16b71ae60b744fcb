"""What both ports answer about the lock: statuses, words and fields as released clients know them."""

import json

import pytest

from lager import errors
from lager.lockdesk import LockDesk
from lager.lockfile import LockFile


class Port:
    """The lock's endpoints without HTTP."""

    def __init__(self, folder):
        self.now = 1_700_000_000.0
        self.desk = LockDesk(LockFile(folder, wall=lambda: self.now), lambda: {"busy": False})

    def __call__(self, path, **body):
        reply = self.desk.post(path, json.dumps(body).encode())
        return reply.status, dict(reply.body)

    def show(self):
        return dict(self.desk.show().body)


@pytest.fixture
def port(tmp_path, monkeypatch):
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path))
    return Port(tmp_path)


def test_a_free_box(port):
    assert port.show() == {"locked": False, "busy": False}
    assert port("/lock/heartbeat", user="root")[0] == 404
    assert port("/unlock", user="root") == (
        200,
        {"locked": False, "busy": False, "message": "Box is already unlocked"},
    )


def test_a_reservation(port):
    status, lock = port("/lock", user="alice")
    assert status == 200
    assert lock == {
        "locked": True,
        "user": "alice",
        "holder_type": "user",
        "locked_at": "2023-11-14T22:13:20Z",
        "last_heartbeat": "2023-11-14T22:13:20Z",
        "ttl_seconds": None,
        "busy": False,
    }
    assert port.show() == lock
    assert port("/lock", user="alice")[0] == 200
    status, refusal = port("/lock", user="bob")
    assert (status, refusal["error"], refusal["lock"]) == (409, "Box is locked by alice", lock)
    assert port("/lock/heartbeat", user="bob")[0] == 403
    status, refusal = port("/unlock", user="bob")
    assert (status, refusal["lock"]) == (403, lock)
    status, freed = port("/unlock", user="bob", force=True)
    assert (status, freed["locked"], freed["message"]) == (200, False, "Box unlocked")


def test_the_traffic_of_a_released_client_around_a_run(port):
    status, lock = port("/lock", user="root", holder_type="ephemeral", ttl_seconds=1800)
    assert (status, lock["holder_type"], lock["ttl_seconds"]) == (200, "ephemeral", 1800)
    port.now += 60
    status, lock = port("/lock/heartbeat", user="root")
    assert (status, lock["last_heartbeat"]) == (200, "2023-11-14T22:14:20Z")
    port.now += 1799
    assert port("/lock", user="bob")[0] == 409
    port.now += 1
    status, lock = port("/lock", user="bob")
    assert (status, lock["user"], lock["previous_user"]) == (200, "bob", "root")
    assert port("/unlock", user="bob")[1]["locked"] is False


def test_a_detached_run_of_a_released_client_keeps_it_until_it_says_otherwise(port):
    port("/lock", user="root", holder_type="ephemeral", ttl_seconds=None)
    port.now += 1e8
    assert port.show()["ttl_seconds"] is None
    port("/lock", user="root", holder_type="ephemeral", ttl_seconds=1800)
    assert port.show()["ttl_seconds"] == 1800


def test_an_automatic_lock_without_a_time_gets_the_boxs(port):
    assert port("/lock", user="root", holder_type="ci")[1]["ttl_seconds"] == 1800.0


@pytest.mark.parametrize(("sent", "said"), [(1800, "1800"), (1800.0, "1800"), (0.5, "0.5"), (1e300, "1e+300")])
def test_a_time_of_whole_seconds_is_said_as_a_whole_number(port, sent, said):
    status, lock = port("/lock", user="root", holder_type="ephemeral", ttl_seconds=sent)
    assert (status, json.dumps(lock["ttl_seconds"])) == (200, said)
    assert json.dumps(port.show()["ttl_seconds"]) == said


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user": ""},
        {"user": " "},
        {"user": "a\x1b[31m"},
        {"user": "a" * 201},
        {"user": "a", "ttl_seconds": 0},
        {"user": "a", "ttl_seconds": -1},
        {"user": "a", "ttl_seconds": "1"},
        {"user": "a", "holder_type": "a\n"},
        {"user": 7},
    ],
)
def test_a_request_that_is_no_good_changes_nothing(port, body):
    with pytest.raises(errors.UsageError):
        port("/lock", **body)
    assert port.show()["locked"] is False


def test_who_is_missing_is_said_as_it_always_was(port):
    with pytest.raises(errors.UsageError) as caught:
        port("/lock")
    assert (caught.value.what, caught.value.http_status) == ("user is required", 400)

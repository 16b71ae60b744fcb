"""`GET :9000/selfcheck` of a real service: what it says of this machine, to whom, and while somebody has the box."""

import time

import ownbench
import pytest

from lager import __version__, client, errors, wire


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    one = ownbench.Bench(tmp_path_factory.mktemp("checked"), [])
    yield one
    one.close()


def asked(bench, token=None):
    service = client.Service("", "127.0.0.1", bench.ready["http_port"], bench.token if token is None else token, 15)
    return service.get("/selfcheck", wire.SelfCheck)


def test_a_service_checks_the_machine_it_runs_on(bench):
    before = time.time()
    found = asked(bench)
    assert before <= found.now <= time.time()
    assert found.version == __version__
    assert [one.name for one in found.findings] == [
        "instruments", "udev rules", "usbtmc", "modprobe.d", "group", "unit", "unit file", "state", "disk"
    ]  # fmt: skip
    assert {one.state for one in found.findings} <= {"ok", "warning", "problem", "could not look"}
    state = next(one for one in found.findings if one.name == "state")
    assert state == wire.Finding("state", "ok", f"{bench.folder}/state is the box's own")


def test_it_is_for_those_with_the_token_only(bench):
    with pytest.raises(errors.TokenRefused):
        asked(bench, "another")


def test_a_box_that_somebody_has_can_be_checked(bench):
    service = client.Service("", "127.0.0.1", bench.ready["http_port"], bench.token, 15)
    service.post("/lock", wire.LockRequest(user="alice", holder_type="user"), object)
    assert asked(bench).findings
    service.post("/unlock", wire.UnlockRequest(force=True), object)


def test_what_it_finds_changes_with_the_machine(bench):
    state, token = bench.folder / "state", bench.folder / "state" / "token"
    mode = state.stat().st_mode, token.stat().st_mode
    state.chmod(0o755)
    token.chmod(0o644)
    found = next(one for one in asked(bench).findings if one.name == "state")
    assert (found.state, found.words) == ("warning", f"others on this machine can read {token}")
    state.chmod(mode[0])
    token.chmod(mode[1])

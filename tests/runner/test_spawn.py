"""The environment a script gets, and what no process can be started with."""

import math
from pathlib import Path

import pytest

from lager import errors, wire
from lager_runner import spawn

SOCKETS = spawn.Sockets("/run/r", "/run/h")
INHERITED = {"HOME": "/h", "LAGER_TOKEN": "secret", "LAGER_BOX": "of the box's shell", "PYTHONPATH": "/theirs"}


def environment(box="", env=(), inherited=INHERITED):
    request = wire.RunRequest(name="a/t.py", content=b"", script="t.py", env=list(env), box=box)
    return spawn.environment(request, "ID", Path("/w"), SOCKETS, inherited)


def test_what_lager_sets():
    assert environment(inherited={"HOME": "/h", "LAGER_TOKEN": "secret", "LAGER_BOX": "x"}) == {
        "HOME": "/h",
        "LAGER_PROCESS_ID": "ID",
        "LAGER_RUNNABLE": "a/t.py",
        "LAGER_RUN_SOCKET": "/run/r",
        "LAGER_HARDWARE_SOCKET": "/run/h",
        "LAGER_RUN_DIR_ROOT": "/w",
        "LAGER_EVALUATOR": "lager_debugbridge.evaluator",
        "LAGER_DEBUGGER": "lager_debugbridge.debugger",
        "PYTHONPATH": str(spawn.STARTUP),
    }


def test_the_users_variables_come_over_the_boxs_and_ours_over_both():
    env = environment(
        "mybox", [("HOME", "/x"), ("A", "1"), ("A", "2"), ("LAGER_PROCESS_ID", "mine"), ("PYTHONBREAKPOINT", "0")]
    )
    assert (env["HOME"], env["A"], env["LAGER_PROCESS_ID"], env["LAGER_BOX"]) == ("/x", "2", "ID", "mybox")
    assert env["PYTHONBREAKPOINT"] == "0"


def test_pythonpath_of_others_comes_after_ours():
    assert environment()["PYTHONPATH"] == f"{spawn.STARTUP}:/theirs"
    assert environment(env=[("PYTHONPATH", "/users")])["PYTHONPATH"] == f"{spawn.STARTUP}:/users"


@pytest.mark.parametrize(
    "wrong",
    [
        {"env": [("", "x")]}, {"env": [("A=B", "x")]}, {"env": [("A\0", "x")]}, {"env": [("A", "\0")]},
        {"args": ["a\0b"]}, {"timeout": -1.0}, {"timeout": math.nan}, {"timeout": math.inf},
    ],
    ids=repr,
)  # fmt: skip
def test_what_no_process_can_be_given(wrong):
    with pytest.raises(errors.UsageError):
        spawn.check(wire.RunRequest(name="x", content=b"", script="x.py", **wrong))

"""The environment a script gets, and what no process can be started with."""

import math
import sys
from pathlib import Path

import msgspec
import pytest

from lager import errors, settings, wire
from lager_runner import spawn
from lager_runner.rundirectory import RunDirectory, Spec

SOCKETS = spawn.Sockets("/run/r", "/run/h")
INHERITED = {"HOME": "/h", "LAGER_TOKEN": "secret", "LAGER_BOX": "of the box's shell", "PYTHONPATH": "/theirs"}


DIRECTORY = RunDirectory(Path("/runs/ID"))
SPEC = Spec(id="ID", name="n", script="t.py", args=["-x"], user="", box="", timeout=0, started=0)


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path))
    return tmp_path


def environment(box="", env=(), inherited=INHERITED):
    request = wire.RunRequest(name="a/t.py", content=b"", script="t.py", env=list(env), box=box)
    return spawn.environment(request, DIRECTORY, SOCKETS, inherited, "10.0.0.7")


def test_what_lager_sets():
    assert environment(inherited={"HOME": "/h", "LAGER_TOKEN": "secret", "LAGER_BOX": "x"}) == {
        "HOME": "/h",
        "LAGER_PROCESS_ID": "ID",
        "LAGER_RUNNABLE": "a/t.py",
        "LAGER_RUN_SOCKET": "/run/r",
        "LAGER_HARDWARE_SOCKET": "/run/h",
        "LAGER_RUN_DIR_ROOT": "/runs/ID/work",
        "LAGER_HOST_MODULE_FOLDER": "/runs/ID/work",
        "LAGER_OUTPUT_CHANNEL": "/runs/ID/channel",
        "LAGER_STDOUT_IS_STDERR": "False",
        "LAGER_BOX_ID": "unknown",
        "LAGER_CLIENT_IP": "10.0.0.7",
        "LAGER_LOCK_HOLDER": "",
        "LAGER_BINARIES_DIR": str(settings.binaries_dir()),
        "LAGER_HOST": "127.0.0.1",
        "LOCAL_ADDRESS": "127.0.0.1",
        "PIGPIO_ADDR": "127.0.0.1",
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
    ("changes", "words"),
    [
        ({}, ["t.py", "-x"]), ({"script": "-t.py"}, ["./-t.py", "-x"]), ({"module": "a.b"}, ["-m", "a.b", "-x"]),
        ({"kind": wire.CONSOLE}, ["-c", spawn.CONSOLE, "-x"]),
    ],
)  # fmt: skip
def test_how_python_is_called(changes, words):
    assert spawn.command(DIRECTORY, msgspec.structs.replace(SPEC, **changes)) == [sys.executable, "-u", *words]


def test_where_something_is_required_that_is_installed_before(state):
    directory = RunDirectory(state / "runs" / "ID")
    directory.work.mkdir(parents=True)
    (directory.work / "requirements.txt").touch()
    words = spawn.command(directory, SPEC)
    after = words[words.index("lager_runner.packages") :]
    assert after[1:] == [
        f"{state}/packages",
        "5000000000",
        f"{directory.work}",
        "--",
        sys.executable,
        "-u",
        "t.py",
        "-x",
    ]


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

"""The world that a script finds: its directory, streams, variables, and whose modules it imports; and its results."""

import json

import pytest

from lager import wire
from lager.outputrecords import Record, Records

WORLD = """
import json, os, sys
print(json.dumps({
    "cwd": os.getcwd(), "stdin": sys.stdin.read(), "group": os.getpgrp() == os.getpid(), "argv": sys.argv[1:],
    "by_line": sys.stdout.line_buffering and not sys.stdout.write_through,
    "file": __file__, "env": dict(os.environ), "path": sys.path[0],
    "name": __name__,
}))
"""


def world(runner, script=WORLD, **request):
    run = runner.run(script, **request)
    out, err, end = runner.watch(run)
    assert (err, end.status) == (b"", 0)
    return runner.state / "runs" / run / "work", json.loads(out)


def test_a_script(runner):
    (runner.state / "box_id").write_text("bench-7")
    (runner.state / "org_secrets.json").write_text('{"DOOR": "1234"}')
    work, found = world(
        runner, file="a b.py", args=["x", "--y"], env=[("LAGER_SECRET_DOOR", "mine"), ("LAGER_CLIENT_IP", "mine")]
    )
    env = found.pop("env")
    assert found == {
        "cwd": str(work), "stdin": "", "group": True, "argv": ["x", "--y"], "by_line": True,
        "file": str(work / "a b.py"), "path": str(work), "name": "__main__",
    }  # fmt: skip
    wanted = {
        "LAGER_HOST_MODULE_FOLDER": str(work), "LAGER_STDOUT_IS_STDERR": "False", "LAGER_BOX_ID": "bench-7",
        "LAGER_CLIENT_IP": "127.0.0.1", "LAGER_SECRET_DOOR": "mine", "LAGER_RUNNABLE": "a b.py",
        "LAGER_PROCESS_ID": work.parent.name, "LAGER_OUTPUT_CHANNEL": str(work.parent / "channel"),
    }  # fmt: skip
    assert wanted.items() <= env.items()
    assert "LAGER_TOKEN" not in env


def test_a_print_is_one_piece_and_a_pause_shows_the_line_that_has_begun(runner):
    script = (
        "import os, sys\nprint('volts', 3.3, end=''); print(' V', 'ok')\nos.write(1, b'written\\n')\n"
        "print('begun', end='')\nimport lager\nlager.pause(timeout=0.01)\nos.write(1, b'|')\nprint(' and ended')\n"
    )
    out, _, _ = runner.watch(runner.run(script))
    assert out == b"volts 3.3 V ok\nwritten\nbegun| and ended\n"


def test_output_is_unbuffered_where_that_is_asked_for(runner):
    script = "import os\nprint('a', end='')\nos.write(1, b'b')\n"
    assert runner.watch(runner.run(script, env=[("PYTHONUNBUFFERED", "1")]))[0] == b"ab"


def test_secrets_and_one_stream(runner):
    (runner.state / "org_secrets.json").write_text('{"DOOR": "1234"}')
    _, found = world(runner, one_stream=True)
    assert (found["env"]["LAGER_SECRET_DOOR"], found["env"]["LAGER_STDOUT_IS_STDERR"]) == ("1234", "True")
    assert b"1234" not in b"".join(path.read_bytes() for path in runner.state.glob("runs/*/spec.json"))


def test_a_module_of_a_folder(runner, tools):
    content = tools.zipped({"tests/__init__.py": "", "tests/check.py": WORLD, "requirements.txt": ""})
    work, found = world(runner, content, module="tests.check", args=["-k", "x"])
    assert (found["file"], found["path"], found["name"]) == (str(work / "tests/check.py"), str(work), "__main__")
    assert (found["cwd"], found["argv"]) == (str(work), ["-k", "x"])


def test_another_script_of_a_folder_than_main(runner, tools):
    work, found = world(runner, tools.zipped({"<string>": WORLD, "data.csv": ""}), main="<string>")
    assert found["file"] == str(work / "<string>")


@pytest.mark.parametrize(
    "wrong",
    [
        {"main": "no.py"},
        {"main": "../main.py"},
        {"main": "a/b.py"},
        {"module": "-c"},
        {"module": "a/b"},
        {"module": "\0"},
    ],
    ids=repr,
)
def test_what_cannot_be_run(runner, tools, wrong):
    assert runner.put(tools.zipped({"main.py": "", "a/b.py": ""}), **wrong).status_code == 400


def test_a_file_is_no_folder_of_a_module(runner):
    assert runner.error(runner.put("print(1)", module="x")) == (400, "usage")


def test_a_module_that_is_not_there(runner, tools):
    out, err, end = runner.result(tools.zipped({"x.py": ""}), module="nothing.here")
    assert (out, end.status) == (b"", 1)
    assert b"No module named 'nothing'" in err


FOLDERS = ["drivers", "cli", "runner", "hwservice", "debugbridge", "startup", "lager_finder"]
FOLDERS += ["lager", *(f"lager_{name}" for name in ("cli", "runner", "drivers", "hwservice", "debugbridge"))]


def test_folders_with_names_of_lagers_do_not_disturb(runner, tools):
    script = (
        "import cli, drivers, runner, lager_cli, lager\n"
        "assert {one.MINE for one in (cli, drivers, runner, lager_cli)} == {1}\n"
        "lager.pause('here', timeout=0)\nbreakpoint()\nlager.output([1])\nfrom drivers import broken\n"
    )
    files = {f"{name}/__init__.py": "MINE = 1\n" for name in FOLDERS}
    run = runner.run(tools.zipped({"main.py": script, "drivers/broken.py": "1 / 0", **files}))
    with runner.stream(run) as watcher:
        first = watcher.until_kind(wire.PauseBegan).pause
        assert (first.file, first.line, first.label) == ("main.py", 3, "here")
        watcher.send(wire.Continue(first.number))
        second = watcher.until_kind(wire.PauseBegan).pause
        assert (second.file, second.line) == ("main.py", 4)
        watcher.send(wire.Continue(second.number))
        _, err, end = watcher.rest()
        assert Records().feed(bytes(watcher.seen[3])) == [Record(2, [1])]
    assert end.status == 1
    assert b'File "drivers/broken.py", line 1, in <module>' in err


def test_a_file_with_a_name_of_pythons_own_is_the_users_and_the_error_is_seen(runner, tools):
    files = {"main.py": "import typing\nprint(typing.MINE)\nfrom lager import Net\n", "typing.py": "MINE = 1\n"}
    out, err, end = runner.result(tools.zipped(files))
    assert (out, end.status) == (b"1\n", 1)
    shown = err.decode()
    assert shown.startswith('Traceback (most recent call last):\n  File "main.py", line 3, in <module>\n')
    assert "typing" in shown.splitlines()[-1]


def test_results_come_beside_the_output(runner):
    run = runner.run(
        "import lager\nlager.output({'volts': 3.3})\nlager.output('x' * 200_000, lager.OutputEncoders.Raw)\nprint('on')"
    )
    with runner.stream(run) as watcher:
        assert watcher.rest()[::2] == (b"on\n", wire.Exited(0, "exit"))
        assert Records().feed(bytes(watcher.seen[3])) == [Record(2, {"volts": 3.3}), Record(1, b"x" * 200_000)]

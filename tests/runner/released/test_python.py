"""`/python` on the wire: what a run gets, what comes of it, and what cannot be run."""

import json
import os
import sys
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from rawwire import BOUNDARY, FORM, Wire, form, frames

NEW = "ffffffff-0000-4000-8000-000000000000"


@pytest.fixture
def client(runner):
    return Wire(runner)


def test_the_bytes_of_a_line(client):
    reply = client.python(script="import os; os.write(1, b'hello\\n')")
    assert (reply.status, reply.getheader("Lager-Output-Version")) == (200, "1")
    assert reply.read() == b"1 6 hello\n- 1 0"


def test_two_streams_or_one(client):
    script = "import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(7)"
    assert client.result(script=script, stdout_is_stderr="False") == (b"out\n", b"err\n", b"", 7)
    assert client.result(script=script, stdout_is_stderr="TRUE") == (b"out\nerr\n", b"", b"", 7)
    assert client.result(script=script) == (b"out\nerr\n", b"", b"", 7)


def test_arguments_environment_and_the_order_of_parts(client):
    script = """
import json, os, sys
names = ["A", "B", "LAGER_PROCESS_ID", "LAGER_RUNNABLE", "LAGER_BOX", "LAGER_OUTPUT_CHANNEL", "LAGER_BOX_ID",
         "LAGER_MUXES", "LAGER_HOST_MODULE_FOLDER", "LAGER_STDOUT_IS_STDERR", "LAGER_CLIENT_IP",
         "LAGER_HOST", "LAGER_SECRET_KEY"]
print(json.dumps([sys.argv[1:], {name: os.environ.get(name) for name in names}, os.getcwd()]))
"""
    (client.runner.state / "org_secrets.json").write_text('{"KEY": "s3cret"}')
    run = str(uuid.uuid4())
    parts = [("args", "b c"), ("script", "name.py", script), ("env", "A=1=2"), ("env", "B=old"), ("env", "B=neu ä")]
    parts += [("env", f"LAGER_PROCESS_ID={run}"), ("env", "LAGER_RUNNABLE=tests/name.py"), ("env", "LAGER_BOX=bench")]
    parts += [("env", "LAGER_OUTPUT_CHANNEL=/nowhere"), ("args", ""), ("args", "ünï"), ("muxes", '{"a": 1}')]
    parts += [("portforwards", '{"src": 1}'), ("org", "x"), ("timeout", "0")]
    out, _, _, code = client.result(*parts)
    note, out = out.split(b"\n", 1)
    assert note.startswith(b"=== lager: --port is not served")
    args, env, folder = json.loads(out)
    assert (args, code) == (["b c", "", "ünï"], 0)
    given = {"A": "1=2", "B": "neu ä", "LAGER_PROCESS_ID": run, "LAGER_RUNNABLE": "tests/name.py", "LAGER_BOX": "bench"}
    assert env.items() >= given.items()
    assert env["LAGER_OUTPUT_CHANNEL"] != "/nowhere"
    assert (env["LAGER_BOX_ID"], env["LAGER_MUXES"], env["LAGER_CLIENT_IP"]) == ("unknown", '{"a": 1}', "127.0.0.1")
    assert (env["LAGER_STDOUT_IS_STDERR"], env["LAGER_HOST"]) == ("True", "127.0.0.1")
    assert env["LAGER_SECRET_KEY"] == "s3cret"
    assert os.path.realpath(env["LAGER_HOST_MODULE_FOLDER"]) == folder
    info = client.runner.http.get(f"/runs/{run}").json()
    assert (info["name"], info["box"], info["args"]) == ("tests/name.py", "bench", args)


def test_a_module_is_bytes_whatever_its_part_is_called(client, tools):
    blob = bytes(range(256)) * 500 + f"\r\n--{BOUNDARY}x\r\n".encode()
    main = "print(open('data/blob.bin','rb').read() == eval(open('want.txt').read()), __import__('part').X)"
    module = tools.zipped({"main.py": main, "data/blob.bin": blob, "want.txt": repr(blob), "part.py": "X = 3"})
    assert client.result(module=module) == (b"True 3\n", b"", b"", 0)


def test_the_output_channel_passes_records_through(client):
    script = """
from lager import output
from lager.outputencoders import OutputEncoders as As
for one in (As.Raw, As.Pickle, As.JSON, As.YAML):
    output(b"raw" if one is As.Raw else {"a": 1}, one)
"""
    channel = client.result(script=script)[2]
    assert channel.startswith(b"1 3 raw2 ")
    assert channel.endswith(b'3 8 {"a": 1}4 5 a: 1\n')


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("import os; os.kill(os.getpid(), 9)", -9),
        ("import os; os.kill(os.getpid(), 15)", -15),
        ("raise SystemExit(137)", 137),
        ("raise SystemExit(124)", 124),
    ],
)
def test_exit_codes(client, script, code):
    assert client.result(script=script)[3] == code


def test_a_timeout_lets_finally_run(client):
    script = "import signal\ntry:\n    signal.pause()\nfinally:\n    print('off')"
    out, _, _, code = client.result(script=script, timeout="1")
    assert (b"off\n" in out, code) == (True, 124)


def test_a_timeout_ends_a_script_that_ignores_everything(own_runner):
    (own_runner.state / "limits.json").write_text('{"idle_grace": 0.2, "terminate_grace": 0.2}')
    script = "import signal\nfor n in (2, 15):\n    signal.signal(n, signal.SIG_IGN)\nsignal.pause()"
    assert Wire(own_runner).result(script=script, timeout="1")[3] == 137


def test_a_timeout_that_the_box_lowers_is_said(own_runner):
    (own_runner.state / "limits.json").write_text('{"timeout": 2}')
    out = Wire(own_runner).result(script="pass", timeout="1000000")[0]
    assert b"the timeout of 1000000 s was lowered" in out


def test_no_character_is_cut_and_no_byte_is_lost(client):
    script = "for n in range(3000):\n    print('ä€😀' * (n % 90) + str(n))"
    content = client.python(script=script).read()
    parts = [data for name, data in frames(content) if name == "1"]
    assert "".join(part.decode() for part in parts) == "".join(f"{'ä€😀' * (n % 90)}{n}\n" for n in range(3000))


def test_a_reader_that_waits_holds_up_nobody_and_misses_nothing(client, tmp_path):
    """The output is much more than pipes and sockets hold; it is read when the script has ended."""
    run = str(uuid.uuid4())
    reply = client.python(script="for n in range(300_000):\n    print(n, 'ä' * 20)", run=run)
    while client.runner.http.get(f"/runs/{run}").json()["state"] == "running":
        continue
    found = frames(reply.read())
    assert b"".join(data for name, data in found[:-1]) == "".join(f"{n} {'ä' * 20}\n" for n in range(300_000)).encode()
    assert found[-1] == ("-", b"0")


def test_what_a_grandchild_holds_open_holds_up_no_end(client):
    script = (
        "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\nprint('x')"
    )
    assert client.result(script=script) == (b"x\n", b"", b"", 0)


def test_the_same_request_again_starts_nothing_twice(client, tmp_path):
    script, run = f"open({str(tmp_path / 'count')!r}, 'a').write('x'); print('once')", str(uuid.uuid4())
    first, again = (client.result(script=script, run=run) for _ in range(2))
    assert first == again == (b"once\n", b"", b"", 0)
    assert (tmp_path / "count").read_text() == "x"
    status, error = Wire(client.runner).refusal(script=script, run=run)
    assert (status, run in error) == (422, True)
    assert (tmp_path / "count").read_text() == "x"


def test_what_cannot_be_run(client, tools):
    refusal = client.refusal
    assert refusal(module=tools.zipped({"x.py": ""}))[1].startswith("the folder has no main.py")
    assert refusal(module=b"no zip")[0] == refusal(module=tools.zipped({"main.py": "", "../x": ""}))[0] == 422
    assert refusal() == (422, "Could not find module folder: the form has no part 'script' or 'module'")
    assert refusal(script="", module=b"x")[0] == 422
    assert refusal(script="pass", run="not-an-id") == (422, "Invalid process UUID: not-an-id")
    assert refusal(("script", "../x.py", "pass"))[0] == 422
    assert refusal(("args", "a\0b"), script="pass")[0] == 422
    for wrong in ("-1", "1.5", "soon", "9" * 30):
        status, error = refusal(script="pass", timeout=wrong)
        assert (status, error.startswith("Failed to parse request: the timeout")) == (400, True)
    assert refusal(("args", b"\xff"), script="pass")[1].startswith("Failed to parse request: a part 'args' is no UTF-8")
    assert refusal(("env", "NOVALUE"), script="pass")[0] == 400


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {}),
        (b"{}", {"Content-Type": "application/json"}),
        (b"", FORM),
        (b"x", {"Content-Type": "multipart/form-data"}),
        (form([("script", "pass")])[:-8], FORM),
        (form([("script", "pass")]), {"Content-Type": "multipart/form-data; boundary=other"}),
        (f"--{BOUNDARY}\r\nContent-Type: x\r\n\r\n\r\n--{BOUNDARY}--\r\n".encode(), FORM),
        (f"--{BOUNDARY}\r\nno header\r\n\r\nx\r\n--{BOUNDARY}--\r\n".encode(), FORM),
        (b"--" + b"-" * 10_000, FORM),
    ],
)
def test_malformed_forms(client, body, headers):
    reply = client.ask("POST", "/python", body, headers)
    assert reply.status == 400
    assert json.loads(reply.read())["error"].startswith("Failed to parse request: ")


def test_too_much(own_runner):
    (own_runner.state / "limits.json").write_text('{"upload": 1000}')
    assert Wire(own_runner).refusal(script="#" * 1001)[0] == 422
    assert Wire(own_runner).result(script="#" * 1000)[3] == 0
    parts = [("args", "x")] * 20_001
    assert Wire(own_runner).refusal(*parts, script="pass")[0] == 400


def test_requirements_that_cannot_be_installed(client, tools):
    module = tools.zipped({"main.py": "print('never')", "requirements.txt": "--no-index\nno-such-thing-9\n"})
    status, error = client.refusal(module=module)
    assert (status, error.startswith("Pip install failed: ") and "ERROR: " in error) == (422, True)
    assert client.refusal(module=module, detach="1")[0] == 422
    nothing = tools.zipped({"main.py": "print('ran')", "requirements.txt": "# nothing\n"})
    assert client.result(module=nothing) == (b"ran\n", b"", b"", 0)


def test_nothing_comes_from_stdin(client):
    assert client.result(script="import sys; print(repr(sys.stdin.read()))") == (b"''\n", b"", b"", 0)

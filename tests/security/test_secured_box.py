"""A box with TLS, as its users have it; and what they give a script in confidence stays out of every sight."""

import json
import os
import stat
import uuid
from pathlib import Path

import msgspec
import ownserved
import pytest
from terminal import Terminal

from lager import errors, tls, wire
from lager_cli.box import securing

OPTIONS = ["--tls", "--bind", "0.0.0.0"]
SECRET = "hunter2-" + "very-secret"  # in two parts: this file's own text must not be what is found
PAUSING = "import os, lager\nassert os.environ['PASSWORD'].endswith('secret')\nlager.pause('here')\nprint('gone on')\n"


def add(served, *words, name="lab", **more):
    place = f"127.0.0.1:{served.info.runner}"
    return served.lager("boxes", "add", "--name", name, "--ip", place, "--token", served.token, *words, **more)


def saved(served, name="lab"):
    return json.loads((served.folder / ".lager").read_text())["BOXES"][name]


def test_it_says_its_fingerprint_and_every_port_has_tls(served):
    pin = served.info.fingerprint
    assert f"It speaks TLS; the SHA-256 fingerprint of its certificate is {pin}\n" in served.said
    assert "It is open to the network: whoever has the token can run programs as you." in served.said
    assert f"`lager boxes add --name NAME --ip IP --token TOKEN --tls --fingerprint {pin}`." in served.said
    assert "WARNING" not in served.said
    assert f"  TLS fingerprint:   {pin}\n" in served.lager("box", "status").stdout
    assert json.loads(served.lager("box", "status", "--json").stdout)["fingerprint"] == pin
    for port in (served.info.runner, served.info.hardware, served.info.http):
        assert tls.offered("127.0.0.1", port, 10) == pin
        assert served.service(port).get("/health", dict)["status"] == "healthy"
        with pytest.raises(errors.BoxNotTrusted):
            served.service(port, "").get("/health", dict)


def test_what_crosses_a_network_in_the_clear_is_said(served):
    *_, warning = securing.words(msgspec.structs.replace(served.info, fingerprint=""))
    assert warning == (
        "WARNING: without --tls all of it crosses that network in the clear, and can be read and changed there: the "
        "token, scripts, their output and their --env and --passenv, and what is typed in consoles."
    )
    assert list(securing.words(msgspec.structs.replace(served.info, fingerprint="", host="127.0.0.1"))) == []


@pytest.mark.parametrize("box", ["local", "lab"])
def test_commands_reach_it(served, box):
    assert add(served, "--fingerprint", served.info.fingerprint, "--yes").returncode == 0
    for words in (["nets"], ["runs"], ["adc", "adc1"], ["python", served.script("print('hello')")]):
        done = served.lager(*words, "--box", box)
        assert (done.returncode, done.stderr) == (0, ""), words


def test_a_box_is_added_by_what_it_shows_when_its_user_says_so(served):
    pin, place = served.info.fingerprint, f"127.0.0.1 port {served.info.runner}"
    terminal = Terminal([ownserved.LAGER, *asking(served)], served.folder, served.env | {"TERM": "xterm"})
    terminal.expect("Does `lager box status` on the box say the same?")
    assert f"The box at {place} shows a certificate" in terminal.text
    assert pin in terminal.text
    terminal.type("y\n")
    terminal.expect("Added box 'asked'")
    terminal.close()
    assert saved(served, "asked")["fingerprint"] == pin
    listed = json.loads(served.lager("boxes", "--json").stdout)
    assert next(one for one in listed if one["name"] == "asked")["fingerprint"] == pin


def asking(served):
    return ["boxes", "add", "--name", "asked", "--ip", f"127.0.0.1:{served.info.runner}", "--tls", "--token", "x"]


def test_nobody_is_trusted_unasked(served):
    done = add(served, "--tls", name="nobody")
    assert done.returncode == 2
    assert "nobody is there to say whether this certificate is the box's" in done.stderr
    assert f"--fingerprint {served.info.fingerprint}" in done.stderr
    assert "nobody" not in (served.folder / ".lager").read_text()
    assert add(served, "--tls", "--yes", name="script").returncode == 0
    assert saved(served, "script")["fingerprint"] == served.info.fingerprint


def test_a_fingerprint_that_is_not_the_boxs(served):
    done = add(served, "--tls", "--fingerprint", "0" * 64, name="other")
    assert done.returncode == 6
    assert done.stderr.startswith(f"Error: the box at 127.0.0.1 port {served.info.runner} shows another certificate: ")
    assert add(served, "--fingerprint", "xyz", name="other").returncode == 2
    assert add(served, "--fingerprint", "0" * 64, name="other").returncode == 0  # nobody is asked now
    done = served.lager("nets", "--box", "other")
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("Error: the box other at 127.0.0.1:")
    assert " shows another certificate than the one that is known of it: " in done.stderr


def test_a_box_that_is_known_without_tls(served):
    assert add(served, name="plain", env={"LAGER_STATE_DIR": str(served.folder / "elsewhere")}).returncode == 0
    done = served.lager("nets", "--box", "plain")
    assert done.returncode == 6
    assert "speaks TLS, and no certificate of it is known here" in done.stderr
    done = served.lager("nets", "--box", "plain", env={"LAGER_FINGERPRINT": served.info.fingerprint.upper()})
    assert (done.returncode, done.stderr) == (0, "")
    done = served.lager("nets", "--box", "plain", env={"LAGER_FINGERPRINT": "no"})
    assert (done.returncode, done.stdout) == (2, "")


def test_a_configuration_with_a_broken_fingerprint_is_no_box_without_tls(served, tmp_path):
    table = {"BOXES": {"lab": {"ip": f"127.0.0.1:{served.info.runner}", "token": "x", "fingerprint": "abc"}}}
    (tmp_path / ".lager").write_text(json.dumps(table))
    done = served.lager("nets", "--box", "lab", env={"LAGER_CONFIG_FILE_DIR": str(tmp_path)})
    assert done.returncode == 2
    assert "fingerprint of box 'lab'" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tls", "--tls-cert", "CERT", "--tls-key", "CERT"], "--tls is for the box's own certificate"),
        (["--tls-cert", "CERT"], "--tls-cert and --tls-key belong together"),
        (["--tls-cert", "TEXT", "--tls-key", "CERT"], "no certificate can be read from"),
        (["--tls-cert", "CERT", "--tls-key", "TEXT"], "cannot be used for TLS"),
    ],
)
def test_certificates_that_cannot_be_used(served, words, said):
    files = {"CERT": str(served.state / "tls.pem"), "TEXT": served.script("no key", "text.pem")}
    done = served.lager("box", "serve", *[files.get(word, word) for word in words])
    assert done.returncode == 2
    assert said in done.stderr


def test_what_is_private_is_its_users_alone(served):
    for name in ("token", "tls.pem", "box.json"):
        assert stat.S_IMODE((served.state / name).stat().st_mode) == 0o600, name
    for folder in (served.state, served.state / "runs"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def command_lines():
    """Give the command line of every process that can be seen."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield (entry / "cmdline").read_bytes()
            except OSError:
                continue  # it has ended


def written(served):
    """Give all that stands in files of the box: of its runs, its logs, its state, and what its user's home has."""
    for folder, _, files in os.walk(served.folder):
        for name in files:
            path = Path(folder) / name
            if path.is_file():
                yield path, path.read_bytes()


def assert_unseen(served, secret):
    assert [path for path, content in written(served) if secret.encode() in content] == []
    assert [line for line in command_lines() if secret.encode() in line] == []


def test_what_the_environment_of_a_script_holds_is_seen_nowhere_else(served):
    heard = served.folder / "heard"
    assert served.lager("box", "notify", "--command", f"(cat; env) >> {heard}").returncode == 0
    run = served.put(PAUSING.encode(), env=[("PASSWORD", SECRET), ("LAGER_SECRET_KEY", SECRET)], user="ada")
    served.until(lambda: served.told(run).state == "paused")
    served.until(lambda: heard.exists() and run in heard.read_text())
    assert_unseen(served, SECRET)
    said = [
        served.lager(*words)
        for words in (["runs", "--all"], ["runs", "--json"], ["runs", "show", run], ["box", "status"])
    ]
    said += [served.lager("python", "--console", run, "-c", ":where"), served.lager("logs", run)]
    assert SECRET not in "".join(one.stdout + one.stderr for one in said)
    assert SECRET not in json.dumps(served.runner.get(f"/runs/{run}", dict))
    served.runner.post(f"/runs/{run}/continue", wire.ContinueRequest("ada"), wire.Resumed)
    assert served.follow(run)[0].endswith(b"gone on\n")
    served.until(lambda: '"ended"' in heard.read_text() or "finished" in heard.read_text())
    assert_unseen(served, SECRET)


def test_neither_is_the_boxs_token(served):
    run = served.put(b"import os\nfor name in os.environ: print(name, os.environ[name])\n")
    assert served.token not in served.follow(run)[0].decode()
    found = {path.name for path, content in written(served) if served.token.encode() in content}
    assert found <= {"token", ".lager"}  # the second is its user's configuration, where it was put by `lager boxes add`
    assert [line for line in command_lines() if served.token.encode() in line] == []


@pytest.mark.parametrize(
    "env",
    [
        [("A=B", SECRET)], [("", SECRET)], [("NUL", f"{SECRET}\0")], [("A\0", SECRET)], [("A", SECRET, 3)],
        [("A", SECRET), 7], [(SECRET, 8)], {"A": SECRET}, SECRET, [SECRET], [("A", {SECRET: SECRET})],
    ],
    ids=range(11),  # a test runner may show what it runs in its own command line
)  # fmt: skip
def test_what_is_wrong_with_it_is_said_without_it(served, env):
    body = wire.to_msgpack({"name": "x", "content": b"1", "script": "x.py", "env": env})
    with pytest.raises(errors.UsageError) as why:
        served.runner._ask("PUT", f"/runs/{uuid.uuid4()}", body, "application/msgpack", 15)
    assert SECRET not in why.value.what + why.value.hint
    assert_unseen(served, SECRET)


@pytest.mark.parametrize("given", [f"PASS-WORD={SECRET}", f"={SECRET}", f"1={SECRET}"])
def test_a_command_line_that_is_wrong_is_said_without_it(served, given):
    done = served.lager("python", "--env", given, served.script("1"))
    assert done.returncode == 2
    assert SECRET not in done.stdout + done.stderr


def test_variables_of_ones_own_are_passed_on_by_name(served):
    words = [
        "python",
        "--box",
        "local",
        "--passenv",
        "PASSWORD",
        served.script(PAUSING.replace("lager.pause('here')", "")),
    ]
    done = served.lager(*words, env={"PASSWORD": SECRET})
    assert (done.returncode, done.stdout, done.stderr) == (0, "gone on\n", "")
    assert_unseen(served, SECRET)

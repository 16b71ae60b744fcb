"""What Tab shows, without a box: words, files, and nothing where something is wrong."""

import subprocess

import pytest


def add(cli, name, ip):
    assert cli("boxes", "add", "--name", name, "--ip", ip).status == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_what_a_shell_needs(cli, shell):
    done = cli("completion", shell)
    assert (done.status, done.err) == (0, "")
    assert f"lager completion answer {shell}" in done.out


def test_bash_understands_its_script(cli):
    done = subprocess.run(["bash", "-n"], input=cli("completion", "bash").out, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (["su"], ["supply"]),
        (["boxes", "ed"], ["edit"]),
        (["nets", "--b"], ["--box"]),
        (["adc", "--box", ""], ["lab", "local"]),
        (["adc", "--box", "=", "la"], ["lab"]),  # as bash takes --box=la apart
        (["boxes", "delete", "--name", "l"], ["lab", "local"]),
        (["nets", "add", "x", "pow"], ["power-supply"]),
        (["supply", "--box", "lab", "x"], []),  # nobody is at that address
        (["python", "--continue", "1"], []),
        (["nowhere", "x"], []),
        (["defaults", "delete", "supply"], ["supply-net"]),
    ],
)
def test_what_fits(cli, monkeypatch, typed, found):
    add(cli, "lab", "127.0.0.1:1")
    monkeypatch.setenv("COMP_WORDS", " ".join(["lager", *typed]))
    monkeypatch.setenv("COMP_CWORD", str(len(typed)))
    done = cli("completion", "answer", "bash")
    assert (done.status, done.err) == (0, "")
    assert [line.partition(",")[2] for line in done.out.splitlines() if line] == found


def test_a_script_is_a_file_and_what_is_broken_is_silent(cli, folder, monkeypatch):
    monkeypatch.setenv("COMP_WORDS", "lager python x")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert cli("completion", "answer", "bash").out == "file,x\n"
    (folder / ".lager").write_text("{")
    monkeypatch.setenv("COMP_WORDS", "lager adc --box x")
    monkeypatch.setenv("COMP_CWORD", "3")
    done = cli("completion", "answer", "fish")
    assert (done.status, done.out, done.err) == (0, "", "")

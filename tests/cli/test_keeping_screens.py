"""`lager box limits`, and what is refused of `lager runs ...` and `lager logs` before any box is asked."""

import json

import msgspec
import pytest

from lager import limits
from lager_cli.box.limiting import LIMITS


def test_every_limit_can_be_shown_and_changed():
    assert list(LIMITS) == list(msgspec.structs.asdict(limits.Limits()))
    for name, limit in LIMITS.items():
        usual = getattr(limits.Limits(), name)
        assert usual >= limit.least
        assert limit.read(limit.words(usual)) == usual


def test_limits_are_shown_and_changed(cli, folder):
    table = cli("box", "limits").out.splitlines()
    assert table[2].split(maxsplit=3) == ["upload", "20", "MB", "what is sent to be run, as sent"]
    assert cli("box", "limits", "client_gone=1.5m", "keep_days=2d", "output=0", "files=7").out.splitlines() == [
        "client_gone: 90s (was 1m)",
        "keep_days: 2d (was 30d)",
        "output: unlimited (was 2 GB)",
        "files: 7 (was 10000)",
    ]
    file = folder / "state" / limits.FILE
    assert json.loads(file.read_text()) == {"client_gone": 90.0, "keep_days": 2.0, "output": 0, "files": 7}
    assert json.loads(cli("box", "limits", "--json").out)["client_gone"] == 90
    assert any(
        line.startswith("client_gone  ") and "usually 1m" in line for line in cli("box", "limits").out.splitlines()
    )
    assert cli("box", "limits", "output=usual", "files=usual", "keep_days=usual").status == 0
    assert json.loads(file.read_text()) == {"client_gone": 90.0}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("upload=x", "the limit upload cannot be 'x'."),
        ("upload=0", "the limit upload cannot be '0': it is at least 1 byte."),
        ("upload=20XB", "the limit upload cannot be '20XB'."),
        ("keep_days=-1", "the limit keep_days cannot be '-1'."),
        ("timeout", "the limit timeout was given no value."),
        ("grace=", "the limit grace was given no value."),
        ("files=1.5", "the limit files cannot be '1.5'."),
        ("keep_runs=-2", "the limit keep_runs cannot be '-2': it is at least 0."),
        ("timeout=1e999", "the limit timeout cannot be '1e999'."),
        ("timeout=nan", "the limit timeout cannot be 'nan'."),
        ("uplod=3", "there is no limit 'uplod'. Did you mean upload?"),
    ],
)
def test_wrong_ones_are_named_and_nothing_is_changed(cli, folder, change, named):
    said = cli("box", "limits", "files=3", change)
    assert (said.status, said.err.splitlines()[0]) == (2, f"Error: {named}")
    assert not (folder / "state" / limits.FILE).exists()


def test_limits_that_cannot_be_read_are_mended(cli, folder):
    file = folder / "state" / limits.FILE
    file.parent.mkdir()
    file.write_text('{"upload": "much"}')
    said = cli("box", "limits")
    assert (said.status, "cannot be read" in said.err, "lager box limits" in said.err) == (2, True, True)
    said = cli("box", "limits", "grace=2m")
    assert (said.status, said.out) == (0, "grace: 2m (was 1m)\n")
    assert "the other limits are the usual ones from now on" in said.err
    assert json.loads(file.read_text()) == {"grace": 120.0}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["runs", "3fa91c2e"], "There is no command '3fa91c2e'. Did you mean `lager runs show 3fa91c2e`?"),
        (["runs", "3fa9.2"], "Did you mean `lager runs show 3fa9.2`?"),
        (["runs", "show", " "], "ID is empty"),
        (["runs", "files", ""], "ID is empty"),
        (["runs", "download", "", "x"], "ID is empty"),
        (["runs", "show", "../../etc"], "'../../etc' is no ID; see `lager runs`."),
        (["runs", "files", ".."], "'..' is no ID"),
        (["runs", "transcript", "a b"], "'a b' is no ID"),
        (["runs", "download", "/", "x"], "'/' is no ID"),
        (["runs", "download", "3fa9", "x", "-o", ""], "-o is empty; was a variable of the shell not set?"),
        (["logs", "a?b"], "'a?b' is no ID"),
        (["python", "--kill", "a/b"], "'a/b' is no ID"),
        (["python", "--add-file", "", "x.py"], "--add-file is empty; was a variable of the shell not set?"),
        (["python", "--passenv", "", "x.py"], "--passenv is empty; was a variable of the shell not set?"),
        (["runs", "download", "3fa9", "folder/"], "'folder/' names no file."),
        (["runs", "prune", "--all", "--older", "1d"], "--older and --all exclude each other."),
        (["runs", "prune", "--older", "soon"], "'soon' is no time; write a time such as 90s, 10m, 2h or 30d."),
        (["logs", ""], "ID is empty"),
        (["logs", "3fa9", "--since", "yesterday"], "write how long ago, such as 5m or 2h, or when: 14:05"),
    ],
)
def test_slips(cli, words, said):
    answer = cli(*words)
    assert answer.status == 2
    assert said in " ".join(answer.err.split())
    assert "Started a private box" not in answer.err

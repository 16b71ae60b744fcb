"""The line of a pause in the log of a CI job."""

import pytest

from lager import wire
from lager_cli.runs.annotations import annotation


def pause(**more):
    facts = {
        "number": 1, "name": "0c0e.2", "label": "50%, hot: now\nor never", "file": "test.py", "line": 7,
        "function": "f", "thread": "t", "since": 0, "timeout": 60, "interactive": True, "until": 90.0,
    }  # fmt: skip
    return wire.PauseInfo(**(facts | more))


@pytest.fixture
def source(tmp_path):
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "test.py").write_text("")
    return tmp_path / "bench" / "test.py"


def test_github_gets_a_warning_at_the_line(source, tmp_path):
    environ = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path)}
    assert annotation(pause(), source, environ, 30.0) == (
        '::warning file=bench/test.py,line=7,title=paused "50%25%2C hot%3A now%0Aor never"::'
        'The script is paused "50%25, hot: now%0Aor never"; it goes on by itself in 60 s. '
        "To go on before: lager python --continue 0c0e.2"
    )


def test_gitlab_gets_a_coloured_line_and_others_a_plain_one(source, tmp_path):
    words = 'The script is paused "now"; it waits for ever. To go on: lager python --continue 0c0e.2'
    line = f"WARNING: bench/test.py:7: {words}"
    one = pause(label="now", until=None)
    environ = {"CI": "true", "CI_PROJECT_DIR": str(tmp_path)}
    assert annotation(one, source.parent, environ, 0) == line
    assert annotation(one, source.parent, environ | {"GITLAB_CI": "true"}, 0) == f"\x1b[0;33m{line}\x1b[0;m"


def test_a_file_that_is_not_here_is_named_as_the_box_names_it(source, monkeypatch):
    monkeypatch.chdir(source.parent)
    one = pause(label=None, file="helper.py", on_timeout="abort")
    assert annotation(one, source, {}, 80.0) == (
        "WARNING: helper.py:7: The script is paused; it is aborted in 10 s. To go on before: "
        "lager python --continue 0c0e.2"
    )

"""`pause()` in scripts of their own, with no box or one that does not answer; what is on the screen, to the byte."""

import itertools
import os
import subprocess
import sys
import textwrap

import pytest

from lager import breakpoint as lager_breakpoint

RUN = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def run(tmp_path):
    def start(source, name="test.py", **env):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(source))
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("LAGER_", "PYTHON"))}
        ours = {"LAGER_PROCESS_ID": RUN, "LAGER_RUN_DIR_ROOT": str(tmp_path), "PYTHONPATH": str(tmp_path)}
        chosen = {key: value for key, value in (clean | ours | env).items() if value is not None}
        done = subprocess.run(
            [sys.executable, path], env=chosen, capture_output=True, text=True, timeout=30, check=False
        )
        return done.returncode, done.stdout, done.stderr

    return start


BANNERS = list(itertools.product([None, "inspect bench before final step"], [None, "mybox"], [False, True]))


@pytest.mark.parametrize(("label", "chosen", "interactive"), BANNERS)
def test_the_banner_to_the_byte(run, label, chosen, interactive):
    source = f"import lager.breakpoint\nlager.breakpoint.pause({label!r}, timeout=0.1, interactive={interactive})\n"
    status, out, err = run(source, LAGER_BOX=chosen)
    titled = f' "{label}"' if label else ""
    box = f" --box {chosen}" if chosen else ""
    inspect = f"    inspect: `lager python --console {RUN}{box}`\n" if interactive else ""
    assert err == (
        f"=== lager breakpoint{titled} at test.py:2  (id {RUN})\n"
        f"    resume: press Enter here, or `lager python --continue {RUN}{box}`\n"
        f"{inspect}"
        "    auto-resume in 0.1s\n"
        "=== auto-resumed after 0.1s\n"
    )
    assert (status, out) == (0, "")


PAUSE = "from lager.breakpoint import pause\n"


def test_the_place_is_the_callers_own(run, tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "helper.py").write_text(PAUSE + "\ndef look():\n    pause(timeout=0.01)\n")
    assert " at parts/helper.py:4  (id" in run("from parts import helper\nhelper.look()\n")[2]
    assert " at test.py:1  (id" in run("__import__('lager.breakpoint').breakpoint.pause(timeout=0.01)\n")[2]
    assert " at test.py:2  (id" in run(PAUSE + "pause(timeout=0.01)\n", LAGER_RUN_DIR_ROOT="/nowhere")[2]
    assert " at <string>:1  (id" in run(PAUSE + "exec('pause(timeout=0.01)')\n")[2]


@pytest.mark.parametrize("off", ["off", "0", "FALSE", " No "])
def test_switched_off(run, off):
    assert run(PAUSE + "pause('x', interactive=True)\n", LAGER_BREAKPOINTS=off) == (0, "", "")


@pytest.mark.parametrize("on", ["", "on", "1", "nope"])
def test_not_switched_off(run, on):
    assert run(PAUSE + "pause(timeout=0.01)\n", LAGER_BREAKPOINTS=on)[2].startswith("=== lager breakpoint at")


@pytest.mark.parametrize("identity", [None, ""])
def test_not_under_lager_python(run, identity):
    said = "lager.pause(): not running under `lager python`; skipping breakpoint\n"
    assert run(PAUSE + "pause('x')\n", LAGER_PROCESS_ID=identity) == (0, "", said)


@pytest.mark.parametrize(
    ("argument", "env", "seconds", "said"),
    [
        (None, None, 300, ""),
        (None, "6", 6, ""),
        (None, " 0.5 ", 0.5, ""),
        (2, "6", 2, ""),
        (0, "6", 0, ""),
        (-1, None, -1, ""),
        ("7", None, 7, ""),
        (True, "6", 6, "timeout True is not a number of seconds; using 6s"),
        ("abc", None, 300, "timeout 'abc' is not a number of seconds; using 300s"),
        (float("nan"), None, 300, "timeout nan is not a number of seconds; using 300s"),
        (None, "abc", 300, "LAGER_BREAKPOINT_TIMEOUT 'abc' is not a number of seconds; using 300s"),
        ([], "x", 300, "timeout [] and LAGER_BREAKPOINT_TIMEOUT 'x' is not a number of seconds; using 300s"),
        (False, "0", 0, "timeout False is not a number of seconds; using no auto-resume"),
        (10**400, None, 10**400, ""),
        (float("inf"), None, float("inf"), ""),
    ],
)
def test_which_timeout_counts(monkeypatch, capsys, argument, env, seconds, said):
    monkeypatch.delenv("LAGER_BREAKPOINT_TIMEOUT", raising=False)
    if env is not None:
        monkeypatch.setenv("LAGER_BREAKPOINT_TIMEOUT", env)
    chosen = lager_breakpoint.resolve_timeout(argument)
    assert (chosen, type(chosen)) == (seconds, type(seconds))
    assert capsys.readouterr().err == (f"lager.pause(): {said}\n" if said else "")


@pytest.mark.parametrize("forever", [0, -3, float("inf"), 10**400, -(10**400), 1e300])
def test_what_waits_for_ever(forever):
    assert lager_breakpoint.seconds_to_wait(forever) is None


def test_it_never_raises(run):
    source = (
        PAUSE + "class Bad:\n    def __str__(self): raise RuntimeError('no')\npause(Bad(), timeout=0.01)\nprint('on')\n"
    )
    assert run(source) == (0, "on\n", "lager.pause(): breakpoint error (no); continuing\n")
    assert run(PAUSE + "import sys\nsys.stderr = None\npause(timeout=0.01)\nprint('on')\n") == (0, "on\n", "")
    assert run(PAUSE + "import sys\nsys.stderr.close()\npause(timeout=0.01)\nprint('on')\n")[:2] == (0, "on\n")
    assert run(PAUSE + "pause('\\udcff', timeout=0.01)\nprint('on')\n")[:2] == (0, "on\n")


@pytest.mark.parametrize(
    ("stderr", "label"),
    [
        ("io.BytesIO()", "'x'"),
        ("type('Odd', (), {'write': lambda *_: 1 / 0, 'flush': lambda _: 0})()", "'x'"),
        ("sys.stderr", "Odd()"),
        ("io.BytesIO()", "Odd()"),
    ],
)
def test_it_never_raises_whatever_fails_inside_it(run, stderr, label):
    source = (
        "import io, sys\n"
        f"{PAUSE}"
        "class Error(Exception):\n    def __str__(self): raise self\n"
        "class Odd:\n    def __str__(self): raise Error\n"
        f"sys.stderr = {stderr}\npause({label}, timeout=0.01)\nprint('on')\n"
    )
    status, out, err = run(source)
    assert (status, out) == (0, "on\n")
    assert err in ("", "lager.pause(): breakpoint error (Error); continuing\n")


def test_a_banner_keeps_its_lines(run):
    err = run(PAUSE + "pause('a\\nb\\x1b[31m\\r\\u2028\\tü→', timeout=0.01)\n")[2]
    assert err.splitlines()[0].startswith(r'=== lager breakpoint "a\nb\x1b[31m\r\u2028\tü→" at test.py:2  (id ')
    assert len(err.splitlines()) == 4


def test_a_pause_where_the_current_directory_was_deleted(run):
    source = (
        "import os, tempfile\n"
        f"{PAUSE}"
        "os.chdir(gone := tempfile.mkdtemp())\nos.rmdir(gone)\n"
        "exec('\\npause(timeout=0.01)')\npause(timeout=0.01)\n"
    )
    err = run(source)[2]
    assert " at <string>:2  (id " in err
    assert " at test.py:6  (id " in err


def test_a_box_that_is_not_there_is_waited_for_briefly(run, tmp_path):
    status, _, err = run(PAUSE + "pause(timeout=0.1)\n", LAGER_RUN_SOCKET=str(tmp_path / "none"))
    assert (status, err.splitlines()[-1]) == (0, "=== auto-resumed after 0.1s")


def test_a_disabled_pause_imports_nothing(run):
    source = PAUSE + "import sys\npause()\nprint('lager.paused' in sys.modules, 'lager_debugbridge' in sys.modules)\n"
    assert run(source, LAGER_BREAKPOINTS="off") == (0, "False False\n", "")

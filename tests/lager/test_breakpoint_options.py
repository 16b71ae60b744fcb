"""`pause()`'s conditions and ends, in scripts of their own without a box; what other people's exceptions do to it."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from lager import breakpoint as lager_breakpoint

PAUSE = "from lager.breakpoint import pause\n"
BANNER = 3  # lines


@pytest.fixture
def start(tmp_path):
    running = []

    def begin(source, **env):
        path = tmp_path / "test.py"
        path.write_text(textwrap.dedent(source))
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("LAGER_", "PYTHON"))}
        ours = {"LAGER_PROCESS_ID": "run", "LAGER_RUN_DIR_ROOT": str(tmp_path)}
        one = subprocess.Popen(
            [sys.executable, path], env=clean | ours | env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        running.append(one)
        return one

    yield begin
    for one in running:
        one.kill()
        one.communicate()


@pytest.fixture
def run(start):
    def end(source, **env):
        one = start(source, **env)
        out, err = one.communicate(timeout=30)
        return one.returncode, out, err

    return end


def places(err):
    return [line.split(" at ")[1].split("  (id")[0] for line in err.splitlines() if "=== lager b" in line]


def test_when(run):
    loop = "for n in range(6):\n    pause(when=n in (2, 4), timeout=0.01)\n"
    err = run(PAUSE + loop + "    pause(when=lambda: n == 3, timeout=0.01)\n")[2]
    assert places(err) == ["test.py:3", "test.py:4", "test.py:3"]


def test_every_counts_for_each_line_and_over_threads(run):
    source = (
        "import threading\n" + PAUSE + "def work(times):\n"
        "    for n in range(times):\n"
        "        pause(str(n), every=4, timeout=0.01)\n"
        "        pause(str(n), every=5, when=n % 2, timeout=0.01)\n"
        "work(8)\n"
        "threads = [threading.Thread(target=work, args=(2,)) for _ in range(4)]\n"
        "for one in threads: one.start()\n"
        "for one in threads: one.join()\n"
    )
    status, _, err = run(source)
    assert status == 0
    assert places(err).count("test.py:5") == 4
    assert places(err).count("test.py:6") == 1


@pytest.mark.parametrize(
    ("options", "pauses", "said"),
    [
        ("every=0", 3, "every 0 is not a number of times; using 1"),
        ("every=True", 3, ""),
        ("every='x'", 3, "every 'x' is not a number of times; using 1"),
        ("every=2.0", 3, "every 2.0 is not a number of times; using 1"),
        ("when=lambda: 1 / 0", 3, "when failed (ZeroDivisionError: division by zero); pausing"),
        ("when=Odd()", 3, "when failed (Odd); pausing"),
        ("when=None", 0, ""),
        ("when=[]", 0, ""),
        ("when='x'", 3, ""),
        ("on_timeout='stop'", 3, "on_timeout 'stop' is neither 'resume' nor 'abort'; using 'resume'"),
    ],
)
def test_what_is_unusable_is_said_and_pauses(run, options, pauses, said):
    odd = "class Odd(Exception):\n    def __bool__(self): raise self\n    def __str__(self): raise self\n"
    status, out, err = run(PAUSE + odd + f"for n in range(3):\n    pause(timeout=0.01, {options})\nprint('on')\n")
    assert (status, out, len(places(err))) == (0, "on\n", pauses)
    complaints = {line for line in err.splitlines() if line.startswith("lager.pause()")}
    assert complaints == ({f"lager.pause(): {said}"} if said else set())
    assert "on_timeout" in options or err.count("lager.pause()") == bool(said)


def test_what_is_not_taken_says_nothing_and_imports_nothing(run):
    source = "import lager, sys\nlager.pause(when=False)\nlager.pause(every=2)\nprint('lager.paused' in sys.modules)\n"
    assert run(source) == (0, "False\n", "")
    assert run(source, LAGER_PROCESS_ID="") == (0, "False\n", "")


@pytest.mark.parametrize("socket", ["", "/nowhere/at/all"])
def test_a_timeout_that_aborts_without_a_box(run, socket):
    source = PAUSE + "try:\n    pause('x', timeout=0.1, on_timeout='abort')\nfinally:\n    print('finally')\n"
    status, out, err = run(source, LAGER_RUN_SOCKET=socket)
    assert (status, out) == (130, "finally\n")
    assert err.splitlines()[2:] == ["    auto-abort in 0.1s", "=== aborted after 0.1s"]


def test_no_timeout_is_never_an_abort(start):
    one = start(PAUSE + "pause(timeout=0, on_timeout='abort')\n")
    assert [one.stderr.readline() for _ in range(BANNER)][-1] == "    no auto-resume\n"


def test_aborted_is_no_error(run):
    source = (
        "import lager\ntry:\n    lager.pause(timeout=0.01, on_timeout='abort')\n"
        "except Exception:\n    print('an error')\nexcept lager.Aborted as exc:\n    print(exc, exc.code)\n"
    )
    assert run(source)[:2] == (0, "aborted after 0.01s 130\n")


def test_ctrl_c_shows_the_users_lines(start):
    one = start(PAUSE + "def step():\n    pause(timeout=0)\nstep()\n")
    assert len([one.stderr.readline() for _ in range(BANNER)]) == BANNER
    one.send_signal(signal.SIGINT)
    _, err = one.communicate(timeout=30)
    files = [line.split('"')[1] for line in err.splitlines() if line.startswith('  File "')]
    assert [os.path.basename(name) for name in files] == ["test.py", "test.py", "breakpoint.py"]
    assert err.splitlines()[-1] == "KeyboardInterrupt"
    assert "During handling" not in err


def test_an_exception_of_a_signal_handler_is_the_scripts_own(run):
    source = (
        "import signal\n" + PAUSE + "class Late(Exception): pass\ndef alarm(*_):\n    raise Late('alarm') from None\n"
        "signal.signal(signal.SIGALRM, alarm)\nsignal.setitimer(signal.ITIMER_REAL, 0.5)\n"
        "try:\n    pause(timeout=0)\n"
        "except Late as exc:\n    print(exc, exc.__context__, exc.__suppress_context__)\n"
    )
    status, out, err = run(source)
    assert (status, out) == (0, "alarm None True\n")
    assert len(err.splitlines()) == BANNER


ENDING = """\
before = paused.ended
def ended(*args):
    signal.raise_signal(signal.SIGALRM)
    return before(*args)
paused.ended = ended
"""


@pytest.mark.parametrize("name", ["paused", "asyncpause"])
def test_an_exception_of_a_signal_handler_at_the_end_of_a_pause_is_the_scripts_own(run, name):
    source = (
        f"import asyncio, signal, lager\nfrom lager import {name} as paused\n{ENDING}class Late(Exception): pass\n"
        "def alarm(*_):\n    raise Late('alarm')\nsignal.signal(signal.SIGALRM, alarm)\n"
        "async def wait():\n    await lager.apause(timeout=0.01)\n"
        f"try:\n    {'lager.pause(timeout=0.01)' if name == 'paused' else 'asyncio.run(wait())'}\n"
        "except Late as exc:\n    print(exc)\n"
    )
    status, out, err = run(source)
    assert (status, out) == (0, "alarm\n")
    assert len(err.splitlines()) == BANNER


def test_stop_at_does_nothing_outside_of_lager(monkeypatch, capsys):
    monkeypatch.delenv("LAGER_PROCESS_ID", raising=False)
    assert lager_breakpoint.stop_at(sys._getframe(), "x") is None
    assert capsys.readouterr() == ("", "")


def test_what_surrounds_a_pause(run):
    source = (
        "import contextlib, lager.breakpoint\n@contextlib.contextmanager\ndef around():\n    print('in')\n"
        "    try: yield\n    finally: print('out')\n"
        "lager.breakpoint.around = around\nlager.pause(timeout=0.01)\nlager.pause(timeout=0.01, on_timeout='abort')\n"
    )
    assert run(source)[:2] == (130, "in\nout\nin\nout\n")

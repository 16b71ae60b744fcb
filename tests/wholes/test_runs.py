"""`lager python` with real processes: streams, arguments, statuses."""

import subprocess

import pytest

BENCH = "two_instruments.toml"


@pytest.fixture(scope="module", autouse=True)
def running(home):
    assert home.lager("nets").returncode == 0


def test_streams_apart_arguments_environment_and_status(home):
    script = home.script(
        "import os, sys\nhere = os.path.dirname(os.path.abspath(__file__))\n"
        "print(sys.argv[1:], os.environ['A'], os.getcwd() == here)\n"
        "print('to stderr: ä', file=sys.stderr)\nprint(repr(sys.stdin.read()))\nsys.exit(7)\n"
    )
    done = home.lager("python", script, "--env", "A=1", "--env", "A=b=c", "one", "two words", "--", "--flag")
    assert done.stdout == "['one', 'two words', '--flag'] b=c True\n''\n"
    assert done.stderr == "to stderr: ä\n"
    assert done.returncode == 7


def test_output_comes_as_it_is_printed(home):
    script = home.script("print('first', end='', flush=True)\nimport lager\nlager.pause(timeout=0)\n")
    run = home.start("python", script)
    assert run.stdout.read(5) == "first"  # while the script is paused
    run.terminate()
    run.communicate(timeout=30)


def test_a_folder_with_a_helper_that_pauses(home):
    home.script("import helper\nhelper.stop()\n", "folder/main.py")
    home.script("import lager\n\ndef stop():\n    lager.pause('in the helper', timeout=0.1)\n", "folder/helper.py")
    done = home.lager("python", "folder")
    assert done.returncode == 0
    assert '=== lager breakpoint "in the helper" at helper.py:4  (id ' in done.stderr


@pytest.mark.parametrize("name", ["drivers", "cli", "runner", "hwservice"])
def test_folders_named_like_ours_do_not_disturb(home, name):
    home.script("X = 1\n", f"beside/{name}/__init__.py")
    home.script(f"import {name}\nfrom lager import Net\nprint({name}.X, {name}.__file__)\n", "beside/main.py")
    done = home.lager("python", "beside")
    assert done.stdout.startswith("1 ")
    assert done.returncode == 0, done.stderr


def test_a_script_killed_by_a_signal(home):
    script = home.script("import os\nprint('x', flush=True)\nos.kill(os.getpid(), 9)\n")
    done = home.lager("python", script)
    assert (done.stdout, done.returncode) == ("x\n", 137)


def test_the_timeout_of_a_run(home):
    script = home.script("import time\ntry:\n    time.sleep(60)\nfinally:\n    print('cleaned up')\n")
    done = home.lager("python", "--timeout", "1", script)
    assert (done.stdout, done.returncode) == ("cleaned up\n", 124)
    assert "timeout" in done.stderr


def test_a_traceback_is_the_scripts_own(home):
    done = home.lager("python", home.script("def f():\n    1/0\nf()\n"))
    assert done.returncode == 1
    assert done.stderr.count("File ") == 2
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_much_output_arrives_whole(home):
    script = home.script("import sys\nfor n in range(200000):\n    print(n, 'ä' * 5)\n")
    done = home.lager("python", script)
    assert done.returncode == 0
    assert done.stdout == "".join(f"{n} {'ä' * 5}\n" for n in range(200000))


def test_a_closed_pipe_is_no_error(home):
    script = home.script("import sys\nfor n in range(100000):\n    print(n)\n")
    run = home.start("python", script)
    assert run.stdout.readline() == "0\n"
    run.stdout.close()
    with run.stderr:
        assert "Traceback" not in run.stderr.read()
    run.wait(30)


@pytest.mark.parametrize(
    ("hook", "pauses"),
    [
        ("", True),
        ("import os; os.environ['PYTHONBREAKPOINT'] = '0'", False),
        ("import sys; sys.breakpointhook = lambda *a: print('mine')", False),
    ],
    ids=["ours", "switched off", "the user's own"],
)
def test_breakpoint(home, hook, pauses):
    script = home.script(f"{hook}\nbreakpoint('here')\nprint('on')\n")
    done = home.lager("python", script, "--env", "LAGER_BREAKPOINT_TIMEOUT=0.1")
    assert done.returncode == 0
    assert done.stdout.endswith("on\n")
    assert ('=== lager breakpoint "here" at test.py:2  (id ' in done.stderr) is pauses
    assert ("inspect: " in done.stderr) is pauses
    assert ("mine" in done.stdout) is ("mine" in hook)


@pytest.mark.parametrize("word", ["off", "0", "False", "NO"])
def test_breakpoints_switched_off(home, word):
    done = home.lager("python", home.script("import lager\nlager.pause()\n"), "--env", f"LAGER_BREAKPOINTS={word}")
    assert (done.returncode, done.stderr) == (0, "")


def test_settings_of_this_terminal_reach_the_script(home):
    done = home.lager("python", home.script("import lager\nlager.pause()\n"), env={"LAGER_BREAKPOINTS": "off"})
    assert (done.returncode, done.stderr) == (0, "")
    done = home.lager("python", home.script("import lager\nlager.pause()\n"), env={"LAGER_BREAKPOINT_TIMEOUT": "0.2"})
    assert "=== auto-resumed after 0.2s" in done.stderr


def test_a_pause_outside_a_run_is_a_line_on_stderr(home):
    python = str(home.lager and __import__("sys").executable)
    done = subprocess.run([python, "-c", "import lager; lager.pause()"], capture_output=True, text=True, env=home.env)
    assert done.returncode == 0
    assert done.stderr == "lager.pause(): not running under `lager python`; skipping breakpoint\n"
    assert done.stdout == ""

"""What a run's Python does before the script: `breakpoint()` is a pause, and nothing else is any different."""

import os
import subprocess
import sys

import pytest

from lager import wire
from lager_runner.spawn import STARTUP


def python(*words, pythonpath=(), **env):
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("LAGER_", "PYTHON"))}
    inherited["PYTHONPATH"] = os.pathsep.join([str(STARTUP), *map(str, pythonpath)])
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, env=inherited | env, timeout=20)


def test_the_hook_is_there_and_lager_is_not_loaded():
    done = python("-c", "import sys; print(sys.breakpointhook is sys.__breakpointhook__, 'lager' in sys.modules)")
    assert (done.stdout, done.stderr) == ("False False\n", "")


def test_it_imports_nothing_that_python_has_not_loaded_anyway():
    code = "import sys; print(sorted(sys.modules))"
    plain = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={}, check=True).stdout
    assert set(eval(python("-c", code).stdout)) <= set(eval(plain)) | {"sitecustomize"}
    run = python("-c", code, LAGER_PROCESS_ID="run", LAGER_RUN_DIR_ROOT="/nowhere").stdout
    assert set(eval(run)) <= set(eval(plain)) | {"sitecustomize", "lager_finder", "lager_tracebacks"}


def test_outside_a_pause_of_lager_the_hook_says_so():
    done = python("-c", "breakpoint()\nprint('on')")
    assert done.stdout == "on\n"
    assert done.stderr == "lager.pause(): not running under `lager python`; skipping breakpoint\n"


def test_switched_off_before_or_while_it_runs():
    assert python("-c", "print(breakpoint(1, x=2))", PYTHONBREAKPOINT="0").stdout == "None\n"
    late = python("-c", "import os\nos.environ['PYTHONBREAKPOINT'] = '0'\nbreakpoint()\nprint('on')")
    assert (late.stdout, late.stderr) == ("on\n", "")


@pytest.mark.parametrize("when", ["before", "while it runs"])
def test_the_users_choice_of_debugger(when):
    code = (
        "breakpoint('a', 'b')" if when == "before" else "import os; os.environ['PYTHONBREAKPOINT'] = 'builtins.print'"
    )
    env = {"PYTHONBREAKPOINT": "builtins.print"} if when == "before" else {}
    assert python("-c", f"{code}\nbreakpoint('x')", **env).stdout.splitlines()[-1] == "x"


def test_the_users_own_hook():
    done = python("-c", "import sys\nsys.breakpointhook = lambda *a, **k: print('mine', a, k)\nbreakpoint(1, b=2)")
    assert (done.stdout, done.stderr) == ("mine (1,) {'b': 2}\n", "")


def test_the_next_sitecustomize_is_imported_as_ever(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.path.insert(0, '/added')\nprint('next', __file__)\n")
    code = "import sys, sitecustomize; print(sitecustomize.__file__, sys.path[0] == '/added', sys.path)"
    done = python("-c", code, pythonpath=[tmp_path])
    first, second = done.stdout.splitlines()
    assert first == f"next {tmp_path}/sitecustomize.py"
    assert second.startswith(f"{tmp_path}/sitecustomize.py ")
    assert str(STARTUP) in second  # so that it is found again by children that change nothing
    assert done.stderr == ""


def test_an_error_of_the_next_sitecustomize_is_shown_as_ever(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import not_there_at_all\n")
    done = python("-c", "import sys; print(sys.breakpointhook is sys.__breakpointhook__)", pythonpath=[tmp_path])
    assert done.stdout == "False\n"
    assert "No module named 'not_there_at_all'" in done.stderr


def test_a_breakpoint_of_a_run_and_of_its_child(runner):
    script = (
        "import subprocess, sys\nbreakpoint('here')\nprint('between')\n"
        "subprocess.run([sys.executable, '-c', 'breakpoint()'])\n"
    )
    run = runner.run(script, env=[("LAGER_BREAKPOINT_TIMEOUT", "0")])
    with runner.stream(run) as watcher:
        first = watcher.until_kind(wire.PauseBegan).pause
        assert (first.label, first.file, first.line, first.interactive) == ("here", "test.py", 2, True)
        assert runner.http.get(f"/runs/{run[:13]}").json()["state"] == "paused"
        with runner.stream(run) as late:
            assert late.until_kind(wire.PauseBegan).pause == first
            late.send(wire.Continue(first.number, "late"))
        assert watcher.until_kind(wire.PauseEnded).reason == "resumed"
        watcher.send(wire.Continue(first.number, "an Enter that comes too late"))
        second = watcher.until_kind(wire.PauseBegan).pause
        assert second.number == first.number + 1
        reply = runner.http.post(f"/runs/{run}/continue", content=wire.to_json(wire.ContinueRequest("me")))
        assert reply.json() == {"name": second.name, "names": [second.name], "done": []}
        assert watcher.rest()[2] == wire.Exited(0, "exit")
        assert b"between\n" in watcher.seen[1]
        assert f"(id {first.name})" in watcher.seen[2].decode()


def test_a_paused_run_that_is_killed(runner):
    run = runner.run("import lager.breakpoint\nlager.breakpoint.pause(timeout=0)\n")
    with runner.stream(run) as watcher:
        number = watcher.until_kind(wire.PauseBegan).pause.number
        watcher.send(wire.Stop("SIGKILL"))
        assert watcher.until_kind(wire.PauseEnded).number == number
        assert watcher.rest()[2] == wire.Exited(137, "stopped", ["SIGKILL (Ctrl-C)"])
    assert runner.http.get(f"/runs/{run}").json()["pauses"] == []


def test_a_pause_survives_its_runner(own_runner):
    run = own_runner.run("import lager.breakpoint\nlager.breakpoint.pause(timeout=0)\nprint('on')\n")
    with own_runner.stream(run) as watcher:
        watcher.until_kind(wire.PauseBegan)
    own_runner.kill()
    own_runner.start()
    with own_runner.stream(run) as watcher:
        pause = watcher.until_kind(wire.PauseBegan).pause
        watcher.send(wire.Continue(pause.number))
        out, _, last = watcher.rest()
    assert (out, last.status) == (b"on\n", 0)


def test_a_debugger_chosen_from_the_start_stops_at_the_users_line():
    done = python("-c", "\nbreakpoint(); print('on')", PYTHONBREAKPOINT="pdb.set_trace")
    assert "<string>(2)<module>()" in done.stdout
    assert "sitecustomize" not in done.stdout


RUN = {"LAGER_PROCESS_ID": "run"}
SHOWN = "import signal, sys; print(signal.getsignal(signal.SIGURG) is signal.SIG_DFL, 'lager' in sys.modules)"
REQUEST = "import os, signal; os.kill(os.getpid(), signal.SIGURG); print('on')"


def test_a_run_can_be_asked_to_pause_and_loads_nothing_for_it():
    assert python("-c", SHOWN, **RUN).stdout == "False False\n"
    assert python("-c", SHOWN).stdout == "True False\n"


def test_a_request_to_what_is_no_run_does_nothing():
    assert python("-c", REQUEST).stdout == "on\n"


def test_a_handler_that_was_there_before_is_left(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import signal\nsignal.signal(signal.SIGURG, lambda *_: print('theirs'))"
    )
    assert python("-c", REQUEST, pythonpath=[tmp_path], **RUN).stdout == "theirs\non\n"


@pytest.mark.parametrize("mode", ["", "pause"])
def test_a_python_without_lager(mode):
    base = sys._base_executable
    if (
        base == sys.executable
        or not subprocess.run([base, "-c", "import lager"], env={}, capture_output=True).returncode
    ):
        pytest.skip("the Python of this environment has lager itself")
    env = {"PYTHONPATH": str(STARTUP), "LAGER_ON_EXCEPTION": mode} | RUN
    done = subprocess.run([base, "-c", REQUEST], env=env, capture_output=True, text=True, timeout=20)
    assert (done.stdout, done.stderr) == ("on\n", "")


def test_another_interpreter_of_the_process():
    code = (
        "try: import _interpreters as interpreters\n"
        "except ImportError: import _xxsubinterpreters as interpreters\n"
        "one = interpreters.create()\n"
        "interpreters.run_string(one, \"print('sitecustomize' in __import__('sys').modules)\")\n"
    )
    done = python("-c", code, **RUN)
    assert (done.stdout, done.stderr) == ("True\n", "")

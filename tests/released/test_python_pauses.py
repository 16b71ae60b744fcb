"""Released clients at a pause: Enter, `--continue`, `--console` over raw TCP, the timeout."""

import re

import pytest
from releasedclient import interrupt, read_until

OPTIONS = ("--legacy-console",)
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
WORDS = "python", "--box", "bench"
NOBODY = "00000000-0000-4000-8000-000000000000"
LOOK = """\
import lager
readings = [3.3]
lager.pause("look around", timeout=60, interactive=True)
print("on", readings, flush=True)
"""
CONNECTED = "Connected to interactive console (Ctrl+D to disconnect)\n"
GREETING = "lager interactive console - inspect script state; Ctrl-D to disconnect\n"
TWICE = """\
import lager
for n in (1, 2):
    lager.pause(timeout=60)
    print("after", n, flush=True)
"""


def banner(run, label="", where="t.py:3", console=True, end="auto-resume in 60s"):
    inspect = f"    inspect: `lager python --console {run} --box bench`\n" if console else ""
    return (
        f"=== lager breakpoint{label} at {where}  (id {run})\n"
        f"    resume: press Enter here, or `lager python --continue {run} --box bench`\n{inspect}    {end}\n"
    )


def sat_down(client, script=LOOK, name="t.py", **more):
    """Start a script in a terminal; give that and the run's id, once it is paused and all is said."""
    one = client.terminal(*WORDS, client.file(name, script), **more)
    run = one.expect(rf"\(id ({UUID})\)")[1]
    one.expect(r"auto-resume( in \S+s)?\n")
    return one, run


def test_enter_lets_it_go_on_and_the_whole_screen(client):
    one, run = sat_down(client)
    one.type("\n")
    one.expect("on ")
    assert one.wait() == 0
    shown = banner(run, ' "look around"') + "\n=== resumed\non [3.3]\n"
    assert one.text == shown


def test_continue_from_a_second_client_and_from_our_own(client, box):
    one, run = sat_down(client, TWICE)
    done = client.run(*WORDS, "--continue", run)
    assert (done.stdout, done.stderr, done.returncode) == (f"Resumed {run}\n", "", 0)
    one.expect("after 1")
    one.expect("auto-resume")
    ours = box.lager("python", "--continue", run)
    assert ours.returncode == 0, ours
    one.expect("after 2")
    assert one.wait() == 0
    none = client.run(*WORDS, "--continue", run)
    assert (none.stdout, none.returncode) == ("", 0)
    assert none.stderr == f"No paused breakpoint found for {run} on bench\n"


def test_enter_twice_passes_two_pauses(client):
    one, _ = sat_down(client, TWICE)
    one.type("\n")
    one.expect("after 1")
    one.expect("auto-resume")
    one.type("\n")
    one.expect("after 2")
    assert one.wait() == 0


def test_timeouts_and_switched_off(client):
    script = "import lager\nlager.pause('brief', timeout=0.2)\nbreakpoint('built in', timeout=0.2)\nprint('end')\n"
    done = client.run(*WORDS, client.file("brief.py", script))
    run = re.search(UUID, done.stderr)[0]
    ends = "auto-resume in 0.2s"
    # The built-in one always has a console here.
    first = banner(run, ' "brief"', "brief.py:2", False, ends)
    second = banner(run, ' "built in"', "brief.py:3", True, ends)
    over = "=== auto-resumed after 0.2s\n"
    assert done.stderr == first + over + second + over
    assert (done.stdout, done.returncode) == ("end\n", 0)
    off = client.run(*WORDS, "--env", "LAGER_BREAKPOINTS=off", "brief.py")
    assert (off.stdout, off.stderr, off.returncode) == ("end\n", "", 0)


TYPED = {  # a line at a time: those clients lose some of several that come together
    "readings\n": "[3.3]\n>>> ",
    "readings.append(9)\n": ">>> ",
    "len(readings)\n": "2\n>>> ",
    "_ + 1\n": "3\n>>> ",
    "1/0\n": "ZeroDivisionError: division by zero\n>>> ",
    "for n in (1, 2):\n": "... ",
    "    print(n)\n": "... ",
    "\n": "1\n2\n>>> ",
}


def test_console(client):
    script, run = sat_down(client)
    console = client.start(*WORDS, "--console", run, stdin=-1)
    assert read_until(console.stdout, ">>> ") == f"{CONNECTED}{GREETING}>>> "
    for typed, shown in TYPED.items():
        console.stdin.write(typed)
        console.stdin.flush()
        assert read_until(console.stdout, shown).endswith(shown)
    out, err = console.communicate()
    assert (out, err, console.returncode) == ("\nDisconnected from console\n", "", 0)
    script.type("\n")
    script.expect(re.escape("on [3.3]"))
    assert script.wait() == 0


def test_console_and_continue_of_nothing(client):
    done = client.run(*WORDS, "--console", NOBODY)
    assert done.stderr == f"No script is paused at a breakpoint for {NOBODY}\n"
    assert (done.stdout, done.returncode) == ("", 1)
    done = client.run(*WORDS, "--continue", NOBODY)
    assert (done.stderr, done.returncode) == (f"No paused breakpoint found for {NOBODY} on bench\n", 0)
    invalid = client.run(*WORDS, "--continue", "abc")
    assert invalid.returncode == 1
    assert "Traceback" not in invalid.stderr


def test_a_pause_of_a_detached_run(client):
    detached = client.run(*WORDS, "--detach", client.file("t.py", LOOK))
    run = re.search(UUID, detached.stdout)[0]
    one = client.terminal(*WORDS, "--reattach", run)
    one.expect("auto-resume")
    one.type("\n")
    one.expect(re.escape("on [3.3]"))
    assert one.wait() == 0
    one.expect("Process exited with code 0")


def test_ctrl_c_while_paused(client, box, tmp_path):
    left = tmp_path / "left"
    script = f"import lager\ntry:\n    lager.pause(timeout=60)\nfinally:\n    open({str(left)!r}, 'w').close()\n"
    one, _ = sat_down(client, script)
    interrupt(one.process)
    one.expect("Attempting to stop Lager Python job")
    assert one.wait() != 0
    assert left.exists()


@pytest.mark.parametrize("way", ["ours", "released"])
def test_a_run_of_ours_is_continued_by_either(client, box, way):
    one = box.terminal("python", str(client.folder / client.file("t.py", LOOK)))
    run = one.expect(rf"\(id ({UUID})\)")[1]
    one.expect("auto-resume in 60s")
    done = client.run(*WORDS, "--continue", run) if way == "released" else box.lager("python", "--continue", run)
    assert done.returncode == 0
    one.expect(re.escape("on [3.3]"))
    assert one.wait() == 0

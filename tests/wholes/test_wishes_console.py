"""What users asked other debuggers and consoles for, wish by wish: each test shows that this console answers it.

Two of the 28 wishes are no matter of a console, and have no test:

    21  that others take up the idea of a pause: nothing to build
    26  hooks of devices for a pause and a resume: instruments are the hardware service's, and a pause leaves them alone

The tests share a few paused scripts, and two people's consoles in one of them.
"""

import json
import os
import re

import pytest
from cable import Cable
from desk import CTRL_C, Desk
from wished import BANNER, BUSY, LOOP, SUITE, SUITE_MAIN, Bench

BENCH = "two_instruments.toml"


@pytest.fixture(scope="module")
def bench(home):
    assert home.lager("nets").returncode == 0
    one = Bench(home)
    yield one
    done = home.lager("python", "--continue", one.run)
    one.words.close()
    assert done.returncode == 0
    one.terminal.expect(r"^at the end: \({'adc1': 5.0}, 'the third'\) \[\]$")
    assert one.terminal.wait() == 0


@pytest.fixture(scope="module")
def alice(home, bench):
    one = Desk(home, bench.run, user="alice")
    yield one
    one.leave()


@pytest.fixture(scope="module")
def bob(home, bench):
    one = Desk(home, bench.run, user="bob")
    yield one
    one.leave()


def test_wish_01_await_at_the_prompt(home, bench):
    """`await` works in a console: on the paused script's own loop where it has one, else on one of the console's."""
    shown, _ = bench.evaluate("await asyncio.sleep(0, 'slept')")
    assert shown == ["'slept'"]
    first = home.terminal("python", home.script(LOOP, "loop.py"))
    run = first.expect(BANNER)[1]
    asked = "[await beats.get() for _ in range(3)], asyncio.get_running_loop() is loop"
    assert bench.evaluate(asked, run=run)[0] == ["(['a beat', 'a beat', 'a beat'], True)"], "its tasks run on meanwhile"
    assert home.lager("python", "--continue", run).returncode == 0
    assert first.wait() == 0


def test_wish_02_an_object_that_hangs_when_it_is_looked_at_is_stopped(bench):
    """Looking at an object must not hang a console for ever: every statement has a deadline, and can be stopped."""
    shown, said = bench.evaluate(":deadline 0.2", "endless", "'go' + 'es on'")
    assert shown == ["a statement of this console is stopped after 0.2 s", "'goes on'"]
    assert "[stopped: statements here may take 0.2 s; `:deadline 2` gives them more time]" in said


def test_wish_03_a_statement_that_takes_its_time_blocks_nothing_else(bench, alice, bob):
    """While something is evaluated, all else is answered: completions, lists, who looks on, and the stop itself."""
    alice.start("print('be' + 'gun'); time.sleep(60)", "^begun\n")
    bob.type("meter.vo")
    bob.expect("volts")
    assert bench.listed()["state"] == "paused"
    alice.stop()
    bob.type(CTRL_C)


def test_wish_04_a_property_is_not_run_by_looking_and_its_threads_are_alive(bob):
    """Completing an object runs no property of it; one that waits for another thread gets its answer when asked."""
    bob.type("meter.")
    bob.expect("volts")
    bob.type(CTRL_C)
    bob.run("(meter, asked)", r"^\(<\S*Meter object at \w+>, \[\]\)$")
    bob.run("meter.volts, asked", r"^\(5, \['volts'\]\)$")


def test_wish_05_leaving_is_normal_and_so_is_coming_again(home, bench):
    """A console can be left, or lose its terminal, and another one opened, as often as one likes."""
    for _ in range(2):
        shown, _ = bench.evaluate("'mine' in globals(), 'mine' in locals()", "mine = 1")
        assert shown == ["(False, False)"]
    dies = home.start("python", "--console", bench.run, "-c", "while True: pass")
    dies.kill()
    dies.communicate()
    assert bench.evaluate("'mine' in locals()")[0] == ["False"]
    assert bench.listed()["state"] == "paused"


def test_wish_06_a_run_is_found_by_its_id(home, bench):
    """Nobody needs a process id or a port to attach to: the id that the list shows is enough, or its beginning."""
    listed = home.lager("runs", "--paused").stdout.splitlines()
    (ids,) = [line.split()[0] for line in listed if '"bench"' in line]
    assert home.lager("python", "--console", ids, "-c", "volts").stdout == "5.0\n"


def test_wish_07_ptpython_over_a_websocket(alice):
    """ptpython works on a console that is elsewhere: it runs where the terminal is, and none of it in the script."""
    assert re.search("paused at main.py:.*F1 docs", alice.text)
    alice.run("[one for one in sys.modules if 'prompt' in one or 'ptpython' in one] or 'no' + 'ne'", "^'none'$")


def test_wish_08_two_sessions_do_not_take_each_others_keys(alice, bob):
    """What is typed into one console is evaluated there, however the keys of two people come."""
    for mine, his in zip(["'al' ", "+ ", "'ice'\r"], ["'bo' ", "+ ", "'b'\r"], strict=True):
        alice.type(mine)
        bob.type(his)
    alice.expect("^'alice'$")
    bob.expect("^'bob'$")
    alice.expect(">>>")
    bob.expect(">>>")
    assert "'bob'" not in alice.text
    assert "'alice'" not in bob.text


def test_wish_09_each_console_has_its_own_output(bench, alice, bob):
    """Each console has streams of its own; what one prints is not the other's, and not the script's."""
    for console, name in ((alice, "alice"), (bob, "bob")):
        console.run(f"print('said', 'by', '{name}'); print('wrong', '{name}', file=sys.stderr)", f"^wrong {name}$")
    assert "said by bob" not in alice.text
    assert "said by alice" not in bob.text
    assert "said by" not in bench.terminal.text


def test_wish_10_while_true_at_the_prompt_is_stopped(alice):
    """Ctrl-C ends an endless loop that was typed at the prompt of a remote console."""
    alice.start("kept = 7\nprint('be' + 'gun')\nwhile True:\n    pass", "^begun\n")
    alice.stop()
    alice.run("kept * 6", "^42$")


def test_wish_11_a_pause_can_be_attached_to_again_and_so_can_the_next(home, bench):
    """Quitting the debugger once does not end it for the run: this pause, and the next one, can be looked into."""
    script = "import sys\nfor n in (1, 2):\n    breakpoint()\nprint('end', n)\n"
    first = home.terminal("python", home.script(script, "twice.py"), env={"LAGER_BREAKPOINT_TIMEOUT": "0"})
    for n in (1, 2):
        run = first.expect(BANNER)[1]
        for _ in range(2):
            assert bench.evaluate("n", run=run)[0] == [str(n)]
            assert home.lager("python", "--console", run, "-c", "exit()").returncode == 0
        assert home.lager("python", "--continue", run).returncode == 0
    first.expect("^end 2$")
    assert first.wait() == 0


@pytest.fixture(scope="module")
def busy(home, bench):
    """A script that computes, in all of its threads; it was paused from outside, so that it leaves others in peace."""
    first = home.terminal("python", home.script(BUSY, "busy.py"))
    first.expect("^in$")
    (run,) = [one["id"] for one in json.loads(home.lager("runs", "--json").stdout) if one["name"].endswith("busy.py")]
    assert home.lager("python", "--pause", run).returncode == 0
    yield run
    assert home.lager("python", "--continue", run, "--set", "done=True").returncode == 0
    first.expect("^ended well$")
    assert first.wait() == 0


def test_wish_12_a_busy_process_survives_being_attached_to(home, busy):
    """Attaching to a process that computes does not take for ever, and harms it not: it says no, or it works."""
    assert home.lager("python", "--continue", busy).returncode == 0
    refused = home.lager("python", "--console", busy, "-c", "spins")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"Error: {busy} is not paused: it is running")
    assert home.lager("python", "--pause", busy).returncode == 0
    assert home.lager("python", "--console", busy, "-c", "spins > 0").stdout == "True\n"


def test_wish_13_what_the_script_could_import_can_be_imported(bench):
    """Nothing has to be installed in the target: a console imports what its script could."""
    shown, _ = bench.evaluate("import never_imported", "never_imported.value", "parts.late()")
    assert shown == ["42", "'in time'"]


def test_wish_14_after_an_exception_without_any_preparation(home, bench):
    """A script that was not prepared for it can be looked into where it fails, with all of its frames."""
    script = home.script("def half(n):\n    return 1 / n\n\nwanted = 'half'\nhalf(0)\n", "fails.py")
    first = home.terminal("python", "--on-exception", "pause", script)
    run = first.expect(BANNER)[1]
    shown, _ = bench.evaluate("n, wanted", ":up", "'n' in globals()", run=run)
    assert (shown[0], shown[-1]) == ("(0, 'half')", "False")
    assert home.lager("python", "--continue", run).returncode == 0
    assert first.wait() == 1


def test_wish_15_the_local_variables_are_there(bench):
    """What a function has in its variables is within reach, in the paused frame and in those that called it."""
    shown, _ = bench.evaluate("readings, volts", ":up", "step", ":down", "readings")
    assert (shown[0], shown[2], shown[-1]) == ("({'adc1': 5.0}, 5.0)", "'the third'", "{'adc1': 5.0}")


def test_wish_16_stderr_of_a_console_is_seen_there_and_the_scripts_is_left_alone(home, bench):
    """Errors and whatever goes to stderr are shown in the console that caused them, and there only."""
    asked = ("python", "--console", bench.run, "-c")
    done = home.lager(*asked, "print('to ' + 'stderr', file=sys.stderr); sys.__stderr__ is sys.stderr or 1 / 0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("to stderr\nTraceback")
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")
    assert "to stderr" not in bench.terminal.text
    assert "Traceback" not in bench.terminal.text


def test_wish_17_a_console_needs_no_terminal_of_the_script(home, bench):
    """A console takes nothing from the process's terminal, and puts nothing there: the script need not have one."""
    shown, said = bench.evaluate("[os.isatty(number) for number in range(3)]", "input('a na' + 'me?')", "'he' + 're'")
    assert shown[0] == "[False, False, False]"
    assert shown[-1] == "'here'"
    assert "EOFError" in said
    assert "a name?" not in bench.terminal.text


@pytest.fixture(scope="module")
def suite(home, bench):
    """A run of pytest with two workers: a test is paused in one, a test has failed in the other; give their pauses."""
    home.script(SUITE_MAIN, "suite/main.py")
    home.script(SUITE, "suite/test_volts.py")
    options = ("-n", "2", "--lager-pause-on-failure")
    first = home.terminal("python", "suite", "--", *options, env={"LAGER_BREAKPOINT_TIMEOUT": "0"})
    banner = BANNER.removeprefix("^")  # it may come behind what pytest has begun a line with
    run = first.expect(banner)[1].partition(".")[0]
    first.expect(banner)
    assert "captured output" not in first.text
    yield {
        pause["label"].partition(":")[0]: pause["name"]
        for one in json.loads(home.lager("runs", "--json").stdout)
        if one["id"] == run
        for pause in one["pauses"]
    }
    assert home.lager("python", "--continue", run, "--all").returncode == 0
    first.expect("1 failed, 1 passed")
    assert first.wait() == 1


def test_wish_18_several_paused_processes_are_a_list(suite, bench):
    """When several workers of a test run are paused, each is listed, has an id, and a console of its own."""
    assert set(suite) == {"in the test", "test_volts.py"}
    assert len(set(suite.values())) == 2
    shown = [bench.evaluate("n, __import__('os').getpid()", run=name)[0][0] for name in sorted(suite.values())]
    numbers, processes = zip(*(one.strip("()").split(", ") for one in shown), strict=True)
    assert sorted(numbers) == ["1", "2"]
    assert len(set(processes)) == 2


def test_wish_19_a_breakpoint_while_output_is_captured(suite, bench):
    """`breakpoint()` in a test is of use although its output is captured and it has no stdin."""
    shown, _ = bench.evaluate("print('seen ' + 'here')", "n", run=suite["in the test"])
    assert shown == ["seen here", "1"]


def test_wish_20_a_pause_at_any_time_without_editing_the_script(home, busy):
    """A script that says nothing of pauses can be paused from outside, looked into, and goes on."""
    looking = ("python", "--console", busy, "-c", "spins")
    before = int(home.lager(*looking).stdout)
    assert home.lager("python", "--continue", busy).returncode == 0
    assert home.lager("python", "--pause", busy).returncode == 0
    assert int(home.lager(*looking).stdout) > before


def test_wish_22_a_failed_test_is_looked_into_before_anything_is_torn_down(suite, bench):
    """A test that fails leaves all up for whoever looks: its fixtures are torn down when it goes on."""
    assert bench.evaluate("bench, n", run=suite["test_volts.py"])[0] == ["({'up': True}, 2)"]


@pytest.fixture(scope="module")
def far(home, bench):
    """A console whose cable can be pulled out."""
    box = json.loads((home.folder / "state" / "box.json").read_text())
    cable = Cable(box["runner"])
    console = Desk(home, bench.run, "--box", f"127.0.0.1:{cable.port}")
    yield console, cable
    console.leave()
    cable.close()


def test_wish_23_what_is_written_while_disconnected_is_not_lost(home, bench, far):
    """Output and result of a statement come, once, when the connection is there again, and nothing is done twice."""
    console, cable = far
    done = str(home.folder / "done")
    os.mkfifo(done)
    console.run("times = 0; 'beg' + 'in'", "^'begin'$")
    source = "times += 1\nprint('be' + 'fore')\ngo.wait()\nprint('mean' + 'while')\n"
    console.start(f"{source}open({done!r}, 'w').close()", "^before\n")
    cable.pull()
    print("go", file=bench.words)
    with open(done) as reached:
        reached.read()
    cable.put_back()
    console.expect("^meanwhile$")
    console.expect(">>>")
    console.run("times", "^1$")
    assert console.text.count("meanwhile") == 1


def test_wish_24_a_pause_is_a_state_and_no_failure(home, bench):
    """A paused run is called that, wherever it is told of: nothing speaks of an error."""
    assert bench.listed()["state"] == "paused"
    shown = home.lager("runs", "--paused")
    assert (shown.returncode, shown.stderr) == (0, "")
    (line,) = [one for one in shown.stdout.splitlines() if '"bench"' in one]
    for text in (line, bench.terminal.text):
        assert not re.search("error|fail|exception", text, re.IGNORECASE)


def test_wish_25_ctrl_c_brings_no_cascade_and_the_run_no_wrong_state(home, alice):
    """Ctrl-C, at a prompt, in a statement, or at a pause, ends what it is meant for, in a line or two."""
    alice.type(f"half a statem{CTRL_C}")
    alice.start("print('be' + 'gun'); threading.Event().wait()", "^begun\n")
    alice.stop()
    assert "Traceback" not in alice.text
    script = "import lager\ntry:\n    lager.pause('x', timeout=0)\nfinally:\n    print('cleaned up')\n"
    first = home.terminal("python", home.script(script, "interrupted.py"))
    run = first.expect(BANNER)[1]
    first.type(CTRL_C)
    first.expect("^cleaned up$")
    assert first.wait() == 130
    assert first.text.count("Traceback") <= 1
    ended = home.lager("python", "--console", run, "-c", "1")
    assert ended.stderr.startswith(f"Error: {run} is not paused: it has ended.")


def test_wish_27_who_has_the_evaluator_is_known_and_nobody_is_lost(home, bench, alice, bob):
    """One statement is evaluated at a time: whose it is can be seen, and the next one's turn comes."""
    follows = home.start("python", "--view", bench.run, env={"LAGER_USER": "carol"})
    assert follows.stderr.readline().startswith(f"Following the consoles of {bench.run}")
    alice.start("print('be' + 'gun'); time.sleep(60)", "^begun\n")
    assert re.search(r" alice \| >>> print\('be' \+ 'gun'\); time.sleep\(60\)$", follows.stdout.readline())
    bob.start("'his ' + 'turn'", r"waiting for alice's statement .*time\.sleep")
    alice.stop()
    bob.expect("^'his turn'$")
    bob.expect(">>>")
    follows.terminate()
    follows.communicate()


def test_wish_28_a_script_that_holds_the_interpreter_drops_no_connection(far):
    """A call that lets nothing else run in the script's process is told of, and costs no connection."""
    console, _ = far
    console.run("held = 1; 'he' + 'ld'", "^'held'$")
    console.start("ctypes.PyDLL(None).usleep(2_600_000)", r"the script has not answered for 2 s")
    console.expect(r"^0$")
    console.expect(">>>")
    console.run("held + 41", "^42$")

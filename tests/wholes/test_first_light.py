"""The three terminals of the README: a script pauses, is looked at from elsewhere, and goes on."""

import re

import pytest

SCRIPT = """\
from lager import Net, NetType, pause

psu = Net.get("supply1", type=NetType.PowerSupply)
adc1 = Net.get("adc1", type=NetType.ADC)
readings = {}


def scaled(factor):
    return {name: volts * factor for name, volts in readings.items()}


psu.set_current(0.5)
psu.set_voltage(3.3)
psu.enable()
readings["adc1"] = adc1.input()
print(f"read {readings['adc1']:.1f}")
pause("inspect bench before final step", interactive=True)
print("still", sorted(readings), f"{readings['adc1']:.1f}")
psu.disable()
"""
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.fixture
def script(home):
    return home.script(SCRIPT)


def paused(terminal):
    """Wait for the banner; give the run's id."""
    terminal.expect(r"read 3\.3$")
    found = terminal.expect(
        rf'^=== lager breakpoint "inspect bench before final step" at test\.py:17  \(id ({UUID})\)\n'
        r"    resume: press Enter here, or `lager python --continue \1`\n"
        r"    inspect: `lager python --console \1`\n"
        r"    auto-resume in 300s$"
    )
    return found[1]


def went_on(terminal):
    terminal.expect(r"^=== resumed$")
    terminal.expect(r"^still \['adc1'\] 3\.3$")
    assert terminal.wait() == 0


def test_enter_resumes(home, script):
    first = home.terminal("python", script)
    paused(first)
    first.type("\n")
    went_on(first)


def test_ctrl_d_at_the_banner_is_no_enter_and_takes_none_away(home, script):
    first = home.terminal("python", script)
    paused(first)
    first.type("\x04")
    first.type("\n")
    went_on(first)


def test_exit_in_a_single_statement_is_no_error(home, script):
    first = home.terminal("python", script)
    run = paused(first)
    left = home.lager("python", "--console", run, "-c", "exit()")
    assert (left.returncode, left.stdout, left.stderr) == (0, "", "")
    first.type("\n")
    went_on(first)


def test_three_terminals(home, script):
    first = home.terminal("python", script)
    run = paused(first)

    second = home.lager("supply", "supply1", "state")
    assert (second.returncode, second.stderr) == (0, "")
    assert re.match(r"\[OK\] Channel 1: ON, Set: 3\.3V/0\.5A, Measured: 3\.\d+V/0\.03\d*A", second.stdout)
    reading = home.lager("adc", "adc1")
    assert re.match(r"ADC 'adc1': 3\.(29|30)\d{4} V\n$", reading.stdout)

    third = home.terminal("python", "--console", run[:8])
    third.expect(r"^Connected to interactive console \(Ctrl\+D to disconnect\)$")
    third.expect(">>>")
    third.type("sorted(readings)\r")
    third.expect(r"\['adc1'\]")
    third.expect(">>>")
    third.type('readings["adc1"] = 0; scaled(2)\r')
    third.expect(r"\{'adc1': 0\}")
    third.expect(">>>")
    third.type("psu.get_voltage_setpoint()\r")
    third.expect(r"3\.3")
    third.expect(">>>")
    third.type("\x04")
    assert third.wait() == 0
    assert first.process.poll() is None, "the script stays paused"

    resumed = home.lager("python", "--continue", run[:8])
    assert (resumed.returncode, resumed.stdout, resumed.stderr) == (0, f"Resumed {run}\n", "")
    went_on(first)


def test_the_console_ends_when_the_script_goes_on(home, script):
    first = home.terminal("python", script)
    run = paused(first)
    console = home.terminal("python", "--console", run)
    console.expect(">>>")
    assert home.lager("python", "--continue", run).returncode == 0
    console.expect("resumed")
    console.wait()
    went_on(first)


def test_a_console_without_a_terminal(home, script):
    first = home.terminal("python", script)
    run = paused(first)
    one = home.lager("python", "--console", run, "-c", "scaled(0)")
    assert (one.returncode, one.stdout, one.stderr) == (0, "{'adc1': 0.0}\n", "")
    failed = home.lager("python", "--console", run, "-c", "1/0")
    assert failed.returncode == 1
    assert failed.stderr.endswith("ZeroDivisionError: division by zero\n")
    lines = home.folder / "lines"
    lines.write_text("x = 20\nfor n in range(2):\n    print(n + x)\n\n_ = 1\nx\n_ + 1\nnope\n")
    with lines.open() as stdin:
        piped = home.lager("python", "--console", run, stdin=stdin)
    assert piped.returncode == 0
    assert "Connected to interactive console (Ctrl+D to disconnect)\n>>> " in piped.stdout
    assert "... " in piped.stdout
    assert "20\n21\n" in piped.stdout
    assert "NameError: name 'nope' is not defined" in piped.stdout + piped.stderr
    lines.write_text("x = 20\nexit()\n")
    with lines.open() as stdin:
        assert home.lager("python", "--console", run, stdin=stdin).returncode == 0
    assert home.lager("python", "--continue", run).returncode == 0
    went_on(first)


def test_the_timeout_resumes(home):
    script = home.script("import lager\nlager.pause(timeout=0.5)\nprint('on')\n", "short.py")
    done = home.lager("python", script)
    assert (done.returncode, done.stdout) == (0, "on\n")
    assert re.search(
        rf"^=== lager breakpoint at short\.py:2  \(id ({UUID})\)\n"
        r"    resume: press Enter here, or `lager python --continue \1`\n"
        r"    auto-resume in 0\.5s\n"
        r"=== auto-resumed after 0\.5s\n$",
        done.stderr,
        re.MULTILINE,
    )


def test_a_named_box_is_in_the_banner(home):
    assert home.lager("nets").returncode == 0  # the private box runs
    assert home.lager("boxes", "add", "--name", "mybox", "--ip", "127.0.0.1").returncode == 0
    try:
        script = home.script("def f():\n    breakpoint('x')\nf()\n", "named.py")
        first = home.terminal("python", script, "--box", "mybox")
        run = first.expect(rf'^=== lager breakpoint "x" at named\.py:2  \(id ({UUID})\)$')[1]
        first.expect(rf"^    resume: press Enter here, or `lager python --continue {run} --box mybox`$")
        first.expect(rf"^    inspect: `lager python --console {run} --box mybox`$")
        first.expect(r"^    auto-resume in 300s$")
        assert home.lager("python", "--continue", run, "--box", "mybox").stdout == f"Resumed {run}\n"
        first.expect("=== resumed")
        assert first.wait() == 0
    finally:
        assert home.lager("boxes", "delete", "--name", "mybox", "--yes").returncode == 0


def test_ctrl_c_runs_finally_and_waits(home):
    script = home.script(
        "import lager, time\ntry:\n    print('in')\n    time.sleep(100)\nfinally:\n    print('cleaned up')\n",
        "long.py",
    )
    terminal = home.terminal("python", script)
    terminal.expect(r"^in$")
    terminal.type("\x03")
    terminal.expect(r"^cleaned up$")
    assert terminal.wait() == 130

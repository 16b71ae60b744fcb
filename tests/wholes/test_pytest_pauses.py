"""Pauses in pytest: seen at once whatever it captures, its clocks stand still, and failures pause with fixtures up."""

import os
import re
import subprocess
import sys

import pytest

import lager
import lager_debugbridge

BENCH = "two_instruments.toml"

# Other plugins of this environment only make it slow.
QUICK = "-W error -p no:cacheprovider -p no:hypothesispytest -p no:anyio -p no:pytest_cov"
SETUP = f'import os, sys\nos.environ["PYTEST_ADDOPTS"] = "{QUICK}"\nimport pytest\n'
MAIN = SETUP + "sys.exit(pytest.main(sys.argv[1:]))\n"
BANNER = re.compile(r'^=== lager breakpoint(?: "(.*)")? at (\S+)  \(id \S+\)$', re.MULTILINE)
BRIEF = {"LAGER_BREAKPOINT_TIMEOUT": "0.05"}


@pytest.fixture(scope="module", autouse=True)
def running(home):
    assert home.lager("nets").returncode == 0


def folder(home, name, tests, main=MAIN):
    home.script(main, f"{name}/main.py")
    home.script(tests, f"{name}/test_it.py")
    return name


def run(home, name, *options, **env):
    return home.lager("python", name, "--", *options, env=BRIEF | env)


def banners(text):
    """What paused: label and place."""
    return [(label, place) for label, place in BANNER.findall(text)]


# Seen at once, whatever is captured -----------------------------------------------------------------------------------

CAPTURED = """\
import os
import pytest
import lager

@pytest.fixture
def psu():
    print("psu up")
    breakpoint("in the fixture")
    yield 5.0
    print("psu down")

def test_paused(psu, capfd):
    print("before")
    os.write(2, b"below python\\n")
    volts = psu
    lager.pause("in the test", interactive=True)
    print("after")
    assert capfd.readouterr() == ("before\\nafter\\n", "below python\\n")
"""


def test_a_pause_is_seen_while_output_is_captured_and_enter_resumes(home):
    one = home.terminal("python", folder(home, "captured", CAPTURED), "--", "-q")
    one.expect(r'^=== lager breakpoint "in the fixture" at test_it\.py:8  \(id ')
    one.type("\n")
    one.expect(r"^=== resumed$")
    name = one.expect(r'^=== lager breakpoint "in the test" at test_it\.py:16  \(id (\S+)\)$')[1]
    assert home.lager("python", "--console", name, "-c", "volts, capfd is not None").stdout == "(5.0, True)\n"
    one.type("\n")
    one.expect(r"^=== resumed$")
    one.expect(r"^1 passed")
    assert one.wait() == 0
    assert not re.search("psu up|before|below", one.text)


MODES = f"""\
{SETUP}
for mode in ("fd", "sys", "no", "tee-sys"):
    print("[" + mode + "]")
    pytest.main(["--capture=" + mode, "-q"])
"""
FAILING = """\
import sys
import lager

def test_fails(capsys, pytestconfig):
    with capsys.disabled():
        lager.pause("not captured")
    print("one")
    lager.pause("captured")
    sys.stdout.write("two\\n")
    out = capsys.readouterr().out
    print("three")
    assert out == ""
"""


def test_output_before_and_after_a_pause_is_kept_once(home):
    done = run(home, folder(home, "modes", FAILING, MODES))
    assert [label for label, _ in banners(done.stderr)] == ["not captured", "captured"] * 4
    for mode, shown in re.findall(r"\[([\w-]+)\]\n(.*?)(?=\[|\Z)", done.stdout.replace("[100%]", ""), re.DOTALL):
        assert re.findall("^three$", shown, re.MULTILINE) == ["three"] * (2 if mode == "tee-sys" else 1)
        assert "AssertionError: assert 'one\\ntwo\\n' == ''" in shown
        assert "lager breakpoint" not in shown


# pytest-xdist ---------------------------------------------------------------------------------------------------------

TWO = """\
import pytest
import lager

@pytest.mark.parametrize("n", [1, 2])
def test_paused(n):
    print("before", n)
    lager.pause(f"test {n}", timeout=0, interactive=True)
"""


def test_each_worker_has_its_own_pause(home):
    one = home.terminal("python", folder(home, "two", TWO), "--", "-n", "2")
    found = [one.expect(r'^=== lager breakpoint "test (\d)" at test_it\.py:7  \(id (\S+)\)$') for _ in range(2)]
    names = dict(match.groups() for match in found)
    assert len(set(names.values())) == 2
    run = min(names.values(), key=len).partition(".")[0]
    assert home.lager("python", "--continue", run).returncode == 2  # which of them?
    for name in (names["2"], names["1"]):
        name = name if "." in name else f"{name}.1"
        assert home.lager("python", "--continue", name).returncode == 0
        one.expect(r"=== resumed$")
    one.expect("2 passed")
    assert one.wait() == 0


# Clocks ---------------------------------------------------------------------------------------------------------------

CLOCKS = """\
import sys, threading
import pytest
import pytest_timeout
import lager

def stop():
    lager.pause(timeout=0.6)
    print("went on", file=sys.stderr)

@pytest.mark.timeout(0.5, method="signal")
def test_a_thread_pauses(pytestconfig):
    end = pytestconfig.stash[pytest_timeout.SESSION_EXPIRE_KEY]
    thread = threading.Thread(target=stop)
    thread.start()
    thread.join()
    assert pytestconfig.stash[pytest_timeout.SESSION_EXPIRE_KEY] >= end + 0.6

@pytest.mark.timeout(0.5, method="signal")
def test_signal():
    stop()
    threading.Event().wait(30)

@pytest.mark.timeout(0.5, method="thread")
def test_thread():
    stop()
    threading.Event().wait(30)
"""


def test_the_time_of_a_test_stands_still_and_then_runs_on(home):
    faulthandler = ("-o", "faulthandler_timeout=0.3", "-o", "faulthandler_exit_on_timeout=true")
    done = run(home, folder(home, "clocks", CLOCKS), "-v", "-s", "--session-timeout", "60", *faulthandler)
    said = re.findall(r"^(?:test_it\.py::test_(\w+) )?(PASSED|FAILED|\++ Timeout)", done.stdout, re.MULTILINE)
    assert said[:2] == [("a_thread_pauses", "PASSED"), ("signal", "FAILED")]
    assert len(said) == 4  # a timer in a thread ends the process, between two such lines
    assert len(banners(done.stderr)) == done.stderr.count("went on") == 3
    assert "Thread 0x" not in done.stderr  # faulthandler was silent
    assert done.returncode == 1


# Failures -------------------------------------------------------------------------------------------------------------

ZOO = """\
import asyncio, sys, unittest
import pytest

def say(text):
    print(text, file=sys.stderr)

@pytest.fixture
def up():
    say("up")
    yield 7
    say("down")

@pytest.fixture
def broken(up):
    raise RuntimeError("two\\nlines " + "x" * 300)

def check(value):
    __tracebackhide__ = True
    assert value == 5

def test_call(up):
    try:
        check(up)
    finally:
        say("finally")

def test_setup(broken): pass
def test_teardown(request): request.addfinalizer(lambda: 1 / 0)
def test_skip(up): pytest.skip("x")
@pytest.mark.xfail
def test_expected(up): assert 0
@pytest.mark.xfail(raises=ValueError)
def test_other_than_expected(): assert 0
def test_not_raised():
    with pytest.raises(ValueError):
        pass
def test_exits(): sys.exit(3)
def test_no_such_fixture(nope): pass
def test_async():
    async def main():
        assert 1 == 3
    asyncio.run(main())
def test_long_name(): pytest.fail("y" * 1000)

class Case(unittest.TestCase):
    def setUp(self): say("setUp")
    def tearDown(self): say("tearDown")
    def test_method(self): self.assertEqual(1, 2)
    def test_skip(self): self.skipTest("x")
    @unittest.expectedFailure
    def test_expected(self): self.assertEqual(1, 2)
    @pytest.mark.xfail
    def test_marked(self): assert 0
"""
STOPPED = {
    "test_call": ("AssertionError: assert 7 == 5", 23),
    "test_setup": (f"RuntimeError: two lines {'x' * 173}...", 15),
    "test_other_than_expected": ("AssertionError: assert 0", 33),
    "test_not_raised": ("Failed: DID NOT RAISE ValueError", 35),
    "test_exits": ("SystemExit: 3", 37),
    "test_async": ("AssertionError: assert 1 == 3", 41),
    "test_long_name": (f"Failed: {'y' * 189}...", 43),
    "Case::test_method": ("AssertionError: 1 != 2", 48),
}


def test_failures_pause_with_their_fixtures_up_and_nothing_else_does(home):
    done = run(home, folder(home, "zoo", ZOO), "-s", "-q", "--lager-pause-on-failure")
    told = {f"test_it.py::{test}: {what}": f"test_it.py:{line}" for test, (what, line) in STOPPED.items()}
    assert dict(banners(done.stderr)) == told
    assert len(banners(done.stderr)) == len(told)
    assert "7 failed, 1 passed, 2 skipped, 3 xfailed, 3 errors" in done.stdout
    said = re.findall(r"^(?:\w+|=== lager breakpoint \S+)", done.stderr, re.MULTILINE)
    assert said[:4] == ["up", "finally", '=== lager breakpoint "test_it.py::test_call:', "down"]
    assert said[4:7] == ["up", '=== lager breakpoint "test_it.py::test_setup:', "down"]
    case = said.index('=== lager breakpoint "test_it.py::Case::test_method:')
    assert (said[case - 1], said[case + 1]) == ("setUp", "tearDown")
    assert done.returncode == 1


def test_a_console_sees_the_variables_of_the_failed_test(home):
    tests = (
        "def test_volts(tmp_path):\n    volts = 5.0\n    with open(tmp_path / 'x', 'w'):\n        assert volts == 3.3\n"
    )
    one = home.terminal("python", folder(home, "looked", tests), "--", "--lager-pause-on-failure", "-x")
    label = "test_it.py::test_volts: assert 5.0 == 3.3".replace(": assert", ": AssertionError: assert")
    name = one.expect(rf'^=== lager breakpoint "{re.escape(label)}" at test_it\.py:4  \(id (\S+)\)$')[1]
    seen = home.lager("python", "--console", name, "-c", "volts, tmp_path.is_dir()")
    assert seen.stdout == "(5.0, True)\n"
    assert home.lager("python", "--continue", name).returncode == 0
    one.expect("stopping after 1 failures")
    assert one.wait() == 1


CHOICES = f"""\
{SETUP}
def run(*options, **env):
    print("[" + " ".join([*options, *env]) + "]", file=sys.stderr)
    os.environ.update(env)
    pytest.main(["-q", *options])
    for name in env:
        del os.environ[name]
run()
run("--lager-pause-on-failure")
run("--lager-pause-on-failure", "--pdb")
run("--lager-pause-on-failure", LAGER_BREAKPOINTS="off")
run(LAGER_ON_EXCEPTION="pause")
run("--lager-pause-on-failure", "-p", "no:capture", "-p", "no:faulthandler", "-p", "no:timeout")
run("-p", "no:lager")
"""


def test_who_wants_failures_to_pause(home):
    done = run(home, folder(home, "choices", "def test_a():\n    assert 0\n", CHOICES))
    parts = re.split(r"^\[(.*)\]$", done.stderr, flags=re.MULTILINE)
    paused = {options: len(banners(text)) for options, text in zip(parts[1::2], parts[2::2], strict=True)}
    assert list(paused.values()) == [0, 1, 0, 0, 1, 1, 0], paused
    assert done.returncode == 0, done.stderr


def test_outside_it_says_once_what_it_needs_and_tests_go_on(tmp_path):
    (tmp_path / "test_it.py").write_text("import lager\ndef test_a():\n    assert 0\n")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "1", "--lager-pause-on-failure"]
    env = os.environ | {"PYTEST_ADDOPTS": QUICK}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)
    assert done.stderr == ("--lager-pause-on-failure: not running under `lager python`; failing tests do not pause\n")
    assert "1 failed" in done.stdout
    assert done.returncode == 1


# Aborts ---------------------------------------------------------------------------------------------------------------

ABORTED = """\
import sys, threading
import pytest
import lager

def say(text):
    print(text, file=sys.stderr, flush=True)

@pytest.fixture(scope="session")
def bench():
    yield
    say("bench down")

@pytest.fixture
def psu(bench):
    yield
    say("psu down")

def test_aborted(psu):
    lager.pause(timeout=0.1, on_timeout="abort")

def test_after(psu): say("another")
"""


def test_an_abort_tears_down_and_ends_with_130(home):
    done = run(home, folder(home, "aborted", ABORTED), "-s")
    assert done.stderr.endswith("=== aborted after 0.1s\npsu down\nbench down\n")
    assert "another" not in done.stderr
    assert "!! lager.errors.Aborted: aborted after 0.1s !!" in done.stdout
    assert done.returncode == 130


def test_an_abort_in_a_worker_ends_them_all_with_130(home):
    done = run(home, folder(home, "aborted", ABORTED), "-s", "-n", "1")
    assert "=== aborted after 0.1s\npsu down\nbench down\n" in done.stderr
    assert "another" not in done.stderr
    assert done.returncode == 130


def test_an_abort_at_a_failure_tears_down(home):
    tests = ABORTED.replace('    lager.pause(timeout=0.1, on_timeout="abort")\n', "    assert 0\n")
    one = home.terminal("python", folder(home, "at_failure", tests), "--", "-s", "--lager-pause-on-failure")
    name = one.expect(r'^=== lager breakpoint "test_it.py::test_aborted: .* \(id (\S+)\)$')[1]
    assert home.lager("python", "--abort", name).returncode == 0
    one.expect("=== aborted by .*\npsu down\nbench down")
    assert one.wait() == 130
    assert "another" not in one.text


# As a plugin among others ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", [lager, lager_debugbridge], ids=lambda one: one.__name__)
def test_a_script_may_import_it_before_pytest(package):
    """pytest would rewrite the asserts of a plugin's packages, and warns where one is imported already."""
    assert "PYTEST_DONT_REWRITE" in package.__doc__
